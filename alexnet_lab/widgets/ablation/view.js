// Parts of the network switched off: predict what becomes of its answer, then look.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, tick, toggles } from "../_runtime/kit-controls.js";
import { element, freshId } from "../_runtime/kit-elements.js";
import { contextOf } from "../_runtime/kit-canvas.js";
import { NORMS, RELUS, silent, switchedOff, switches, winner } from "./core.js";
import { source } from "../_runtime/page-source.js";
import { leading } from "../_runtime/kit-links.js";
import { hide } from "../_runtime/scope.js";
import { ownState } from "./own.js";

const SWITCHES = ["layer", "first", "last", "tower", "linear", "norm1", "norm2"];
const MOST_OFF = 12; // filters in an address
const NOTHING = { first: 0, last: -1, tower: "both", linear: "", norm1: "on", norm2: "on" };

/** The filters of the layer that is named now. */
const fits = {
  of: ["layer"],
  /** @param {(key: string) => any} get */
  ends(get) {
    const max = get("filters")[get("layer")] - 1;
    return {
      first: { min: 0, max, whole: true },
      last: { min: -1, max, whole: true },
      linear: { each: RELUS, between: " " },
    };
  },
};

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "ablation",
    title: "The bench: switch parts off",
    hint: "Before you look: will the network still give the same first answer?",
    fits,
  });
  /** @type {{ before: any; film?: any; after: any; } | null} */
  let live = null; // { before, after } of the page's network, of the same picture
  let open = !view.get("ask"); // whether the answer may be seen
  /** @type {boolean | null} */
  let guess = null;
  let right = 0;
  let guesses = 0;

  const photo = element("canvas", {
    role: "img",
    "aria-label": "the picture that the network sees",
  });
  Object.assign(photo, { width: view.get("side"), height: view.get("side") });
  const whole = document.createElement("img");
  view.listen(
    whole,
    "load",
    () => live || contextOf(photo).drawImage(whole, 0, 0, photo.width, photo.height),
  );
  whole.src = view.get("picture");
  const words = element("p", { class: "al-w-ablation-words" });
  const verdict = element("p", { role: "status", tabindex: -1 }); // whoever has answered reads on here
  const table = element("div", { class: "al-w-scroll" });
  const walk = leading(view, "walk", "Open the first of these filters in the walk");

  /** A network that the reader opened may lack some. @type {{ towers: number, names: string[] } | undefined} */
  const parts = view.get("parts");
  const has = (/** @type {string} */ name) => parts?.names.includes(name) ?? true;
  const state = () => {
    const keys = [...SWITCHES, "filters"];
    return view.values(keys);
  };
  const paint = (/** @type {{ pixels: number; size: number; }} */ seen) => {
    contextOf(photo).putImageData(new ImageData(seen.pixels, seen.size), 0, 0);
  };
  let wanted = 0;
  /** Run with what is off now; an answer that comes late is dropped. */
  async function compute() {
    const net = page?.net();
    if (!net || !live) return;
    wanted += 1;
    const mine = wanted;
    try {
      const found = await net.run([], switches(state()));
      if (mine !== wanted) return;
      live = { ...live, after: Array.from(found.probabilities) };
      view.say(null);
      draw();
    } catch (error) {
      view.say(error, compute);
    }
  }
  const page = view.get("in_page")
    ? source(view, {
        ready: () => {},
        picture: async (seen) => {
          paint(seen);
          /** @type {any} */
          const found = await page?.net()?.run();
          if (!found) return undefined;
          live = { before: Array.from(found.probabilities), after: null };
          cover();
          await compute();
          return found.probabilities;
        },
        frame: (result) => {
          paint(result);
          const found = Array.from(result.probabilities);
          live = { before: live?.before ?? found, after: found, film: true };
          draw();
        },
        wants: () => ({ layers: [], switches: switches(state()) }),
        beside: { render, state: ownState },
      })
    : null;

  const stays = button(view, "It stays first", () => predict(true));
  const falls = button(view, "Another class wins", () => predict(false));
  const asking = controls(element("span", {}, "Your prediction:"), stays, falls);
  asking.setAttribute("role", "group");
  asking.setAttribute("aria-label", "prediction");

  view.body.append(
    ...(page ? [page.element] : []),
    controls(
      choice(view, {
        key: "layer",
        label: "silence in",
        options: Object.keys(view.get("filters")),
      }),
      slider(view, { key: "first", label: "from filter" }),
      slider(view, { key: "last", label: "to filter", format: (v) => (v < 0 ? "none" : v) }),
    ),
    controls(
      (parts?.towers ?? 2) < 2
        ? null
        : toggles(view, {
            key: "tower",
            label: "towers",
            options: [
              ["both", "both"],
              ["first", "first only"],
              ["second", "second only"],
            ],
          }),
      ...NORMS.filter(has).map((name) => choice(view, { key: name, label: name })),
    ),
    controls(
      relus(view, RELUS.filter(has)),
      button(view, "All on again", () => view.set(NOTHING)),
      tick(view, { key: "ask", label: "ask me first" }),
    ),
    words,
    asking,
    verdict,
    element("div", { class: "al-w-ablation-answer" }, photo, table),
    walk.element,
  );

  function answers() {
    if (live) return live;
    return { before: view.get("before"), after: current() ? view.get("after") : null };
  }
  // Without Python, `after` stays that of the switches with which the page was made.
  const current = () =>
    JSON.stringify(SWITCHES.map((key) => view.get(key))) === JSON.stringify(view.get("answered"));

  /** @param {boolean} stayed */
  function predict(stayed) {
    guess = stayed;
    open = true;
    draw(true);
  }
  function cover() {
    open = !view.get("ask");
    guess = null;
  }

  function draw(judge = false) {
    const now = state();
    const off = switchedOff(now);
    const { before, after, film } = answers();
    const classes = view.get("classes");
    const first = winner(before);
    const touched = off !== "nothing";
    words.textContent = film
      ? `Off: ${off}.`
      : `Off: ${off}. With all parts: ${classes[first]}, ${percent(before[first])}.`;
    const shown = after && (open || !touched || film);
    hide(asking, Boolean(!after || shown), verdict);
    verdict.textContent = "";
    if (!after) verdict.textContent = missing();
    else if (shown && touched && !film) {
      const best = winner(after);
      const said =
        best === first ? `${classes[first]} stays first` : `now ${classes[best]} is first`;
      let line = `${said}: ${classes[first]} goes from ${percent(before[first])} to ${percent(after[first])}.`;
      if (guess !== null) {
        const hit = guess === (best === first);
        if (judge) {
          guesses += 1;
          right += hit ? 1 : 0;
        }
        line = `${hit ? "Right" : "Not so"}: ${line} (${right} of ${guesses} right)`;
      }
      verdict.textContent = line;
    }
    table.replaceChildren(compare(classes, before, shown ? after : null));
    walk.lead(inWalk(now));
  }
  /**
   * The first silent filter as the walk's address has it; what is silent is off there too, where it is
   * little enough for an address.
   * @param {State} now
   */
  function inWalk(now) {
    const filters = silent(now);
    const [first] = filters;
    const middle = view.get("middle")?.[now.layer];
    if (first === undefined || !middle) return null;
    const photo = live ? page?.sample() : view.get("photo");
    const off = filters.length > MOST_OFF ? [] : filters.map((one) => `${now.layer}:${one}`);
    const unit = { layer: now.layer, channel: first, ...middle, off: off.join(" ") };
    return { ...unit, ...(photo ? { photo } : {}) };
  }
  const missing = () =>
    /** @type {Record<string, string>} */ ({
      page: "Run the network here to see what happens.",
      notebook: "Python is working it out.",
    })[page?.where ?? ""] ??
    "This page holds one state; the notebook and the published page have the others.";

  const soon = view.soon(() => draw());
  view.watch(SWITCHES, () => {
    cover();
    if (live && !live.film) live.after = null;
    soon();
    run();
  });
  const run = view.soon(compute);
  view.watch(["after", "answered"], soon);
  view.watch(["ask"], () => {
    cover();
    soon();
  });
  draw();
  return () => view.dispose();
}

