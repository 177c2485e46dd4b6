// Pooling: a real feature map, its windows, the inputs that win, and a picture that moves.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, tick, toggles } from "../_runtime/kit-controls.js";
import { clamp, element, short } from "../_runtime/kit-elements.js";
import { leading } from "../_runtime/kit-links.js";
import { outputSize, pool, problem, shifted, summary, windowOf, wins } from "./core.js";
import { changeColour, changeKey, fitted, inputKey, paintInput, paintOutput } from "./paint.js";
import { numbers, numbersIn, stepping } from "./steps.js";
import { unpack } from "../_runtime/data-core.js";
import { choosing } from "../_runtime/surface.js";
import { heat } from "../_runtime/palette-core.js";

/** @typedef {ReturnType<typeof pool>} Pooled */

const KEYS = ["map", "z", "s", "kind", "rounding", "row", "column", "down", "right", "marks"];
/** @type {[name: string, window: { z: number, s: number }][]} */
const NAMED = [
  ["one pixel in four", { z: 1, s: 2 }],
  ["side by side", { z: 2, s: 2 }],
  ["overlapping (paper)", { z: 3, s: 2 }],
];

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "pooling",
    title: "Pooling",
    hint: "Try this: move the picture one pixel to the right, then compare z = 2 with z = 3. Which outputs stay?",
  });
  const picture = (/** @type {string} */ label, /** @type {string} */ keys) => {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const frame = element(
      "div",
      { class: "al-w-pooling-frame", tabindex: 0, role: "application", "aria-label": keys },
      canvas,
    );
    const caption = element("p", { class: "al-w-caption al-w-below al-w-pooling-caption" });
    const key = element("div", {}); // what the colours mean
    const figure = element(
      "div",
      { class: "al-w-pooling-panel" },
      element("p", { class: "al-w-caption" }, label),
      frame,
      caption,
      key,
    );
    return { canvas, frame, caption, key, figure };
  };
  const input = picture("in", "Input map: the arrow keys move the window");
  const output = picture("out", "Pooled map: the arrow keys choose an output");
  const change = picture("kept by the move", "Change of outputs: the arrow keys choose an output");
  change.key.append(changeKey());
  const formula = element("p", { class: "al-w-pooling-formula" });
  const words = element("p", { class: "al-w-pooling-words" });
  const grid = element("div", { class: "al-w-scroll" });
  const steps = stepping(view, {
    values: () => numbersIn(seen, ends),
    kind: () => view.get("kind"),
    onward: () => onward(),
    redraw: () => drawNumbers(),
  });
  const table = element("div", { class: "al-w-scroll" });
  const fillTable = view.filling(table);
  const walk = leading(view, "walk", "Open this output in the walk");
  const names = view
    .get("maps")
    .names.map((/** @type {any} */ name, /** @type {number} */ i) => [i, name]);
  const still = view.limits("right").max === 0;
  view.body.append(
    controls(
      choice(view, { key: "map", label: "feature map", options: names }),
      slider(view, { key: "z", label: "window z" }),
      slider(view, { key: "s", label: "step s" }),
      toggles(view, {
        key: "kind",
        label: "takes the",
        options: [
          ["max", "maximum"],
          ["average", "mean"],
        ],
      }),
      toggles(view, {
        key: "rounding",
        label: "size rounded",
        options: [
          ["up", "up (2012)"],
          ["down", "down (torch)"],
        ],
      }),
      tick(view, { key: "marks", label: "mark the winners" }),
    ),
    element(
      "div",
      { class: "al-w-panels" },
      input.figure,
      element("div", { class: "al-w-pooling-small" }, output.figure, change.figure),
      element("div", { class: "al-w-pooling-detail" }, words, grid, steps.element, formula),
    ),
    still
      ? ""
      : controls(
          slider(view, { key: "right", label: "picture moved right" }),
          slider(view, { key: "down", label: "moved down" }),
          button(view, "Back", () => view.set({ right: 0, down: 0 })),
        ),
    walk.element,
    table,
  );
  if (still) change.figure.hidden = true;

  const packed = view.get("maps");
  const all = unpack(packed.data, "u2");
  const read = () => {
    const now = view.values(KEYS);
    now.map = clamp(now.map, 0, packed.names.length - 1);
    const size = packed.rows * packed.columns;
    now.unit = packed.steps[now.map];
    const { layer, photo } = view.get("walk");
    now.walk = layer && { layer, photo, channel: packed.channels[now.map] };
    now.whole = {
      rows: packed.rows,
      columns: packed.columns,
      values: all.subarray(now.map * size, (now.map + 1) * size),
    };
    now.first = shifted(now.whole, packed.margin, 0, 0);
    now.seen = shifted(now.whole, packed.margin, now.down, now.right);
    return now;
  };

  // The network pools in one way, and the picture stands where it stands.
  const asInTheNetwork = (/** @type {State} */ { z, s, kind, rounding, down, right, walk }) =>
    walk && z === 3 && s === 2 && kind === "max" && rounding === "up" && !down && !right;

  let cell = 6; // CSS pixels of one input
  /** @type {FeatureMap} */
  let seen = { rows: 0, columns: 0, values: new Float64Array(0) };
  /** @type {number[]} */
  let ends = [0, -1, 0, -1]; // the window's first and last row, first and last column
  const drawNumbers = () => {
    const { unit, kind } = read();
    grid.replaceChildren(numbers(seen, unit, ends, steps.looked(), kind));
    steps.tell(unit);
  };
  /** The next window, in reading order; false after the last. */
  const onward = () => {
    const now = read();
    const rows = outputSize(now.seen.rows, now);
    const columns = outputSize(now.seen.columns, now);
    const [row, column] = [Math.min(now.row, rows - 1), Math.min(now.column, columns - 1)];
    const at = row * columns + column + 1;
    if (at === rows * columns) return false;
    view.set({ row: Math.floor(at / columns), column: at % columns });
    return true;
  };
  const draw = (/** @type {number} */ width) => {
    const now = read();
    const wrong = problem(now.seen, now);
    view.say(wrong);
    if (wrong) return;
    const pooled = pool(now.seen, now);
    const before = pool(now.first, now);
    const at = [clamp(now.row, 0, pooled.rows - 1), clamp(now.column, 0, pooled.columns - 1)];
    ends = windowOf(at[0], at[1], now.seen, now);
    seen = now.seen;
    const top = now.seen.values.reduce(
      (/** @type {number} */ m, /** @type {number} */ v) => Math.max(m, v),
      1,
    );
    cell = Math.min(6, fitted(width) / now.seen.columns);
    paintInput(input.canvas, now, pooled, ends, top, cell);
    // A number is as large as before: pooling makes the map small. But not too small to click.
    const step = Math.max(cell, Math.min(60 / pooled.columns, 30));
    paintOutput(output.canvas, pooled, at, (i) => heat(pooled.values[i] / top), step);
    const same = (/** @type {number} */ i) => changeColour(before.values[i], pooled.values[i]);
    paintOutput(change.canvas, pooled, at, same, step);
    const won = wins(now.seen, pooled);
    const dots = now.marks && now.kind === "max";
    input.key.replaceChildren(inputKey(short(top * now.unit), dots));
    tell(now, pooled, before, won, at);
    const { map, z, s, kind, rounding, down, right } = now;
    steps.settle([map, z, s, kind, rounding, down, right, ...at].join());
    drawNumbers();
  };

  const tell = (
    /** @type {State} */ now,
    /** @type {Pooled} */ pooled,
    /** @type {Pooled} */ before,
    /** @type {Uint16Array} */ won,
    /** @type {number[]} */ at,
  ) => {
    const { z, s, rounding } = now;
    const [open, close] = rounding === "up" ? ["⌈", "⌉"] : ["⌊", "⌋"];
    const left = summary(now.whole, packed.margin, [now.down, now.right], now);
    const overlap =
      z > s ? "windows overlap" : z < s ? "windows leave gaps" : "windows lie side by side";
    formula.textContent =
      `1 + ${open}(${seen.rows} − ${z}) / ${s}${close} = ${outputSize(seen.rows, now)}; ${overlap}` +
      (left.unseen
        ? `; ${left.unseen} of ${seen.rows} rows and as many columns lie in no window`
        : "");
    input.caption.textContent = `${seen.rows} × ${seen.columns}`;
    output.caption.textContent = `${pooled.rows} × ${pooled.columns}`;
    change.caption.textContent =
      now.down || now.right
        ? `${Math.round(100 * left.same)} % of the outputs above 0 keep their value`
        : "move the picture, below";
    const value = pooled.values[at[0] * pooled.columns + at[1]] * now.unit;
    const place = pooled.winners[at[0] * pooled.columns + at[1]];
    const often = place >= 0 ? won[place] : 0;
    words.textContent =
      `Output (${at[0]}, ${at[1]}) is ${short(value)}: ` +
      (now.kind === "average"
        ? "the mean of its window."
        : place < 0
          ? "every unit of its window is silent."
          : `input (${Math.floor(place / seen.columns)}, ${place % seen.columns}) wins` +
            `${often > 1 ? `, here and in ${often - 1} more window${often > 2 ? "s" : ""}` : ""}.`);
    view.announce(`${words.textContent} ${formula.textContent}`);
    walk.lead(asInTheNetwork(now) ? { ...now.walk, row: at[0], column: at[1] } : null);
    fillTable((part) => [comparison(part, now)]);
  };

  const comparison = (
    /** @type {import("../_runtime/scope.js").Scope} */ part,
    /** @type {State} */ now,
  ) => {
    const own = NAMED.some(([, o]) => o.z === now.z && o.s === now.s);
    /** @type {typeof NAMED} */
    const rows = own ? NAMED : [...NAMED, ["yours", { z: now.z, s: now.s }]];
    const moved = now.down || now.right ? [now.down, now.right] : [0, still ? 0 : 1];
    const heads = ["windows", "z", "s", "out"];
    if (now.kind === "max") heads.push("winners");
    if (!still) heads.push("kept", "mean change");
    const body = rows.map(([name, options]) => {
      const found = summary(now.whole, packed.margin, moved, { ...now, ...options });
      const chosen = options.z === now.z && options.s === now.s;
      const go = button(part, name, () => view.set(options));
      go.setAttribute("aria-pressed", String(chosen));
      const data = [options.z, options.s, found.outputs.join(" × ")];
      if (now.kind === "max") data.push(found.winners);
      if (!still)
        data.push(`${Math.round(100 * found.same)} %`, `${Math.round(100 * found.change)} %`);
      return element(
        "tr",
        { class: chosen ? "al-w-pooling-chosen" : null },
        element("th", { scope: "row" }, go),
        ...data.map((d) => element("td", {}, String(d))),
      );
    });
    const move = now.down || now.right ? `by (${moved[1]}, ${moved[0]})` : "by one pixel";
    return element(
      "table",
      {},
      element(
        "caption",
        {},
        still
          ? "Other windows over the same map"
          : `Other windows over the same map, and what stays when the picture moves ${move}`,
      ),
      element(
        "thead",
        {},
        element("tr", {}, ...heads.map((h) => element("th", { scope: "col" }, h))),
      ),
      element("tbody", {}, ...body),
    );
  };

  const pick =
    (/** @type {HTMLCanvasElement} */ canvas, /** @type {string} */ size) =>
    (/** @type {MouseEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      const now = read();
      const rows = outputSize(now.seen.rows, now);
      const columns = outputSize(now.seen.columns, now);
      const [x, y] = [
        (event.clientX - box.left) / box.width,
        (event.clientY - box.top) / box.height,
      ];
      view.set({
        row: clamp(place(y, now.seen.rows, rows, now, size), 0, rows - 1),
        column: clamp(place(x, now.seen.columns, columns, now, size), 0, columns - 1),
      });
    };
  // In the input, the window whose middle is nearest.
  const place = (
    /** @type {number} */ share,
    /** @type {number} */ inputs,
    /** @type {number} */ outputs,
    /** @type {State} */ { z, s },
    /** @type {string} */ size,
  ) => (size === "input" ? Math.round((share * inputs - z / 2) / s) : Math.floor(share * outputs));
  const steer = (/** @type {KeyboardEvent} */ event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    const now = read();
    const last = [outputSize(now.seen.rows, now) - 1, outputSize(now.seen.columns, now) - 1];
    view.set({
      row: clamp(Math.min(now.row, last[0]) + way[0], 0, last[0]),
      column: clamp(Math.min(now.column, last[1]) + way[1], 0, last[1]),
    });
  };
  for (const { panel, size } of [
    { panel: input, size: "input" },
    { panel: output, size: "output" },
    { panel: change, size: "output" },
  ]) {
    choosing(view, panel.frame, pick(panel.canvas, size), panel.canvas);
    view.listen(panel.frame, "keydown", steer);
  }
  view.drawWide([...KEYS, "limits"], draw);
  return () => view.dispose();
}

export default { render };
