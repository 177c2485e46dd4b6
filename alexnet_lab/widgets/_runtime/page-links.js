// The explorers of the published pages lead to one another: where each stands, and the address that
// opens it at a unit. A live notebook has no such pages, and in a copy on disk no network runs: null there.
import { intoAddress } from "./state.js";

/** The page of each explorer, from the site's root; a test holds them against the pages. */
export const PAGES = {
  walk: "book/index.html",
  filters: "notebooks/15_filters.html",
  activations: "notebooks/16_activations.html",
  ablation: "notebooks/16_activations.html",
  attribution: "notebooks/17_attribution.html",
};
/** Layers of the lab network whose units the atlas has. */
export const ATLAS = ["conv1", "conv2", "conv3", "conv4", "conv5"];

/** @param {string} path from the site's root */
function site(path) {
  return /^https?:/.test(import.meta.url) ? new URL(`../../../${path}`, import.meta.url) : null;
}

/**
 * The address that opens an explorer with these values; null where it cannot be opened.
 * @param {keyof typeof PAGES} name
 * @param {Record<string, unknown>} state
 */
export function addressOf(name, state) {
  const address = site(PAGES[name]);
  if (!address) return null;
  address.hash = intoAddress("", name, state, Object.keys(state));
  return address.href;
}

/**
 * The address of a unit's card in the atlas; null where there is none.
 * @param {string} layer
 * @param {number} unit
 */
export function cardOf(layer, unit) {
  const address = ATLAS.includes(layer) ? site(`book/atlas/${layer}.html`) : null;
  if (!address) return null;
  address.hash = `lab-${unit}`;
  return address.href;
}
