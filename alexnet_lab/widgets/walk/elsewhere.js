// Links from the chosen unit to the book's other explorers.
import { element } from "../_runtime/kit-elements.js";
import { addressOf, cardOf } from "../_runtime/page-links.js";
import { elsewhere } from "./elsewhere-core.js";

/**
 * The line of links; nothing where there are no pages to go to.
 * @param {Parameters<typeof elsewhere>} unit
 * @returns {Node[]}
 */
export function elsewhereNodes(...unit) {
  const links = elsewhere(...unit).flatMap((place) => {
    const href = "card" in place ? cardOf(...place.card) : addressOf(place.name, place.state);
    return href ? [element("a", { href }, place.words)] : [];
  });
  if (!links.length) return [];
  return [
    element("span", {}, "This unit elsewhere: "),
    ...links.flatMap((link, i) => (i ? [document.createTextNode(" · "), link] : [link])),
  ];
}
