// What a drawn curve is like, beside a recorded one. All curves have their values at the same places;
// a value is a share of the height of the chart, 0 to 1.

/** How far two curves may lie apart that are told as one: on average, as a share of the height. */
export const ROOM = 0.06;

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** By how much a curve falls from place i on. @param {number[]} v @param {number} [i] */
const fall = (v, i = 0) => v[i] - v[v.length - 1];

/** By how much a curve falls over its last third. @param {number[]} v */
const late = (v) => fall(v, Math.floor((2 * (v.length - 1)) / 3));

/**
 * What an answer's list may name: what a drawn curve does and ours does not. `alexnet_lab.quiz` has
 * the same names.
 * @type {Record<string, (curve: number[], beside: number[]) => boolean>}
 */
export const SHAPES = {
  "falls at the end": (v) => fall(v) > 2 * ROOM && v[v.length >> 1] > v[0] - fall(v) / 4,
  falls: (v) => fall(v) > 2 * ROOM,
  "keeps falling": (v) => late(v) > ROOM / 2,
  "levels off": (v) => Math.abs(late(v)) <= ROOM / 2,
  rises: (v) => late(v) < -ROOM / 2,
  "stays below": (v, beside) => beside.every((other, i) => v[i] < other + ROOM / 6),
  "stays above": (v, beside) => beside.every((other, i) => v[i] > other - ROOM / 6),
};

/**
 * Judge a drawn curve: how right it is (1, 0.5 or 0), the place in `names` of the shape that it has
 * and ours has not, or -1, and by how much it lies above ours on average.
 * @param {number[]} drawn
 * @param {number[]} ours
 * @param {{ names: string[], beside?: number[] }} given
 */
export function judge(drawn, ours, { names, beside = [] }) {
  const shape = names.findIndex((name) => SHAPES[name](drawn, beside));
  const apart = mean(drawn.map((value, i) => Math.abs(value - ours[i])));
  const above = mean(drawn) - mean(ours);
  const right = shape >= 0 || apart > 2 * ROOM ? 0 : apart > ROOM ? 0.5 : 1;
  return { right, shape, above };
}

/**
 * A curve at `count` even places between its ends, or as many of them as it reaches: a run that ended
 * early has fewer. Value i of `values` belongs to i of `longest` - 1 steps.
 * @param {number[]} values
 * @param {number} count
 * @param {number} longest
 */
export function atPlaces(values, count, longest) {
  const found = [];
  for (let k = 0; k < count; k += 1) {
    const at = (k * (longest - 1)) / (count - 1);
    const i = Math.min(Math.floor(at), values.length - 2);
    if (at > values.length - 1 + 1e-9) break;
    found.push(values[i] + (values[i + 1] - values[i]) * (at - i));
  }
  return found;
}
