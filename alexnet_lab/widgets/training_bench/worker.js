// One side of a race beside the page: fetches what it needs when it is told to, decodes photographs,
// trains. page-engine.js is its other end.
import { Failure, fetchBytes, fetchJson, loaded } from "../_runtime/fetching.js";
import { pictureSize, tooLarge } from "../_runtime/page-pixels.js";
import { parts } from "./core.js";
import { Trainer } from "./trainer.js";

const LONGEST = 256; // of a photograph, as in the sprite

/** @type {any} */
let manifest;
/** @type {any} */
let ort;
/** @type {Trainer} */
let trainer;
/** @type {import("./trainer.js").Photographs | undefined} */
let samples;
const sessions = new Map(); // file -> session

/** @param {{ base: string }} given @param {(step: object) => void} progress */
async function open({ base }, progress) {
  if (ort) return manifest.names;
  manifest = await fetchJson(new URL("../training/bench.json", base), { what: "the bench" });
  const { runtime } = manifest;
  if (!runtime)
    throw new Failure("This copy of the book was built without the runtime that training needs.");
  const total = runtime.wasm.bytes + runtime.module.bytes;
  let done = 0;
  const tell = (/** @type {number} */ bytes) => progress({ done: (done += bytes), total });
  const [wasm, module] = await Promise.all([
    fetchBytes(new URL(runtime.wasm.file, base), {
      what: "the runtime",
      size: runtime.wasm.bytes,
      tell,
    }),
    loaded(import(new URL(runtime.module.file, base).href), "the runtime"),
  ]);
  Object.assign(module.env.wasm, { numThreads: 1, wasmBinary: wasm.buffer, proxy: false });
  module.env.logLevel = "error";
  ort = module;
  return manifest.names;
}

/** @param {string} base @param {string} file */
async function session(base, file) {
  if (!sessions.has(file)) {
    const bytes = await fetchBytes(new URL(`../training/${file}`, base), { what: "the net" });
    const options = { executionProviders: ["wasm"] };
    sessions.set(file, await ort.InferenceSession.create(bytes, options));
  }
  return sessions.get(file);
}

/** @param {Blob} blob */
const named = (blob) => (blob instanceof File ? `“${blob.name}”` : "the photographs");

/** @param {Blob} blob */
async function decoded(blob) {
  const wrong = tooLarge(pictureSize(new Uint8Array(await blob.arrayBuffer())));
  if (wrong) throw new Failure(`${named(blob)}: ${wrong}`);
  try {
    return await createImageBitmap(blob);
  } catch {
    throw new Failure(`This browser cannot read ${named(blob)} as a picture.`);
  }
}

/** @param {ImageBitmap} bitmap @param {number} width @param {number} height */
function pixels(bitmap, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height).data;
}

/** @param {string} base @returns {Promise<import("./trainer.js").Photographs>} */
async function sprite(base) {
  if (!samples) {
    const { file, bytes, train, val, valEach } = manifest.sprite;
    const what = "the photographs";
    const data = await fetchBytes(new URL(`../training/${file}`, base), { what, size: bytes });
    const bitmap = await decoded(new Blob([/** @type {BlobPart} */ (data)]));
    const { width, height } = bitmap;
    samples = { data: pixels(bitmap, width, height), width, train, val, valEach };
  }
  return samples;
}

/**
 * The reader's own photographs, below one another as in the sprite.
 * @param {Blob[]} files
 * @returns {Promise<import("./trainer.js").Photographs>}
 */
async function own(files) {
  const found = [];
  for (const file of files) {
    const bitmap = await decoded(file);
    const scale = LONGEST / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width, bitmap.height].map((n) =>
      Math.max(1, Math.round(n * scale)),
    );
    if (!parts(width, height, 0)) {
      throw new Failure(`${named(file)} is too narrow to cut patches from.`);
    }
    found.push({ width, height, data: pixels(bitmap, width, height) });
  }
  const whole = new Uint8ClampedArray(
    4 * LONGEST * found.reduce((sum, { height }) => sum + height, 0),
  );
  const [train, val] = [[], []].map((list) => /** @type {import("./core.js").Box[]} */ (list));
  let top = 0;
  for (const { width, height, data } of found) {
    const cut = /** @type {NonNullable<ReturnType<typeof parts>>} */ (parts(width, height, top));
    train.push(cut.train);
    val.push(cut.val);
    for (let y = 0; y < height; y += 1) {
      whole.set(data.subarray(4 * y * width, 4 * (y + 1) * width), 4 * (top + y) * LONGEST);
    }
    top += height;
  }
  return { data: whole, width: LONGEST, train, val, valEach: manifest.sprite.valEach };
}

/** @param {{ base: string, graph: string, side: any, plan: any, seed: number, files: Blob[] }} given */
async function begin({ base, graph, side, plan, seed, files }) {
  const about = manifest.graphs[graph];
  const [step, look, photographs] = await Promise.all([
    session(base, about.step),
    session(base, about.look),
    files.length ? own(files) : sprite(base),
  ]);
  trainer = new Trainer({ ort, step, look, about, photographs, side, plan, seed });
  return { labels: [...trainer.val.labels], shown: shown(photographs) };
}

/** The first validation patch of each photograph: RGBA, one after the other. @param {any} photographs */
function shown({ data, width, train }) {
  const { left, top } = trainer.val;
  const found = new Uint8ClampedArray(4 * 32 * 32 * train.length);
  for (let i = 0; i < train.length; i += 1) {
    for (let y = 0; y < 32; y += 1) {
      const from = 4 * ((top[i] + y) * width + left[i]);
      found.set(data.subarray(from, from + 4 * 32), 4 * 32 * (32 * i + y));
    }
  }
  return found;
}

/** @param {{ steps: number, looks: boolean }} given */
async function advance({ steps, looks }) {
  const started = performance.now();
  const found = await trainer.advance(steps);
  const ms = performance.now() - started;
  return { ...found, ms, kernels: trainer.kernels(), look: looks ? await trainer.look() : null };
}

/** @type {Record<string, (given: any, progress: (step: object) => void) => any>} */
const JOBS = { open, begin, advance };
let queue = Promise.resolve();

self.onmessage = ({ data: { id, job, given } }) => {
  queue = queue.then(async () => {
    try {
      const progress = (/** @type {object} */ progress) => self.postMessage({ id, progress });
      self.postMessage({ id, result: await JOBS[job](given, progress) });
    } catch (error) {
      self.postMessage({ id, problem: (error instanceof Error && error.message) || String(error) });
    }
  });
};
