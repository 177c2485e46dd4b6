// What a race is made of: random streams, places of patches, batches, starts. Numbers in, numbers out, no
// page. The twin of alexnet_lab/bench, which tests/widgets/test_training_bench_core.py holds it to.

/** @typedef {[left: number, top: number, width: number, height: number]} Box */
/** @typedef {{ labels: Int32Array, left: Int32Array, top: Int32Array }} Places */

export const SIDE = 32; // of a patch
export const BATCH = 32;
export const LOOK_EVERY = 20; // steps
export const TARGET = 0.5; // training error that "steps" counts to
const SHIFT = 4;
const [BIAS_FACTOR, DROP] = [2, 0.1];
const BLOCK = 16;
const TRAIN_SHARE = 0.7;
export const STREAMS = { weights: 1, order: 2, shifts: 3, masks: 4, train: 5, val: 6 };

/** 32 bits that whole numbers lead to. @param {number[]} numbers */
export function keyOf(...numbers) {
  let found = 0x9e3779b9;
  for (const number of numbers) {
    found = Math.imul(found ^ number, 0x85ebca6b);
    found ^= found >>> 13;
    found = Math.imul(found, 0xc2b2ae35);
    found ^= found >>> 16;
  }
  return found >>> 0;
}

/** Uniform numbers in [0, 1): mulberry32 of a stream. @param {number} count @param {number[]} key */
export function uniform(count, ...key) {
  let state = keyOf(...key);
  const found = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    found[i] = ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  return found;
}

/** Normal numbers. @param {number} count @param {number[]} key */
export function normal(count, ...key) {
  const pairs = uniform(2 * count, ...key);
  return Float64Array.from(
    { length: count },
    (_, i) => Math.sqrt(-2 * Math.log1p(-pairs[2 * i])) * Math.cos(2 * Math.PI * pairs[2 * i + 1]),
  );
}

/** The numbers below `count` in an order of a stream. @param {number} count @param {number[]} key */
export function shuffled(count, ...key) {
  const draws = uniform(count, ...key);
  return Int32Array.from(draws.keys()).sort((a, b) => draws[a] - draws[b] || a - b);
}

/**
 * Cut a photograph along its longer side: 70 % for training, the rest for validation. Null where it is
 * too small.
 * @param {number} width
 * @param {number} height
 * @param {number} top
 * @returns {{ train: Box, val: Box } | null}
 */
export function parts(width, height, top) {
  const longer = Math.max(width, height);
  const border = Math.round((TRAIN_SHARE * longer) / BLOCK) * BLOCK;
  if (Math.min(width, height, longer - border) < SIDE) return null;
  return width >= height
    ? { train: [0, top, border, height], val: [border, top, width - border, height] }
    : { train: [0, top, width, border], val: [0, top + border, width, height - border] };
}

/** Draw `each` patches of every box. @param {Box[]} boxes @param {number} each @param {number} purpose */
export function places(boxes, each, purpose) {
  const count = each * boxes.length;
  const draws = uniform(2 * count, purpose, each);
  const found = {
    labels: new Int32Array(count),
    left: new Int32Array(count),
    top: new Int32Array(count),
  };
  for (let i = 0; i < count; i += 1) {
    const label = i % boxes.length;
    const [left, top, width, height] = boxes[label];
    found.labels[i] = label;
    found.left[i] = left + Math.floor(draws[2 * i] * (width - SIDE + 1));
    found.top[i] = top + Math.floor(draws[2 * i + 1] * (height - SIDE + 1));
  }
  return found;
}

/**
 * Where the patches of a step lie, counted from 0, and which are reflected.
 * @param {{ train: Places, boxes: Box[], seed: number, crops: boolean }} given
 * @param {number} step
 */
