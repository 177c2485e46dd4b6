// What a unit sees of each stage below it, down to the pixels; and the network as columns of a map.
import { indexOf } from "./core.js";
import { sizeOf } from "./places-core.js";

/** @import { At, Stage } from "./core.js" */
/** Ends not included. @typedef {{ top: number, left: number, bottom: number, right: number }} Box */

/**
 * The part of each stage, the image first, on which a unit depends: { name, box, towers }. Boxes may
 * reach beyond the maps, into padding; `towers` are those whose maps it reads.
 * @param {Stage[]} stages
 * @param {number} towers
 * @param {At} at
 * @returns {{ name: string, box: Box, towers: number[] }[]}
 */
export function coneOf(stages, towers, [name, channel, row, column]) {
  const all = Array.from({ length: towers }, (_, t) => t);
  let index = indexOf(stages, name);
  const own = towerOf(stages[index], towers, channel);
  let reads = own === null ? all : [own];
  /** @type {Box} */
  let box = { top: row, left: column, bottom: row + 1, right: column + 1 };
  const found = [{ name, box, towers: reads }];
  for (; index > 0; index -= 1) {
    const stage = stages[index];
    const below = stages[index - 1];
    if (stage.kind === "conv" || stage.kind === "pool") box = through(stage, box);
    else if (stage.kind === "fc" || stage.kind === "softmax") {
      const [, rows, columns] = sizeOf(below);
      box = { top: 0, left: 0, bottom: rows, right: columns };
    }
    const apart = stage.kind === "conv" && stage.groups === towers;
    const mixes = ["conv", "fc", "softmax"].includes(stage.kind) && !apart;
    const common = stage.kind === "lrn" && stage.groups < towers;
    if (mixes || common || index === 1) reads = all;
    found.push({ name: below.name, box, towers: reads });
  }
  return found.reverse();
}

/** @param {Stage} stage @param {Box} box @returns {Box} */
function through({ kernel, stride, padding, dilation }, { top, left, bottom, right }) {
  const reach = [0, 1].map((a) => dilation[a] * (kernel[a] - 1) + 1);
  return {
    top: top * stride[0] - padding[0],
    left: left * stride[1] - padding[1],
    bottom: (bottom - 1) * stride[0] - padding[0] + reach[0],
    right: (right - 1) * stride[1] - padding[1] + reach[1],
  };
}

/**
 * The tower of a channel; null where a stage is of none.
 * @param {Stage} stage
 * @param {number} towers
 * @param {number} channel
 */
export function towerOf({ kind, shape }, towers, channel) {
  if (kind === "image" || kind === "softmax" || shape[0] % towers) return null;
  return Math.floor(channel / (shape[0] / towers));
}

/**
 * The network as columns: each convolution, pooling and fully connected layer begins one, and what
 * follows it place by place belongs to it. Image and softmax are drawn otherwise.
 * @param {Stage[]} stages
 * @returns {Stage[][]}
 */
export function columnsOf(stages) {
  /** @type {Stage[][]} */
  const found = [];
  for (const stage of stages.slice(1)) {
    if (stage.kind === "softmax") continue;
    if (["conv", "pool", "fc"].includes(stage.kind) || !found.length) found.push([stage]);
    else found[found.length - 1].push(stage);
  }
  return found;
}
