// Where everything of the map is, for a width: numbers in, numbers out, no page.
import { sizeOf } from "./places-core.js";
import { towerOf } from "./cone-core.js";

/** @import { Stage } from "./core.js" */
/** @typedef {{ x: number, y: number, width: number, height: number }} Rect */
/**
 * A face is one map of a stage's column in one tower (null: of the whole network).
 * @typedef {{ column: number, tower: number | null, rect: Rect }} Face
 */
/**
 * @typedef {object} Plan
 * @property {number} width
 * @property {number} height
 * @property {boolean} narrow
 * @property {Rect} photo
 * @property {Rect} answers
 * @property {Face[]} faces
 * @property {{ text: string, more: string, x: number, y: number }[]} labels
 */

const LABELS = 36; // pixels below the maps for their names
const SHEETS = 6; // the two maps behind a face look out by so much
const STRIP = 9; // a vector's width
const SLOT = 22; // with room for its name

/**
 * The side of a face before it is fitted to the width: larger maps are drawn larger, not in proportion.
 * @param {Stage} stage
 */
const natural = (stage) => (stage.shape.length === 3 ? sizeOf(stage)[1] ** 0.45 : 0);

/**
 * Place photograph, faces, names and answers.
 * @param {number} width
 * @param {Stage[][]} columns
 * @param {number} towers
 * @returns {Plan}
 */
export function plan(width, columns, towers) {
  const narrow = width < 860;
  const side = narrow ? Math.min(150, 0.4 * width) : Math.min(200, 0.2 * width);
  const beside = narrow ? 0 : Math.min(240, 0.21 * width);
  const start = narrow ? 0 : side + 26;
  const room = width - start - (narrow ? 0 : beside + 22);
  const maps = columns.filter(([first]) => first.shape.length === 3);
  const gap = width < 520 ? 4 : 12;
  const strips = (columns.length - maps.length) * SLOT;
  const gaps = (columns.length - 1) * gap + maps.length * SHEETS;
  const sum = maps.reduce((all, [first]) => all + natural(first), 0) || 1;
  const widest = Math.max(...maps.map(([first]) => natural(first)), 1);
  const scale = Math.min((room - strips - gaps) / sum, 96 / widest);
  const spare = Math.max(0, room - strips - gaps - scale * sum) / Math.max(1, columns.length - 1);
  const tall = scale * widest;
  const top = narrow ? side + 16 : 4;
  const band = tall + SHEETS + (narrow ? 10 : 18); // a tower's
  const middle = narrow ? top + (towers * band) / 2 : Math.max((towers * band) / 2, side / 2) + 4;
  const height = middle + (towers * band) / 2 + LABELS;
  const last = columns.length - 1;
  /** @type {Face[]} */
  const faces = [];
  /** @type {Plan["labels"]} */
  const labels = [];
  let x = start;
  columns.forEach(([first], column) => {
    const flat = first.shape.length !== 3;
    const slot = flat ? SLOT : scale * natural(first);
    const wide = flat ? STRIP : slot;
    const high = flat ? tall : wide;
    const left = x + (slot - wide) / 2;
    const whole = column === last || towerOf(first, towers, 0) === null || towers === 1;
    for (let tower = 0; tower < (whole ? 1 : towers); tower += 1) {
      const centre = whole ? middle : middle + (tower - (towers - 1) / 2) * band;
      const y = centre - high / 2 + (flat ? 0 : SHEETS / 2);
      faces.push({
        column,
        tower: whole ? null : tower,
        rect: { x: left, y, width: wide, height: high },
      });
    }
    const room_for = slot + gap + spare + SHEETS;
    const size = flat ? String(first.shape[0]) : `${first.shape[0]} × ${first.shape[1]}²`;
    const more = room_for > (flat ? 20 : 58) && width >= 860 ? size : "";
    const text = first.kind === "pool" && room_for < 44 ? "" : first.name;
    // On a phone there is no room for one name beside the other: every second stands lower.
    const lower = text && width < 520 ? 13 * (labels.filter((one) => one.text).length % 2) : 0;
    labels.push({ text, more, x: x + slot / 2, y: middle + (towers * band) / 2 + 14 + lower });
    x += slot + gap + spare + (flat ? 0 : SHEETS);
  });
  const photo = { x: 0, y: narrow ? 0 : middle - side / 2, width: side, height: side };
  const answers = narrow
    ? { x: side + 14, y: 0, width: width - side - 14, height: side }
    : { x: width - beside, y: 0, width: beside, height };
  return { width, height, narrow, photo, answers, faces, labels };
}

/**
 * The part of a face that a box of its map covers.
 * @param {Rect} rect
 * @param {Stage} stage
 * @param {{ top: number, left: number, bottom: number, right: number }} box
 * @returns {Rect}
 */
export function covered(rect, stage, { top, left, bottom, right }) {
  const [, rows, columns] = sizeOf(stage);
  const cut = (/** @type {number} */ value, /** @type {number} */ count) =>
    Math.min(Math.max(value, 0), count) / count;
  const [x, y] = [rect.x + rect.width * cut(left, columns), rect.y + rect.height * cut(top, rows)];
  return {
    x,
    y,
    width: rect.x + rect.width * cut(right, columns) - x,
    height: rect.y + rect.height * cut(bottom, rows) - y,
  };
}

/**
 * Row and column of a place on a face; null where it is none.
 * @param {Rect} rect
 * @param {number} x
 * @param {number} y
 * @param {number} rows
 * @param {number} columns
 * @param {number} [margin] fingers may miss by so much
 */
export function placeOn(rect, x, y, rows, columns, margin = 4) {
  const [right, bottom] = [rect.x + rect.width, rect.y + rect.height];
  if (x < rect.x - margin || y < rect.y - margin || x > right + margin || y > bottom + margin)
    return null;
  const part = (/** @type {number} */ share, /** @type {number} */ count) =>
    Math.min(Math.max(Math.floor(share * count), 0), count - 1);
  return {
    row: part((y - rect.y) / rect.height, rows),
    column: part((x - rect.x) / rect.width, columns),
  };
}
