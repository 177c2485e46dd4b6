// The lab network in the reader's page. Nothing is fetched before `openNetwork` is called, no host
// but the site's own is asked, and no picture leaves the page.
import { Failure } from "./fetching.js";

/** What all files of the network weigh on the wire, compressed as a static host does it; a test holds it. */
export const DOWNLOAD_MB = 8;
const PATIENCE_MS = 20_000; // for the worker's own script

/** Where the book keeps this file's neighbours; null in a live notebook (a blob) and in a copy on disk. */
function folder() {
  return /^https?:/.test(import.meta.url) ? new URL("./", import.meta.url) : null;
}

/**
 * Where this view is: in a "page" that can run the network, in a "notebook", where Python does, in a
 * "copy" on disk, or in a browser that is too "old".
 * @returns {"page" | "notebook" | "copy" | "old"}
 */
export function surroundings() {
  if (import.meta.url.startsWith("file:")) return "copy";
  if (!folder()) return "notebook";
  return lacking() ? "old" : "page";
}

/** In a sentence, who runs the network where this page cannot; null where it can. */
export function obstacle() {
  return {
    page: null,
    notebook: "Python runs the network here.",
    copy: "A copy on disk leaves the network out; the published page runs it.",
    old: `This browser lacks ${lacking()}, which the network needs; a newer one has it.`,
  }[surroundings()];
}

function lacking() {
  return [
    ["WebAssembly", "WebAssembly"],
    ["Worker", "workers"],
    ["OffscreenCanvas", "canvases in workers"],
    ["createImageBitmap", "createImageBitmap"],
  ].find(([name]) => !(name in globalThis))?.[1];
}

/**
 * @typedef {object} Shared
 * @property {Worker} worker
 * @property {Map<number, { result: (value: any) => void, problem: (why: Failure) => void }>} waiting
 * @property {Set<(step: { done: number, total: number }) => void>} listeners
 * @property {number} last
 * @property {number} clients
 * @property {any} about  the manifest, lab.json
 * @property {boolean} ended
 * @property {Promise<any>} [opened]
 */

/** @type {Shared | undefined} */
let shared; // one network a page, however many widgets ask
let users = 0;
/** @type {Set<() => void>} */
const waitingForOne = new Set(); // widgets that join when another has opened it

/**
 * Call `join` when a network is open on this page, now or later; returns how to stop waiting.
 * @param {() => void} join
 */
export function whenOpen(join) {
  if (shared?.about) join();
  else waitingForOne.add(join);
  return () => waitingForOne.delete(join);
}

/**
 * Fetch and open the network: { about, look, run, frame, kernel, weights, image, rest, close }. `progress` is
 * called with { done, total } in bytes; `signal` gives it up. A second caller gets the same network,
 * with a picture of its own.
 * @param {(step: { done: number, total: number }) => void} [progress]
 * @param {AbortSignal} [signal]
 */
export async function openNetwork(progress = () => {}, signal = undefined) {
  const problem = obstacle();
  if (problem) throw new Failure(problem);
  shared ??= start();
  const mine = shared;
  users += 1;
  mine.listeners.add(progress);
  const given_up = new Promise((_, stop) => {
    signal?.addEventListener("abort", () => stop(signal.reason), { once: true });
  });
  try {
    mine.about = await Promise.race([mine.opened, given_up]);
    let open = true;
    const close = () => {
      if (open) leave(mine);
      open = false;
    };
    for (const join of waitingForOne) join();
    waitingForOne.clear();
    mine.clients += 1;
    return { about: mine.about, ...jobs(mine, mine.clients), close };
  } catch (error) {
    leave(mine);
    if (!signal?.aborted && shared === mine) end(mine); // the next caller tries again
    throw error;
  } finally {
    mine.listeners.delete(progress);
  }
}

/**
 * Open another network beside the page's: as `openNetwork`, with a worker of its own.
 * @param {{ files?: File[], manifest?: string }} which the reader's own, from files; or one of the site's
 * @param {(step: { done: number, total: number }) => void} [progress]
 * @param {AbortSignal} [signal]
 */
