// What every widget here needs of a page: elements, controls that follow the model, and one place
// that takes everything away again. Nothing has a fixed id: two views may share a page.

const FOCUSED = ["input", "select", "button", "textarea"];

/** Make an element: `element("p", { class: "x" }, "text", child)`; null children are left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  // JupyterLab takes arrow keys for shortcuts of its own, unless the focused element says no.
  if (FOCUSED.includes(tag) || "tabindex" in attributes) {
    made.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** The same for SVG. */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(made, attributes);
  made.append(...children.filter((child) => child != null));
  return made;
}

function setAttributes(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    // By way of the object model: a content security policy may forbid the attribute.
    if (name === "style") made.style.cssText = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value != null && value !== false) made.setAttribute(name, String(value));
  }
}

let serial = 0;
/** An id that no other view has, also where another widget brought its own copy of this file. */
export function freshId() {
  serial += 1;
  return `al-w-${serial}-${Math.random().toString(36).slice(2, 9)}`;
}

/** One view of a widget: its frame in the page, and all that must end when it goes. */
export class View {
  /** `title` names the group for screen readers; `hint` says in a sentence what to try. */
  constructor({ model, el, name, title, hint }) {
    this.model = model;
    this.endings = [];
    const id = freshId();
    this.body = element("div", { class: "al-w-body" });
    this.problem = element("p", { class: "al-w-problem", role: "alert", hidden: true });
    this.live = element("p", { class: "al-w-unseen", role: "status" });
    this.root = element(
      "div",
      { class: `al-w al-w-${name}`, role: "group", "aria-labelledby": id },
      element("p", { class: "al-w-title", id }, title),
      hint ? element("p", { class: "al-w-hint" }, hint) : null,
      this.problem,
      this.body,
      this.live,
    );
    el.append(this.root);
    this.endings.push(() => this.root.remove());
  }

  /** Listen to a DOM event until the view goes. */
  listen(target, type, handler, options) {
    target.addEventListener(type, handler, options);
    this.endings.push(() => target.removeEventListener(type, handler, options));
  }

  /** Call `handler` when one of the traits changes, until the view goes. */
  watch(keys, handler) {
    for (const key of keys) {
      this.model.on(`change:${key}`, handler);
      this.endings.push(() => this.model.off(`change:${key}`, handler));
    }
  }

  /** Call `draw` now, and once before the next paint after any of the traits changed. */
  drawOn(keys, draw) {
    const soon = this.soon(draw);
    this.watch(keys, soon);
    draw();
  }

  /** A function that calls `draw` once before the next paint, however often it is called. */
  soon(draw) {
    let waiting = 0;
    this.endings.push(() => cancelAnimationFrame(waiting));
    return () => {
      if (waiting) return;
      waiting = requestAnimationFrame(() => {
        waiting = 0;
        draw();
      });
    };
  }

  get(key) {
    return this.model.get(key);
  }

  /** Change traits, here and (with a kernel) in Python. */
  set(changes) {
    for (const [key, value] of Object.entries(changes)) this.model.set(key, value);
    this.model.save_changes();
  }

  /** The ends or choices of a trait, as Python enforces them. */
  limits(key) {
    return this.model.get("limits")?.[key] ?? {};
  }

  /** Say in one line what is wrong; nothing, when nothing is. */
  say(problem) {
    this.problem.textContent = problem ?? "";
    this.problem.hidden = !problem;
  }

  /** Tell screen readers, when the reader pauses: a slider makes many values a second. */
  announce(text) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      this.live.textContent = text;
    }, 400);
  }

  /** Call `handler` with the width of the body in CSS pixels, now and when it changes. */
  onWidth(handler) {
    let last = 0;
    const look = () => {
      const width = Math.floor(this.body.clientWidth);
      if (width && width !== last) handler((last = width));
    };
    const observer = new ResizeObserver(look);
    observer.observe(this.body);
    this.endings.push(() => observer.disconnect());
    look();
  }

  /** Call `step` every `interval_ms` until it returns false or `stop` is called. */
  every(interval_ms, step) {
    const timer = setInterval(() => step() === false && stop(), interval_ms);
    const stop = () => clearInterval(timer);
    this.endings.push(stop);
    return stop;
  }

  /** End: no listener, timer or element of this view is left. */
  dispose() {
    clearTimeout(this.speaking);
    for (const end of this.endings.splice(0).reverse()) end();
  }
}

