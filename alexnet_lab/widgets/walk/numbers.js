// Numbers as a reader takes them in: signed, of one length, with small pictures beside them.
import { element, short } from "../_runtime/kit-elements.js";
import { paintCells } from "../_runtime/kit-canvas.js";
import { colourOf, heat, limitOf } from "../_runtime/palette-core.js";
import { coneOf } from "./cone-core.js";

/** @import { At, Report, Stage } from "./core.js" */

const COLOURS = ["red", "green", "blue"];

/**
 * A number with its sign, three digits that count.
 * @param {number} value
 */
export function signed(value) {
  return value < 0 ? short(value) : `+${short(value)}`;
}

/**
 * A unit in few words: "conv4 · 313".
 * @param {At} at
 * @param {string[]} classes
 * @param {Stage[]} stages
 */
export function nameOf([name, channel], classes, stages) {
  if (name === "image") return `image · ${COLOURS[channel] ?? channel}`;
  if (name === "softmax" || name === stages[stages.length - 2]?.name)
    return `${name} · ${classes[channel]}`;
  return `${name} · ${channel}`;
}

/**
 * A small picture of numbers; around zero, or from zero.
 * @param {Numbers} values
 * @param {number[]} size
 * @param {"diverging" | "sequential"} palette
 * @param {string} what
 */
export function thumbnail(values, [rows, columns], palette, what) {
  const canvas = element("canvas", { class: "al-w-walk-thumb", role: "img", "aria-label": what });
  const limit = limitOf(values);
  paintCells(canvas, rows, columns, (i) =>
    palette === "diverging" ? colourOf(values[i], limit) : heat(values[i] / limit),
  );
  return canvas;
}

/**
 * Bars of several parts: from the middle, or from the left where none is below zero.
 * @param {number[]} parts
 * @returns {(part: number) => HTMLElement}
 */
export function barsOf(parts) {
  const most = Math.max(...parts.map(Math.abs), 1e-12);
  const both = parts.some((part) => part < 0);
  return (part) => {
    const share = (Math.abs(part) / most) * (both ? 50 : 100);
    const side = part < 0 ? "right" : "left";
    const kind = part < 0 ? "al-w-walk-minus" : "al-w-walk-plus";
    return element(
      "span",
      { class: `al-w-walk-bar${both ? " al-w-walk-both" : ""}`, "aria-hidden": "true" },
      element("span", { class: kind, style: `width:${share}%;${side}:${both ? 50 : 0}%` }),
    );
  };
}

/**
 * The most probable classes as `shares` takes them, and in words what switching parts off has done.
 * @param {(off: string) => Map<number, number> | null} answer
 * @param {string[]} classes
 * @param {string} off
 * @param {number} count
 */
export function answerRows(answer, classes, off, count) {
  const before = answer("") ?? new Map();
  const after = answer(off);
  const order = [...before].sort((a, b) => b[1] - a[1]).slice(0, count);
  const rows = order.map(([i, share]) => {
    const now = after ? (after.get(i) ?? 0) : share;
    const was = off && after ? `was ${(100 * share).toFixed(0)}` : undefined;
    return /** @type {[string, number, string?]} */ ([classes[i], now, was]);
  });
  if (!off || !order.length) return { rows, words: "" };
  const [best, share] = order[0];
  const parts = off.split(" ").map((part) => part.replace(":", " · ").replace("<", " ← "));
  const percent = (/** @type {number} */ value) => `${(100 * value).toFixed(1)} %`;
  const change = after
    ? `${classes[best]} goes from ${percent(share)} to ${percent(after.get(best) ?? 0)}. ` +
      "A large part of one sum need not have a large effect on the answer."
    : "The answer without it is being worked out.";
  return { rows, words: `Off: ${parts.join(", ")}. ${change}` };
}

/**
 * Which unit is open, its value, and how much of the photograph it sees.
 * @param {At} at
 * @param {Report | null} now
 * @param {{ stages: Stage[], towers: number, classes: string[], tower: number | null }} about
 */
export function headNodes(at, now, { stages, towers, classes, tower }) {
  const [name, , row, column] = at;
  const stage = stages.find((one) => one.name === name) ?? stages[0];
  const onMap = stage.shape.length === 3;
  const { box } = coneOf(stages, towers, at)[0];
  const [high, wide] = [box.bottom - box.top, box.right - box.left];
  const sees = onMap ? `sees ${high} × ${wide} pixels` : "sees the whole photograph";
  const more = [name === "image" ? "" : sees, tower === null ? "" : `tower ${tower + 1}`];
  return [
    element("strong", {}, nameOf(at, classes, stages)),
    onMap ? ` · row ${row}, column ${column}` : "",
    now ? ` = ${short(now.value, 4)} ` : " ",
    element("span", { class: "al-w-walk-more" }, more.filter(Boolean).join(" · ")),
  ];
}

/**
 * Why a unit's numbers are not here.
 * @param {"page" | "notebook" | "copy" | "old"} where
 * @param {boolean} runs whether the network can run in this page
 * @param {boolean} live whether it does
 * @param {boolean} other whether another photograph is asked for than was recorded
 */
export function absentWords(where, runs, live, other) {
  if (live) return "Reading its weights.";
  if (where === "notebook") return "Python is working it out.";
  if (runs && other) return "For that photograph, the network itself must run here.";
  if (runs) return "Beyond the tour, the network itself must run here.";
  return "This page has the units of the tour; the notebook has all.";
}
