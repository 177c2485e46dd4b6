// What the nets look like and what they say while they learn: kernels, patches, a line of words.
import { element } from "../_runtime/kit-elements.js";
import { hide } from "../_runtime/scope.js";
import { measure } from "./core.js";
import { kernels as drawKernels, patch } from "./plots.js";
import { SIDES } from "./switches.js";

const PATCHES = 14; // at most
const WIDEST = 480;

/** @typedef {import("./race.js").Race} Race */

/** Kernels of both sides and a row of patches; `show` brings them up to date. @param {import("../_runtime/kit.js").View} view */
export function answersOf(view) {
  const films = SIDES.map((side) => ({
    head: element("p", { class: "al-w-hint" }, `First-layer kernels of ${side.toUpperCase()}`),
    canvas: element("canvas", {
      role: "img",
      "aria-label": `kernels of net ${side.toUpperCase()}`,
    }),
  }));
  const row = element("div", { class: "al-w-bench-patches" });
  const box = element("div", {}, ...films.flatMap(({ head, canvas }) => [head, canvas]), row);
  return {
    box,
    /** @param {Race | null} race @param {string[]} names @param {number} width */
    show(race, names, width) {
      films.forEach(({ head, canvas }, i) => {
        const found = race?.last[i]?.kernels;
        hide(head, !found, view.root);
        hide(canvas, !found, view.root);
        if (found) drawKernels(canvas, found, Math.min(width, WIDEST));
      });
      row.replaceChildren(...(race?.data && race.last[0]?.look ? figures(race, names) : []));
    },
  };
}

/** @param {Race} race @param {string[]} names */
function figures({ data, last }, names) {
  return names.slice(0, PATCHES).map((title, i) => {
    const answers = last.map((one) => /** @type {number} */ (one.look.said[i]));
    const text = answers.map((a) => (a < 0 ? "nothing" : names[a])).join(" · ");
    const right = answers.every((a) => a === i);
    const canvas = patch(/** @type {any} */ (data).shown, i);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `a patch of ${title}`);
    return element(
      "figure",
      { class: right ? "al-w-bench-right" : "al-w-bench-wrong" },
      canvas,
      element("figcaption", {}, `${right ? "✓" : "✗"} ${text}`),
    );
  });
}

/** How far both sides are, in words. @param {Race | null} race */
export function toldOf(race) {
  if (!race?.curves[0].val_error.length) return "";
  return race.curves.map((curve, i) => `${SIDES[i].toUpperCase()}: ${said(curve)}`).join("; ");
}

/** @param {import("./race.js").Curve} curve */
function said(curve) {
  if (curve.loss.at(-1) === null) return "broken: its loss is no number any more";
  const last = (/** @type {number[]} */ v) => `${(100 * v[v.length - 1]).toFixed(0)} %`;
  const steps = measure(curve, "steps");
  const half = Number.isFinite(steps) ? `, half right after ${steps} steps` : "";
  return `training error ${last(curve.train_error)}, validation error ${last(curve.val_error)}${half}`;
}
