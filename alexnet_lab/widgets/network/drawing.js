// The network as it grows: blocks up to the stage that is written out, outlines of what is to come.
import { button, controls } from "../_runtime/kit-controls.js";
import { drawn, element } from "../_runtime/kit-elements.js";
import { blocks, upTo } from "./blocks-core.js";

/** @import { Row } from "./core.js" */

/**
 * The drawing, its sentence, and buttons that go one stage on and back. `counted` writes a number as
 * the table does.
 * @param {import("../_runtime/kit.js").View} view
 * @param {(value: number, what: string) => string} counted
 */
export function growing(view, counted) {
  const svg = drawn("svg", { class: "al-w-network-drawing", role: "img" });
  const said = element("p", { class: "al-w-network-grown-said" });
  /** @type {string[]} */
  let names = [];
  const go = (/** @type {number} */ by) => {
    const to = names.indexOf(view.get("stage")) + by;
    if (to >= 0 && to < names.length) view.set({ stage: names[to] });
  };
  const back = button(view, "Stage before", () => go(-1));
  const on = button(view, "Next stage", () => go(1));
  view.listen(svg, "click", (event) => {
    const name = /** @type {Element} */ (event.target).getAttribute("data-stage");
    if (name && names.includes(name)) view.set({ stage: name });
  });

  /** @param {Row[]} rows @param {number} side @param {string} stage */
  const draw = (rows, side, stage) => {
    names = rows.map(({ name }) => name);
    const plan = blocks(rows, side);
    const grown = upTo(rows, stage);
    svg.setAttribute("viewBox", `-2 -2 ${plan.wide + 4} ${plan.high + 4}`);
    svg.replaceChildren(
      drawn("path", { class: "al-w-gridline", d: `M0 ${plan.high / 2}H${plan.wide}` }),
      ...plan.blocks.map(({ name, place, kind, x, wide, high }) =>
        drawn("rect", {
          class: [
            `al-w-network-block al-w-network-${kind}`,
            place <= grown.place ? "al-w-network-grown" : "",
            place >= 0 && place === grown.place ? "al-w-network-last" : "",
          ].join(" "),
          "data-stage": place < 0 ? null : name,
          x: x.toFixed(1),
          y: ((plan.high - high) / 2).toFixed(1),
          width: wide.toFixed(1),
          height: high.toFixed(1),
          rx: 1.5,
        }),
      ),
    );
    back.setAttribute("aria-disabled", String(grown.place <= 0));
    on.setAttribute("aria-disabled", String(grown.place + 1 >= rows.length));
    if (grown.place < 0) {
      said.textContent = `No stage ${stage} here.`;
      svg.setAttribute("aria-label", said.textContent);
      return;
    }
    const [maps, places] = rows[grown.place].gives;
    const gives = places > 1 ? `${maps} maps of ${places} × ${places}` : `${maps} numbers`;
    const share = (/** @type {number} */ part) => `${Math.round(100 * part)} %`;
    said.textContent =
      `Up to ${stage}: ${gives}; ${counted(grown.parameters, "parameters")} parameters ` +
      `(${share(grown.ofParameters)}), ${counted(grown.macs, "macs")} MACs an image ` +
      `(${share(grown.ofMacs)}).`;
    svg.setAttribute("aria-label", `The network as blocks. ${said.textContent}`);
  };
  return { element: element("div", {}, svg, said, controls(back, on)), draw };
}
