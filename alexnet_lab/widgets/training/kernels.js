// Kernels along training: all of one snapshot, and one kernel through all of them.
import { button, controls, slider } from "../_runtime/kit-controls.js";
import { clamp, element, short } from "../_runtime/kit-elements.js";
import { unpack } from "../_runtime/data-core.js";
import { cells, sized } from "../_runtime/raster.js";
import { rebuilt } from "./core.js";

/** @import { View } from "../_runtime/kit.js" */

const ACROSS = 12; // kernels in a row
const GAP = 10; // CSS pixels between the towers

/**
 * The part of the view that shows kernels: { box, draw, play }.
 * @param {View} view
 * @param {State} kernels
 */
export function kernelsView(view, kernels) {
  const packed = {
    ...kernels,
    shares: unpack(kernels.shares, "u1"),
    basis: unpack(kernels.basis, "u1"),
    scales: unpack(kernels.scales, "f4"),
  };
  const likeness = unpack(kernels.likeness, "f4");
  const norm = unpack(kernels.norm, "f4");
  const all = element("canvas", { "aria-hidden": "true" });
  const frame = element(
    "div",
    {
      class: "al-w-training-frame",
      tabindex: 0,
      role: "application",
      "aria-label": "The kernels: the arrow keys choose one",
    },
    all,
  );
  const title = element("p", { class: "al-w-training-name" });
  const strip = element("canvas", { role: "img" });
  const words = element("p", { class: "al-w-training-words" });
  const play = button(view, "Play", () => {});
  const box = element(
    "div",
    { class: "al-w-training-kernels" },
    element("p", { class: "al-w-training-head" }, "The kernels of the first layer, along training"),
    controls(
      // Where the snapshots' epochs are known, the cursor of the curves is the one slider of time.
      kernels.after
        ? ""
        : slider(view, { key: "snapshot", label: "snapshot", format: (i) => saved(kernels, i) }),
      play,
    ),
    title,
    frame,
    controls(slider(view, { key: "kernel", label: "kernel followed" })),
    strip,
    words,
  );
  const perTower = kernels.count / kernels.towers;
  const [high, wide] = kernels.tile;
  let side = 30;
  // Where a kernel stands: towers begin a new row, after a gap.
  const place = (/** @type {number} */ k) => {
    const tower = Math.floor(k / perTower);
    const within = k % perTower;
    const before = tower * Math.ceil(perTower / ACROSS);
    return [before + Math.floor(within / ACROSS), within % ACROSS, tower];
  };
  const lines = place(kernels.count - 1)[0] + 1;

  // A kernel's picture, made when it is first seen.
  const made = new Map();
  const tile = (
    /** @type {CanvasRenderingContext2D} */ context,
    /** @type {number} */ snapshot,
    /** @type {number} */ k,
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ size,
  ) => {
    const key = snapshot * kernels.count + k;
    if (!made.has(key)) {
      const values = rebuilt(packed, snapshot, k);
      const plane = high * wide;
      const byte = (/** @type {number} */ v) => Math.round(127.5 + 127.5 * v);
      made.set(
        key,
        cells(high, wide, (i) => [0, 1, 2].map((c) => byte(values[c * plane + i]))),
      );
    }
    context.drawImage(made.get(key), x, y, size, size);
  };

  const draw = (/** @type {number} */ width) => {
    if (!width) return;
    const last = kernels.names.length - 1;
    const snapshot = clamp(view.get("snapshot"), 0, last);
    const kernel = clamp(view.get("kernel"), 0, kernels.count - 1);
    side = Math.max(14, Math.min(34, Math.floor((width - 4) / ACROSS)));
    const context = sized(all, ACROSS * side, lines * side + (kernels.towers - 1) * GAP);
    for (let k = 0; k < kernels.count; k += 1) {
      const [row, column, tower] = place(k);
      const [x, y] = [column * side, row * side + tower * GAP];
      tile(context, snapshot, k, x + 1, y + 1, side - 2);
      if (k === kernel) {
        context.lineWidth = 2.5;
        context.strokeStyle = "#ff5a1f";
        context.strokeRect(x + 1, y + 1, side - 2, side - 2);
      }
    }
    title.textContent =
      `${saved(kernels, snapshot)}; each kernel scaled to its own largest weight; grey is 0` +
      (kernels.towers > 1 ? "; above tower 1, below tower 2" : "");
    const many = kernels.names.length;
    const step = Math.max(14, Math.min(48, Math.floor((width - 4) / many)));
    const film = sized(strip, many * step, step);
    for (let i = 0; i < many; i += 1) {
      tile(film, i, kernel, i * step + 1, 1, step - 2);
      if (i !== snapshot) continue;
      film.lineWidth = 2.5;
      film.strokeStyle = "#ff5a1f";
      film.strokeRect(i * step + 1.25, 1.25, step - 2.5, step - 2.5);
    }
    strip.setAttribute(
      "aria-label",
      `Kernel ${kernel} at ${many} times, from the first snapshot to the last`,
    );
    const at = snapshot * kernels.count + kernel;
    words.textContent =
      `Kernel ${kernel}, ${saved(kernels, snapshot)}: its norm is ${short(norm[at])}, and the cosine of the angle ` +
      `to what it becomes is ${short(likeness[at], 2)}.`;
    view.announce(words.textContent);
  };

  view.listen(all, "click", (event) => {
    const bounds = all.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    for (let k = 0; k < kernels.count; k += 1) {
      const [row, column, tower] = place(k);
      const [left, top] = [column * side, row * side + tower * GAP];
      if (x >= left && x < left + side && y >= top && y < top + side) view.set({ kernel: k });
    }
  });
  view.listen(strip, "click", (event) => {
    const bounds = strip.getBoundingClientRect();
    const share = (event.clientX - bounds.left) / bounds.width;
    view.set({
      snapshot: clamp(Math.floor(share * kernels.names.length), 0, kernels.names.length - 1),
    });
  });
  view.listen(frame, "keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ACROSS, ArrowDown: ACROSS }[event.key];
    if (!way) return;
    event.preventDefault();
    const next = clamp(view.get("kernel"), 0, kernels.count - 1) + way;
    if (next >= 0 && next < kernels.count) view.set({ kernel: next });
  });
  return { box, draw, play };
}

/**
 * When a snapshot was taken, in words.
 * @param {State} kernels
 * @param {number} i
 */
function saved(kernels, i) {
  const place = clamp(i, 0, kernels.names.length - 1);
  return kernels.after ? `after epoch ${kernels.after[place]}` : kernels.names[place];
}

/**
 * The play button: from the beginning, or from where it was stopped, to the last snapshot.
 * @param {View} view
 * @param {State} kernels
 * @param {{ play: HTMLButtonElement }} part
 */
export function film(view, kernels, { play }) {
  /** @type {(() => void) | null} */
  let stop = null;
  const halt = () => {
    stop?.();
    stop = null;
    play.textContent = "Play";
  };
  view.listen(play, "click", () => {
    if (stop) {
      halt();
      return;
    }
    const last = kernels.names.length - 1;
    if (view.get("snapshot") >= last) view.set({ snapshot: 0 });
    play.textContent = "Stop";
    stop = view.every(450, () => {
      view.set({ snapshot: Math.min(view.get("snapshot") + 1, last) });
      if (view.get("snapshot") < last) return true;
      halt();
      return false;
    });
  });
}
