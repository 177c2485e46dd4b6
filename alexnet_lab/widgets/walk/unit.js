// One unit, opened: what goes in, what comes out, in numbers; each term is a door to the unit it comes from.
import { element, short } from "../_runtime/kit-elements.js";
import { pressable } from "./press.js";
import { barsOf, nameOf, signed, thumbnail } from "./numbers.js";

/** @import { At, Report, Stage, Term } from "./core.js" */
/**
 * @typedef {object} About
 * @property {Stage[]} stages
 * @property {string[]} classes
 * @property {(at: At) => void} open
 * @property {(to: At, from: At) => string | null} edge the edge between two units, where it can be cut
 * @property {(part: string) => void} toggle
 * @property {string} off
 */

/**
 * The terms of a unit and what they make.
 * @param {Report} found
 * @param {About} about
 * @returns {Node[]}
 */
export function unitNodes(found, about) {
  const kinds = { conv: sum, fc: sum, lrn, pool, softmax, image, affine, scale };
  const make = kinds[/** @type {keyof typeof kinds} */ (found.kind)] ?? single;
  return make(found, about);
}

/**
 * The consumers of a unit.
 * @param {Report} found
 * @param {About} about
 * @returns {Node[]}
 */
export function listenerNodes({ listeners }, about) {
  if (!listeners.length) return [line("Nothing reads it: it is an output of the network.")];
  const bar = barsOf(listeners.map((one) => one.part));
  const weighted = listeners[0].weight !== null;
  const rows = listeners.map(({ at, part: share, weight }) =>
    row(
      door(at, about),
      element("span", { class: "al-w-walk-factor" }, weight === null ? "" : `× ${short(weight)}`),
      bar(share),
      number(signed(share)),
    ),
  );
  const head = weighted
    ? "Where it goes: its value times the weight with which each unit reads it."
    : "Where it goes: the units of the next stage that read it.";
  return [line(head), list(rows, "Who listens")];
}

/** @param {Report} found @param {About} about */
function sum(found, about) {
  const { terms, rest, bias = 0, value, size } = found;
  const bar = barsOf(terms.map((term) => term.part));
  const rows = terms.map((term) => {
    const words = nameOf(term.at, about.classes, about.stages);
    const from = term.at[0] === "image" ? "diverging" : "sequential";
    const factors = size
      ? [
          thumbnail(term.window ?? [], size, from, `its window of ${words}`),
          times(),
          thumbnail(term.kernel ?? [], size, "diverging", "its kernel"),
        ]
      : [
          element("span", { class: "al-w-walk-factor" }, short(term.input ?? 0)),
          times(),
          element("span", { class: "al-w-walk-factor" }, short(term.weight ?? 0)),
        ];
    const made = row(
      door(term.at, about),
      element("span", { class: "al-w-walk-factors" }, ...factors),
      bar(term.part),
      number(signed(term.part)),
      cut(found.at, term, about),
    );
    return made;
  });
  const others = rest?.count
    ? `${rest.count.toLocaleString("en-US")} others ${signed(rest.part)}`
    : "";
  const shown = terms.reduce((all, term) => all + term.part, 0);
  const pieces = [`these ${terms.length} ${signed(shown)}`, others, `bias ${signed(bias)}`];
  return [list(rows, "What it adds up"), total(pieces.filter(Boolean).join(" · "), value)];
}

/** @param {Report} found @param {About} about */
function softmax({ terms, rest, value, at }, about) {
  const bar = barsOf(terms.map((term) => term.part));
  const rows = terms.map((term) =>
    row(
      door(term.at, about),
      element("span", { class: "al-w-walk-factor" }, `exp ${short(term.input ?? 0)}`),
      bar(term.part),
      number(percent(term.part)),
    ),
  );
  const others = rest?.count
    ? `${rest.count.toLocaleString("en-US")} others ${percent(rest.part)} · `
    : "";
  return [
    list(rows, "Logits and probabilities"),
    total(
      `${others}exp(logit) of ${about.classes[at[1]]}, divided by the sum over all classes`,
      value,
      percent(value),
    ),
  ];
}

