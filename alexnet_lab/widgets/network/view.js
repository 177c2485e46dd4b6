// Whole networks: what another input size, batch or rounding makes of each stage.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, toggles } from "../_runtime/kit-controls.js";
import { element, short } from "../_runtime/kit-elements.js";
import { LEAST, amount, explain, measure, merged, share, total } from "./core.js";
import { growing } from "./drawing.js";

/** @import { Row, Stage } from "./core.js" */
/** @typedef {{ name: string, rows: Row[], problem: string | null }} Found */

const KEYS = ["net", "beside", "side", "batch", "show", "rounding", "stage"];
const UNITS = [
  { unit: "G", power: 1e9 },
  { unit: "M", power: 1e6 },
  { unit: "k", power: 1e3 },
];
/** @type {Record<string, string>} */
const WORDS = {
  parameters: "parameters",
  macs: "MACs an image",
  numbers: "memory of the outputs",
  intensity: "MACs a byte",
};

const stagesOf = (/** @type {(key: string) => any} */ get) => {
  const shown = [get("net"), get("beside")].filter(Boolean);
  return [
    ...new Set(
      shown.flatMap((name) =>
        get("nets")[name].stages.map((/** @type {Stage} */ stage) => stage.name),
      ),
    ),
  ];
};

/** The stages of the networks that are shown now. */
const fits = {
  of: ["nets", "net", "beside"],
  /** @param {(key: string) => any} get */
  ends: (get) => ({ stage: { values: stagesOf(get) } }),
};

/**
 * What to try first, with what is shown.
 * @param {string} show
 * @param {string} beside
 */
function hintFor(show, beside) {
  if (show === "intensity")
    return "Try this: raise the batch, from one image. Which bars grow, and which hardly do?";
  if (beside)
    return "Try this: show parameters, then MACs. At which stages do the two networks differ most?";
  return "Try this: make the image wider. Which stage's parameters grow, and which stages only have more to do?";
}

/** @param {Given} given */
function render({ model, el }) {
  const view = new View({
    model,
    el,
    name: "network",
    title: "A network, stage by stage",
    hint: hintFor(model.get("show"), model.get("beside")),
    fits,
  });
  const nets = view.get("nets");
  const names = Object.keys(nets);
  const own = button(view, "", () => view.set({ side: nets[view.get("net")].side }));
  const sums = element("p", { class: "al-w-network-sums" });
  const drawing = growing(view, counted);
  const box = element("div", {
    class: "al-w-scroll",
    tabindex: 0,
    role: "region",
    "aria-label": "stages",
  });
  const told = element("div", { class: "al-w-network-told" });
  const scale = element("span", {});
  view.body.append(
    controls(
      names.length > 1 ? choice(view, { key: "net", label: "network", options: names }) : null,
      names.length > 1
        ? choice(view, { key: "beside", label: "beside it", options: [["", "nothing"], ...names] })
        : null,
    ),
    controls(
      slider(view, { key: "side", label: "image", format: (n) => `${n} × ${n}` }),
      own,
      toggles(view, {
        key: "rounding",
        label: "sizes rounded",
        options: [
          ["own", "as built"],
          ["down", "down"],
        ],
      }),
    ),
    controls(
      toggles(view, {
        key: "show",
        label: "show",
        options: [
          ["parameters", "parameters"],
          ["macs", "MACs"],
          ["numbers", "memory"],
          ["intensity", "MACs a byte"],
        ],
      }),
      slider(view, {
        key: "batch",
        label: "batch",
        to: (place) => Math.round(2 ** place),
        from: Math.log2,
        step: 0.125,
      }),
    ),
    sums,
    drawing.element,
    element(
      "p",
      { class: "al-w-caption" },
      "A stage is a layer with the ReLU and dropout after it; 96 × 55² are 96 maps of 55 × 55.",
      scale,
    ),
    box,
    controls(choice(view, { key: "stage", label: "written out" })),
    told,
  );

  const draw = () => {
    const now = view.values(KEYS);
    const shown = [now.net, now.beside].filter((name, k) => name && (k === 0 || name !== now.net));
    const found = shown.map((name) => ({
      name,
      ...measure(nets[name].stages, now.side, now.rounding),
    }));
    const own_side = nets[now.net].side;
    own.textContent = `As built: ${own_side}`;
    own.setAttribute("aria-disabled", String(now.side === own_side)); // it keeps the focus
    scale.textContent = now.show === "intensity" ? ` Logarithmic bars, from ${LEAST}.` : "";
    const problems = found.filter((f) => f.problem).map((f) => `In ${f.name}, ${f.problem}`);
    view.say(problems.join(". "));
    const said = found.map((f) => sentence(f, now));
    sums.replaceChildren(
      ...said.map((text, k) => element("span", {}, swatch(k, said.length), text)),
    );
    drawing.draw(found[0].rows, now.side, now.stage);
    box.replaceChildren(table(found, now));
    told.replaceChildren(...written(found, now));
    view.announce(said.join(" "));
  };

  view.listen(box, "click", (event) => {
    const name = /** @type {Element} */ (event.target)
      .closest("tr[data-stage]")
      ?.getAttribute("data-stage");
    if (name) view.set({ stage: name });
  });
  view.drawOn([...KEYS, "limits"], draw);
  return () => view.dispose();
}

