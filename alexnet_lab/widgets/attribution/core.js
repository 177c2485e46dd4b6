// Attribution maps: which one stands where, and what is said of two. No page; held to scipy and torch
// by tests/widgets/test_attribution_core.py. `maps` is what _packed in attribution.py makes.

/** @typedef {{ methods: string[], cases: string[], pairs: [number, number][] }} Maps */

/**
 * Where a map stands among those that there are; −1 when it is missing.
 * @param {Maps} maps
 * @param {string} method
 * @param {string} name
 */
export function place({ methods, cases, pairs }, method, name) {
  const [m, c] = [methods.indexOf(method), cases.indexOf(name)];
  return pairs.findIndex(([a, b]) => a === m && b === c);
}

/**
 * The cells of a map, 0–255, out of all.
 * @param {{ side: number }} maps
 * @param {Uint8Array} all
 * @param {number} at
 */
export function cellsOf({ side }, all, at) {
  return at < 0 ? null : all.subarray(at * side * side, (at + 1) * side * side);
}

/**
 * The share of places with a smaller value than this one, 0–1.
 * @param {Numbers} values
 * @param {number} at
 */
export function above(values, at) {
  let less = 0;
  for (const value of values) if (value < values[at]) less += 1;
  return less / values.length;
}

/**
 * The place of the greatest value: [row, column].
 * @param {Uint8Array | number[]} values
 * @param {number} side
 */
export function strongest(values, side) {
  let best = 0;
  values.forEach((value, i) => {
    if (value > values[best]) best = i;
  });
  return [Math.floor(best / side), best % side];
}

/**
 * What a rank correlation says, in words that do not claim more than it does.
 * @param {number} alike
 */
export function inWords(alike) {
  if (alike >= 0.85) return "nearly the same order of places";
  if (alike >= 0.5) return "much in common";
  if (alike > 0.15) return "a little in common";
  if (alike >= -0.15) return "nothing in common";
  return "partly the reverse order";
}
