// A race as it runs: both sides take the same steps, the faster one waits; curves look by look.
import { LOOK_EVERY } from "./core.js";

const CHUNK = 5; // steps between two pictures at full speed
const SLOW_MS = 350; // between two steps

/** @typedef {import("./engines.js").Engine} Engine */
/** @typedef {{ loss: (number | null)[], train_error: number[], val_error: number[] }} Curve */

/** @returns {Curve} */
export function emptyCurve() {
  return { loss: [], train_error: [], val_error: [] };
}

/** Resolve when the page is seen again. */
async function visible() {
  while (document.hidden) {
    await new Promise((go) => document.addEventListener("visibilitychange", go, { once: true }));
  }
}

/** One race, from its start to its end. */
export class Race {
  /**
   * @param {{ engines: Engine[], plan: any, sides: any[], graphs: string[], seed: number, files: Blob[],
   *   tell: () => void }} given  `tell` is called when there is something new to draw
   */
  constructor({ engines, plan, sides, graphs, seed, files, tell }) {
    this.engines = engines;
    this.given = sides.map((side, i) => ({ side, graph: graphs[i], plan, seed, files }));
    this.plan = plan;
    this.sides = sides;
    this.seed = seed;
    this.own = files.length > 0;
    this.tell = tell;
    this.step = 0;
    this.curves = sides.map(emptyCurve);
    /** @type {{ loss: (number | null)[], error: number[] }[]} */
    this.since = sides.map(() => ({ loss: [], error: [] }));
    /** @type {any[]} */
    this.last = sides.map(() => null);
    this.speed = 0; // images a second, both sides together
    this.running = false;
    this.slow = false;
    /** @type {{ labels: number[], shown: ArrayLike<number> } | null} */
    this.data = null;
  }

  get finished() {
    return this.step >= this.plan.steps;
  }

  async begin() {
    const found = await Promise.all(
      this.engines.map((engine, i) => engine.ask("begin", this.given[i])),
    );
    this.data = found[0];
  }

  /** Take some steps on both sides. @param {number} count */
  async advance(count) {
    const left = LOOK_EVERY - (this.step % LOOK_EVERY);
    const steps = Math.min(count, left);
    const looks = steps === left;
    const started = performance.now();
    const found = await Promise.all(
      this.engines.map((engine) => engine.ask("advance", { steps, looks })),
    );
    const ms = performance.now() - started;
    this.speed = (1000 * 32 * steps * this.engines.length) / ms;
    this.step += steps;
    found.forEach((result, i) => {
      const since = this.since[i];
      since.loss.push(...result.loss);
      since.error.push(...result.error);
      this.last[i] = {
        ...this.last[i],
        kernels: result.kernels,
        look: result.look ?? this.last[i]?.look,
      };
      if (!looks) return;
      const whole = since.loss.every((value) => value !== null);
      const curve = this.curves[i];
      curve.loss.push(whole ? mean(/** @type {number[]} */ (since.loss)) : null);
      curve.train_error.push(mean(since.error));
      curve.val_error.push(result.look.val_error);
      this.since[i] = { loss: [], error: [] };
    });
    this.tell();
  }

  /** Run until it ends or is stopped; it sleeps while the page is hidden. */
  async run() {
    this.running = true;
    try {
      while (this.running && !this.finished) {
        await visible();
        if (!this.running) break;
        await this.advance(this.slow ? 1 : CHUNK);
        if (this.slow) await new Promise((go) => setTimeout(go, SLOW_MS));
      }
    } finally {
      this.running = false;
    }
  }
}

/** @param {number[]} values */
function mean(values) {
  return Math.round((1e4 * values.reduce((a, b) => a + b, 0)) / values.length) / 1e4;
}
