// Dropout (§4.2 of the paper) before one fully connected layer: numbers in, numbers out, no page.
// Held to torch's Dropout and to the sum over all masks by tests/widgets/test_dropout_core.py.

import { generator } from "../_runtime/random-core.js";

/** @typedef {{ p: number, style: string, seed?: number }} Options */
/** @typedef {{ weights: Numbers, bias: Numbers }} Layer */

export const STYLES = ["2012", "inverted", "forgotten"];

/**
 * Say in one line what is wrong with units and a probability; null when nothing is.
 * @param {Numbers} units
 * @param {{ p: number }} options
 */
export function problem(units, { p }) {
  if (!units.length) return "no units: give one number a unit";
  if (![...units].every(Number.isFinite)) return "a unit's output is not a finite number";
  if (!(p >= 0 && p < 1)) return `p = ${p} must be at least 0 and less than 1`;
  return null;
}

/**
 * The mask with number `index` of a seed: 1 keeps a unit, 0 drops it with probability p.
 * @param {number} count
 * @param {{ p: number, seed?: number }} options
 * @param {number} [index]
 */
export function mask(count, { p, seed = 0 }, index = 0) {
  const next = generator(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  return Uint8Array.from({ length: count }, () => (next() >= p ? 1 : 0));
}

/**
 * What training multiplies a kept unit by.
 * @param {Options} options
 */
export function trainingFactor({ p, style }) {
  return style === "inverted" ? 1 / (1 - p) : 1;
}

/**
 * What the test multiplies every unit by; "forgotten" is neither scaling, which is an error.
 * @param {Options} options
 */
export function testFactor({ p, style }) {
  return style === "2012" ? 1 - p : 1;
}

/**
 * Units as the next layer gets them in training, under one mask.
 * @param {Numbers} units
 * @param {Numbers} kept
 * @param {Options} options
 */
export function dropped(units, kept, options) {
  const factor = trainingFactor(options);
  return Float64Array.from(units, (value, i) => (kept[i] ? value * factor : 0));
}

/**
 * Units as the next layer gets them at test.
 * @param {Numbers} units
 * @param {Options} options
 */
export function tested(units, options) {
  const factor = testFactor(options);
  return Float64Array.from(units, (value) => value * factor);
}

/**
 * A fully connected layer: weights [outputs × units], row after row, and a bias an output.
 * @param {Numbers} units
 * @param {Layer} layer
 */
export function linear(units, { weights, bias }) {
  const count = units.length;
  return Float64Array.from(bias, (b, k) => {
    let sum = b;
    for (let i = 0; i < count; i += 1) sum += weights[k * count + i] * units[i];
    return sum;
  });
}

/** @param {Numbers} logits */
export function softmax(logits) {
  const top = Math.max(...logits);
  const powers = Float64Array.from(logits, (v) => Math.exp(v - top));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / total);
}

/**
 * Running sums over masks. `step` draws the next mask; afterwards `mean` is the mean of the logits,
 * `error` its standard error, `probability` the mean of the probabilities.
 * @param {Numbers} units
 * @param {Layer} layer
 * @param {Options} options
 */
export function average(units, layer, options) {
  const outputs = layer.bias.length;
  const sums = new Float64Array(outputs);
  const squares = new Float64Array(outputs);
  const chances = new Float64Array(outputs);
  return {
    count: 0,
    kept: new Uint8Array(units.length).fill(1), // the latest mask
    logits: new Float64Array(outputs),
    step() {
      const kept = mask(units.length, options, this.count);
      const logits = linear(dropped(units, kept, options), layer);
      const chance = softmax(logits);
      Object.assign(this, { kept, logits, count: this.count + 1 });
      for (let k = 0; k < outputs; k += 1) {
        sums[k] += logits[k];
        squares[k] += logits[k] ** 2;
        chances[k] += chance[k];
      }
      return this;
    },
    mean() {
      return sums.map((v) => v / this.count);
    },
    probability() {
      return chances.map((v) => v / this.count);
    },
    error() {
      return squares.map((q, k) => {
        if (this.count < 2) return Infinity;
        const spread = Math.max(0, q - sums[k] ** 2 / this.count) / (this.count - 1);
        return Math.sqrt(spread / this.count);
      });
    },
  };
}

/**
 * Mean of the logits over all 2ⁿ masks, each with its probability; for small layers.
 * @param {Numbers} units
 * @param {Layer} layer
 * @param {Options} options
 */
export function expectation(units, layer, options) {
  const count = units.length;
  if (count > 16) throw new RangeError(`${count} units have too many masks to go through`);
  const sums = new Float64Array(layer.bias.length);
  for (let code = 0; code < 2 ** count; code += 1) {
    const kept = Uint8Array.from({ length: count }, (_, i) => (code >> i) & 1);
    const chance = kept.reduce((c, k) => c * (k ? 1 - options.p : options.p), 1);
    linear(dropped(units, kept, options), layer).forEach((v, k) => {
      sums[k] += chance * v;
    });
  }
  return sums;
}

/**
 * Standard deviation of each logit over masks, exactly: masks of units are independent.
 * @param {Numbers} units
 * @param {Layer} layer
 * @param {Options} options
 */
export function spread(units, layer, options) {
  const factor = trainingFactor(options);
  const count = units.length;
  return Float64Array.from(layer.bias, (_, k) => {
    let sum = 0;
    for (let i = 0; i < count; i += 1) sum += (layer.weights[k * count + i] * units[i]) ** 2;
    return factor * Math.sqrt(options.p * (1 - options.p) * sum);
  });
}
