// Recorded runs: mean and interval over seeds, and the scales of a plot. Numbers in, numbers out,
// no page. Held to scipy and to alexnet_lab.experiments by tests/widgets/test_training_core.py.

/** @typedef {{ arm: string, seed: number, columns: Record<string, number[]> }} Run */
/**
 * What kernels_along.py packs.
 * @typedef {{ shares: Numbers, basis: Numbers, scales: Numbers, count: number, directions: number }} Kernels
 */

/**
 * Say in one line what is wrong with runs; null when nothing is. A run: { arm, seed, columns }.
 * @param {Run[]} runs
 */
export function problem(runs) {
  if (!runs.length) return "no runs are recorded yet";
  for (const { arm, seed, columns } of runs) {
    const lengths = new Set(Object.values(columns).map((values) => values.length));
    if (lengths.size !== 1) return `${arm}, seed ${seed}: columns of different lengths`;
    if (lengths.has(0)) return `${arm}, seed ${seed}: no epoch is recorded`;
  }
  return null;
}

/**
 * The logarithm of the gamma function (Lanczos).
 * @param {number} x
 */
function logGamma(x) {
  const g = [
    76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155,
    0.1208650973866179e-2, -0.5395239384953e-5,
  ];
  const t = x + 5.5;
  const sum = g.reduce((s, c, i) => s + c / (x + 1 + i), 1.000000000190015);
  return (x + 0.5) * Math.log(t) - t + Math.log((2.5066282746310005 * sum) / x);
}

/**
 * The regularised incomplete beta function, by its continued fraction.
 * @param {number} x
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function beta(x, a, b) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x),
  );
  const away = (/** @type {number} */ v) => (Math.abs(v) < 1e-300 ? 1e-300 : v);
  let [c, d] = [1, 1 / away(1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m < 300; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let last = 1;
    for (const term of [even, odd]) {
      d = 1 / away(1 + term * d);
      c = away(1 + term / c);
      last = c * d;
      fraction *= last;
    }
    if (Math.abs(last - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

/**
 * Student's t beyond which lies (1 − level) on both sides together.
 * @param {number} freedom
 * @param {number} [level]
 */
export function studentT(freedom, level = 0.95) {
  const outside = (/** @type {number} */ t) => beta(freedom / (freedom + t * t), freedom / 2, 0.5);
  let [low, high] = [0, 1];
  while (outside(high) > 1 - level) high *= 2;
  for (let i = 0; i < 80; i += 1) {
    const middle = (low + high) / 2;
    if (outside(middle) > 1 - level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Mean with Student's interval: { n, mean, low, high }; with one value there is no interval.
 * @param {number[]} values
 * @param {number} [level]
 */
export function interval(values, level = 0.95) {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { n, mean, low: null, high: null };
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
  const reach = studentT(n - 1, level) * Math.sqrt(variance / n);
  return { n, mean, low: mean - reach, high: mean + reach };
}

/**
 * The runs of each arm, in the order in which the arms first come: [[arm, runs], …].
 * @param {Run[]} runs
 */
export function byArm(runs) {
  const arms = new Map();
  for (const run of runs) {
    if (!arms.has(run.arm)) arms.set(run.arm, []);
    arms.get(run.arm).push(run);
  }
  return [...arms];
}

/**
 * An arm's mean and interval epoch by epoch, as long as all of its runs go on: beyond, it would be a
 * mean of others, and jump.
 * @param {Run[]} runs
 * @param {string} column
 */
export function curve(runs, column) {
  const series = runs.map((run) => run.columns[column]).filter(Boolean);
  const length = series.length ? Math.min(...series.map((values) => values.length)) : 0;
  return Array.from({ length }, (_, epoch) => ({
    epoch: epoch + 1,
    ...interval(series.map((values) => values[epoch])),
  }));
}

/**
 * The columns that every run has, in the first run's order.
 * @param {Run[]} runs
 */
export function sharedColumns(runs) {
  return Object.keys(runs[0].columns).filter((name) => runs.every((run) => name in run.columns));
}

/**
 * Least and greatest of what is drawn: all seeds, not the intervals, which may be huge.
 * @param {Run[]} runs
 * @param {string} column
 */
export function extent(runs, column) {
  const values = runs.flatMap((run) => run.columns[column]).filter(Number.isFinite);
  return [Math.min(...values), Math.max(...values)];
}

/**
 * A kernel from its shares of the principal directions (bytes around 128, see training.py):
 * 3 · height · width numbers, its greatest 1 or −1.
 * @param {Kernels} kernels
 * @param {number} snapshot
 * @param {number} kernel
 */
export function rebuilt({ shares, basis, scales, count, directions }, snapshot, kernel) {
  const length = basis.length / directions;
  const from = (snapshot * count + kernel) * directions;
  const found = new Float64Array(length);
  for (let d = 0; d < directions; d += 1) {
    const share = ((shares[from + d] - 128) / 127) * scales[d];
    if (share === 0) continue;
    for (let i = 0; i < length; i += 1) found[i] += (share * (basis[d * length + i] - 128)) / 127;
  }
  const top = found.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);
  return found.map((v) => v / top);
}
