// What the reader expects of each side: a pen each, taken up by a button, before the race.
import { button } from "../_runtime/kit-controls.js";
import { element } from "../_runtime/kit-elements.js";
import { blank, pen } from "../_runtime/pen.js";
import { SIDES } from "./switches.js";

/**
 * The plot's box with its pens. `at` finds the place in the picture, `soon` draws anew.
 * @param {import("../_runtime/kit.js").View} view
 * @param {(event: MouseEvent) => { knot: number, share: number } | null} at
 * @param {() => void} soon
 */
export function penOf(view, at, soon) {
  const sketches = SIDES.map(blank);
  let side = -1; // whose pen is taken up
  const box = element("div", {
    class: "al-w-bench-plot",
    tabindex: 0,
    role: "application",
    "aria-label": "The curves. With a pen: left and right choose a place, up and down draw",
  });
  const pens = SIDES.map((name, i) => {
    const made = button(view, `Draw what you expect of ${name.toUpperCase()}`, () => {
      side = side === i ? -1 : i;
      pens.forEach((one, k) => one.setAttribute("aria-pressed", String(side === k)));
    });
    made.setAttribute("aria-pressed", "false");
    return made;
  });
  const rub = button(view, "Rub out", () => {
    for (const knots of sketches) knots.fill(null);
    soon();
  });
  pen({
    box,
    listen: (target, event, handle) => view.listen(target, /** @type {any} */ (event), handle),
    curve: () => (side < 0 ? null : sketches[side]),
    at,
    changed: soon,
    told: (words) => view.announce(words),
  });
  return { box, pens, rub, sketches };
}
