// The explorer of activations on a network that the reader opened: the state it begins with.

/**
 * @param {any} about the network's own manifest, as own-network.js makes it
 * @param {import("../_runtime/kit.js").View} view the explorer beside which it stands
 * @returns {State}
 */
export function ownState({ layers, input }, view) {
  const names = layers.map((/** @type {{ name: string }} */ { name }) => name);
  const layer = names.includes(view.get("layer")) ? view.get("layer") : names[0];
  return {
    layers,
    layer,
    unit: 0,
    row: -1,
    column: -1,
    photo: view.get("photo"),
    picture: view.get("picture"),
    side: input.size,
    maps: { layer: "" },
    detail: { layer: "", unit: -1 },
    top: [],
    compact: view.get("compact"),
    in_page: true,
    limits: { layer: { values: names } },
  };
}
