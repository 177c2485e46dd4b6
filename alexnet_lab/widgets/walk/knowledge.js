// What is known of the network's units: from the network in the page once it runs, else as it was recorded.
import { unpack } from "../_runtime/data-core.js";
import { report } from "./core.js";
import { keyOf, parseTrail, parseUnit, switchesOf } from "./path-core.js";

/** @import { At, Report, Stage } from "./core.js" */

/**
 * @param {import("../_runtime/kit.js").View} view
 * @param {{ stages: Stage[], towers: number, live: ReturnType<typeof import("./live.js").liveSource>,
 *   net: () => any, changed: () => void }} given
 */
export function makeKnowledge(view, { stages, towers, live, net, changed }) {
  /** @type {{ off: string, probabilities: Numbers } | null} */
  let masked = null; // the answer of the page's network with parts off
  /** @type {{ key: string, report: Report | null }} */
  let last = { key: "", report: null }; // what was worked out last
  /** @type {Map<string, { from: unknown, values: Numbers }>} */
  const shaded = new Map(); // maps as they are drawn; from step to step most stay

  /** What a unit computes; null where that is not known. @param {At} at @returns {Report | null} */
  function found(at) {
    if (live.has()) {
      const key = keyOf(at);
      if (last.key !== key || !last.report) last = { key, report: report(stages, live, at) };
      return last.report;
    }
    return view.get("recorded")[keyOf(at)] ?? null;
  }

  /** Ask the page's network for its answer with parts off. */
  async function mask() {
    const off = view.get("off");
    const open = net();
    if (!open || !live.has() || !off || masked?.off === off) {
      changed();
      return;
    }
    try {
      const { probabilities } = await open.run([], switchesOf(off, stages));
      if (off === view.get("off")) masked = { off, probabilities };
      view.say(null);
      changed();
    } catch (error) {
      view.say(error, mask);
    }
  }

  /** Probabilities by class, as far as they are known. @param {string} off @returns {Map<number, number> | null} */
  function answer(off) {
    if (live.has()) {
      const known = off === "" ? live.probabilities() : masked?.off === off && masked.probabilities;
      return known ? new Map(Array.from(known, (share, i) => [i, share])) : null;
    }
    const pairs = view.get("answers")[off];
    return pairs ? new Map(pairs) : null;
  }

  /** The map of a channel, 0 to 255. @param {Stage} stage @param {number} channel @returns {Numbers | null} */
  function shades(stage, channel) {
    const key = stage.shape.length === 3 ? `${stage.name}:${channel}` : stage.name;
    const stored = view.get("faces")[key];
    const from = live.has() ? live.maps(stage.name) : stored;
    if (!from) return null;
    const known = shaded.get(key);
    if (known && known.from === from) return known.values;
    const values = live.has() ? stretched(stage, channel, from) : unpack(stored.data, "u1");
    shaded.set(key, { from, values });
    return values;
  }

  /**
   * The map of a channel of the page's network, 0 to 255; all channels where they have no place.
   * @param {Stage} stage
   * @param {number} channel
   * @param {import("./core.js").Maps} maps
   */
  function stretched(stage, channel, maps) {
    const flat = stage.shape.length !== 3;
    const size = flat ? maps.data.length : stage.shape[1] * stage.shape[2];
    const values = flat ? maps.data : maps.data.subarray(channel * size, (channel + 1) * size);
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const span = high - low || 1;
    return Float32Array.from(values, (value) => ((value - low) / span) * 255);
  }

  /**
   * The channel that a face shows: the chosen one, one on the way here, else the most active.
   * @param {Stage} stage
   * @param {number | null} tower
   * @returns {number}
   */
  function channel(stage, tower) {
    const each = stage.shape[0] / towers;
    const inTower = (/** @type {number} */ c) => tower === null || Math.floor(c / each) === tower;
    const now = /** @type {At} */ (
      ["layer", "channel", "row", "column"].map((key) => view.get(key))
    );
    const route = [now, ...parseTrail(view.get("trail"), stages).reverse()];
    if (!live.has()) {
      const units = Object.keys(view.get("recorded")).map((text) => parseUnit(text, stages));
      route.push(...units.filter((at) => at !== null));
    }
    const held = (/** @type {number} */ c) => live.has() || view.get("faces")[`${stage.name}:${c}`];
    const known = route.find(([name, c]) => name === stage.name && inTower(c) && held(c));
    if (known) return known[1];
    const loud = live.has() ? live.loudest(stage, towers) : view.get("loud")[stage.name];
    return loud[tower ?? 0] ?? loud[0];
  }

  /** Numbers have come: what was worked out without them is not whole. */
  function more() {
    last = { key: "", report: null };
  }

  /** Another picture: what was known is another picture's. */
  function fresh() {
    masked = null;
    more();
  }

  return { found, mask, answer, shades, channel, fresh, more };
}
