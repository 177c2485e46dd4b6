// What is switched off, as the inputs that the page's network takes for it: numbers in, numbers
// out, no page. The same as AblationBench.keep and .answer in ablation.py.

export const RELUS = ["relu1", "relu2", "relu3", "relu4", "relu5"];
export const NORMS = ["norm1", "norm2"];

/**
 * The factor of each map of a convolution.
 * @param {string} conv
 * @param {State} given
 */
export function keep(conv, { filters, layer, first, last, tower }) {
  const count = filters[conv];
  return Float32Array.from({ length: count }, (_, i) => {
    if (conv === layer && i >= first && i <= last) return 0;
    if (tower === "first" && i >= count / 2) return 0;
    if (tower === "second" && i < count / 2) return 0;
    return 1;
  });
}

/**
 * The filters that are silent by themselves.
 * @param {State} given
 * @returns {number[]}
 */
export function silent({ first, last }) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/**
 * All switches of the network in the page.
 * @param {State} state
 */
export function switches(state) {
  /** @type {Record<string, Float32Array | number[]>} */
  const found = {};
  for (const conv of Object.keys(state.filters)) found[`${conv}.keep`] = keep(conv, state);
  const linear = state.linear.split(/\s+/);
  for (const relu of RELUS) found[`${relu}.slope`] = [linear.includes(relu) ? 1 : 0];
  for (const norm of NORMS) {
    found[`${norm}.inhibit`] = [state[norm] === "neighbours off" ? 0 : 1];
    found[`${norm}.divide`] = [state[norm] === "off" ? 0 : 1];
  }
  return found;
}

/**
 * In words, what is off.
 * @param {State} given
 */
export function switchedOff({ layer, first, last, tower, linear, ...norms }) {
  const parts = [];
  if (last >= first) parts.push(`filters ${first} to ${last} of ${layer}`);
  if (tower !== "both") parts.push(`the ${tower === "first" ? "second" : "first"} tower`);
  for (const name of linear.split(/\s+/).filter(Boolean)) parts.push(`the ReLU ${name}`);
  for (const name of NORMS) {
    if (norms[name] === "off") parts.push(name);
    if (norms[name] === "neighbours off") parts.push(`the neighbours in ${name}`);
  }
  return parts.join(", ") || "nothing";
}

/**
 * The place of the greatest.
 * @param {number[]} values
 */
export function winner(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
