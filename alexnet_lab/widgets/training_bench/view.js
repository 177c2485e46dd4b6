// The training bench: small nets that the reader trains, one or two against each other.
import {
  View,
  button,
  choice,
  controls,
  element,
  freshId,
  slider,
  tick,
  toggles,
} from "../_runtime/kit.js";
import { Failure, sentence } from "../_runtime/fetching.js";
import { refusal } from "../_runtime/page-files.js";
import { hide } from "../_runtime/scope.js";
import { measure } from "./core.js";
import { DOWNLOAD_MB, kernelEngine, pageEngine, where } from "./engines.js";
import { blank, pen } from "../_runtime/pen.js";
import { curves as curvesOf, kernels as drawKernels, patch, titleOf } from "./plots.js";
import { Race, emptyCurve } from "./race.js";
import { counted, exported } from "./table.js";

const SIDES = ["a", "b"];
const SWITCHES = /** @type {[key: string, label: string][]} */ ([
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
const SWITCH_KEYS = [...SWITCHES, ...TICKS].map(([key]) => key);
const PLAN = ["net", "steps", "each", "drop"];
const SETTING = ["race", ...PLAN, ...SIDES.flatMap((s) => SWITCH_KEYS.map((key) => `${s}_${key}`))];

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "bench",
    title: view_title(model),
    hint: model.get("ask"),
  });
  const place = where();
  const name = freshId();
  const fetches = place.place === "page" && view.get("in_page");
  /** @type {import("./engines.js").Engine[]} */
  let engines = [];
  /** @type {Race | null} */
  let race = null;
  /** @type {import("./table.js").Finished[]} */
  let finished = [];
  /** @type {File[]} */
  let files = [];
  /** @type {(number | null)[][]} */
  const sketches = SIDES.map(blank);
  let slow = false;
  let busy = false;
  let problem = place.why;
  view.ending(() => {
    if (race) race.running = false;
    for (const engine of engines) engine.close();
  });

  const plan = () => Object.fromEntries(PLAN.map((key) => [key, view.get(key)]));
  const shownSides = () => (view.get("race") ? SIDES : SIDES.slice(0, 1));
  const switches = (/** @type {string} */ side) =>
    Object.fromEntries(SWITCH_KEYS.map((key) => [key, view.get(`${side}_${key}`)]));
  const graph = (/** @type {any} */ s) => [view.get("net"), s.activation, s.norm, s.pool].join("-");
  const titles = () => (files.length ? files.map((f) => f.name) : view.get("photographs"));

  // What runs.
  async function open() {
    if (place.place === "page" && !fetches) {
      throw new Failure("This page has no files to train with; the book’s own pages have.");
    }
    const wanted = shownSides().length;
    while (engines.length < wanted) {
      const side = SIDES[engines.length];
      engines.push(place.place === "page" ? pageEngine() : kernelEngine(view, side, name));
    }
    let told = 0;
    await Promise.all(
      engines.slice(0, wanted).map((engine) =>
        engine.ask("open", {}, ({ done, total }) => {
          told = Math.max(told, done / total);
          status.textContent = `Fetching the runtime: ${Math.round(100 * told)} %`;
        }),
      ),
    );
  }
  async function prepare() {
    await open();
    const sides = shownSides().map(switches);
    race = new Race({
      engines: engines.slice(0, sides.length),
      plan: plan(),
      sides,
      graphs: sides.map(graph),
      seed: view.get("seed"),
      files,
      tell: soon,
    });
    race.slow = slow;
    status.textContent = "Opening the nets…";
    await race.begin();
  }
  /** Do one thing at a time, and say what went wrong. @param {() => Promise<void>} job */
  async function doing(job) {
    if (busy || place.why) return;
    busy = true;
    problem = null;
    buttons();
    try {
      await job();
    } catch (error) {
      problem = sentence(error);
      race = null;
      for (const engine of engines) engine.close();
      engines = [];
    }
    busy = false;
    if (race?.finished) done(race);
    draw();
  }
  const start = () =>
    doing(async () => {
      if (!race || race.finished) await prepare();
      await race?.run();
    });
  const stepOnce = () =>
    doing(async () => {
      if (!race || race.finished) await prepare();
      await race?.advance(1);
    });
  const stop = () => {
    if (race) race.running = false;
  };
  const next = () => {
    if (busy) return;
    view.set({ seed: (view.get("seed") + 1) % 1000 });
    start();
  };
  /** @param {Race} ended */
  function done(ended) {
    if (finished.some(({ seed }) => seed === ended.seed)) return;
    finished.push({ seed: ended.seed, curves: ended.curves });
    view.announce(verdict.textContent ?? "");
  }
  function forget() {
    stop();
    race = null;
    finished = [];
    soon();
  }

  // Controls.
  const run = button(view, "Train", start);
  const halt = button(view, "Stop", stop);
  const one = button(view, "One step", stepOnce);
  const pace = button(view, "Slower", () => {
    slow = !slow;
    if (race) race.slow = slow;
    buttons();
  });
  const again = button(view, "Next seed", next);
  const save = button(view, "Save these races", () => {
    if (!finished.length || !race) return;
    const { sides } = race;
    const by = place.place === "page" ? "page" : "torch";
    const data = files.length ? "own photographs" : "photo-patches";
    const text = exported({ by, data, plan: plan(), sides, finished });
    const link = element("a", {
      href: URL.createObjectURL(new Blob([text], { type: "application/json" })),
      download: "race.json",
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  const own = element("input", { type: "file", accept: "image/*", multiple: true, id: freshId() });
  view.listen(own, "change", () => {
    const given = [...(own.files ?? [])];
    const wrong = given.map(refusal).find(Boolean);
    problem =
      wrong ??
      (given.length && (given.length < 3 || given.length > 8)
        ? "Choose three to eight photographs."
        : null);
    files = problem ? [] : given;
    forget();
  });
  const ownBox = element(
    "div",
    { class: "al-w-control" },
    element("label", { for: own.id }, "your own photographs (3–8, they stay here)"),
    own,
  );
  const writing = { side: -1 };
  const pens = SIDES.map((side, i) => {
    const made = button(view, `Draw what you expect of ${side.toUpperCase()}`, () => {
      writing.side = writing.side === i ? -1 : i;
      buttons();
    });
    return made;
  });
  const rub = button(view, "Rub out", () => {
    for (const knots of sketches) knots.fill(null);
    soon();
  });
  const sides = SIDES.map((side, i) =>
    element(
      "fieldset",
      { class: `al-w-bench-side al-w-bench-${i}` },
      element("legend", {}, `Net ${side.toUpperCase()}`),
      ...SWITCHES.map(([key, label]) =>
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

  // What is shown.
  const status = element("p", { class: "al-w-bench-status", role: "status" });
  const box = element("div", {
    class: "al-w-bench-plot",
    tabindex: 0,
    role: "application",
    "aria-label": "The curves. With a pen: left and right choose a place, up and down draw",
  });
  const words = element("p", {});
  const films = SIDES.map((side) => ({
    head: element("p", { class: "al-w-hint" }, `First-layer kernels of ${side.toUpperCase()}`),
    canvas: element("canvas", {
      role: "img",
      "aria-label": `kernels of net ${side.toUpperCase()}`,
    }),
  }));
  const row = element("div", { class: "al-w-bench-patches" });
  const scroll = element("div", {
    class: "al-w-scroll",
    tabindex: 0,
    role: "group",
    "aria-label": "Finished races",
  });
  const verdict = element("p", { class: "al-w-bench-verdict" });
  const credits = element(
    "details",
    {},
    element("summary", {}, "The photographs and their licences"),
    element(
      "ul",
      {},
      ...view.get("credits").map((/** @type {string} */ line) => element("li", {}, line)),
    ),
  );
  const pairs = element("div", { class: "al-w-bench-sides" }, ...sides);
  const grown = element("div", {}, ...films.flatMap(({ head, canvas }) => [head, canvas]), row);
  view.body.append(
    controls(
      choice(view, { key: "net", label: "net", options: Object.entries(view.get("nets")) }),
      tick(view, { key: "race", label: "race two nets" }),
      tick(view, { key: "drop", label: "the rate drops by ten after two thirds" }),
    ),
    pairs,
    controls(
      slider(view, { key: "steps", label: "steps", step: 20 }),
      slider(view, { key: "each", label: "patches a photograph", step: 10 }),
      slider(view, { key: "seed", label: "seed", max: 99 }),
    ),
    ...(fetches ? [controls(ownBox)] : []),
    controls(run, halt, one, pace, again),
    status,
    controls(
      toggles(view, {
        key: "column",
        label: "shown",
        options: view.limits("column").values?.map((/** @type {string} */ c) => [c, titleOf(c)]),
      }),
    ),
    box,
    controls(...pens, rub),
    words,
    grown,
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
    credits,
  );

  function buttons() {
    const running = Boolean(race?.running);
    const sleeping = busy || Boolean(place.why);
    run.textContent = race && !race.finished && race.step ? "Go on" : "Train";
    if (!engines.length && fetches) run.textContent = `Train here (${DOWNLOAD_MB} MB)`;
    // Not `disabled`: the button that was pressed keeps the focus.
    const off = (/** @type {HTMLElement} */ made, /** @type {boolean} */ is) =>
      made.setAttribute("aria-disabled", String(is));
    for (const made of [run, one, again]) off(made, sleeping);
    off(halt, !running);
    off(save, !finished.length || busy);
    own.disabled = busy;
    pace.textContent = slow ? "Full speed" : "Slower";
    pace.setAttribute("aria-pressed", String(slow));
    pens.forEach((made, i) => {
      made.setAttribute("aria-pressed", String(writing.side === i));
      made.hidden = i >= shownSides().length;
    });
    for (const made of view.root.querySelectorAll("fieldset, .al-w-slider input")) {
      if (!made.classList.contains("al-w-toggles")) {
        /** @type {HTMLInputElement} */ (made).disabled = busy;
      }
    }
  }

  let width = 0;
  /** @type {ReturnType<typeof curvesOf> | null} */
  let picture = null;
  const matches = () => {
    const { setting } = view.get("recorded");
    return setting && Object.entries(setting).every(([key, value]) => view.get(key) === value);
  };
  function draw() {
    if (!width) return;
    const count = shownSides().length;
    sides[1].hidden = count < 2;
    const recorded = matches() && !files.length ? view.get("recorded").curves : [[], []];
    const old = finished.filter(({ curves }) => curves !== race?.curves).flatMap((f) => [f.curves]);
    picture = curvesOf(Math.min(width, 760), {
      column: view.get("column"),
      steps: view.get("steps"),
      curves: (race?.curves ?? SIDES.map(emptyCurve)).slice(0, count),
      recorded: recorded
        .slice(0, count)
        .map((/** @type {any[]} */ runs, /** @type {number} */ i) => [
          ...runs,
          ...old.map((curves) => curves[i]).filter(Boolean),
        ]),
      sketches: sketches.slice(0, count),
    });
    box.replaceChildren(picture.svg);
    const seeds = recorded[0].length;
    words.textContent =
      (seeds
        ? `Behind: the median of ${seeds} recorded races, trained by PyTorch, and its 95 % interval. `
        : "") +
      (race?.curves[0].val_error.length
        ? race.curves.map((c, i) => `${SIDES[i].toUpperCase()}: ${said(c)}`).join("; ")
        : "");
    films.forEach(({ head, canvas }, i) => {
      const found = race?.last[i]?.kernels;
      hide(head, !found, view.root);
      hide(canvas, !found, view.root);
      if (found) drawKernels(canvas, found, Math.min(width, 480));
    });
    patches();
    const { table, words: told } = counted(finished, view.get("measure"));
    scroll.replaceChildren(...(finished.length ? [table] : []));
    hide(scroll, !finished.length, view.root);
    verdict.textContent = told;
    view.say(problem);
    if (!busy || race?.running) status.textContent = state();
    buttons();
  }
  function state() {
    if (!race) return fetches && !engines.length ? "Nothing has been fetched yet." : "";
    const at = `Step ${race.step} of ${race.plan.steps}, seed ${race.seed}`;
    if (race.finished) return `${at}: finished.`;
    return race.running ? `${at}; ${Math.round(race.speed)} images a second.` : `${at}: stopped.`;
  }
  /** @param {import("./race.js").Curve} curve */
  function said(curve) {
    const last = (/** @type {number[]} */ v) => `${(100 * v[v.length - 1]).toFixed(0)} %`;
    const steps = measure(curve, "steps");
    const half = Number.isFinite(steps) ? `, half right after ${steps} steps` : "";
    return `training error ${last(curve.train_error)}, validation error ${last(curve.val_error)}${half}`;
  }
  function patches() {
    const look = race?.last[0]?.look;
    if (!race?.data || !look) {
      row.replaceChildren();
      return;
    }
    const { data } = race;
    const names = titles();
    row.replaceChildren(
      ...names.slice(0, 14).map((/** @type {string} */ title, /** @type {number} */ i) => {
        const answers = (race?.last ?? []).map((one) => one.look.said[i]);
        const text = answers
          .map((/** @type {number} */ a) => (a < 0 ? "nothing" : names[a]))
          .join(" · ");
        const right = answers.every((/** @type {number} */ a) => a === i);
        const canvas = patch(data.shown, i);
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `a patch of ${title}`);
        return element(
          "figure",
          { class: right ? "al-w-bench-right" : "al-w-bench-wrong" },
          canvas,
          element("figcaption", {}, `${right ? "✓" : "✗"} ${text}`),
        );
      }),
    );
  }

  pen({
    box,
    listen: (target, event, handle) => view.listen(target, /** @type {any} */ (event), handle),
    curve: () => (writing.side < 0 ? null : sketches[writing.side]),
    at: (event) => picture?.at(event) ?? null,
    changed: () => soon(),
    told: (words) => view.announce(words),
  });

  const soon = view.soon(draw);
  view.watch([...SETTING], forget);
  view.watch(["seed"], () => {
    if (race?.finished || !race?.step) race = null;
    else if (!busy) race = null;
    soon();
  });
  view.watch(["column", "measure"], soon);
  view.onWidth((found) => {
    width = found;
    draw();
  });
  return () => view.dispose();
}

/** @param {Model} model */
function view_title(model) {
  const title = model.get("title");
  return title ? `The training bench: ${title}` : "The training bench";
}

export default { render };
