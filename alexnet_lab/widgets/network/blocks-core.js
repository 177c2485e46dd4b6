// A network as a row of blocks: where each stands and how large it is. Numbers only, no page.
import { total } from "./core.js";

/** @import { Row } from "./core.js" */

const TALLEST = 100; // of all blocks, in units of the drawing
const GAP = 8;

/**
 * A block: the image is the first one, with place −1.
 * @typedef {{ name: string, place: number, kind: string, x: number, wide: number, high: number }} Block
 */

/** Sides grow by more than tenfold: their root makes the small ones visible. @param {number} side */
const height = (side) => side ** 0.47;

/**
 * The blocks from left to right, and how wide they are together: as high as the maps' side, as wide
 * as the maps are many; a fully connected layer is a bar as high as its units are many.
 * @param {Row[]} rows
 * @param {number} side of the image
 */
export function blocks(rows, side) {
  const tall = Math.max(height(side), ...rows.map(({ gives }) => height(gives[1])));
  const scale = TALLEST / tall;
  /** @type {Block[]} */
  const found = [
    { name: "image", place: -1, kind: "image", x: 0, wide: 6, high: scale * height(side) },
  ];
  let x = 6 + GAP;
  rows.forEach(({ name, stage, gives: [maps, places] }, place) => {
    const flat = places === 1 && stage.kind === "fc";
    const wide = flat ? 7 : 2 + 0.9 * Math.sqrt(maps);
    const high = flat ? Math.min(0.95 * Math.sqrt(maps), TALLEST) : scale * height(places);
    found.push({ name, place, kind: stage.kind, x, wide, high: Math.max(high, 3) });
    x += wide + GAP;
  });
  return { blocks: found, wide: x - GAP, high: TALLEST };
}

/**
 * What the network has from its first stage up to one, and as shares of the whole.
 * @param {Row[]} rows
 * @param {string} name
 */
export function upTo(rows, name) {
  const place = rows.findIndex((row) => row.name === name);
  const grown = rows.slice(0, place + 1);
  const [parameters, macs] = ["parameters", "macs"].map((what) => total(grown, what, 1));
  const part = (/** @type {number} */ some, /** @type {string} */ what) =>
    some / (total(rows, what, 1) || 1);
  return {
    place,
    parameters,
    macs,
    ofParameters: part(parameters, "parameters"),
    ofMacs: part(macs, "macs"),
  };
}
