// The network beside the page: a worker that fetches runtime and model when it is told to, decodes
// pictures and runs them, so that the page never waits. page-network.js is its other end.
import { Failure, fetchBytes, fetchJson, loaded } from "./fetching.js";
import { readNetwork } from "./own-network.js";
import { crop, input, nearlyBlack, pictureSize, scaledDown, tooLarge } from "./page-pixels.js";

/** @typedef {{ layers: string[], switches?: Record<string, Numbers> }} Wanted */

// The manifest, lab.json, and a runtime that brings no types along.
/** @type {any} */
let about;
/** @type {any} */
let ort;
/** @type {any} */
let session;
/** @type {ArrayBuffer} */
let file; // the model's bytes, for kernels
/** @type {Map<string, Record<string, Float32Array>> | null} */
let own = null; // weights and biases of a network that the reader opened, in place of those
/** @type {Map<number, Float32Array>} */
const looked = new Map(); // the input of each caller's last picture
// Kept from picture to picture: with a new one for each of a camera's, while the page draws, the first
// stroke on it took longer than all the rest of the cutting out.
const canvas = new OffscreenCanvas(1, 1);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
  canvas.getContext("2d", { willReadFrequently: true })
);

/**
 * Open the lab network; or the one in `files`, which the reader chose; or another one of the site's.
 * @param {{ base: string, files?: File[], manifest?: string }} given
 * @param {(step: { done: number, total: number }) => void} progress
 */
async function open({ base, files, manifest = "lab.json" }, progress) {
  about = await fetchJson(new URL(manifest, base), { what: "the network's description" });
  const { model, runtime } = about;
  if (!runtime) {
    throw new Failure(
      "This copy of the book was built without the runtime that the network needs.",
    );
  }
  const theirs = files ? await readNetwork(files, base) : null;
  const total = (theirs ? 0 : model.bytes) + runtime.wasm.bytes + runtime.module.bytes;
  let done = 0;
  const tell = (/** @type {number} */ bytes) => progress({ done: (done += bytes), total });
  /** @param {{ file: string, bytes: number }} part @param {string} what */
  const part = ({ file, bytes }, what) =>
    fetchBytes(new URL(file, base), { what, size: bytes, tell });
  const [graph, wasm, module] = await Promise.all([
    theirs?.model ?? part(model, "the network"),
    part(runtime.wasm, "the network's runtime"),
    loaded(import(new URL(runtime.module.file, base).href), "the network's runtime"),
  ]);
  tell(runtime.module.bytes);
  ort = module;
  // One thread: more need headers that a plain file server does not send.
  Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: wasm.buffer, proxy: false });
  const options = { executionProviders: ["wasm"], externalData: theirs?.beside ?? [] };
  try {
    session = await ort.InferenceSession.create(graph, options);
  } catch (error) {
    console.debug(error); // its words are for those who look for the cause
    throw new Failure(
      "The network's runtime could not be started: this browser forbids it, lacks the memory, or was given " +
        "a damaged file.",
    );
  }
  if (theirs) {
    own = theirs.numbers;
    about = { ...about, stored: {}, ...theirs.about };
  } else file = /** @type {ArrayBuffer} */ (graph.buffer);
  return about;
}

/**
 * Pixels of a file or of a camera's picture, upright, on white.
 * @param {Blob | ImageBitmap} source
 */
async function pixels(source) {
  const bitmap = source instanceof Blob ? await decoded(source) : source;
  const { width, height } = scaledDown(bitmap);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  Object.assign(context, { fillStyle: "#fff", imageSmoothingQuality: "high" });
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const found = context.getImageData(0, 0, width, height);
  if (!(source instanceof Blob)) return found; // a camera may look into the dark
  Object.assign(canvas, { width: 1, height: 1 }); // it may hold 100 MB
  const dark = nearlyBlack(found);
  if (dark) throw new Failure(dark);
  return found;
}

/**
 * What can be read is what this browser's own decoder reads; only what would fill the memory is refused before.
 * @param {Blob} blob
 */
async function decoded(blob) {
  const wrong = tooLarge(pictureSize(new Uint8Array(await blob.arrayBuffer())));
  if (wrong) throw new Failure(wrong);
  try {
    return await createImageBitmap(blob); // upright, its colour profile applied
  } catch {
    throw new Failure(
      "This browser cannot read that file as a picture: it is damaged, or of a kind that the browser does not " +
        "know. Every browser reads JPEG and PNG.",
    );
  }
}

/**
 * Look at a picture: what the network will see of it, as pixels.
 * @param {{ source: Blob | ImageBitmap, client: number }} given
 */
async function look({ source, client }) {
  const seen = crop(await pixels(source), about.input);
  looked.set(client, input(seen, about.input));
  return { size: seen.width, pixels: seen.data };
}

/**
 * Run the network on the picture that this caller looked at last.
 * @param {Wanted & { client: number }} given
 */
