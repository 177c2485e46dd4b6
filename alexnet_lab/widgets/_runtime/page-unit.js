// What one unit of a network sees and computes, from the maps of every layer: numbers in, numbers
// out, no page. `layers` are those of the manifest that network_manifest.py writes.

/**
 * What the manifest says of a layer.
 * @typedef {object} PageLayer
 * @property {string} name
 * @property {string} kind
 * @property {number[]} shape
 * @property {number[]} kernel
 * @property {number[]} stride
 * @property {number[]} padding
 * @property {number} groups
 * @property {{ start: number[], jump: number[], size: number[] } | null} field
 */
/** @typedef {{ top: number, left: number, bottom: number, right: number }} Box  ends not included */
/** @typedef {{ data: Float32Array, shape: number[] }} Maps */

/**
 * The input pixels that a unit can depend on: { top, left, bottom, right }, ends not included.
 * @param {PageLayer} layer
 * @param {number} y
 * @param {number} x
 */
export function field(layer, y, x) {
  if (!layer.field) return null;
  const { start, jump, size } = layer.field;
  const top = start[0] + y * jump[0];
  const left = start[1] + x * jump[1];
  return { top, left, bottom: top + size[0], right: left + size[1] };
}

/**
 * A part of such a box that lies on a square image.
 * @param {Box} box
 * @param {number} side
 */
export function clipped({ top, left, bottom, right }, side) {
  const inside = (/** @type {number} */ value) => Math.min(Math.max(value, 0), side);
  return { top: inside(top), left: inside(left), bottom: inside(bottom), right: inside(right) };
}

/**
 * The nearest layer at or before `name` that has weights: whose kernel a unit of `name` has.
 * @param {PageLayer[]} layers
 * @param {string} name
 */
export function weighted(layers, name) {
  for (let i = layers.findIndex((l) => l.name === name); i >= 0; i -= 1) {
    if (layers[i].kind === "conv" || layers[i].kind === "fc") return layers[i];
  }
  return null;
}

/**
 * The layer whose output `name` takes; null for the first, which takes the image.
 * @param {PageLayer[]} layers
 * @param {string} name
 */
export function before(layers, name) {
  const at = layers.findIndex((l) => l.name === name);
  return at > 0 ? layers[at - 1] : null;
}

/**
 * Place and value of the greatest of a map: { y, x, value }.
 * @param {Numbers} map
 * @param {number} columns
 */
export function strongest(map, columns) {
  let best = 0;
  for (let i = 1; i < map.length; i += 1) if (map[i] > map[best]) best = i;
  return { y: Math.floor(best / columns), x: best % columns, value: map[best] };
}

/**
 * One map of a layer's output, a view on its numbers.
 * @param {Maps} maps
 * @param {number} channel
 */
export function mapOf({ data, shape }, channel) {
  const size = (shape[1] ?? 1) * (shape[2] ?? 1);
  return data.subarray(channel * size, (channel + 1) * size);
}

/**
 * What a unit of a convolution multiplies: its window in each map that it sees.
 * { first, rows, columns, values }: `first` is the first map of its tower; values are
 * (maps, rows, columns), with zeros where the window hangs over the edge.
 * @param {PageLayer} layer
 * @param {Maps} maps
 * @param {number} channel
 * @param {number} y
 * @param {number} x
 */
export function patch(layer, { data, shape }, channel, y, x) {
  const { kernel, stride, padding, groups } = layer;
  const [inputs, height, width] = shape;
  const maps = inputs / groups;
  const first = Math.floor(channel / (layer.shape[0] / groups)) * maps;
  const [rows, columns] = kernel;
  const values = new Float32Array(maps * rows * columns);
  let at = 0;
  for (let m = 0; m < maps; m += 1) {
    for (let i = 0; i < rows; i += 1) {
      for (let j = 0; j < columns; j += 1, at += 1) {
        const row = y * stride[0] - padding[0] + i;
        const column = x * stride[1] - padding[1] + j;
        if (row < 0 || column < 0 || row >= height || column >= width) continue;
        values[at] = data[((first + m) * height + row) * width + column];
      }
    }
  }
  return { first, maps, rows, columns, values };
}

/**
 * The arithmetic of a unit: { bias, sum, positive, negative, shares }. `shares` are the input maps
 * by what they bring, the greatest first: [{ map, part }].
 * @param {{ first: number, maps: number, values: Float32Array }} patch
 * @param {Numbers} weights
 * @param {number} bias
 */
export function arithmetic({ first, maps, values }, weights, bias) {
  const each = values.length / maps;
  const shares = [];
  let positive = 0;
  let negative = 0;
  for (let m = 0; m < maps; m += 1) {
    let part = 0;
    for (let i = m * each; i < (m + 1) * each; i += 1) {
      const product = values[i] * weights[i];
      if (product > 0) positive += product;
      else negative += product;
      part += product;
    }
    shares.push({ map: first + m, part });
  }
  shares.sort((a, b) => Math.abs(b.part) - Math.abs(a.part) || a.map - b.map);
  return { bias, sum: positive + negative + bias, positive, negative, shares };
}

/**
 * The k greatest of a list, as [{ index, value }].
 * @param {Numbers} values
 * @param {number} [k]
 */
export function top(values, k = 5) {
  return Array.from(values, (value, index) => ({ index, value }))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, k);
}
