// The two towers: a map of the network, one layer's wiring, and the bytes of a training step.
import { View } from "../_runtime/kit.js";
import { choice, controls, slider, tick } from "../_runtime/kit-controls.js";
import { clamp, element } from "../_runtime/kit-elements.js";
import {
  blocks,
  breakEven,
  bytesText,
  crossing,
  groupsOf,
  macs,
  problem,
  sees,
  totals,
  towerOf,
  weights,
} from "./core.js";
import { leading } from "../_runtime/kit-links.js";
import { plan, traffic, wiring } from "./plots.js";

/** @import { Layer } from "./core.js" */
/** @typedef {ReturnType<typeof crossing>} Sent */

const KEYS = ["layer", "kernel", "batch", "conv3", "fc"];

/** The kernels of the layer that is named now. */
const fits = {
  of: ["layer"],
  /** @param {(key: string) => any} get @returns {Record<string, import("../_runtime/state.js").Ends>} */
  ends(get) {
    const layer = get("layers").find(
      (/** @type {{ name: string }} */ one) => one.name === get("layer"),
    );
    return layer ? { kernel: { min: 0, max: layer.outputs - 1, whole: true } } : {};
  },
};

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "towers",
    title: "Two towers",
    hint: "Try this: follow a kernel of conv2, conv3 and conv4 in turn: which maps does it see? Then cut the exchange at conv3.",
    fits,
  });
  /** @type {Layer[]} */
  const layers = view.get("layers");
  const names = layers.map((layer) => layer.name);
  const head = names[names.length - 1];
  const map = element("div", { class: "al-w-towers-map", tabindex: 0, role: "application" });
  map.setAttribute("aria-label", "The two towers, layer by layer: the arrow keys choose a layer");
  const words = element("p", { class: "al-w-towers-words" });
  const sides = element("div", { class: "al-w-towers-sides" });
  const bytes = element("div", { class: "al-w-scroll" });
  const verdict = element("p", { class: "al-w-towers-words" });
  const walk = leading(view, "walk", "Follow this kernel in the walk");
  view.body.append(
    controls(
      tick(view, { key: "conv3", label: "exchange before conv3" }),
      tick(view, { key: "fc", label: "exchange before fc6 and fc7" }),
    ),
    map,
    controls(
      choice(view, { key: "layer", label: "layer", options: names }),
      slider(view, { key: "kernel", label: "kernel" }),
    ),
    words,
    walk.element,
    sides,
    controls(
      slider(view, {
        key: "batch",
        label: "images a step",
        step: 0.5,
        to: (place) => Math.round(2 ** place),
        from: Math.log2,
      }),
    ),
    bytes,
    verdict,
  );

  const read = () => {
    const now = view.values(KEYS);
    now.at = Math.max(0, names.indexOf(now.layer));
    now.one = layers[now.at];
    now.kernel = clamp(now.kernel, 0, now.one.outputs - 1);
    now.both = new Set(
      layers
        .filter((l) => l.groups === 1 && (l.kind === "fc" ? now.fc : now.conv3))
        .map((l) => l.name),
    );
    return now;
  };

  const draw = (/** @type {number} */ width) => {
    const wrong = problem(layers);
    view.say(wrong);
    if (wrong) return;
    const now = read();
    const sent = crossing(view.get("traffic"), now.batch, now.both, head);
    const room = Math.min(width, 760);
    map.replaceChildren(plan(room, layers, now, sent, head));
    words.textContent = look(now);
    sides.replaceChildren(...bothWays(now));
    bytes.replaceChildren(traffic(room, layers, sent, view.get("gradient_bytes"), head));
    verdict.textContent = compare(now, sent);
    view.announce(`${words.textContent} ${verdict.textContent}`);
    const inWalk = view.get("walk");
    const [row, column] = now.one.size.map((/** @type {number} */ n) => Math.floor(n / 2));
    const unit = { layer: now.one.name, channel: now.kernel, row, column };
    // The pages' network is narrower where it is fully connected.
    walk.lead(inWalk.photo && now.one.kind === "conv" ? { ...inWalk, ...unit } : null);
  };

  const look = (/** @type {State} */ { one, kernel, both, at }) => {
    const groups = groupsOf(one, both);
    const noun = one.kind === "fc" ? "unit" : "kernel";
    const tower = towerOf(kernel, one.outputs) + 1;
    if (!one.towered) {
      const what =
        at === 0
          ? "the image, which both towers are given"
          : "both towers' units: each tower adds up its half, and the two sums are added";
      return `${cap(noun)} ${kernel} of ${one.name} sees ${what}.`;
    }
    const [first, last] = sees(kernel, one, groups);
    const what =
      one.kind === "fc" && one.inputs > layers[at - 1].outputs
        ? "numbers"
        : one.kind === "fc"
          ? "units"
          : "maps";
    const reach =
      groups === 1
        ? `all ${one.inputs} ${what}, of both towers`
        : `${what} ${first} to ${last}, of tower ${tower} alone`;
    return (
      `${cap(noun)} ${kernel} of ${one.name} is in tower ${tower} and sees ${reach}: ` +
      `${thousands(weights(one, groups) / one.outputs)} weights.`
    );
  };

  // The layer as it stands, and as it would be the other way round.
  const bothWays = (/** @type {State} */ now) => {
    const { one } = now;
    const here = groupsOf(one, now.both);
    if (!one.towered)
      return [
        wiringBox(now, 1, one.head ? "each tower sums its half" : "every kernel sees the image"),
      ];
    return [1, 2].map((groups) => {
      const name = groups === 1 ? "groups = 1: sees both towers" : "groups = 2: sees its own tower";
      return wiringBox(now, groups, name, groups === here);
    });
  };

  const wiringBox = (
    /** @type {State} */ now,
    /** @type {number} */ groups,
    /** @type {string} */ name,
    chosen = true,
  ) => {
    const { one } = now;
    const extra = [
      one.stride[0] > 1 ? `, stride=${one.stride[0]}` : "",
      one.padding[0] ? `, padding=${one.padding[0]}` : "",
      groups > 1 ? ", groups=2" : "",
    ].join("");
    const code =
      one.kind === "conv"
        ? `Conv2d(${one.inputs}, ${one.outputs}, ${one.kernel[0]}${extra})`
        : groups === 1
          ? `Linear(${one.inputs}, ${one.outputs})`
          : `2 × Linear(${one.inputs / 2}, ${one.outputs / 2})`;
    return element(
      "div",
      { class: `al-w-towers-side${chosen ? " al-w-chosen" : ""}` },
      element("p", {}, element("strong", {}, name), chosen && one.towered ? " (as it stands)" : ""),
      wiring(one, groups, now.kernel, blocks(one, groups)),
      element("code", {}, code),
      element("p", {}, `${thousands(weights(one, groups))} weights`),
      element("p", {}, `${thousands(macs(one, groups))} multiplications an image`),
    );
  };

  const compare = (/** @type {State} */ now, /** @type {Sent} */ sent) => {
    const gradients = view.get("gradient_bytes");
    const { parameters } = totals(layers, now.both);
    const start =
      `A training step on ${now.batch} images sends ${bytesText(sent.total)} from tower to tower, half ` +
      `of it forward (maps), half backward (gradients). The network has ${thousands(parameters)} parameters.`;
    if (!gradients || !(now.conv3 && now.fc)) return start;
    const even = breakEven(view.get("traffic"), now.both, head, gradients);
    const less = even === null || now.batch < even ? "less" : "more";
    return (
      `${start} Two copies of the network, each with half the images, would exchange ${bytesText(2 * gradients)} ` +
      `of gradients, whatever the batch: at ${now.batch} images the towers send ${less}; they are even at ${Math.round(even ?? Infinity)}.`
    );
  };

  view.listen(map, "click", (event) => {
    const target = /** @type {Element} */ (event.target).closest("[data-layer]");
    const name = target?.getAttribute("data-layer");
    if (name) view.set({ layer: name });
  });
  view.listen(map, "keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -99, End: 99 }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    view.set({ layer: names[clamp(read().at + way, 0, names.length - 1)] });
  });
  view.drawWide(KEYS, draw);
  return () => view.dispose();
}

/** @param {string} word */
function cap(word) {
  return word[0].toUpperCase() + word.slice(1);
}

/** @param {number} number */
function thousands(number) {
  return Math.round(number).toLocaleString("en");
}

export default { render, fits };
