// What one unit of a network computes, term by term, who reads it, and what it sees: numbers in,
// numbers out, no page. arithmetic.py does the same with PyTorch; each is a test of the other.
import { listeners } from "./listeners-core.js";
import { SHOWN, flat, largest, sizeOf } from "./places-core.js";

/**
 * What stages.py says of a stage.
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} kind  image, conv, fc, relu, lrn, pool, affine, scale, softmax, or another layer's
 * @property {number[]} shape
 * @property {number[]} kernel
 * @property {number[]} stride
 * @property {number[]} padding
 * @property {number[]} dilation
 * @property {number} groups
 * @property {number} size
 * @property {number} scale
 * @property {number} beta
 * @property {number} k
 * @property {number} factor
 * @property {"max" | "mean"} mode
 * @property {boolean} padded
 * @property {{ start: number[], jump: number[], size: number[] }} [field]
 */
/** Stage, channel, row, column. @typedef {[name: string, channel: number, row: number, column: number]} At */
/**
 * @typedef {object} Term
 * @property {At} at
 * @property {number} part
 * @property {Numbers} [window]
 * @property {Numbers} [kernel]
 * @property {number} [input]
 * @property {number} [weight]
 * @property {boolean} [won]
 */
/**
 * @typedef {object} Report
 * @property {At} at
 * @property {string} kind
 * @property {number} value
 * @property {Term[]} terms
 * @property {{ count: number, part: number }} [rest]
 * @property {number} [bias]
 * @property {number[]} [size]
 * @property {string} [mode]
 * @property {number} [counted]
 * @property {At} [own]
 * @property {number} [before]
 * @property {number} [k]
 * @property {number} [beta]
 * @property {number} [divisor]
 * @property {number} [factor]
 * @property {number} [shift]
 * @property {{ at: At, part: number, weight: number | null }[]} listeners
 */
/** @typedef {{ data: Float32Array, shape: number[] }} Maps */
/** Stored small: a weight is its whole number times its output channel's scale.
 * @typedef {{ values: Numbers, scale: Numbers | null, bias: Numbers | null, shape: number[] }} Weights */
/** @typedef {{ maps: (name: string) => Maps | null, weights: (name: string) => Weights | null }} Source */

/**
 * The place of a stage.
 * @param {Stage[]} stages
 * @param {string} name
 */
export function indexOf(stages, name) {
  return stages.findIndex((stage) => stage.name === name);
}

/**
 * What a unit computes; null where numbers are missing.
 * @param {Stage[]} stages
 * @param {Source} source
 * @param {At} at
 * @returns {Report | null}
 */
export function report(stages, source, at) {
  const [name, channel, row, column] = at;
  const index = indexOf(stages, name);
  const stage = stages[index];
  const own = source.maps(name);
  const below = index > 0 ? source.maps(stages[index - 1].name) : null;
  const weights = ["conv", "fc"].includes(stage.kind) ? source.weights(name) : null;
  if (!own || (index > 0 && !below)) return null;
  if (["conv", "fc"].includes(stage.kind) && !weights) return null;
  const value = own.data[flat(stage, channel, row, column)];
  /** @type {any} */
  const found = { at, kind: stage.kind, value, terms: [] };
  if (below) {
    const kinds = { conv, fc, lrn, pool, softmax };
    const make = kinds[/** @type {keyof typeof kinds} */ (stage.kind)] ?? single;
    const given = { stage, before: stages[index - 1], below, own, weights };
    Object.assign(found, make(/** @type {any} */ (given), channel, row, column));
  }
  return { ...found, listeners: listeners(stages, source, index, [channel, row, column], value) };
}

/**
 * The unit that brings the most to this one, in the direction of its value; null at the pixels.
 * @param {Pick<Report, "kind" | "own" | "terms" | "value">} found
 * @returns {At | null}
 */
export function strongest({ kind, own, terms, value }) {
  if (kind === "lrn") return own ?? null;
  const first = terms[0]?.at ?? null;
  if (kind === "pool") return terms.find((term) => term.won)?.at ?? first;
  const sign = value >= 0 ? 1 : -1;
  return terms.find((term) => term.part * sign > 0)?.at ?? first;
}

/** @typedef {{ stage: Stage, before: Stage, below: Maps, own: Maps, weights: Weights }} Step */

/** @param {Step} step @param {number} channel @param {number} row @param {number} column */
function conv({ stage, before, below, weights }, channel, row, column) {
  const [, maps, rows, columns] = weights.shape;
  const first = Math.floor(channel / (stage.shape[0] / stage.groups)) * maps;
  const [, height, width] = sizeOf(before);
  const scale = weights.scale ? weights.scale[channel] : 1;
  const count = rows * columns;
  /** @type {{ y: number, x: number, at: number }[]} */
  const places = [];
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      const [y, x] = place(stage, row, column, i, j);
      const inside = y >= 0 && x >= 0 && y < height && x < width;
      places.push({ y, x, at: inside ? y * width + x : -1 });
    }
  }
  const window = new Float32Array(maps * count);
  const kernel = new Float32Array(maps * count);
  const parts = new Float64Array(maps);
  for (let m = 0, at = 0; m < maps; m += 1) {
    const map = (first + m) * height * width;
    const from = (channel * maps + m) * count;
    for (let p = 0; p < count; p += 1, at += 1) {
      kernel[at] = weights.values[from + p] * scale;
      if (places[p].at < 0) continue;
      window[at] = below.data[map + places[p].at];
      parts[m] += window[at] * kernel[at];
    }
  }
  const terms = largest(parts).map((m) => {
    const sign = parts[m] >= 0 ? 1 : -1;
    let best = 0;
    let most = -Infinity;
    for (let p = 0; p < count; p += 1) {
      const product = Math.fround(window[m * count + p] * kernel[m * count + p]) * sign;
      if (product > most) [best, most] = [p, product];
    }
    const at = [
      before.name,
      first + m,
      inside(places[best].y, height),
      inside(places[best].x, width),
    ];
    return {
      at,
      part: parts[m],
      window: window.slice(m * count, (m + 1) * count),
      kernel: kernel.slice(m * count, (m + 1) * count),
    };
  });
  return { ...summed(terms, parts), bias: weights.bias?.[channel] ?? 0, size: [rows, columns] };
}