export async function openOther(which, progress = () => {}, signal = undefined) {
  const problem = obstacle();
  if (problem) throw new Failure(problem);
  const mine = start(which);
  mine.listeners.add(progress);
  const close = () => {
    if (!mine.ended) end(mine);
  };
  signal?.addEventListener("abort", close, { once: true });
  try {
    mine.about = await mine.opened;
    mine.clients += 1;
    return { about: mine.about, ...jobs(mine, mine.clients), close };
  } catch (error) {
    close();
    throw error;
  } finally {
    mine.listeners.delete(progress);
  }
}

/** @param {{ files?: File[], manifest?: string }} [given] */
function start(given = {}) {
  const worker = new Worker(new URL("page-network-worker.js", folder() ?? undefined), {
    type: "module",
  });
  /** @type {Shared} */
  const mine = {
    worker,
    waiting: new Map(),
    listeners: new Set(),
    last: 0,
    clients: 0,
    about: null,
    ended: false,
  };
  const broken = (/** @type {string} */ why) => {
    for (const { problem } of mine.waiting.values()) problem(new Failure(why));
    mine.waiting.clear();
  };
  const script = "The network's own script could not be loaded";
  const timer = setTimeout(
    () => broken(`${script}: nothing has come for ${PATIENCE_MS / 1000} seconds.`),
    PATIENCE_MS,
  );
  worker.onmessage = ({ data }) => {
    clearTimeout(timer);
    if (data.progress) {
      for (const listener of mine.listeners) listener(data.progress);
      return;
    }
    const asked = mine.waiting.get(data.id);
    mine.waiting.delete(data.id);
    if (data.problem) asked?.problem(new Failure(data.problem));
    else asked?.result(data.result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    clearTimeout(timer);
    broken(event.message ? `The network stopped: ${event.message}.` : `${script}.`);
  };
  const base = new URL("../../network/", folder() ?? undefined).href;
  mine.opened = ask(mine, "open", { base, ...given });
  return mine;
}

/**
 * @param {Shared} mine
 * @param {string} job
 * @param {State} given
 * @param {Transferable[]} [transfer]
 * @returns {Promise<any>}
 */
function ask(mine, job, given, transfer = []) {
  return new Promise((result, problem) => {
    if (mine.ended) throw new Failure("The network was closed.");
    mine.last += 1;
    mine.waiting.set(mine.last, { result, problem });
    mine.worker.postMessage({ id: mine.last, job, given }, transfer);
  });
}

/**
 * What one caller can have done; its picture is its own, whoever else looks at another.
 * @param {Shared} mine
 * @param {number} client
 */
function jobs(mine, client) {
  const bitmaps = (/** @type {Blob | ImageBitmap} */ source) =>
    source instanceof ImageBitmap ? [source] : [];
  /** @param {string} job @param {State} given @param {Transferable[]} [transfer] */
  const own = (job, given, transfer) => ask(mine, job, { ...given, client }, transfer);
  return {
    /** @param {Blob | ImageBitmap} source @param {string | null} [_name] for records, which know samples by name */
    look: (source, _name = null) => own("look", { source }, bitmaps(source)),
    /** @param {string[]} [layers] @param {object} [switches] */
    run: (layers = [], switches = {}) => own("run", { layers, switches }),
    /** @param {Blob | ImageBitmap} source @param {string[]} [layers] @param {object} [switches] */
    frame: (source, layers = [], switches = {}) =>
      own("frame", { source, layers, switches }, bitmaps(source)),
    /** @param {string} layer @param {number} channel */
    kernel: (layer, channel) => own("kernel", { layer, channel }),
    /** @param {string} layer */
    weights: (layer) => own("weights", { layer }),
    image: () => own("image", {}),
  };
}

/** @param {Shared} mine */
function leave(mine) {
  users -= 1;
  if (users === 0 && shared === mine) end(mine);
}

/** @param {Shared} mine */
function end(mine) {
  if (shared === mine) shared = undefined;
  mine.ended = true;
  mine.worker.terminate();
  for (const { problem } of mine.waiting.values()) problem(new Failure("The network was closed."));
  mine.waiting.clear();
}
