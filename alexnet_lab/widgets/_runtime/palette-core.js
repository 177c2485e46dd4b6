// Numbers to colours that everybody can tell apart; the same maps as the plots of the package.

// ColorBrewer's RdBu, from blue (below zero) through white to red: matplotlib's RdBu_r.
const RDBU = "053061 2065ab 4393c3 90c4dd d1e5f0 f7f6f6 fddbc7 f3a481 d6604d b1182b 67001f";
// Even steps of lightness, also for the colour-blind and in grey print: matplotlib's cividis.
const CIVIDIS =
  "00224e 002e6a 1a386f 32436d 434e6c 535a6d 61656f 6f7073 7d7c78 " +
  "8c8878 9b9476 aba072 bcae6c cdbb63 dec958 f0d846 fee838";

/** @param {string} text */
const stops = (text) =>
  text.split(" ").map((h) => [0, 2, 4].map((i) => parseInt(h.slice(i, i + 2), 16)));
const PALETTES = { diverging: stops(RDBU), sequential: stops(CIVIDIS) };

/**
 * Red, green and blue, 0–255, of a place in a palette, 0–1.
 * @param {"diverging" | "sequential"} palette
 * @param {number} place
 */
export function shade(palette, place) {
  const colours = PALETTES[palette];
  const at = Math.min(Math.max(place, 0), 1) * (colours.length - 1);
  const low = Math.min(Math.floor(at), colours.length - 2);
  const [from, to] = [colours[low], colours[low + 1]];
  return from.map((part, i) => Math.round(part + (at - low) * (to[i] - part)));
}

/**
 * Red, green and blue for a number from 0 to 1.
 * @param {number} share
 */
export function heat(share) {
  return shade("sequential", share);
}

/**
 * Red, green and blue for a number from −1 to 1.
 * @param {number} share
 */
export function signed(share) {
  return shade("diverging", 0.5 + share / 2);
}

/**
 * The colour of a value: around zero (diverging) or from zero (sequential), `limit` at the end.
 * @param {number} value
 * @param {number} limit
 * @param {"diverging" | "sequential"} [palette]
 */
export function colourOf(value, limit, palette = "diverging") {
  const share = limit > 0 ? value / limit : 0;
  return palette === "diverging" ? signed(share) : heat(share);
}

/**
 * The greatest size among values; 1 where all are zero.
 * @param {Numbers} values
 */
export function limitOf(values) {
  let limit = 0;
  for (const value of values) limit = Math.max(limit, Math.abs(value));
  return limit || 1;
}

/**
 * Black or white: which of the two is better read on a colour.
 * @param {Colour} colour
 */
export function inkOn([red, green, blue]) {
  const light = [red, green, blue].map((part) => (part / 255) ** 2.2);
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.2 ? "#000000" : "#ffffff";
}

/**
 * Colours of a kernel over red, green and blue: zero is middle grey, `limit` black or white.
 * @param {{ shape: number[], values: Numbers }} kernel
 * @param {number} limit
 */
export function kernelColours({ shape, values }, limit) {
  const size = shape[1] * shape[2];
  return (/** @type {number} */ i) =>
    [0, 1, 2].map((c) => Math.round(127.5 * (1 + values[c * size + i] / limit)));
}
