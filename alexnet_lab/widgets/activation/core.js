// Nonlinearities, and what a deep stack of them does to a signal and to a gradient. Numbers only.

export const BENDS = ["relu", "tanh", "sigmoid"];

/**
 * Value of a nonlinearity at x.
 * @param {string} bend
 * @param {number} x
 */
export function value(bend, x) {
  if (bend === "relu") return Math.max(x, 0);
  return bend === "tanh" ? Math.tanh(x) : 1 / (1 + Math.exp(-x));
}

/**
 * Slope at x; of ReLU at 0: 0, as torch has it.
 * @param {string} bend
 * @param {number} x
 */
export function slope(bend, x) {
  if (bend === "relu") return x > 0 ? 1 : 0;
  const y = value(bend, x);
  return bend === "tanh" ? 1 - y * y : y * (1 - y);
}

/**
 * Standard deviation of the first weights for `width` inputs.
 * @param {string} start
 * @param {number} width
 */
export function spreadOf(start, width) {
  if (start === "he") return Math.sqrt(2 / width);
  return start === "xavier" ? Math.sqrt(1 / width) : 0.01; // 0.01: §5 of the paper
}

/**
 * Random numbers of a normal distribution, the same for the same seed, on every machine.
 * @param {number} seed
 * @param {number} count
 */
export function normals(seed, count) {
  let state = seed >>> 0;
  const uniform = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const made = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    made[i] = radius * Math.cos(angle);
    if (i + 1 < count) made[i + 1] = radius * Math.sin(angle);
  }
  return made;
}

/**
 * Send a batch of normal numbers through `depth` layers of `width` units, and a gradient of normal
 * numbers back: for each layer the spread (root mean square) of what leaves it, of the gradient at
 * its sums, and the share of units whose slope is below 1/100.
 * @param {{ bend: string, start: string, depth: number, width: number, batch: number, seed: number, gain?: number }} options
 */
export function stack({ bend, start, depth, width, batch, seed, gain = 1 }) {
  const spread = gain * spreadOf(start, width);
  let signal = normals(seed, batch * width);
  const weights = [];
  /** @type {Float64Array[]} */
  const sums = [];
  const forward = [rms(signal)];
  const flat = [];
  for (let layer = 0; layer < depth; layer += 1) {
    const weight = normals(seed + 1 + layer, width * width);
    for (let i = 0; i < weight.length; i += 1) weight[i] *= spread;
    const sum = times(signal, weight, batch, width, false);
    signal = sum.map((x) => value(bend, x));
    weights.push(weight);
    sums.push(sum);
    forward.push(rms(signal));
    flat.push(sum.reduce((n, x) => n + (slope(bend, x) < 0.01 ? 1 : 0), 0) / sum.length);
  }
  let gradient = normals(seed + 1 + depth, batch * width);
  const backward = new Array(depth);
  for (let layer = depth - 1; layer >= 0; layer -= 1) {
    gradient = gradient.map((g, i) => g * slope(bend, sums[layer][i]));
    backward[layer] = rms(gradient);
    gradient = times(gradient, weights[layer], batch, width, true);
  }
  return { forward, backward, flat };
}

/** @param {Float64Array} values */
function rms(values) {
  let total = 0;
  for (const value of values) total += value * value;
  return Math.sqrt(total / values.length);
}

/**
 * (batch × width) times the matrix whose row o holds the weights of unit o, or its transpose.
 * @param {Float64Array} values
 * @param {Float64Array} weight
 * @param {number} batch
 * @param {number} width
 * @param {boolean} back
 */
function times(values, weight, batch, width, back) {
  const made = new Float64Array(batch * width);
  for (let n = 0; n < batch; n += 1) {
    for (let o = 0; o < width; o += 1) {
      let total = 0;
      for (let i = 0; i < width; i += 1) {
        total += values[n * width + i] * (back ? weight[i * width + o] : weight[o * width + i]);
      }
      made[n * width + o] = total;
    }
  }
  return made;
}
