// The two drawings of the dropout widget: outputs as bars, and a mean that settles.
import { drawn, short } from "../_runtime/kit.js";

/** Bars of the mean over masks, an open circle for the latest mask, a diamond for the test. */
export function bars(width, names, { one, mean, test }, { output, shown }) {
  const [row, left, right] = [21, Math.min(130, width * 0.36), 12];
  const values = [...one, ...mean, ...test, 0];
  const [low, high] =
    shown === "probabilities" ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const x = (v) => left + ((v - low) / (high - low || 1)) * (width - left - right);
  const parts = [];
  names.forEach((name, k) => {
    const y = 20 + k * row;
    const chosen = k === output ? " al-w-chosen" : "";
    const [from, to] = [Math.min(x(0), x(mean[k])), Math.max(x(0), x(mean[k]))];
    parts.push(
      drawn("text", { class: `al-w-dropout-label${chosen}`, x: left - 6, y: y + 13, "text-anchor": "end" }, name),
      drawn("rect", { class: `al-w-dropout-mean${chosen}`, x: from, y: y + 3, width: to - from, height: row - 8 }),
      drawn("circle", { class: "al-w-dropout-one", cx: x(one[k]), cy: y + 9.5, r: 3.5 }),
      drawn("path", { class: "al-w-dropout-test", d: diamond(x(test[k]), y + 9.5, 5) }),
    );
  });
  parts.push(drawn("line", { class: "al-w-dropout-axis", x1: x(0), x2: x(0), y1: 18, y2: 22 + names.length * row }));
  const key = width > 380 ? "bar: mean over masks · ○ latest mask · ◆ test" : "bar: mean · ○ latest · ◆ test";
  parts.push(drawn("text", { x: width > 380 ? left : 0, y: 11 }, key));
  return drawn("svg", { width, height: 24 + names.length * row, "aria-hidden": "true" }, ...parts);
}

function diamond(x, y, r) {
  return `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`;
}

const MOST = 12; // powers of two on the axis: 4096 masks

/** The running mean against the number of masks, with the test's value and where means must lie. */
export function convergence(width, trail, { test, spread, centre, shown, name }) {
  const [height, left, right, top, bottom] = [170, 46, 10, 22, 34];
  const reach = spread ? 2.2 * spread : 0;
  const all = spread ? [centre - reach, centre + reach, test, ...trail] : [test, ...trail];
  let [low, high] = [Math.min(...all), Math.max(...all)];
  const room = (high - low) * 0.06 || 0.1;
  [low, high] = [low - room, high + room];
  const x = (n) => left + (Math.log2(n) / MOST) * (width - left - right);
  const y = (v) => top + ((high - v) / (high - low)) * (height - top - bottom);
  const parts = [];
  if (spread) {
    const ends = Array.from({ length: 49 }, (_, i) => 2 ** (i / 4));
    const edge = (sign) => ends.map((n) => `${x(n).toFixed(1)} ${y(centre + (sign * 2 * spread) / Math.sqrt(n)).toFixed(1)}`);
    parts.push(drawn("path", { class: "al-w-dropout-band", d: `M${[...edge(1), ...edge(-1).reverse()].join("L")}Z` }));
  }
  for (let power = 0; power <= MOST; power += width > 500 ? 2 : 4) {
    parts.push(
      drawn("line", { class: "al-w-dropout-axis", x1: x(2 ** power), x2: x(2 ** power), y1: height - bottom, y2: height - bottom + 4 }),
      drawn("text", { x: x(2 ** power), y: height - bottom + 17, "text-anchor": "middle" }, String(2 ** power)),
    );
  }
  for (const value of [low + room, (low + high) / 2, high - room]) {
    parts.push(drawn("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, short(value, 2)));
  }
  // Every point of a short run, then fewer and fewer: no more than the eye can tell apart.
  let drawnTo = -1;
  const points = trail.flatMap((v, i) => {
    const place = x(i + 1);
    if (place - drawnTo < 0.7 && i < trail.length - 1) return [];
    drawnTo = place;
    return [`${place.toFixed(1)} ${y(v).toFixed(1)}`];
  });
  const kind = shown === "probabilities" ? "probability" : "logit";
  parts.push(
    drawn("line", { class: "al-w-dropout-axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }),
    drawn("line", { class: "al-w-dropout-goal", x1: left, x2: width - right, y1: y(test), y2: y(test) }),
    drawn("path", { class: "al-w-dropout-line", d: `M${points.join("L")}` }),
    drawn("circle", { class: "al-w-dropout-end", cx: x(trail.length), cy: y(trail.at(-1)), r: 4 }),
    drawn("text", { x: left, y: 12 }, width > 420 ? `mean ${kind} of “${name}” against the number of masks` : `mean ${kind}, by number of masks`),
    drawn("text", { class: "al-w-dropout-goal-name", x: width - right, y: y(test) + (y(test) < top + 18 ? 14 : -5), "text-anchor": "end" }, "test"),
  );
  return drawn("svg", { width, height, "aria-hidden": "true" }, ...parts);
}
