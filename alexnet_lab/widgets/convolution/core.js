// A convolution, one window at a time: numbers in, numbers out, no page. As torch counts it: the
// kernel is not flipped, and units whose window does not fit are left out (rounding down).

/**
 * Of each axis stride and dilation; padding at the top, the left, the bottom and the right.
 * @typedef {{ stride: number[], dilation: number[], pads: number[] }} Geometry
 */

/**
 * Rows and columns of the output: ⌊(in + before + after − reach) / stride⌋ + 1, at least 0.
 * @param {number[]} size
 * @param {number[]} kernel
 * @param {Geometry} geometry
 */
export function outputSize([height, width], [high, wide], { stride, dilation, pads }) {
  return [0, 1].map((axis) => {
    const [size, kernel] = [[height, width][axis], [high, wide][axis]];
    const room = size + pads[axis] + pads[axis + 2] - (dilation[axis] * (kernel - 1) + 1);
    return Math.max(0, Math.floor(room / stride[axis]) + 1);
  });
}

/**
 * The same as words, for one axis: 0 rows, 1 columns.
 * @param {number[]} size
 * @param {number[]} kernel
 * @param {Geometry} geometry
 * @param {number} axis
 */
export function formula(size, kernel, { stride, dilation, pads }, axis) {
  const reach = dilation[axis] * (kernel[axis] - 1) + 1;
  const [before, after] = [pads[axis], pads[axis + 2]];
  const padding = before === after ? (before ? ` + 2·${before}` : "") : ` + ${before} + ${after}`;
  const count = outputSize(size, kernel, { stride, dilation, pads })[axis];
  return `⌊(${size[axis]}${padding} − ${reach}) / ${stride[axis]}⌋ + 1 = ${count}`;
}

/**
 * Say in one line why nothing can be computed; null when it can.
 * @param {NumberArray} image
 * @param {NumberArray} kernel
 * @param {Geometry} geometry
 */
export function problem(image, kernel, geometry) {
  const [channels, height, width] = image.shape;
  if (kernel.shape[0] !== channels) {
    return `the kernel has ${kernel.shape[0]} channels, the image ${channels}`;
  }
  const [rows, columns] = outputSize([height, width], kernel.shape.slice(1), geometry);
  if (rows && columns) return null;
  const [, high, wide] = kernel.shape;
  return `a window of ${high} × ${wide} does not fit into ${height} × ${width}: more padding, or a smaller kernel`;
}

/**
 * What one unit sees, its products, and their sum: arrays of the kernel's shape.
 * @param {NumberArray} image
 * @param {NumberArray} kernel
 * @param {Geometry} geometry
 * @param {number} row
 * @param {number} column
 */
export function unit(image, kernel, { stride, dilation, pads }, row, column) {
  const [channels, height, width] = image.shape;
  const [, high, wide] = kernel.shape;
  const seen = new Float32Array(channels * high * wide);
  const products = new Float32Array(seen.length);
  let sum = 0;
  let place = 0;
  for (let c = 0; c < channels; c += 1) {
    for (let u = 0; u < high; u += 1) {
      const y = row * stride[0] - pads[0] + u * dilation[0];
      for (let v = 0; v < wide; v += 1, place += 1) {
        const x = column * stride[1] - pads[1] + v * dilation[1];
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        seen[place] = inside ? image.values[(c * height + y) * width + x] : 0;
        products[place] = seen[place] * kernel.values[place];
        sum += products[place];
      }
    }
  }
  return { seen, products, sum };
}

/**
 * One cell of a unit's window, channel by channel: [{ seen, weight, product }].
 * @param {{ seen: Float32Array, products: Float32Array }} found
 * @param {NumberArray} kernel
 * @param {number} row
 * @param {number} column
 */
export function cellParts(
  { seen, products },
  { shape: [channels, high, wide], values },
  row,
  column,
) {
  return Array.from({ length: channels }, (_, c) => {
    const place = (c * high + row) * wide + column;
    return { seen: seen[place], weight: values[place], product: products[place] };
  });
}

/**
 * All units: { shape: [rows, columns], values }, with the bias.
 * @param {NumberArray} image
 * @param {NumberArray} kernel
 * @param {Geometry} geometry
 * @param {number} [bias]
 */
export function convolve(image, kernel, geometry, bias = 0) {
  const [channels, height, width] = image.shape;
  const [, high, wide] = kernel.shape;
  const { stride, dilation, pads } = geometry;
  const shape = outputSize([height, width], [high, wide], geometry);
  const [rows, columns] = shape;
  const values = new Float64Array(rows * columns).fill(bias);
  for (let c = 0; c < channels; c += 1) {
    for (let u = 0; u < high; u += 1) {
      for (let v = 0; v < wide; v += 1) {
        const weight = kernel.values[(c * high + u) * wide + v];
        if (weight === 0) continue;
        for (let i = 0; i < rows; i += 1) {
          const y = i * stride[0] - pads[0] + u * dilation[0];
          if (y < 0 || y >= height) continue;
          const line = (c * height + y) * width;
          for (let j = 0; j < columns; j += 1) {
            const x = j * stride[1] - pads[1] + v * dilation[1];
            if (x >= 0 && x < width) values[i * columns + j] += weight * image.values[line + x];
          }
        }
      }
    }
  }
  return { shape, values };
}

/**
 * Add an array of the kernel's shape over its channels: one number a place.
 * @param {Float32Array} values
 * @param {number[]} shape
 */
export function overChannels(values, [channels, high, wide]) {
  const sum = new Float32Array(high * wide);
  for (let c = 0; c < channels; c += 1) {
    for (let i = 0; i < sum.length; i += 1) sum[i] += values[c * sum.length + i];
  }
  return sum;
}

/**
 * A kernel by name, of side `size`, the same in all channels.
 * @param {string} name
 * @param {number} size
 * @param {number} channels
 */
export function preset(name, size, channels) {
  const one = new Float32Array(size * size);
  const middle = (size - 1) / 2;
  for (let u = 0; u < size; u += 1) {
    for (let v = 0; v < size; v += 1) {
      const away = Math.hypot(u - middle, v - middle) / Math.max(1, size / 4);
      /** @type {Record<string, number>} */
      const kernels = {
        "vertical edge": Math.sign(v - middle),
        "horizontal edge": Math.sign(u - middle),
        blur: 1 / (size * size * channels),
        "bright spot": Math.exp(-away * away),
        "one pixel": u === Math.floor(middle) && v === Math.floor(middle) ? 1 : 0,
      };
      one[u * size + v] = kernels[name];
    }
  }
  if (name === "bright spot" && size > 1) {
    // Blind to uniform light: bright in the middle, dark around.
    const mean = one.reduce((total, w) => total + w, 0) / one.length;
    for (let i = 0; i < one.length; i += 1) one[i] -= mean;
  }
  const values = new Float32Array(channels * one.length);
  for (let c = 0; c < channels; c += 1) values.set(one, c * one.length);
  return { shape: [channels, size, size], values };
}
