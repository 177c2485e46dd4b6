// All feature maps of a network; of one unit what it sees, its kernel and its arithmetic.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider } from "../_runtime/kit-controls.js";
import { clamp, element, short } from "../_runtime/kit-elements.js";
import { FINGER, ends, frameOf, outline, paintGrid, paintKernel, paintMap } from "./draw.js";
import { shares } from "../_runtime/page-answer.js";
import { source } from "../_runtime/page-source.js";
import { leading } from "../_runtime/kit-links.js";
import { arithmetic, before, clipped, field, strongest } from "../_runtime/page-unit.js";
import { cellAt, contextOf } from "../_runtime/kit-canvas.js";
import { hide } from "../_runtime/scope.js";
import { choosing } from "../_runtime/surface.js";
import { table } from "../_runtime/table.js";
import { known } from "./known.js";
import { ownState } from "./own.js";

/** @import { PageLayer } from "../_runtime/page-unit.js" */

const KEYS = ["layer", "unit", "row", "column", "maps", "detail", "picture", "top"];
const SHOWN = 6; // input maps in the table

/** The units and places of the layer that is named now. */
const fits = {
  of: ["layer"],
  /** @param {(key: string) => any} get */
  ends(get) {
    const { shape } =
      get("layers").find((/** @type {PageLayer} */ l) => l.name === get("layer")) ??
      get("layers")[0];
    const [units, rows = 1, columns = 1] = shape;
    const to = (/** @type {number} */ max, /** @type {number} */ min) => ({
      min,
      max,
      whole: true,
    });
    return { unit: to(units - 1, 0), row: to(rows - 1, -1), column: to(columns - 1, -1) };
  },
};

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "activations",
    title: "The activations of every unit",
    hint: "Choose a layer, then a map: what does it look for, and where did it find it?",
    fits,
  });
  /** @type {PageLayer[]} */
  const layers = view.get("layers");
  const compact = view.get("compact");
  /** @type {any} */
  let live = null; // what the page's network found: { layers, image, probabilities }
  /** @type {ReturnType<typeof paintGrid> & { rows: number } | null} */
  let plan = null;
  let width = 0;

  const grid = element("canvas", { role: "img" });
  const photo = element("canvas", {
    role: "img",
    width: view.get("side"),
    height: view.get("side"),
  });
  const map = element("canvas", { role: "img" });
  const kernel = element("canvas", { role: "img" });
  const mark = element("span", { class: "al-w-activations-mark", hidden: true });
  const captions = ["what it sees", "its map", "its kernel"].map((words) =>
    element("figcaption", {}, words),
  );
  const reachable = {
    class: "al-w-activations-map",
    tabindex: 0,
    role: "application",
    "aria-label": "The unit's map: the arrow keys choose a place",
  };
  const mapFrame = element("div", reachable, map, mark);
  const figures = [photo, mapFrame, kernel].map((picture, i) =>
    element("figure", {}, picture, captions[i]),
  );
  const words = element("p", { class: "al-w-activations-words" });
  const parts = element("div", { class: "al-w-scroll" });
  const all = element("p", { class: "al-w-caption al-w-activations-all" });
  const answer = element("div", { class: "al-w-scroll" });
  const walk = leading(view, "walk", "Open this unit in the walk");
  const whole = document.createElement("img");
  whole.alt = "";

  const facts = known(view, {
    found: () => live,
    network: () => page?.net(),
    again: () => soon(),
  });
  const { layerNow, mapsNow, unitNow } = facts;
  const page = view.get("in_page")
    ? source(view, {
        ready: () => facts.forget(),
        picture: async (seen) => {
          paintPhoto = () =>
            contextOf(photo).putImageData(new ImageData(seen.pixels, seen.size), 0, 0);
          /** @type {any} */
          const net = page?.net();
          if (!net) return undefined;
          const [found, image] = await Promise.all([
            net.run(layers.map((l) => l.name)),
            net.image(),
          ]);
          live = { ...found, image };
          soon();
          return found.probabilities;
        },
        frame: (result) => {
          paintPhoto = () =>
            contextOf(photo).putImageData(new ImageData(result.pixels, result.size), 0, 0);
          live = { ...result, film: true };
          soon();
        },
        wants: () => ({ layers: facts.needed(), switches: {} }),
        beside: { render, state: ownState, recorded: true },
      })
    : null;

  let paintPhoto = () => contextOf(photo).drawImage(whole, 0, 0, photo.width, photo.height);
  view.listen(whole, "load", () => {
    if (!live) soon();
  });

  view.body.append(
    ...(page ? [page.element] : []),
    controls(
      choice(view, { key: "layer", label: "layer", options: layers.map((l) => l.name) }),
      slider(view, { key: "unit", label: "unit" }),
      ...(compact
        ? []
        : [
            slider(view, { key: "row", label: "row", format: (v) => (v < 0 ? "best" : v) }),
            slider(view, { key: "column", label: "column", format: (v) => (v < 0 ? "best" : v) }),
          ]),
      button(view, "Its strongest place", () => view.set({ row: -1, column: -1 })),
    ),
    element("div", { class: "al-w-panels" }, ...figures),
    words,
    parts,
    walk.element,
    all,
    element("div", { class: "al-w-scroll" }, grid),
    answer,
  );

  function draw() {
    const layer = layerNow();
    const found = mapsNow(layer);
    const now = unitNow(layer);
    plan = null;
    grid.hidden = !found;
    all.hidden = !found;
    if (found && width) {
      const rows = found.shape[1] ?? 1;
      plan = { ...paintGrid(grid, Math.min(width, 900), found, FINGER), rows };
      grid.style.width = `${plan.shown}px`;
      frameOf(grid, plan, clamp(view.get("unit"), 0, layer.shape[0] - 1));
      const name = `all ${layer.shape[0]} ${rows > 1 ? "maps" : "units"} of ${layer.name}`;
      grid.setAttribute("aria-label", name);
      all.textContent = `${name}: ${found.low < 0 ? "blue below 0, red above" : "dark is 0, yellow the largest"}`;
    }
    paintPhoto();
    for (const figure of figures.slice(1)) hide(figure, !now, view.root);
    figures[2].hidden ||= compact;
    parts.replaceChildren();
    if (now) drawUnit(layer, now);
    else words.textContent = absent(layer);
    walk.lead(now && inWalk(layer) ? unitOf(layer, now) : null);
    // Once the network runs, its answer stands beside the pictures.
    answer.replaceChildren(...(live ? [] : [shares(view.get("top"), "The most probable classes")]));
    if (!live?.film) view.announce(words.textContent); // a film would be read out without end
  }

  // Dropout at test only hands on: the walk has no stage for it.
  const inWalk = (/** @type {PageLayer} */ { kind }) => view.get("in_page") && kind !== "dropout";

  /**
   * The unit as the walk's address has it.
   * @param {PageLayer} layer
   * @param {NonNullable<ReturnType<typeof unitNow>>} now
   */
  function unitOf(layer, { unit, row, column }) {
    const photo = live ? page?.sample() : view.get("photo");
    return { layer: layer.name, channel: unit, row, column, ...(photo ? { photo } : {}) };
  }

  /** @param {PageLayer} layer */
  function absent(layer) {
    const unit = `unit ${view.get("unit")} of ${layer.name}`;
    if (page?.where === "page" && !live) return `Run the network here to see ${unit}.`;
    if (page?.where === "notebook") return `Python is working out ${unit}.`;
    const { layer: name, unit: held } = view.get("detail");
    return `This page holds ${name}, unit ${held}; the notebook and the published page have the others.`;
  }

  /**
   * @param {PageLayer} layer
   * @param {NonNullable<ReturnType<typeof unitNow>>} now
   */
  function drawUnit(layer, now) {
    const { unit, rows, columns, row, column, owner } = now;
    const values = now.map ?? new Float32Array(rows * columns);
    const value = values[row * columns + column];
    paintMap(map, values, rows, columns);
    map.setAttribute("aria-label", `map of unit ${unit} of ${layer.name}`);
    Object.assign(mark.style, {
      left: `${(100 * (column + 0.5)) / columns}%`,
      top: `${(100 * (row + 0.5)) / rows}%`,
    });
    mark.hidden = rows * columns === 1;
    const box = field(layer, row, column);
    if (box) outline(photo, clipped(box, view.get("side")), view.get("side"));
    photo.setAttribute(
      "aria-label",
      box ? "the picture, with a box around what the unit sees" : "the picture",
    );
    figures[2].hidden = compact || !now.weights;
    if (owner && now.weights && !compact) {
      const [high, wide] = owner.kernel;
      paintKernel(kernel, 260, now.weights, facts.inputsOf(owner), high, wide);
      kernel.setAttribute("aria-label", `kernel of unit ${unit} of ${owner.name}`);
      captions[2].textContent = `its kernel in ${owner.name}`;
    }
    const place = rows * columns > 1 ? ` at row ${row}, column ${column}` : "";
    const sees = box ? ` It sees ${box.bottom - box.top} × ${box.right - box.left} pixels.` : "";
    let sum = "";
    if (owner && now.seen && now.weights && !compact) {
      const found = arithmetic(now.seen, now.weights, now.bias);
      sum =
        ` Products above zero ${short(found.positive)}, below zero ${short(found.negative)},` +
        ` bias ${short(found.bias)}: ${short(found.sum)}` +
        (layer.kind === "relu" ? `, and after ReLU ${short(Math.max(found.sum, 0))}.` : ".");
      parts.replaceChildren(contributions(found.shares, owner));
    }
    words.textContent = `${layer.name}, unit ${unit}${place}: ${short(value)}.${sees}${sum}`;
  }

  /**
   * @param {{ map: number, part: number }[]} found
   * @param {PageLayer} owner
   */
  function contributions(found, owner) {
    const from = before(layers, owner.name);
    const name = (/** @type {number} */ i) =>
      from ? `map ${i} of ${from.name}` : ["red", "green", "blue"][i];
    return table({
      caption: "What the input maps bring, the most first",
      unseen: true,
      heads: ["from", "brings"],
      rows: found.slice(0, SHOWN).map(({ map: i, part }) => [name(i), short(part)]),
    });
  }

  const soon = view.soon(draw);
  view.listen(grid, "click", (event) => {
    if (!plan) return;
    const box = grid.getBoundingClientRect();
    const x = Math.floor((((event.clientX - box.left) / box.width) * grid.width) / plan.wide);
    const y = Math.floor((((event.clientY - box.top) / box.height) * grid.height) / plan.high);
    const unit = y * plan.across + x;
    if (x < plan.across && unit < layerNow().shape[0]) view.set({ unit, row: -1, column: -1 });
  });
  /** A place of the map; what lies beyond its edge is its edge. */
  const go = (/** @type {number} */ row, /** @type {number} */ column) => {
    const [, rows = 1, columns = 1] = layerNow().shape;
    view.set({
      row: clamp(Math.floor(row), 0, rows - 1),
      column: clamp(Math.floor(column), 0, columns - 1),
    });
  };
  choosing(
    view,
    mapFrame,
    (event) => {
      const [, rows = 1, columns = 1] = layerNow().shape;
      go(...cellAt(map, event, rows, columns));
    },
    map,
  );
  view.listen(mapFrame, "keydown", (event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    const now = way && unitNow(layerNow());
    if (!now) return;
    event.preventDefault();
    go(now.row + way[0], now.column + way[1]);
  });
  whole.src = view.get("picture");
  view.drawOn(KEYS, draw);
  view.onWidth((now) => {
    width = now;
    soon();
  });
  return () => view.dispose();
}

export default { render, fits };
