// Where a page's network takes its pictures from: a sample, a file of the reader's, the camera.
// Shared by the widgets that run the network; nothing is fetched or filmed before a button is
// pressed, and the camera stops as soon as nobody sees it.
import { button, controls, element, freshId } from "./kit.js";
import { obstacle, openNetwork, refusal } from "./page-network.js";

/**
 * Controls for the network. `heard` says what happens: `ready(net)`, `picture(seen)` after a still
 * picture, `frame(result)` after a camera's, and `wants()` gives { layers, switches } for a frame.
 * Returns { element, net() }.
 */
export function source(view, heard) {
  const words = element("p", { class: "al-w-hint", role: "status" });
  const bar = element("progress", { max: 1, value: 0, hidden: true, "aria-label": "fetched" });
  const box = element("div", { class: "al-w-source" });
  const problem = obstacle();
  if (problem) {
    words.textContent = `The network cannot run here: ${problem}.`;
    box.append(words);
    return { element: box, net: () => null };
  }
  let net = null;
  let ended = false;
  view.endings.push(() => {
    ended = true;
    net?.close();
  });

  const start = button(view, "Run the network here (19 MB, once)", async () => {
    start.disabled = true;
    bar.hidden = false;
    view.say(null);
    words.textContent = "Fetching network and runtime …";
    try {
      const opened = await openNetwork(({ done, total }) => {
        bar.value = done / total;
        words.textContent = `Fetched ${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB …`;
      });
      if (ended) return opened.close();
      net = opened;
      start.hidden = true;
      fill();
      heard.ready(net);
      await sample(view.get("photo"));
    } catch (error) {
      view.say(`The network could not be started: ${error.message}.`);
      words.textContent = "";
    } finally {
      start.disabled = false;
      bar.hidden = true;
    }
    return undefined;
  });

  const list = element("select", { id: freshId() });
  const file = element("input", { type: "file", accept: "image/*", id: freshId() });
  const film = button(view, "Use the camera", () => (stream ? stop() : record()));
  const choices = controls(
    element("div", { class: "al-w-control" }, element("label", { for: list.id }, "photograph"), list),
    element("div", { class: "al-w-control" }, element("label", { for: file.id }, "or your own"), file),
    film,
  );
  choices.hidden = true;
  box.append(start, bar, choices, words);

  function fill() {
    choices.hidden = false;
    const samples = net.about.photographs.map(({ name, title }) =>
      element("option", { value: name }, title),
    );
    list.replaceChildren(...samples, element("option", { value: "", hidden: true }, "your own"));
    film.hidden = !navigator.mediaDevices?.getUserMedia;
  }

  /** Look at a file, or say in a line why not; the widget stays as it was. */
  async function look(blob, name, credit) {
    stop();
    try {
      const seen = await net.look(blob);
      if (ended) return;
      view.say(null);
      words.textContent = credit;
      await heard.picture({ ...seen, name });
    } catch (error) {
      view.say(`${error.message}.`.replace("..", "."));
    }
  }

  async function sample(name) {
    const found = net.about.photographs.find((p) => p.name === name) ?? net.about.photographs[0];
    list.value = found.name;
    const at = new URL(`../../network/${found.file}`, import.meta.url);
    await look(await (await fetch(at)).blob(), found.name, found.credit);
  }
  view.listen(list, "change", () => view.set({ photo: list.value }));
  view.watch(["photo"], () => {
    if (net && view.get("photo")) sample(view.get("photo"));
  });
  view.listen(file, "change", async () => {
    const [given] = file.files;
    if (!given) return;
    const wrong = refusal(given);
    if (wrong) {
      view.say(`${wrong}.`);
    } else {
      list.value = "";
      await look(given, "", "Your picture: it is read here and goes nowhere.");
    }
    file.value = "";
  });

  let stream = null;
  const video = element("video", { muted: true, playsinline: true });
  async function record() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 640 }, height: { ideal: 480 } },
      });
    } catch (error) {
      const denied = error.name === "NotAllowedError" ? "it was not allowed" : error.message;
      view.say(`The camera cannot be used: ${denied}.`);
      return undefined;
    }
    if (ended) return stop();
    view.say(null);
    list.value = "";
    film.textContent = "Stop the camera";
    const mine = stream;
    video.srcObject = mine;
    try {
      await video.play();
    } catch (error) {
      if (stream !== mine) return undefined; // stopped before it had begun
      stop();
      view.say(`The camera cannot be used: ${error.message}.`);
    }
    if (stream === mine) loop(mine);
    return undefined;
  }
  async function loop(mine) {
    const times = [];
    let coming; // what the worker is at
    try {
      while (stream === mine) {
        // The worker never waits: a picture is taken while it is at the one before, and handed to
        // it before the answer is drawn.
        const picture = await createImageBitmap(video);
        const result = await coming;
        if (stream !== mine) return picture.close();
        const { layers, switches } = heard.wants();
        coming = net.frame(picture, layers, switches);
        coming.catch(() => {}); // told where it is awaited; nobody does when the camera was stopped
        if (!result) continue; // the first has no one before it
        heard.frame(result);
        tellRate(times);
        await new Promise((drawn) => requestAnimationFrame(drawn));
      }
    } catch (error) {
      if (stream !== mine) return undefined;
      view.say(`The camera stopped: ${error.message}.`);
      stop();
    }
    return undefined;
  }
  /** Say how many of the last twenty pictures came in a second. */
  function tellRate(times) {
    times.push(performance.now());
    if (times.length > 20) times.shift();
    if (times.length < 2) return;
    const rate = (1000 * (times.length - 1)) / (times.at(-1) - times[0]);
    box.dataset.rate = rate.toFixed(1);
    const said = `${rate.toFixed(0)} pictures a second; none of them leaves this page.`;
    if (words.textContent !== said) words.textContent = said; // each time it is set, it is read out
  }
  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    film.textContent = "Use the camera";
  }
  view.endings.push(stop);
  view.listen(document, "visibilitychange", () => document.hidden && stop());
  const seen = new IntersectionObserver(([entry]) => entry.isIntersecting || stop());
  seen.observe(view.root);
  view.endings.push(() => seen.disconnect());

  return { element: box, net: () => net };
}

/** The five most probable classes as a table with bars; `rows` are [name, share]. */
export function shares(rows, caption) {
  const parts = rows.map(([name, share, mark]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", { class: "al-w-share" }, element("span", { style: `width:${100 * share}%` })),
      element("td", {}, `${(100 * share).toFixed(1)} %`),
      mark === undefined ? null : element("td", {}, mark),
    ),
  );
  return element(
    "table",
    { class: "al-w-shares" },
    element("caption", { class: "al-w-unseen" }, caption),
    element("tbody", {}, ...parts),
  );
}

/** The k most probable classes of an answer, as `shares` takes them. */
export function best(probabilities, classes, k = 5) {
  return Array.from(probabilities, (share, i) => [(classes[i] ?? `class ${i}`).replaceAll("_", " "), share])
    .sort((a, b) => b[1] - a[1])
    .slice(0, k);
}
