// Who trains: workers of the page, or Python where there is a kernel. Both sides take the same jobs.
import { Failure } from "../_runtime/fetching.js";
import { obstacle, surroundings } from "../_runtime/page-network.js";

/** What is fetched before the first race, compressed as a static host does it; a test holds it. */
export const DOWNLOAD_MB = 4;
const PATIENCE_MS = 60_000; // for an answer of Python

/**
 * @typedef {object} Engine
 * @property {(job: string, given: State, progress?: (step: any) => void) => Promise<any>} ask
 * @property {() => void} close
 * @property {() => boolean} [dead]  whether it will never answer again
 */

/** Who trains here, and in a sentence why nobody does. */
export function where() {
  const place = surroundings();
  const why = place === "page" || place === "notebook" ? null : obstacle();
  return { place, why: why?.replace("runs it", "trains") ?? null };
}

/** A worker of the page's own. @returns {Engine} */
export function pageEngine() {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  const base = new URL("../../network/", import.meta.url).href;
  /** @type {Map<number, { done: (value: any) => void, fail: (why: Failure) => void, progress?: (step: any) => void }>} */
  const waiting = new Map();
  let last = 0;
  let dead = false;
  const broken = (/** @type {string} */ why) => {
    dead = true;
    for (const { fail } of waiting.values()) fail(new Failure(why));
    waiting.clear();
  };
  worker.onmessage = ({ data: { id, progress, problem, result } }) => {
    const asked = waiting.get(id);
    if (progress) {
      asked?.progress?.(progress);
      return;
    }
    waiting.delete(id);
    if (problem) asked?.fail(new Failure(problem));
    else asked?.done(result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    broken(
      event.message
        ? `Training stopped: ${event.message}.`
        : "The script that trains could not be loaded.",
    );
  };
  return {
    ask: (job, given, progress) =>
      new Promise((done, fail) => {
        last += 1;
        waiting.set(last, { done, fail, progress });
        worker.postMessage({ id: last, job, given: { ...given, base } });
      }),
    dead: () => dead,
    close() {
      worker.terminate();
      broken("Training was closed.");
    },
  };
}

/**
 * One side that Python trains; `side` tells the two apart, `view` the views of one widget.
 * @param {import("../_runtime/kit.js").View} view
 * @param {string} side
 * @param {string} name
 * @returns {Engine}
 */
export function kernelEngine(view, side, name) {
  /** @type {Map<string, (answer: any) => void>} */
  const waiting = new Map();
  let last = 0;
  view.watch([`answered_${side}`], () => {
    const answer = view.get(`answered_${side}`);
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return {
    ask: (job, { files, ...given }) =>
      new Promise((done, fail) => {
        last += 1;
        const id = `${name}-${last}`;
        const timer = setTimeout(
          () => fail(new Failure("Python does not answer. Is the kernel running?")),
          PATIENCE_MS,
        );
        waiting.set(id, ({ problem, result }) => {
          clearTimeout(timer);
          if (problem) fail(new Failure(problem));
          else done(result);
        });
        view.set({ [`asked_${side}`]: { id, job, given } });
      }),
    close: () => waiting.clear(),
  };
}
