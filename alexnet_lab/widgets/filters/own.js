// The kernels of a network that the reader opened, as Python packs those of others.

/** @typedef {{ name: string, kind: string, groups?: number }} Layer */

/**
 * @param {any} about the network's own manifest, as own-network.js makes it
 * @param {import("../_runtime/kit.js").View} view the explorer beside which it stands
 * @param {any} net
 * @returns {Promise<State>}
 */
export async function ownState({ layers, towers }, view, net) {
  /** @type {Layer[]} */
  const convs = layers.filter((/** @type {Layer} */ { kind }) => kind === "conv");
  const names = convs.map(({ name }) => name);
  /** @type {State} */
  const stock = {};
  for (const { name } of convs) {
    const { data, shape } = await net.weights(name);
    const count = shape[0];
    const size = data.length / count;
    const each = (/** @type {(kernel: Float32Array, k: number) => number} */ of) =>
      Array.from({ length: count }, (_, k) => of(data.subarray(k * size, (k + 1) * size), k));
    stock[name] = {
      weight: { shape, values: data },
      count,
      numbers: each((_, k) => k),
      tower: each((_, k) => 1 + Math.floor((k * towers) / count)),
      measures: { norm: each((kernel) => Math.sqrt(kernel.reduce((sum, w) => sum + w * w, 0))) },
    };
  }
  return {
    stock,
    middle: {},
    maps: {},
    layer: names.includes(view.get("layer")) ? view.get("layer") : names[0],
    sort: "index",
    descending: false,
    contrast: view.get("contrast"),
    selected: 0,
    slice: -1,
    limits: { layer: { values: names } },
  };
}
