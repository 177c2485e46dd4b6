// Grids of coloured cells: one canvas pixel a cell, made larger by the style sheet or by raster.js.
import { colourOf, limitOf } from "./palette-core.js";

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws on no canvas");
  return context;
}

/**
 * Paint rows × columns cells; `colour(i)` gives red, green, blue (and how opaque), or null.
 * @param {HTMLCanvasElement} canvas
 * @param {number} rows
 * @param {number} columns
 * @param {(place: number) => Colour | null | undefined} colour
 */
export function paintCells(canvas, rows, columns, colour) {
  canvas.width = columns;
  canvas.height = rows;
  const context = contextOf(canvas);
  const image = context.createImageData(columns, rows);
  const { data } = image;
  for (let i = 0, at = 0; i < rows * columns; i += 1, at += 4) {
    const found = colour(i);
    if (!found) continue;
    [data[at], data[at + 1], data[at + 2]] = found;
    data[at + 3] = found[3] ?? 255;
  }
  context.putImageData(image, 0, 0);
}

/**
 * Paint `count` pictures of rows × columns cells on one canvas: a canvas for each of a hundred takes
 * tens of milliseconds. `colours(place)` gives a picture's `colour`, as `paintCells` takes it.
 * Returns { canvas, rows, columns, corner }: `corner(place)` is [left, top] of a picture.
 * @param {number} count
 * @param {number} rows
 * @param {number} columns
 * @param {(place: number) => ((cell: number) => Colour | null | undefined) | null | undefined} colours
 */
export function paintSheet(count, rows, columns, colours) {
  const canvas = document.createElement("canvas");
  const across = Math.ceil(Math.sqrt(count)); // a canvas may be long, but not tens of thousands
  const each = Array.from({ length: count }, (_, place) => colours(place));
  paintCells(canvas, Math.ceil(count / across) * rows, across * columns, (i) => {
    const x = i % (across * columns);
    const y = Math.floor(i / (across * columns));
    const colour = each[Math.floor(y / rows) * across + Math.floor(x / columns)];
    return colour?.((y % rows) * columns + (x % columns));
  });
  const corner = (/** @type {number} */ place) => [
    (place % across) * columns,
    Math.floor(place / across) * rows,
  ];
  return { canvas, rows, columns, corner };
}

/**
 * Paint one number a cell: around zero, or from zero ("sequential").
 * @param {HTMLCanvasElement} canvas
 * @param {number} rows
 * @param {number} columns
 * @param {Numbers} values
 * @param {{ palette?: "diverging" | "sequential", limit?: number }} [options]
 */
export function paintValues(canvas, rows, columns, values, { palette = "diverging", limit } = {}) {
  const end = limit ?? limitOf(values);
  paintCells(canvas, rows, columns, (i) => colourOf(values[i], end, palette));
}

/**
 * Row and column of a cell under the pointer, as fractions kept: [2.5, 0.1].
 * @param {Element} canvas
 * @param {MouseEvent} event
 * @param {number} rows
 * @param {number} columns
 * @returns {[number, number]}
 */
export function cellAt(canvas, event, rows, columns) {
  const box = canvas.getBoundingClientRect();
  const row = ((event.clientY - box.top) / box.height) * rows;
  const column = ((event.clientX - box.left) / box.width) * columns;
  return [Math.min(Math.max(row, 0), rows - 1e-6), Math.min(Math.max(column, 0), columns - 1e-6)];
}
