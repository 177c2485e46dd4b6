// Where a page's network takes its pictures from: a sample, a file of the reader's, the camera.
// Shared by the widgets that run the network; nothing is fetched or filmed before a button is
// pressed, and tiles, picture, words and answer always say the same.
import { button, controls } from "./kit-controls.js";
import { element } from "./kit-elements.js";
import { hide } from "./scope.js";
import { fetchBytes, sentence } from "./fetching.js";
import { DOWNLOAD_MB, obstacle, openNetwork, surroundings, whenOpen } from "./page-network.js";
import { best, caution, shares } from "./page-answer.js";
import { camera } from "./page-camera.js";
import { dropped, refusal } from "./page-files.js";
import { gallery } from "./page-gallery.js";
import { beside, isNetwork } from "./own-beside.js";
import { rewrite } from "./spacing.js";

/** @typedef {Awaited<ReturnType<typeof openNetwork>>} Network */
/** @typedef {{ name: string | null, own: string, words: string, credit: string, shows?: string | null }} Shown */

const NOBODY = { name: null, own: "", words: "", credit: "" };

/**
 * Controls for the network. `heard` says what happens: `ready(net)`, `picture(seen)` after a still
 * picture, whose answer it may return to have it shown beside the pictures, `frame(result)` after a
 * camera's, and `wants()` gives { layers, switches } for a frame.
 * Returns { element, net(), open, sample(), where }: `where` as of `surroundings`, `open` fetches the
 * network, `sample` names the sample photograph on the screen; "" where there is none.
 * @param {import("./kit.js").View} view
 * @param {{ ready: (net: any) => void, picture: (seen: any) => Promise<Numbers | void>, frame: (result: any) => void,
 *   wants: () => { layers: string[], switches: object }, beside?: import("./own-beside.js").Beside }} heard
 * `beside`: how the widget shows a network that the reader opens from a file.
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
  /** The reader's own network, where this view is of that. @type {Network | undefined} */
  const theirs = view.get("opened");
  /** @type {Network | null} */
  let net = null;
  /** @type {Shown} */
  let shown = NOBODY; // whose answer is on the screen
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
  const answer = element("div", { class: "al-w-source-answer" });
  const credit = element("p", {});
  const about = element(
    "details",
    { class: "al-w-source-about", hidden: true },
    element("summary", { "aria-label": "whose photograph it is" }, element("span", {}, "i")),
    credit,
  );
  const stage = element("div", { class: "al-w-source-stage" }, answer);
  const film = camera(view, {
    net: () => net,
    wants: heard.wants,
    frame: (result) => {
      tellAnswer(result.probabilities, 3);
      heard.frame(result);
    },
    rate: (a_second) => {
      figures.textContent = a_second ? `${a_second.toFixed(1)} pictures a second.` : "";
      box.dataset.rate = String(a_second);
    },
    changed: () => {
      asked += 1; // what was being looked at comes too late
      const on = film.running();
      if (on) stage.prepend(film.video);
      else film.video.remove();
      stage.classList.toggle("al-w-filming", on);
      shown = { ...NOBODY, name: "", own: "the camera" };
      tell(on ? "The camera is on; no picture leaves this page." : "The camera is off.");
    },
  });
  const pictures = gallery(
    view,
    { sample: (name) => sample(name), file: (given) => mine(given) },
    film.button,
  );
  const told = element("div", { class: "al-w-source-told" }, words, about);
  const choices = element("div", {}, pictures.element, stage);
  const other = heard.beside && !theirs ? beside(view, heard.beside) : null;
  coming.hidden = true;
  choices.hidden = true;
  box.append(start, coming, choices, told, figures);
  if (other) box.append(other.element);

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
      const come = (/** @type {{ done: number, total: number }} */ { done, total }) => {
        bar.value = done / total;
        figures.textContent = `${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
      };
      const opened = theirs ?? (await openNetwork(come, signal));
      if (signal.aborted) {
        opened.close();
        return;
      }
      net = opened;
      pictures.fill(opened.about.photographs);
      const { recorded = false } = opened.about; // of pictures that it has not seen it knows nothing
      pictures.only(recorded);
      film.button.hidden = recorded || !navigator.mediaDevices?.getUserMedia;
      choices.hidden = false;
      heard.ready(net);
    } catch (error) {
      words.textContent = "";
      if (!signal.aborted) view.say(error, () => open());
    } finally {
      opening = null;
      figures.textContent = "";
      start.hidden = Boolean(net);
      hide(coming, true, net ? pictures.first() : start);
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
      const seen = await net?.look(await bring(), next.name);
      if (turn !== asked || !net) return;
      const found = await heard.picture({ ...seen, name: next.name });
      if (turn !== asked || !net) return;
      shown = next;
      view.say(null);
      tell(next.words);
      tellAnswer(found ?? [], 5);
      if (next.name && next.name !== view.get("photo")) view.set({ photo: next.name });
    } catch (error) {
      if (turn !== asked || !net) return;
      tell(shown.words);
      view.say(next.own ? `“${next.own}”: ${sentence(error)}` : error, again);
    }
  }
  /**
   * The tiles mark what is on the screen, and so do the words.
   * @param {string} text
   */
  function tell(text) {
    pictures.show(shown.name ?? "");
    hide(about, !shown.credit, film.button);
    credit.textContent = shown.credit;
    rewrite(words, text);
  }

  /** @param {Numbers} probabilities @param {number} count */
  function tellAnswer(probabilities, count) {
    const rows = best(probabilities, net?.about.classes ?? [], count);
    const doubt = rows.length ? caution(probabilities, theirs ? undefined : shown.shows) : "";
    const said = doubt ? [element("p", { class: "al-w-hint" }, doubt)] : [];
    answer.replaceChildren(
      ...(rows.length ? [shares(rows, "The most probable classes"), ...said] : []),
    );
  }

  /** @param {string} name */
  function sample(name) {
    /** @type {import("./page-gallery.js").Sample[]} */
    const photographs = net?.about.photographs ?? [];
    const known = photographs.find((p) => p.name === name) ?? photographs[0];
    const { title, credit: whose, shows, file: at } = known;
    const bring = async () => {
      const url = new URL(`../../network/${at}`, import.meta.url);
      return new Blob([
        /** @type {BlobPart} */ (await fetchBytes(url, { what: `the photograph “${title}”` })),
      ]);
    };
    const next = { name: known.name, own: "", words: title, credit: whose, shows };
    return take(next, bring, () => sample(known.name));
  }
  /** @param {File} given */
  function mine(given) {
    const own = given.name || "a pasted picture";
    const next = { name: "", own, words: `${own}: it is read here and goes nowhere.`, credit: "" };
    const samples = net?.about.recorded ? "Recorded are the sample photographs alone." : null;
    const wrong = samples ?? refusal(given);
    if (!wrong) return take(next, async () => given);
    tell(words.textContent);
    view.say(wrong);
    return undefined;
  }
  view.watch(["photo"], () => {
    if (net && view.get("photo") !== shown.name) sample(view.get("photo"));
  });
  dropped(view, (given, all) => {
    if (other && isNetwork(given)) {
      other.take(all);
      return;
    }
    if (net) {
      mine(given);
      return;
    }
    waiting = given;
    open();
  });
  // Where another view of the page has opened the network, nothing is left to ask for.
  if (theirs) open();
  else view.ending(whenOpen(() => open()));

  return { element: box, net: () => net, open, sample: () => shown.name ?? "", where };
}
