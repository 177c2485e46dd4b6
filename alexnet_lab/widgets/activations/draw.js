// Pictures of maps and kernels, painted number by number into canvases.
import { contextOf, paintCells } from "../_runtime/kit-canvas.js";
import { heat, kernelColours, limitOf, signed } from "../_runtime/palette-core.js";

// Colours as whole pixels: a camera's maps are a third of a million of them, many times a second.
/** @param {(share: number) => Colour} shade @param {number} from */
const table = (shade, from) =>
  Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = shade(from + ((1 - from) * i) / 255).map(Math.round);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
const HEAT = table(heat, 0);
const SIGNED = table(signed, -1);

/**
 * The colours of numbers from `low` to `high`: that of `value` is `colours[(zero + scale * value) | 0]`.
 * Blue and red around zero where there are negative ones.
 * @param {number} low
 * @param {number} high
 */
export function shading(low, high) {
  if (low < 0) return { colours: SIGNED, scale: 127.5 / Math.max(-low, high), zero: 128 };
  return { colours: HEAT, scale: 255 / (high || 1), zero: 0.5 };
}

/**
 * The least and the greatest of numbers, or zero where that is beyond them.
 * @param {Numbers} values
 */
export function ends(values) {
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/**
 * Let `write` fill the pixels of a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {(pixels: Uint32Array) => void} write
 */
function paint(canvas, width, height, write) {
  // A canvas whose size is set gets new memory, also when it is the size that it had.
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  write(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
}

export const FINGER = 24; // CSS pixels that a finger can choose
const TALLEST = 900;

/**
 * How many maps stand side by side, how large a cell is drawn, and how wide the whole is on the screen.
 * `least` is how wide a map must be, as long as the whole stays lower than a phone's screen.
 * @param {number} count
 * @param {number} rows
 * @param {number} columns
 * @param {number} width
 * @param {number} [least]
 */
export function layout(count, rows, columns, width, least = 0) {
  const square = Math.min(
    count,
    Math.max(1, Math.round(Math.sqrt((count * 1.7 * rows) / columns))),
  );
  const fewer = least ? Math.min(square, Math.max(1, Math.floor(width / least))) : square;
  const across = Math.ceil(count / fewer) * least <= TALLEST ? fewer : square;
  const times = Math.max(1, Math.floor(width / (across * (columns + 1))));
  const [wide, high] = [columns * times + 1, rows * times + 1];
  const larger = across < square ? Math.max(1, width / (across * wide)) : 1;
  return { across, times, wide, high, shown: Math.floor(across * wide * larger) };
}

/**
 * All maps of a layer, side by side, in one scale; `least` as of `layout`.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {{ data: Numbers, shape: number[], low: number, high: number }} maps
 * @param {number} [least]
 */
export function paintGrid(canvas, width, { data, shape, low, high }, least = 0) {
  const [count, rows = 1, columns = 1] = shape;
  const plan = layout(count, rows, columns, width, least);
  const { across, times, wide, high: tall } = plan;
  const { colours, scale, zero } = shading(low, high);
  const all = across * wide;
  paint(canvas, all, Math.ceil(count / across) * tall, (pixels) => {
    for (let m = 0; m < count; m += 1) {
      const corner = Math.floor(m / across) * tall * all + (m % across) * wide;
      for (let y = 0; y < rows; y += 1) {
        const from = (m * rows + y) * columns;
        const start = corner + y * times * all;
        for (let x = 0, at = start; x < columns; x += 1) {
          const colour = colours[(zero + scale * data[from + x]) | 0];
          for (let i = 0; i < times; i += 1, at += 1) pixels[at] = colour;
        }
        for (let i = 1; i < times; i += 1)
          pixels.copyWithin(start + i * all, start, start + columns * times);
      }
    }
  });
  return plan;
}

/**
 * One map, a cell a pixel; the canvas is enlarged by its style.
 * @param {HTMLCanvasElement} canvas
 * @param {Numbers} map
 * @param {number} rows
 * @param {number} columns
 */
export function paintMap(canvas, map, rows, columns) {
  const [low, high] = ends(map);
  const { colours, scale, zero } = shading(low, high);
  paint(canvas, columns, rows, (pixels) => {
    for (let i = 0; i < map.length; i += 1) pixels[i] = colours[(zero + scale * map[i]) | 0];
  });
}

/**
 * A kernel: in colours where it sees an image, else a slice for each map that it sees.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {Float32Array} weights
 * @param {number} maps
 * @param {number} rows
 * @param {number} columns
 */
export function paintKernel(canvas, width, weights, maps, rows, columns) {
  const shape = [maps, rows, columns];
  const limit = limitOf(weights);
  if (maps === 3)
    paintCells(canvas, rows, columns, kernelColours({ shape, values: weights }, limit));
  else paintGrid(canvas, width, { data: weights, shape, low: -limit, high: limit });
}

/**
 * A box on the picture, told from any colour by its dark edge.
 * @param {HTMLCanvasElement} canvas
 * @param {{ left: number, top: number, right: number, bottom: number }} box
 * @param {number} side
 */
export function outline(canvas, box, side) {
  const context = contextOf(canvas);
  const width = Math.max(2, side / 100);
  for (const [colour, times] of /** @type {[string, number][]} */ ([
    ["#000", 2],
    ["#ffb38a", 1],
  ])) {
    context.strokeStyle = colour;
    context.lineWidth = times * width;
    context.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  }
}

/**
 * A frame around the chosen map.
 * @param {HTMLCanvasElement} canvas
 * @param {{ across: number, wide: number, high: number }} plan
 * @param {number} unit
 */
export function frameOf(canvas, { across, wide, high }, unit) {
  const context = contextOf(canvas);
  const [x, y] = [(unit % across) * wide, Math.floor(unit / across) * high];
  context.strokeStyle = "#e0662a";
  context.lineWidth = Math.max(2, wide / 16);
  context.strokeRect(x + 0.5, y + 0.5, wide - 2, high - 2);
}
