// The nearest neighbours of an image in two spaces of features, and how many of them are right.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider } from "../_runtime/kit-controls.js";
import { element, short } from "../_runtime/kit-elements.js";
import { corner, right, shared } from "./core.js";

/** @import { Neighbour } from "./core.js" */
/** @typedef {{ label: number, tile: number }} Query */

const KEYS = ["query", "space", "space2", "count"];

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "retrieval",
    title: "What is near?",
    hint: "Try this: search with each image. Which are found by their colours alone, and for which do features help?",
  });
  const { sheet, tile, across, down, queries, classes } = view.get("images");
  const found = view.get("found");
  const precision = view.get("precision");
  const picture = (/** @type {number} */ place, /** @type {number} */ size) => {
    const [left, top] = corner(place, across);
    const scale = size / tile;
    const style =
      `width:${size}px;height:${size}px;background-image:url(${sheet});` +
      `background-size:${across * tile * scale}px ${down * tile * scale}px;` +
      `background-position:${-left * size}px ${-top * size}px`;
    return element("span", { class: "al-w-retrieval-picture", style, "aria-hidden": "true" });
  };
  const options = queries.map((/** @type {Query} */ { label }, /** @type {number} */ i) => [
    i,
    `${i + 1}: ${classes[label]}`,
  ]);
  const asked = element("div", { class: "al-w-retrieval-asked" });
  const step = (/** @type {number} */ by) =>
    view.set({ query: (view.get("query") + by + queries.length) % queries.length });
  const rows = ["space", "space2"].map((key) => {
    const list = element("ol", { class: "al-w-retrieval-list" });
    const words = element("p", { class: "al-w-retrieval-words" });
    const label = key === "space" ? "first space" : "second space";
    return {
      key,
      list,
      words,
      whole: element("div", {}, controls(choice(view, { key, label })), list, words),
    };
  });
  const together = element("p", { class: "al-w-caption" });
  view.body.append(
    controls(
      choice(view, { key: "query", label: "search with", options }),
      button(view, "Next image", () => step(1)),
      slider(view, { key: "count", label: "neighbours" }),
    ),
    asked,
    ...rows.map(({ whole }) => whole),
    together,
  );

  const draw = () => {
    const now = view.values(KEYS);
    const { label, tile: place } = queries[now.query];
    asked.replaceChildren(picture(place, 96), element("p", {}, `asked: ${classes[label]}`));
    const said = rows.map(({ key, list, words }) => {
      const near = found[now[key]][now.query];
      list.replaceChildren(
        ...near.slice(0, now.count).map((/** @type {Neighbour} */ row) => neighbour(row, label)),
      );
      const all = precision[now[key]][now.count - 1];
      words.textContent =
        `${right(near, label, now.count)} of ${now.count} are right; over all ` +
        `${view.get("asked_in_all")} questions ${short(all * now.count, 3)} of ${now.count}.`;
      return `${now[key]}: ${words.textContent}`;
    });
    const both = shared(found[now.space][now.query], found[now.space2][now.query], now.count);
    together.textContent =
      now.space === now.space2 ? "" : `${both} of ${now.count} are neighbours in both spaces.`;
    view.announce(`Searched with ${classes[label]}. ${said.join(" ")}`);
  };
  const neighbour = (
    /** @type {Neighbour} */ [place, label, distance],
    /** @type {number} */ own,
  ) =>
    element(
      "li",
      { class: label === own ? "al-w-retrieval-right" : null },
      picture(place, 56),
      element("span", {}, `${label === own ? "✓" : "–"} ${classes[label]}`),
      element("span", { class: "al-w-retrieval-distance" }, short(distance, 3)),
    );

  view.drawOn([...KEYS, "limits"], draw);
  return () => view.dispose();
}

export default { render };
