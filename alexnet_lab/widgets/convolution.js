// A window slides over an image: what it sees, times the weights, added up, is one number.
import { View, button, choice, clamp, controls, element, short, slider, tick } from "./kit.js";
import { cellAt, paintCells, paintValues } from "./kit-canvas.js";
import { colourOf, inkOn, limitOf } from "./palette-core.js";
import { unpack } from "./data-core.js";
import {
  convolve,
  formula,
  outputSize,
  overChannels,
  preset,
  problem,
  unit,
} from "./convolution-core.js";

const GEOMETRY = ["stride", "dilation", "pads"];
const INPUTS = ["image", "kernels", "kernel", "size", ...GEOMETRY];
const NUMBERS = 25; // cells of a window whose numbers are written out

const both = (values) => (new Set(values).size === 1 ? String(values[0]) : values.join(", "));

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
  const sum = element("p", { class: "al-w-convolution-sum" });
  const size = element("p", { class: "al-w-convolution-size" });
  const play = button(view, "Play", () => toggle());
  const sizeSlider = slider(view, { key: "size", label: "kernel size" });

  // The arrays are unpacked, and the whole map is computed, only when what they hang on changes.
  let pixels;
  let kernel;
  let bias;
  let wrong;
  let map;
  const compute = () => {
    pixels = unpack(view.get("image"));
    const own = view.get("kernels").find((each) => each.name === view.get("kernel"));
    kernel = own
      ? unpack(own.weight)
      : preset(view.get("kernel"), clamp(view.get("size"), 1, 11), pixels.shape[0]);
    bias = own ? own.bias : 0;
    sizeSlider.hidden = Boolean(own);
    wrong = problem(pixels, kernel, geometry());
    map = wrong ? null : convolve(pixels, kernel, geometry(), bias);
  };
  const geometry = () => Object.fromEntries(GEOMETRY.map((key) => [key, view.get(key)]));
  const place = () => {
    const [rows, columns] = map.shape;
    return [clamp(view.get("row"), 0, rows - 1), clamp(view.get("column"), 0, columns - 1)];
  };
  const go = (row, column) => {
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
      (name, axis) => `${name} ${formula(pixels.shape.slice(1), kernel.shape.slice(1), geometry(), axis)}`,
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
    const one = (values) => {
      if (channel >= 0) return values.slice(channel * high * wide, (channel + 1) * high * wide);
      return overChannels(values, kernel.shape);
    };
    const together = channel < 0 && channels > 1 ? `, added over ${channels} channels` : "";
    const look = channel < 0 && channels === 3;
    fill(seen, high, wide, one(found.seen), look ? pictureOf(pixels, -1, found.seen, high * wide) : null);
    fill(weights, high, wide, one(kernel.values), look ? kernelPicture(kernel) : null);
    fill(products, high, wide, one(found.products), null);
    seen.name.textContent = `the window${look ? "" : together}`;
    weights.name.textContent = `× weights${look ? "" : together}`;
    products.name.textContent = `= products${together}`;

    const [rows, columns] = map.shape;
    const last = view.get("whole") ? rows * columns : row * columns + column + 1;
    const end = limitOf(map.values);
    paintCells(output.canvas, rows, columns, (i) => (i < last ? colourOf(map.values[i], end) : null));
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

  const canvases = element("div", { class: "al-w-convolution-pair" }, image.figure, output.figure);
  const panels = element(
    "div",
    { class: "al-w-convolution-panels" },
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
        ? slider(view, { key: "channel", label: "channel", format: (c) => (c < 0 ? "all" : String(c)) })
        : null,
    ),
    canvases,
    controls(play, button(view, "Back to the start", () => go(0, 0)), tick(view, { key: "whole", label: "show the whole output" })),
    panels,
    sum,
    size,
  );

  // ---- moving: arrow keys, pointer, play
  const keys = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const press = (event) => {
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
  dragging(view, image.frame, (event) => {
    if (wrong) return;
    const [y, x] = cellAt(image.canvas, event, image.canvas.height, image.canvas.width);
    const { stride, dilation } = geometry();
    const half = [0, 1].map((axis) => (dilation[axis] * (kernel.shape[1 + axis] - 1)) / 2);
    go(Math.max(0, Math.round((y - 0.5 - half[0]) / stride[0])), Math.max(0, Math.round((x - 0.5 - half[1]) / stride[1])));
  });
  dragging(view, output.frame, (event) => {
    if (!wrong) go(...cellAt(output.canvas, event, ...map.shape));
  });

  const calm = matchMedia("(prefers-reduced-motion: reduce)");
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
      view.set({ row: Math.floor(Math.min(next, end) / width), column: Math.min(next, end) % width });
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
  view.watch(["channel"], view.soon(() => !wrong && (drawImage(), drawUnit())));
  view.watch(["row", "column", "whole"], view.soon(drawUnit));
  return () => view.dispose();
}

/** A canvas that can be focused, with a mark on it and its name below. */
function surface(label) {
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

function panel(words) {
  const box = element("div", { class: "al-w-convolution-cells", "aria-hidden": "true" });
  const name = element("figcaption", {}, words);
  return { box, name, figure: element("figure", {}, box, name) };
}

/** Fill a panel: cells with their numbers where they are few, else a picture. */
function fill({ box }, rows, columns, values, picture) {
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

/** Colours of an image, or of a window out of it on the same scale: colour(i) of place i. */
function pictureOf({ shape, values }, channel, window = values, count = shape[1] * shape[2]) {
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
  const value = (i) => {
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

/** A kernel over red, green and blue as a picture: zero is middle grey. */
function kernelPicture({ shape, values }) {
  const count = shape[1] * shape[2];
  const limit = limitOf(values);
  return (i) => [0, 1, 2].map((c) => 127.5 + (127.5 * values[c * count + i]) / limit);
}

function put(mark, parts) {
  const [top, left, height, width] = parts.map((part) => `${100 * part}%`);
  Object.assign(mark.style, { top, left, height, width });
}

/** A slider that sets all entries of a list alike. */
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

/** Call `handler` while the pointer is down on an element. */
function dragging(view, target, handler) {
  view.listen(target, "pointerdown", (event) => {
    target.setPointerCapture(event.pointerId);
    handler(event);
  });
  view.listen(target, "pointermove", (event) => {
    if (target.hasPointerCapture(event.pointerId)) handler(event);
  });
}

export default { render };
