// A window slides over an image: what it sees, times the weights, added up, is one number.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, tick } from "../_runtime/kit-controls.js";
import { clamp, element, short } from "../_runtime/kit-elements.js";
import { cellAt, paintCells } from "../_runtime/kit-canvas.js";
import { colourOf, limitOf } from "../_runtime/palette-core.js";
import { unpackArray } from "../_runtime/data-core.js";
import { choosing } from "../_runtime/surface.js";
import { fill, kernelPicture, panel, pictureOf, put, surface } from "./panels.js";
import { cellParts, convolve, formula, overChannels, preset, problem, unit } from "./core.js";

const GEOMETRY = ["stride", "dilation", "pads"];
const INPUTS = ["image", "kernels", "kernel", "size", ...GEOMETRY];

/** @param {number[]} values */
const both = (values) => (new Set(values).size === 1 ? String(values[0]) : values.join(", "));

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "convolution",
    title: "Convolution",
    hint: "Move the window: drag it, or use the arrow keys. Each place becomes one number of the output.",
  });
  const image = surface("the image; arrow keys move the window");
  const output = surface("the output; arrow keys choose a unit");
  const seen = panel("the window");
  const weights = panel("× weights");
  const products = panel("= products");
  const numbers = element("p", { class: "al-w-convolution-cell" });
  const sum = element("p", { class: "al-w-convolution-sum" });
  const size = element("p", { class: "al-w-convolution-size" });
  const play = button(view, "Play", () => toggle());
  const sizeSlider = slider(view, { key: "size", label: "kernel size" });

  // The arrays are unpacked, and the whole map is computed, only when what they hang on changes.
  /** @type {NumberArray} */
  let pixels;
  /** @type {NumberArray} */
  let kernel;
  let bias = 0;
  /** @type {string | null} */
  let wrong;
  /** @type {ReturnType<typeof convolve>} */
  let map; // of the last sizes that fit
  const compute = () => {
    pixels = unpackArray(view.get("image"));
    const own = view
      .get("kernels")
      .find((/** @type {{ name: string }} */ each) => each.name === view.get("kernel"));
    kernel = own
      ? unpackArray(own.weight)
      : preset(view.get("kernel"), clamp(view.get("size"), 1, 11), pixels.shape[0]);
    bias = own ? own.bias : 0;
    sizeSlider.hidden = Boolean(own);
    wrong = problem(pixels, kernel, geometry());
    if (!wrong) map = convolve(pixels, kernel, geometry(), bias);
  };
  const geometry = () => view.values(GEOMETRY);
  const place = () => {
    const [rows, columns] = map.shape;
    return [clamp(view.get("row"), 0, rows - 1), clamp(view.get("column"), 0, columns - 1)];
  };
  const go = (/** @type {number} */ row, /** @type {number} */ column) => {
    const [rows, columns] = map.shape;
    view.set({
      row: clamp(Math.floor(row), 0, rows - 1),
      column: clamp(Math.floor(column), 0, columns - 1),
    });
  };

  const drawAll = () => {
    compute();
    view.say(wrong);
    view.body.classList.toggle("al-w-convolution-idle", Boolean(wrong));
    if (wrong) return;
    drawImage();
    drawUnit();
    const words = ["rows", "columns"].map(
      (name, axis) =>
        `${name} ${formula(pixels.shape.slice(1), kernel.shape.slice(1), geometry(), axis)}`,
    );
    size.textContent = `Size of the output: ${words.join("; ")}.`;
  };

  const drawImage = () => {
    const [channels, height, width] = pixels.shape;
    const [top, left, bottom, right] = view.get("pads");
    const colour = pictureOf(pixels, view.get("channel"));
    const wide = width + left + right;
    paintCells(image.canvas, height + top + bottom, wide, (i) => {
      const y = Math.floor(i / wide) - top;
      const x = (i % wide) - left;
      if (y >= 0 && y < height && x >= 0 && x < width) return colour(y * width + x);
      return (x + y) % 2 ? [150, 150, 150] : [185, 185, 185]; // padding: chequered
    });
    image.name.textContent = `image: ${channels} × ${height} × ${width}${
      top + left + bottom + right ? ", with padding" : ""
    }`;
  };

  const drawUnit = () => {
    if (wrong) return;
    const [row, column] = place();
    const [channels, high, wide] = kernel.shape;
    const { stride, dilation } = geometry();
    const found = unit(pixels, kernel, geometry(), row, column);
    const [height, width] = [image.canvas.height, image.canvas.width];
    put(image.mark, [
      (row * stride[0]) / height,
      (column * stride[1]) / width,
      (dilation[0] * (high - 1) + 1) / height,
      (dilation[1] * (wide - 1) + 1) / width,
    ]);
    const channel = view.get("channel");
    const one = (/** @type {Float32Array} */ values) => {
      if (channel >= 0) return values.slice(channel * high * wide, (channel + 1) * high * wide);
      return overChannels(values, kernel.shape);
    };
    const together = channel < 0 && channels > 1 ? `, added over ${channels} channels` : "";
    const look = channel < 0 && channels === 3;
    fill(
      seen,
      high,
      wide,
      one(found.seen),
      look ? pictureOf(pixels, -1, found.seen, high * wide) : null,
    );
    fill(weights, high, wide, one(kernel.values), look ? kernelPicture(kernel) : null);
    fill(products, high, wide, one(found.products), null);
    unitNow = found;
    drawCell();
    seen.name.textContent = `the window${look ? "" : together}`;
    weights.name.textContent = `× weights${look ? "" : together}`;
    products.name.textContent = `= products${together}`;

    const [rows, columns] = map.shape;
    const last = view.get("whole") ? rows * columns : row * columns + column + 1;
    const end = limitOf(map.values);
    paintCells(output.canvas, rows, columns, (i) =>
      i < last ? colourOf(map.values[i], end) : null,
    );
    put(output.mark, [row / rows, column / columns, 1 / rows, 1 / columns]);
    output.name.textContent = `output: ${rows} × ${columns}, from −${short(end)} (blue) to ${short(end)} (red)`;

    const value = map.values[row * columns + column];
    const added = bias ? ` + bias ${short(bias)} = ${short(value)}` : "";
    const count = channels * high * wide;
    sum.textContent =
      `Row ${row}, column ${column}: the sum of ${count} products is ${short(found.sum)}${added}; ` +
      `after ReLU ${short(Math.max(value, 0))}.`;
    view.announce(sum.textContent);
  };

  // One cell of the window, under the pointer or chosen by keys: its numbers in words.
  /** @type {ReturnType<typeof unit>} */
  let unitNow;
  /** @type {number[] | null} */
  let cell = null; // [row, column] inside the window
  const drawCell = () => {
    const [, high, wide] = kernel.shape;
    if (cell) cell = [clamp(cell[0], 0, high - 1), clamp(cell[1], 0, wide - 1)];
    for (const { mark } of [seen, weights, products]) {
      mark.hidden = !cell;
      if (cell) put(mark, [cell[0] / high, cell[1] / wide, 1 / high, 1 / wide]);
    }
    numbers.textContent = cell
      ? cellWords(cellParts(unitNow, kernel, cell[0], cell[1]), cell, view.get("channel"))
      : "Point at a cell of the window, or press an arrow key in it, for its numbers.";
  };

  const canvases = element("div", { class: "al-w-convolution-pair" }, image.figure, output.figure);
  const panels = element(
    "div",
    {
      class: "al-w-convolution-panels",
      tabindex: 0,
      role: "application",
      "aria-label": "the window, its weights and their products; arrow keys choose a cell",
    },
    seen.figure,
    weights.figure,
    products.figure,
  );
  const channels = () => view.get("image").shape[0];
  view.body.append(
    controls(
      choice(view, { key: "kernel", label: "kernel" }),
      sizeSlider,
      evenly(view, "stride", "stride", 1, 8),
      evenly(view, "pads", "padding", 0, 8),
      channels() > 1
        ? slider(view, {
            key: "channel",
            label: "channel",
            format: (c) => (c < 0 ? "all" : String(c)),
          })
        : null,
    ),
    canvases,
    controls(
      play,
      button(view, "Back to the start", () => go(0, 0)),
      tick(view, { key: "whole", label: "show the whole output" }),
    ),
    panels,
    numbers,
    sum,
    size,
  );

  // ---- moving: arrow keys, pointer, play
  /** @type {Record<string, number[]>} */
  const keys = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (wrong || !(event.key in keys || ["Home", "End"].includes(event.key))) return;
    event.preventDefault();
    const [row, column] = place();
    if (event.key === "Home") return go(event.ctrlKey ? 0 : row, 0);
    if (event.key === "End") return go(event.ctrlKey ? Infinity : row, map.shape[1] - 1);
    const far = event.shiftKey ? 5 : 1;
    go(row + far * keys[event.key][0], column + far * keys[event.key][1]);
  };
  view.listen(image.frame, "keydown", press);
  view.listen(output.frame, "keydown", press);
  choosing(view, image.frame, (event) => {
    if (wrong) return;
    const [y, x] = cellAt(image.canvas, event, image.canvas.height, image.canvas.width);
    const { stride, dilation } = geometry();
    const half = [0, 1].map((axis) => (dilation[axis] * (kernel.shape[1 + axis] - 1)) / 2);
    go(
      Math.max(0, Math.round((y - 0.5 - half[0]) / stride[0])),
      Math.max(0, Math.round((x - 0.5 - half[1]) / stride[1])),
    );
  });
  choosing(view, output.frame, (event) => {
    if (!wrong) go(...cellAt(output.canvas, event, map.shape[0], map.shape[1]));
  });

  view.listen(panels, "keydown", (event) => {
    if (wrong || !(event.key in keys)) return;
    event.preventDefault();
    cell = cell ? cell.map((at, axis) => at + keys[event.key][axis]) : [0, 0];
    drawCell();
    view.announce(numbers.textContent);
  });
  for (const each of [seen, weights, products]) {
    const point = (/** @type {MouseEvent} */ event) => {
      if (wrong) return;
      cell = cellAt(each.frame, event, kernel.shape[1], kernel.shape[2]).map(Math.floor);
      drawCell();
    };
    view.listen(each.frame, "pointermove", point);
    view.listen(each.frame, "click", point);
  }

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {(() => void) | null} */
  let stop = null;
  const toggle = () => {
    if (stop) return halt();
    if (wrong) return;
    const [rows, columns] = map.shape;
    const [row, column] = place();
    const from = row * columns + column >= rows * columns - 1 ? 0 : row * columns + column;
    view.set({ whole: false, row: Math.floor(from / columns), column: from % columns });
    // Whatever the size, about half a minute from the first unit to the last.
    const [interval_ms, steps] = calm.matches ? [400, 80] : [60, 500];
    play.textContent = "Pause";
    stop = view.every(interval_ms, () => {
      if (wrong) return halt();
      const [height, width] = map.shape;
      const [i, j] = place();
      const next = i * width + j + Math.max(1, Math.round((height * width) / steps));
      const end = height * width - 1;
      view.set({
        row: Math.floor(Math.min(next, end) / width),
        column: Math.min(next, end) % width,
      });
      return next >= end ? halt() : true;
    });
  };
  const halt = () => {
    stop?.();
    stop = null;
    play.textContent = "Play";
    return false;
  };

  view.drawOn(INPUTS, drawAll);
  view.watch(
    ["channel"],
    view.soon(() => !wrong && (drawImage(), drawUnit())),
  );
  view.watch(["row", "column", "whole"], view.soon(drawUnit));
  return () => view.dispose();
}

