// Many small things of which one is chosen: a list box laid out as a grid, one stop of the Tab key.
import { element } from "./kit-elements.js";
import { sized } from "./raster.js";

/** @typedef {{ label?: string, items: { value: unknown, name: string, place: number }[] }} Group */
/** @typedef {ReturnType<typeof import("./kit-canvas.js").paintSheet>} Sheet */

/**
 * A list box of pictures. `fill(groups, sheet)` takes [{ label, items: [{ value, name, place }] }]
 * and what `paintSheet` returned, and shows of it the picture at each `place`; `choose(value)` marks
 * one; `point(value | null)` sets one off for a while, as its partner in another list is pointed at.
 * `chosen(value)` is called when the reader chooses, by arrow keys or pointer; `near(value | null)`
 * while the pointer is over one.
 * @param {import("./kit.js").View} view
 * @param {{ label: string, chosen: (value: any) => void, near?: (value: any) => void }} options
 */
export function gridList(view, { label, chosen, near = (_) => {} }) {
  const box = element("div", { class: "al-w-grid", role: "listbox", "aria-label": label });
  /** @type {{ node: HTMLElement, value: unknown, place: number }[]} */
  let options = [];
  /** @type {unknown} */
  let current;
  /** @type {Sheet} */
  let sheet;
  /** @type {Map<Element, { canvas: HTMLCanvasElement, cells: typeof options }>} */
  const groups = new Map(); // what the options stand in -> { canvas, cells }

  /** One canvas a group, behind its options: each picture where the style sheet laid its option. */
  const paint = (/** @type {Element[]} */ grids) => {
    // First all that is measured, then all that is drawn: else each canvas would cost a layout.
    const measured = grids.map((grid) => {
      const { canvas, cells } =
        /** @type {{ canvas: HTMLCanvasElement, cells: typeof options }} */ (groups.get(grid));
      const places = cells.map(({ node }) => node.getBoundingClientRect());
      return { canvas, cells, places, frame: grid.getBoundingClientRect() };
    });
    for (const { canvas, cells, places, frame } of measured) {
      const context = sized(canvas, frame.width, frame.height);
      cells.forEach(({ place }, i) => {
        const { left, top, width, height } = places[i];
        const [x, y] = sheet.corner(place);
        const [right, down] = [left - frame.left, top - frame.top];
        context.drawImage(
          sheet.canvas,
          x,
          y,
          sheet.columns,
          sheet.rows,
          right,
          down,
          width,
          height,
        );
      });
    }
  };
  // It speaks once of each new group, when that has been laid out, and whenever one changes its size.
  const observer = new ResizeObserver((entries) => paint(entries.map(({ target }) => target)));
  view.ending(() => observer.disconnect());

  const mark = () => {
    const known = options.some((option) => option.value === current);
    options.forEach(({ node, value }, i) => {
      const on = value === current;
      node.setAttribute("aria-selected", String(on));
      node.tabIndex = on || (!known && i === 0) ? 0 : -1;
    });
  };
  /** @param {Group[]} given @param {Sheet} pictures */
  const fill = (given, pictures) => {
    const had = box.contains(document.activeElement);
    for (const grid of groups.keys()) observer.unobserve(grid);
    groups.clear();
    options = [];
    sheet = pictures;
    box.style.setProperty("--al-w-aspect", String(sheet.columns / sheet.rows));
    box.replaceChildren(
      ...given.map(({ label: name, items }) => {
        const cells = items.map(({ value, name: words, place }) => {
          const names = { role: "option", "aria-label": words, title: words };
          const node = element("div", { ...names, tabindex: -1 }); // mark() lets one in
          return { node, value, place };
        });
        const canvas = element("canvas", { "aria-hidden": "true" });
        const nodes = cells.map(({ node }) => node);
        const grid = element(
          "div",
          { class: "al-w-grid-cells", role: "presentation" },
          canvas,
          ...nodes,
        );
        options.push(...cells);
        groups.set(grid, { canvas, cells });
        if (!name) return grid;
        const head = element("p", { class: "al-w-hint", "aria-hidden": "true" }, name);
        return element("div", { role: "group", "aria-label": name }, head, grid);
      }),
    );
    for (const grid of groups.keys()) observer.observe(grid);
    mark();
    if (had) options.find(({ node }) => node.tabIndex === 0)?.node.focus();
  };
  const choose = (/** @type {unknown} */ value) => {
    current = value;
    mark();
  };
  const point = (/** @type {unknown} */ value) => {
    box.classList.toggle("al-w-grid-pointed", value !== null);
    for (const option of options) option.node.classList.toggle("al-w-near", option.value === value);
  };
  const optionOf = (/** @type {Event} */ event) => {
    const node = /** @type {Element} */ (event.target).closest?.('[role="option"]');
    return options.find((option) => option.node === node);
  };

  view.listen(box, "click", (event) => {
    const found = optionOf(event);
    if (!found) return;
    chosen(found.value);
    choose(found.value);
    found.node.focus();
  });
  view.listen(box, "pointerover", (event) => near(optionOf(event)?.value ?? null));
  view.listen(box, "pointerleave", () => near(null));
  view.listen(box, "keydown", (event) => {
    const at = options.findIndex(({ node }) => node === document.activeElement);
    if (at < 0) return;
    const to = target(options, at, event.key);
    if (to === undefined) return;
    event.preventDefault();
    chosen(options[to].value);
    choose(options[to].value);
    options[to].node.focus();
  });
  return { box, fill, choose, point };
}

/**
 * Where a key leads; up and down go by what stands above and below on the screen.
 * @param {{ node: HTMLElement }[]} options
 * @param {number} at
 * @param {string} key
 */
function target(options, at, key) {
  const last = options.length - 1;
  if (key === "ArrowRight") return Math.min(at + 1, last);
  if (key === "ArrowLeft") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const places = options.map(({ node }) => node.getBoundingClientRect());
  const down = key === "ArrowDown" ? 1 : -1;
  let best = at;
  for (let i = at + down; i >= 0 && i <= last; i += down) {
    const lower = down * (places[i].top - places[at].top) > 1;
    if (!lower) continue;
    // The first row that is reached; in it, the nearest column.
    if (best !== at && Math.abs(places[i].top - places[best].top) > 1) break;
    const away = (/** @type {number} */ j) => Math.abs(places[j].left - places[at].left);
    if (best === at || away(i) < away(best)) best = i;
  }
  return best;
}
