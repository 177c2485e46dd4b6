// The drawings of the augmentation widget: photograph, colour cube, views, maps of votes.
import { contextOf } from "../_runtime/kit-canvas.js";
import { button } from "../_runtime/kit-controls.js";
import { element, short } from "../_runtime/kit-elements.js";
import { crop, project } from "./core.js";
import { cells, sized } from "../_runtime/raster.js";
import { heat } from "../_runtime/palette-core.js";
import { table } from "../_runtime/table.js";

/** @import { View } from "../_runtime/kit.js" */
/** @import { Principal } from "./core.js" */
/** @typedef {{ top: number, left: number, mirrored: boolean, chances: Float32Array }} VoteRow */

/** @param {Picture} given */
function canvasOf({ width, height, data }) {
  const made = document.createElement("canvas");
  Object.assign(made, { width, height });
  contextOf(made).putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
  return made;
}

/**
 * A picture at a side in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {number} side
 */
export function paintPicture(canvas, picture, side) {
  const context = sized(canvas, side, side);
  context.imageSmoothingEnabled = true;
  context.drawImage(canvasOf(picture), 0, 0, side, side);
}

/**
 * The photograph, dark outside of the crop, with the crop's frame.
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {{ top: number, left: number }} place
 * @param {number} size
 * @param {number} side
 */
export function paintPhoto(canvas, picture, { top, left }, size, side) {
  paintPicture(canvas, picture, side);
  const context = contextOf(canvas);
  const scale = side / picture.width;
  const [x, y, w] = [left * scale, top * scale, size * scale];
  context.fillStyle = "rgb(0 0 0 / 55%)";
  context.beginPath();
  context.rect(0, 0, side, side);
  context.rect(x, y, w, w);
  context.fill("evenodd");
  context.strokeStyle = "#ff5a1f";
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, w - 2, w - 2);
}

const AXES = ["#ff5a1f", "#3aa6d0", "#9b6dd6"]; // of the first, second and third component

/**
 * Pixels as points in the RGB cube, the principal directions (two deviations long), the shift.
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {number[]} mean
 * @param {Principal} principal
 * @param {number[]} shift
 * @param {State} state
 * @param {number} side
 */
export function paintCube(
  canvas,
  picture,
  mean,
  { eigenvalues, eigenvectors },
  shift,
  { turn },
  side,
) {
  const context = sized(canvas, side, side);
  const scale = side / 460;
  const at = (/** @type {Colour} */ colour) => {
    const [x, y, depth] = project(colour, turn);
    return [side / 2 + x * scale, side / 2 + y * scale, depth];
  };
  const line = (
    /** @type {number[]} */ a,
    /** @type {number[]} */ b,
    /** @type {string | CanvasGradient | CanvasPattern} */ colour,
    /** @type {number} */ width,
  ) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    const [from, to] = [at(a), at(b)];
    context.moveTo(from[0], from[1]);
    context.lineTo(to[0], to[1]);
    context.stroke();
  };
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((i) =>
    [i & 1, (i >> 1) & 1, (i >> 2) & 1].map((v) => 255 * v),
  );
  for (const [from, to] of corners.flatMap((_, i) => [1, 2, 4].map((bit) => [i, i | bit]))) {
    if (from !== to) line(corners[from], corners[to], "rgb(128 128 128 / 60%)", 1);
  }
  // Some two thousand pixels, evenly spaced, the far ones first.
  const step = Math.max(1, Math.floor(picture.data.length / 4 / 2000)) | 1;
  const points = [];
  for (let i = 0; i < picture.data.length; i += 4 * step) {
    const colour = [...picture.data.slice(i, i + 3)];
    points.push([at(colour), colour]);
  }
  points.sort(([a], [b]) => b[2] - a[2]);
  for (const [[x, y], colour] of points) {
    context.fillStyle = `rgb(${colour.join(" ")})`;
    context.fillRect(x - 1, y - 1, 2.2, 2.2);
  }
  for (const k of [2, 1, 0]) {
    const reach = 2 * Math.sqrt(eigenvalues[k]);
    const end = (/** @type {number} */ sign) =>
      mean.map((m, c) => m + sign * reach * eigenvectors[c][k]);
    line(end(-1), end(1), "#fff", 5);
    line(end(-1), end(1), AXES[k], 2.5);
  }
  if (shift.some((v) => Math.abs(v) > 0.5)) {
    const moved = mean.map((m, c) => m + Math.max(-400, Math.min(400, shift[c])));
    line(mean, moved, "#fff", 6);
    line(mean, moved, "#111", 3);
    const [x, y] = at(moved);
    context.fillStyle = "#111";
    context.strokeStyle = "#fff";
    context.beginPath();
    context.arc(x, y, 5, 0, 7);
    context.fill();
    context.stroke();
  }
  /** @type {[string, Colour][]} */
  const words = [
    ["red", [255, 0, 0]],
    ["green", [0, 255, 0]],
    ["blue", [0, 0, 255]],
  ];
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillStyle = "#86817a";
  for (const [word, corner] of words) {
    const [x, y] = at(corner);
    context.fillText(word, x + (x > side / 2 ? 4 : -4), y + (y > side / 2 ? 14 : -6));
  }
}

