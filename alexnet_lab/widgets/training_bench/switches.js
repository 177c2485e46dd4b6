// What can be switched on each side, as boxes; and which traits make a race.
import { choice, tick } from "../_runtime/kit-controls.js";
import { element } from "../_runtime/kit-elements.js";

export const SIDES = ["a", "b"];
export const PLAN = ["net", "steps", "each", "drop"];
const CHOICES = /** @type {[key: string, label: string][]} */ ([
  ["activation", "nonlinearity"],
  ["start", "start"],
  ["bias", "biases"],
  ["norm", "normalisation"],
  ["pool", "pooling"],
  ["decay", "weight decay"],
  ["rule", "momentum rule"],
  ["rate", "rate"],
]);
const TICKS = [
  ["dropout", "dropout"],
  ["crops", "crops and reflections"],
];
const WORDS = /** @type {Record<string, string>} */ ({
  relu: "ReLU",
  lrn: "response norm",
  overlapping: "3 × 3, overlapping",
  separate: "2 × 2",
  own: "as the start has them",
  zeros: "zeros",
  ones: "ones",
  torch: "PyTorch’s",
  2012: "of 2012",
});
const KEYS = [...CHOICES, ...TICKS].map(([key]) => key);
export const SETTING = [
  "race",
  ...PLAN,
  ...SIDES.flatMap((side) => KEYS.map((key) => `${side}_${key}`)),
];

/** @typedef {import("../_runtime/kit.js").View} View */

/** One side's switches, by name. @param {View} view @param {string} side */
export const switchesOf = (view, side) =>
  Object.fromEntries(KEYS.map((key) => [key, view.get(`${side}_${key}`)]));

/** The name of the graph that trains them. @param {View} view @param {any} switches */
export const graphOf = (view, { activation, norm, pool }) =>
  [view.get("net"), activation, norm, pool].join("-");

/** A box of switches for each side. @param {View} view */
export function sideBoxes(view) {
  return SIDES.map((side, i) =>
    element(
      "fieldset",
      { class: `al-w-bench-side al-w-bench-${i}` },
      element("legend", {}, `Net ${side.toUpperCase()}`),
      ...CHOICES.map(([key, label]) =>
        choice(view, {
          key: `${side}_${key}`,
          label,
          options: view
            .limits(`${side}_${key}`)
            .values?.map((/** @type {any} */ v) => [v, WORDS[v] ?? String(v)]),
        }),
      ),
      ...TICKS.map(([key, label]) => tick(view, { key: `${side}_${key}`, label })),
    ),
  );
}
