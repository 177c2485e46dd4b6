// Who reads a unit: numbers in, numbers out, no page.
import { flat, largest } from "./places-core.js";

/** @import { Report, Source, Stage } from "./core.js" */

/**
 * Who reads a unit: the consumers in the next stage, by what they get of it.
 * @param {Stage[]} stages
 * @param {Source} source
 * @param {number} index
 * @param {[number, number, number]} unit
 * @param {number} value
 */
export function listeners(stages, source, index, [channel, row, column], value) {
  const above = stages[index + 1];
  /** @type {Report["listeners"]} */
  const found = [];
  if (!above) return found;
  /** @param {[number, number, number]} at @param {number | null} [weight] */
  const add = (at, weight = null) =>
    found.push({ at: [above.name, ...at], part: weight === null ? value : value * weight, weight });
  const weights = ["conv", "fc"].includes(above.kind) ? source.weights(above.name) : null;
  const weight = (/** @type {number} */ k, /** @type {number} */ i) =>
    Math.fround((weights?.values[i] ?? 0) * (weights?.scale ? weights.scale[k] : 1));
  if (above.kind === "conv" && weights) {
    const [, maps, rows, columns] = weights.shape;
    const each = above.shape[0] / above.groups;
    const group = Math.floor(channel / maps);
    const places = reached(above, row, column);
    if (!places.length) return found;
    const best = Array.from({ length: each }, (_, k) => {
      const from = ((group * each + k) * maps + (channel % maps)) * rows * columns;
      return places
        .map(({ i, j, y, x }) => ({ y, x, w: weight(group * each + k, from + i * columns + j) }))
        .reduce((a, b) => (Math.abs(b.w) > Math.abs(a.w) ? b : a));
    });
    for (const k of largest(best.map((b) => b.w)))
      add([group * each + k, best[k].y, best[k].x], best[k].w);
  } else if (above.kind === "fc" && weights) {
    const [, count] = weights.shape;
    const at = flat(stages[index], channel, row, column);
    const column_of = Array.from({ length: above.shape[0] }, (_, k) => weight(k, k * count + at));
    for (const k of largest(column_of)) add([k, 0, 0], column_of[k]);
  } else if (above.kind === "pool") {
    for (const { y, x } of reached(above, row, column)) add([channel, y, x]);
  } else if (above.kind === "lrn") {
    const each = above.shape[0] / above.groups;
    const least = Math.floor(channel / each) * each;
    const [from, to] = [(above.size - 1) >> 1, above.size >> 1];
    for (let c = channel - from; c <= channel + to; c += 1)
      if (c >= least && c < least + each) add([c, row, column]);
  } else if (!["conv", "fc"].includes(above.kind)) add([channel, row, column]);
  return found;
}

/**
 * The windows of a stage in which a place below it lies.
 * @param {Stage} stage
 * @param {number} row
 * @param {number} column
 */
function reached({ kernel, stride, padding, dilation, shape }, row, column) {
  const found = [];
  for (let i = 0; i < kernel[0]; i += 1) {
    for (let j = 0; j < kernel[1]; j += 1) {
      const y = (row + padding[0] - i * dilation[0]) / stride[0];
      const x = (column + padding[1] - j * dilation[1]) / stride[1];
      if (!Number.isInteger(y) || !Number.isInteger(x)) continue;
      if (y >= 0 && x >= 0 && y < shape[1] && x < shape[2]) found.push({ i, j, y, x });
    }
  }
  return found;
}
