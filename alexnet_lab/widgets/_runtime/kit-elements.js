// Elements of a page, ids that nobody else has, and numbers as they are written.

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