/**
 * What a cell of the window brings, channel by channel where they are few, as words.
 * @param {ReturnType<typeof cellParts>} parts
 * @param {number[]} cell
 * @param {number} channel
 */
function cellWords(parts, [row, column], channel) {
  const place = `Cell (${row}, ${column}) of the window: `;
  const told = (/** @type {ReturnType<typeof cellParts>[0]} */ { seen, weight, product }) =>
    `${short(seen)} × ${short(weight)} = ${short(product)}`;
  if (parts.length === 1) return `${place}${told(parts[0])}.`;
  const name = (/** @type {number} */ c) =>
    parts.length === 3 ? ["red", "green", "blue"][c] : `channel ${c}`;
  if (channel >= 0) return `${place}${name(channel)} ${told(parts[channel])}.`;
  const sum = short(parts.reduce((total, { product }) => total + product, 0));
  if (parts.length <= 4) {
    return `${place}${parts.map((part, c) => `${name(c)} ${told(part)}`).join("; ")}; together ${sum}.`;
  }
  const most = parts.reduce(
    (best, { product }, c) => (Math.abs(product) > Math.abs(parts[best].product) ? c : best),
    0,
  );
  return `${place}${parts.length} products, together ${sum}; the largest is ${name(most)}’s, ${told(parts[most])}.`;
}

/**
 * A slider that sets all entries of a list alike.
 * @param {View} view
 * @param {string} key
 * @param {string} label
 * @param {number} min
 * @param {number} most
 */
function evenly(view, key, label, min, most) {
  return slider(view, {
    key,
    label,
    min,
    get max() {
      return Math.max(most, ...view.get(key));
    },
    to: (number) => view.get(key).map(() => number),
    from: (values) => (Array.isArray(values) ? values[0] : values),
    format: both,
  });
}

export default { render };
