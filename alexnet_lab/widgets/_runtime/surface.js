// A picture on which a place is chosen: with the mouse or a pen at once; with a finger by a tap, and from
// then on by dragging. A finger that only wants to scroll the page moves nothing.

import { focused } from "./scope.js";

/**
 * Call `pick(event, begins)` when the pointer chooses a place; `begins` is true where a drag does.
 * @param {import("./kit.js").View} view
 * @param {HTMLElement} frame has the focus once it was tapped; kit.css lets a finger drag on it then
 * @param {(event: PointerEvent, begins: boolean) => void} pick
 * @param {HTMLElement | SVGElement} [target] what is pointed at, where it is not the whole frame
 */
export function choosing(view, frame, pick, target = frame) {
  frame.classList.add("al-w-surface");
  if (!frame.hasAttribute("tabindex")) frame.tabIndex = -1;
  view.onTouch();
  /** @type {number | null} */
  let held = null; // the pointer that drags
  let tapping = false; // a finger is down on a picture that was not tapped before
  const free = () => {
    held = null;
  };
  view.listen(target, "pointerdown", (event) => {
    tapping = event.pointerType === "touch" && frame !== focused(frame);
    if (event.button || tapping) return;
    held = event.pointerId;
    target.setPointerCapture(event.pointerId);
    pick(event, true);
  });
  view.listen(target, "pointermove", (event) => {
    if (event.pointerId === held) pick(event, false);
  });
  view.listen(target, "pointerup", free);
  view.listen(target, "pointercancel", free);
  view.listen(target, "click", (event) => {
    if (!tapping) return;
    tapping = false;
    frame.focus({ preventScroll: true });
    pick(/** @type {PointerEvent} */ (event), true);
  });
}
