// Where a page's network takes its pictures from: a sample, a file of the reader's, the camera.
// Shared by the widgets that run the network; nothing is fetched or filmed before a button is
// pressed, and list, picture and words always say the same.
import { button, controls, element, freshId } from "./kit.js";
import { hide } from "./scope.js";
import { fetchBytes, sentence } from "./fetching.js";
import { DOWNLOAD_MB, obstacle, openNetwork, surroundings, whenOpen } from "./page-network.js";
import { camera } from "./page-camera.js";
import { dropped, refusal } from "./page-files.js";

/** @typedef {Awaited<ReturnType<typeof openNetwork>>} Network */
/** @typedef {{ name: string | null, own: string, credit: string }} Shown */

/**
 * Controls for the network. `heard` says what happens: `ready(net)`, `picture(seen)` after a still
 * picture, `frame(result)` after a camera's, and `wants()` gives { layers, switches } for a frame.
 * Returns { element, net(), open, sample(), where }: `where` as of `surroundings`, `open` fetches the
 * network, `sample` names the sample photograph on the screen; "" where there is none.
 * @param {import("./kit.js").View} view
 * @param {{ ready: (net: any) => void, picture: (seen: any) => Promise<void>, frame: (result: any) => void,
 *   wants: () => { layers: string[], switches: object } }} heard
 */
export function source(view, heard) {
  const words = element("p", { class: "al-w-hint", role: "status" });
  const box = element("div", { class: "al-w-source" });
  const where = surroundings();
  if (where !== "page") {
    words.textContent = obstacle();
    box.append(words);
    return { element: box, net: () => null, open: () => {}, sample: () => "", where };
  }
  /** @type {Network | null} */
  let net = null;
  /** @type {Shown} */
  let shown = { name: null, own: "", credit: "" }; // whose answer is on the screen
  /** @type {AbortController | null} */
  let opening = null; // gives up the download
  view.ending(() => {
    opening?.abort();
    net?.close();
    net = null;
  });

  // Numbers that change many times a second are seen, not read out.
  const figures = element("p", { class: "al-w-hint al-w-figures" });
  const bar = element("progress", { max: 1, value: 0, "aria-label": "fetched" });
  const cancel = button(view, "Cancel", () => opening?.abort());
  const coming = controls(bar, cancel);
  const start = button(view, `Run the network here (fetches about ${DOWNLOAD_MB} MB)`, () =>
    open(),
  );
  const list = element("select", { id: freshId() });
  const file = element("input", { type: "file", accept: "image/*", id: freshId() });
  const film = camera(view, {
    net: () => net,
    wants: heard.wants,
    frame: heard.frame,
    rate: (a_second) => {
      figures.textContent = a_second ? `${a_second.toFixed(1)} pictures a second.` : "";
      box.dataset.rate = String(a_second);
    },
    changed: () => {
      asked += 1; // what was being looked at comes too late
      shown = { name: "", own: "the camera", credit: shown.credit };
      tell(
        film.running() ? "The camera is on; no picture leaves this page." : "The camera is off.",
      );
    },
  });
  const choices = controls(
    element(
      "div",
      { class: "al-w-control" },
      element("label", { for: list.id }, "photograph"),
      list,
    ),
    element(
      "div",
      { class: "al-w-control" },
      element("label", { for: file.id }, "or your own"),
      file,
    ),
    film.button,
  );
  const own = element("option", { value: "", hidden: true });
  coming.hidden = true;
  choices.hidden = true;
  box.append(start, coming, choices, words, figures);

  /** @type {File | null} */
  let waiting = null; // a file that was dropped before the network is here
  /** Fetch the network, unless it is there; then look at what waits, or at the sample that the state names. */
  async function open() {
    if (net || opening) return;
    opening = new AbortController();
    const { signal } = opening;
    bar.value = 0;
    coming.hidden = false;
    hide(start, true, cancel);
    view.say(null);
    words.textContent = "The network is being fetched.";
    try {
      const opened = await openNetwork(({ done, total }) => {
        bar.value = done / total;
        figures.textContent = `${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
      }, signal);
      if (signal.aborted) {
        opened.close();
        return;
      }
      net = opened;
      const samples = opened.about.photographs.map(
        (/** @type {{ name: string, title: string }} */ { name, title }) =>
          element("option", { value: name }, title),
      );
      list.replaceChildren(...samples, own);
      film.button.hidden = !navigator.mediaDevices?.getUserMedia;
      choices.hidden = false;
      heard.ready(net);
    } catch (error) {
      words.textContent = "";
      if (!signal.aborted) view.say(error, () => open());
    } finally {
      opening = null;
      figures.textContent = "";
      start.hidden = Boolean(net);
      hide(coming, true, net ? list : start);
    }
    const first = waiting;
    waiting = null;
    if (net) await (first ? mine(first) : sample(view.get("photo")));
  }

  let asked = 0;
  /**
   * Bring a picture, look at it and say whose it is; when that fails everything stays as it was.
   * @param {Shown} next
   * @param {() => Promise<Blob>} bring
   * @param {(() => void) | null} [again]
   */
  async function take(next, bring, again = null) {
    film.stop();
    asked += 1;
    const turn = asked;
    try {
      const seen = await net?.look(await bring());
      if (turn !== asked || !net) return;
      await heard.picture({ ...seen, name: next.name });
      if (turn !== asked || !net) return;
      shown = next;
      view.say(null);
      tell(next.credit);
      if (next.name && next.name !== view.get("photo")) view.set({ photo: next.name });
    } catch (error) {
      if (turn !== asked || !net) return;
      tell(shown.credit);
      view.say(next.own ? `“${next.own}”: ${sentence(error)}` : error, again);
    }
  }
  /**
   * The list names what is on the screen, and so do the words.
   * @param {string} text
   */
  function tell(text) {
    own.textContent = shown.own || "none";
    list.value = shown.name ?? "";
    if (words.textContent !== text) words.textContent = text; // each time it is set, it is read out
  }

  /** @param {string} name */
  function sample(name) {
    /** @type {{ name: string, title: string, credit: string, file: string }[]} */
    const photographs = net?.about.photographs ?? [];
    const {
      name: known,
      title,
      credit,
      file: at,
    } = photographs.find((p) => p.name === name) ?? photographs[0];
    const bring = async () => {
      const url = new URL(`../../network/${at}`, import.meta.url);
      return new Blob([
        /** @type {BlobPart} */ (await fetchBytes(url, { what: `the photograph “${title}”` })),
      ]);
    };
    return take({ name: known, own: "", credit }, bring, () => sample(known));
  }
  /** @param {File} given */
  function mine(given) {
    const next = {
      name: "",
      own: given.name || "a pasted picture",
      credit: "Your picture: it is read here and goes nowhere.",
    };
    const wrong = refusal(given);
    if (!wrong) return take(next, async () => given);
    tell(words.textContent);
    view.say(wrong);
    return undefined;
  }
  view.listen(list, "change", () => sample(list.value));
  view.watch(["photo"], () => {
    if (net && view.get("photo") !== shown.name) sample(view.get("photo"));
  });
  view.listen(file, "change", () => {
    const [given] = file.files ?? [];
    if (given) mine(given);
    file.value = ""; // the same file may be chosen again
  });
  dropped(view, (given) => {
    if (net) {
      mine(given);
      return;
    }
    waiting = given;
    open();
  });
  // Where another view of the page has opened the network, nothing is left to ask for.
  view.ending(whenOpen(() => open()));

  return { element: box, net: () => net, open, sample: () => shown.name ?? "", where };
}
