// Dropout: the units under one mask, the mean over many, and what the test does instead.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, toggles } from "../_runtime/kit-controls.js";
import { clamp, element, short } from "../_runtime/kit-elements.js";
import { average, linear, problem, softmax, spread, tested } from "./core.js";
import { bars, convergence } from "./plots.js";
import { unpack } from "../_runtime/data-core.js";
import { sized } from "../_runtime/raster.js";
import { heat } from "../_runtime/palette-core.js";

/** @import { Latest } from "./plots.js" */
/** @typedef {ReturnType<typeof average>} Average */

const KEYS = ["p", "style", "masks", "seed", "output", "shown"];
const STYLES = [
  ["2012", "outputs × (1 − p) at test (2012)"],
  ["inverted", "÷ (1 − p) in training (today)"],
  ["forgotten", "neither (a mistake)"],
];

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "dropout",
    title: "Dropout",
    hint: "Try this: draw masks until the mean has settled. Does it settle on what the test gives? Then forget the scaling.",
  });
  const packed = view.get("layer");
  const units = unpack(packed.units, "f4");
  const layer = { weights: unpack(packed.weights, "f4"), bias: unpack(packed.bias, "f4") };
  const names = packed.names.map((/** @type {any} */ name, /** @type {number} */ k) => [k, name]);

  const canvas = element("canvas", { role: "img" });
  const counts = element("p", { class: "al-w-caption al-w-below al-w-dropout-caption" });
  const barBox = element("div", { class: "al-w-dropout-bars" });
  const plotBox = element("div", {});
  const words = element("p", { class: "al-w-dropout-words" });
  /** @type {{ playing: (() => void) | null }} */
  const stop = { playing: null };
  const play = button(view, "Keep drawing", () => (stop.playing ? halt() : start()));
  view.body.append(
    controls(
      slider(view, { key: "p", label: "p, dropped", step: 0.05, format: (v) => short(v, 2) }),
      toggles(view, { key: "style", label: "scaling", options: STYLES }),
    ),
    controls(
      button(view, "One more mask", () =>
        view.set({ masks: Math.min(view.get("masks") + 1, 4096) }),
      ),
      play,
      slider(view, {
        key: "masks",
        label: "masks",
        step: 0.05,
        to: (place) => Math.round(2 ** place),
        from: Math.log2,
      }),
      button(view, "Other masks", () => view.set({ seed: (view.get("seed") + 1) % 10000 })),
    ),
    element(
      "div",
      { class: "al-w-panels" },
      element(
        "div",
        {},
        element("p", { class: "al-w-caption" }, "the units, under the latest mask"),
        canvas,
        counts,
      ),
      element("div", { class: "al-w-dropout-right" }, barBox),
    ),
    controls(
      choice(view, { key: "output", label: "output", options: names }),
      toggles(view, { key: "shown", label: "show", options: ["logits", "probabilities"] }),
    ),
    plotBox,
    words,
  );

  const halt = () => {
    stop.playing?.();
    stop.playing = null;
    play.textContent = "Keep drawing";
  };
  const start = () => {
    play.textContent = "Stop";
    stop.playing = view.every(120, () => {
      const masks = view.get("masks");
      if (masks >= 4096) {
        halt();
        return false;
      }
      // An eighth more each time: even steps on the axis of powers.
      view.set({ masks: Math.min(masks + Math.max(1, Math.round(masks / 8)), 4096) });
      return true;
    });
  };

  // The masks are numbered, so that more of them go on from where fewer ended.
  /** @type {{ key: string, sums: Average, trail: number[][] } | null} */
  let run = null;
  const averaged = (/** @type {State} */ now) => {
    const key = `${now.p} ${now.style} ${now.seed}`;
    if (run?.key !== key || run.sums.count > now.masks) {
      run = { key, sums: average(units, layer, now), trail: [] };
    }
    while (run.sums.count < now.masks) {
      run.sums.step();
      run.trail.push([...run.sums.mean(), ...run.sums.probability()]);
    }
    return run;
  };

  const draw = (/** @type {number} */ width) => {
    const now = view.values(KEYS);
    now.output = clamp(now.output, 0, names.length - 1);
    const wrong = problem(units, now);
    view.say(wrong);
    if (wrong) return;
    const { sums, trail } = averaged(now);
    const logits = linear(tested(units, now), layer);
    const chances = now.shown === "probabilities";
    const latest = {
      one: chances ? softmax(sums.logits) : sums.logits,
      mean: chances ? sums.probability() : sums.mean(),
      test: chances ? softmax(logits) : logits,
    };
    paintUnits(canvas, units, sums.kept);
    const kept = sums.kept.reduce((a, b) => a + b, 0);
    counts.textContent = `mask ${now.masks}: ${kept} of ${units.length} kept; crossed-out ones are dropped`;
    canvas.setAttribute(
      "aria-label",
      `${units.length} units, ${units.length - kept} of them dropped`,
    );
    const room = Math.min(width, 720);
    const right = width > 560 ? width - 290 : width;
    barBox.replaceChildren(bars(right, packed.names, latest, now));
    const offset = chances ? names.length : 0;
    plotBox.replaceChildren(
      convergence(
        room,
        trail.map((row) => row[offset + now.output]),
        {
          test: latest.test[now.output],
          // Exact for a logit; the mean of probabilities has no such formula.
          spread: chances ? null : spread(units, layer, now)[now.output],
          centre: chances ? null : expected(now)[now.output],
          shown: now.shown,
          name: packed.names[now.output],
        },
      ),
    );
    words.textContent = tell(now, sums, latest);
    view.announce(words.textContent);
  };

  const expected = (/** @type {State} */ now) =>
    linear(tested(units, now.style === "forgotten" ? { ...now, style: "2012" } : now), layer);

  const tell = (
    /** @type {State} */ now,
    /** @type {Average} */ sums,
    /** @type {Latest} */ { mean, test },
  ) => {
    const k = now.output;
    const name = packed.names[k];
    const so = now.masks === 1 ? "One mask" : `${now.masks} masks`;
    if (now.shown === "probabilities") {
      return (
        `${so}: the probabilities of “${name}” have the mean ${short(mean[k])}; the test says ` +
        `${short(test[k])}. These differ even with the right scaling: the test's is the ` +
        "geometric mean over masks, made to add up to 1, not the plain mean."
      );
    }
    const error = now.masks > 1 ? ` ± ${short(sums.error()[k], 2)}` : "";
    const verdict =
      now.style === "forgotten" && now.p > 0
        ? `which the mean will never reach: every unit is on, ${short(1 / (1 - now.p))} times what training showed this layer.`
        : "the mean over all masks, in a single pass.";
    return `${so}: the mean logit of “${name}” is ${short(mean[k])}${error}. The test gives ${short(test[k])}, ${verdict}`;
  };

  view.drawWide(KEYS, draw);
  return () => view.dispose();
}

/**
 * Units as squares, the louder the brighter; a dropped one is empty and crossed out.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} units
 * @param {Uint8Array} kept
 */
function paintUnits(canvas, units, kept) {
  const columns = Math.ceil(Math.sqrt(units.length));
  const rows = Math.ceil(units.length / columns);
  const side = Math.max(5, Math.floor(256 / columns));
  const context = sized(canvas, columns * side, rows * side);
  const top = units.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);
  units.forEach((value, i) => {
    const [x, y] = [(i % columns) * side, Math.floor(i / columns) * side];
    if (kept[i]) {
      context.fillStyle = `rgb(${heat(Math.abs(value) / top)
        .map(Math.round)
        .join(" ")})`;
      context.fillRect(x + 0.5, y + 0.5, side - 1, side - 1);
      return;
    }
    context.strokeStyle = "#858179"; // seen on light and on dark
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x + 3, y + 3);
    context.lineTo(x + side - 3, y + side - 3);
    context.moveTo(x + side - 3, y + 3);
    context.lineTo(x + 3, y + side - 3);
    context.stroke();
  });
}

export default { render };
