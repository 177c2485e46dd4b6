// The layers of a network that a reader opened, as chain.py describes them: from the nodes of an ONNX
// graph, each of which must take what the one before it gives.
import { Failure } from "./fetching.js";
import { WAY_OUT } from "./own-file-core.js";

/** @typedef {import("./own-file-core.js").Tensor} Tensor */
/** @typedef {import("./own-file-core.js").Held} Held */
/** @typedef {import("./own-onnx-core.js").Node} Node */
/**
 * A layer: `tensors` are its own, by their parts (weight, bias, …).
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind conv, fc, relu, tanh, sigmoid, pool, lrn, affine, scale
 * @property {Record<string, Tensor>} tensors
 * @property {boolean} [turned] whether a matrix lies the other way round
 * @property {number[]} [kernel]
 * @property {number[]} [stride]
 * @property {number[]} [padding]
 * @property {number[]} [over]
 * @property {number[]} [dilation]
 * @property {number} [groups]
 * @property {"max" | "mean"} [mode]
 * @property {boolean} [ceil]
 * @property {boolean} [padded]
 * @property {number} [size]
 * @property {number} [scale]
 * @property {number} [beta]
 * @property {number} [k]
 * @property {number} [eps]
 * @property {number} [factor]
 */

const NOTHING = [
  "Identity",
  "Dropout",
  "Flatten",
  "Reshape",
  "Squeeze",
  "Cast",
  "Softmax",
  "LogSoftmax",
];

/**
 * The layers of an ONNX graph.
 * @param {Held} held
 * @returns {Layer[]}
 */
export function fromGraph({ graph, tensors }) {
  if (!graph) throw new Failure("holds no graph");
  if (!graph.inputs.length) throw new Failure("holds a graph without an input");
  const constant = (/** @type {string} */ name) => tensors.has(name);
  const shapes = new Set(); // what only works out a shape is no layer
  const ofData = (/** @type {Node} */ node) => {
    const aside =
      node.op === "Constant" ||
      node.op === "Shape" ||
      (node.inputs.length > 0 && node.inputs.every((name) => shapes.has(name) || constant(name)));
    if (aside) for (const name of node.outputs) shapes.add(name);
    return !aside;
  };
  const nodes = graph.nodes.filter(ofData);
  let value = graph.inputs[0].name;
  /** @type {Layer[]} */
  const found = [];
  /** @type {number[] | null} */
  let pads = null; // of a node of its own, before a convolution
  for (;;) {
    const next = nodes.filter(({ inputs }) => inputs.includes(value));
    if (!next.length) break;
    const [node] = next;
    if (next.length > 1)
      throw new Failure(
        `is no AlexNet: ${next.length} layers take what “${value}” gives (${list(next)}). ${WAY_OUT}`,
      );
    const taken = node.inputs.filter((name) => name && !constant(name) && !shapes.has(name));
    if (taken.length !== 1)
      throw new Failure(
        `is no AlexNet: “${node.op}” takes the outputs of several layers. ${WAY_OUT}`,
      );
    const given = node.inputs.filter((name) => name !== value).map((name) => tensors.get(name));
    [value] = node.outputs;
    if (NOTHING.includes(node.op)) continue;
    if (node.op === "Pad") {
      pads = padsOf(node, given);
      continue;
    }
    if (node.op === "Add" && biasOf(found.at(-1), given[0])) continue;
    const read = READERS[node.op];
    const layer = read?.(node.attributes, given, pads);
    if (!layer) throw new Failure(`holds “${node.op}”, which no AlexNet here has. ${WAY_OUT}`);
    if (pads && layer.kind !== "conv") throw new Failure(`pads before “${node.op}”. ${WAY_OUT}`);
    pads = null;
    found.push({ name: "", tensors: {}, ...layer });
  }
  return named(found);
}

/** @param {Node[]} nodes */
const list = (nodes) => nodes.map(({ op }) => op).join(", ");

/** @param {Node} node @param {(Tensor | undefined)[]} given @returns {number[]} */
function padsOf({ attributes }, given) {
  const all = attributes.pads ?? Array.from(given[0]?.values() ?? []);
  if (!all.length) throw new Failure(`works out its paddings as it runs. ${WAY_OUT}`);
  const fill = given[1]?.values()[0] ?? attributes.value ?? 0;
  const [n, c, top, left, m, d, bottom, right] = all;
  if (
    all.length !== 8 ||
    n ||
    c ||
    m ||
    d ||
    fill ||
    (attributes.mode ?? "constant") !== "constant"
  )
    throw new Failure(`pads with something else than zeros. ${WAY_OUT}`);
  return [top, left, bottom, right];
}

/** A sum with a stored vector is the bias of the product before it. @param {Layer | undefined} layer @param {Tensor | undefined} vector */
function biasOf(layer, vector) {
  if (!layer || !vector || !["conv", "fc"].includes(layer.kind) || layer.tensors.bias) return false;
  layer.tensors.bias = vector;
  return true;
}

/** @param {number[]} pair @param {number} [other] @returns {[number, number]} */
const pair = ([a, b] = [], other = 1) => [a ?? other, b ?? other];

