// Another network beside the page's, in a view of the same kind: the reader's own, from a file, or
// ImageNet's, recorded.
import { button, controls } from "./kit-controls.js";
import { element, freshId } from "./kit-elements.js";
import { hide } from "./scope.js";
import { makeModel } from "./model.js";
import { openOther } from "./page-network.js";
import { openRecorded } from "./recorded-network.js";

/**
 * How a widget shows a network that is not the page's: its own `render`, and the state it begins with.
 * @typedef {object} Beside
 * @property {(given: Given) => unknown} render
 * @property {(about: any, view: import("./kit.js").View, net: any) => State | Promise<State>} state
 * @property {boolean} [recorded] whether it shows what is recorded of ImageNet's network as well
 */

const IMAGENETS = "ImageNet\u2019s network";
const PROMISE = "ONNX or safetensors, any kind of AlexNet. It is read here and goes nowhere.";

/** Whether a file looks like a network, and not like a picture. @param {File} file */
export const isNetwork = ({ name }) =>
  /\.(onnx|safetensors|data|pth?|bin|npz|h5|ckpt)$/i.test(name);

/**
 * The control that opens one; `take` opens what was dropped.
 * @param {import("./kit.js").View} view
 * @param {Beside} how
 */
export function beside(view, { render, state, recorded = false }) {
  const file = element("input", {
    type: "file",
    id: freshId(),
    accept: ".onnx,.safetensors,.data",
    multiple: true,
  });
  const label = element("label", { for: file.id, class: "al-w-button" }, "+ Your own network");
  const words = element("p", { class: "al-w-hint" });
  /** To be seen, and read out when the reader pauses. @param {string} text */
  const tell = (text) => {
    words.textContent = text;
    view.announce(text);
  };
  const stop = button(view, "Cancel", () => opening?.abort());
  stop.hidden = true;
  /** What the focus goes back to. @type {HTMLElement} */
  let asked = file;
  const real = button(view, "ImageNet\u2019s network, recorded (0.2 MB)", () => {
    asked = real;
    opened(IMAGENETS, openRecorded);
  });
  const box = element(
    "div",
    { class: "al-w-gallery" },
    element("div", { class: "al-w-gallery-own" }, file, label, ...(recorded ? [real] : []), stop),
    element("p", { class: "al-w-hint" }, PROMISE),
    words,
  );
  /** @type {AbortController | null} */
  let opening = null;
  /** @type {(() => void) | null} */
  let shut = null; // closes the one that is open
  view.ending(() => {
    opening?.abort();
    shut?.();
  });

  /** @param {File[]} files */
  function take(files) {
    asked = file;
    return opened(`“${files[0].name}”`, (signal) => openOther({ files }, () => {}, signal));
  }

  /** @param {string} name @param {(signal: AbortSignal) => Promise<any>} open */
  async function opened(name, open) {
    opening?.abort();
    const mine = new AbortController();
    opening = mine;
    hide(stop, false, asked);
    view.say(null);
    tell(`${name} is being opened.`);
    try {
      const net = await open(mine.signal);
      const first = await state(net.about, view, net);
      if (mine.signal.aborted) {
        net.close();
        return;
      }
      shut?.();
      shut = shown(net, first);
      tell(`${name} is open below.`);
    } catch (error) {
      words.textContent = "";
      if (!mine.signal.aborted) view.say(error);
    } finally {
      if (opening === mine) {
        opening = null;
        hide(stop, true, asked);
      }
    }
  }

  /**
   * Where the site has a network of which records are shown: a button that runs it in their place.
   * @param {{ manifest: string, megabytes: number }} live
   */
  function running({ manifest, megabytes }) {
    const words = `Run it here (fetches about ${megabytes} MB)`;
    const run = element("button", { type: "button", class: "al-w-button" }, words);
    run.addEventListener("click", () => {
      opened(IMAGENETS, (signal) => openOther({ manifest }, () => {}, signal));
    });
    return run;
  }

  /** @param {any} net @param {State} first */
  function shown(net, first) {
    const { live, title = `Your network: ${net.about.name}` } = net.about;
    const el = element("div", {});
    const close = element("button", { type: "button", class: "al-w-button" }, "Close it");
    const notes = net.about.said.map((/** @type {string} */ line) =>
      element("p", { class: "al-w-hint" }, line),
    );
    const place = element(
      "div",
      { class: "al-w al-w-own", role: "group", "aria-label": title, tabindex: -1 },
      controls(
        element("p", { class: "al-w-title" }, title),
        close,
        ...(live ? [running(live)] : []),
      ),
      ...notes,
    );
    view.root.after(place, el);
    const model = makeModel({ ...first, opened: net });
    const end = /** @type {(() => void) | undefined} */ (render({ model, el }));
    const follow = () => view.get("photo") && model.set({ photo: view.get("photo") });
    view.watch(["photo"], follow);
    const done = () => {
      end?.();
      net.close();
      place.remove();
      el.remove();
    };
    close.addEventListener("click", () => {
      done();
      shut = null;
      words.textContent = "";
      asked.focus();
    });
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
    return done;
  }

  view.listen(file, "change", () => {
    const files = [...(file.files ?? [])];
    if (files.length) take(files);
    file.value = ""; // the same file may be chosen again
  });
  return { element: box, take };
}
