// A window, number by number: which have been looked at, and what the output would be so far.
import { button, controls } from "../_runtime/kit-controls.js";
import { element, short } from "../_runtime/kit-elements.js";
import { soFar } from "./core.js";

const BEAT_MS = 600; // a number
const ALL = Infinity; // nobody has begun: the window is shown as it ends

/**
 * Two buttons and a sentence. `values()` are the window's numbers, `onward()` moves to the next window
 * and tells whether there is one, `redraw()` shows what `looked()` says. Time passes only after a press,
 * and not at all where less motion is asked for: there each press takes a number.
 * @param {import("../_runtime/kit.js").View} view
 * @param {{ values: () => number[], kind: () => string, onward: () => boolean, redraw: () => void }} of
 */
export function stepping(view, { values, kind, onward, redraw }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let count = ALL;
  let where = "";
  let moved = false; // to the next window, by ourselves
  /** @type {(() => void) | null} */
  let stop = null;
  const said = element("p", { class: "al-w-pooling-said" });
  const halt = () => {
    stop?.();
    stop = null;
    play.textContent = "Play";
    return false;
  };
  const forward = () => {
    if (count >= values().length && count !== ALL) {
      if (!onward()) return halt();
      moved = true;
      return true; // what changed is drawn, and calls `settle`
    }
    count = count === ALL ? 1 : count + 1;
    redraw();
    return true;
  };
  const play = button(view, "Play", () => {
    if (stop) return halt();
    forward();
    if (calm.matches) return undefined;
    play.textContent = "Pause";
    stop = view.every(BEAT_MS, forward);
    return undefined;
  });
  const next = button(view, "Next number", () => {
    halt();
    forward();
  });

  /**
   * Tell which window is shown. Another one than before, unless we went there: it is shown as it ends.
   * @param {string} key
   */
  const settle = (key) => {
    if (key === where) return;
    where = key;
    count = moved ? 1 : ALL;
    if (!moved) halt();
    moved = false;
  };
  /** @param {number} unit */
  const tell = (unit) => {
    const all = values();
    const known = Math.min(count, all.length);
    const value = short(soFar(all, known, kind()).value * unit);
    const what = kind() === "max" ? "largest" : "mean";
    said.textContent =
      count === ALL
        ? `One number after the other: what becomes of the ${all.length} numbers?`
        : known < all.length
          ? `${known} of ${all.length}: the ${what} so far is ${value}.`
          : `The ${what} of ${all.length} is ${value}: the output.`;
    if (count !== ALL) view.announce(said.textContent);
  };
  return {
    element: element("div", {}, controls(play, next), said),
    looked: () => count,
    settle,
    tell,
  };
}

/**
 * The values of a window, row after row.
 * @param {FeatureMap} map
 * @param {number[]} window
 */
export function numbersIn({ columns, values }, [top, bottom, left, right]) {
  const found = [];
  for (let y = top; y <= bottom; y += 1)
    for (let x = left; x <= right; x += 1) found.push(values[y * columns + x]);
  return found;
}

/**
 * The values of the window, the winner set off: of those that have been looked at.
 * @param {FeatureMap} map
 * @param {number} unit
 * @param {number[]} window
 * @param {number} looked
 * @param {string} kind
 */
export function numbers(map, unit, window, looked, kind) {
  const values = numbersIn(map, window);
  const wide = window[3] - window[2] + 1;
  const known = Math.min(looked, values.length);
  const silent = kind === "max" && Math.max(...values) === 0; // nobody wins
  const best = silent ? -1 : soFar(values, known, kind).place;
  const cells = values.map((value, i) => {
    const text = short(value * unit, 2);
    const state = [
      i === best ? "al-w-pooling-won" : "",
      i >= known ? "al-w-pooling-ahead" : "",
      i === looked - 1 ? "al-w-pooling-now" : "",
    ];
    const inside = i === best ? element("strong", {}, text) : text;
    return element("td", { class: state.filter(Boolean).join(" ") || null }, inside);
  });
  const rows = [];
  for (let i = 0; i < cells.length; i += wide)
    rows.push(element("tr", {}, ...cells.slice(i, i + wide)));
  return element(
    "table",
    { class: "al-w-pooling-window" },
    element("caption", { class: "al-w-unseen" }, "The inputs of the window; the winner is set off"),
    element("tbody", {}, ...rows),
  );
}
