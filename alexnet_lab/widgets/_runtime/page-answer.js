// What a network answers: its most probable classes, as a table with bars.
import { element } from "./kit-elements.js";

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

const DOUBTFUL = 0.5; // as `al.inference.DOUBTFUL`: the first answer is more likely wrong than right
const FEW = 100; // classes: most pictures show none of them

/**
 * How far an answer is to be believed, in a sentence or two; "" where nothing speaks against it.
 * @param {Numbers} probabilities
 * @param {string | null} [shows] the class that the picture shows, null where it shows none; unknown of a reader's own
 */
export function caution(probabilities, shows) {
  const count = probabilities.length;
  const first = Math.max(...probabilities);
  const words = [];
  if (shows === null)
    words.push(
      `None of the ${count} classes that the network knows is in this photograph: it can only choose among them.`,
    );
  else if (shows === undefined && count < FEW)
    words.push(`The network knows ${count} classes, and names one of them whatever it is shown.`);
  if (first < DOUBTFUL)
    words.push(`It is in doubt: its first answer has ${(100 * first).toFixed(0)} %.`);
  return words.join(" ");
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
