// The two drawings of the dropout widget: outputs as bars, and a mean that settles.
import { chart } from "../_runtime/chart.js";
import { roomy, ticks } from "../_runtime/chart-core.js";

/** What each output gives: under the latest mask, on average, at the test. @typedef {{ one: Numbers, mean: Numbers, test: Numbers }} Latest */

/**
 * Bars of the mean over masks, an open circle for the latest mask, a diamond for the test.
 * @param {number} width
 * @param {string[]} names
 * @param {Latest} latest
 * @param {State} state
 */
export function bars(width, names, { one, mean, test }, { output, shown }) {
  const [row, left, right] = [21, Math.min(130, width * 0.36), 12];
  const values = [...one, ...mean, ...test, 0];
  const x = shown === "probabilities" ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const height = 24 + names.length * row;
  // Down the chart by outputs: the first is at the top.
  const made = chart({ width, height, margins: [20, right, 4, left], x, y: [names.length, 0] });
  names.forEach((name, k) => {
    const chosen = k === output ? " al-w-chosen" : "";
    const middle = made.y(k) + 9.5;
    made.text(name, left - 6, middle + 3.5, "end", `al-w-dropout-label${chosen}`);
    made.bar(`al-w-dropout-mean${chosen}`, [0, mean[k]], [k + 3 / row, k + 1 - 5 / row]);
    made.add("circle", { class: "al-w-dropout-one", cx: made.x(one[k]), cy: middle, r: 3.5 });
    made.add("path", { class: "al-w-dropout-test", d: diamond(made.x(test[k]), middle, 5) });
  });
  made.cursor(0, "al-w-axis");
  const key =
    width > 380 ? "bar: mean over masks · ○ latest mask · ◆ test" : "bar: mean · ○ latest · ◆ test";
  made.text(key, width > 380 ? left : 0, 11);
  return made.svg;
}

/** @param {number} x @param {number} y @param {number} r */
function diamond(x, y, r) {
  return `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`;
}

const MOST = 4096; // masks

/**
 * The running mean against the number of masks, with the test's value and where means must lie.
 * @param {number} width
 * @param {number[]} trail
 * @param {{ test: number, spread: number | null, centre: number | null, shown: string, name: string }} found
 */
export function convergence(width, trail, { test, spread, centre, shown, name }) {
  const [height, margins] = [170, [22, 10, 34, 46]];
  const [deviation, middle] = [spread ?? 0, centre ?? test];
  const reach = 2.2 * deviation;
  const all = [...(spread ? [middle - reach, middle + reach] : []), test, ...trail];
  const y = roomy(all, 0.06);
  const made = chart({ width, height, margins, x: [1, MOST], y, xSpacing: "log2" });
  if (spread) {
    const ends = Array.from({ length: 49 }, (_, i) => 2 ** (i / 4));
    const edge = (/** @type {number} */ sign) =>
      ends.map((n) => [n, middle + (sign * 2 * deviation) / Math.sqrt(n)]);
    made.add("path", {
      class: "al-w-dropout-band",
      d: `${made.path([...edge(1), ...edge(-1).reverse()])}Z`,
    });
  }
  made.rows(ticks(...y, 3));
  made.columns(width > 500 ? [1, 4, 16, 64, 256, 1024, MOST] : [1, 16, 256, MOST], String);
  // Every point of a short run, then fewer and fewer: no more than the eye can tell apart.
  let drawnTo = -1;
  const points = trail.flatMap((v, i) => {
    const place = made.x(i + 1);
    if (place - drawnTo < 0.7 && i < trail.length - 1) return [];
    drawnTo = place;
    return [[i + 1, v]];
  });
  const kind = shown === "probabilities" ? "probability" : "logit";
  const { x: left, width: wide } = made.frame;
  const below = made.y(test) < margins[0] + 18;
  made.line("al-w-dropout-goal", [left, made.y(test)], [left + wide, made.y(test)]);
  made.add("path", { class: "al-w-dropout-line", d: made.path(points) });
  made.add("circle", {
    class: "al-w-dropout-end",
    cx: made.x(trail.length),
    cy: made.y(trail[trail.length - 1]),
    r: 4,
  });
  made.text(
    width > 420
      ? `mean ${kind} of “${name}” against the number of masks`
      : `mean ${kind}, by number of masks`,
    left,
    12,
  );
  made.text("test", left + wide, made.y(test) + (below ? 14 : -5), "end", "al-w-dropout-goal-name");
  return made.svg;
}
