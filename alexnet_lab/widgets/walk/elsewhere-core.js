// Where else in the book a unit can be looked at: numbers in, addresses' values out, no page.
import { channelPart } from "./path-core.js";

/** @import { At, Stage } from "./core.js" */
/** @import { PAGES } from "../_runtime/page-links.js" */
/**
 * A card of the atlas, or an explorer with its values.
 * @typedef {{ words: string, card: [layer: string, unit: number] } |
 *   { words: string, name: keyof typeof PAGES, state: Record<string, unknown> }} Place
 */

const ALL_ON = { tower: "both", linear: "", norm1: "on", norm2: "on" };

/**
 * The places of a unit of the lab network.
 * @param {At} at
 * @param {Stage[]} stages
 * @param {string} photo the sample that is looked at; "" for a picture of the reader's
 * @param {string[]} classes
 * @returns {Place[]}
 */
export function elsewhere(at, stages, photo, classes) {
  const [layer, channel, row, column] = at;
  const index = stages.findIndex(({ name }) => name === layer);
  const shown = photo ? { photo } : {};
  /** @type {Place[]} */
  const places = [];
  const owner = channelPart(at, stages)?.split(":")[0];
  if (owner) {
    const words = stages[index].shape.length === 3 ? "its map and receptive field" : "its layer";
    const state = { layer, unit: channel, row, column, ...shown };
    places.push({ words, name: "activations", state });
  }
  const conv = stages.find(({ name, kind }) => name === owner && kind === "conv");
  if (conv) {
    // Of deeper layers that page holds some kernels only.
    if (conv.name === stages[1].name) {
      const state = { layer: conv.name, selected: channel, slice: -1 };
      places.push({ words: "its kernel among all", name: "filters", state });
    }
    const state = { layer: conv.name, first: channel, last: channel, ...ALL_ON, ...shown };
    places.push({ words: "the bench, with its channel off", name: "ablation", state });
    places.push({ words: "what excites it", card: [conv.name, channel] });
  }
  if (index >= stages.length - 2) {
    const state = { case: classes[channel] };
    places.push({ words: "which pixels speak for an answer", name: "attribution", state });
  }
  return places;
}
