// Pooling on one feature map: numbers in, numbers out, no page. A map is { rows, columns, values },
// row after row. Held to torch's max_pool2d and avg_pool2d by tests/widgets/test_pooling_core.py.

/**
 * Side and step of the window; `kind` is one of KINDS, `rounding` of ROUNDINGS.
 * @typedef {{ z: number, s: number, kind?: string, rounding?: string }} Options
 */

export const KINDS = ["max", "average"];
export const ROUNDINGS = ["up", "down"]; // the 2012 source and this package; torch's default

/**
 * Say in one line what is wrong with a map and a window; null when nothing is.
 * @param {FeatureMap} map
 * @param {Options} options
 */
export function problem({ rows, columns, values }, { z, s }) {
  if (!(rows >= 1) || !(columns >= 1) || values.length !== rows * columns) {
    return `${values.length} numbers make no map of ${rows} × ${columns}`;
  }
  if (![...values].every(Number.isFinite)) return "a response is not a finite number";
  if (!Number.isInteger(z) || z < 1) return `z = ${z} must be a whole number of at least 1`;
  if (!Number.isInteger(s) || s < 1) return `s = ${s} must be a whole number of at least 1`;
  if (z > Math.min(rows, columns)) {
    return `a window of ${z} × ${z} does not fit a map of ${rows} × ${columns}`;
  }
  return null;
}

/**
 * How many windows of side z in steps of s along n pixels.
 * @param {number} n
 * @param {Options} options
 */
export function outputSize(n, { z, s, rounding = "up" }) {
  const steps = (n - z) / s;
  if (rounding === "down") return Math.floor(steps) + 1;
  const count = Math.ceil(steps) + 1;
  return (count - 1) * s < n ? count : count - 1; // no window may begin outside the map
}

/**
 * Pixels along n that no window covers: what rounding down leaves out, and the gaps of z < s.
 * @param {number} n
 * @param {Options} options
 */
export function unseen(n, { z, s, rounding = "up" }) {
  const seen = new Set();
  for (let i = 0; i < outputSize(n, { z, s, rounding }); i += 1) {
    for (let j = i * s; j < Math.min(i * s + z, n); j += 1) seen.add(j);
  }
  return n - seen.size;
}

/**
 * First row, last row, first column, last column of the window of output (row, column).
 * @param {number} row
 * @param {number} column
 * @param {{ rows: number, columns: number }} map
 * @param {Options} options
 */
export function windowOf(row, column, { rows, columns }, { z, s }) {
  const [top, left] = [row * s, column * s];
  return [top, Math.min(top + z, rows) - 1, left, Math.min(left + z, columns) - 1];
}

/**
 * Pool a map. `winners[i]` is the place of the pixel that output i is (the first of equals, as in
 * torch), and −1 where nothing won: the mean, or a window in which every unit is silent.
 * @param {FeatureMap} map
 * @param {Options} options
 */
export function pool(map, options) {
  const { kind = "max" } = options;
  const rows = outputSize(map.rows, options);
  const columns = outputSize(map.columns, options);
  const values = new Float64Array(rows * columns);
  const winners = new Int32Array(rows * columns).fill(-1);
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      const [top, bottom, left, right] = windowOf(r, c, map, options);
      let [best, place, sum, lively] = [-Infinity, -1, 0, false];
      for (let y = top; y <= bottom; y += 1) {
        for (let x = left; x <= right; x += 1) {
          const value = map.values[y * map.columns + x];
          sum += value;
          lively ||= value !== 0;
          if (value > best) [best, place] = [value, y * map.columns + x];
        }
      }
      const i = r * columns + c;
      const count = (bottom - top + 1) * (right - left + 1);
      values[i] = kind === "max" ? best : sum / count;
      if (kind === "max" && lively) winners[i] = place;
    }
  }
  return { rows, columns, values, winners };
}

/**
 * What a window of which only the first `count` numbers are known would give, and which of them it is;
 * place −1 for the mean.
 * @param {number[]} values
 * @param {number} count
 * @param {string} [kind]
 */
export function soFar(values, count, kind = "max") {
  const known = values.slice(0, count);
  if (kind !== "max") return { value: known.reduce((sum, v) => sum + v, 0) / count, place: -1 };
  const value = Math.max(...known);
  return { value, place: known.indexOf(value) };
}

/**
 * How many windows each input has won: as long as the map.
 * @param {FeatureMap} map
 * @param {{ winners: Int32Array }} pooled
 */
export function wins(map, pooled) {
  const count = new Uint16Array(map.values.length);
  for (const place of pooled.winners) if (place >= 0) count[place] += 1;
  return count;
}

/**
 * The part of a map from (top, left) on.
 * @param {FeatureMap} map
 * @param {number} top
 * @param {number} left
 * @param {number} rows
 * @param {number} columns
 */
export function cut(map, top, left, rows, columns) {
  const values = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      values[y * columns + x] = map.values[(top + y) * map.columns + left + x];
    }
  }
  return { rows, columns, values };
}

/**
 * What is seen of a map with a margin when the picture has moved by (down, right) pixels.
 * @param {FeatureMap} map
 * @param {number} margin
 * @param {number} down
 * @param {number} right
 */
export function shifted(map, margin, down, right) {
  const [rows, columns] = [map.rows - 2 * margin, map.columns - 2 * margin];
  return cut(map, margin - down, margin - right, rows, columns);
}

/**
 * What a shift does to the outputs: `same`, the share of those that were or are above 0 and keep
 * their value exactly, and `change`, the mean absolute difference over the mean output.
 * @param {FeatureMap} before
 * @param {FeatureMap} after
 */
export function stability(before, after) {
  let [same, live, difference, total] = [0, 0, 0, 0];
  for (let i = 0; i < before.values.length; i += 1) {
    const [a, b] = [before.values[i], after.values[i]];
    difference += Math.abs(a - b);
    total += Math.abs(a);
    if (a === 0 && b === 0) continue;
    live += 1;
    if (a === b) same += 1;
  }
  return { same: live ? same / live : 1, change: total ? difference / total : 0, live };
}

/**
 * One row of the table of comparison: sizes, winners, and what a shift changes.
 * @param {FeatureMap} map
 * @param {number} margin
 * @param {number[]} by
 * @param {Options} options
 */
export function summary(map, margin, [down, right], options) {
  const here = shifted(map, margin, 0, 0);
  const pooled = pool(here, options);
  const moved = pool(shifted(map, margin, down, right), options);
  const won = wins(here, pooled);
  return {
    outputs: [pooled.rows, pooled.columns],
    winners: won.reduce((n, w) => n + (w > 0 ? 1 : 0), 0),
    shared: won.reduce((n, w) => n + (w > 1 ? 1 : 0), 0),
    unseen: unseen(here.rows, options),
    ...stability(pooled, moved),
  };
}