export function batch({ train, boxes, seed, crops }, step) {
  const count = train.labels.length;
  // Three photographs of the reader's may have fewer patches than a batch: some are in it twice.
  const perEpoch = Math.max(1, Math.floor(count / BATCH));
  const order = shuffled(count, STREAMS.order, seed, Math.floor(step / perEpoch));
  const from = (step % perEpoch) * BATCH;
  const chosen = Int32Array.from({ length: BATCH }, (_, i) => order[(from + i) % count]);
  const draws = crops ? uniform(3 * BATCH, STREAMS.shifts, seed, step) : null;
  const take = (/** @type {Int32Array} */ from) => Int32Array.from(chosen, (i) => from[i]);
  const found = {
    labels: take(train.labels),
    left: take(train.left),
    top: take(train.top),
    flip: new Uint8Array(BATCH),
  };
  if (!draws) return found;
  for (let i = 0; i < BATCH; i += 1) {
    const [left, top, width, height] = boxes[found.labels[i]];
    const move = (/** @type {number} */ draw) => Math.floor(draw * (2 * SHIFT + 1)) - SHIFT;
    const keep = (
      /** @type {number} */ at,
      /** @type {number} */ from,
      /** @type {number} */ size,
    ) => Math.max(from, Math.min(from + size - SIDE, at));
    found.left[i] = keep(found.left[i] + move(draws[3 * i]), left, width);
    found.top[i] = keep(found.top[i] + move(draws[3 * i + 1]), top, height);
    found.flip[i] = draws[3 * i + 2] < 0.5 ? 1 : 0;
  }
  return found;
}

/**
 * Mean and standard deviation of each colour over patches.
 * @param {{ data: Numbers, width: number }} picture  RGBA
 * @param {Places} at
 */
export function statistics({ data, width }, at) {
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  const count = at.labels.length * SIDE * SIDE;
  for (let i = 0; i < at.labels.length; i += 1) {
    for (let y = 0; y < SIDE; y += 1) {
      let from = 4 * ((at.top[i] + y) * width + at.left[i]);
      for (let x = 0; x < SIDE; x += 1, from += 4) {
        for (let c = 0; c < 3; c += 1) {
          sums[c] += data[from + c];
          squares[c] += data[from + c] ** 2;
        }
      }
    }
  }
  const mean = sums.map((sum) => sum / count);
  return { mean, std: squares.map((s, c) => Math.sqrt(s / count - mean[c] ** 2)) };
}

/**
 * Patches as a net is fed with them: (N, 3, SIDE, SIDE).
 * @param {{ data: Numbers, width: number }} picture
 * @param {{ left: Int32Array, top: Int32Array, flip?: Uint8Array }} at
 * @param {{ mean: number[], std: number[] }} by
 */
export function images({ data, width }, { left, top, flip }, { mean, std }) {
  const found = new Float32Array(left.length * 3 * SIDE * SIDE);
  let to = 0;
  for (let i = 0; i < left.length; i += 1) {
    for (let c = 0; c < 3; c += 1) {
      for (let y = 0; y < SIDE; y += 1) {
        const row = 4 * ((top[i] + y) * width + left[i]) + c;
        for (let x = 0; x < SIDE; x += 1) {
          const across = flip?.[i] ? SIDE - 1 - x : x;
          found[to] = (data[row + 4 * across] - mean[c]) / std[c];
          to += 1;
        }
      }
    }
  }
  return found;
}

/**
 * The rates of a step: both momentum rules are one graph.
 * @param {{ rule: string, rate: number, bias: string }} switches
 * @param {{ steps: number, drop: boolean }} plan
 * @param {number} step
 */
export function rates({ rule, rate, bias }, { steps, drop }, step) {
  const now = rate * (drop && step >= Math.ceil((2 * steps) / 3) ? DROP : 1);
  const own = now * (bias === "none" ? 0 : BIAS_FACTOR);
  const pair = (/** @type {number} */ value) => (rule === "2012" ? [value, 1] : [1, value]);
  const [[gradient_rate, velocity_rate], [bias_gradient_rate, bias_velocity_rate]] = [
    pair(now),
    pair(own),
  ];
  return { gradient_rate, velocity_rate, bias_gradient_rate, bias_velocity_rate };
}

/**
 * By what a side is judged: its last validation error, or the steps until half of the training patches
 * are right (infinite where that does not happen).
 * @param {{ train_error: number[], val_error: number[] }} curve
 * @param {string} name
 */
export function measure({ train_error, val_error }, name) {
  if (name === "val_error") return val_error[val_error.length - 1];
  const first = train_error.findIndex((error) => error <= TARGET);
  return first < 0 ? Infinity : (first + 1) * LOOK_EVERY;
}

/**
 * Median and its 95 % interval, whatever the distribution; no interval below six values.
 * @param {number[]} values
 */
export function medianInterval(values) {
  const n = values.length;
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(n / 2);
  const median = n % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  let [k, below, share] = [0, 0, 0.5 ** n];
  for (; k < n; k += 1) {
    below += share;
    if (2 * below > 0.05) break;
    share *= (n - k) / (k + 1);
  }
  return { n, median, low: k ? sorted[k - 1] : null, high: k ? sorted[n - k] : null };
}
