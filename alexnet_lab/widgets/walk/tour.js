// The tour: a stop's text, a question that must be answered before going on, and the way through.
import { element } from "../_runtime/kit-elements.js";
import { pressable, pressing } from "./press.js";

/** @typedef {{ ask: string, choices: string[], right: number, why: string }} Question */
/** @typedef {{ at: [string, number, number, number], text: string, question: Question | null }} Stop */

/**
 * @param {import("../_runtime/kit.js").View} view
 * @param {Stop[]} stops
 * @param {(stop: number) => void} go
 */
export function makeTour(view, stops, go) {
  const box = element("section", { class: "al-w-walk-tour", "aria-label": "The tour" });
  /** @type {Map<number, number>} */
  const answered = new Map(); // stop -> choice
  const fill = view.filling(box);
  pressing(view, box);
  let now = 0;

  const open = (/** @type {number} */ stop) =>
    stops.slice(0, stop).every(({ question }, i) => !question || answered.has(i));

  /** @param {number} stop −1 where the reader has left the tour @param {number} last where they left it */
  function draw(stop, last) {
    now = stop < 0 ? last : stop;
    const { text, question } = stops[now];
    fill(() => {
      /** @param {string} words @param {string} label @param {number} to */
      const arrow = (words, label, to) => {
        const made = pressable(words, () => step(to));
        made.setAttribute("aria-label", label);
        made.setAttribute("aria-disabled", String(!stops[to] || !open(to)));
        return made;
      };
      const dots = stops.map((_, i) => {
        const made = pressable("", () => step(i));
        made.className = "al-w-walk-dot";
        made.setAttribute("aria-label", `stop ${i + 1}`);
        if (i === now) made.setAttribute("aria-current", "step");
        if (!open(i)) made.setAttribute("aria-disabled", "true");
        return made;
      });
      const next = arrow("Next", "next stop", now + 1);
      next.classList.add("al-w-walk-main");
      const back = stop < 0 ? [pressable("Back to the tour", () => go(now))] : [];
      return [
        element(
          "div",
          { class: "al-w-walk-way" },
          element("p", { class: "al-w-walk-stop" }, `Stop ${now + 1} of ${stops.length}`),
          arrow("‹", "previous stop", now - 1),
          next,
        ),
        element("p", {}, text),
        ...(question ? asking(question) : []),
        ...back,
        element("div", { class: "al-w-walk-dots" }, ...dots),
      ];
    });
  }

  /** @param {Question} question */
  function asking({ ask, choices, right, why }) {
    const given = answered.get(now);
    const mine = now;
    const buttons = choices.map((words, i) => {
      const made = pressable(words, () => {
        if (answered.has(mine)) return;
        answered.set(mine, i);
        draw(mine, mine);
        view.announce(`${i === right ? "Right." : "No."} ${why}`);
      });
      if (given !== undefined) {
        made.setAttribute("aria-disabled", "true");
        if (i === right) made.classList.add("al-w-walk-right");
        if (i === given && i !== right) made.classList.add("al-w-walk-wrong");
      }
      return made;
    });
    const told =
      given === undefined
        ? "Answer to go on."
        : `${given === right ? "Right." : `No: ${choices[right]}.`} ${why}`;
    return [
      element(
        "div",
        { class: "al-w-walk-ask", role: "group", "aria-label": ask },
        element("p", {}, ask),
        ...buttons,
      ),
      element("p", { class: "al-w-caption" }, told),
    ];
  }

  /** @param {number} to */
  function step(to) {
    if (stops[to] && open(to)) go(to);
  }

  // A finger goes on by a stroke to the left, back by one to the right.
  let start = NaN;
  view.listen(box, "pointerdown", (event) => {
    start = event.pointerType === "touch" ? event.clientX : NaN;
  });
  view.listen(box, "pointerup", (event) => {
    const by = event.clientX - start;
    start = NaN;
    if (Math.abs(by) > 50) step(now + (by < 0 ? 1 : -1));
  });

  return { box, draw };
}
