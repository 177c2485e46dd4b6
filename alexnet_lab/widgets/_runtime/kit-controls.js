// Controls that follow the model: a reader's change is set, and a change from anywhere is shown.
import { element, freshId } from "./kit-elements.js";

/** @typedef {import("./kit.js").View} View */
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
