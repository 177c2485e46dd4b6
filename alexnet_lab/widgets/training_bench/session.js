// What one view of the bench has going: who trains, the race that runs, the races that are finished.
import { Failure, sentence } from "../_runtime/fetching.js";
import { kernelEngine, pageEngine } from "./engines.js";
import { Race } from "./race.js";
import { PLAN, SIDES, graphOf, switchesOf } from "./switches.js";
import { exported } from "./table.js";

/** @typedef {import("./engines.js").Engine} Engine */

/** Trains for a view, one job at a time. */
export class Session {
  /**
   * @param {import("../_runtime/kit.js").View} view
   * @param {{ place: string, why: string | null, name: string, tell: () => void,
   *   say: (words: string) => void, done: () => void }} given  `tell`: there is something new to draw; `say`:
   *   words while nothing is drawn; `done`: a race has ended
   */
  constructor(view, { place, why, name, tell, say, done }) {
    this.view = view;
    this.given = { place, why, name, tell, say, done };
    this.fetches = place === "page" && view.get("in_page");
    /** @type {Engine[]} */
    this.engines = [];
    /** @type {Race | null} */
    this.race = null;
    /** @type {import("./table.js").Finished[]} */
    this.finished = [];
    /** @type {File[]} */
    this.files = [];
    this.slow = false;
    this.busy = false;
    /** @type {string | null} */
    this.problem = why;
    view.ending(() => this.close());
  }

  get sides() {
    return this.view.get("race") ? SIDES : SIDES.slice(0, 1);
  }

  get plan() {
    return Object.fromEntries(PLAN.map((key) => [key, this.view.get(key)]));
  }

  close() {
    this.stop();
    for (const engine of this.engines) engine.close();
    this.engines = [];
  }

  async open() {
    const { place, name, say } = this.given;
    if (place === "page" && !this.fetches) {
      throw new Failure("This page has no files to train with; the book’s own pages have.");
    }
    // A worker that refused a job goes on: what it was given was wrong.
    if (this.engines.some((engine) => engine.dead?.())) this.close();
    const wanted = this.sides.length;
    while (this.engines.length < wanted) {
      const side = SIDES[this.engines.length];
      this.engines.push(place === "page" ? pageEngine() : kernelEngine(this.view, side, name));
    }
    let told = 0;
    await Promise.all(
      this.engines.slice(0, wanted).map((engine) =>
        engine.ask("open", {}, ({ done, total }) => {
          told = Math.max(told, done / total);
          say(`Fetching the runtime: ${Math.round(100 * told)} %`);
        }),
      ),
    );
  }

  /** A race that has not begun, unless one goes on. */
  async prepare() {
    if (this.race && !this.race.finished) return this.race;
    await this.open();
    const sides = this.sides.map((side) => switchesOf(this.view, side));
    const race = new Race({
      engines: this.engines.slice(0, sides.length),
      plan: this.plan,
      sides,
      graphs: sides.map((side) => graphOf(this.view, side)),
      seed: this.view.get("seed"),
      files: this.files,
      tell: this.given.tell,
    });
    race.slow = this.slow;
    this.given.say("Opening the nets…");
    await race.begin();
    this.race = race;
    return race;
  }

  /** Do one thing at a time, and keep what went wrong. @param {(race: Race) => Promise<void>} job */
  async doing(job) {
    if (this.busy || this.given.why) return;
    this.busy = true;
    this.problem = null;
    this.given.tell();
    try {
      await job(await this.prepare());
    } catch (error) {
      this.problem = sentence(error);
      this.race = null;
    }
    this.busy = false;
    const { race, finished } = this;
    if (race?.finished && !finished.some(({ seed }) => seed === race.seed)) {
      finished.push({ seed: race.seed, curves: race.curves });
      this.given.done();
    }
    this.given.tell();
  }

  run() {
    return this.doing((race) => race.run());
  }

  step() {
    return this.doing((race) => race.advance(1));
  }

  stop() {
    if (this.race) this.race.running = false;
  }

  /** @param {boolean} slow */
  pace(slow) {
    this.slow = slow;
    if (this.race) this.race.slow = slow;
  }

  /** Other switches or pictures are another race. */
  forget() {
    this.stop();
    this.race = null;
    this.finished = [];
    this.given.tell();
  }

  /** Another seed: a race that has not ended goes. */
  reseed() {
    if (!this.busy) this.race = null;
    this.given.tell();
  }

  /** Hand the finished races to the reader, as a file. */
  save() {
    if (!this.finished.length) return;
    const sides = this.sides.map((side) => switchesOf(this.view, side));
    const by = this.given.place === "page" ? "page" : "torch";
    const data = this.files.length ? "own photographs" : "photo-patches";
    const text = exported({ by, data, plan: this.plan, sides, finished: this.finished });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "race.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
