// Recorded runs: curves with their seeds and intervals, a cursor, a table, kernels along training.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, tick } from "../_runtime/kit-controls.js";
import { clamp, element, freshId, short } from "../_runtime/kit-elements.js";
import { choosing } from "../_runtime/surface.js";
import { byArm, curve, problem } from "./core.js";
import { epochAt, plot } from "./plots.js";
import { film, kernelsView } from "./kernels.js";
import { table } from "../_runtime/table.js";

/** @import { Run } from "./core.js" */
/** @import { Point, Shown, Time } from "./plots.js" */

const KEYS = ["column", "shown", "epoch", "logarithmic", "interval"];
const COLOURS = 8;

/** The arms are those of the runs. */
const fits = {
  of: ["names"],
  /** @param {(key: string) => any} get */
  ends: (get) => ({ shown: { each: Object.keys(get("names").arms), between: "," } }),
};

/** @param {Given} given */
function render({ model, el }) {
  const kernels = model.get("kernels");
  const names = model.get("names");
  /** @type {Run[]} */
  const runs = model.get("runs");
  const arms = byArm(runs);
  const { time = { word: "epoch", every: 1 } } = names;
  const at = (/** @type {number} */ epoch) => `${time.word} ${epoch * time.every}`;
  const view = new View({
    model,
    el,
    name: "training",
    title: "Training, as recorded",
    hint: kernels.names
      ? "Try this: move through the epochs. When do the kernels stop being noise, and what does the error do then?"
      : arms.length > 1
        ? "Try this: leave two arms ticked and move the cursor. Do their intervals separate?"
        : "Try this: move the cursor, then choose another column. Does it fall as the error does?",
    fits,
  });
  const box = element("div", { class: "al-w-training-plot" });
  const now = element("div", {
    class: "al-w-scroll",
    tabindex: 0,
    role: "group",
    "aria-label": "Values at the cursor",
  });
  const words = element("p", { class: "al-w-training-words" });
  const whole = element("div", {
    class: "al-w-scroll",
    tabindex: 0,
    role: "group",
    "aria-label": "The table behind the plot",
    hidden: true,
  });
  const open = button(view, "Show the table behind the plot", () => {
    whole.hidden = !whole.hidden;
    open.textContent = `${whole.hidden ? "Show" : "Hide"} the table behind the plot`;
    open.setAttribute("aria-expanded", String(!whole.hidden));
    draw();
  });
  open.setAttribute("aria-expanded", "false");
  view.body.append(
    controls(
      choice(view, { key: "column", label: "shown", options: Object.entries(names.columns) }),
      tick(view, { key: "logarithmic", label: "logarithmic" }),
      arms.some(([, part]) => part.length > 1)
        ? tick(view, { key: "interval", label: "95 % intervals" })
        : "",
    ),
    arms.length > 1 ? armBoxes(view, arms, names) : "",
    box,
    controls(
      slider(view, { key: "epoch", label: time.word, format: (n) => String(n * time.every) }),
    ),
    now,
    words,
    open,
    whole,
  );
  const pictures = kernels.names ? kernelsView(view, kernels) : null;
  if (pictures) view.body.append(pictures.box);

  let width = 0;
  const draw = () => {
    const wrong = problem(runs);
    view.say(wrong);
    if (wrong || !width) return;
    const state = view.values(KEYS);
    const longest = Math.max(...runs.map((run) => Object.values(run.columns)[0].length));
    state.epoch = clamp(Math.round(state.epoch), 1, longest);
    if (!(state.column in names.columns)) state.column = Object.keys(names.columns)[0];
    const chosen = new Set(state.shown.split(","));
    // An arm keeps its colour whichever others are shown.
    const shown = arms
      .map(([arm, part], i) => ({ arm, part, place: i % COLOURS, title: names.arms[arm] }))
      .filter(({ arm }) => chosen.has(arm))
      .map((one) => ({ ...one, points: curve(one.part, state.column) }));
    const marks = kernels.after ?? [];
    box.replaceChildren(
      plot(Math.min(width, 760), shown, state, names.columns[state.column], longest, marks, time),
    );
    now.replaceChildren(atCursor(shown, state, at(state.epoch)));
    const told = shown
      .map(({ title, points }) => `${title} ${value(points[state.epoch - 1])}`)
      .join("; ");
    const alone = shown.some(({ points }) => points[0].n === 1);
    words.textContent = !shown.length
      ? "No arm is ticked."
      : state.interval && alone && arms.length > 1
        ? "An arm with a single seed has no interval: what looks like a difference may be chance."
        : "";
    view.announce(`At ${at(state.epoch)}, ${names.columns[state.column]}: ${told || "no arm"}`);
    if (!whole.hidden)
      whole.replaceChildren(everything(shown, longest, names.columns[state.column], time));
  };

  const go = (/** @type {MouseEvent} */ event) => {
    const svg = box.firstElementChild;
    if (svg) view.set({ epoch: epochAt(svg, event.clientX, view.limits("epoch")) });
  };
  choosing(view, box, go);
  // One time for curves and kernels: the snapshot nearest to the cursor, and the other way round.
  if (kernels.after) {
    const nearest = (/** @type {number} */ epoch) =>
      kernels.after.reduce(
        (/** @type {number} */ best, /** @type {number} */ at, /** @type {number} */ i) =>
          Math.abs(at - epoch) < Math.abs(kernels.after[best] - epoch) ? i : best,
        0,
      );
    const follow = () => {
      const place = nearest(view.get("epoch"));
      if (place !== view.get("snapshot")) view.set({ snapshot: place });
    };
    view.watch(["epoch"], follow);
    follow();
    view.watch(["snapshot"], () => {
      const place = clamp(view.get("snapshot"), 0, kernels.after.length - 1);
      if (nearest(view.get("epoch")) !== place) view.set({ epoch: kernels.after[place] });
    });
  }
  view.drawOn(KEYS, draw);
  if (pictures) view.drawOn(["snapshot", "kernel"], () => pictures.draw(Math.min(width, 760)));
  view.onWidth((next) => {
    width = next;
    draw();
    pictures?.draw(Math.min(width, 760));
  });
  if (pictures) film(view, kernels, pictures);
  return () => view.dispose();
}