const same = (value) => value;

/**
 * A slider with its name and value. `to` makes the trait's value of the slider's place and `from`
 * the other way round (for a scale of powers); ends not given are the trait's own limits.
 */
export function slider(view, options) {
  const { key, label, step = 1, format = String, to = same, from = same } = options;
  const id = freshId();
  const value = element("span", { class: "al-w-value", "aria-hidden": "true" });
  const input = element("input", { type: "range", id });
  const sync = () => {
    const { min, max } = { ...view.limits(key), ...options };
    Object.assign(input, { min: from(min), max: from(max), step });
    input.value = from(view.get(key));
    const text = format(view.get(key));
    value.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  view.listen(input, "input", () => view.set({ [key]: to(Number(input.value)) }));
  view.watch([key, "limits"], sync);
  sync();
  return element(
    "div",
    { class: "al-w-control al-w-slider" },
    element("label", { for: id }, label),
    input,
    value,
  );
}

/**
 * A list to choose from; `options` are values or [value, words] pairs, or the trait's limits. Where
 * they depend on other traits, `options` is a function and `of` are the names of those.
 */
export function choice(view, { key, label, options, of = [] }) {
  const id = freshId();
  const list = element("select", { id });
  let pairs;
  const sync = () => {
    list.value = String(pairs.findIndex(([value]) => value === view.get(key)));
  };
  const fill = () => {
    const given = typeof options === "function" ? options() : options;
    pairs = pairsOf(given ?? view.limits(key).values ?? []);
    list.replaceChildren(...pairs.map(([, words], i) => element("option", { value: i }, words)));
    sync();
  };
  fill();
  view.listen(list, "change", () => view.set({ [key]: pairs[Number(list.value)][0] }));
  view.watch([key], sync);
  view.watch(["limits", ...of], fill);
  return element(
    "div",
    { class: "al-w-control" },
    element("label", { for: id }, label),
    list,
  );
}

/** A few choices side by side, of which one holds: radio buttons that look like a switch. */
export function toggles(view, { key, label, options }) {
  const group = freshId();
  const pairs = pairsOf(options ?? view.limits(key).values ?? []);
  const inputs = pairs.map(([value]) => {
    const input = element("input", { type: "radio", name: group, id: freshId() });
    view.listen(input, "change", () => view.set({ [key]: value }));
    return input;
  });
  const sync = () => {
    pairs.forEach(([value], i) => {
      inputs[i].checked = value === view.get(key);
    });
  };
  view.watch([key], sync);
  sync();
  const parts = pairs.flatMap(([, words], i) => [
    inputs[i],
    element("label", { for: inputs[i].id }, words),
  ]);
  return element(
    "fieldset",
    { class: "al-w-control al-w-toggles" },
    element("legend", {}, label),
    element("div", {}, ...parts),
  );
}

/** A box to tick. */
export function tick(view, { key, label }) {
  const id = freshId();
  const input = element("input", { type: "checkbox", id });
  const sync = () => {
    input.checked = Boolean(view.get(key));
  };
  view.listen(input, "change", () => view.set({ [key]: input.checked }));
  view.watch([key], sync);
  sync();
  return element("div", { class: "al-w-control al-w-tick" }, input, element("label", { for: id }, label));
}

/** A button that does something. */
export function button(view, label, press) {
  const made = element("button", { type: "button", class: "al-w-button" }, label);
  view.listen(made, "click", press);
  return made;
}

/** A row of controls that wraps. */
export function controls(...children) {
  return element("div", { class: "al-w-controls" }, ...children);
}

function pairsOf(options) {
  return options.map((option) => (Array.isArray(option) ? option : [option, String(option)]));
}

/** Keep a number between its ends; the least of them when it is none. */
export function clamp(value, min, max) {
  return value >= min ? Math.min(value, max) : min;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Write a number short: three digits that count, a true minus, powers of ten as they are read. */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e5) return sign + String(Number(size.toPrecision(digits)));
  const [factor, power] = size.toExponential(digits - 1).split("e");
  const raised = power.replace("+", "").replace("-", "⁻").replace(/\d/g, (d) => RAISED[d]);
  const times = Number(factor) === 1 ? "" : `${Number(factor)} × `;
  return `${sign}${times}10${raised}`;
}
