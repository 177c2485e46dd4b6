// ImageNet's network without its weights: its maps on the sample photographs, recorded, in place of a
// network that runs. The same questions as page-network.js answers, as far as records go.
import { contextOf } from "./kit-canvas.js";
import { Failure, fetchBytes, fetchJson, loaded } from "./fetching.js";
import { crop } from "./page-pixels.js";

/**
 * @typedef {{ file: string, bytes: number, peaks: Record<string, number[]> }} Sheet
 * @typedef {{ layers: import("./page-unit.js").PageLayer[], places: Record<string, { top: number, columns: number }> }} Laid
 */

const SAID =
  "Recorded: the maps of Berkeley's network, trained on ImageNet, for the sample photographs. Its weights " +
  "and its 1,000 classes are not in this page. The numbers are rounded: each map has 256 steps.";

/**
 * The maps of a sheet's pixels, layer by layer; maps.py lays them.
 * @param {Laid} laid
 * @param {Sheet} sheet
 * @param {{ data: Uint8ClampedArray, width: number }} pixels
 */
export function mapsOf({ layers, places }, { peaks }, { data, width }) {
  /** @type {Record<string, { data: Float32Array, shape: number[] }>} */
  const found = {};
  for (const { name, shape } of layers) {
    const [count, rows, columns] = shape;
    const { top, columns: across } = places[name];
    const values = new Float32Array(count * rows * columns);
    let at = 0;
    for (let unit = 0; unit < count; unit += 1) {
      const left = (unit % across) * columns;
      const high = top + Math.floor(unit / across) * rows;
      const step = peaks[name][unit] / 255;
      for (let y = 0; y < rows; y += 1)
        for (let x = 0; x < columns; x += 1)
          values[at++] = step * data[4 * ((high + y) * width + left + x) + 1];
    }
    found[name] = { data: values, shape };
  }
  return found;
}

/** Open the record; nothing but its description is fetched. */
export async function openRecorded() {
  const base = new URL("../../network/", import.meta.url);
  const about = await fetchJson(new URL("recorded.json", base), { what: "the recorded maps" });
  /** @type {string} */
  let looked = "";
  /** @type {Map<string, ReturnType<typeof mapsOf>>} */
  const kept = new Map();

  /** @param {string} name */
  async function maps(name) {
    /** @type {Sheet} */
    const sheet = about.sheets[name];
    if (!sheet) throw new Failure("Of this picture nothing is recorded.");
    const done = kept.get(name);
    if (done) return done;
    const what = "the recorded maps";
    const bytes = await fetchBytes(new URL(sheet.file, base), { what, size: sheet.bytes });
    const found = mapsOf(about, sheet, await pixelsOf(bytes, what));
    kept.set(name, found);
    return found;
  }
  return {
    about: { ...about, classes: [], recorded: true, said: [SAID] },
    /** @param {Blob | ImageBitmap} source @param {string | null} [name] */
    async look(source, name) {
      const seen = crop(await pixelsOf(source, "the photograph"), about.input);
      looked = name ?? "";
      return { size: seen.width, pixels: seen.data };
    },
    run: async () => ({ ms: 0, probabilities: [], logits: [], layers: await maps(looked) }),
    image: async () => null,
    close() {},
  };
}

/** @param {Blob | ImageBitmap | Uint8Array} source @param {string} what */
async function pixelsOf(source, what) {
  const given =
    source instanceof Uint8Array ? new Blob([/** @type {BlobPart} */ (source)]) : source;
  const bitmap = await loaded(createImageBitmap(given), what);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  const context = contextOf(canvas);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
