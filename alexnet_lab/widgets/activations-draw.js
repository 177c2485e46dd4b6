// Pictures of maps and kernels, painted number by number into canvases.
import { heat, signed } from "./palette-core.js";

const table = (shade, from) =>
  Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = shade(from + ((1 - from) * i) / 255).map(Math.round);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
const HEAT = table(heat, 0);
const SIGNED = table(signed, -1);

/** A function from a number to a colour: blue and red around zero where there are negative ones. */
export function shading(low, high) {
  const span = low < 0 ? Math.max(-low, high) : high || 1;
  const place = low < 0 ? (v) => ((v / span + 1) / 2) * 255 : (v) => (v / span) * 255;
  const colours = low < 0 ? SIGNED : HEAT;
  return (value) => colours[Math.min(255, Math.max(0, Math.round(place(value))))];
}

export function ends(values) {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** How many maps stand side by side, and how large a cell is drawn. */
export function layout(count, rows, columns, width) {
  const across = Math.min(count, Math.max(1, Math.round(Math.sqrt((count * 1.7 * rows) / columns))));
  const times = Math.max(1, Math.floor(width / (across * (columns + 1))));
  return { across, times, wide: columns * times + 1, high: rows * times + 1 };
}

/** All maps of a layer, side by side, in one scale. */
export function paintGrid(canvas, width, { data, shape: [count, rows = 1, columns = 1], low, high }) {
  const plan = layout(count, rows, columns, width);
  const { across, times, wide, high: tall } = plan;
  canvas.width = across * wide;
  canvas.height = Math.ceil(count / across) * tall;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(picture.data.buffer);
  const colour = shading(low, high);
  for (let m = 0; m < count; m += 1) {
    const left = (m % across) * wide;
    const top = Math.floor(m / across) * tall;
    for (let y = 0; y < rows * times; y += 1) {
      const line = m * rows * columns + Math.floor(y / times) * columns;
      const at = (top + y) * canvas.width + left;
      for (let x = 0; x < columns; x += 1) {
        const shade = colour(data[line + x]);
        for (let i = 0; i < times; i += 1) pixels[at + x * times + i] = shade;
      }
    }
  }
  context.putImageData(picture, 0, 0);
  return plan;
}

/** One map, a cell a pixel; the canvas is enlarged by its style. */
export function paintMap(canvas, map, rows, columns) {
  Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  const colour = shading(...ends(map));
  new Uint32Array(picture.data.buffer).set(Uint32Array.from(map, colour));
  context.putImageData(picture, 0, 0);
}

/** A kernel: in colours where it sees an image, else a slice for each map that it sees. */
export function paintKernel(canvas, width, weights, maps, rows, columns) {
  const [low, high] = ends(weights);
  const span = Math.max(-low, high) || 1;
  if (maps !== 3) {
    paintGrid(canvas, width, { data: weights, shape: [maps, rows, columns], low: -span, high: span });
    return;
  }
  Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  const count = rows * columns;
  for (let i = 0; i < count; i += 1) {
    for (let c = 0; c < 3; c += 1) picture.data[4 * i + c] = 128 + (127 * weights[c * count + i]) / span;
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

/** A box on the picture, told from any colour by its dark edge. */
export function outline(canvas, box, side) {
  const context = canvas.getContext("2d");
  const width = Math.max(2, side / 100);
  for (const [colour, thick] of [["#000", 2 * width], ["#ffb38a", width]]) {
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  }
}

/** A frame around the chosen map. */
export function frameOf(canvas, { across, wide, high }, unit) {
  const context = canvas.getContext("2d");
  const [x, y] = [(unit % across) * wide, Math.floor(unit / across) * high];
  context.strokeStyle = "#e0662a";
  context.lineWidth = Math.max(2, wide / 16);
  context.strokeRect(x + 0.5, y + 0.5, wide - 2, high - 2);
}
