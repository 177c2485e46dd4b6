// The frame of a view: what every widget here needs of a page. Nothing has a fixed id: two views may
// share a page.
import { sentence } from "./fetching.js";
import { button } from "./kit-controls.js";
import { element, freshId } from "./kit-elements.js";
import { Scope, hide } from "./scope.js";
import { keepTogether, rewrite } from "./spacing.js";
import { refit } from "./state.js";

const TOUCH =
  "On a touch screen: tap a picture first, then drag on it; tap beside it to scroll again.";

/** One view of a widget: its frame in the page, and all that must end when it goes. */
export class View extends Scope {
  /**
   * `title` names the group for screen readers; `hint` says in a sentence what to try; `fits` are the
   * ends that hang on other traits.
   * @param {{ model: any, el: HTMLElement, name: string, title: string, hint?: string,
   *   fits?: import("./state.js").Fits }} options
   */
  constructor({ model, el, name, title, hint, fits }) {
    super(model);
    const id = freshId();
    this.body = element("div", { class: "al-w-body" });
    this.touch = element("p", { class: "al-w-hint al-w-touch", hidden: true }, TOUCH);
    /** @type {(() => void) | null} */
    this.again = null;
    this.told = element("span", {});
    this.retry = button(this, "Try again", () => this.again?.());
    this.problem = element(
      "p",
      { class: "al-w-problem", role: "alert", hidden: true },
      this.told,
      " ",
      this.retry,
    );
    this.live = element("p", { class: "al-w-unseen", role: "status" });
    this.root = element(
      "div",
      { class: `al-w al-w-${name}`, role: "group", "aria-labelledby": id, tabindex: -1 },
      element("p", { class: "al-w-title", id }, title),
      hint ? element("p", { class: "al-w-hint" }, hint) : null,
      this.touch,
      this.problem,
      this.body,
      this.live,
    );
    el.append(this.root);
    this.ending(() => this.root.remove());
    this.ending(() => clearTimeout(this.speaking));
    keepTogether(this, this.root);
    if (!fits) return;
    this.watch(fits.of, () => this.fit(fits));
    this.fit(fits);
  }

  /**
   * Say in a sentence what is wrong; nothing, when nothing is. Where it may go better at another time,
   * `again` is what a button beside it does.
   * @param {unknown} [problem]
   * @param {(() => void) | null} [again]
   */
  say(problem, again = null) {
    this.again = again;
    rewrite(this.told, problem ? sentence(problem) : "");
    hide(this.retry, !again, this.root);
    hide(this.problem, !problem, this.root);
  }

  /** Say how a finger drags: shown where fingers point. */
  onTouch() {
    this.touch.hidden = false;
  }

  /**
   * Tell screen readers, when the reader pauses: a slider makes many values a second.
   * @param {string} text
   */
  announce(text) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      this.live.textContent = text;
    }, 400);
  }

  /**
   * Call `handler` with the width of the body in CSS pixels, now and when it changes.
   * @param {(width: number) => void} handler
   */
  onWidth(handler) {
    let last = 0;
    const look = () => {
      const width = Math.floor(this.body.clientWidth);
      if (width && width !== last) handler((last = width));
    };
    const observer = new ResizeObserver(look);
    observer.observe(this.body);
    this.ending(() => observer.disconnect());
    look();
  }

  /**
   * Call `draw` with the width of the body in CSS pixels: now, when it changes, and once before the next
   * paint after any of the traits changed.
   * @param {readonly string[]} keys
   * @param {(width: number) => void} draw
   */
  drawWide(keys, draw) {
    let width = 0;
    const now = () => {
      if (width) draw(width);
    };
    this.watch(keys, this.soon(now));
    this.onWidth((next) => {
      width = next;
      now();
    });
  }

  /**
   * Bring values back that other traits no longer allow, before anything is drawn of them. Whoever
   * changed those saves; a view that only opens writes no address.
   * @param {import("./state.js").Fits} fits
   */
  fit(fits) {
    const changes = refit((key) => this.get(key), fits);
    for (const [key, value] of Object.entries(changes)) this.model.set(key, value);
  }
}
