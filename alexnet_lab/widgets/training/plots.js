// The plot of the training widget: a line for each seed, the mean, the interval, a cursor.
import { clamp, drawn, freshId, short } from "../_runtime/kit.js";
import { extent, logTicks, ticks } from "./core.js";

const HIGH = 250;
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 24, 36];

/** `time`: its word, and how much of it lies between two values. */
export function plot(width, shown, { column, epoch, logarithmic, interval }, name, longest, marks, time) {
  const svg = drawn("svg", { width, height: HIGH, "aria-hidden": "true", "data-longest": longest });
  if (!shown.length) return svg;
  let [low, high] = extent(shown.flatMap(({ part }) => part), column);
  const powers = logarithmic && low > 0;
  const to = powers ? Math.log10 : (v) => v;
  const room = (to(high) - to(low)) * 0.05 || Math.abs(to(high)) * 0.05 || 1;
  [low, high] = [to(low) - room, to(high) + room];
  const x = (n) => LEFT + ((n - 1) / Math.max(1, longest - 1)) * (width - LEFT - RIGHT);
  const y = (v) => TOP + ((high - to(v)) / (high - low)) * (HIGH - TOP - BOTTOM);
  const id = freshId();
  const inside = drawn("g", { "clip-path": `url(#${id})` });
  const frame = { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: HIGH - TOP - BOTTOM };
  svg.append(drawn("clipPath", { id }, drawn("rect", frame)));

  const values = powers ? logTicks(10 ** low, 10 ** high) : ticks(low, high, 5);
  for (const v of values) {
    svg.append(
      drawn("line", { class: "al-w-training-grid", x1: LEFT, x2: width - RIGHT, y1: y(v), y2: y(v) }),
      drawn("text", { x: LEFT - 7, y: y(v) + 4, "text-anchor": "end" }, short(v)),
    );
  }
  for (const n of ticks(1, longest, width < 420 ? 4 : 8).filter(Number.isInteger)) {
    svg.append(
      drawn("line", { class: "al-w-training-axis", x1: x(n), x2: x(n), y1: HIGH - BOTTOM, y2: HIGH - BOTTOM + 4 }),
      drawn("text", { x: x(n), y: HIGH - BOTTOM + 17, "text-anchor": "middle" }, String(n * time.every)),
    );
  }
  svg.append(
    drawn("text", { x: LEFT, y: 13 }, name),
    drawn("text", { x: width - RIGHT, y: HIGH - 4, "text-anchor": "end" }, time.word),
    drawn("line", { class: "al-w-training-axis", x1: LEFT, x2: width - RIGHT, y1: HIGH - BOTTOM, y2: HIGH - BOTTOM }),
    inside,
  );
  // The floor of a logarithmic scale: an interval may reach below 0.
  const safe = (v) => (powers ? y(Math.max(v, 1e-12)) : y(v));
  const path = (pairs) => `M${pairs.map(([n, v]) => `${x(n).toFixed(1)} ${safe(v).toFixed(1)}`).join("L")}`;
  for (const { part, points, place } of shown) {
    const colour = `al-w-training-c${place}`;
    const band = points.filter((point) => point.low !== null);
    if (interval && band.length > 1) {
      const edge = [...band.map((p) => [p.epoch, p.high]), ...band.map((p) => [p.epoch, p.low]).reverse()];
      inside.append(drawn("path", { class: `al-w-training-band ${colour}`, d: `${path(edge)}Z` }));
    }
    if (part.length > 1) {
      for (const run of part) {
        const pairs = run.columns[column].map((v, i) => [i + 1, v]);
        inside.append(drawn("path", { class: `al-w-training-seed ${colour}`, d: path(pairs) }));
      }
    }
    // Where a seed ends early the mean is of fewer runs: it may jump, and the line breaks there.
    const groups = [];
    points.forEach((point, i) => {
      if (i === 0 || point.n !== points[i - 1].n) groups.push([]);
      groups.at(-1).push([point.epoch, point.mean]);
    });
    for (const pairs of groups) {
      inside.append(drawn("path", { class: `al-w-training-mean ${colour}`, d: path(pairs) }));
    }
    const here = points[epoch - 1];
    if (here) inside.append(drawn("circle", { class: `al-w-training-dot ${colour}`, cx: x(epoch), cy: safe(here.mean), r: 4 }));
  }
  for (const n of marks) {
    svg.append(drawn("path", { class: "al-w-training-mark", d: `M${x(n)} ${HIGH - BOTTOM}l-3.500 7h7z` }));
  }
  svg.append(drawn("line", { class: "al-w-training-cursor", x1: x(epoch), x2: x(epoch), y1: TOP, y2: HIGH - BOTTOM }));
  return svg;
}

/** The epoch at a place of the page. */
export function epochAt(svg, clientX, { min = 1, max = 1 }) {
  const box = svg.getBoundingClientRect();
  const share = (clientX - box.left - LEFT) / Math.max(1, box.width - LEFT - RIGHT);
  return clamp(Math.round(1 + share * (max - 1)), min, max);
}
