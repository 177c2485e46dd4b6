// The pictures that a reader may choose from: samples to be seen, a file of one's own.
import { element, freshId } from "./kit-elements.js";

/** @typedef {{ name: string, title: string, credit: string, shows?: string | null, file: string, small: string }} Sample */

/**
 * Pictures to choose from, as radio buttons that show them. `fill` brings the samples, `show(name)` marks the
 * one that is on the screen; "" where it is none of them.
 * @param {import("./kit.js").View} view
 * @param {{ sample: (name: string) => void, file: (given: File) => void }} heard
 * @param {...Node} more what else can be chosen
 */
export function gallery(view, heard, ...more) {
  const group = freshId();
  const file = element("input", { type: "file", accept: "image/*", id: freshId() });
  const own = element("label", { for: file.id, class: "al-w-button" }, "+ Your own photograph");
  const drop = element(
    "p",
    { class: "al-w-hint al-w-gallery-drop" },
    "Or drop or paste a picture here.",
  );
  const tiles = element("div", { class: "al-w-gallery-tiles" });
  const box = element(
    "fieldset",
    { class: "al-w-gallery" },
    element("legend", { class: "al-w-unseen" }, "photograph"),
    tiles,
    element("div", { class: "al-w-gallery-own" }, file, own, ...more),
    drop,
  );
  view.listen(file, "change", () => {
    const [given] = file.files ?? [];
    if (given) heard.file(given);
    file.value = ""; // the same file may be chosen again
  });
  view.listen(tiles, "change", (event) => {
    heard.sample(/** @type {HTMLInputElement} */ (event.target).value);
  });
  const inputs = () => /** @type {HTMLInputElement[]} */ ([...tiles.querySelectorAll("input")]);

  return {
    element: box,
    /** @param {Sample[]} samples */
    fill(samples) {
      const made = samples.flatMap(({ name, title, small }) => {
        const id = freshId();
        const src = new URL(`../../network/${small}`, import.meta.url).href;
        const picture = element("img", { src, alt: title, width: 128, height: 128 });
        return [
          element("input", { type: "radio", name: group, id, value: name }),
          element("label", { for: id, title, "data-name": name }, picture),
        ];
      });
      tiles.replaceChildren(...made);
    },
    /** Offer nothing but the samples. @param {boolean} samples */
    only(samples) {
      for (const each of [file, own, drop]) each.hidden = samples;
    },
    /** @param {string} name */
    show(name) {
      for (const input of inputs()) input.checked = input.value === name;
    },
    /** What gets the focus when the samples have come. */
    first: () => inputs().find(({ checked }) => checked) ?? inputs()[0] ?? file,
  };
}
