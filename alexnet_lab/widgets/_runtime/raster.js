// Pictures drawn at a size in CSS pixels, out of grids of cells and lines.
import { contextOf, paintCells } from "./kit-canvas.js";

/**
 * Cells, as `paintCells` takes them, on a canvas of their own.
 * @param {number} rows
 * @param {number} columns
 * @param {(place: number) => Colour | null | undefined} colour
 */
export function cells(rows, columns, colour) {
  const made = document.createElement("canvas");
  paintCells(made, rows, columns, colour);
  return made;
}

/**
 * Give a canvas its size in CSS pixels, sharp on any screen; returns its context, cleared.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  return context;
}
