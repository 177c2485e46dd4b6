// Tables of all widgets: a line of heads, and the name of each row before its values.
import { element } from "./kit-elements.js";

/** Text, an element, or several of them. @typedef {Node | string | (Node | string)[]} Cell */

/**
 * A table; the first cell of a row is its head.
 * @param {{ heads: string[], rows: Cell[][], caption?: string, unseen?: boolean }} given  `unseen`: the
 *   caption is for those who hear the page
 */
export function table({ heads, rows, caption, unseen = false }) {
  const cell = (/** @type {Cell} */ of, /** @type {boolean} */ first) =>
    first ? element("th", { scope: "row" }, ...[of].flat()) : element("td", {}, ...[of].flat());
  return element(
    "table",
    {},
    caption ? element("caption", unseen ? { class: "al-w-unseen" } : {}, caption) : null,
    element(
      "thead",
      {},
      element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head))),
    ),
    element(
      "tbody",
      {},
      ...rows.map((row) => element("tr", {}, ...row.map((of, i) => cell(of, i === 0)))),
    ),
  );
}
