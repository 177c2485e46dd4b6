// Augmentation: a photograph's crops, reflections and colours, and the votes of its ten views.
import { View } from "../_runtime/kit.js";
import { button, choice, controls, slider, tick, toggles } from "../_runtime/kit-controls.js";
import { clamp, element, short } from "../_runtime/kit-elements.js";
import {
  colourShift,
  colours,
  crop,
  eigen,
  normals,
  problem,
  recoloured,
  tenViews,
  variants,
} from "./core.js";
import {
  colourTable,
  paintCube,
  paintPhoto,
  paintPicture,
  voteMaps,
  viewButtons,
} from "./plots.js";
import { generator } from "../_runtime/random-core.js";
import { unpack } from "../_runtime/data-core.js";
import { choosing } from "../_runtime/surface.js";

const ALPHAS = ["alpha1", "alpha2", "alpha3"];
const KEYS = ["top", "left", "mirrored", ...ALPHAS, "scale", "colours_of", "class_", "turn"];

/** @param {Given} given */
async function render({ model, el }) {
  // First of all: a view that stood there without its pictures would move when they come.
  const picture = await decoded(model.get("photo")).catch(() => null); // its bytes
  const coloured = model.get("colour") !== false; // whether colours are moved as well
  const view = new View({
    model,
    el,
    name: "augmentation",
    title: coloured ? "Augmentation" : "Ten views",
    hint: `Try this: drag the frame into a corner and mirror it: the same photograph, another vote.${coloured ? " Then move α1." : ""}`,
  });
  const size = view.get("crop");
  const room = view.get("side") - size;
  const photo = element("canvas", { "aria-hidden": "true" });
  const frame = element(
    "div",
    {
      class: "al-w-augmentation-frame",
      tabindex: 0,
      role: "application",
      "aria-label": "The photograph: the arrow keys move the crop, by eight pixels with shift",
    },
    photo,
  );
  const given = element("canvas", { role: "img" });
  const words = element("p", { class: "al-w-augmentation-words" });
  const cube = element("canvas", {
    role: "img",
    "aria-label":
      "The photograph's pixels in the cube of red, green and blue, with the principal directions",
  });
  const table = element("div", {
    class: "al-w-scroll",
    tabindex: 0,
    role: "group",
    "aria-label": "Covariance and principal directions of the colours",
  });
  const shiftWords = element("p", { class: "al-w-augmentation-words" });
  const votes = view.get("votes");
  const views = element("div", { class: "al-w-augmentation-views" });
  const maps = element("div", { class: "al-w-panels" });
  const voteWords = element("p", { class: "al-w-augmentation-words" });
  const whose = view.limits("colours_of").values ?? ["photograph"];
  const caption = (
    /** @type {string} */ text,
    /** @type {(HTMLCanvasElement | HTMLDivElement)[]} */ ...things
  ) => element("div", {}, element("p", { class: "al-w-caption" }, text), ...things);
  const drawAnew = () => {
    const drawn = (view.get("drawn") + 1) % 10000;
    const next = generator(drawn);
    for (let i = 0; i < 3; i += 1) next();
    const place = () => Math.floor(next() * (room + 1));
    /** @type {State} */
    const changes = { drawn, top: place(), left: place(), mirrored: next() < 0.5 };
    const alphas = normals(next).map((a) => clamp(Math.round(a * 100) / 100, -0.3, 0.3));
    if (coloured) ALPHAS.forEach((key, i) => (changes[key] = alphas[i]));
    view.set(changes);
  };
  view.body.append(
    element(
      "div",
      { class: "al-w-panels" },
      caption(`the stored photograph, ${view.get("side")} × ${view.get("side")}`, frame),
      caption(`what the network is given, ${size} × ${size}`, given),
    ),
    controls(
      slider(view, { key: "left", label: "from the left" }),
      slider(view, { key: "top", label: "from the top" }),
      tick(view, { key: "mirrored", label: "mirrored" }),
      button(view, "Draw as in training", drawAnew),
    ),
    words,
  );
  const colourParts = [
    element("p", { class: "al-w-augmentation-head" }, "Colours"),
    controls(
      ...ALPHAS.map((key, i) =>
        slider(view, { key, label: `α${i + 1}`, step: 0.01, format: (v) => short(v, 2) }),
      ),
      button(view, "No colour noise", () => view.set({ alpha1: 0, alpha2: 0, alpha3: 0 })),
    ),
    controls(
      toggles(view, {
        key: "scale",
        label: "α times",
        options: [
          ["deviation", "√λ (2012 source)"],
          ["literal", "λ (as printed)"],
        ],
      }),
      whose.length > 1
        ? toggles(view, {
            key: "colours_of",
            label: "directions of",
            options: [
              ["photograph", "this photograph"],
              ["data", "the data set"],
            ],
          })
        : null,
    ),
    element(
      "div",
      { class: "al-w-panels" },
      element(
        "div",
        {},
        cube,
        controls(
          slider(view, {
            key: "turn",
            label: "turn",
            step: 0.1,
            format: (v) => `${Math.round((v * 180) / Math.PI)}°`,
          }),
        ),
      ),
      element("div", { class: "al-w-augmentation-side" }, table, shiftWords),
    ),
  ];
  if (coloured) view.body.append(...colourParts);
  if (votes.classes) {
    view.body.append(
      element(
        "p",
        { class: "al-w-augmentation-head" },
        `Ten views, and the votes of a trained network${coloured ? " (without colour noise)" : ""}`,
      ),
      controls(
        choice(view, {
          key: "class_",
          label: "probability of",
          options: votes.classes.map((/** @type {string} */ name, /** @type {number} */ k) => [
            k,
            name,
          ]),
        }),
      ),
      views,
      maps,
      voteWords,
    );
  }

  /** @type {ReturnType<typeof colours> & ReturnType<typeof eigen> | null} */
  let own = null; // the photograph's own colours
  const chances = votes.classes ? unpack(votes.data, "f4") : null;
  const read = () => {
    const now = view.values(KEYS);
    now.top = clamp(Math.round(now.top), 0, room);
    now.left = clamp(Math.round(now.left), 0, room);
    return now;
  };

  const draw = (/** @type {number} */ width) => {
    if (!picture || !own) return;
    const wrong = problem(picture, size);
    view.say(wrong);
    if (wrong) return;
    const now = read();
    const pca = now.colours_of === "data" && view.get("pca").eigenvalues ? view.get("pca") : own;
    const shift = colourShift(
      ALPHAS.map((key) => now[key]),
      pca,
      now.scale,
    );
    const part = recoloured(crop(picture, now, size), shift);
    const side = Math.min(256, width - 4);
    paintPhoto(photo, picture, now, size, side);
    paintPicture(given, part, (side * size) / picture.width);
    given.setAttribute("aria-label", `The crop${now.mirrored ? ", mirrored" : ""}`);
    words.textContent = `One of ${variants(picture, size).toLocaleString("en")} crops and reflections: (${room} + 1)² × 2.`;
    paintCube(cube, picture, own.mean, pca, shift, now, Math.min(width - 4, 270));
    table.replaceChildren(colourTable(own.covariance, pca, now, ALPHAS, now.colours_of === "data"));
    const [r, g, b] = shift.map((v) => `${v < 0 ? "−" : "+"}${short(Math.abs(v))}`);
    const out = Math.round(100 * part.clipped);
    shiftWords.textContent = shift.every((v) => v === 0)
      ? "No colour is shifted."
      : `Every pixel of the crop gets (${r}, ${g}, ${b}) in red, green, blue` +
        (out ? `; ${out} % of the values leave 0–255 and are clipped, for the eye.` : ".");
    let said = "";
    if (chances) said = drawVotes(picture, now);
    view.announce(
      `${now.left} from the left, ${now.top} from the top${now.mirrored ? ", mirrored" : ""}. ${said}${coloured ? ` ${shiftWords.textContent}` : ""}`,
    );
  };

  const at = (
    /** @type {boolean} */ mirrored,
    /** @type {number} */ r,
    /** @type {number} */ c,
  ) => {
    const many = votes.classes.length;
    const from = ((Number(mirrored) * votes.places.length + r) * votes.places.length + c) * many;
    return (chances ?? new Float32Array()).subarray(from, from + many);
  };
  const nearest = (/** @type {number} */ value) =>
    votes.places.reduce(
      (/** @type {number} */ best, /** @type {number} */ place, /** @type {number} */ i) =>
        Math.abs(place - value) < Math.abs(votes.places[best] - value) ? i : best,
      0,
    );

  let buttons = null; // made once: a button that is pressed keeps the focus
  /** @param {Picture} picture @param {State} now */
  const drawVotes = (picture, now) => {
    const rows = tenViews(picture, size).map((place) => ({
      ...place,
      chances: at(place.mirrored, nearest(place.top), nearest(place.left)),
    }));
    buttons ??= viewButtons(view, views, picture, rows, size, votes.classes);
    buttons.show(now);
    maps.replaceChildren(...voteMaps(votes, at, now, nearest));
    const name = votes.classes[now.class_];
    const all = rows.map((row) => row.chances[now.class_]);
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    const here = at(now.mirrored, nearest(now.top), nearest(now.left));
    voteWords.textContent =
      `The ten views say ${percent(Math.min(...all))} to ${percent(Math.max(...all))} for ${name}; their mean, which ` +
      `is the answer of §4.1, ${percent(mean)}; the central view alone ${percent(all[4])}. The crop above (the nearest of ` +
      `those computed): ${percent(here[now.class_])}.`;
    return voteWords.textContent;
  };

  // The frame is nearly as large as the photograph: it is dragged, not clicked into place.
  let grip = { x: 0, y: 0, left: 0, top: 0 };
  choosing(view, frame, (event, begins) => {
    if (begins) {
      const now = read();
      grip = { x: event.clientX, y: event.clientY, left: now.left, top: now.top };
      return;
    }
    view.set({
      left: clamp(Math.round(grip.left + event.clientX - grip.x), 0, room),
      top: clamp(Math.round(grip.top + event.clientY - grip.y), 0, room),
    });
  });
  view.listen(frame, "keydown", (event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 8 : 1;
    const now = read();
    view.set({
      top: clamp(now.top + step * way[0], 0, room),
      left: clamp(now.left + step * way[1], 0, room),
    });
  });

  if (picture) {
    const found = colours(picture);
    own = { ...found, ...eigen(found.covariance) };
  } else {
    view.say("The photograph cannot be decoded here");
  }
  view.drawWide(KEYS, draw);
  return () => view.dispose();
}

/**
 * The bytes of a picture at a `data:` address.
 * @param {string} address
 */
async function decoded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = element("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser draws on no canvas");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(100 * share)} %`;
}

export default { render };
