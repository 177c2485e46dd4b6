// The network beside the page: a worker that fetches runtime and model when it is told to, decodes
// pictures and runs them, so that the page never waits. page-network.js is its other end.
import { LARGEST_PICTURE, crop, input, pictureSize } from "./page-pixels.js";

let about; // the manifest, lab.json
let file; // the model's bytes, for kernels
let session;
let ort;
let looked; // the input of the last picture
// Kept from picture to picture: with a new one for each of a camera's, while the page draws, the first
// stroke on it took longer than all the rest of the cutting out.
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

/** Fetch a file of known size; `tell` hears how many bytes have come. */
async function fetchBytes(url, size, tell) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.split("/").pop()} could not be fetched (${answer.status})`);
  const bytes = new Uint8Array(size);
  let done = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done: ended, value } = await reader.read();
    if (ended) break;
    if (done + value.length > size) throw new Error(`${url.split("/").pop()} is longer than announced`);
    bytes.set(value, done);
    done += value.length;
    tell(value.length);
  }
  if (done !== size) throw new Error(`${url.split("/").pop()} came incomplete; try again`);
  return bytes;
}

async function open({ base }, progress) {
  const answer = await fetch(new URL("lab.json", base));
  if (!answer.ok) throw new Error(`this copy of the book has no network (${answer.status})`);
  about = await answer.json();
  const { model, runtime } = about;
  if (!runtime) {
    throw new Error("this copy of the book was built without the runtime that the network needs");
  }
  const total = model.bytes + runtime.wasm.bytes + runtime.module.bytes;
  let done = 0;
  const tell = (bytes) => progress({ done: (done += bytes), total });
  const at = (name) => new URL(name, base).href;
  const [weights, wasm, module] = await Promise.all([
    fetchBytes(at(model.file), model.bytes, tell),
    fetchBytes(at(runtime.wasm.file), runtime.wasm.bytes, tell),
    import(at(runtime.module.file)),
  ]);
  tell(runtime.module.bytes);
  file = weights.buffer;
  ort = module;
  // One thread: more need headers that a plain file server does not send.
  Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary: wasm.buffer, proxy: false });
  session = await ort.InferenceSession.create(weights, { executionProviders: ["wasm"] });
  return about;
}

/** Pixels of a file or of a camera's picture, upright, on white. */
async function pixels(source) {
  let bitmap = source;
  if (source instanceof Blob) {
    const head = new Uint8Array(await source.slice(0, 1 << 20).arrayBuffer());
    const size = pictureSize(head);
    if (!size) throw new Error("that is no picture of a kind known here: JPEG, PNG, GIF, WebP or BMP");
    if (size.width * size.height > LARGEST_PICTURE) {
      const mega = Math.round((size.width * size.height) / 1e6);
      throw new Error(`a picture of ${mega} million pixels is too large; at most ${LARGEST_PICTURE / 1e6}`);
    }
    bitmap = await decoded(source);
  }
  const { width, height } = bitmap;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const found = context.getImageData(0, 0, width, height);
  if (source instanceof Blob) Object.assign(canvas, { width: 1, height: 1 }); // it may hold 200 MB
  return found;
}

async function decoded(blob) {
  try {
    return await createImageBitmap(blob, { colorSpaceConversion: "none" });
  } catch {
    throw new Error("that picture cannot be read; it may be damaged");
  }
}

/** Look at a picture: what the network will see of it, as pixels. */
async function look({ source }) {
  const seen = crop(await pixels(source), about.input);
  looked = input(seen, about.input);
  return { size: seen.width, pixels: seen.data };
}

/** Run the network on the picture that was looked at last. */
async function run({ layers, switches }) {
  if (!looked) throw new Error("no picture yet");
  const { size } = about.input;
  const feeds = { input: new ort.Tensor("float32", looked, [1, 3, size, size]) };
  for (const [name, shape] of Object.entries(about.switches)) {
    const count = shape.reduce((a, b) => a * b, 1);
    const values = switches?.[name] ?? new Float32Array(count).fill(name.endsWith(".slope") ? 0 : 1);
    feeds[name] = new ort.Tensor("float32", Float32Array.from(values), shape);
  }
  const started = performance.now();
  const found = await session.run(feeds, [...new Set([...layers, "logits", "probabilities"])]);
  const ms = performance.now() - started;
  const maps = {};
  for (const [name, tensor] of Object.entries(found)) {
    maps[name] = { data: tensor.data, shape: tensor.dims.slice(1) };
  }
  const { probabilities, logits, ...rest } = maps;
  return { ms, probabilities: probabilities.data, logits: logits.data, layers: rest };
}

/** Look and run at once: a camera's frame. */
async function frame({ source, layers, switches }) {
  const seen = await look({ source });
  return { ...seen, ...(await run({ layers, switches })), image: image() };
}

function stored(name) {
  const place = about.stored[name];
  if (!place) return null;
  const [offset, type, shape] = place;
  const kind = { "<f4": Float32Array, "|i1": Int8Array }[type];
  const count = shape.reduce((a, b) => a * b, 1);
  const end = offset + count * kind.BYTES_PER_ELEMENT;
  return { values: new kind(file.slice(offset, end)), shape }; // copied, so that it is aligned
}

/** The weights and the bias of one unit, as the network computes with them. */
function kernel({ layer, channel }) {
  const whole = stored(`${layer}.weight.int8`);
  const scale = stored(`${layer}.weight.scale`);
  if (!whole) throw new Error(`${layer} has no kernels`);
  const count = whole.values.length / whole.shape[0];
  const part = whole.values.subarray(channel * count, (channel + 1) * count);
  const weights = Float32Array.from(part, (value) => value * scale.values[channel]);
  const bias = stored(`${layer}.bias`)?.values[channel] ?? 0;
  return { weights, shape: whole.shape.slice(1), bias };
}

/** The image of the last picture as a layer's input: (3, size, size). */
function image() {
  const { size } = about.input;
  return { data: looked.slice(), shape: [3, size, size] };
}

const JOBS = { open, look, run, frame, kernel, image };
let queue = Promise.resolve();

self.onmessage = ({ data: { id, job, given } }) => {
  // One after the other: a session runs one picture at a time.
  queue = queue.then(async () => {
    try {
      const progress = (progress) => self.postMessage({ id, progress });
      const result = await JOBS[job](given, progress);
      self.postMessage({ id, result }, buffers(result));
    } catch (error) {
      self.postMessage({ id, problem: error?.message || String(error) });
    }
  });
};

/** What can be handed over instead of copied. */
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
  const owned = found.filter((one) => ArrayBuffer.isView(one) && one.byteLength === one.buffer.byteLength);
  return [...new Set(owned.map((one) => one.buffer))];
}
