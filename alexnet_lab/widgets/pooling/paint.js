// The maps of the pooling explorer, painted: inputs with their winners, outputs, what a move changed.
import { element } from "../_runtime/kit-elements.js";
import { wins } from "./core.js";
import { cells, sized } from "../_runtime/raster.js";
import { heat } from "../_runtime/palette-core.js";

/** @typedef {ReturnType<typeof import("./core.js").pool>} Pooled */

const MARKS = { frame: "#ff5a1f", dot: "#111", ring: "#fff", twice: "#ff5a1f" };
/** What a move did to an output: apart in lightness as well as in hue. */
const CHANGES = { silent: [128, 128, 128, 70], kept: [42, 130, 120], changed: [236, 172, 120] };

/**
 * @param {number} before
 * @param {number} after
 */
export function changeColour(before, after) {
  if (before === 0 && after === 0) return CHANGES.silent;
  return before === after ? CHANGES.kept : CHANGES.changed;
}

/**
 * What the colours of the input mean: `most` is what the brightest one stands for.
 * @param {string} most
 * @param {boolean} dots
 */
export function inputKey(most, dots) {
  const shades = [0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${heat(share)})`);
  return key([
    ["scale", `background: linear-gradient(to right, ${shades})`, `0 to ${most}`],
    ["window-mark", `border-color: ${MARKS.frame}`, "the window"],
    dots && ["dot", `background: ${MARKS.ring}; border-color: ${MARKS.dot}`, "wins a window"],
    dots && ["large", `background: ${MARKS.twice}; border-color: ${MARKS.dot}`, "wins several"],
  ]);
}

/** What the colours of the changes mean. */
export function changeKey() {
  const colour = (/** @type {number[]} */ [r, g, b, alpha = 255]) =>
    `background: rgb(${r} ${g} ${b} / ${alpha / 255})`;
  return key([
    ["patch", colour(CHANGES.kept), "kept"],
    ["patch", colour(CHANGES.changed), "changed"],
    ["patch", colour(CHANGES.silent), "0 as before"],
  ]);
}

/** @param {(false | string[])[]} entries  what the mark looks like, its style, its words */
function key(entries) {
  const items = entries.map((one) => {
    if (!one) return null;
    const [look, style, words] = one;
    const mark = element("span", { class: `al-w-pooling-swatch al-w-pooling-${look}`, style });
    return element("li", {}, mark, words);
  });
  return element("ul", { class: "al-w-caption al-w-pooling-key" }, ...items);
}

/** @param {number} width */
export function fitted(width) {
  return Math.min(width - 4, 330);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {State} now
 * @param {Pooled} pooled
 * @param {number[]} window
 * @param {number} most
 * @param {number} cell
 */
export function paintInput(
  canvas,
  { seen, marks, kind },
  pooled,
  [top, bottom, left, right],
  most,
  cell,
) {
  const context = sized(canvas, seen.columns * cell, seen.rows * cell);
  const map = cells(seen.rows, seen.columns, (i) => heat(seen.values[i] / most));
  context.drawImage(map, 0, 0, seen.columns * cell, seen.rows * cell);
  if (marks && kind === "max") {
    wins(seen, pooled).forEach((often, i) => {
      if (!often) return;
      const [x, y] = [
        ((i % seen.columns) + 0.5) * cell,
        (Math.floor(i / seen.columns) + 0.5) * cell,
      ];
      context.beginPath();
      context.arc(x, y, cell * (often > 1 ? 0.36 : 0.24), 0, 7);
      context.fillStyle = often > 1 ? MARKS.twice : MARKS.ring;
      context.fill();
      context.lineWidth = 0.75;
      context.strokeStyle = MARKS.dot;
      context.stroke();
    });
  }
  const [across, down] = [right - left + 1, bottom - top + 1];
  frame(context, left * cell, top * cell, across * cell, down * cell);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Pooled} pooled
 * @param {number[]} place
 * @param {(place: number) => Colour} colour
 * @param {number} step
 */
export function paintOutput(canvas, pooled, [row, column], colour, step) {
  const context = sized(canvas, pooled.columns * step, pooled.rows * step);
  const map = cells(pooled.rows, pooled.columns, colour);
  context.drawImage(map, 0, 0, pooled.columns * step, pooled.rows * step);
  frame(context, column * step, row * step, step, step);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 */
function frame(context, x, y, w, h) {
  context.lineWidth = 4;
  context.strokeStyle = MARKS.dot;
  context.strokeRect(x, y, w, h);
  context.lineWidth = 2;
  context.strokeStyle = MARKS.frame;
  context.strokeRect(x, y, w, h);
}