/** @param {Found} found @param {State} given */
function sentence({ name, rows, problem }, { show, batch }) {
  if (problem) return `${name}: not at this size. `;
  const images = batch === 1 ? "an image" : `${batch} images`;
  return (
    `${name}: ${total(rows, "parameters", 1).toLocaleString("en-US")} parameters; ` +
    `${counted(total(rows, "macs", 1), "macs")} MACs an image; ` +
    `${counted(total(rows, "numbers", batch), "numbers")} of outputs for ${images}` +
    (show === "numbers" ? " (float32, no layer in place). " : ". ")
  );
}

/**
 * A number as people say it: 2.3 M, 105 MB.
 * @param {number} value
 * @param {string} show
 */
function counted(value, show) {
  const { unit, power } = UNITS.find(({ power: p }) => value >= p) ?? { unit: "", power: 1 };
  const bytes = show === "numbers" ? "B" : "";
  return `${short(value / power)} ${unit}${bytes}`.trim();
}

/** @param {number} k @param {number} count */
function swatch(k, count) {
  return count > 1
    ? element("span", { class: `al-w-network-swatch al-w-network-${k}`, "aria-hidden": "true" })
    : null;
}

/** @param {Found[]} found @param {State} state */
function table(found, { show, batch, stage }) {
  const [first, second] = [0, 1].map((k) => (found[k]?.rows ?? []).map((row) => row.name));
  const names = merged(first, second);
  const rows = found.map((f) => new Map(f.rows.map((row) => [row.name, row])));
  const most = Math.max(1, ...found.flatMap((f) => f.rows.map((row) => amount(row, show, batch))));
  const cells = (/** @type {Row | undefined} */ row, /** @type {number} */ k) => {
    if (!row)
      return [element("td", {}, "–"), element("td", {}), element("td", { class: "al-w-share" })];
    const size = amount(row, show, batch);
    return [
      element(
        "td",
        {},
        row.shape.length > 1 ? `${row.shape[0]} × ${row.shape[1]}²` : String(row.shape[0]),
      ),
      element("td", {}, size ? counted(size, show) : "0"),
      element(
        "td",
        { class: "al-w-share" },
        size
          ? element("span", {
              class: `al-w-network-${k}`,
              style: `width:${100 * share(size, most, show)}%`,
            })
          : null,
      ),
    ];
  };
  const heads = found.flatMap((f) => [
    found.length > 1 ? `${f.name}: gives` : "gives",
    WORDS[show],
    "",
  ]);
  return element(
    "table",
    {},
    element("caption", { class: "al-w-unseen" }, "The stages"),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...["stage", ...heads].map((h) => element(h ? "th" : "td", h ? { scope: "col" } : {}, h)),
      ),
    ),
    element(
      "tbody",
      {},
      ...names.map((name) =>
        element(
          "tr",
          { "data-stage": name, class: name === stage ? "al-w-network-chosen" : null },
          element("th", { scope: "row" }, name),
          ...rows.flatMap((of, k) => cells(of.get(name), k)),
        ),
      ),
    ),
  );
}

/** @param {Found[]} found @param {State} state */
function written(found, { stage, rounding }) {
  return found.map(({ name, rows }, k) => {
    const row = rows.find((r) => r.name === stage);
    const lines = row ? explain(row, rounding) : ["no such stage"];
    const behind = row?.stage.then.length ? `, with ${row.stage.then.join(" and ")} after it` : "";
    const title = found.length > 1 ? `${name}: ${stage}${behind}` : `${stage}${behind}`;
    return element(
      "div",
      {},
      element("p", { class: "al-w-caption" }, swatch(k, found.length), title),
      ...lines.map((line) => element("p", {}, line)),
    );
  });
}

export default { render, fits };
