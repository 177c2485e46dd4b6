// The training bench: small nets that the reader trains, one or two against each other.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, tick, toggles } from "../_runtime/kit-controls.js";
import { element, freshId } from "../_runtime/kit-elements.js";
import { hide } from "../_runtime/scope.js";
import { answersOf, toldOf } from "./answers.js";
import { DOWNLOAD_MB, where } from "./engines.js";
import { ownPhotographs } from "./own.js";
import { penOf } from "./pen.js";
import { curves as curvesOf, titleOf } from "./plots.js";
import { emptyCurve } from "./race.js";
import { Session } from "./session.js";
import { SETTING, SIDES, sideBoxes } from "./switches.js";
import { counted, verdict as verdictOf } from "./table.js";

const WIDEST = 760;

/** @param {Given} given */
function render({ model, el }) {
  const title = model.get("title");
  const view = new View({
    model,
    el,
    name: "bench",
    title: title ? `The training bench: ${title}` : "The training bench",
    hint: model.get("ask"),
  });
  const session = new Session(view, {
    ...where(),
    name: freshId(),
    tell: () => soon(),
    say: (told) => {
      status.textContent = told;
    },
    done: () => {
      draw();
      view.announce(verdict.textContent ?? "");
    },
  });
  const { fetches } = session;
  const { why } = session.given;

  // Controls.
  const run = button(view, "Train", () => session.run());
  const halt = button(view, "Stop", () => session.stop());
  const one = button(view, "One step", () => session.step());
  const pace = button(view, "Slower", () => {
    session.pace(!session.slow);
    buttons();
  });
  const again = button(view, "Next seed", () => {
    if (session.busy) return;
    view.set({ seed: (view.get("seed") + 1) % 1000 });
    session.run();
  });
  const save = button(view, "Save these races", () => session.save());
  const own = ownPhotographs(view, (files, problem) => {
    session.files = files;
    session.problem = problem;
    session.forget();
  });
  const sides = sideBoxes(view);

  // What is shown.
  const status = element("p", { class: "al-w-bench-status", role: "status" });
  /** @type {ReturnType<typeof curvesOf> | null} */
  let picture = null;
  const pen = penOf(
    view,
    (event) => picture?.at(event) ?? null,
    () => soon(),
  );
  const words = element("p", {});
  const answers = answersOf(view);
  const scroll = element("div", {
    class: "al-w-scroll",
    tabindex: 0,
    role: "group",
    "aria-label": "Finished races",
  });
  const verdict = element("p", { class: "al-w-bench-verdict" });
  const beside = element("p", { class: "al-w-bench-beside" });
  const lines = view.get("credits").map((/** @type {string} */ line) => element("li", {}, line));
  const credits = element(
    "details",
    {},
    element("summary", {}, "The photographs and their licences"),
    element("ul", {}, ...lines),
  );
  view.body.append(
    controls(
      choice(view, { key: "net", label: "net", options: Object.entries(view.get("nets")) }),
      tick(view, { key: "race", label: "race two nets" }),
      tick(view, { key: "drop", label: "the rate drops by ten after two thirds" }),
    ),
    element("div", { class: "al-w-bench-sides" }, ...sides),
    controls(
      slider(view, { key: "steps", label: "steps", step: 20 }),
      slider(view, { key: "each", label: "patches a photograph", step: 10 }),
      slider(view, { key: "seed", label: "seed", max: 99 }),
    ),
    ...(fetches ? [controls(own.box)] : []),
    controls(run, halt, one, pace, again),
    status,
    controls(
      toggles(view, {
        key: "column",
        label: "shown",
        options: view.limits("column").values?.map((/** @type {string} */ c) => [c, titleOf(c)]),
      }),
    ),
    pen.box,
    controls(...pen.pens, pen.rub),
    words,
    answers.box,
    controls(
      choice(view, {
        key: "measure",
        label: "judged by",
        options: [
          ["val_error", "the last validation error"],
          ["steps", "steps to 50 % training error"],
        ],
      }),
      save,
    ),
    scroll,
    verdict,
    beside,
    credits,
  );

  function buttons() {
    const { race, busy, engines, finished, slow } = session;
    run.textContent = race && !race.finished && race.step ? "Go on" : "Train";
    if (!engines.length && fetches) run.textContent = `Train here (${DOWNLOAD_MB} MB)`;
    // Not `disabled`: the button that was pressed keeps the focus.
    const off = (/** @type {HTMLElement} */ made, /** @type {boolean} */ is) =>
      made.setAttribute("aria-disabled", String(is));
    for (const made of [run, one, again]) off(made, busy || Boolean(why));
    off(halt, !race?.running);
    off(save, !finished.length || busy);
    own.input.disabled = busy;
    pace.textContent = slow ? "Full speed" : "Slower";
    pace.setAttribute("aria-pressed", String(slow));
    pen.pens.forEach((made, i) => {
      made.hidden = i >= session.sides.length;
    });
    for (const made of view.root.querySelectorAll("fieldset, .al-w-slider input")) {
      if (!made.classList.contains("al-w-toggles")) {
        /** @type {HTMLInputElement} */ (made).disabled = busy;
      }
    }
  }

  let width = 0;
  /** The recorded races of these switches, once the reader's own race runs: the expectation comes first. */
  function recorded() {
    const { setting, curves } = view.get("recorded");
    const { race, finished, files } = session;
    const same =
      setting && Object.entries(setting).every(([key, value]) => view.get(key) === value);
    const seen = race?.step || finished.length || why;
    return same && seen && !files.length ? curves : SIDES.map(() => []);
  }
  function draw() {
    if (!width) return;
    const { race, finished } = session;
    const count = session.sides.length;
    sides[1].hidden = count < 2;
    const behind = recorded().slice(0, count);
    const old = finished.map(({ curves }) => curves).filter((curves) => curves !== race?.curves);
    picture = curvesOf(Math.min(width, WIDEST), {
      column: view.get("column"),
      steps: view.get("steps"),
      curves: race?.curves ?? session.sides.map(emptyCurve),
      recorded: behind.map((/** @type {any[]} */ runs, /** @type {number} */ i) => [
        ...runs,
        ...old.map((curves) => curves[i]).filter(Boolean),
      ]),
      sketches: pen.sketches.slice(0, count),
    });
    pen.box.replaceChildren(picture.svg);
    const seeds = behind[0].length;
    const about = `In the background: the median of ${seeds} recorded races, trained by PyTorch, and its 95 % interval.`;
    words.textContent = [seeds ? about : "", toldOf(race)].join(" ").trim();
    const names = session.files.map((file) => file.name);
    answers.show(race, names.length ? names : view.get("photographs"), width);
    judge(behind);
    view.say(session.problem);
    if (!session.busy || race?.running) status.textContent = state();
    buttons();
  }
  /** @param {any[][]} behind */
  function judge(behind) {
    const { finished } = session;
    const name = view.get("measure");
    const { table, words: told } = counted(finished, name);
    scroll.replaceChildren(...(finished.length ? [table] : []));
    hide(scroll, !finished.length, view.root);
    verdict.textContent = told;
    const pairs = behind[0].map((/** @type {any} */ _, /** @type {number} */ seed) => ({
      seed,
      curves: behind.map((runs) => runs[seed]),
    }));
    const known = finished.length || why ? verdictOf(pairs, name) : "";
    beside.textContent = known && `Recorded, by PyTorch: ${known} ${view.get("note")}`;
    hide(beside, !known, view.root);
  }
  function state() {
    const { race, engines } = session;
    if (!race) return fetches && !engines.length ? "Nothing has been fetched yet." : "";
    const at = `Step ${race.step} of ${race.plan.steps}, seed ${race.seed}`;
    if (race.finished) return `${at}: finished.`;
    return race.running ? `${at}; ${Math.round(race.speed)} images a second.` : `${at}: stopped.`;
  }

  const soon = view.soon(draw);
  view.watch(SETTING, () => session.forget());
  view.watch(["seed"], () => session.reseed());
  view.watch(["column", "measure"], soon);
  view.onWidth((found) => {
    width = found;
    draw();
  });
  return () => view.dispose();
}

export default { render };
