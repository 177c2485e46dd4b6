// The bench of ablations on a network that the reader opened: the state it begins with.

/**
 * @param {any} about the network's own manifest, as own-network.js makes it
 * @param {import("../_runtime/kit.js").View} view the bench beside which it stands
 * @returns {State}
 */
export function ownState({ layers, classes, input, towers }, view) {
  /** @type {{ name: string, kind: string, shape: number[] }[]} */
  const all = layers;
  const convs = all.filter(({ kind }) => kind === "conv");
  const layer = convs[0].name;
  return {
    filters: Object.fromEntries(convs.map(({ name, shape }) => [name, shape[0]])),
    parts: { towers, names: all.map(({ name }) => name) },
    layer,
    first: 0,
    last: -1,
    tower: "both",
    linear: "",
    norm1: "on",
    norm2: "on",
    photo: view.get("photo"),
    ask: view.get("ask"),
    picture: view.get("picture"),
    side: input.size,
    classes,
    before: classes.map(() => 0),
    after: classes.map(() => 0),
    answered: [],
    in_page: true,
    limits: { ...view.get("limits"), layer: { values: convs.map(({ name }) => name) } },
  };
}
