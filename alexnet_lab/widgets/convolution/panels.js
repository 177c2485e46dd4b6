// What the convolution widget draws into: surfaces with a mark, panels of cells, and their colours.
import { element, short } from "../_runtime/kit-elements.js";
import { paintCells, paintValues } from "../_runtime/kit-canvas.js";
import { colourOf, inkOn, limitOf } from "../_runtime/palette-core.js";

const NUMBERS = 25; // cells of a window whose numbers are written out

/**
 * A canvas that can be focused, with a mark on it and its name below.
 * @param {string} label
 */
export function surface(label) {
  const canvas = element("canvas", {});
  const mark = element("div", { class: "al-w-convolution-mark" });
  const frame = element(
    "div",
    { class: "al-w-convolution-frame", tabindex: 0, role: "application", "aria-label": label },
    canvas,
    mark,
  );
  const name = element("figcaption", {});
  return { canvas, mark, frame, name, figure: element("figure", {}, frame, name) };
}

/** @param {string} words */
export function panel(words) {
  const box = element("div", { class: "al-w-convolution-cells" });
  const mark = element("div", { class: "al-w-convolution-mark", hidden: true });
  const frame = element(
    "div",
    { class: "al-w-convolution-panel", "aria-hidden": "true" },
    box,
    mark,
  );
  const name = element("figcaption", {}, words);
  return { box, mark, frame, name, figure: element("figure", {}, frame, name) };
}

/**
 * Fill a panel: cells with their numbers where they are few, else a picture.
 * @param {{ box: HTMLElement }} panel
 * @param {number} rows
 * @param {number} columns
 * @param {Numbers} values
 * @param {((cell: number) => Colour) | null} picture
 */
export function fill({ box }, rows, columns, values, picture) {
  const limit = limitOf(values);
  if (rows * columns > NUMBERS) {
    const canvas = box.querySelector("canvas") ?? element("canvas", {});
    if (picture) paintCells(canvas, rows, columns, picture);
    else paintValues(canvas, rows, columns, values, { limit });
    if (!canvas.isConnected) box.replaceChildren(canvas);
    return;
  }
  const cells = Array.from(values, (value, i) => {
    const colour = picture ? picture(i) : colourOf(value, limit);
    const cell = element("span", {}, picture ? "" : short(value, 2));
    cell.style.background = `rgb(${colour.join(" ")})`;
    cell.style.color = inkOn(colour);
    return cell;
  });
  const grid = element("div", { class: "al-w-convolution-numbers" }, ...cells);
  grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  box.replaceChildren(grid);
}

/**
 * Colours of an image, or of a window out of it on the same scale: colour(i) of place i.
 * @param {NumberArray} image
 * @param {number} channel
 * @param {Float32Array} [window]
 * @param {number} [count]
 * @returns {(cell: number) => Colour}
 */
export function pictureOf(
  { shape, values },
  channel,
  window = values,
  count = shape[1] * shape[2],
) {
  const channels = shape[0];
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high - low || 1;
  if (channel < 0 && channels === 3) {
    return (i) => [0, 1, 2].map((c) => (255 * (window[c * count + i] - low)) / span);
  }
  const value = (/** @type {number} */ i) => {
    if (channel >= 0) return window[channel * count + i];
    let total = 0;
    for (let c = 0; c < channels; c += 1) total += window[c * count + i];
    return total / channels;
  };
  return (i) => {
    const grey = (255 * (value(i) - low)) / span;
    return [grey, grey, grey];
  };
}

/**
 * A kernel over red, green and blue as a picture: zero is middle grey.
 * @param {NumberArray} kernel
 */
export function kernelPicture({ shape, values }) {
  const count = shape[1] * shape[2];
  const limit = limitOf(values);
  return (/** @type {number} */ i) =>
    [0, 1, 2].map((c) => 127.5 + (127.5 * values[c * count + i]) / limit);
}

/** @param {HTMLElement} mark @param {number[]} parts */
export function put(mark, parts) {
  const [top, left, height, width] = parts.map((part) => `${100 * part}%`);
  Object.assign(mark.style, { top, left, height, width });
}
