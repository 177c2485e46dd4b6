// Buttons that come and go with every step: one listener hears them all.
import { element } from "../_runtime/kit-elements.js";

/** @type {WeakMap<Element, () => void>} */
const acts = new WeakMap();

/**
 * A button; `act` is done where `pressing` listens.
 * @param {string} label
 * @param {() => void} act
 */
export function pressable(label, act) {
  const made = element("button", { type: "button", class: "al-w-button" }, label);
  acts.set(made, act);
  return made;
}

/**
 * Hear the buttons of a box.
 * @param {import("../_runtime/kit.js").View} view
 * @param {HTMLElement} box
 */
export function pressing(view, box) {
  view.listen(box, "click", (event) => {
    const made = /** @type {Element} */ (event.target).closest("button");
    if (made) acts.get(made)?.();
  });
}
