// A file of weights that a reader opened, as the network that a page runs: in the worker, from bytes to
// a graph and a manifest like the lab network's. Nothing of the file leaves the page.
import { Failure, fetchJson } from "./fetching.js";
import { WAY_OUT, kindOf, readSafetensors, refused } from "./own-file-core.js";
import { readOnnx } from "./own-onnx-core.js";
import { fromDescription, fromGraph } from "./own-chain-core.js";
import { match } from "./own-match-core.js";
import { manifestLayers, sized, stagesOf } from "./own-stages-core.js";
import { graphOf } from "./own-graph-core.js";

/** @typedef {import("./own-stages-core.js").Sized} Sized */

const KINDS = ["conv", "fc", "relu", "tanh", "sigmoid", "pool", "lrn", "affine", "scale"];
const [LEAST_SIDE, MOST_SIDE] = [8, 512];

/**
 * Read the file among `files` that holds a network; others may hold its weights.
 * @param {File[]} files
 * @param {string} base where the site keeps what it knows of networks
 * @returns {Promise<{ about: any, model: Uint8Array, beside: { path: string, data: Uint8Array }[],
 *   numbers: Map<string, Record<string, Float32Array>> }>}
 */
export async function readNetwork(files, base) {
  const file = files.find(({ name }) => /\.(onnx|safetensors)$/i.test(name)) ?? files[0];
  for (const one of files) {
    const wrong = refused(one);
    if (wrong) throw new Failure(wrong);
  }
  try {
    return await read(file, files, base);
  } catch (error) {
    if (error instanceof Failure) throw new Failure(`“${file.name}” ${error.message}`);
    if (error instanceof RangeError)
      throw new Failure(`“${file.name}” is damaged, or fills the memory.`);
    throw error;
  }
}

/** @param {File} file @param {File[]} files @param {string} base */
async function read(file, files, base) {
  const buffer = await bytesOf(file);
  const bytes = new Uint8Array(buffer);
  const kind = kindOf(bytes);
  const beside = new Map();
  if (kind === "onnx")
    for (const other of files)
      if (other !== file) beside.set(other.name, new Uint8Array(await bytesOf(other)));
  const held = kind === "onnx" ? readOnnx(bytes, beside) : readSafetensors(buffer);
  const known = await fetchJson(new URL("networks.json", base), { what: "the list of networks" });
  const { layers, guess } = layersOf(held, known.networks);
  for (const { kind: what } of layers)
    if (!KINDS.includes(what))
      throw new Failure(`describes a layer of an unknown kind, “${what}”. ${WAY_OUT}`);
  const input = inputOf(held, guess, known.networks);
  const all = sized(layers, input.size);
  const last = all.at(-1);
  if (last?.kind !== "fc" || last.shape[0] < 2 || all[0].kind !== "conv")
    throw new Failure(
      `is no AlexNet: it begins with ${all[0]?.name} and ends with ${last?.name}. ${WAY_OUT}`,
    );
  const numbers = numbersOf(all);
  const {
    model,
    beside: stored,
    switches,
  } = graphOf(all, input.size, (layer, part) => {
    const own = numbers.get(layer.name) ?? {};
    return own[part];
  });
  const stages = stagesOf(all, input.size);
  const named = classesOf(held.about.classes, last.shape[0], known.imagenet);
  const about = {
    name: file.name,
    classes: named.classes,
    input,
    layers: manifestLayers(stages),
    stages,
    towers: Math.max(
      1,
      ...all.filter(({ kind: k }) => k === "conv").map(({ groups = 1 }) => groups),
    ),
    switches,
    shapes: shapesOf(all),
    said: [guess?.said, input.said, named.said].filter(Boolean),
  };
  return { about, model, beside: stored, numbers };
}

/** @param {File} file */
async function bytesOf(file) {
  try {
    return await file.arrayBuffer();
  } catch {
    throw new Failure("could not be read: it has changed or moved since it was chosen");
  }
}

/**
 * @param {import("./own-file-core.js").Held} held
 * @param {import("./own-match-core.js").Known[]} networks
 */
