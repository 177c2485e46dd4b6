// Brings the stills of a page to life where there is no kernel: gives each the model that a
// notebook's widget has (get, set, on, off, save_changes), and calls the same `render`.
// The page loads this file only when it holds a widget; a widget's own module is loaded when the
// reader comes near.

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const alive = new Map(); // element -> its end
const styles = new Map(); // file -> promise

/** A model without a kernel. `saved` is called when a widget has set something. */
export function makeModel(state, saved = () => {}) {
  const handlers = new Map();
  const call = (event, value) => {
    for (const handler of [...(handlers.get(event) ?? [])]) handler(model, value);
  };
  const model = {
    get: (key) => state[key],
    set(key, value) {
      const changes = typeof key === "object" ? key : { [key]: value };
      const changed = Object.keys(changes).filter((name) => differ(state[name], changes[name]));
      for (const name of changed) state[name] = changes[name];
      for (const name of changed) call(`change:${name}`, changes[name]);
      if (changed.length) call("change");
    },
    on(events, handler) {
      for (const event of events.split(" ")) {
        handlers.set(event, [...(handlers.get(event) ?? []), handler]);
      }
    },
    off(events, handler) {
      if (events == null) handlers.clear();
      for (const event of events?.split(" ") ?? []) {
        const kept = handler ? (handlers.get(event) ?? []).filter((one) => one !== handler) : [];
        handlers.set(event, kept);
      }
    },
    save_changes: () => saved(state),
    send() {}, // nobody answers
  };
  return model;
}

function differ(a, b) {
  if (Object.is(a, b)) return false;
  return typeof a !== "object" || typeof b !== "object" || JSON.stringify(a) !== JSON.stringify(b);
}

/** What an address says of one widget: `#name.key=value&…`, of known keys and within limits. */
export function fromAddress(hash, name, state, keys) {
  const found = {};
  for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    const trait = key.startsWith(`${name}.`) ? key.slice(name.length + 1) : "";
    if (!keys.includes(trait)) continue;
    const value = parse(text, state[trait]);
    if (value !== undefined && within(value, state.limits?.[trait])) found[trait] = value;
  }
  return found;
}

/** The address with one widget's part replaced. */
export function intoAddress(hash, name, state, keys) {
  const old = hash.replace(/^#/, "");
  // An address that leads to a heading is not a list of values.
  const kept = old.includes("=") ? old.split("&").filter((p) => !p.startsWith(`${name}.`)) : [];
  const own = keys.map((key) => `${name}.${key}=${encodeURIComponent(state[key])}`);
  return `#${[...kept, ...own].join("&")}`;
}

function parse(text, like) {
  if (Array.isArray(like)) {
    // As many entries as there were, each like the one in its place: stride=2,2.
    const parts = text.split(",");
    const values = like.map((one, i) => (i < parts.length ? parse(parts[i], one) : undefined));
    return parts.length === like.length && !values.includes(undefined) ? values : undefined;
  }
  if (typeof like === "string") return text;
  if (typeof like === "boolean") return { true: true, false: false }[text];
  const number = Number(text);
  if (typeof like !== "number" || text.trim() === "" || !Number.isFinite(number)) return undefined;
  return number;
}

function within(value, limits) {
  if (Array.isArray(value)) return value.every((one) => within(one, limits));
  if (!limits) return true;
  if (limits.values) return limits.values.includes(value);
  if (limits.whole && !Number.isInteger(value)) return false;
  return !(value < limits.min) && !(value > limits.max);
}

function style(file) {
  if (!styles.has(file)) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(file, import.meta.url).href;
    styles.set(
      file,
      new Promise((done) => {
        link.onload = link.onerror = done;
      }),
    );
    document.head.append(link);
  }
  return styles.get(file);
}

/** What the widget was when the page was made: beside the still, or in a file of its own. */
async function saved(box) {
  const { stateFile } = box.dataset;
  if (!stateFile) {
    return JSON.parse(box.querySelector('script[type="application/json"]').textContent);
  }
  const answer = await fetch(stateFile);
  if (!answer.ok) throw new Error(`its state: ${answer.status}`);
  return answer.json();
}

/** The name under which a widget stands in the address: the second of a kind is `name-2`. */
function addressName(box) {
  const same = [...document.querySelectorAll(`.al-widget[data-widget="${box.dataset.widget}"]`)];
  const place = same.indexOf(box);
  return place > 0 ? `${box.dataset.widget}-${place + 1}` : box.dataset.widget;
}

/** Bring one still to life; when that fails the still stays, with one line about it. */
export async function mount(box) {
  if (alive.has(box)) return;
  alive.set(box, () => {});
  const name = box.dataset.widget;
  const still = [...box.childNodes];
  const el = document.createElement("div");
  try {
    if (!NAME.test(name)) throw new Error(`no widget ${name}`);
    const { state, address, styled } = await saved(box);
    const room = `../${name.replaceAll("-", "_")}`;
    const [module] = await Promise.all([
      import(new URL(`${room}/view.js`, import.meta.url).href),
      style("kit.css"),
      style("kit-media.css"),
      styled ? style(`${room}/style.css`) : null,
    ]);
    const place = addressName(box);
    const look = () => fromAddress(location.hash, place, state, address);
    Object.assign(state, look());
    const model = makeModel(state, address.length ? writer(place, address) : undefined);
    const follow = () => model.set(look());
    window.addEventListener("hashchange", follow);
    box.replaceChildren(el);
    const end = await module.default.render({ model, el });
    alive.set(box, () => {
      window.removeEventListener("hashchange", follow);
      end?.();
    });
    box.dataset.state = "live";
  } catch (error) {
    const line = document.createElement("p");
    line.setAttribute("role", "status");
    line.textContent = `This view cannot run here (${error.message}); the picture stands for it.`;
    box.replaceChildren(...still, line);
    box.dataset.state = "failed";
  }
}

/** Write the address a little later: some browsers refuse a hundred changes in a few seconds. */
function writer(place, keys) {
  let waiting = 0;
  return (state) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const { pathname, search, hash } = location;
      history.replaceState(history.state, "", pathname + search + intoAddress(hash, place, state, keys));
    }, 300);
  };
}

/** End the widgets that have left the page. */
function sweep() {
  for (const [box, end] of alive) {
    if (!box.isConnected) {
      alive.delete(box);
      end();
    }
  }
}

function start() {
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        mount(target);
      }
    },
    { rootMargin: "600px" },
  );
  const boxes = [...document.querySelectorAll(".al-widget[data-widget]")];
  for (const box of boxes) near.observe(box);
  const named = boxes.find((box) => location.hash.startsWith(`#${addressName(box)}.`));
  if (named) mount(named).then(() => named.scrollIntoView({ block: "start" }));
  new MutationObserver(sweep).observe(document.body, { childList: true, subtree: true });
}

start();
