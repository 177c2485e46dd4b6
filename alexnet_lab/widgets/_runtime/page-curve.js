// Paper for a drawn answer, in a page of the book: a chart, the reader's curve on it, and ours once it is
// asked for. `quiz.js` in the page has the question; this comes when a reader comes near.
import { chart } from "./chart.js";
import { ticks } from "./chart-core.js";
import { atPlaces, judge } from "./curve-core.js";
import { drawn, element, short } from "./kit-elements.js";
import { KNOTS, blank, pen } from "./pen.js";

const HEIGHT = 250;
const MARGINS = [26, 14, 38, 50];
const BESIDE = "al-quiz__beside";

/**
 * A recorded curve: the mean of its runs, and the least and the greatest of them.
 * @typedef {{ label: string, mean: number[], low: number[], high: number[] }} Recorded
 * @typedef {{ title: string, top: number, longest: number, ours: Recorded, beside?: Recorded, names: string[] }} About
 */

/**
 * Put paper into a box. `curve()` are the knots, null where nothing is drawn; `put` draws them.
 * @param {HTMLElement} box
 * @param {About} about
 * @param {(words: string) => void} say
 */
function paper(box, { title, top, longest, ours, beside, names }, say) {
  let knots = blank();
  let shown = false;
  let width = 0;
  /** @type {ReturnType<typeof chart> | null} */
  let made = null;
  const isShare = top === 1;
  const value = (/** @type {number} */ v) => (isShare ? `${Math.round(100 * v)} %` : short(v));
  const frame = element("div", {
    class: "al-quiz__paper",
    tabindex: 0,
    role: "application",
    "aria-label": `${title}. Left and right choose an epoch, up and down draw`,
  });
  box.append(frame);

  const epoch = (/** @type {number} */ knot) => 1 + (knot * (longest - 1)) / (KNOTS - 1);

  /** @param {string} name @param {Recorded} recorded */
  function line(name, { label, mean, low, high }) {
    if (!made) return;
    const points = (/** @type {number[]} */ v) => v.map((y, i) => [i + 1, Math.min(y, top)]);
    const edge = [...points(high), ...points(low).reverse()];
    made.add("path", { class: `al-quiz__band ${name}`, d: `${made.path(edge)}Z` });
    made.add("path", { class: `al-quiz__line-of ${name}`, d: made.path(points(mean)) });
    // The one beside is named above the chart, where no curve is; ours at its end.
    const last = mean.length - 1;
    if (name === BESIDE) made.text(`- - ${label}`, width - MARGINS[1], 14, "end", name);
    else made.text("ours", made.x(last + 1), made.y(Math.min(mean[last], top)) + 20, "end", name);
  }

  function draw() {
    if (!width) return;
    made = chart({ width, height: HEIGHT, margins: MARGINS, x: [1, longest], y: [0, top] });
    made.rows(ticks(0, top), value);
    made.columns([
      1,
      ...ticks(1, longest, width < 420 ? 4 : 8).filter((v) => v > 1 && v % 1 === 0),
    ]);
    made.text(title, MARGINS[3], 14);
    made.text("epochs", width - MARGINS[1], HEIGHT - 4, "end");
    if (beside) line(BESIDE, beside);
    if (shown) line("al-quiz__ours", ours);
    const known = knots.flatMap((v, k) => (v === null ? [] : [[epoch(k), v * top]]));
    if (known.length) {
      made.add("path", { class: "al-quiz__line-of al-quiz__yours", d: made.path(known) });
      const [x, y] = [epoch(writing.cursor()), (knots[writing.cursor()] ?? 0) * top];
      made.add("circle", { class: "al-quiz__yours", cx: made.x(x), cy: made.y(y), r: 5 });
    }
    frame.replaceChildren(made.svg);
  }

  const writing = pen({
    box: frame,
    listen: (target, event, handle) => target.addEventListener(event, handle),
    curve: () => knots,
    at(event) {
      if (!made) return null;
      const bounds = made.svg.getBoundingClientRect();
      const inside = (/** @type {number} */ v) => Math.max(0, Math.min(1, v));
      const x = made.x.back(event.clientX - bounds.left);
      const y = made.y.back(event.clientY - bounds.top);
      const knot = Math.round(inside((x - 1) / (longest - 1)) * (KNOTS - 1));
      return { knot, share: inside(y / top) };
    },
    changed: draw,
    told: (_, knot, share) => say(`Epoch ${Math.round(epoch(knot))}: ${value(share * top)}`),
  });
  new ResizeObserver(() => {
    width = Math.max(0, Math.min(box.clientWidth - 2, 640)); // without its border
    draw();
  }).observe(box);

  return {
    curve: () => [...knots],
    /** @param {(number | null)[]} given */
    put(given) {
      knots = given.length === KNOTS ? [...given] : blank();
      shown = false;
      draw();
    },
    /** Lay ours over it and judge, as far as ours goes; null while a part is not drawn. */
    compare() {
      const shares = (/** @type {Recorded} */ { mean }) =>
        atPlaces(mean, KNOTS, longest).map((v) => v / top);
      const mine = shares(ours);
      const yours = knots.slice(0, mine.length);
      if (yours.includes(null)) return null;
      shown = true;
      draw();
      const all = /** @type {number[]} */ (yours);
      const other = beside && shares(beside).slice(0, mine.length);
      const found = judge(all, mine, { names, beside: other });
      return { ...found, words: value(Math.abs(found.above) * top) };
    },
  };
}

export default { paper };