function layersOf(held, networks) {
  if (Array.isArray(held.about.layers)) return { layers: fromDescription(held), guess: null };
  if (held.graph) return { layers: fromGraph(held), guess: null };
  const { known, layers } = match(held.tensors, networks);
  const said = `The file names no network: by its shapes it is read as ${known.name}.`;
  return { layers, guess: { known, said } };
}

/** Numbers of each layer by its parts, matrices the way round that torch has them. @param {Sized[]} layers */
function numbersOf(layers) {
  /** @type {Map<string, Record<string, Float32Array>>} */
  const found = new Map();
  for (const { name, tensors, turned } of layers) {
    /** @type {Record<string, Float32Array>} */
    const own = {};
    for (const [part, tensor] of Object.entries(tensors)) {
      if (tensor.whole) throw new Failure(`holds “${tensor.name}” as whole numbers. ${WAY_OUT}`);
      const values = tensor.values();
      for (let i = 0; i < values.length; i += 1)
        if (!Number.isFinite(values[i]))
          throw new Failure(
            `holds a weight that is no number, in “${tensor.name}”: its training diverged`,
          );
      own[part] = part === "weight" && turned ? transposed(values, tensor.shape) : values;
    }
    found.set(name, own);
  }
  return found;
}

/** Shapes of the weights, as torch has them. @param {Sized[]} layers @returns {Record<string, number[]>} */
function shapesOf(layers) {
  const owners = layers.filter(({ kind }) => kind === "conv" || kind === "fc");
  return Object.fromEntries(
    owners.map(({ name, turned, tensors: { weight } }) => [
      name,
      turned ? [...weight.shape].reverse() : weight.shape,
    ]),
  );
}

/** @param {Float32Array} values @param {number[]} shape */
function transposed(values, [rows, columns]) {
  const made = new Float32Array(values.length);
  for (let r = 0; r < rows; r += 1)
    for (let c = 0; c < columns; c += 1) made[c * rows + r] = values[r * columns + c];
  return made;
}

/**
 * How a photograph becomes an input: as the file says, else as is customary for such a network.
 * @param {import("./own-file-core.js").Held} held
 * @param {{ known: import("./own-match-core.js").Known } | null} guess
 * @param {import("./own-match-core.js").Known[]} networks
 */
function inputOf({ about, graph }, guess, networks) {
  const how = about.preprocess;
  const three = (/** @type {unknown} */ list) =>
    Array.isArray(list) && list.length === 3 && list.every(Number.isFinite);
  const square = (/** @type {number} */ n) =>
    Number.isInteger(n) && n >= LEAST_SIDE && n <= MOST_SIDE;
  if (how) {
    const { mean, std, size, resize } = how;
    const sound =
      three(mean) &&
      (!std || (three(std) && !std.includes(0))) &&
      square(size) &&
      resize >= size &&
      resize < 4096;
    if (!sound)
      throw new Failure(
        `describes no preparation of pictures: ${JSON.stringify(how).slice(0, 120)}`,
      );
    return { mean, std, size, resize, said: "" };
  }
  const [, channels, high, wide] = graph?.inputs[0].shape ?? [];
  if (channels === 1)
    throw new Failure("is for grey pictures: it takes one channel, and the page gives three");
  const size = high || guess?.known.size || 224;
  if (!square(size) || (wide && wide !== size))
    throw new Failure(
      `takes pictures of ${high} × ${wide} pixels; squares of ${LEAST_SIDE} to ${MOST_SIDE} can be made`,
    );
  const custom = guess?.known ?? networks.find(({ name }) => name === "alexnet_owt") ?? networks[0];
  const { mean, std } = custom.preprocess;
  return {
    mean,
    std,
    size,
    resize: Math.round((size * 256) / 224),
    said: `The file does not say how pictures are prepared: they are prepared as usual for ${custom.name}, at ${size} pixels.`,
  };
}

/** @param {unknown} given @param {number} count @param {string[]} imagenet */
function classesOf(given, count, imagenet) {
  if (Array.isArray(given) && given.length === count)
    return { classes: given.map((name) => String(name).replaceAll("_", " ")), said: "" };
  if (count === imagenet.length)
    return {
      classes: imagenet,
      said: "It names no classes: with 1,000 of them they are taken for ImageNet's.",
    };
  const classes = Array.from({ length: count }, (_, i) => `class ${i}`);
  return { classes, said: `It names none of its ${count} classes.` };
}
