// The drawings of the tower widget: the map of the network, one layer's weights, the bytes.
import { chart } from "../_runtime/chart.js";
import { drawn } from "../_runtime/kit-elements.js";
import { bytesText, sees } from "./core.js";

/** @import { Layer } from "./core.js" */
/** @typedef {ReturnType<typeof import("./core.js").crossing>} Sent */

/**
 * The layers in two rows (or, on a phone, two columns), with a line for each way that is open.
 * @param {number} width
 * @param {Layer[]} layers
 * @param {State} now
 * @param {Sent} sent
 * @param {string} head
 */
export function plan(width, layers, now, sent, head) {
  const tall = width < 560;
  const step = tall ? 58 : (width - 20) / (layers.length + 1);
  const [boxWide, boxHigh] = tall ? [88, 36] : [Math.min(step - 14, 70), 42];
  const across = tall ? [width / 2 - 76, width / 2 + 76] : [34, 150];
  const size = tall ? [width, step * (layers.length + 1)] : [width, 184];
  const at = (/** @type {number} */ place, /** @type {number} */ tower) => {
    const along = (place + 0.5) * step + (tall ? 0 : 10);
    return tall ? [across[tower], along] : [along, across[tower]];
  };
  const middle = (/** @type {number} */ place) =>
    at(place, 0).map((v, i) => (v + at(place, 1)[i]) / 2);
  /** @type {(SVGTextElement | SVGLineElement)[]} */
  const lines = [];
  /** @type {SVGGElement[]} */
  const boxes = [];
  // A box's own place is in the middle; the image and the class scores stand between the towers.
  const link = (
    /** @type {number[]} */ from,
    /** @type {number[]} */ to,
    /** @type {string} */ kind,
    bytes = 0,
  ) => {
    const [[x1, y1], [x2, y2]] = [from, to];
    const wide = bytes ? Math.max(1.5, Math.min(7, Math.log10(bytes) - 3)) : 2;
    lines.push(
      drawn("line", { class: `al-w-towers-${kind}`, x1, y1, x2, y2, "stroke-width": wide }),
    );
  };
  const box = (
    /** @type {number[]} */ [x, y],
    /** @type {string} */ name,
    /** @type {string} */ under,
    /** @type {string} */ kind,
    /** @type {boolean} */ chosen,
  ) => {
    const parts = [
      drawn("rect", {
        x: x - boxWide / 2,
        y: y - boxHigh / 2,
        width: boxWide,
        height: boxHigh,
        rx: 5,
      }),
      drawn("text", { x, y: y - 3, "text-anchor": "middle" }, name),
      drawn("text", { x, y: y + 12, class: "al-w-towers-under", "text-anchor": "middle" }, under),
    ];
    /** @type {Record<string, string>} */
    const attributes = {
      class: `al-w-towers-box al-w-towers-${kind}${chosen ? " al-w-chosen" : ""}`,
    };
    if (layers.some((layer) => layer.name === name)) attributes["data-layer"] = name;
    boxes.push(drawn("g", attributes, ...parts));
  };
  box(middle(0), "image", "3 maps", "shared", false);
  layers.forEach((layer, i) => {
    const last = layer.name === head;
    const chosen = layer.name === now.layer;
    const place = i + 1;
    for (const tower of [0, 1]) {
      const here = last ? middle(place) : at(place, tower);
      link(
        i === 0 ? middle(0) : at(place - 1, tower),
        here,
        last ? "cross" : ["one", "two"][tower],
        last ? sent.at(head) : 0,
      );
      if (layer.towered && now.both.has(layer.name)) {
        link(at(place - 1, 1 - tower), here, "cross", sent.at(layer.name));
      }
      const grid = layer.size.length ? ` × ${layer.size[0]}²` : "";
      if (!last)
        box(here, layer.name, `${layer.outputs / 2}${grid}`, ["one", "two"][tower], chosen);
    }
    if (last) box(middle(place), layer.name, `${layer.outputs}`, "shared", chosen);
    const sum = sent.at(layer.name);
    if (sum) {
      const from = middle(place - 1);
      const to = middle(place);
      const [x, y] = from.map((v, k) => (v + to[k]) / 2);
      const label = last
        ? tall
          ? [x + 62, y + 4]
          : [to[0], to[1] + 40]
        : tall
          ? [x + 34, y + 4]
          : [x, y + 34];
      lines.push(
        drawn(
          "text",
          {
            class: "al-w-towers-bytes",
            x: label[0],
            y: label[1],
            "text-anchor": tall ? "start" : "middle",
          },
          bytesText(sum),
        ),
      );
    }
  });
  const titles = [0, 1].map((tower) => {
    const [x, y] = tall ? [across[tower], 12] : [10, tower ? 182 : 10];
    return drawn("text", { x, y, "text-anchor": tall ? "middle" : "start" }, `tower ${tower + 1}`);
  });
  return drawn(
    "svg",
    { width: size[0], height: size[1], "aria-hidden": "true" },
    ...titles,
    ...lines,
    ...boxes,
  );
}

