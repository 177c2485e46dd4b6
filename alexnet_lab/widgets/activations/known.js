// What is known of a layer and of its unit: from the page's network where it runs, else what came
// with the page.
import { unpack } from "../_runtime/data-core.js";
import { clamp } from "../_runtime/kit-elements.js";
import { before, mapOf, patch, strongest, weighted } from "../_runtime/page-unit.js";
import { ends } from "./draw.js";

/** @import { PageLayer } from "../_runtime/page-unit.js" */

/**
 * `found()` is what the page's network found: { layers, image }, or null; `network()` is that network;
 * `again()` draws once more, when a kernel has come.
 * @param {import("../_runtime/kit.js").View} view
 * @param {{ found: () => any, network: () => any, again: () => void }} of
 */
export function known(view, { found, network, again }) {
  /** @type {PageLayer[]} */
  const layers = view.get("layers");
  let kernels = new Map();

  const layerNow = () => layers.find((l) => l.name === view.get("layer")) ?? layers[0];

  /** The layers that a camera's frame must bring: the chosen one, and what its kernel sees. */
  function needed() {
    const owner = weighted(layers, layerNow().name);
    const below = owner && before(layers, owner.name);
    return below ? [layerNow().name, below.name] : [layerNow().name];
  }

  /**
   * All maps of the layer.
   * @param {PageLayer} layer
   */
  function mapsNow(layer) {
    const live = found();
    if (live?.layers[layer.name]) {
      const maps = live.layers[layer.name];
      const [low, high] = ends(maps.data);
      return { ...maps, low, high };
    }
    const stored = view.get("maps");
    if (live || stored.layer !== layer.name) return null;
    const steps = unpack(stored.data, "u1");
    const data = Float32Array.from(
      steps,
      (v) => stored.low + (v / 255) * (stored.high - stored.low),
    );
    return { ...stored, data };
  }

  /**
   * The chosen unit; null if unknown.
   * @param {PageLayer} layer
   */
  function unitNow(layer) {
    const unit = clamp(view.get("unit"), 0, layer.shape[0] - 1);
    return found() ? computed(layer, unit) : stored(layer, unit);
  }

  /** @param {PageLayer} layer @param {number} unit */
  function stored(layer, unit) {
    const [, rows = 1, columns = 1] = layer.shape;
    const [row, column] = [view.get("row"), view.get("column")];
    const detail = view.get("detail");
    const fits = detail.layer === layer.name && detail.unit === unit;
    const here = Math.min(row, column) < 0 || (detail.row === row && detail.column === column);
    if (!fits || !here) return null;
    const numbers = (/** @type {string} */ key) => (detail[key] ? unpack(detail[key], "f4") : null);
    const owner = weighted(layers, layer.name);
    const values = numbers("patch");
    const count = owner?.groups ? inputsOf(owner) : 0;
    return {
      unit,
      rows,
      columns,
      owner,
      map: numbers("map"),
      row: detail.row,
      column: detail.column,
      weights: numbers("kernel"),
      bias: detail.bias ?? 0,
      seen: owner && values && { first: firstOf(owner, unit), maps: count, values },
    };
  }

  /** @param {PageLayer} layer @param {number} unit */
  function computed(layer, unit) {
    const [, rows = 1, columns = 1] = layer.shape;
    const live = found();
    const maps = live.layers[layer.name];
    if (!maps) return null;
    const values = mapOf(maps, unit);
    const peak = strongest(values, columns);
    const chosen = { row: view.get("row"), column: view.get("column") };
    const free = Math.min(chosen.row, chosen.column) < 0;
    const row = free ? peak.y : clamp(chosen.row, 0, rows - 1);
    const column = free ? peak.x : clamp(chosen.column, 0, columns - 1);
    const owner = layer.shape.length === 3 ? weighted(layers, layer.name) : null;
    const kernel = owner?.kind === "conv" ? kernelOf(owner, unit) : null;
    const below = owner && before(layers, owner.name);
    const given = below ? live.layers[below.name] : live.image;
    const reads = owner && ["conv", "relu"].includes(layer.kind) && kernel && given;
    return {
      unit,
      rows,
      columns,
      owner,
      map: values,
      row,
      column,
      weights: kernel?.weights ?? null,
      bias: kernel?.bias ?? 0,
      seen: reads ? patch(owner, given, unit, row, column) : null,
    };
  }

  /** How many maps a kernel of the layer sees. @param {PageLayer} owner */
  function inputsOf(owner) {
    const maps = before(layers, owner.name)?.shape[0] ?? 3;
    return maps / owner.groups;
  }

  /** @param {PageLayer} owner @param {number} unit */
  function firstOf(owner, unit) {
    return Math.floor(unit / (owner.shape[0] / owner.groups)) * inputsOf(owner);
  }

  /**
   * A kernel of the page's network; asked for once, drawn when it comes.
   * @param {PageLayer} owner
   * @param {number} unit
   */
  function kernelOf(owner, unit) {
    const key = `${owner.name} ${unit}`;
    if (!kernels.has(key)) {
      kernels.set(key, null);
      network()
        ?.kernel(owner.name, unit)
        .then(
          (/** @type {any} */ kernel) => {
            kernels.set(key, kernel);
            again();
          },
          () => kernels.delete(key),
        );
    }
    return kernels.get(key);
  }

  /** Another network has other kernels. */
  function forget() {
    kernels = new Map();
  }

  return { layerNow, needed, mapsNow, unitNow, inputsOf, forget };
}
