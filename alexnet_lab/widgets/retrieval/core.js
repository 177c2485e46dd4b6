// Neighbours in a space of features: a row is [tile, label, distance]. No page; held to torch by
// tests/widgets/test_retrieval_core.py.

/** How many of the first `count` neighbours have the query's class. */
export function right(rows, label, count) {
  return rows.slice(0, count).filter((row) => row[1] === label).length;
}

/** How many neighbours two lists have in common among their first `count`. */
export function shared(one, two, count) {
  const first = new Set(one.slice(0, count).map(([tile]) => tile));
  return two.slice(0, count).filter(([tile]) => first.has(tile)).length;
}

/** Where a tile stands on the sheet: [left, top] in tiles. */
export function corner(tile, across) {
  return [tile % across, Math.floor(tile / across)];
}
