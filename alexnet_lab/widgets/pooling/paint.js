// The maps of the pooling explorer, painted: inputs with their winners, outputs, what a move changed.
import { wins } from "./core.js";
import { cells, sized } from "../_runtime/raster.js";
import { heat } from "../_runtime/palette-core.js";

/** @typedef {ReturnType<typeof import("./core.js").pool>} Pooled */

/**
 * Silent before and after, kept, or changed: apart in lightness as well as in hue.
 * @param {number} before
 * @param {number} after
 */
export function changeColour(before, after) {
  if (before === 0 && after === 0) return [128, 128, 128, 70];
  return before === after ? [42, 130, 120] : [236, 172, 120];
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
 * @param {Record<string, string>} colours
 */
export function paintInput(
  canvas,
  { seen, marks, kind },
  pooled,
  [top, bottom, left, right],
  most,
  cell,
  colours,
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
      context.fillStyle = often > 1 ? colours.twice : colours.ring;
      context.fill();
      context.lineWidth = 0.75;
      context.strokeStyle = colours.dot;
      context.stroke();
    });
  }
  frame(
    context,
    left * cell,
    top * cell,
    (right - left + 1) * cell,
    (bottom - top + 1) * cell,
    colours,
  );
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Pooled} pooled
 * @param {number[]} place
 * @param {(place: number) => Colour} colour
 * @param {number} step
 * @param {Record<string, string>} colours
 */
export function paintOutput(canvas, pooled, [row, column], colour, step, colours) {
  const context = sized(canvas, pooled.columns * step, pooled.rows * step);
  const map = cells(pooled.rows, pooled.columns, colour);
  context.drawImage(map, 0, 0, pooled.columns * step, pooled.rows * step);
  frame(context, column * step, row * step, step, step, colours);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 * @param {Record<string, string>} colours
 */
function frame(context, x, y, w, h, colours) {
  context.lineWidth = 4;
  context.strokeStyle = colours.dot;
  context.strokeRect(x, y, w, h);
  context.lineWidth = 2;
  context.strokeStyle = colours.frame;
  context.strokeRect(x, y, w, h);
}
