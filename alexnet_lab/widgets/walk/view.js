// The network at work on one photograph: its map, one unit opened, doors down and up, and a tour.
import { View } from "../_runtime/kit.js";
import { choice, controls, slider } from "../_runtime/kit-controls.js";
import { element } from "../_runtime/kit-elements.js";
import { shares } from "../_runtime/page-answer.js";
import { surroundings } from "../_runtime/page-network.js";
import { source } from "../_runtime/page-source.js";
import { focused } from "../_runtime/scope.js";
import { strongest } from "./core.js";
import { sizeOf } from "./places-core.js";
import { elsewhereNodes } from "./elsewhere.js";
import { makeKnowledge } from "./knowledge.js";
import { liveSource } from "./live.js";
import { makeMap } from "./map.js";
import { absentWords, answerRows, headNodes, nameOf } from "./numbers.js";
import { channelPart, edgeOf, keyOf, longer, parseTrail, toggled } from "./path-core.js";
import { ownState } from "./own.js";
import { steer } from "./steer.js";
import { pressable, pressing } from "./press.js";
import { makeTour } from "./tour.js";
import { listenerNodes, unitNodes } from "./unit.js";

/** @import { At, Report, Stage } from "./core.js" */

const UNIT = ["layer", "channel", "row", "column"];
const KEYS = [...UNIT, "trail", "off", "stop", "recorded", "faces", "answers"];

