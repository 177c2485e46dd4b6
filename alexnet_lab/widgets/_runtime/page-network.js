// The lab network in the reader's page. Nothing is fetched before `openNetwork` is called, no host
// but the site's own is asked, and no picture leaves the page.
import { LARGEST_FILE } from "./page-pixels.js";

/** Where the book keeps this file's neighbours; null in a live notebook (a blob) and in a copy on disk. */
function folder() {
  return /^https?:/.test(import.meta.url) ? new URL("./", import.meta.url) : null;
}

/** In a sentence, why the network cannot run here; null when it can. */
export function obstacle() {
  if (import.meta.url.startsWith("file:")) {
    return "the network runs in the published page; a copy on disk leaves it out";
  }
  if (!folder()) return "the network runs in the book's page; in a notebook, Python runs it";
  const lacks = [
    ["WebAssembly", "WebAssembly"],
    ["Worker", "workers"],
    ["OffscreenCanvas", "canvases in workers"],
    ["createImageBitmap", "createImageBitmap"],
  ].find(([name]) => typeof globalThis[name] === "undefined");
  return lacks ? `this browser lacks ${lacks[1]}, which the network needs; a newer one has it` : null;
}

/** Say in a line what is wrong with a file before it is opened; null when nothing is. */
export function refusal(file) {
  if (!file.size) return `${file.name} is empty`;
  if (file.size > LARGEST_FILE) {
    return `${file.name} has ${Math.round(file.size / 1e6)} MB; at most ${LARGEST_FILE / 1e6} can be opened`;
  }
  return null;
}

let shared; // one network a page, however many widgets ask
let users = 0;

/**
 * Fetch and open the network: { about, look, run, frame, kernel, image, close }. `progress` is
 * called with { done, total } in bytes. A second caller gets the same network.
 */
export async function openNetwork(progress = () => {}) {
  const problem = obstacle();
  if (problem) throw new Error(problem);
  shared ??= start();
  const mine = shared;
  users += 1;
  mine.listeners.add(progress);
  try {
    const about = await mine.opened;
    let open = true;
    const close = () => {
      if (open) leave(mine);
      open = false;
    };
    return { about, ...mine.jobs, close };
  } catch (error) {
    leave(mine);
    if (shared === mine) end(mine); // the next caller tries again
    throw error;
  } finally {
    mine.listeners.delete(progress);
  }
}

/** Whether a network is open or being opened on this page. */
export function isOpen() {
  return Boolean(shared);
}

function start() {
  const worker = new Worker(new URL("page-network-worker.js", folder()), { type: "module" });
  const waiting = new Map();
  const listeners = new Set();
  let last = 0;
  const ask = (job, given, transfer = []) =>
    new Promise((result, problem) => {
      last += 1;
      waiting.set(last, { result, problem });
      worker.postMessage({ id: last, job, given }, transfer);
    });
  worker.onmessage = ({ data }) => {
    if (data.progress) {
      for (const listener of listeners) listener(data.progress);
      return;
    }
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.problem) asked?.problem(new Error(data.problem));
    else asked?.result(data.result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const error = new Error(event.message || "the network's worker could not be started");
    for (const { problem } of waiting.values()) problem(error);
    waiting.clear();
  };
  const bitmaps = (source) => (source instanceof ImageBitmap ? [source] : []);
  const network = new URL("../../network/", folder()).href;
  return {
    worker,
    waiting,
    listeners,
    opened: ask("open", { base: network }),
    jobs: {
      look: (source) => ask("look", { source }, bitmaps(source)),
      run: (layers = [], switches = {}) => ask("run", { layers, switches }),
      frame: (source, layers = [], switches = {}) =>
        ask("frame", { source, layers, switches }, bitmaps(source)),
      kernel: (layer, channel) => ask("kernel", { layer, channel }),
      image: () => ask("image", {}),
    },
  };
}

function leave(mine) {
  users -= 1;
  if (users === 0 && shared === mine) end(mine);
}

function end({ worker, waiting }) {
  shared = undefined;
  worker.terminate();
  for (const { problem } of waiting.values()) problem(new Error("the network was closed"));
  waiting.clear();
}
