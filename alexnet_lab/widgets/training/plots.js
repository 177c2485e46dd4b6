// The plot of the training widget: a line for each seed, the mean, the interval, a cursor.
import { chart } from "../_runtime/chart.js";
import { logTicks, roomy, scaleOf, ticks } from "../_runtime/chart-core.js";
import { clamp, drawn, freshId } from "../_runtime/kit-elements.js";
import { extent } from "./core.js";

/** @import { Run } from "./core.js" */
/** A mean over seeds, with its interval. @typedef {{ epoch: number, n: number, mean: number, low: number | null, high: number | null }} Point */
/** An arm that is drawn. @typedef {{ arm: string, part: Run[], place: number, title: string, points: Point[] }} Shown */
/** What lies along the axis. @typedef {{ word: string, every: number }} Time */

const HEIGHT = 250;
const MARGINS = [24, 12, 36, 52];
const FLOOR = HEIGHT - MARGINS[2];

/**
 * `time`: its word, and how much of it lies between two values.
 * @param {number} width
 * @param {Shown[]} shown
 * @param {State} state
 * @param {string} name
 * @param {number} longest
 * @param {number[]} marks
 * @param {Time} time
 */
export function plot(
  width,
  shown,
  { column, epoch, logarithmic, interval },
  name,
  longest,
  marks,
  time,
) {
  const all = shown.length
    ? extent(
        shown.flatMap(({ part }) => part),
        column,
      )
    : [0, 1];
  const spacing = logarithmic && all[0] > 0 ? "log10" : "linear";
  const y = roomy(all, 0.05, spacing);
  const layout = { width, height: HEIGHT, margins: MARGINS, x: [1, Math.max(2, longest)], y };
  const made = chart({ ...layout, ySpacing: spacing });
  made.svg.setAttribute("data-longest", String(longest));
  if (!shown.length) return made.svg;
  made.rows(spacing === "log10" ? logTicks(...y) : ticks(...y));
  const steps = ticks(1, longest, width < 420 ? 4 : 8).filter(Number.isInteger);
  made.columns(steps, (n) => String(n * time.every));
  made.text(name, MARGINS[3], 13);
  made.text(time.word, width - MARGINS[1], HEIGHT - 4, "end");

  const id = freshId();
  made.add("clipPath", { id }, drawn("rect", made.frame));
  const inside = made.add("g", { "clip-path": `url(#${id})` });
  // An interval may reach below 0, where a logarithmic scale has no place.
  const safe = (/** @type {number} */ v) => (spacing === "log10" ? Math.max(v, 1e-12) : v);
  const path = (/** @type {number[][]} */ pairs) => made.path(pairs.map(([n, v]) => [n, safe(v)]));
  for (const { part, points, place } of shown) {
    const colour = `al-w-training-c${place}`;
    const band = points.flatMap(({ epoch: at, low, high }) =>
      low === null || high === null ? [] : [{ at, low, high }],
    );
    if (interval && band.length > 1) {
      const edge = [
        ...band.map((p) => [p.at, p.high]),
        ...band.map((p) => [p.at, p.low]).reverse(),
      ];
      inside.append(drawn("path", { class: `al-w-training-band ${colour}`, d: `${path(edge)}Z` }));
    }
    if (part.length > 1) {
      for (const run of part) {
        const pairs = run.columns[column].map((v, i) => [i + 1, v]);
        inside.append(drawn("path", { class: `al-w-training-seed ${colour}`, d: path(pairs) }));
      }
    }
    const means = points.map((point) => [point.epoch, point.mean]);
    inside.append(drawn("path", { class: `al-w-training-mean ${colour}`, d: path(means) }));
    const here = points[epoch - 1];
    if (!here) continue;
    const dot = { cx: made.x(epoch), cy: made.y(safe(here.mean)), r: 4 };
    inside.append(drawn("circle", { class: `al-w-training-dot ${colour}`, ...dot }));
  }
  for (const n of marks) {
    made.add("path", { class: "al-w-training-mark", d: `M${made.x(n)} ${FLOOR}l-3.500 7h7z` });
  }
  made.cursor(epoch, "al-w-training-cursor");
  return made.svg;
}

/**
 * The epoch at a place of the page.
 * @param {Element} svg
 * @param {number} clientX
 * @param {import("../_runtime/state.js").Ends} ends
 */
export function epochAt(svg, clientX, { min = 1, max = 1 }) {
  const box = svg.getBoundingClientRect();
  const x = scaleOf([1, Math.max(2, max)], [MARGINS[3], box.width - MARGINS[1]]);
  return clamp(Math.round(x.back(clientX - box.left)), min, max);
}
