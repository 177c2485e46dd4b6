// The chosen unit, the units before it, and what is off, as the address has them.

/** @import { At, Stage } from "./core.js" */
import { sizeOf } from "./places-core.js";

const MOST = 30; // breadcrumbs that are kept

/** @param {readonly (string | number)[]} at */
export const keyOf = (at) => at.join(":");

/**
 * A unit that an address names; null where there is no such unit.
 * @param {string} text
 * @param {Stage[]} stages
 * @returns {At | null}
 */
export function parseUnit(text, stages) {
  const [name, ...numbers] = text.split(":");
  const stage = stages.find((one) => one.name === name);
  const counts = stage ? sizeOf(stage) : [];
  const found = numbers.map(Number);
  const fits =
    stage &&
    found.length === 3 &&
    found.every((n, i) => Number.isInteger(n) && n >= 0 && n < counts[i]);
  return fits ? [name, found[0], found[1], found[2]] : null;
}

/**
 * The units of a trail; what is none is passed over.
 * @param {string} trail
 * @param {Stage[]} stages
 * @returns {At[]}
 */
export function parseTrail(trail, stages) {
  return trail
    .split(" ")
    .map((text) => parseUnit(text, stages))
    .filter((at) => at !== null);
}

/**
 * The trail with one more unit; going back to one that is on it drops what came after.
 * @param {At[]} trail
 * @param {At} last
 * @param {At} next
 */
export function longer(trail, last, next) {
  const all = [...trail, last];
  const known = all.findIndex((at) => keyOf(at) === keyOf(next));
  const kept = known < 0 ? all : all.slice(0, known);
  return kept.slice(-MOST).map(keyOf).join(" ");
}

/**
 * The parts that are off, with one more or one less; one edge a stage.
 * @param {string} off
 * @param {string} part
 */
export function toggled(off, part) {
  const parts = off.split(" ").filter(Boolean);
  if (parts.includes(part)) return parts.filter((one) => one !== part).join(" ");
  const stage = part.split(":")[0];
  const edge = part.includes("<");
  const kept = parts.filter((one) => !(edge && one.startsWith(`${stage}:`) && one.includes("<")));
  return [...kept, part].join(" ");
}

/**
 * The inputs of the page's network that switch parts off: factors, 1 where nothing is.
 * @param {string} off
 * @param {Stage[]} stages
 */
export function switchesOf(off, stages) {
  /** @type {Record<string, Float32Array>} */
  const found = {};
  const ones = (/** @type {string} */ name, /** @type {number} */ count) =>
    (found[name] ??= new Float32Array(count).fill(1));
  for (const part of off.split(" ").filter(Boolean)) {
    const match = /^([\w.]+):(\d+)(?:<(\d+))?$/.exec(part);
    const index = stages.findIndex((stage) => stage.name === match?.[1]);
    const stage = stages[index];
    if (!match || !stage || !["conv", "fc"].includes(stage.kind)) continue;
    const channel = Number(match[2]);
    if (channel >= stage.shape[0]) continue;
    if (match[3] === undefined) {
      ones(`${stage.name}.keep`, stage.shape[0])[channel] = 0;
      continue;
    }
    const below = stages[index - 1];
    const groups = stage.kind === "conv" ? stage.groups : 1;
    const count =
      stage.kind === "conv" ? below.shape[0] / groups : below.shape.reduce((a, b) => a * b, 1);
    const first = Math.floor(channel / (stage.shape[0] / groups)) * count;
    ones(`${stage.name}.into`, stage.shape[0])[channel] = 0;
    ones(`${stage.name}.out_of`, count)[Number(match[3]) - (groups > 1 ? first : 0)] = 0;
  }
  return found;
}

/**
 * What switches a unit's channel off: that of the layer with weights that made it; null for image and softmax.
 * @param {At} at
 * @param {Stage[]} stages
 */
export function channelPart([name, channel], stages) {
  let index = stages.findIndex((stage) => stage.name === name);
  if (stages[index]?.kind === "softmax") return null;
  while (index > 0 && !["conv", "fc"].includes(stages[index].kind)) index -= 1;
  return index > 0 ? `${stages[index].name}:${channel}` : null;
}

/**
 * The edge between a unit and one that it reads.
 * @param {At} to
 * @param {At} from
 * @param {Stage[]} stages
 */
export function edgeOf([name, channel], [, c, y, x], stages) {
  const index = stages.findIndex((stage) => stage.name === name);
  const [, rows, columns] = sizeOf(stages[index - 1]);
  const input = stages[index].kind === "fc" ? (c * rows + y) * columns + x : c;
  return `${name}:${channel}<${input}`;
}