async function run({ layers, switches, client }) {
  const { size } = about.input;
  /** @type {State} */
  const feeds = { input: new ort.Tensor("float32", inputOf(client), [1, 3, size, size]) };
  /** @type {Record<string, number[]>} */
  const known = about.switches;
  for (const [name, shape] of Object.entries(known)) {
    const count = shape.reduce((a, b) => a * b, 1);
    const values =
      switches?.[name] ?? new Float32Array(count).fill(name.endsWith(".slope") ? 0 : 1);
    feeds[name] = new ort.Tensor("float32", Float32Array.from(values), shape);
  }
  const started = performance.now();
  // A stack of convolutional layers has no answers.
  const answers = about.classes.length ? ["logits", "probabilities"] : [];
  const found = await session.run(feeds, [...new Set([...layers, ...answers])]);
  const ms = performance.now() - started;
  /** @type {State} */
  const maps = {};
  for (const [name, tensor] of Object.entries(/** @type {State} */ (found))) {
    maps[name] = { data: tensor.data, shape: tensor.dims.slice(1) };
  }
  const { probabilities, logits, ...rest } = maps;
  const none = new Float32Array();
  return {
    ms,
    probabilities: probabilities?.data ?? none,
    logits: logits?.data ?? none,
    layers: rest,
  };
}

/**
 * Look and run at once: a camera's frame.
 * @param {Wanted & { source: Blob | ImageBitmap, client: number }} given
 */
async function frame({ source, layers, switches, client }) {
  const seen = await look({ source, client });
  return { ...seen, ...(await run({ layers, switches, client })), image: image({ client }) };
}

/** @param {number} client @returns {Float32Array} */
function inputOf(client) {
  const found = looked.get(client);
  if (!found) throw new Failure("The network has no picture yet.");
  return found;
}

/** @param {string} name */
function stored(name) {
  const place = about.stored[name];
  if (!place) return null;
  const [offset, type, shape] = /** @type {[number, "<f4" | "|i1", number[]]} */ (place);
  const kind = { "<f4": Float32Array, "|i1": Int8Array }[type];
  const count = shape.reduce((a, b) => a * b, 1);
  const end = offset + count * kind.BYTES_PER_ELEMENT;
  return { values: new kind(file.slice(offset, end)), shape }; // copied, so that it is aligned
}

/** @param {string} layer */
function ownWeights(layer) {
  const { weight, bias = null } = own?.get(layer) ?? {};
  const shape = about.shapes[layer];
  if (!weight || !shape) throw new Error(`${layer} has no weights`);
  return { data: weight, bias, shape };
}

/**
 * The weights and the bias of one unit, as the network computes with them.
 * @param {{ layer: string, channel: number }} given
 */
function kernel({ layer, channel }) {
  if (own) {
    const { data, bias, shape } = ownWeights(layer);
    const count = data.length / shape[0];
    const weights = data.slice(channel * count, (channel + 1) * count);
    return { weights, shape: shape.slice(1), bias: bias?.[channel] ?? 0 };
  }
  const whole = stored(`${layer}.weight.int8`);
  const scale = stored(`${layer}.weight.scale`);
  if (!whole || !scale) throw new Error(`${layer} has no kernels`);
  const count = whole.values.length / whole.shape[0];
  const part = whole.values.subarray(channel * count, (channel + 1) * count);
  const weights = Float32Array.from(part, (value) => value * scale.values[channel]);
  const bias = stored(`${layer}.bias`)?.values[channel] ?? 0;
  return { weights, shape: whole.shape.slice(1), bias };
}

/**
 * All weights of a layer as the file has them: whole numbers, and a scale for each output channel.
 * @param {{ layer: string }} given
 */
function weights({ layer }) {
  if (own) {
    const { data, ...more } = ownWeights(layer);
    return { data: data.slice(), scale: null, ...more }; // the worker keeps its own
  }
  const whole = stored(`${layer}.weight.int8`);
  const scale = stored(`${layer}.weight.scale`);
  if (!whole || !scale) throw new Error(`${layer} has no weights`);
  const bias = stored(`${layer}.bias`)?.values ?? null;
  return { data: whole.values, scale: scale.values, bias, shape: whole.shape };
}

/**
 * The image of the last picture as a layer's input: (3, size, size).
 * @param {{ client: number }} given
 */
function image({ client }) {
  const { size } = about.input;
  return { data: inputOf(client).slice(), shape: [3, size, size] };
}

/** @type {Record<string, (given: any, progress: (step: object) => void) => any>} */
const JOBS = { open, look, run, frame, kernel, weights, image };
let queue = Promise.resolve();

self.onmessage = ({ data: { id, job, given } }) => {
  // One after the other: a session runs one picture at a time.
  queue = queue.then(async () => {
    try {
      const progress = (/** @type {object} */ progress) => self.postMessage({ id, progress });
      const result = await JOBS[job](given, progress);
      self.postMessage({ id, result }, { transfer: buffers(result) });
    } catch (error) {
      self.postMessage({ id, problem: (error instanceof Error && error.message) || String(error) });
    }
  });
};

/**
 * What can be handed over instead of copied.
 * @param {State} result
 */
function buffers(result) {
  const found = [
    result?.pixels,
    result?.weights,
    result?.data,
    result?.image?.data,
    result?.probabilities,
    result?.logits,
  ];
  for (const { data } of Object.values(result?.layers ?? {})) found.push(data);
  const owned = found.filter(
    (one) => ArrayBuffer.isView(one) && one.byteLength === one.buffer.byteLength,
  );
  return [...new Set(owned.map((one) => one.buffer))];
}
