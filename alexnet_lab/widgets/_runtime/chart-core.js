// Scales of a chart and the round numbers on its axes: numbers in, numbers out, no page.

/**
 * How values are spread along an axis: evenly, or evenly by their logarithm.
 * @typedef {{ to: (value: number) => number, back: (place: number) => number }} Spacing
 */

/** @type {Record<"linear" | "log2" | "log10", Spacing>} */
export const SPACINGS = {
  linear: { to: (value) => value, back: (place) => place },
  log2: { to: Math.log2, back: (place) => 2 ** place },
  log10: { to: Math.log10, back: (place) => 10 ** place },
};

/**
 * A scale from values to pixels: `scale(value)`, and `scale.back(pixel)`.
 * @param {number[]} ends  the values at the two ends
 * @param {number[]} pixels  where the ends are drawn
 * @param {keyof SPACINGS} [spacing]
 */
export function scaleOf([low, high], [from, to], spacing = "linear") {
  const { to: place, back } = SPACINGS[spacing];
  const [first, last] = [place(low), place(high)];
  const pixel = (/** @type {number} */ value) =>
    from + ((place(value) - first) / (last - first || 1)) * (to - from);
  const value = (/** @type {number} */ at) =>
    back(first + ((at - from) / (to - from || 1)) * (last - first));
  return Object.assign(pixel, { back: value });
}

/**
 * The ends of values with some room at both: a `share` of what lies between them. Where they are
 * one value, a share of its size.
 * @param {ArrayLike<number>} values
 * @param {number} [share]
 * @param {keyof SPACINGS} [spacing]
 * @returns {[number, number]}
 */
export function roomy(values, share = 0.05, spacing = "linear") {
  const { to, back } = SPACINGS[spacing];
  const places = Array.from(values, to);
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const room = (high - low) * share || Math.abs(high) * share || 1;
  return [back(low - room), back(high + room)];
}

/**
 * Round numbers from low to high, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} [count]
 */
export function ticks(low, high, count = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? 10 * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) {
    found.push(Number((i * step).toFixed(digits)));
  }
  return found;
}

/**
 * Powers of ten, with halves and fifths where there are few, from low to high.
 * @param {number} low
 * @param {number} high
 */
export function logTicks(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const step of [1, 2, 5]) found.push(Number((step * 10 ** power).toPrecision(1)));
  }
  const inside = found.filter((v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
  return inside.length > 7 ? inside.filter((v) => Number.isInteger(Math.log10(v))) : inside;
}

/**
 * How many numbers fall into each of `count` bins of the same width from low to high; the last bin
 * holds its upper end, as NumPy's does.
 * @param {Iterable<number>} values
 * @param {number[]} ends
 * @param {number} count
 */
export function histogram(values, [low, high], count) {
  const found = new Array(count).fill(0);
  for (const value of values) {
    if (value < low || value > high) continue;
    found[Math.min(count - 1, Math.floor(((value - low) / (high - low || 1)) * count))] += 1;
  }
  return found;
}
