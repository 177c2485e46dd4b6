// The pen with which a reader draws the curve that is expected, knot by knot: with the mouse, a finger,
// or the arrow keys. The training bench and the questions of the book have it.

export const KNOTS = 11;

/** No curve yet. @returns {(number | null)[]} */
export const blank = () => new Array(KNOTS).fill(null);

/**
 * @typedef {object} Paper
 * @property {HTMLElement} box  what is drawn on; it takes the focus
 * @property {(target: EventTarget, event: string, handle: (event: any) => void) => void} listen
 * @property {() => (number | null)[] | null} curve  what is drawn now, shares of the height by knot, which the pen changes; null where it rests
 * @property {(event: MouseEvent) => { knot: number, share: number } | null} at
 * @property {() => void} changed
 * @property {(words: string, knot: number, share: number) => void} told  what a key did
 */

/** Let the pen write. `cursor()` is the knot that the keys are at. @param {Paper} paper */
export function pen({ box, listen, curve, at, changed, told }) {
  let before = /** @type {{ knot: number, share: number } | null} */ (null); // while it is down
  let held = false;
  let cursor = 0;
  const drag = (/** @type {MouseEvent} */ event) => {
    const knots = curve();
    const now = knots && at(event);
    if (!knots || !now) return;
    event.preventDefault();
    // A quick pen leaps over knots: they lie on the line between.
    const from = before ?? now;
    const count = Math.abs(now.knot - from.knot);
    for (let i = 1; i < count; i += 1) {
      const knot = from.knot + i * Math.sign(now.knot - from.knot);
      knots[knot] = from.share + ((now.share - from.share) * i) / count;
    }
    knots[now.knot] = now.share;
    cursor = now.knot;
    before = now;
    changed();
  };
  const lift = () => {
    held = false;
    before = null;
  };
  listen(box, "pointerdown", (event) => {
    held = event.button === 0 && curve() !== null;
    if (held) drag(event);
  });
  listen(box, "pointermove", (event) => held && drag(event));
  listen(window, "pointerup", lift);
  listen(window, "pointercancel", lift);
  listen(box, "keydown", (event) => {
    const knots = curve();
    const across = { ArrowLeft: -1, ArrowRight: 1 }[/** @type {string} */ (event.key)] ?? 0;
    const up = { ArrowUp: 0.05, ArrowDown: -0.05 }[/** @type {string} */ (event.key)] ?? 0;
    if (!knots || (!across && !up)) return;
    event.preventDefault();
    cursor = Math.max(0, Math.min(KNOTS - 1, cursor + across));
    // A knot that is new begins where the one before it is.
    const was = knots[cursor] ?? knots[Math.max(0, cursor - 1)] ?? 0.9;
    const share = Math.max(0, Math.min(1, was + up));
    knots[cursor] = share;
    changed();
    told(
      `Place ${cursor + 1} of ${KNOTS}: ${Math.round(100 * share)} % of the height`,
      cursor,
      share,
    );
  });
  return { cursor: () => cursor };
}