const SIDE = 132;

/**
 * Kernels (rows) by maps (columns): a block where weights are; a kernel's row is set off.
 * @param {Layer} layer
 * @param {number} groups
 * @param {number} kernel
 * @param {boolean[][]} blocks
 */
export function wiring(layer, groups, kernel, blocks) {
  const [left, top] = [52, 18];
  const [rows, halves] = [blocks.length, blocks[0].length];
  const [w, h] = [SIDE / halves, SIDE / rows];
  const parts = [];
  blocks.forEach((row, tower) => {
    row.forEach((there, from) => {
      const shape = { x: left + from * w + 1, y: top + tower * h + 1, width: w - 2, height: h - 2 };
      // A colour of a tower's own where nothing crosses: by rows, but the head by its inputs.
      const own = rows === 1 ? from : tower;
      const crosses = rows === 2 && halves === 2 && from !== tower;
      const kind = !there ? "none" : crosses ? "cross" : ["one", "two"][own];
      parts.push(drawn("rect", { class: `al-w-towers-block al-w-towers-fill-${kind}`, ...shape }));
    });
  });
  const y = top + ((kernel + 0.5) / layer.outputs) * SIDE;
  const [first, last] = sees(kernel, layer, groups);
  const count = last - first + 1;
  const [from, to] = [first, last + 1].map((map) => left + (map / layer.inputs) * SIDE);
  const said = count < layer.inputs ? `sees ${count} of ${layer.inputs}` : `sees ${count}`;
  parts.push(
    drawn("line", { class: "al-w-towers-row", x1: from, x2: to, y1: y, y2: y }),
    drawn("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, String(kernel)),
    drawn("text", { x: left + SIDE / 2, y: 11, "text-anchor": "middle" }, said),
  );
  blocks.forEach((_, t) => {
    if (rows === 1) return;
    const middle = top + (t + 0.5) * h;
    if (Math.abs(middle - y) > 14)
      parts.push(
        drawn("text", { x: left - 6, y: middle + 4, "text-anchor": "end" }, `tower ${t + 1}`),
      );
  });
  return drawn(
    "svg",
    { width: left + SIDE + 4, height: top + SIDE + 4, "aria-hidden": "true" },
    ...parts,
  );
}

/**
 * Bytes a step: a bar each boundary, forward and backward, and data parallel's for comparison.
 * @param {number} width
 * @param {Layer[]} layers
 * @param {Sent} sent
 * @param {number} gradients
 * @param {string} head
 */
export function traffic(width, layers, sent, gradients, head) {
  const names = layers.map((l) => l.name).filter((name) => name === head || sent.at(name) > 0);
  /** @type {[name: string, forward: number, backward: number][]} */
  const rows = names.map((name) => [name, sent.at(name, "forward"), sent.at(name, "backward")]);
  rows.push(["towers", sent.forward, sent.backward]);
  if (gradients) rows.push(["two copies", 0, 2 * gradients]);
  const [left, high] = [82, 24];
  const most = Math.max(1, ...rows.map(([, a, b]) => a + b));
  const layout = { width, height: 24 + rows.length * high, margins: [20, 78, 4, left] };
  const made = chart({ ...layout, x: [0, most], y: [rows.length, 0] }); // the first at the top
  const key = "forward (full colour) and backward (pale), both towers together";
  made.text(width < 420 ? "forward (full), backward (pale)" : key, left, 11);
  rows.forEach(([name, forward, backward], i) => {
    const kind = name === "two copies" ? "copies" : name === "towers" ? "sum" : "cross";
    const style = `al-w-towers-bar al-w-towers-fill-${kind}`;
    const [across, down] = [forward + backward, [i + 3 / high, i + 1 - 5 / high]];
    made.text(
      name,
      left - 8,
      made.y(i) + 14,
      "end",
      name === "towers" ? "al-w-towers-total" : null,
    );
    made.bar(style, [0, forward], down);
    made.bar(`${style} al-w-pale`, [forward, across], down);
    made.text(bytesText(across), made.x(across) + 6, made.y(i) + 14);
  });
  made.svg.removeAttribute("aria-hidden");
  made.svg.setAttribute("role", "img");
  made.svg.setAttribute(
    "aria-label",
    rows.map(([n, a, b]) => `${n}: ${bytesText(a + b)}`).join(", "),
  );
  return made.svg;
}