/**
 * A box to tick for each ReLU; together they are one trait.
 * @param {View} view
 * @param {string[]} names
 */
function relus(view, names) {
  const boxes = names.map((name) =>
    element("input", { type: "checkbox", id: freshId(), "data-name": name }),
  );
  const sync = () => {
    const off = view.get("linear").split(/\s+/);
    for (const box of boxes) box.checked = !off.includes(box.dataset.name);
  };
  for (const box of boxes) {
    view.listen(box, "change", () =>
      view.set({
        linear: boxes
          .filter((b) => !b.checked)
          .map((b) => b.dataset.name)
          .join(" "),
      }),
    );
  }
  view.watch(["linear"], sync);
  sync();
  const ticks = boxes.map((box) =>
    element(
      "span",
      { class: "al-w-control al-w-tick" },
      box,
      element("label", { for: box.id }, box.dataset.name),
    ),
  );
  return element(
    "div",
    { class: "al-w-control", role: "group", "aria-label": "ReLUs at work" },
    ...ticks,
  );
}

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {string[]} classes @param {number[]} before @param {number[] | null} after */
function compare(classes, before, after) {
  const order = before.map((_, i) => i).sort((a, b) => before[b] - before[a]);
  const bar = (/** @type {number} */ share, /** @type {string} */ name) =>
    element(
      "td",
      { class: "al-w-share" },
      element("span", { class: name, style: `width:${100 * share}%` }),
    );
  return element(
    "table",
    {},
    element("caption", { class: "al-w-unseen" }, "Probabilities with all parts, and with some off"),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...["class", "all parts", "", "some off", ""].map((h) =>
          element(h ? "th" : "td", h ? { scope: "col" } : {}, h),
        ),
      ),
    ),
    element(
      "tbody",
      {},
      ...order
        .slice(0, 10)
        .map((i) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, classes[i]),
            bar(before[i], "al-w-ablation-before"),
            element("td", {}, percent(before[i])),
            bar(after ? after[i] : 0, "al-w-ablation-after"),
            element("td", {}, after ? percent(after[i]) : "?"),
          ),
        ),
    ),
  );
}

export default { render, fits };
