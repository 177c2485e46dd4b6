// A link of a view to another explorer, at what the view shows now.
import { element } from "./kit-elements.js";
import { addressOf } from "./page-links.js";
import { hide } from "./scope.js";

/**
 * `lead(state)` turns the link to that state of the explorer; without one it is not shown.
 * @param {import("./kit.js").View} view
 * @param {keyof typeof import("./page-links.js").PAGES} name
 * @param {string} words
 */
export function leading(view, name, words) {
  const link = element("a", {}, words);
  const line = element("p", { class: "al-w-elsewhere", hidden: true }, link);
  /** @param {Record<string, unknown> | null} state */
  const lead = (state) => {
    // Other explorers know the page's network, and not one that the reader opened.
    const address = state && !view.get("opened") && addressOf(name, state);
    if (address) link.href = address;
    hide(line, !address, view.root);
  };
  return { element: line, lead };
}