/**
 * A box to tick for each arm, with the colour and the dashes of its line.
 * @param {View} view
 * @param {[arm: string, runs: Run[]][]} arms
 * @param {State} names
 */
function armBoxes(view, arms, names) {
  const boxes = arms.map(([arm, part], place) => {
    const id = freshId();
    const input = element("input", { type: "checkbox", id });
    const sync = () => {
      input.checked = view.get("shown").split(",").includes(arm);
    };
    view.listen(input, "change", () => {
      const chosen = new Set(view.get("shown").split(","));
      if (input.checked) chosen.add(arm);
      else chosen.delete(arm);
      view.set({
        shown: arms
          .map(([name]) => name)
          .filter((name) => chosen.has(name))
          .join(","),
      });
    });
    view.watch(["shown"], sync);
    sync();
    const seeds = `${part.length} seed${part.length > 1 ? "s" : ""}`;
    return element(
      "div",
      { class: "al-w-control al-w-tick" },
      input,
      element(
        "label",
        { for: id },
        element("span", { class: `al-w-training-swatch al-w-training-c${place % COLOURS}` }),
        `${names.arms[arm]} (${seeds})`,
      ),
    );
  });
  return element(
    "fieldset",
    { class: "al-w-training-arms" },
    element("legend", { class: "al-w-unseen" }, "arms"),
    ...boxes,
  );
}

/** @param {Point | undefined} point */
function value(point) {
  return point ? short(point.mean) : "a run has ended";
}

/** @param {Point | undefined} point */
function ends(point) {
  return !point || point.low === null || point.high === null
    ? "–"
    : `${short(point.low)} to ${short(point.high)}`;
}

/** @param {Shown[]} shown @param {State} state @param {string} place */
function atCursor(shown, { epoch }, place) {
  return table({
    heads: [`at ${place}`, "mean", "seeds", "95 % interval"],
    rows: shown.map(({ title, place, points }) => [
      [element("span", { class: `al-w-training-swatch al-w-training-c${place}` }), title],
      value(points[epoch - 1]),
      String(points[0].n),
      ends(points[epoch - 1]),
    ]),
  });
}

/** @param {Shown[]} shown @param {number} longest @param {string} name @param {Time} time */
function everything(shown, longest, name, time) {
  return table({
    caption: `${name}: mean over seeds, and its 95 % interval`,
    heads: [time.word, ...shown.flatMap(({ title }) => [title, "interval"])],
    rows: Array.from({ length: longest }, (_, i) => [
      String((i + 1) * time.every),
      ...shown.flatMap(({ points }) => [value(points[i]), ends(points[i])]),
    ]),
  });
}

export default { render, fits };
