// A network that a reader opened as an ONNX graph for the page's runtime: every layer's output by its
// name, and inputs that switch parts off. What export_graph.py writes for the lab network is written
// here for any list of layers; the numbers themselves stay beside the graph.
import { Graph } from "./own-graph-file-core.js";

/** @typedef {import("./own-stages-core.js").Sized} Sized */
/** @typedef {import("./own-graph-file-core.js").Beside} Beside */

/** Of a layer with more weights no single edge can be cut: its factors would fill the memory. */
const MOST_EDGES = 4e6;

/**
 * Write the graph.
 * @param {Sized[]} layers
 * @param {number} side
 * @param {(layer: Sized, part: string) => Float32Array} numbers
 * @returns {{ model: Uint8Array, beside: Beside[], switches: Record<string, number[]> }}
 */
export function graphOf(layers, side, numbers) {
  const graph = new Graph();
  let value = "input";
  let flat = false;
  for (const layer of layers) {
    if (layer.kind === "fc" && !flat) {
      value = graph.node("Flatten", [value], "flatten", { axis: 1 });
      flat = true;
    }
    value = WRITERS[layer.kind](graph, layer, value, (part) => numbers(layer, part));
  }
  graph.node("Identity", [value], "logits");
  graph.node("Softmax", ["logits"], "probabilities", { axis: 1 });
  const outputs = [...layers.map(({ name }) => name), "logits", "probabilities"];
  return { model: graph.file(side, outputs), beside: graph.beside, switches: graph.switches };
}

/** @typedef {(graph: Graph, layer: Sized, value: string, numbers: (part: string) => Float32Array) => string} Writer */

/**
 * The inputs of a layer with weights; of a small one, single edges can be cut: a weight is 0 where both
 * its ends are.
 * @param {Graph} graph
 * @param {Sized} layer
 * @param {string} value
 * @param {(part: string) => Float32Array} numbers
 */
function weighted(graph, { name, turned, tensors }, value, numbers) {
  const shape = turned ? [...tensors.weight.shape].reverse() : tensors.weight.shape;
  let weight = graph.floats(`${name}.weight`, numbers("weight"), shape);
  const [outputs, inputs, ...window] = shape;
  if (shape.reduce((a, b) => a * b, 1) <= MOST_EDGES) {
    const ones = window.map(() => 1);
    const into = graph.switch(`${name}.into`, [outputs]);
    const from = graph.switch(`${name}.out_of`, [inputs]);
    const ends = [
      graph.along(into, `${name}.into.along`, [-1, 1, ...ones]),
      graph.along(from, `${name}.out_of.along`, [1, -1, ...ones]),
    ];
    const edges = graph.node("Max", ends, `${name}.edges`);
    weight = graph.node("Mul", [weight, edges], `${name}.weight.kept`);
  }
  if (!tensors.bias) return [value, weight];
  return [value, weight, graph.floats(`${name}.bias`, numbers("bias"), [outputs])];
}

/** @type {Writer} */
function conv(graph, layer, value, numbers) {
  const {
    name,
    shape,
    stride,
    padding = [0, 0],
    over = [0, 0],
    dilation = [1, 1],
    groups = 1,
  } = layer;
  const [top, left] = padding;
  graph.node("Conv", weighted(graph, layer, value, numbers), `${name}.all`, {
    kernel_shape: layer.tensors.weight.shape.slice(2),
    strides: stride,
    dilations: dilation,
    group: groups,
    pads: [top, left, top + over[0], left + over[1]],
  });
  const keep = graph.switch(`${name}.keep`, [shape[0]]);
  return graph.node(
    "Mul",
    [`${name}.all`, graph.along(keep, `${name}.factor`, [1, -1, 1, 1])],
    name,
  );
}

/** @type {Writer} */
function fc(graph, layer, value, numbers) {
  const { name, shape } = layer;
  graph.node("Gemm", weighted(graph, layer, value, numbers), `${name}.all`, { transB: 1 });
  return graph.node("Mul", [`${name}.all`, graph.switch(`${name}.keep`, shape)], name);
}

/** @type {Writer} */
function relu(graph, { name }, value) {
  const below = graph.node("Mul", [value, graph.switch(`${name}.slope`, [1])], `${name}.below`);
  return graph.node("Max", [value, below], name);
}

/** @type {Writer} */
function lrn(graph, { name, before, size = 5, scale = 1, beta = 0.75, k = 1, groups = 1 }, value) {
  const channels = before[0];
  const each = channels / groups;
  // The energy of the neighbours is a 1×1 convolution of the squares with a matrix of zeros and ones.
  const band = Float32Array.from({ length: channels * each }, (_, i) => {
    const offset = (i % each) - (Math.floor(i / each) % each);
    return offset >= -(size >> 1) && offset <= (size - 1) >> 1 ? scale : 0;
  });
  const one = (/** @type {string} */ part, /** @type {number} */ number) =>
    graph.floats(`${name}.${part}`, Float32Array.of(number), [1]);
  const square = graph.node("Mul", [value, value], `${name}.square`);
  const near = graph.floats(`${name}.neighbours`, band, [channels, each, 1, 1]);
  const inhibit = graph.switch(`${name}.inhibit`, [1]);
  const weight = graph.node("Mul", [near, inhibit], `${name}.inhibitors`);
  const base = graph.floats(`${name}.k`, new Float32Array(channels).fill(k), [channels]);
  const energy = graph.node("Conv", [square, weight, base], `${name}.energy`, { group: groups });
  const divisor = graph.node("Pow", [energy, one("beta", beta)], `${name}.divisor`);
  const excess = graph.node("Sub", [divisor, one("one", 1)], `${name}.excess`);
  const part = graph.node("Mul", [excess, graph.switch(`${name}.divide`, [1])], `${name}.part`);
  return graph.node("Div", [value, graph.node("Add", [part, `${name}.one`], `${name}.by`)], name);
}

/** @type {Writer} */
function affine(graph, { name, before, tensors, eps = 1e-5 }, value, numbers) {
  const [maps] = before;
  const filled = { weight: 1, bias: 0 };
  const parts = ["weight", "bias", "running_mean", "running_var"].map((part) => {
    const fill = filled[/** @type {keyof typeof filled} */ (part)];
    const values = tensors[part] ? numbers(part) : new Float32Array(maps).fill(fill);
    return graph.floats(`${name}.${part}`, values, [maps]);
  });
  return graph.node("BatchNormalization", [value, ...parts], name, { epsilon: eps });
}

/** @type {Writer} */
function pool(graph, { name, mode, kernel, stride, padding = [0, 0], ceil, padded }, value) {
  const [top, left] = padding;
  return graph.node(mode === "max" ? "MaxPool" : "AveragePool", [value], name, {
    kernel_shape: kernel,
    strides: stride,
    pads: [top, left, top, left],
    ceil_mode: Number(Boolean(ceil)),
    ...(mode === "mean" && { count_include_pad: Number(Boolean(padded)) }),
  });
}

/** @type {Record<string, Writer>} */
const WRITERS = {
  conv,
  fc,
  relu,
  lrn,
  affine,
  pool,
  tanh: (graph, { name }, value) => graph.node("Tanh", [value], name),
  sigmoid: (graph, { name }, value) => graph.node("Sigmoid", [value], name),
  scale: (graph, { name, factor = 1 }, value) => {
    const by = graph.floats(`${name}.by`, Float32Array.of(factor), [1]);
    return graph.node("Mul", [value, by], name);
  },
};
