// The reader's camera: picture after picture to the network, until it is stopped or nobody sees it.
import { button } from "./kit-controls.js";
import { element } from "./kit-elements.js";

/**
 * A button that starts and stops the camera, and what it sees: { button, video, running(), stop() }.
 * @param {import("./kit.js").View} view
 * @param {{ net: () => any, wants: () => { layers: string[], switches: object }, frame: (result: any) => void,
 *   changed: () => void, rate: (a_second: number) => void }} heard `frame` gets each answer, `changed` is called
 *   when it starts or stops, `rate` with how fast it goes: too often to be read out.
 */
export function camera(view, heard) {
  const film = button(view, "Use the camera", () => (stream ? stop() : record()));
  const video = element("video", {
    muted: true,
    playsinline: true,
    "aria-label": "what the camera sees",
  });
  /** @type {MediaStream | null} */
  let stream = null;
  let asked = 0;

  async function record() {
    asked += 1;
    const mine = asked;
    try {
      const given = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 640 }, height: { ideal: 480 } },
      });
      if (mine !== asked) return end(given); // the view has gone, or something else was chosen meanwhile
      stream = given;
    } catch (error) {
      if (mine === asked) view.say(`The camera cannot be used: ${reason(error)}.`, record);
      return undefined;
    }
    const now = stream;
    view.say(null);
    film.textContent = "Stop the camera";
    heard.changed();
    video.srcObject = now;
    try {
      await video.play();
    } catch (error) {
      if (stream !== now) return undefined; // stopped before it had begun
      stop();
      view.say(`The camera cannot be used: ${reason(error)}.`, record);
    }
    if (stream === now) loop(now);
    return undefined;
  }

  /** @param {MediaStream} now */
  async function loop(now) {
    /** @type {number[]} */
    const times = [];
    /** @type {Promise<any> | undefined} */
    let coming; // what the worker is at
    try {
      while (stream === now) {
        // The worker never waits: a picture is taken while it is at the one before, and handed to
        // it before the answer is drawn.
        const picture = await createImageBitmap(video);
        const result = await coming;
        if (stream !== now) return picture.close();
        const { layers, switches } = heard.wants();
        coming = heard.net().frame(picture, layers, switches);
        coming?.catch(() => {}); // told where it is awaited; nobody does when the camera was stopped
        if (!result) continue; // the first has no one before it
        heard.frame(result);
        tellRate(times);
        await new Promise((drawn) => requestAnimationFrame(drawn));
      }
    } catch (error) {
      if (stream !== now) return undefined;
      stop();
      view.say(`The camera stopped: ${reason(error)}.`, record);
    }
    return undefined;
  }

  /**
   * Say how many of the last twenty pictures came in a second.
   * @param {number[]} times
   */
  function tellRate(times) {
    times.push(performance.now());
    if (times.length > 20) times.shift();
    if (times.length < 2) return;
    heard.rate((1000 * (times.length - 1)) / (times[times.length - 1] - times[0]));
  }

  function stop() {
    asked += 1;
    if (!stream) return;
    end(stream);
    stream = null;
    video.srcObject = null;
    film.textContent = "Use the camera";
    heard.rate(0);
    heard.changed();
  }
  view.ending(stop);
  view.listen(document, "visibilitychange", () => document.hidden && stop());
  const seen = new IntersectionObserver(([entry]) => entry.isIntersecting || stop());
  seen.observe(view.root);
  view.ending(() => seen.disconnect());
  return { button: film, video, running: () => Boolean(stream), stop };
}

/** @param {MediaStream} stream */
function end(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/**
 * Why there is no camera, in words that are not the browser's own.
 * @param {unknown} error
 * @returns {string}
 */
function reason(error) {
  const { name, message } = /** @type {Error} */ (error);
  /** @type {Record<string, string>} */
  const words = {
    NotAllowedError: "it was not allowed",
    NotFoundError: "there is none",
    NotReadableError: "another program has it, or it does not answer",
    OverconstrainedError: "it has no picture of a fitting size",
    AbortError: "it does not answer",
  };
  return words[name] ?? message.replace(/\.$/, "");
}
