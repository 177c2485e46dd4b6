// Where a unit is in the numbers of its stage, and which of many are shown.

/** @import { Stage } from "./core.js" */

export const SHOWN = 6; // terms a list

/**
 * Channels, rows and columns of a stage; a vector has one row and one column.
 * @param {Stage} stage
 * @returns {[number, number, number]}
 */
export function sizeOf({ shape }) {
  return [shape[0], shape[1] ?? 1, shape[2] ?? 1];
}

/**
 * The place of a unit in a stage's numbers.
 * @param {Stage} stage
 * @param {number} channel
 * @param {number} row
 * @param {number} column
 */
export function flat(stage, channel, row, column) {
  const [, height, width] = sizeOf(stage);
  return (channel * height + row) * width + column;
}

/** The places of the greatest sizes; of equals the first. @param {Numbers} parts */
export function largest(parts) {
  /** @type {number[]} */
  const best = [];
  for (let i = 0; i < parts.length; i += 1) {
    const size = Math.abs(parts[i]);
    let at = best.length;
    while (at > 0 && size > Math.abs(parts[best[at - 1]])) at -= 1;
    if (at >= SHOWN) continue; // of thousands, most
    best.splice(at, 0, i);
    if (best.length > SHOWN) best.pop();
  }
  return best;
}
