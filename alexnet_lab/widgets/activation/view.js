// Three nonlinearities: value, slope, saturation; and what many layers of one do.
import { chart } from "../_runtime/chart.js";
import { ticks } from "../_runtime/chart-core.js";
import { View } from "../_runtime/kit.js";
import { choice, controls, slider, toggles } from "../_runtime/kit-controls.js";
import { drawn, element, short } from "../_runtime/kit-elements.js";
import { BENDS, slope, stack, value } from "./core.js";
import { table } from "../_runtime/table.js";

/** @typedef {{ name: string, points: number[][] }} Line */
/** @typedef {{ x: [number, number], y: [number, number], mark?: number, of?: (bend: string, x: number) => number, powers?: boolean }} Layout */

/** @type {Record<string, string>} */
const NAMES = { relu: "ReLU", tanh: "tanh", sigmoid: "sigmoid" };
/** @type {[number, number]} */
const ENDS = [-6, 6];
const FLAT = 0.01;
const STACK = ["bend", "start", "depth", "gain", "seed"];
const WIDTH = 64;
const BATCH = 16;

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "activation",
    title: "Nonlinearities",
    hint:
      model.get("gain") === 1
        ? "Move x far from zero: which slopes vanish? Then make the stack deeper."
        : "Change “times”, the factor of the first weights: at which does the signal survive all layers?",
  });
  const curves = drawn("svg", { role: "img", "aria-label": "value of the three nonlinearities" });
  const slopes = drawn("svg", { role: "img", "aria-label": "slope of the three nonlinearities" });
  const values = element("div", { class: "al-w-scroll" });
  const signal = drawn("svg", {
    role: "img",
    "aria-label": "spread of the signal, layer by layer",
  });
  const gradient = drawn("svg", {
    role: "img",
    "aria-label": "spread of the gradient, layer by layer",
  });
  const words = element("p", { class: "al-w-activation-words" });
  const figure = (/** @type {SVGElement} */ svg, /** @type {string} */ caption) =>
    element("figure", {}, element("figcaption", {}, caption), svg);
  view.body.append(
    controls(slider(view, { key: "x", label: "x", step: 0.1, format: (v) => short(v) })),
    element(
      "div",
      { class: "al-w-activation-pair" },
      figure(curves, "value"),
      figure(slopes, "slope"),
    ),
    values,
    element("p", { class: "al-w-title" }, "A stack of layers, before any training"),
    controls(
      toggles(view, {
        key: "bend",
        label: "nonlinearity",
        options: BENDS.map((b) => [b, NAMES[b]]),
      }),
      choice(view, {
        key: "start",
        label: "first weights",
        options: [
          ["he", "variance 2/n (He)"],
          ["xavier", "variance 1/n (Xavier)"],
          ["fixed", "spread 0.01 (2012)"],
        ],
      }),
      slider(view, { key: "gain", label: "times", step: 0.1, format: (v) => `× ${short(v)}` }),
      slider(view, { key: "depth", label: "layers" }),
      slider(view, { key: "seed", label: "seed" }),
    ),
    element(
      "div",
      { class: "al-w-activation-pair" },
      figure(signal, "signal forward: spread of what leaves each layer"),
      figure(gradient, "gradient backward: spread at each layer's sums"),
    ),
    words,
  );

  let width = 0;
  const drawCurves = () => {
    if (!width) return;
    const x = view.get("x");
    const lines = (/** @type {(bend: string, x: number) => number} */ of) =>
      BENDS.map((bend) => {
        const points = Array.from({ length: 121 }, (_, i) => ENDS[0] + i / 10);
        return { name: bend, points: points.map((p) => [p, of(bend, p)]) };
      });
    plot(curves, width, lines(value), { x: ENDS, y: [-1.2, 3], mark: x, of: value });
    plot(slopes, width, lines(slope), { x: ENDS, y: [-0.05, 1.1], mark: x, of: slope });
    const rows = BENDS.map((bend) => {
      const steep = slope(bend, x);
      return [
        NAMES[bend],
        short(value(bend, x)),
        short(steep),
        steep < FLAT ? "saturated" : "learns",
      ];
    });
    values.replaceChildren(table({ heads: ["at x", "value", "slope", "slope below 0.01?"], rows }));
    view.announce(rows.map((row) => row.join(", ")).join("; "));
  };

  const drawStack = () => {
    if (!width) return;
    const options = view.values(STACK);
    const found = stack({ ...options, width: WIDTH, batch: BATCH });
    const { forward, backward, flat } = found;
    const depth = options.depth;
    const log = (/** @type {number[]} */ values, /** @type {number} */ from) =>
      values.map((v, i) => [from + i, Math.log10(Math.max(v, 1e-30))]);
    for (const { svg, points } of [
      { svg: signal, points: log(forward, 0) },
      { svg: gradient, points: log(backward, 1) },
    ]) {
      plot(svg, width, [{ name: options.bend, points }], {
        x: [0, depth],
        y: decades(points),
        powers: true,
      });
    }
    const mean = flat.reduce((sum, part) => sum + part, 0) / flat.length;
    words.textContent =
      `After ${depth} layers the signal's spread is ${short(forward[depth], 2)} (1 went in). Of the gradient ` +
      `at layer ${depth}, a share of ${short(backward[0] / backward[depth - 1], 2)} is left at layer 1. ` +
      `Slopes below 0.01: ${short(100 * mean, 2)} % of all.`;
    view.announce(words.textContent);
  };

  view.drawOn(["x"], drawCurves);
  view.drawOn(STACK, drawStack);
  view.onWidth((now) => {
    width = now < 520 ? now : Math.floor((now - 20) / 2);
    drawCurves();
    drawStack();
  });
  return () => view.dispose();
}

/**
 * Whole decades around the values; a few at least, so that a level line looks level.
 * @param {number[][]} points
 * @returns {[number, number]}
 */
function decades(points) {
  const values = points.map(([, y]) => y);
  return [Math.floor(Math.min(...values, -1)), Math.ceil(Math.max(...values, 0.5))];
}

/**
 * @param {SVGSVGElement} svg
 * @param {number} width
 * @param {Line[]} lines
 * @param {Layout} layout
 */
function plot(svg, width, lines, { x, y, mark, of, powers = false }) {
  const made = chart({ width, height: 170, margins: [8, 8, 22, 44], x, y });
  const { x: left, y: top, height } = made.frame;
  if (powers) made.rows(ticks(...y).filter(Number.isInteger), (power) => short(10 ** power));
  else made.rows(ticks(...y, 4));
  made.text(short(x[0]), left, top + height + 16);
  made.text(short(x[1]), width - 8, top + height + 16, "end");
  for (const { name, points } of lines) {
    // A line that leaves the picture ends there: bent along its edge it would look saturated.
    const inside = points.filter(([, py]) => py >= y[0] && py <= y[1]);
    made.add("path", { class: `al-w-line al-w-${name}`, d: made.path(inside) });
  }
  if (mark !== undefined && of) {
    made.cursor(mark, "al-w-here");
    lines.forEach(({ name }, i) => {
      const value = of(name, mark);
      const dot = { cx: made.x(mark), cy: made.y(value), r: 4.5 };
      if (value <= y[1]) made.add("circle", { class: `al-w-dot al-w-${name}`, ...dot });
      // Names in a corner that no line crosses; the lines differ in their dashes as well.
      made.text(NAMES[name], left + 8, top + 12 + 15 * i, "start", `al-w-name al-w-${name}`);
    });
  }
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", "170");
  svg.replaceChildren(...made.svg.childNodes);
}

export default { render };