/** The units of the stage that is named now. */
const fits = {
  of: ["layer"],
  /** @param {(key: string) => any} get */
  ends(get) {
    /** @type {Stage[]} */
    const stages = get("stages");
    const stage = stages.find(({ name }) => name === get("layer")) ?? stages[0];
    const [channels, rows, columns] = sizeOf(stage);
    const to = (/** @type {number} */ count) => ({ min: 0, max: count - 1, whole: true });
    return { channel: to(channels), row: to(rows), column: to(columns) };
  },
};

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({ model, el, name: "walk", title: "Follow one unit", fits });
  /** @type {Stage[]} */
  const stages = view.get("stages");
  const towers = view.get("towers");
  /** The reader's own network, where the walk goes through that. @type {any} */
  const opened = view.get("opened");
  /** @type {string[]} */
  const classes = view.get("classes");
  /** @type {import("./tour.js").Stop[]} */
  const stops = view.get("tour");
  const first = view.get("recorded_photo"); // the photograph of which the recorded numbers are
  const soon = view.soon(() => draw());
  const map = makeMap(stages, towers);
  const whole = document.createElement("img");
  /** @type {CanvasImageSource | null} */
  let photo = null;
  let listening = false; // whether who listens is shown
  let last = 0; // the tour's stop that was shown last
  let width = 0;
  const live = liveSource(
    stages,
    () => page?.net(),
    () => {
      known.more();
      soon();
    },
    (why) => view.say(why),
  );
  const page = view.get("in_page")
    ? source(view, {
        ready: () => {
          // Now that there are pictures to choose from, they stand below the answer's bars.
          const held = /** @type {HTMLElement | null} */ (focused(top));
          top.after(page?.element ?? "");
          held?.focus({ preventScroll: true });
        },
        picture: async (seen) => {
          const net = page?.net();
          if (!net) return;
          const [found, image] = await Promise.all([net.run(live.layers), net.image()]);
          take({ ...found, image }, seen);
          await known.mask();
        },
        frame: (result) => {
          take(result, result);
        },
        wants: () => ({ layers: live.layers, switches: {} }),
        beside: { render, state: ownState },
      })
    : null;

  const where = surroundings();
  const runs = Boolean(page) && where === "page"; // whether the network can run in this page
  const known = makeKnowledge(view, {
    stages,
    towers,
    live,
    net: () => page?.net(),
    changed: soon,
  });

  /** @param {any} found @param {{ pixels: Uint8ClampedArray<ArrayBuffer>, size: number }} seen */
  function take(found, seen) {
    if (opened && !live.has())
      view.set({ channel: found.probabilities.indexOf(Math.max(...found.probabilities)) });
    live.take(found);
    known.fresh();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: seen.size, height: seen.size });
    canvas.getContext("2d")?.putImageData(new ImageData(seen.pixels, seen.size), 0, 0);
    photo = canvas;
    soon();
  }

  const answers = element("div", { class: "al-w-walk-answers" });
  const top = element("div", { class: "al-w-walk-top" }, map.frame, answers);
  const way = opened ? `the way here, in ${opened.about.name}` : "the way here";
  const crumbs = element("nav", { class: "al-w-walk-crumbs", "aria-label": way });
  const head = element("p", { class: "al-w-walk-head", role: "status" });
  const unit = element("div", { class: "al-w-walk-unit" });
  const acts = element("div", { class: "al-w-controls al-w-walk-acts" });
  const told = element("p", { class: "al-w-walk-told" });
  const heard = element("div", {});
  const others = element("p", { class: "al-w-elsewhere" });
  const tour = stops.length
    ? makeTour(view, stops, (stop) => {
        const at = stops[stop].at;
        const before = stops.slice(0, stop).map((one) => keyOf(one.at));
        view.set({ ...unitState(at), stop, trail: before.join(" ") });
      })
    : null;
  for (const box of [crumbs, unit, acts, heard]) pressing(view, box);
  const fillUnit = view.filling(unit);
  const fillActs = view.filling(acts);
  const fillHeard = view.filling(heard);
  const fillCrumbs = view.filling(crumbs);
  const fillOthers = view.filling(others);

  view.body.append(
    top,
    element(
      "div",
      { class: `al-w-walk-below${tour ? "" : " al-w-walk-alone"}` },
      tour?.box,
      page?.element,
      element(
        "div",
        { class: "al-w-walk-open" },
        crumbs,
        controls(
          choice(view, { key: "layer", label: "stage", options: stages.map(({ name }) => name) }),
          slider(view, { key: "channel", label: "channel" }),
        ),
        head,
        unit,
        acts,
        told,
        heard,
        others,
      ),
    ),
  );

  const atNow = () => /** @type {At} */ (UNIT.map((key) => view.get(key)));
  const trailNow = () => parseTrail(view.get("trail"), stages);

  /** @param {At} at */
  function unitState([layer, channel, row, column]) {
    return { layer, channel, row, column };
  }

  /** The stop of the tour that a unit is, for a reader who is on the tour. @param {At} at */
  function stopOf(at) {
    return view.get("stop") < 0 ? -1 : stops.findIndex((one) => keyOf(one.at) === keyOf(at));
  }

  /** Open a unit; the one before it becomes a breadcrumb. @param {At} at */
  function open(at) {
    view.set({ ...unitState(at), stop: stopOf(at), trail: longer(trailNow(), atNow(), at) });
    if (runs && !page?.net() && !known.found(at)) page?.open();
  }

  function back() {
    const trail = trailNow();
    const at = trail.pop();
    if (at) view.set({ ...unitState(at), stop: stopOf(at), trail: trail.map(keyOf).join(" ") });
  }

  /** Whether the answer with one more part off, or one less, can be had here. @param {string} part */
  function able(part) {
    // Of a large layer of the reader's own network no single edge can be cut (own-graph-core.js).
    const cut = `${part.split(":")[0]}.into`;
    if (opened && part.includes("<") && !(cut in opened.about.switches)) return false;
    return runs || where === "notebook" || toggled(view.get("off"), part) in view.get("answers");
  }

  /** @param {string} part */
  function toggle(part) {
    view.set({ off: toggled(view.get("off"), part) });
    if (!live.has() && runs && !known.answer(view.get("off"))) page?.open();
  }

  function draw() {
    if (!width) return;
    const at = atNow();
    const now = known.found(at);
    map.draw(width, { at, photo, channel: known.channel, shades: known.shades });
    const { answers: place } = map.plan();
    Object.assign(answers.style, {
      left: `${place.x}px`,
      top: `${place.y}px`,
      width: `${place.width}px`,
    });
    map.frame.setAttribute(
      "aria-label",
      `The map of the network. ${nameOf(at, classes, stages)} is open. Arrow keys move on its map, ` +
        "Enter follows the strongest path down, Backspace goes back.",
    );
    const { rows, words } = answerRows(
      known.answer,
      classes,
      view.get("off"),
      map.plan().narrow ? 4 : 5,
    );
    answers.replaceChildren(shares(rows, "The answer: the most probable classes"));
    told.textContent = words;
    head.replaceChildren(
      ...headNodes(at, now, { stages, towers, classes, tower: map.towerOf(at) }),
    );
    const off = view.get("off");
    const edge = (/** @type {At} */ to, /** @type {At} */ from) => {
      const part = edgeOf(to, from, stages);
      return able(part) ? part : null;
    };
    const about = { stages, classes, open, toggle, off, edge };
    fillUnit(() => (now ? unitNodes(now, about) : absent()));
    const trail = trailNow();
    fillCrumbs(() =>
      trail.map((one) => {
        const made = pressable(nameOf(one, classes, stages), () => open(one));
        made.classList.add("al-w-walk-door");
        return element("span", {}, made, " › ");
      }),
    );
    fillActs(() => actions(at, now, trail, off));
    fillHeard(() => (listening && now ? listenerNodes(now, about) : []));
    const sample = live.has() ? (page?.sample() ?? "") : first;
    fillOthers(() =>
      view.get("in_page") && !opened ? elsewhereNodes(at, stages, sample, classes) : [],
    );
    if (tour) {
      tour.box.hidden = sample !== first; // it tells of that photograph's numbers
      const stop = stops.findIndex(
        (one, i) => i === view.get("stop") && keyOf(one.at) === keyOf(at),
      );
      if (stop >= 0) last = stop;
      tour.draw(stop, last);
    }
  }

  /** @returns {Node[]} */
  function absent() {
    const words = element(
      "p",
      { class: "al-w-hint" },
      absentWords(where, runs, live.has(), view.get("photo") !== first),
    );
    if (!runs || page?.net()) return [words];
    return [words, pressable("Run the network here", () => page?.open())];
  }

  /**
   * @param {At} at @param {Report | null} now @param {At[]} trail @param {string} off
   */
  function actions(at, now, trail, off) {
    const next = now ? strongest(now) : null;
    const down = pressable("Strongest path ↓", () => next && open(next));
    down.classList.add("al-w-walk-main");
    down.setAttribute("aria-disabled", String(!next));
    const up = pressable("Who listens ↑", () => {
      listening = !listening;
      soon();
    });
    up.setAttribute("aria-pressed", String(listening));
    const step = pressable("← Back", back);
    step.setAttribute("aria-disabled", String(!trail.length));
    /** @type {Node[]} */
    const nodes = [down, up, step];
    const own = channelPart(at, stages);
    if (own && able(own)) {
      const made = pressable(`Switch ${own.replace(":", " · ")} off`, () => toggle(own));
      made.setAttribute("aria-pressed", String(off.split(" ").includes(own)));
      nodes.push(made);
    }
    if (off) nodes.push(pressable("All on again", () => view.set({ off: "" })));
    return nodes;
  }

  view.touch.remove(); // a tap is all that the map asks for
  steer(view, map, { stages, found: known.found, open, back });
  view.listen(whole, "load", () => {
    if (!live.has()) photo = whole;
    soon();
  });
  whole.src = view.get("picture");
  view.watch(["off"], known.mask);
  view.watch(KEYS, soon);
  view.onWidth((next) => {
    width = next;
    draw();
  });
  return () => view.dispose();
}

export default { render, fits };
