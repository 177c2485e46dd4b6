// The state of a widget where there is no kernel: what a notebook's model is, without Python behind it.

/**
 * A model without a kernel. `saved` is called when a widget has set something.
 * @param {State} state
 * @param {(state: State) => void} [saved]
 * @returns {Model}
 */
export function makeModel(state, saved = () => {}) {
  /** @type {Map<string, ((...given: any[]) => void)[]>} */
  const handlers = new Map();
  /** @param {string} event @param {unknown} [value] */
  const call = (event, value) => {
    for (const handler of [...(handlers.get(event) ?? [])]) handler(model, value);
  };
  /** @type {Model} */
  const model = {
    get: (key) => state[key],
    set(key, value) {
      /** @type {State} */
      const changes = typeof key === "object" ? key : { [key]: value };
      const changed = Object.keys(changes).filter((name) => differ(state[name], changes[name]));
      for (const name of changed) state[name] = changes[name];
      for (const name of changed) call(`change:${name}`, changes[name]);
      if (changed.length) call("change");
    },
    on(events, handler) {
      for (const event of events.split(" ")) {
        handlers.set(event, [...(handlers.get(event) ?? []), handler]);
      }
    },
    off(events, handler) {
      if (events == null) handlers.clear();
      for (const event of events?.split(" ") ?? []) {
        const kept = handler ? (handlers.get(event) ?? []).filter((one) => one !== handler) : [];
        handlers.set(event, kept);
      }
    },
    save_changes: () => saved(state),
    send() {}, // nobody answers
  };
  return model;
}

/** @param {unknown} a @param {unknown} b */
function differ(a, b) {
  if (Object.is(a, b)) return false;
  return typeof a !== "object" || typeof b !== "object" || JSON.stringify(a) !== JSON.stringify(b);
}
