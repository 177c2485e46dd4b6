// All kernels of a layer, and one of them large, with its numbers.
import { View } from "../_runtime/kit.js";
import { choice, controls, tick, toggles } from "../_runtime/kit-controls.js";
import { element, short } from "../_runtime/kit-elements.js";
import { gridList } from "../_runtime/kit-grid.js";
import { leading } from "../_runtime/kit-links.js";
import { cellAt, paintCells, paintSheet } from "../_runtime/kit-canvas.js";
import { colourOf, heat, kernelColours, limitOf } from "../_runtime/palette-core.js";
import { unpack, unpackArray } from "../_runtime/data-core.js";
import { beside } from "../_runtime/own-beside.js";
import { surroundings } from "../_runtime/page-network.js";
import { ownState } from "./own.js";
import { kernelAt, order, shares, sliceOf, strongest } from "./core.js";

/** @type {[key: string, words: string, say: (value: number) => string][]} */
const MEASURES = [
  ["colourfulness", "colourfulness", (v) => `${short(100 * v, 2)} % of its energy is colour`],
  [
    "frequency",
    "frequency",
    (v) => `${short(v, 2)} cycles a pixel${v > 0 ? `: waves ${short(1 / v, 2)} pixels long` : ""}`,
  ],
  ["norm", "norm", (v) => `norm ${short(v)}`],
  ["orientation", "direction", (v) => `bars at ${Math.round(v)}°`],
  ["orientedness", "how directed", (v) => `directed ${short(v, 2)} (0: a blob, 1: a grating)`],
];

/**
 * What Python packed of a layer.
 * @typedef {object} Stock
 * @property {Parameters<typeof unpackArray>[0] | NumberArray} weight
 * @property {number} count
 * @property {number[]} numbers
 * @property {Record<string, number[]>} measures
 * @property {number[]} tower
 */