/**
 * Covariance (of the photograph), and for each component λ, its direction and the shift along it.
 * @param {number[][]} covariance
 * @param {Principal} principal
 * @param {State} now
 * @param {string[]} alphas
 * @param {boolean} ofData
 */
export function colourTable(covariance, { eigenvalues, eigenvectors }, now, alphas, ofData) {
  const round = (/** @type {number} */ v) => Math.round(v).toLocaleString("en").replace("-", "−");
  const own = table({
    caption: "covariance of this photograph's colours",
    heads: ["of", "R", "G", "B"],
    rows: covariance.map((row, i) => ["RGB"[i], ...row.map(round)]),
  });
  const principal = table({
    caption: ofData ? "principal directions of the data set's colours" : "its principal directions",
    heads: ["direction", "R, G, B", "λ", "√λ", "shift"],
    rows: [0, 1, 2].map((k) => {
      const weight = now.scale === "literal" ? eigenvalues[k] : Math.sqrt(eigenvalues[k]);
      const mark = element("span", {
        class: "al-w-augmentation-mark",
        style: `background:${AXES[k]}`,
      });
      return [
        [mark, `p${k + 1}`],
        [0, 1, 2].map((c) => eigenvectors[c][k].toFixed(2).replace("-", "−")).join(", "),
        round(eigenvalues[k]),
        short(Math.sqrt(eigenvalues[k]), 3),
        short(now[alphas[k]] * weight, 3),
      ];
    }),
  });
  return element("div", {}, own, principal);
}

const PLACES = ["top left", "top right", "bottom left", "bottom right", "centre"];

/**
 * Ten buttons with their views, made once; `show` brings their words up to date.
 * @param {View} view
 * @param {HTMLElement} box
 * @param {Picture} picture
 * @param {VoteRow[]} rows
 * @param {number} size
 * @param {string[]} classes
 */
export function viewButtons(view, box, picture, rows, size, classes) {
  const made = rows.map((row, i) => {
    const canvas = element("canvas", { "aria-hidden": "true" });
    paintPicture(canvas, crop(picture, row, size), 62);
    const name = element("span", {}, "");
    const press = button(view, "", () =>
      view.set({ top: row.top, left: row.left, mirrored: row.mirrored }),
    );
    press.classList.add("al-w-augmentation-view");
    press.replaceChildren(canvas, name);
    return { press, name, row, title: `${PLACES[i % 5]}${row.mirrored ? ", mirrored" : ""}` };
  });
  box.replaceChildren(...made.map(({ press }) => press));
  const show = (/** @type {State} */ now) => {
    for (const { press, name, row, title } of made) {
      const top = row.chances.indexOf(Math.max(...row.chances));
      const share = `${Math.round(100 * row.chances[now.class_])} %`;
      name.textContent = share;
      press.title = `${title}: ${classes[top]}`;
      press.setAttribute(
        "aria-label",
        `${title}: ${share} ${classes[now.class_]}; it votes for ${classes[top]}`,
      );
      const here = row.top === now.top && row.left === now.left && row.mirrored === now.mirrored;
      press.setAttribute("aria-pressed", String(here));
    }
  };
  return { show };
}

/**
 * The probability of the class at each computed place of the crop, as it is and mirrored.
 * @param {{ places: number[], classes: string[] }} votes
 * @param {(mirrored: boolean, row: number, column: number) => Float32Array} at
 * @param {State} now
 * @param {(value: number) => number} nearest
 */
export function voteMaps({ places, classes }, at, now, nearest) {
  const count = places.length;
  const side = 100;
  return [false, true].map((mirrored) => {
    const canvas = element("canvas", { role: "img" });
    const context = sized(canvas, side, side);
    const share = (/** @type {number} */ i) =>
      at(mirrored, Math.floor(i / count), i % count)[now.class_];
    context.drawImage(
      cells(count, count, (i) => heat(share(i))),
      0,
      0,
      side,
      side,
    );
    if (mirrored === now.mirrored) {
      const step = side / count;
      context.strokeStyle = "#ff5a1f";
      context.lineWidth = 3;
      context.strokeRect(
        nearest(now.left) * step + 1.5,
        nearest(now.top) * step + 1.5,
        step - 3,
        step - 3,
      );
    }
    const all = Array.from({ length: count * count }, (_, i) => share(i));
    const range = `${Math.round(100 * Math.min(...all))}–${Math.round(100 * Math.max(...all))} %`;
    const name = mirrored ? "mirrored" : "as it is";
    canvas.setAttribute(
      "aria-label",
      `Probability of ${classes[now.class_]} by place of the crop, ${name}: ${range}`,
    );
    return element(
      "div",
      {},
      element("p", { class: "al-w-caption" }, `by place of the crop, ${name}: ${range}`),
      canvas,
    );
  });
}
