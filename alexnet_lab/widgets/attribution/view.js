// Two maps of importance over one photograph: strength, a place to read, and how alike they are.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider } from "../_runtime/kit-controls.js";
import { clamp, element, short } from "../_runtime/kit-elements.js";
import { above, cellsOf, inWords, place, strongest } from "./core.js";
import { unpack } from "../_runtime/data-core.js";
import { leading } from "../_runtime/kit-links.js";
import { choosing } from "../_runtime/surface.js";
import { cells, sized } from "../_runtime/raster.js";
import { heat } from "../_runtime/palette-core.js";

const KEYS = ["method", "case", "method2", "case2", "strength", "row", "column"];
const SIDES = [
  ["method", "case", "first"],
  ["method2", "case2", "second"],
];

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "attribution",
    title: "Two maps of one photograph",
    hint: "Try this: keep the method, and choose another network or class for the second map. Which methods still draw the same map?",
  });
  const maps = view.get("maps");
  const { side } = maps;
  const all = unpack(maps.data, "u1");
  const photo = new Image();
  const panel = (/** @type {string[]} */ [method, name, where]) => {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const label = `The ${where} map: the arrow keys choose a place`;
    const frame = element(
      "div",
      { class: "al-w-attribution-frame", tabindex: 0, role: "application", "aria-label": label },
      canvas,
    );
    const choices = controls(
      choice(view, { key: method, label: `${where} map` }),
      choice(view, { key: name, label: `case of the ${where}` }),
    );
    const caption = element("p", { class: "al-w-caption al-w-below" });
    const whole = element("div", { class: "al-w-attribution-panel" }, choices, frame, caption);
    return { canvas, frame, caption, whole };
  };
  const panels = SIDES.map(panel);
  const words = element("p", { class: "al-w-attribution-words" });
  const caution = element("p", { class: "al-w-hint al-w-attribution-caution" });
  const walk = leading(view, "walk", "Open this pixel in the walk");
  view.body.append(
    element("div", { class: "al-w-panels" }, ...panels.map(({ whole }) => whole)),
    controls(
      slider(view, {
        key: "strength",
        label: "map over photograph",
        step: 0.05,
        format: (v) => `${Math.round(100 * v)} %`,
      }),
      button(view, "Strongest place of the first", () => seek(0)),
      button(view, "Strongest place of the second", () => seek(1)),
    ),
    words,
    caution,
    walk.element,
  );

  const at = (/** @type {number} */ k) => place(maps, view.get(SIDES[k][0]), view.get(SIDES[k][1]));
  const seek = (/** @type {number} */ k) => {
    const values = cellsOf(maps, all, at(k));
    if (!values) return;
    const [row, column] = strongest(values, side);
    view.set({ row, column });
  };
  let width = 0;
  const draw = () => {
    if (!width) return;
    const now = view.values(KEYS);
    const found = [0, 1].map((k) => cellsOf(maps, all, at(k)));
    const size = Math.floor(panels[0].whole.clientWidth);
    panels.forEach(({ canvas }, k) => paint(canvas, photo, found[k], side, size, now));
    tell(now, found);
  };

  const tell = (/** @type {State} */ now, /** @type {(Uint8Array | null)[]} */ found) => {
    const here = now.row * side + now.column;
    panels.forEach(({ caption }, k) => {
      const values = found[k];
      caption.textContent = values
        ? `here ${short(values[here] / 255, 2)}, more than ${Math.round(100 * above(values, here))} % of the places`
        : "not computed for this case";
    });
    const [one, two] = [at(0), at(1)];
    const alike = one < 0 || two < 0 ? null : maps.alike[one][two];
    words.textContent =
      alike === null
        ? "One of the two maps was not computed."
        : `Rank correlation of the two maps: ${alike.toFixed(2).replace("-", "−")}` +
          (one === two ? " (they are one map)." : `: ${inWords(alike)}.`);
    const inInput = (/** @type {number} */ cell) => Math.floor(((cell + 0.5) / side) * maps.pixels);
    const pixel = {
      layer: "image",
      channel: 1,
      row: inInput(now.row),
      column: inInput(now.column),
    };
    walk.lead(view.get("sample") ? { ...pixel, photo: view.get("sample") } : null);
    const said = [...new Set([now.method, now.method2])].filter((name) => maps.cautions[name]);
    caution.textContent = said.map((name) => `${name}: ${maps.cautions[name]}`).join(" ");
    view.announce(
      `${words.textContent} Row ${now.row}, column ${now.column}: first ${panels[0].caption.textContent}; second ${panels[1].caption.textContent}.`,
    );
  };

  const pick = (/** @type {HTMLCanvasElement} */ canvas) => (/** @type {MouseEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    const share = (
      /** @type {number} */ a,
      /** @type {number} */ b,
      /** @type {number} */ length,
    ) => clamp(Math.floor(((a - b) / length) * side), 0, side - 1);
    view.set({
      row: share(event.clientY, box.top, box.height),
      column: share(event.clientX, box.left, box.width),
    });
  };
  const steer = (/** @type {KeyboardEvent} */ event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 8 : 1;
    view.set({
      row: clamp(view.get("row") + step * way[0], 0, side - 1),
      column: clamp(view.get("column") + step * way[1], 0, side - 1),
    });
  };
  for (const { canvas, frame } of panels) {
    choosing(view, frame, pick(canvas), canvas);
    view.listen(frame, "keydown", steer);
  }
  view.listen(photo, "load", draw);
  photo.src = view.get("photo");
  view.drawOn([...KEYS, "limits"], draw);
  view.onWidth((now) => {
    width = now;
    draw();
  });
  return () => view.dispose();
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLImageElement} photo
 * @param {Uint8Array | null} values
 * @param {number} side
 * @param {number} size
 * @param {State} now
 */
function paint(canvas, photo, values, side, size, { strength, row, column }) {
  const context = sized(canvas, size, size);
  if (photo.complete && photo.naturalWidth) {
    context.imageSmoothingEnabled = true;
    context.drawImage(photo, 0, 0, size, size);
    context.imageSmoothingEnabled = false;
  }
  if (values) {
    context.globalAlpha = strength;
    context.drawImage(
      cells(side, side, (i) => heat(values[i] / 255)),
      0,
      0,
      size,
      size,
    );
    context.globalAlpha = 1;
  }
  const cell = size / side;
  for (const { width, colour } of [
    { width: 4, colour: "#111" },
    { width: 2, colour: "#ff5a1f" },
  ]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.strokeRect((column - 0.5) * cell, (row - 0.5) * cell, 2 * cell, 2 * cell);
  }
}

export default { render };