/** @param {State} attributes @param {number[] | null} [more] */
function padding({ pads = [0, 0, 0, 0], auto_pad: auto }, more = null) {
  if (auto && auto !== "NOTSET")
    throw new Failure(`leaves its paddings to the program (${auto}). ${WAY_OUT}`);
  const [top, left, bottom, right] = pads.map(
    (/** @type {number} */ n, /** @type {number} */ i) => n + (more?.[i] ?? 0),
  );
  return { padding: [top, left], over: [bottom - top, right - left] };
}

/** @typedef {(a: State, given: (Tensor | undefined)[], pads: number[] | null) => any} Reader */

/** @type {Reader} */
function conv(a, [weight, bias], pads) {
  if (!weight) return null;
  return {
    kind: "conv",
    kernel: weight.shape.slice(2),
    stride: pair(a.strides),
    ...padding(a, pads),
    dilation: pair(a.dilations),
    groups: a.group ?? 1,
    tensors: { weight, ...(bias && { bias }) },
  };
}

/** @type {Reader} */
function product(a, [weight, bias]) {
  const plain = (a.alpha ?? 1) === 1 && (a.beta ?? 1) === 1 && !a.transA;
  if (!weight || !plain) return null;
  return { kind: "fc", turned: !a.transB, tensors: { weight, ...(bias && { bias }) } };
}

/** @param {"max" | "mean"} mode @returns {Reader} */
const pool = (mode) => (a) => {
  if (!a.kernel_shape || pair(a.dilations).some((n) => n !== 1)) return null;
  const { padding: ends, over } = padding(a);
  if (over.some(Boolean)) return null;
  return {
    kind: "pool",
    mode,
    kernel: pair(a.kernel_shape),
    stride: pair(a.strides),
    padding: ends,
    ceil: Boolean(a.ceil_mode),
    padded: Boolean(a.count_include_pad) && ends.some(Boolean),
  };
};

/** @type {Record<string, Reader>} */
const READERS = {
  Conv: conv,
  Gemm: product,
  MatMul: product,
  Relu: () => ({ kind: "relu" }),
  Tanh: () => ({ kind: "tanh" }),
  Sigmoid: () => ({ kind: "sigmoid" }),
  MaxPool: pool("max"),
  AveragePool: pool("mean"),
  GlobalAveragePool: () => ({
    kind: "pool",
    mode: "mean",
    kernel: [],
    stride: [],
    padding: [0, 0],
  }),
  LRN: (a) =>
    a.size % 2
      ? {
          kind: "lrn",
          size: a.size,
          scale: (a.alpha ?? 1e-4) / a.size,
          beta: a.beta ?? 0.75,
          k: a.bias ?? 1,
          groups: 1,
        }
      : null,
  BatchNormalization: (a, [weight, bias, mean, variance]) =>
    variance && {
      kind: "affine",
      eps: a.epsilon ?? 1e-5,
      tensors: { weight, bias, running_mean: mean, running_var: variance },
    },
  Mul: (a, [factor]) =>
    factor?.shape.every((n) => n === 1) ? { kind: "scale", factor: factor.values()[0] } : null,
};

/** What layers of some kinds are called, here and in a manifest. @type {Record<string, string>} */
export const WORDS = { lrn: "norm", affine: "norm", scale: "drop" };

/**
 * Layers with the names that the field gives them: conv1 … fc8; what follows one has its number.
 * @param {Layer[]} layers
 */
export function named(layers) {
  let number = 0;
  const taken = new Set();
  return layers.filter(does).map((layer) => {
    if (["conv", "fc"].includes(layer.kind)) number += 1;
    const base = `${WORDS[layer.kind] ?? layer.kind}${number}`;
    let name = layer.name || base;
    for (let again = 2; taken.has(name); again += 1) name = `${base}_${again}`;
    taken.add(name);
    return { ...layer, name };
  });
}

/** A mean of one number is no layer: what is left of an adaptive pooling. @param {Layer} layer */
const does = ({ kind, kernel, stride }) =>
  !(kind === "pool" && kernel?.length && [...kernel, ...(stride ?? [])].every((n) => n === 1));

/**
 * The layers that a file describes itself (`alexnet_lab.export`), with their tensors.
 * @param {Held} held
 * @returns {Layer[]}
 */
export function fromDescription({ about, tensors }) {
  return about.layers.map((/** @type {any} */ said) => {
    /** @type {Record<string, Tensor>} */
    const own = {};
    for (const [part, name] of Object.entries(said.tensors ?? {}))
      own[part] = stored(tensors, String(name));
    return { ...said, tensors: own };
  });
}

/**
 * A tensor, also where it is stored small: as float16, or as whole numbers with a scale a channel.
 * @param {Map<string, Tensor>} tensors
 * @param {string} name
 * @returns {Tensor}
 */
function stored(tensors, name) {
  const whole = tensors.get(`${name}.int8`);
  const scale = tensors.get(`${name}.scale`);
  const found = tensors.get(name) ?? tensors.get(`${name}.f16`);
  if (whole && scale) {
    const values = () => {
      const factors = scale.values();
      const run = whole.shape.reduce((a, b) => a * b, 1) / factors.length;
      return whole.values().map((value, i) => value * factors[Math.floor(i / run)]);
    };
    return { name, shape: whole.shape, whole: false, values };
  }
  if (!found) throw new Failure(`describes a tensor that it does not hold: “${name}”`);
  return found;
}
