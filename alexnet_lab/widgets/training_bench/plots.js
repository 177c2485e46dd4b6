// The bench's pictures: curves over what was expected and what was recorded, kernels, patches.
import { chart } from "../_runtime/chart.js";
import { ticks } from "../_runtime/chart-core.js";
import { drawn } from "../_runtime/kit-elements.js";
import { contextOf } from "../_runtime/kit-canvas.js";
import { KNOTS } from "../_runtime/pen.js";
import { cells, sized } from "../_runtime/raster.js";
import { LOOK_EVERY, medianInterval } from "./core.js";

const HEIGHT = 260;
const MARGINS = [22, 14, 36, 48];
const TITLES = /** @type {Record<string, string>} */ ({
  train_error: "training error",
  val_error: "validation error",
  loss: "training loss",
});

/** @param {string} column */
export const titleOf = (column) => TITLES[column];

/**
 * The curves. `sketches` are what the reader expects: shares of the height, 0 to 1, or null.
 * @param {number} width
 * @param {{ column: string, steps: number, curves: import("./race.js").Curve[], recorded: any[][],
 *   sketches: (number | null)[][] }} given
 */
export function curves(width, { column, steps, curves: now, recorded, sketches }) {
  const all = [...now, ...recorded.flat()].flatMap((curve) => curve[column] ?? []);
  const highest = column === "loss" ? Math.max(3, ...all.filter((v) => v !== null && v < 20)) : 1;
  const made = chart({
    width,
    height: HEIGHT,
    margins: MARGINS,
    x: [0, steps],
    y: [0, highest],
  });
  made.rows(ticks(0, highest), column === "loss" ? undefined : (v) => `${Math.round(100 * v)} %`);
  made.columns(ticks(0, steps, width < 420 ? 4 : 8));
  made.text(titleOf(column), MARGINS[3], 13);
  made.text("steps", width - MARGINS[1], HEIGHT - 4, "end");
  /** @param {(number | null)[]} values */
  const points = (values) =>
    values.flatMap((v, i) => (v === null ? [] : [[(i + 1) * LOOK_EVERY, Math.min(v, highest)]]));
  recorded.forEach((runs, side) => {
    const middle = Array.from({ length: steps / LOOK_EVERY }, (_, i) =>
      medianInterval(runs.map((run) => run[column][i] ?? highest)),
    );
    const at = (/** @type {number} */ i) => (i + 1) * LOOK_EVERY;
    const band = middle.flatMap(({ low, high }, i) =>
      low === null || high === null ? [] : [{ x: at(i), low, high }],
    );
    if (band.length > 1) {
      const edge = [
        ...band.map((p) => [p.x, Math.min(p.high, highest)]),
        ...band.map((p) => [p.x, Math.min(p.low, highest)]).reverse(),
      ];
      made.add("path", { class: `al-w-bench-band al-w-bench-${side}`, d: `${made.path(edge)}Z` });
    }
    if (runs.length) {
      const line = made.path(middle.map(({ median }, i) => [at(i), Math.min(median, highest)]));
      made.add("path", { class: `al-w-bench-recorded al-w-bench-${side}`, d: line });
    }
  });
  sketches.forEach((knots, side) => {
    const known = knots.flatMap((v, i) =>
      v === null ? [] : [[(i * steps) / (KNOTS - 1), v * highest]],
    );
    if (known.length > 1)
      made.add("path", { class: `al-w-bench-sketch al-w-bench-${side}`, d: made.path(known) });
  });
  now.forEach((curve, side) => {
    const found = points(/** @type {any} */ (curve)[column]);
    if (!found.length) return;
    made.add("path", { class: `al-w-bench-line al-w-bench-${side}`, d: made.path(found) });
    const [x, y] = found[found.length - 1];
    made.add("circle", { class: `al-w-bench-${side}`, cx: made.x(x), cy: made.y(y), r: 3.5 });
    made.svg.append(drawn("text", { x: made.x(x) + 6, y: made.y(y) + 4 }, side ? "B" : "A"));
  });
  return {
    svg: made.svg,
    /** The knot and the share of the height at a place in the picture. @param {MouseEvent} event */
    at(event) {
      const bounds = made.svg.getBoundingClientRect();
      const step = made.x.back(((event.clientX - bounds.left) * width) / bounds.width);
      const value = made.y.back(((event.clientY - bounds.top) * HEIGHT) / bounds.height) / highest;
      const inside = (/** @type {number} */ v) => Math.max(0, Math.min(1, v));
      return { knot: Math.round(inside(step / steps) * (KNOTS - 1)), share: inside(value) };
    },
  };
}

/**
 * A layer's kernels side by side, each by its own greatest weight.
 * @param {HTMLCanvasElement} canvas
 * @param {{ data: Numbers, shape: number[] }} kernels
 * @param {number} width
 */
export function kernels(canvas, { data, shape }, width) {
  const [count, , high, wide] = shape;
  const across = Math.min(count, 16);
  const side = Math.max(12, Math.min(30, Math.floor(width / across)));
  const context = sized(canvas, across * side, Math.ceil(count / across) * side);
  const plane = high * wide;
  for (let k = 0; k < count; k += 1) {
    const from = k * 3 * plane;
    let top = 1e-12;
    for (let i = 0; i < 3 * plane; i += 1) top = Math.max(top, Math.abs(data[from + i]));
    const byte = (/** @type {number} */ v) => Math.round(127.5 + (127.5 * v) / top);
    const tile = cells(high, wide, (i) => [0, 1, 2].map((c) => byte(data[from + c * plane + i])));
    context.drawImage(tile, (k % across) * side, Math.floor(k / across) * side, side - 2, side - 2);
  }
}

/** A patch of 32 × 32 pixels: RGBA, `place` of them before it. @param {ArrayLike<number>} shown @param {number} place */
export function patch(shown, place) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 32, height: 32 });
  const pixels = new Uint8ClampedArray(4096);
  for (let i = 0; i < 4096; i += 1) pixels[i] = shown[4096 * place + i];
  contextOf(canvas).putImageData(new ImageData(pixels, 32), 0, 0);
  return canvas;
}
