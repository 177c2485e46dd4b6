// Many small things of which one is chosen: a list box laid out as a grid, one stop of the Tab key.
import { element } from "./kit.js";

/**
 * A list box. `fill(groups)` takes [{ label, items: [{ value, name, child }] }] and shows them;
 * `choose(value)` marks one. `chosen(value)` is called when the reader chooses, by arrow keys or
 * pointer; `near(value | null)` while the pointer is over one.
 */
export function gridList(view, { label, chosen, near = () => {} }) {
  const box = element("div", { class: "al-w-grid", role: "listbox", "aria-label": label });
  let options = [];
  let current;

  const mark = () => {
    const known = options.some((option) => option.value === current);
    options.forEach(({ node, value }, i) => {
      const on = value === current;
      node.setAttribute("aria-selected", String(on));
      node.tabIndex = on || (!known && i === 0) ? 0 : -1;
    });
  };
  const fill = (groups) => {
    const had = box.contains(document.activeElement);
    options = [];
    box.replaceChildren(
      ...groups.map(({ label: name, items }) => {
        const cells = items.map(({ value, name: words, child }) => {
          const names = { role: "option", "aria-label": words, title: words };
          const node = element("div", { ...names, tabindex: -1 }, child); // mark() lets one in
          options.push({ node, value });
          return node;
        });
        const grid = element("div", { class: "al-w-grid-cells", role: "presentation" }, ...cells);
        if (!name) return grid;
        const head = element("p", { class: "al-w-hint", "aria-hidden": "true" }, name);
        return element("div", { role: "group", "aria-label": name }, head, grid);
      }),
    );
    mark();
    if (had) options.find(({ node }) => node.tabIndex === 0)?.node.focus();
  };
  const choose = (value) => {
    current = value;
    mark();
  };
  const optionOf = (event) => {
    const node = event.target.closest?.('[role="option"]');
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
  return { box, fill, choose };
}

/** Where a key leads; up and down go by what stands above and below on the screen. */
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
    const away = (j) => Math.abs(places[j].left - places[at].left);
    if (best === at || away(i) < away(best)) best = i;
  }
  return best;
}