/** @param {Report} found @param {About} about */
function lrn({ terms, own, k = 0, beta = 0, before = 0, divisor = 1, value }, about) {
  const bar = barsOf(terms.map((term) => term.part));
  const rows = terms.map((term) =>
    row(
      door(term.at, about, term.at[1] === own?.[1] ? " (its own)" : ""),
      element("span", { class: "al-w-walk-factor" }, `α · ${short(term.input ?? 0)}²`),
      bar(term.part),
      number(short(term.part)),
    ),
  );
  const energy = k + terms.reduce((all, term) => all + term.part, 0);
  return [
    list(rows, "The squares of its neighbours"),
    total(
      `(${short(k)} + ${short(energy - k)})^${short(beta)} = ${short(divisor)} · ${short(before)} / ${short(divisor)}`,
      value,
    ),
  ];
}

/** @param {Report} found @param {About} about */
function pool({ terms, mode, counted, value, size = [1, 1] }, about) {
  const cells = terms.map((term) => {
    const made = pressable(short(term.part), () => about.open(term.at));
    made.classList.add("al-w-walk-cell");
    const wins = mode === "max" && term.won;
    if (wins) made.classList.add("al-w-walk-won");
    made.setAttribute(
      "aria-label",
      `row ${term.at[2]}, column ${term.at[3]}: ${short(term.part)}${wins ? ", the largest" : ""}`,
    );
    return made;
  });
  const across = new Set(terms.map(({ at }) => at[3])).size || size[1];
  const grid = element(
    "div",
    { class: "al-w-walk-cells", style: `grid-template-columns:repeat(${across},minmax(0,4.6rem))` },
    ...cells,
  );
  const words =
    mode === "max" ? `the largest of ${terms.length}` : `the mean: their sum / ${counted}`;
  return [grid, total(words, value)];
}

/** @param {Report} found @param {About} about */
function image({ at, value }, about) {
  const words = `The ${nameOf(at, about.classes, about.stages).split(" · ")[1]} of this pixel, as the network takes it.`;
  return [
    line(words),
    total("from here on, nothing but sums, maxima and divisions", value, short(value)),
  ];
}

/** @param {Report} found @param {About} about */
function single({ terms, value, kind }, about) {
  const before = terms[0]?.part ?? 0;
  const formula = kind === "relu" ? `max(0, ${short(before)})` : `${kind}(${short(before)})`;
  return [
    list([row(door(terms[0].at, about), number(short(before)))], "What goes in"),
    total(formula, value),
  ];
}

/** @param {Report} found @param {About} about */
function affine({ terms, value, factor = 1, shift = 0 }, about) {
  const rows = [row(door(terms[0].at, about), number(short(terms[0].part)))];
  return [
    list(rows, "What goes in"),
    total(`${short(factor)} · ${short(terms[0].part)} ${signed(shift)}`, value),
  ];
}

/** @param {Report} found @param {About} about */
function scale({ terms, value, factor = 1 }, about) {
  const rows = [row(door(terms[0].at, about), number(short(terms[0].part)))];
  return [
    list(rows, "What goes in"),
    total(`${short(factor)} · ${short(terms[0].part)}, dropout at test`, value),
  ];
}

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {At} at @param {About} about @param {string} [more] */
function door(at, about, more = "") {
  const made = pressable(`${nameOf(at, about.classes, about.stages)}${more}`, () => about.open(at));
  made.classList.add("al-w-walk-door");
  return made;
}

/** @param {At} at @param {Term} term @param {About} about */
function cut(at, term, about) {
  const edge = about.edge(at, term.at);
  if (!edge) return null;
  const off = about.off.split(" ").includes(edge);
  const made = pressable("✂", () => about.toggle(edge));
  made.classList.add("al-w-walk-cut");
  made.setAttribute("aria-pressed", String(off));
  made.setAttribute(
    "aria-label",
    `cut the edge from ${nameOf(term.at, about.classes, about.stages)}`,
  );
  made.title = off ? "join this edge again" : "cut this edge";
  return made;
}

/** @param {...(Node | null)} children */
function row(...children) {
  return element("li", {}, ...children);
}

/** @param {Node[]} rows @param {string} label */
function list(rows, label) {
  return element("ul", { class: "al-w-walk-terms", "aria-label": label }, ...rows);
}

/** @param {string} text */
function number(text) {
  return element("span", { class: "al-w-walk-number" }, text);
}

function times() {
  return element("span", { class: "al-w-walk-times", "aria-hidden": "true" }, "×");
}

/** @param {string} text */
function line(text) {
  return element("p", { class: "al-w-caption" }, text);
}

/** @param {string} words @param {number} value @param {string} [text] */
function total(words, value, text = short(value, 4)) {
  return element("p", { class: "al-w-walk-total" }, `${words} = `, element("strong", {}, text));
}