/** What can be chosen hangs on the layer: its kernels, its input channels, and what was measured of it. */
const fits = {
  of: ["stock", "layer"],
  /** @param {(key: string) => any} get @returns {Record<string, import("../_runtime/state.js").Ends>} */
  ends(get) {
    const layer = get("stock")[get("layer")];
    if (!layer) return {}; // Python brings it
    return {
      sort: { values: ["index", ...Object.keys(layer.measures)] },
      selected: { values: layer.numbers },
      slice: { min: -1, max: layer.weight.shape[1] - 1, whole: true },
    };
  },
};

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "filters",
    title: "Filters",
    hint: "Sort the kernels; point at one, or use the arrow keys, to see it large.",
    fits,
  });
  /** @type {number | null} */
  let near = null; // the kernel under the pointer, for the while
  /** @type {Stock} */
  let layer;
  /** @type {NumberArray} */
  let weights;
  /** @type {import("../_runtime/kit-grid.js").Sheet & { contrast: string } | null} */
  let sheet = null; // all kernels of this layer, painted: sorting moves them only

  /** @type {{ shape: number[], data: Uint8Array } | null} */
  let found = null; // the maps of the image, one for each kernel
  const pair = {
    chosen: (/** @type {number} */ number) => view.set({ selected: number, slice: -1 }),
    near: (/** @type {number | null} */ number) => {
      near = number;
      // A kernel and its map: whichever is pointed at, both stand out.
      for (const list of found ? [grid, maps] : []) list.point(number);
      enlarge();
    },
  };
  const grid = gridList(view, { label: "kernels", ...pair });
  const maps = gridList(view, { label: "feature maps, one for each kernel", ...pair });
  const mapsBox = element(
    "div",
    { class: "al-w-filters-maps" },
    element("p", { class: "al-w-caption" }, "Their maps of the photograph, in the same order"),
    maps.box,
  );
  const slices = gridList(view, {
    label: "slices of the kernel, one for each input channel",
    chosen: (channel) => view.set({ slice: channel }),
  });
  slices.box.classList.add("al-w-filters-slices");
  const large = element("canvas", { role: "img", "aria-label": "the chosen kernel" });
  const map = element("canvas", { role: "img" });
  const mapFigure = element("figure", {}, map, element("figcaption", {}, "its map"));
  const name = element("p", { class: "al-w-title al-w-filters-name" });
  const facts = element("ul", {});
  const cell = element("p", { class: "al-w-hint al-w-filters-cell" });
  const note = element("p", { class: "al-w-hint" });
  const walk = leading(view, "walk", "See it at work in the walk");
  const ofLab = Object.keys(view.get("middle")).length > 0; // the page's network
  const stored = () => view.get("stock")[view.get("layer")];
  const measured = () => MEASURES.filter(([key]) => key in (stored()?.measures ?? {}));
  view.body.append(
    controls(
      choice(view, { key: "layer", label: "layer" }),
      choice(view, {
        key: "sort",
        label: "sort by",
        of: ["stock", "layer"],
        options: () => [["index", "number"], ...measured()],
      }),
      tick(view, { key: "descending", label: "greatest first" }),
      toggles(view, {
        key: "contrast",
        label: "stretched",
        options: [
          ["each", "each by itself"],
          ["all", "all alike"],
        ],
      }),
    ),
    note,
    element(
      "div",
      { class: "al-w-filters-pair" },
      grid.box,
      element(
        "div",
        { class: "al-w-filters-one" },
        name,
        element("div", { class: "al-w-filters-large" }, large, mapFigure),
        cell,
        facts,
        walk.element,
      ),
      mapsBox,
    ),
    slices.box,
    surroundings() === "page" && ofLab && !view.get("opened")
      ? beside(view, { render, state: ownState }).element
      : "",
  );

  const load = () => {
    layer = stored();
    view.say(
      layer ? null : `This page holds no kernels of ${view.get("layer")}; the notebook has them`,
    );
    if (!layer) return;
    weights = "values" in layer.weight ? layer.weight : unpackArray(layer.weight);
    sheet = null;
    const given = view.get("maps")?.[view.get("layer")];
    found = given ? { shape: given.shape, data: unpack(given.data, "u1") } : null;
    mapsBox.hidden = mapFigure.hidden = !found;
    const [count, channels, high, wide] = weights.shape;
    const some =
      count < layer.count
        ? `${count} of ${layer.count} kernels, those of greatest norm`
        : `${count} kernels`;
    const shown = channels === 3 ? "" : "; of each the slice that it weighs most";
    note.textContent = `${some}, ${channels} × ${high} × ${wide}${shown}.`;
  };

  const placeOf = (/** @type {number} */ number) => Math.max(0, layer.numbers.indexOf(number));
  /** A kernel's colours, as `paintCells` takes them; channel −1: its own, or its strongest slice's. */
  const colours = (
    /** @type {NumberArray} */ kernel,
    /** @type {number} */ channel,
    /** @type {number} */ limit = 0,
  ) => {
    if (kernel.shape[0] === 3 && channel < 0)
      return kernelColours(kernel, limit || limitOf(kernel.values));
    const values = sliceOf(kernel, channel < 0 ? strongest(kernel) : channel);
    const end = limit || limitOf(values);
    return (/** @type {number} */ i) => colourOf(values[i], end);
  };

  const lay = () => {
    if (!layer) return;
    const key = view.get("sort");
    const values = layer.measures[key] ?? layer.numbers;
    const sorted = order(values, layer.tower, view.get("descending"));
    const words = MEASURES.find(([measure]) => measure === key)?.[2];
    const contrast = view.get("contrast");
    if (!sheet || sheet.contrast !== contrast) {
      const [count, , high, wide] = weights.shape;
      const limit = contrast === "all" ? limitOf(weights.values) : 0;
      const one = (/** @type {number} */ place) => colours(kernelAt(weights, place), -1, limit);
      sheet = { contrast, ...paintSheet(count, high, wide, one) };
    }
    const item = (/** @type {number} */ place) => {
      const about = words ? `, ${words(values[place])}` : "";
      return { value: layer.numbers[place], name: `kernel ${layer.numbers[place]}${about}`, place };
    };
    const towers = [...new Set(layer.tower)];
    const groups = towers.map((tower) => ({
      label: towers.length > 1 ? `tower ${tower}` : "",
      items: sorted.filter((place) => layer.tower[place] === tower).map(item),
    }));
    grid.fill(groups, sheet);
    if (found) {
      const [count, rows, columns] = found.shape;
      const named = groups.map(({ label, items }) => ({
        label,
        items: items.map((one) => ({ ...one, name: `map of kernel ${one.value}` })),
      }));
      maps.fill(named, paintSheet(count, rows, columns, mapColours));
    }
    choose();
  };
  /** @param {number} place */
  const mapColours = (place) => {
    const { shape, data } = /** @type {NonNullable<typeof found>} */ (found);
    const from = place * shape[1] * shape[2];
    return (/** @type {number} */ i) => heat(data[from + i] / 255);
  };
  const choose = () => {
    const number = layer.numbers[placeOf(view.get("selected"))];
    grid.choose(number);
    if (found) maps.choose(number);
  };

  const enlarge = () => {
    if (!layer) return;
    const chosen = near === null;
    const number = layer.numbers[placeOf(near ?? view.get("selected"))];
    const place = placeOf(number);
    const kernel = kernelAt(weights, place);
    const channel = chosen ? view.get("slice") : -1;
    const [, high, wide] = kernel.shape;
    paintCells(large, high, wide, colours(kernel, channel));
    if (found) {
      paintCells(map, found.shape[1], found.shape[2], mapColours(place));
      map.setAttribute("aria-label", `the map of kernel ${number}`);
    }
    const part = channel >= 0 || kernel.shape[0] !== 3 ? channel : null;
    const which = part === null ? -1 : part < 0 ? strongest(kernel) : part;
    const tower = Math.max(...layer.tower) > 1 ? `, tower ${layer.tower[place]}` : "";
    const slice = which >= 0 ? `, input channel ${which}` : "";
    name.textContent = `${view.get("layer")}, kernel ${number}${tower}${slice}`;
    const lines = measured().map(([key, , words]) => words(layer.measures[key][place]));
    if (which >= 0)
      lines.push(`this slice: ${short(100 * shares(kernel)[which], 2)} % of its energy`);
    facts.replaceChildren(...lines.map((line) => element("li", {}, line)));
    large.setAttribute("aria-label", `${name.textContent}: ${lines.join("; ")}`);
    if (chosen) {
      const middle = view.get("middle")?.[view.get("layer")];
      walk.lead(middle ? { layer: view.get("layer"), channel: number, ...middle } : null);
      view.announce(`${name.textContent}: ${lines.join("; ")}`);
    }
    cell.textContent = `weights from ${short(Math.min(...kernel.values), 2)} to ${short(Math.max(...kernel.values), 2)}`;
  };

  const strip = () => {
    if (!layer) return;
    const kernel = kernelAt(weights, placeOf(view.get("selected")));
    const [channels, high, wide] = kernel.shape;
    slices.box.hidden = channels === 1;
    if (channels === 1) return;
    const limit = limitOf(kernel.values);
    const parts = shares(kernel);
    const items = Array.from({ length: channels }, (_, channel) => {
      const name = `input channel ${channel}, ${short(100 * parts[channel], 2)} % of the energy`;
      return { value: channel, name, place: channel };
    });
    slices.fill(
      [{ label: `its ${channels} slices, one for each input channel`, items }],
      paintSheet(channels, high, wide, (channel) => colours(kernel, channel, limit)),
    );
    slices.choose(
      view.get("slice") < 0 ? (channels === 3 ? -1 : strongest(kernel)) : view.get("slice"),
    );
  };

  view.listen(large, "pointermove", (event) => {
    if (!layer) return;
    const kernel = kernelAt(weights, placeOf(view.get("selected")));
    const [channels, high, wide] = kernel.shape;
    const [row, column] = cellAt(large, event, high, wide).map(Math.floor);
    const at = row * wide + column;
    const slice = view.get("slice");
    const list = channels === 3 && slice < 0 ? [0, 1, 2] : [slice < 0 ? strongest(kernel) : slice];
    const values = list.map((c) => short(sliceOf(kernel, c)[at], 2));
    cell.textContent = `row ${row}, column ${column}: ${values.join(", ")}${list.length === 3 ? " (red, green, blue)" : ""}`;
  });
  view.listen(large, "pointerleave", enlarge);

  view.watch(["stock", "maps", "layer"], load); // at once: whatever is drawn next is drawn of this layer
  load();
  view.drawOn(["stock", "maps", "layer"], () => {
    lay();
    strip();
    enlarge();
  });
  view.watch(["sort", "descending", "contrast"], view.soon(lay));
  view.watch(
    ["selected", "slice"],
    view.soon(() => {
      if (!layer) return;
      choose();
      strip();
      enlarge();
    }),
  );
  return () => view.dispose();
}

export default { render, fits };
