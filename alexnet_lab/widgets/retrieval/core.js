// Neighbours in a space of features: a row is [tile, label, distance]. No page; held to torch by
// tests/widgets/test_retrieval_core.py.

/**
 * The place on the sheet, the label, the distance.
 * @typedef {[tile: number, label: number, distance: number]} Neighbour
 */

/**
 * How many of the first `count` neighbours have the query's class.
 * @param {Neighbour[]} rows
 * @param {number} label
 * @param {number} count
 */
export function right(rows, label, count) {
  return rows.slice(0, count).filter((row) => row[1] === label).length;
}

/**
 * How many neighbours two lists have in common among their first `count`.
 * @param {Neighbour[]} one
 * @param {Neighbour[]} two
 * @param {number} count
 */
export function shared(one, two, count) {
  const first = new Set(one.slice(0, count).map(([tile]) => tile));
  return two.slice(0, count).filter(([tile]) => first.has(tile)).length;
}

/**
 * Where a tile stands on the sheet: [left, top] in tiles.
 * @param {number} tile
 * @param {number} across
 */
export function corner(tile, across) {
  return [tile % across, Math.floor(tile / across)];
}
