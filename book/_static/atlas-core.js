// What the atlas knows of units: which ones a reader asked for, in which order, and where their
// pictures are. No document is touched here; atlas.js does that.
"use strict";

/**
 * @typedef {{ title: string, towers: number, input: number, large: number, small: number,
 *   sample: { name: string, count: number }, counts: Record<string, number>,
 *   start: number, jump: number, side: number, picture: number[], second: number[],
 *   stored: number[], crops_below: number[], colour: number[], frequency: number[], on: number[],
 *   largest: number[], peaks: number[][], places: [number, number, number][][],
 *   inputs: [number, number][][], outputs: [number, number][][], removal: [number, number][],
 *   silenced: { count: number, sample: string } | null }} Network
 * @typedef {{ sheet: number, columns: number, seen: number, networks: Record<string, Network>,
 *   photographs: { name: string, title: string, in_page: boolean }[] }} Layer
 * @typedef {{ network: string, unit: number, tower: number }} Unit
 * @typedef {{ number: string, network: string, tower: string, colour: string, frequency: string,
 *   photograph: string, order: string }} Wish
 */

globalThis.alexnetLabAtlas = (() => {
  const STRONG = 50; // percent of a unit's largest activation

  /** Which third of its layer each value is in: 0 the smallest, 2 the largest. */
  const thirds = (/** @type {number[]} */ values) => {
    const order = values.map((_, place) => place).sort((a, b) => values[a] - values[b] || a - b);
    const found = new Array(values.length);
    for (const [rank, place] of order.entries()) {
      found[place] = Math.floor((3 * rank) / values.length);
    }
    return found;
  };

  /** Numbers and ranges in a text: "17, 40-42" is 17, 40, 41, 42; null where there are none. */
  const numbers = (/** @type {string} */ text) => {
    const found = new Set();
    for (const [, first, last] of text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)) {
      const end = Math.min(Number(last ?? first), Number(first) + 1000);
      for (let unit = Number(first); unit <= end; unit += 1) found.add(unit);
    }
    return found.size ? found : null;
  };

  /**
   * The units that fit a wish, in its order.
   * @param {Layer} layer
   * @param {Unit[]} units
   * @param {Wish} wish
   */
  const chosen = (layer, units, wish) => {
    const wanted = numbers(wish.number);
    const photograph = layer.photographs.findIndex(({ name }) => name === wish.photograph);
    const ranks = Object.fromEntries(
      Object.entries(layer.networks).map(([name, network]) => [
        name,
        { colour: thirds(network.colour), frequency: thirds(network.frequency) },
      ]),
    );
    const found = units.filter(({ network, unit, tower }) => {
      const fits = (/** @type {"colour" | "frequency"} */ what) =>
        !wish[what] || ranks[network][what][unit] === Number(wish[what]);
      return (
        (!wanted || wanted.has(unit)) &&
        (!wish.network || wish.network === network) &&
        (!wish.tower || Number(wish.tower) === tower) &&
        fits("colour") &&
        fits("frequency") &&
        (photograph < 0 || layer.networks[network].peaks[unit][photograph] >= STRONG)
      );
    });
    const order =
      wish.order === "photograph"
        ? (/** @type {Unit} */ { network, unit }) =>
            photograph < 0 ? 0 : layer.networks[network].peaks[unit][photograph]
        : wish.order === "colour" || wish.order === "frequency" || wish.order === "on"
          ? (/** @type {Unit} */ { network, unit }) =>
              layer.networks[network][/** @type {"on"} */ (wish.order)][unit]
          : wish.order === "removal"
            ? (/** @type {Unit} */ { network, unit }) =>
                layer.networks[network].removal[unit]?.[0] ?? 0
            : null;
    // Sorting keeps the order of equals: networks and numbers.
    return order ? found.sort((a, b) => order(b) - order(a)) : found;
  };

  /** Where a unit's small picture is on its tower's sheet, in pieces of the sheet. */
  const small = (/** @type {Layer} */ layer, /** @type {number} */ place) => ({
    column: place % layer.columns,
    row: Math.floor(place / layer.columns),
  });

  /** The box of a place's receptive field on a photograph as cards show it, in percent of its side. */
  const box = (
    /** @type {Layer} */ layer,
    /** @type {Network} */ network,
    /** @type {[number, number, number]} */ [, row, column],
  ) => {
    // What a network sees is the middle of 256 pixels, and so is the photograph.
    const border = (layer.seen - network.input) / 2;
    const percent = (/** @type {number} */ pixels) => (100 * pixels) / layer.seen;
    return {
      top: percent(border + network.start + row * network.jump),
      left: percent(border + network.start + column * network.jump),
      side: percent(network.side),
    };
  };

  /** Three significant digits. */
  const short = (/** @type {number} */ value) =>
    Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

  return {
    thirds,
    numbers,
    chosen,
    small,
    box,
    short,
    STRONG,
    /** What has come of this page's layer. @type {Layer | null} */
    layer: null,
    /** One network's units, from a file of their own. @param {Layer} part */
    take(part) {
      this.layer = part && { ...part, networks: { ...this.layer?.networks, ...part.networks } };
    },
  };
})();
