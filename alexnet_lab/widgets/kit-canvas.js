// Grids of coloured cells: one canvas pixel a cell, made larger by the style sheet or by raster.js.
import { colourOf, limitOf } from "./palette-core.js";

/** Paint rows × columns cells; `colour(i)` gives red, green, blue (and how opaque), or null. */
export function paintCells(canvas, rows, columns, colour) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    const found = colour(i);
    if (!found) continue;
    image.data[4 * i + 3] = 255;
    image.data.set(found, 4 * i);
  }
  context.putImageData(image, 0, 0);
}

/** Paint one number a cell: around zero, or from zero ("sequential"). */
export function paintValues(canvas, rows, columns, values, { palette = "diverging", limit } = {}) {
  const end = limit ?? limitOf(values);
  paintCells(canvas, rows, columns, (i) => colourOf(values[i], end, palette));
}

/** Row and column of a cell under the pointer, as fractions kept: [2.5, 0.1]. */
export function cellAt(canvas, event, rows, columns) {
  const box = canvas.getBoundingClientRect();
  const row = ((event.clientY - box.top) / box.height) * rows;
  const column = ((event.clientX - box.left) / box.width) * columns;
  return [Math.min(Math.max(row, 0), rows - 1e-6), Math.min(Math.max(column, 0), columns - 1e-6)];
}
