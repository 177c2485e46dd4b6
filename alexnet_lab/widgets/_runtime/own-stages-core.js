// The sizes of a network that a reader opened, stage by stage, as the widgets take them from Python:
// the walk's stages (walk/stages.py) and the manifest's layers (network_manifest.py).
import { Failure } from "./fetching.js";
import { WORDS } from "./own-chain-core.js";

/** @typedef {import("./own-chain-core.js").Layer} Layer */
/** @typedef {Layer & { shape: number[], before: number[] }} Sized */

/**
 * Each layer with the shape of its output and of what it takes.
 * @param {Layer[]} layers
 * @param {number} side of the input in pixels
 * @returns {Sized[]}
 */
export function sized(layers, side) {
  let shape = [3, side, side];
  return layers.map((layer) => {
    const before = shape;
    shape = after(layer, before);
    const whole = layer.kind === "pool" && !layer.kernel?.length;
    const own = whole ? { kernel: before.slice(1), stride: before.slice(1), ceil: false } : {};
    return { ...layer, ...own, before, shape };
  });
}

/** @param {Layer} layer @param {number[]} before @returns {number[]} */
function after(layer, before) {
  const { name, kind, tensors } = layer;
  const { weight } = tensors;
  const wrong = (/** @type {string} */ why) => new Failure(`has a layer ${name} that ${why}`);
  if (kind === "conv") {
    if (before.length !== 3) throw wrong("comes after a fully connected one");
    const [count, maps, high, wide] = weight.shape;
    const groups = layer.groups ?? 1;
    if (weight.shape.length !== 4) throw wrong("is no convolution of a picture");
    if (name === "conv1" && maps === 1)
      throw new Failure(
        "is for grey pictures: its conv1 takes one channel, and the page gives three",
      );
    if (maps * groups !== before[0] || count % groups)
      throw wrong(`takes ${maps * groups} maps, and ${before[0]} come`);
    return [count, ...[high, wide].map((k, axis) => along(layer, before[1 + axis], k, axis))];
  }
  if (kind === "fc") {
    const inputs = before.reduce((a, b) => a * b, 1);
    const [outputs, takes] = layer.turned ? [...weight.shape].reverse() : weight.shape;
    if (weight.shape.length !== 2) throw wrong("is no matrix");
    if (takes !== inputs) throw wrong(`takes ${takes} numbers, and ${inputs} come`);
    return [outputs];
  }
  if (kind !== "pool") return before;
  if (before.length !== 3) throw wrong("comes after a fully connected one");
  if (!layer.kernel?.length) return [before[0], 1, 1];
  const [high, wide] = layer.kernel;
  return [before[0], ...[high, wide].map((k, axis) => along(layer, before[1 + axis], k, axis))];
}

/** Windows along n pixels. @param {Layer} layer @param {number} n @param {number} kernel @param {number} axis */
function along(layer, n, kernel, axis) {
  const stride = layer.stride?.[axis] ?? 1;
  const padding = layer.padding?.[axis] ?? 0;
  const reach = (layer.dilation?.[axis] ?? 1) * (kernel - 1) + 1;
  const span = n + 2 * padding + (layer.over?.[axis] ?? 0) - reach;
  let count = (layer.ceil ? Math.ceil : Math.floor)(span / stride) + 1;
  // No window of a pooling begins beyond the picture and its left padding.
  if (layer.ceil && (count - 1) * stride >= n + padding) count -= 1;
  if (!(count >= 1))
    throw new Failure(`has a layer ${layer.name} of ${kernel} pixels that gets ${n}`);
  return count;
}

/** @typedef {{ start: number[], jump: number[], size: number[] }} Field */
const ONE = { start: [0, 0], jump: [1, 1], size: [1, 1] };

/**
 * What the pixels are of which a layer's first unit takes something, how far they move from unit to
 * unit, and how many they are.
 * @param {Sized} layer
 * @param {Field} before
 * @returns {Field}
 */
function seen({ kind, kernel, stride, padding = [0, 0], dilation = [1, 1] }, before) {
  if (!["conv", "pool"].includes(kind) || !kernel || !stride) return before;
  const each = (/** @type {(axis: number) => number} */ of) => [of(0), of(1)];
  return {
    start: each((a) => before.start[a] - padding[a] * before.jump[a]),
    size: each((a) => before.size[a] + dilation[a] * (kernel[a] - 1) * before.jump[a]),
    jump: each((a) => before.jump[a] * stride[a]),
  };
}

/**
 * The walk's stages, from the image to softmax.
 * @param {Sized[]} layers
 * @param {number} side
 * @returns {any[]}
 */
export function stagesOf(layers, side) {
  let field = ONE;
  const middle = layers.map((layer) => {
    field = seen(layer, field);
    const { name, kind, shape, kernel, stride, padding, dilation = [1, 1], groups } = layer;
    /** @type {State} */
    const stage = { name, kind, shape };
    if (shape.length === 3) stage.field = field;
    if (kind === "conv")
      Object.assign(stage, {
        kernel: layer.tensors.weight.shape.slice(2),
        stride,
        padding,
        dilation,
        groups,
      });
    if (kind === "pool") {
      const { mode, padded = false } = layer;
      Object.assign(stage, { kernel, stride, padding, dilation, mode, padded });
    }
    if (kind === "lrn") {
      const { size, scale, beta, k } = layer;
      Object.assign(stage, { size, scale, beta, k, groups });
    }
    if (kind === "scale") stage.factor = layer.factor;
    return stage;
  });
  const image = { name: "image", kind: "image", shape: [3, side, side], field: ONE };
  const last = middle.at(-1)?.shape ?? [];
  return [image, ...middle, { name: "softmax", kind: "softmax", shape: last }];
}

/** The manifest's layers of such stages. @param {any[]} stages */
export function manifestLayers(stages) {
  return stages
    .slice(1, -1)
    .map(({ name, kind, shape, field, kernel, stride, padding, groups }) => ({
      name,
      kind: WORDS[kind] ?? kind,
      shape,
      ...(field && { field }),
      ...(kernel && { kernel, stride, padding }),
      ...(groups && kind === "conv" && { groups }),
    }));
}
