// What a network answers: its most probable classes, as a table with bars.
import { element } from "./kit.js";

/**
 * The five most probable classes as a table with bars; `rows` are [name, share].
 * @param {[name: string, share: number, mark?: string][]} rows
 * @param {string} caption
 */
export function shares(rows, caption) {
  const parts = rows.map(([name, share, mark]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", { class: "al-w-share" }, element("span", { style: `width:${100 * share}%` })),
      element("td", {}, `${(100 * share).toFixed(1)} %`),
      mark === undefined ? null : element("td", {}, mark),
    ),
  );
  return element(
    "table",
    { class: "al-w-shares" },
    element("caption", { class: "al-w-unseen" }, caption),
    element("tbody", {}, ...parts),
  );
}

/**
 * The k most probable classes of an answer, as `shares` takes them.
 * @param {Numbers} probabilities
 * @param {string[]} classes
 * @param {number} [k]
 * @returns {[name: string, share: number][]}
 */
export function best(probabilities, classes, k = 5) {
  const name = (/** @type {number} */ i) => (classes[i] ?? `class ${i}`).replaceAll("_", " ");
  return Array.from(probabilities, (share, i) => /** @type {[string, number]} */ ([name(i), share]))
    .sort((a, b) => b[1] - a[1])
    .slice(0, k);
}