/** @param {Step} step @param {number} channel */
function fc({ before, below, weights }, channel) {
  const count = below.data.length;
  const scale = weights.scale ? weights.scale[channel] : 1;
  const parts = new Float64Array(count);
  const weight = (/** @type {number} */ i) =>
    Math.fround(weights.values[channel * count + i] * scale);
  for (let i = 0; i < count; i += 1) parts[i] = below.data[i] * weight(i);
  const terms = largest(parts).map((i) => ({
    at: [before.name, ...unflat(before, i)],
    part: parts[i],
    input: below.data[i],
    weight: weight(i),
  }));
  return { ...summed(terms, parts), bias: weights.bias?.[channel] ?? 0 };
}

/** One number in, one out. @param {Step} step @param {number} channel @param {number} row @param {number} column */
function single({ stage, before, below }, channel, row, column) {
  const part = below.data[flat(before, channel, row, column)];
  const terms = [{ at: [before.name, channel, row, column], part }];
  return stage.kind === "scale" ? { terms, factor: stage.factor } : { terms };
}

/** @param {Step} step @param {number} channel @param {number} row @param {number} column */
function lrn({ stage, before, below }, channel, row, column) {
  const [low, high] = neighbours(stage, channel);
  const input = (/** @type {number} */ c) => below.data[flat(before, c, row, column)];
  const terms = [];
  let energy = stage.k;
  for (let c = low; c <= high; c += 1) {
    const part = stage.scale * input(c) ** 2;
    energy += part;
    terms.push({ at: [before.name, c, row, column], input: input(c), part });
  }
  return {
    own: [before.name, channel, row, column],
    terms,
    k: stage.k,
    beta: stage.beta,
    before: input(channel),
    divisor: energy ** stage.beta,
  };
}

/** @param {Step} step @param {number} channel @param {number} row @param {number} column */
function pool({ stage, before, below }, channel, row, column) {
  const [, height, width] = sizeOf(before);
  const [top, left] = stage.padding;
  /** @type {{ at: (string | number)[], part: number, won: boolean }[]} */
  const terms = [];
  let counted = 0;
  for (let i = 0; i < stage.kernel[0]; i += 1) {
    for (let j = 0; j < stage.kernel[1]; j += 1) {
      const [y, x] = place(stage, row, column, i, j);
      const within = y >= 0 && x >= 0 && y < height && x < width;
      if (within || (stage.padded && y < height + top && x < width + left)) counted += 1;
      if (!within) continue;
      const part = below.data[flat(before, channel, y, x)];
      terms.push({ at: [before.name, channel, y, x], part, won: false });
    }
  }
  const best = terms.reduce((b, term, i) => (term.part > terms[b].part ? i : b), 0);
  terms[best].won = true;
  return { terms, mode: stage.mode, counted, size: stage.kernel };
}

/** @param {Step} step @param {number} channel */
function softmax({ before, below, own }, channel) {
  const logits = below.data;
  const order = Array.from(logits, (_, i) => i).sort(
    (a, b) => Number(b === channel) - Number(a === channel) || logits[b] - logits[a] || a - b,
  );
  const terms = order
    .slice(0, SHOWN)
    .map((i) => ({ at: [before.name, i, 0, 0], input: logits[i], part: own.data[i] }));
  const rest = 1 - terms.reduce((sum, term) => sum + term.part, 0);
  return { terms, rest: { count: logits.length - terms.length, part: Math.max(rest, 0) } };
}

/**
 * First and last of the channels whose squares a response norm adds up.
 * @param {Stage} stage
 * @param {number} channel
 */
function neighbours({ shape, groups, size }, channel) {
  const each = shape[0] / groups;
  const least = Math.floor(channel / each) * each;
  return [
    Math.max(channel - (size >> 1), least),
    Math.min(channel + ((size - 1) >> 1), least + each - 1),
  ];
}

/**
 * @param {Stage} stage @param {number} row @param {number} column @param {number} i @param {number} j
 * @returns {[number, number]}
 */
function place({ stride, padding, dilation }, row, column, i, j) {
  return [
    row * stride[0] - padding[0] + i * dilation[0],
    column * stride[1] - padding[1] + j * dilation[1],
  ];
}

/** @param {number} value @param {number} count */
const inside = (value, count) => Math.min(Math.max(value, 0), count - 1);

/** @param {Stage} stage @param {number} i */
function unflat(stage, i) {
  const [, height, width] = sizeOf(stage);
  return [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
}

/** @param {{ part: number }[]} terms @param {Float64Array} parts */
function summed(terms, parts) {
  const all = parts.reduce((sum, part) => sum + part, 0);
  const part = all - terms.reduce((sum, term) => sum + term.part, 0);
  return { terms, rest: { count: parts.length - terms.length, part } };
}
