// Local response normalisation (§3.3 of the paper) on one vector across channels: numbers in,
// numbers out, no page. The same arithmetic as alexnet_lab.models.LocalResponseNorm.

/**
 * The paper's constants; `groups` are towers, `reading` one of READINGS.
 * @typedef {{ n: number, k: number, alpha: number, beta: number, groups?: number, reading?: string }} Options
 */

export const PAPER = { n: 5, k: 2, alpha: 1e-4, beta: 0.75 };
export const ORDERS = ["relu-lrn", "lrn-relu"]; // the paper's text; conv1 of the 2012 source
export const READINGS = ["formula", "source"]; // α Σ a², or (α / n) Σ a² (layer.py:1183)

/**
 * Say in one line what is wrong with a vector or with constants; null when nothing is.
 * @param {Numbers} values
 * @param {Options} options
 */
export function problem(values, { n, k, alpha, beta, groups = 1 }) {
  if (!values.length) return "no responses: give one number a channel";
  if (![...values].every(Number.isFinite)) return "a response is not a finite number";
  if (!Number.isInteger(n) || n < 1) return `n = ${n} must be a whole number of at least 1`;
  if (!(k >= 0) || !(alpha >= 0) || !(beta >= 0)) return "k, α and β must not be negative";
  if (!Number.isInteger(groups) || groups < 1 || values.length % groups) {
    return `${values.length} channels cannot be shared out among ${groups} towers`;
  }
  return null;
}

/**
 * First and last channel of the window of channel `i`, clipped to its tower, as torch counts.
 * @param {number} i
 * @param {number} n
 * @param {number} count
 * @param {number} [groups]
 */
export function windowOf(i, n, count, groups = 1) {
  const width = count / groups;
  const start = Math.floor(i / width) * width;
  const low = Math.max(start, i - Math.floor(n / 2));
  return [low, Math.min(start + width - 1, i + Math.floor((n - 1) / 2))];
}

/**
 * What the sum of squares is multiplied by.
 * @param {{ n: number, alpha: number, reading?: string }} options
 */
export function factor({ n, alpha, reading = "formula" }) {
  return reading === "source" ? alpha / n : alpha;
}

/**
 * Divide each value by its neighbourhood's: { output, denominator }.
 * @param {Numbers} values
 * @param {Options} options
 */
export function normalise(values, options) {
  const { n, k, beta, groups = 1 } = options;
  const scale = factor(options);
  const denominator = Array.from(values, (_, i) => {
    const [low, high] = windowOf(i, n, values.length, groups);
    let energy = 0;
    for (let j = low; j <= high; j += 1) energy += values[j] * values[j];
    return (k + scale * energy) ** beta;
  });
  // 0 / 0 with k = 0: a silent unit among silent neighbours stays silent.
  const output = Array.from(values, (v, i) => (v === 0 ? 0 : v / denominator[i]));
  return { output, denominator };
}

/** @param {Numbers} values */
const relu = (values) => Array.from(values, (v) => Math.max(v, 0));

/**
 * ReLU and normalisation in either order: { input, output, denominator }; input is LRN's.
 * @param {Numbers} values
 * @param {Options & { order?: string }} options
 */
export function respond(values, { order = "relu-lrn", ...options }) {
  const input = order === "relu-lrn" ? relu(values) : Array.from(values);
  const { output, denominator } = normalise(input, options);
  return { input, denominator, output: order === "relu-lrn" ? output : relu(output) };
}

/**
 * The same vector with one channel made `gain` times as loud.
 * @param {Numbers} values
 * @param {number} channel
 * @param {number} gain
 */
export function louder(values, channel, gain) {
  return Array.from(values, (v, i) => (i === channel ? v * gain : v));
}

/**
 * Who inhibits a channel: for each of its window, the share of the sum of squares, and what the
 * channel's output would be were that neighbour silent (the channel itself: null).
 * @param {Numbers} values
 * @param {number} channel
 * @param {Options & { order?: string }} options
 */
export function inhibitors(values, channel, options) {
  const { input, output } = respond(values, options);
  const [low, high] = windowOf(channel, options.n, values.length, options.groups);
  let energy = 0;
  for (let j = low; j <= high; j += 1) energy += input[j] * input[j];
  const rows = [];
  for (let j = low; j <= high; j += 1) {
    const without = j === channel ? null : respond(louder(values, j, 0), options).output[channel];
    const share = energy === 0 ? 0 : (input[j] * input[j]) / energy;
    rows.push({ channel: j, value: input[j], share, without });
  }
  return { output: output[channel], energy, rows };
}
