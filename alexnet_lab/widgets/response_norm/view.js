// Local response normalisation: one place of a layer, all its channels, before and after.
import { chart } from "../_runtime/chart.js";
import { View } from "../_runtime/kit.js";
import { button, controls, slider, toggles } from "../_runtime/kit-controls.js";
import { clamp, drawn, element, short } from "../_runtime/kit-elements.js";
import { leading } from "../_runtime/kit-links.js";
import { PAPER, inhibitors, louder, problem, respond, windowOf } from "./core.js";
import { table } from "../_runtime/table.js";

/** @typedef {ReturnType<typeof respond>} Response */

const KEYS = [
  "responses",
  "n",
  "k",
  "alpha",
  "beta",
  "order",
  "reading",
  "groups",
  "channel",
  "gain",
];
const HIGH = 84; // pixels of a row of bars
const GAP = 34; // between the two rows, with a title

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "response-norm",
    title: "Local response normalisation",
    hint: "Choose a channel and make it louder: what happens to its neighbours?",
  });
  const picture = drawn("svg", { "aria-hidden": "true", height: 2 * (HIGH + GAP) });
  const words = element("p", { class: "al-w-response-norm-words" });
  const legend = element(
    "p",
    { class: "al-w-hint" },
    "Below: the outline is what would come out were all other channels and the channel itself " +
      "too quiet to inhibit; the mark is what came out before the chosen one was made louder.",
  );
  const table = element("div", { class: "al-w-scroll" });
  const walk = leading(view, "walk", "Open this channel in the walk");
  view.body.append(
    controls(
      slider(view, { key: "channel", label: "channel" }),
      slider(view, {
        key: "gain",
        label: "made louder",
        step: 0.5,
        format: (v) => `× ${short(v)}`,
      }),
    ),
    picture,
    words,
    legend,
    controls(
      slider(view, { key: "n", label: "n" }),
      slider(view, { key: "k", label: "k", step: 0.25 }),
      slider(view, {
        key: "alpha",
        label: "α",
        step: 0.25,
        format: (v) => short(v, 2),
        to: (place) => 10 ** place,
        from: (value) => Math.log10(value),
      }),
      slider(view, { key: "beta", label: "β", step: 0.05 }),
      toggles(view, {
        key: "order",
        label: "order",
        options: [
          ["relu-lrn", "ReLU, then norm (paper)"],
          ["lrn-relu", "norm, then ReLU (code, conv1)"],
        ],
      }),
      toggles(view, {
        key: "reading",
        label: "α multiplies",
        options: [
          ["formula", "Σ a² (paper)"],
          ["source", "Σ a² / n (code)"],
        ],
      }),
      button(view, "Constants of 2012", () =>
        view.set({ ...PAPER, order: "relu-lrn", reading: "formula", gain: 1 }),
      ),
    ),
    walk.element,
    table,
  );

  const state = () => {
    const found = view.values(KEYS);
    found.channel = clamp(Math.round(found.channel), 0, found.responses.length - 1);
    return found;
  };

  const draw = (/** @type {number} */ width) => {
    const now = state();
    const wrong = problem(now.responses, now);
    view.say(wrong);
    if (wrong) return;
    const values = louder(now.responses, now.channel, now.gain);
    const result = respond(values, now);
    const before = respond(now.responses, now);
    paint(picture, width, now, result, before);
    const { output, energy, rows } = inhibitors(values, now.channel, now);
    words.textContent =
      `Channel ${now.channel}: ${short(result.input[now.channel])} comes in, the squares of its ` +
      `window sum to ${short(energy)}, so it is divided by ` +
      `${short(result.denominator[now.channel])}: ${short(output)}.`;
    view.announce(words.textContent);
    const inWalk = view.get("walk");
    walk.lead(inWalk.layer ? { ...inWalk, channel: now.channel } : null);
    table.replaceChildren(inhibition(rows));
  };
  view.listen(picture, "click", (event) => {
    const box = picture.getBoundingClientRect();
    const count = view.get("responses").length;
    const channel = Math.floor(((event.clientX - box.left) / box.width) * count);
    view.set({ channel: clamp(channel, 0, count - 1) });
  });
  view.drawWide(KEYS, draw);
  return () => view.dispose();
}

/**
 * @param {SVGSVGElement} picture
 * @param {number} width
 * @param {State} now
 * @param {Response} found
 * @param {Response} before
 */
function paint(picture, width, now, { input, output }, before) {
  const count = input.length;
  const [first, last] = windowOf(now.channel, now.n, count, now.groups);
  // Below, a full bar is what would come out were all neighbours silent: what it lacks is
  // inhibition. Both rows have one scale each, so that a bar keeps its height through the first.
  const y = [Math.min(0, ...input), Math.max(1e-12, ...input.map(Math.abs))];
  const rest = now.k ** now.beta || 1;
  const height = 2 * HIGH + GAP + 22;
  const row = (/** @type {number} */ top) =>
    chart({ width, height, margins: [top, 0, height - top - HIGH, 0], x: [0, count], y });
  const [above, below] = [row(18), row(18 + HIGH + GAP)];
  above.text("in", 0, 12);
  below.text("out", 0, HIGH + GAP + 12);
  const window = {
    x: above.x(first),
    width: above.x(last + 1) - above.x(first),
    y: 18,
    height: 2 * HIGH + GAP,
  };
  const around = drawn("rect", { class: "al-w-response-norm-window", ...window });
  for (let i = 0; i < count; i += 1) {
    const bar = `al-w-bar${i === now.channel ? " al-w-chosen" : ""}`;
    const across = [i + 0.1, i + 0.9];
    above.bar(bar, across, [0, input[i]]);
    below.bar("al-w-outline", across, [
      0,
      now.order === "lrn-relu" ? Math.max(input[i], 0) : input[i],
    ]);
    below.bar(bar, across, [0, output[i] * rest]);
    if (now.gain !== 1 && before.output[i] !== output[i] && i !== now.channel) {
      const mark = Math.min(before.output[i] * rest, y[1]);
      below.bar("al-w-mark", across, [mark, mark + (y[1] - y[0]) * 0.02]);
    }
  }
  picture.setAttribute("width", String(width));
  picture.setAttribute("height", String(height));
  picture.replaceChildren(around, ...above.svg.childNodes, ...below.svg.childNodes);
}

/** @param {ReturnType<typeof inhibitors>["rows"]} rows */
function inhibition(rows) {
  const own = rows.find(({ without }) => without === null)?.channel;
  return table({
    caption: "The channels of the window",
    unseen: true,
    heads: ["channel", "comes in", "share of Σ a²", `output of ${own} without it`],
    rows: rows.map(({ channel, value, share, without }) => [
      String(channel),
      short(value),
      `${short(100 * share)} %`,
      without === null ? "itself" : short(without),
    ]),
  });
}

export default { render };
