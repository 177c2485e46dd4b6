// One side of a race, trained by ONNX Runtime Web: the twin of `Trainer` in alexnet_lab/bench/race.py.
import {
  BATCH,
  STREAMS,
  batch,
  images,
  normal,
  places,
  rates,
  statistics,
  uniform,
} from "./core.js";

const MOMENTUM = 0.9;
const DROPPED = 0.5;
const LOOKS_AT = 40; // patches a run

/** @typedef {import("./core.js").Box} Box */
/**
 * A data set: a picture of photographs, and where patches of each come from.
 * @typedef {{ data: Uint8ClampedArray, width: number, train: Box[], val: Box[], valEach: number }} Photographs
 */

/** The tensors of a net, its graphs, and the data it learns. */
export class Trainer {
  /**
   * @param {{ ort: any, step: any, look: any, about: any, photographs: Photographs, side: any, plan: any,
   *   seed: number }} given  `step` and `look` are sessions, `about` the graph's entry in the manifest
   */
  constructor({ ort, step, look, about, photographs, side, plan, seed }) {
    Object.assign(this, { ort, about, photographs, side, plan, seed });
    this.ort = ort;
    this.sessions = { step, look };
    this.at = 0;
    this.classes = photographs.train.length;
    this.train = places(photographs.train, plan.each, STREAMS.train);
    this.val = places(photographs.val, photographs.valEach, STREAMS.val);
    const { mean, std } = statistics(photographs, this.train);
    this.by = { mean, std: side.start === "2012" ? [1, 1, 1] : std };
    /** @type {Record<string, any>} */
    this.state = {};
    about.parameters.forEach((/** @type {any} */ one, /** @type {number} */ i) => {
      const shape = one.name.startsWith(`${about.last}.`)
        ? [this.classes, ...one.shape.slice(1)]
        : one.shape;
      const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
      const begin = one.start[side.start];
      const bias = { own: begin, ones: 1 }[/** @type {"own" | "ones"} */ (side.bias)] ?? 0;
      const values = one.bias
        ? new Float32Array(count).fill(bias)
        : Float32Array.from(normal(count, STREAMS.weights, seed, i), (value) => begin * value);
      this.state[one.name] = this.tensor(values, shape);
      this.state[`${one.name}.velocity`] = this.tensor(new Float32Array(count), shape);
    });
  }

  /** @param {Float32Array} values @param {number[]} shape */
  tensor(values, shape) {
    return new this.ort.Tensor("float32", values, shape);
  }

  /** @param {number} step */
  feeds(step) {
    const { side, plan, photographs, train, seed } = /** @type {any} */ (this);
    const given = { train, boxes: photographs.train, seed, crops: side.crops };
    const chosen = batch(given, step);
    const targets = new Float32Array(BATCH * this.classes);
    chosen.labels.forEach((label, i) => {
      targets[i * this.classes + label] = 1;
    });
    /** @type {Record<string, any>} */
    const found = {
      images: this.tensor(images(photographs, chosen, this.by), [BATCH, 3, 32, 32]),
      targets: this.tensor(targets, [BATCH, this.classes]),
    };
    const masks = Object.entries(/** @type {any} */ (this).about.masks);
    masks.forEach(([name, shape], layer) => {
      const count = BATCH * shape[0];
      const values = side.dropout
        ? Float32Array.from(uniform(count, STREAMS.masks, seed, step, layer), (draw) =>
            draw >= DROPPED ? 1 / (1 - DROPPED) : 0,
          )
        : new Float32Array(count).fill(1);
      found[name] = this.tensor(values, [BATCH, shape[0]]);
    });
    const scalars = { ...rates(side, plan, step), momentum: MOMENTUM, decay: side.decay };
    for (const [name, value] of Object.entries(scalars)) {
      found[name] = this.tensor(Float32Array.of(value), []);
    }
    return { feeds: found, labels: chosen.labels };
  }

  /**
   * Take steps: each one's loss (null where it is not finite) and error of its own batch, before it.
   * @param {number} steps
   */
  async advance(steps) {
    const [loss, error] = [/** @type {(number | null)[]} */ ([]), /** @type {number[]} */ ([])];
    for (let i = 0; i < steps; i += 1) {
      const { feeds, labels } = this.feeds(this.at);
      const out = await this.sessions.step.run({ ...feeds, ...this.state });
      const value = out.loss.data[0];
      const finite = Number.isFinite(value);
      const said = winners(out.logits.data, this.classes);
      const wrong = said.filter((one, j) => one !== labels[j]).length;
      loss.push(finite ? value : null);
      error.push(finite ? wrong / BATCH : 1);
      for (const name of Object.keys(this.state)) this.state[name] = out[`${name}.next`];
      this.at += 1;
    }
    return { loss, error };
  }

  /** The validation error, and what the net says of each validation patch. */
  async look() {
    const { photographs, val, about } = /** @type {any} */ (this);
    const weights = Object.fromEntries(
      about.parameters.map((/** @type {any} */ { name }) => [name, this.state[name]]),
    );
    /** @type {number[]} */
    const said = [];
    for (let from = 0; from < val.labels.length; from += LOOKS_AT) {
      const [left, top] = [val.left, val.top].map((all) => all.subarray(from, from + LOOKS_AT));
      const seen = this.tensor(images(photographs, { left, top }, this.by), [
        left.length,
        3,
        32,
        32,
      ]);
      const out = await this.sessions.look.run({ images: seen, ...weights });
      said.push(...winners(out.logits.data, this.classes));
    }
    const wrong = said.filter((one, i) => one !== val.labels[i]).length;
    return { val_error: wrong / said.length, said };
  }

  /** The first layer's kernels: (K, 3, side, side). */
  kernels() {
    const [{ name }] = /** @type {any} */ (this).about.parameters;
    const { data, dims } = this.state[name];
    return { data: Float32Array.from(data), shape: [...dims] };
  }
}

/**
 * The greatest logit of each row; −1 where one is no finite number.
 * @param {Float32Array} logits
 * @param {number} classes
 */
function winners(logits, classes) {
  return Array.from({ length: logits.length / classes }, (_, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    return row.every(Number.isFinite) ? row.indexOf(Math.max(...row)) : -1;
  });
}
