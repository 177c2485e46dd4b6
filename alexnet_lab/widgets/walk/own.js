// The walk through a network that the reader opened: the state it begins with, before any picture.

/**
 * @param {any} about the network's own manifest, as own-network.js makes it
 * @param {import("../_runtime/kit.js").View} view the walk beside which it stands
 * @returns {State}
 */
export function ownState({ stages, towers, classes, input }, view) {
  const names = stages.map((/** @type {{ name: string }} */ { name }) => name);
  const each = (/** @type {{ shape: number[] }} */ { shape }) =>
    Array.from({ length: towers }, (_, t) => Math.floor((t * shape[0]) / towers));
  return {
    stages,
    towers,
    classes,
    layer: names.at(-1),
    channel: 0,
    row: 0,
    column: 0,
    trail: "",
    off: "",
    stop: -1,
    photo: view.get("photo"),
    picture: view.get("picture"),
    side: input.size,
    tour: [],
    recorded: {},
    faces: {},
    loud: Object.fromEntries(stages.map((/** @type {any} */ stage) => [stage.name, each(stage)])),
    answers: {},
    in_page: true,
    limits: { layer: { values: names } },
  };
}
