// A chart: two scales, an SVG that grows, axes with round numbers. What is drawn is up to the widget.
import { drawn, short } from "./kit-elements.js";
import { scaleOf } from "./chart-core.js";

/**
 * @typedef {object} Layout
 * @property {number} width  in CSS pixels, as the rest
 * @property {number} height
 * @property {number[]} margins  top, right, bottom, left
 * @property {number[]} x  the values at the left and right end
 * @property {number[]} y  the values at the bottom and the top
 * @property {"linear" | "log2" | "log10"} [xSpacing]
 * @property {"linear" | "log2" | "log10"} [ySpacing]
 */

/**
 * An empty chart. `x(value)` and `y(value)` are pixels, `x.back(pixel)` a value.
 * @param {Layout} layout
 */
export function chart({ width, height, margins, x: across, y: up, xSpacing, ySpacing }) {
  const [top, right, bottom, left] = margins;
  const [end, floor] = [width - right, height - bottom];
  const x = scaleOf(across, [left, end], xSpacing);
  const y = scaleOf(up, [floor, top], ySpacing);
  const svg = drawn("svg", { width, height, "aria-hidden": "true" });

  /** Add an element; returns it. @type {typeof drawn} */
  const add = (tag, attributes, ...children) => {
    const made = drawn(tag, attributes, ...children);
    svg.append(made);
    return made;
  };
  /** @param {string | null} style @param {number[]} from @param {number[]} to */
  const line = (style, [x1, y1], [x2, y2]) => add("line", { class: style, x1, y1, x2, y2 });
  /** @param {string} words @param {number} at @param {number} row @param {string} [anchor] @param {string | null} [style] */
  const text = (words, at, row, anchor = "start", style = null) =>
    add("text", { class: style, x: at, y: row, "text-anchor": anchor }, words);

  return {
    svg,
    x,
    y,
    add,
    line,
    text,
    frame: { x: left, y: top, width: end - left, height: floor - top },
    /** Numbers at the left, each with a line through the chart. @param {number[]} values */
    rows(values, format = short) {
      for (const value of values) {
        line("al-w-gridline", [left, y(value)], [end, y(value)]);
        text(format(value), left - 6, y(value) + 4, "end");
      }
    },
    /** The axis at the bottom, with numbers below it. @param {number[]} values */
    columns(values, format = short) {
      line("al-w-axis", [left, floor], [end, floor]);
      for (const value of values) {
        line("al-w-axis", [x(value), floor], [x(value), floor + 4]);
        text(format(value), x(value), floor + 17, "middle");
      }
    },
    /** A line from the bottom to the top. @param {number} value @param {string} style */
    cursor: (value, style) => line(style, [x(value), floor], [x(value), top]),
    /** The `d` of a path through points [x, y], all values. @param {number[][]} points */
    path: (points) =>
      `M${points.map(([a, b]) => `${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("L")}`,
    /** A bar between two values of x and two of y. @param {string} style @param {number[]} xs @param {number[]} ys */
    bar(style, xs, ys) {
      const [from, to] = xs.map(x).sort((a, b) => a - b);
      const [high, low] = ys.map(y).sort((a, b) => a - b);
      return add("rect", { class: style, x: from, y: high, width: to - from, height: low - high });
    },
  };
}
