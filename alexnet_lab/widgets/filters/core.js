// The kernels of a layer: how they are sorted and what is drawn of them. Numbers only, no page.

/**
 * Places of kernels sorted by a measure, tower after tower; equal ones stay as they were.
 * @param {number[]} values
 * @param {number[]} tower
 * @param {boolean} [descending]
 */
export function order(values, tower, descending = false) {
  const sign = descending ? -1 : 1;
  return values
    .map((_, i) => i)
    .sort((a, b) => tower[a] - tower[b] || sign * (values[a] - values[b]) || a - b);
}

/**
 * The kernel at `place` out of an array (K, C, h, w): { shape: [C, h, w], values }.
 * @param {NumberArray} weights
 * @param {number} place
 */
export function kernelAt({ shape, values }, place) {
  const size = shape[1] * shape[2] * shape[3];
  return { shape: shape.slice(1), values: values.subarray(place * size, (place + 1) * size) };
}

/**
 * One input channel's slice of a kernel: h × w numbers.
 * @param {NumberArray} kernel
 * @param {number} channel
 */
export function sliceOf({ shape, values }, channel) {
  const size = shape[1] * shape[2];
  return values.subarray(channel * size, (channel + 1) * size);
}

/**
 * Share of each slice in the kernel's energy, Σ w².
 * @param {NumberArray} kernel
 */
export function shares({ shape, values }) {
  const energy = new Array(shape[0]).fill(0);
  const size = shape[1] * shape[2];
  values.forEach((weight, i) => {
    energy[Math.floor(i / size)] += weight * weight;
  });
  const total = energy.reduce((sum, part) => sum + part, 0) || 1;
  return energy.map((part) => part / total);
}

/**
 * The slice with the greatest share.
 * @param {NumberArray} kernel
 */
export function strongest(kernel) {
  const found = shares(kernel);
  return found.indexOf(Math.max(...found));
}
