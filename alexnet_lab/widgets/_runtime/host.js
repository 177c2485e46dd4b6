// Brings the stills of a page to life where there is no kernel: gives each the model that a
// notebook's widget has (get, set, on, off, save_changes), and calls the same `render`.
// The page loads this file only when it holds a widget; a widget's own module is loaded when the
// reader comes near.
import { fetchJson, loaded, sentence } from "./fetching.js";
import { makeModel as modelOf } from "./model.js";
import { fromAddress, intoAddress } from "./state.js";

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const alive = new Map(); // element -> its end
const styles = new Map(); // file -> promise

/** As tests and pages find it. */
export const makeModel = modelOf;

/** @param {string} file */
function style(file) {
  if (!styles.has(file)) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(file, import.meta.url).href;
    const coming = new Promise((done, failed) => {
      link.onload = done;
      link.onerror = failed;
    });
    const whole = loaded(coming, "its style sheet").catch((error) => {
      styles.delete(file); // the next one to come near asks again
      link.remove();
      throw error;
    });
    styles.set(file, whole);
    document.head.append(link);
  }
  return styles.get(file);
}

/**
 * What the widget was when the page was made: beside the still, or in a file of its own.
 * @param {HTMLElement} box
 * @returns {Promise<{ state: State, address: string[], styled: boolean }>}
 */
async function saved(box) {
  const { stateFile } = box.dataset;
  if (stateFile) return fetchJson(stateFile, { what: "what it shows" });
  return JSON.parse(box.querySelector('script[type="application/json"]')?.textContent ?? "");
}

/**
 * The name under which a widget stands in the address: the second of a kind is `name-2`.
 * @param {HTMLElement} box
 */
function addressName(box) {
  const same = [...document.querySelectorAll(`.al-widget[data-widget="${box.dataset.widget}"]`)];
  const place = same.indexOf(box);
  return `${box.dataset.widget}${place > 0 ? `-${place + 1}` : ""}`;
}

/**
 * Bring one still to life; when that fails the still stays, with what happened and a way to try again.
 * @param {HTMLElement} box
 * @returns {Promise<void>}
 */
export async function mount(box) {
  if (alive.has(box)) return;
  alive.set(box, () => {});
  const name = box.dataset.widget ?? "";
  const still = [...box.childNodes];
  const el = document.createElement("div");
  let follow = () => {};
  let again = () => location.reload(); // a browser may remember that a script did not come
  try {
    if (!NAME.test(name)) throw new Error(`No widget is called “${name}”`);
    const room = `../${name.replaceAll("-", "_")}`;
    const coming = import(new URL(`${room}/view.js`, import.meta.url).href);
    const [module, { state, address, styled }] = await Promise.all([
      loaded(coming, "its script"),
      saved(box).catch((error) => {
        again = () => mount(box);
        throw error;
      }),
    ]);
    await Promise.all([
      style("kit.css"),
      style("kit-source.css"),
      style("kit-media.css"),
      styled ? style(`${room}/style.css`) : null,
    ]);
    const { render, fits } = module.default;
    const place = addressName(box);
    const look = () => fromAddress(location.hash, place, state, address, fits);
    Object.assign(state, look());
    const model = makeModel(state, address.length ? writer(place, address) : undefined);
    follow = () => model.set(look());
    window.addEventListener("hashchange", follow);
    box.replaceChildren(el);
    const end = await render({ model, el });
    alive.set(box, () => {
      window.removeEventListener("hashchange", follow);
      end?.();
    });
    box.dataset.state = "live";
    box.style.minHeight = "";
  } catch (error) {
    window.removeEventListener("hashchange", follow);
    fail(box, still, error, again);
  }
}

/**
 * The still again, and under it what happened.
 * @param {HTMLElement} box
 * @param {ChildNode[]} still
 * @param {unknown} error
 * @param {() => void} again
 */
function fail(box, still, error, again) {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.append(`This explorer cannot run here; the picture stands for it. ${sentence(error)} `);
  const press = document.createElement("button");
  press.type = "button";
  press.textContent = "Try again";
  press.addEventListener("click", () => {
    line.remove();
    delete box.dataset.state;
    alive.delete(box);
    again();
  });
  line.append(press);
  box.replaceChildren(...still, line);
  box.dataset.state = "failed";
  box.style.minHeight = "";
}

/**
 * Write the address a little later: some browsers refuse a hundred changes in a few seconds.
 * @param {string} place
 * @param {string[]} keys
 */
function writer(place, keys) {
  let waiting = 0;
  return (/** @type {State} */ state) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const { pathname, search, hash } = location;
      history.replaceState(
        history.state,
        "",
        pathname + search + intoAddress(hash, place, state, keys),
      );
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
        mount(/** @type {HTMLElement} */ (target));
      }
    },
    { rootMargin: "600px" },
  );
  const boxes = /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(".al-widget[data-widget]"),
  ]);
  // The page's own words are painted first: an explorer's many files must not hold them up.
  requestAnimationFrame(() => setTimeout(() => boxes.forEach((box) => near.observe(box))));
  const named = boxes.find((box) => location.hash.startsWith(`#${addressName(box)}.`));
  // Who follows a link wants to see it; who comes back, or loads the page again, was somewhere already.
  const [entry] = performance.getEntriesByType("navigation");
  const { type } = /** @type {PerformanceNavigationTiming} */ (entry) ?? {};
  if (named && type === "navigate")
    mount(named).then(() => named.scrollIntoView({ block: "start" }));
  new MutationObserver(sweep).observe(document.body, { childList: true, subtree: true });
}

start();
