// What a view, or a part of one that is drawn anew, has begun: all of it ends in one place.

const FOCUSABLE = "button, input, select, textarea, a[href], [tabindex]";

/** Listeners, timers and observers on a model and a page, until `dispose`. */
export class Scope {
  /** @param {any} model */
  constructor(model) {
    this.model = model;
    /** @type {Set<() => void>} */
    this.endings = new Set();
  }

  /**
   * Call `end` when this goes; the function that is returned does so at once.
   * @param {() => void} end
   */
  ending(end) {
    const now = () => {
      if (this.endings.delete(now)) end();
    };
    this.endings.add(now);
    return now;
  }

  /** Listen to a DOM event until this goes. */
  listen(target, type, handler, options) {
    target.addEventListener(type, handler, options);
    this.ending(() => target.removeEventListener(type, handler, options));
  }

  /** Call `handler` when one of the traits changes, until this goes. */
  watch(keys, handler) {
    for (const key of keys) {
      this.model.on(`change:${key}`, handler);
      this.ending(() => this.model.off(`change:${key}`, handler));
    }
  }

  /** Call `draw` now, and once before the next paint after any of the traits changed. */
  drawOn(keys, draw) {
    const soon = this.soon(draw);
    this.watch(keys, soon);
    draw();
  }

  /** A function that calls `draw` once before the next paint, however often it is called. */
  soon(draw) {
    let waiting = 0;
    this.ending(() => cancelAnimationFrame(waiting));
    return () => {
      if (waiting) return;
      waiting = requestAnimationFrame(() => {
        waiting = 0;
        draw();
      });
    };
  }

  /** Call `step` every `interval_ms` until it returns false or what is returned is called. */
  every(interval_ms, step) {
    const timer = setInterval(() => step() === false && stop(), interval_ms);
    const stop = this.ending(() => clearInterval(timer));
    return stop;
  }

  get(key) {
    return this.model.get(key);
  }

  /** Change traits, here and (with a kernel) in Python. */
  set(changes) {
    for (const [key, value] of Object.entries(changes)) this.model.set(key, value);
    this.model.save_changes();
  }

  /** The ends or choices of a trait, as Python enforces them. */
  limits(key) {
    return this.model.get("limits")?.[key] ?? {};
  }

  /**
   * A function that fills `box` with what `make(part)` returns. `part` is a scope of its own: when the
   * box is filled again, what its old elements listened to ends. The control that has the focus keeps it.
   * @param {HTMLElement} box
   * @returns {(make: (part: Scope) => Node[]) => void}
   */
  filling(box) {
    let part = null;
    this.ending(() => part?.dispose());
    return (make) => {
      const old = [...box.querySelectorAll(FOCUSABLE)];
      const place = old.indexOf(focused(box));
      part?.dispose();
      part = new Scope(this.model);
      box.replaceChildren(...make(part));
      if (place < 0) return;
      const now = [...box.querySelectorAll(FOCUSABLE)];
      now[Math.min(place, now.length - 1)]?.focus({ preventScroll: true });
    };
  }

  /** End: no listener, timer or observer of this is left. */
  dispose() {
    for (const end of [...this.endings].reverse()) end();
  }
}

/** The element that has the focus, also in a shadow tree, as some notebooks make. */
function focused(box) {
  return box.getRootNode().activeElement ?? document.activeElement;
}

/**
 * Hide an element; were it or a part of it to lose the focus, `next` gets it.
 * @param {HTMLElement} element
 * @param {boolean} hidden
 * @param {HTMLElement} next
 */
export function hide(element, hidden, next) {
  const had = hidden && element.contains(focused(element));
  element.hidden = hidden;
  if (had) next.focus({ preventScroll: true });
}
