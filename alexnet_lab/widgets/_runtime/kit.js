// What every widget here needs of a page: elements, the frame of a view, controls that follow the
// model. Nothing has a fixed id: two views may share a page.
import { sentence } from "./fetching.js";
import { Scope, hide } from "./scope.js";
import { keepTogether, rewrite } from "./spacing.js";
import { refit } from "./state.js";

/** Values, or [value, words] pairs. @typedef {readonly unknown[]} Options */

/**
 * `to` makes the trait's value of the slider's place and `from` the other way round (for a scale of
 * powers); ends not given are the trait's own limits.
 * @typedef {object} SliderOptions
 * @property {string} key
 * @property {string} label
 * @property {number} [step]
 * @property {number} [min]
 * @property {number} [max]
 * @property {(value: any) => string | number} [format]
 * @property {(place: number) => any} [to]
 * @property {(value: any) => number} [from]
 */

const TOUCH =
  "On a touch screen: tap a picture first, then drag on it; tap beside it to scroll again.";
const FOCUSED = ["input", "select", "button", "textarea"];

/**
 * Make an element: `element("p", { class: "x" }, "text", child)`; null children are left out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  // JupyterLab takes arrow keys for shortcuts of its own, unless the focused element says no.
  if (FOCUSED.includes(tag) || "tabindex" in attributes) {
    made.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(made, attributes);
  made.append(...children.filter((child) => child != null));
  return made;
}

/** @param {HTMLElement | SVGElement} made @param {Record<string, unknown>} attributes */
function setAttributes(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    // By way of the object model: a content security policy may forbid the attribute.
    if (name === "style") made.style.cssText = String(value);
    else if (value === true) made.setAttribute(name, "");
    else if (value != null && value !== false) made.setAttribute(name, String(value));
  }
}

let serial = 0;
/** An id that no other view has, also where another widget brought its own copy of this file. */
export function freshId() {
  serial += 1;
  return `al-w-${serial}-${Math.random().toString(36).slice(2, 9)}`;
}

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

/** @param {any} value */
const same = (value) => value;

/**
 * A slider with its name and value.
 * @param {View} view
 * @param {SliderOptions} options
 */
export function slider(view, options) {
  const { key, label, step = 1, format = String, to = same, from = same } = options;
  const id = freshId();
  const value = element("span", { class: "al-w-value", "aria-hidden": "true" });
  const input = element("input", { type: "range", id });
  const sync = () => {
    const { min, max } = { ...view.limits(key), ...options };
    Object.assign(input, { min: from(min), max: from(max), step });
    input.value = from(view.get(key));
    const text = String(format(view.get(key)));
    value.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  view.listen(input, "input", () => view.set({ [key]: to(Number(input.value)) }));
  view.watch([key, "limits"], sync);
  sync();
  return element(
    "div",
    { class: "al-w-control al-w-slider", "data-trait": key },
    element("label", { for: id }, label),
    input,
    value,
  );
}

/**
 * A list to choose from; `options` are values or [value, words] pairs, or the trait's limits. Where
 * they depend on other traits, `options` is a function and `of` are the names of those.
 * @param {View} view
 * @param {{ key: string, label: string, options?: Options | (() => Options), of?: string[] }} options
 */
export function choice(view, { key, label, options, of = [] }) {
  const id = freshId();
  const list = element("select", { id });
  /** @type {[value: any, words: string][]} */
  let pairs = [];
  const sync = () => {
    list.value = String(pairs.findIndex(([value]) => value === view.get(key)));
  };
  const fill = () => {
    const given = typeof options === "function" ? options() : options;
    pairs = pairsOf(given ?? view.limits(key).values ?? []);
    list.replaceChildren(...pairs.map(([, words], i) => element("option", { value: i }, words)));
    sync();
  };
  fill();
  view.listen(list, "change", () => view.set({ [key]: pairs[Number(list.value)][0] }));
  view.watch([key], sync);
  view.watch(["limits", ...of], fill);
  return element(
    "div",
    { class: "al-w-control", "data-trait": key },
    element("label", { for: id }, label),
    list,
  );
}

/**
 * A few choices side by side, of which one holds: radio buttons that look like a switch.
 * @param {View} view
 * @param {{ key: string, label: string, options?: Options }} options
 */
export function toggles(view, { key, label, options }) {
  const group = freshId();
  const pairs = pairsOf(options ?? view.limits(key).values ?? []);
  const inputs = pairs.map(([value]) => {
    const input = element("input", { type: "radio", name: group, id: freshId() });
    view.listen(input, "change", () => view.set({ [key]: value }));
    return input;
  });
  const sync = () => {
    pairs.forEach(([value], i) => {
      inputs[i].checked = value === view.get(key);
    });
  };
  view.watch([key], sync);
  sync();
  const parts = pairs.flatMap(([, words], i) => [
    inputs[i],
    element("label", { for: inputs[i].id }, words),
  ]);
  return element(
    "fieldset",
    { class: "al-w-control al-w-toggles", "data-trait": key },
    element("legend", {}, label),
    element("div", {}, ...parts),
  );
}

/**
 * A box to tick.
 * @param {View} view
 * @param {{ key: string, label: string }} options
 */
export function tick(view, { key, label }) {
  const id = freshId();
  const input = element("input", { type: "checkbox", id });
  const sync = () => {
    input.checked = Boolean(view.get(key));
  };
  view.listen(input, "change", () => view.set({ [key]: input.checked }));
  view.watch([key], sync);
  sync();
  return element(
    "div",
    { class: "al-w-control al-w-tick", "data-trait": key },
    input,
    element("label", { for: id }, label),
  );
}

/**
 * A button that does something.
 * @param {import("./scope.js").Scope} view
 * @param {string} label
 * @param {(event: MouseEvent) => void} press
 */
export function button(view, label, press) {
  const made = element("button", { type: "button", class: "al-w-button" }, label);
  view.listen(made, "click", press);
  return made;
}

/**
 * A row of controls that wraps.
 * @param {...(Node | string | null | undefined)} children
 */
export function controls(...children) {
  return element("div", { class: "al-w-controls" }, ...children);
}

/** @param {Options} options @returns {[value: any, words: string][]} */
function pairsOf(options) {
  return options.map((option) =>
    Array.isArray(option) ? [option[0], option[1]] : [option, String(option)],
  );
}

/**
 * Keep a number between its ends; the least of them when it is none.
 * @param {number} value
 * @param {number} min
 * @param {number} max
 */
export function clamp(value, min, max) {
  return value >= min ? Math.min(value, max) : min;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Write a number short: three digits that count, a true minus, powers of ten as they are read.
 * @param {number} value
 * @param {number} [digits]
 */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e5) return sign + String(Number(size.toPrecision(digits)));
  const [factor, power] = size.toExponential(digits - 1).split("e");
  const raised = power
    .replace("+", "")
    .replace("-", "⁻")
    .replace(/\d/g, (d) => RAISED[Number(d)]);
  const times = Number(factor) === 1 ? "" : `${Number(factor)} × `;
  return `${sign}${times}10${raised}`;
}
