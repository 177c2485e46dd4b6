// What a view, or a part of one that is drawn anew, has begun: all of it ends in one place.

const FOCUSABLE = "button, input, select, textarea, a[href], [tabindex]";

/** @typedef {HTMLElementEventMap & DocumentEventMap & WindowEventMap} Events */

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

  /**
   * Listen to a DOM event until this goes.
   * @template {keyof Events} T
   * @param {EventTarget} target
   * @param {T} type
   * @param {(event: Events[T]) => void} handler
   * @param {AddEventListenerOptions} [options]
   */
  listen(target, type, handler, options) {
    const heard = /** @type {(event: any) => void} */ (handler);
    target.addEventListener(type, heard, options);
    this.ending(() => target.removeEventListener(type, heard, options));
  }

  /**
   * Call `handler` when one of the traits changes, until this goes.
   * @param {readonly string[]} keys
   * @param {() => void} handler
   */
  watch(keys, handler) {
    for (const key of keys) {
      this.model.on(`change:${key}`, handler);
      this.ending(() => this.model.off(`change:${key}`, handler));
    }
  }

  /**
   * Call `draw` now, and once before the next paint after any of the traits changed.
   * @param {string[]} keys
   * @param {() => void} draw
   */
  drawOn(keys, draw) {
    const soon = this.soon(draw);
    this.watch(keys, soon);
    draw();
  }

  /**
   * A function that calls `draw` once before the next paint, however often it is called.
   * @param {() => void} draw
   */
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

  /**
   * Call `step` every `interval_ms` until it returns false or what is returned is called.
   * @param {number} interval_ms
   * @param {() => unknown} step
   */
  every(interval_ms, step) {
    const timer = setInterval(() => step() === false && stop(), interval_ms);
    const stop = this.ending(() => clearInterval(timer));
    return stop;
  }

  /** @param {string} key @returns {any} */
  get(key) {
    return this.model.get(key);
  }

  /**
   * The values of several traits, by name.
   * @param {readonly string[]} keys
   * @returns {State}
   */
  values(keys) {
    return Object.fromEntries(keys.map((key) => [key, this.get(key)]));
  }

  /**
   * Change traits, here and (with a kernel) in Python.
   * @param {Record<string, unknown>} changes
   */
  set(changes) {
    for (const [key, value] of Object.entries(changes)) this.model.set(key, value);
    this.model.save_changes();
  }

  /**
   * The ends or choices of a trait, as Python enforces them.
   * @param {string} key
   * @returns {import("./state.js").Ends}
   */
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
    /** @type {Scope | null} */
    let part = null;
    this.ending(() => part?.dispose());
    return (make) => {
      const controls = () => /** @type {HTMLElement[]} */ ([...box.querySelectorAll(FOCUSABLE)]);
      const place = controls().findIndex((one) => one === focused(box));
      part?.dispose();
      part = new Scope(this.model);
      box.replaceChildren(...make(part));
      if (place < 0) return;
      const now = controls();
      const next = now[Math.min(place, now.length - 1)] ?? box.closest(".al-w");
      /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
    };
  }

  /** End: no listener, timer or observer of this is left. */
  dispose() {
    for (const end of [...this.endings].reverse()) end();
  }
}

/**
 * The element that has the focus, also in a shadow tree, as some notebooks make.
 * @param {Element} box
 * @returns {Element | null}
 */
export function focused(box) {
  const root = /** @type {Document | ShadowRoot} */ (box.getRootNode());
  return root.activeElement ?? document.activeElement;
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
