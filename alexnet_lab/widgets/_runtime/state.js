// What a widget's state may be, in one place: the ends that its traits have, those that hang on other
// traits (of the layer that is named now), and the address that keeps a moment.

/**
 * The ends or choices of a trait: `each` are the words of which a text may be made, `between` what
 * stands between them.
 * @typedef {{ min?: number, max?: number, whole?: boolean, values?: any[], each?: string[],
 *   between?: string }} Ends
 */
/**
 * Ends that hang on other traits: `of` names those, `ends` gives the ends of a state. The widget's own
 * module exports them, as `fits`.
 * @typedef {{ of: string[], ends: (get: (key: string) => any) => Record<string, Ends> }} Fits
 */

/**
 * Whether a value lies between its ends; of a list, whether each entry does.
 * @param {any} value
 * @param {Ends | undefined} ends
 * @returns {boolean}
 */
export function within(value, ends) {
  if (!ends) return true;
  if (Array.isArray(value)) return value.every((one) => within(one, ends));
  if (ends.values) return ends.values.includes(value);
  const { min = -Infinity, max = Infinity, each } = ends;
  if (each) return words(value, ends).every((one) => each.includes(one));
  if (ends.whole && !Number.isInteger(value)) return false;
  return !(value < min) && !(value > max);
}

/**
 * The value itself where it fits, else what comes nearest: an end, or the first of the choices.
 * @param {any} value
 * @param {Ends} ends
 * @returns {any}
 */
export function nearest(value, ends) {
  if (within(value, ends)) return value;
  if (Array.isArray(value)) return value.map((one) => nearest(one, ends));
  if (ends.values) return ends.values[0];
  const { min = -Infinity, max = Infinity, each } = ends;
  if (each)
    return words(value, ends)
      .filter((one) => each.includes(one))
      .join(ends.between);
  const number = ends.whole ? Math.round(value) : value;
  return number > max ? max : Math.max(number, min);
}

/** @param {string} value @param {Ends} ends */
function words(value, ends) {
  return value.split(ends.between ?? " ").filter(Boolean);
}

/**
 * What must change for a state to fit: the ends themselves, and values beyond them.
 * @param {(key: string) => any} get
 * @param {Fits} fits
 * @returns {Record<string, any>}
 */
export function refit(get, fits) {
  const own = fits.ends(get);
  const limits = { ...get("limits"), ...own };
  /** @type {State} */
  const changes = JSON.stringify(limits) === JSON.stringify(get("limits")) ? {} : { limits };
  for (const [key, ends] of Object.entries(own)) {
    const value = nearest(get(key), ends);
    if (value !== get(key)) changes[key] = value;
  }
  return changes;
}

/**
 * What an address says of one widget, `#name.key=value&…`: of known keys, and within the ends that hold
 * once the others are set. Whatever does not fit is passed over.
 * @param {string} hash
 * @param {string} name
 * @param {Record<string, any>} state
 * @param {string[]} keys
 * @param {Fits} [fits]
 */
export function fromAddress(hash, name, state, keys, fits) {
  /** @type {State} */
  const given = {};
  for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    const trait = key.startsWith(`${name}.`) ? key.slice(name.length + 1) : "";
    if (!keys.includes(trait)) continue;
    const value = parse(text, state[trait]);
    if (value !== undefined) given[trait] = value;
  }
  /** @param {string[]} names @param {Record<string, Ends>} limits */
  const take = (names, limits) => {
    for (const key of names) if (!within(given[key], limits[key])) delete given[key];
  };
  const depends = fits ? Object.keys(fits.ends((key) => state[key])) : [];
  take(
    Object.keys(given).filter((key) => !depends.includes(key)),
    state.limits ?? {},
  );
  if (fits) {
    const next = {
      ...state,
      ...Object.fromEntries(Object.entries(given).filter(([k]) => !depends.includes(k))),
    };
    const ends = fits.ends((key) => next[key]);
    take(
      Object.keys(given).filter((key) => depends.includes(key)),
      ends,
    );
    const changes = refit((key) => ({ ...next, ...given })[key], fits);
    delete changes.limits; // those the view sets
    Object.assign(given, changes);
  }
  return given;
}

/**
 * The address with one widget's part replaced.
 * @param {string} hash
 * @param {string} name
 * @param {State} state
 * @param {string[]} keys
 */
export function intoAddress(hash, name, state, keys) {
  const old = hash.replace(/^#/, "");
  // An address that leads to a heading is not a list of values.
  const kept = old.includes("=") ? old.split("&").filter((p) => !p.startsWith(`${name}.`)) : [];
  const own = keys.map((key) => `${name}.${key}=${encodeURIComponent(state[key])}`);
  return `#${[...kept, ...own].join("&")}`;
}

/** @param {string} text @param {unknown} like @returns {unknown} */
function parse(text, like) {
  if (Array.isArray(like)) {
    // As many entries as there were, each like the one in its place: stride=2,2.
    const parts = text.split(",");
    const values = like.map((one, i) => (i < parts.length ? parse(parts[i], one) : undefined));
    return parts.length === like.length && !values.includes(undefined) ? values : undefined;
  }
  if (typeof like === "string") return text;
  if (typeof like === "boolean")
    return { true: true, false: false }[/** @type {"true" | "false"} */ (text)];
  const number = Number(text);
  if (typeof like !== "number" || text.trim() === "" || !Number.isFinite(number)) return undefined;
  return number;
}
