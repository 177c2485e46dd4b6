// The atlas of units: pictures in the lists, filters over them, and a card for each unit, whose
// address is a permalink. Without script the sheets of pictures and the numbers are there to read.
"use strict";

/**
 * @typedef {{ network: string, unit: number, tower: number, place: number, tile: HTMLAnchorElement,
 *   item: HTMLElement }} Tile
 */

(() => {
  const core = globalThis.alexnetLabAtlas;
  const root = /** @type {HTMLElement} */ (document.querySelector(".al-atlas"));
  const folder = /** @type {string} */ (root.dataset.folder);
  const name = /** @type {string} */ (root.dataset.layer);
  const before = { conv2: "conv1", conv3: "conv2", conv4: "conv3", conv5: "conv4" }[name];
  const after = { conv1: "conv2", conv2: "conv3", conv3: "conv4", conv4: "conv5" }[name];
  const lists = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".al-atlas__units")]);

  /**
   * @param {string} tag
   * @param {Record<string, any>} given
   * @param {(Node | string)[]} inside
   * @returns {any}
   */
  const make = (tag, given = {}, ...inside) => {
    const element = Object.assign(document.createElement(tag), given);
    element.append(...inside);
    return element;
  };

  // ---------------------------------------------------------------- tiles

  /** @type {Tile[]} */
  const tiles = lists.flatMap((list) =>
    [...list.children].map((item, place) => {
      const tile = /** @type {HTMLAnchorElement} */ (item.firstElementChild);
      const [network, unit] = tile.id.split("-");
      const tower = Number(list.dataset.tower);
      tile.setAttribute("aria-label", `Unit ${unit}`);
      return {
        network,
        unit: Number(unit),
        tower,
        place,
        tile,
        item: /** @type {HTMLElement} */ (item),
      };
    }),
  );
  const byName = new Map(tiles.map((each) => [each.tile.id, each]));
  let shown = tiles;

  /**
   * Show a unit's small picture in a box; `rows` and the place are those of its tower's sheet.
   * @param {HTMLElement} element
   * @param {string} network
   * @param {string} layer
   * @param {number} unit
   * @param {number} each units in a tower
   */
  const paint = (element, network, layer, unit, each) => {
    const { column, row } = core.small({ columns: 16 }, unit % each);
    const rows = Math.ceil(each / 16);
    element.style.backgroundImage = `url("${folder}${network}/${layer}-tower${Math.floor(unit / each) + 1}.webp")`;
    element.style.backgroundSize = `1600% ${100 * rows}%`;
    element.style.backgroundPosition = `${(100 * column) / 15}% ${rows > 1 ? (100 * row) / (rows - 1) : 0}%`;
  };

  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        for (const { network, unit, tile } of tiles.filter(({ item }) => target.contains(item))) {
          paint(tile, network, name, unit, target.children.length);
        }
      }
    },
    { rootMargin: "100px" },
  );
  for (const list of lists) near.observe(list);
  root.classList.add("al-atlas--alive");

  // One stop for the Tab key; arrows go on from there, as on a keyboard's grid.
  const stop = (/** @type {Tile} */ wanted) => {
    for (const { tile } of tiles) tile.tabIndex = tile === wanted.tile ? 0 : -1;
  };
  stop(tiles[0]);
  root.addEventListener("keydown", (event) => {
    const at = shown.findIndex(({ tile }) => tile === document.activeElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = (/** @type {Tile} */ { tile }) => tile.getBoundingClientRect();
    const here = middle(shown[at]);
    /** The nearest tile in the next row above or below. */
    const across = (/** @type {number} */ way) => {
      let best = at;
      for (let next = at + way; shown[next]; next += way) {
        const there = middle(shown[next]);
        if (Math.abs(there.top - here.top) < 2) continue;
        const gap = Math.abs(there.left - here.left);
        if (best !== at && Math.abs(there.top - middle(shown[best]).top) > 2) break;
        if (best === at || gap < Math.abs(middle(shown[best]).left - here.left)) best = next;
      }
      return best;
    };
    /** @type {Record<string, () => number>} */
    const moves = {
      ArrowRight: () => at + 1,
      ArrowLeft: () => at - 1,
      ArrowDown: () => across(1),
      ArrowUp: () => across(-1),
      Home: () => 0,
      End: () => shown.length - 1,
    };
    const goal = moves[event.key]?.();
    if (goal === undefined || !shown[goal]) return;
    event.preventDefault();
    stop(shown[goal]);
    shown[goal].tile.focus();
  });

  // ---------------------------------------------------------------- data

  const networks = [...new Set(tiles.map(({ network }) => network))];
  /** @type {Map<string, Promise<unknown>>} */
  const coming = new Map();
  /**
   * What is known of this layer's units, network by network: a card asks for one, a filter for all.
   * @param {string[]} wanted
   */
  const data = async (wanted = networks) => {
    const bring = (/** @type {string} */ network) =>
      new Promise((done, failed) => {
        // A script, as a copy of the book that is opened from disk may not fetch a file.
        const script = make("script", { src: `${folder}${name}-${network}.js` });
        script.onload = done;
        script.onerror = () => failed(new Error(`${name}-${network}.js is not there`));
        document.head.append(script);
      });
    for (const network of wanted) if (!coming.has(network)) coming.set(network, bring(network));
    await Promise.all(wanted.map((network) => coming.get(network)));
    return core.layer;
  };

  // ---------------------------------------------------------------- filters

  /**
   * @param {string} label
   * @param {string} key
   * @param {[value: string, text: string][]} options
   */
  const select = (label, key, options) =>
    make(
      "label",
      {},
      `${label} `,
      make("select", { name: key }, ...options.map(([value, text]) => new Option(text, value))),
    );
  const titleOf = (/** @type {string} */ network) =>
    root.querySelector(`#${network}`)?.firstChild?.textContent ?? network;
  const status = make("p", { role: "status", className: "al-atlas__status" });
  /** @type {HTMLFormElement} */
  const form = make(
    "form",
    { className: "al-atlas__filters" },
    make(
      "label",
      {},
      "Units ",
      make("input", { name: "number", type: "search", placeholder: "17, 40-60", size: 9 }),
    ),
    select("Network", "network", [
      ["", "both"],
      ...networks.map((n) => /** @type {[string, string]} */ ([n, titleOf(n)])),
    ]),
    select("Tower", "tower", [
      ["", "both"],
      ["1", "1"],
      ["2", "2"],
    ]),
    select("Colour", "colour", [
      ["", "any"],
      ["2", "most coloured third"],
      ["1", "middle third"],
      ["0", "greyest third"],
    ]),
    select("Frequency", "frequency", [
      ["", "any"],
      ["0", "coarsest third"],
      ["1", "middle third"],
      ["2", "finest third"],
    ]),
    select("Strongly on for", "photograph", [["", "any photograph"]]),
    select("Order", "order", [
      ["", "by number"],
      ["photograph", "strongest for the photograph"],
      ["on", "most often on"],
      ["colour", "most coloured"],
      ["frequency", "finest"],
      ["removal", "most missed"],
    ]),
    make("button", { type: "reset", textContent: "Reset" }),
  );
  const field = (/** @type {string} */ key) => /** @type {any} */ (form.elements.namedItem(key));
  const KEYS = ["number", "network", "tower", "colour", "frequency", "photograph", "order"];

  const apply = async () => {
    const wish = Object.fromEntries(KEYS.map((key) => [key, field(key).value]));
    const asks = Object.values(wish).some(Boolean);
    const layer = asks ? await data() : null;
    /** @type {Tile[]} */
    const found = layer ? core.chosen(layer, tiles, wish) : tiles;
    shown = found;
    const kept = /** @type {Set<Tile | undefined>} */ (new Set(found));
    for (const { item, tile } of tiles) item.hidden = !kept.has(byName.get(tile.id));
    for (const list of lists) {
      const mine = tiles.filter(({ item }) => item.parentElement === list);
      const order = wish.order ? found.filter((each) => mine.includes(each)) : mine;
      list.append(...order.map(({ item }) => item));
    }
    // With an order of their own, units follow one another within their tower.
    if (wish.order) shown = lists.flatMap((l) => found.filter((f) => l.contains(f.item)));
    if (shown.length) stop(shown[0]);
    status.textContent = asks ? `${found.length} of ${tiles.length} units.` : "";
    const address = new URL(location.href);
    for (const key of KEYS) {
      if (wish[key]) address.searchParams.set(key, wish[key]);
      else address.searchParams.delete(key);
    }
    replace(address);
  };
  const replace = (/** @type {URL} */ address) => {
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // A page from disk may not change its address.
    }
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 100);
  });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  const photographs = /** @type {string[]} */ (root.dataset.photographs?.split(" ") ?? []);
  field("photograph").append(...photographs.map((each) => new Option(each, each)));
  root.prepend(form, status);
  const asked = new URLSearchParams(location.search);
  for (const key of KEYS) if (asked.has(key)) field(key).value = asked.get(key);
  if (KEYS.some((key) => asked.has(key))) apply();

  // ---------------------------------------------------------------- cards

  /** @type {HTMLDialogElement} */
  const card = make("dialog", { className: "al-atlas__card" });
  card.setAttribute("aria-labelledby", "al-atlas-card");
  root.append(card);

  /**
   * A picture from a unit's sheet: 0 the first start, 1 the second.
   * @param {any} layer
   * @param {any} network
   * @param {Tile} unit
   * @param {0 | 1} start
   */
  const picture = (layer, network, unit, start) => {
    const side = start ? 96 : 192;
    const own = start ? network.small : network.large;
    const scale = side / own;
    const first = Math.floor(unit.unit / layer.sheet) * layer.sheet;
    const file = `${name}-${String(first).padStart(3, "0")}.webp`;
    const element = make("div", { className: "al-atlas__picture" });
    element.setAttribute("role", "img");
    element.setAttribute(
      "aria-label",
      `Picture that excites unit ${unit.unit}, from ${start ? "another" : "one"} start`,
    );
    element.style.width = element.style.height = `${side}px`;
    element.style.backgroundImage = `url("${folder}${unit.network}/${file}")`;
    element.style.backgroundSize = `${layer.sheet * network.large * scale}px auto`;
    const left = (unit.unit - first) * network.large * scale;
    element.style.backgroundPosition = `${-left}px ${start ? -network.large * scale : 0}px`;
    if (network.large < 20) element.classList.add("al-atlas__picture--pixels");
    return element;
  };

  /**
   * @param {any} layer
   * @param {any} network
   * @param {Tile} unit
   */
  const places = (layer, network, unit) =>
    network.places[unit.unit].map((/** @type {[number, number, number]} */ place) => {
      const { name: file, title } = layer.photographs[place[0]];
      const { top, left, side } = core.box(layer, network, place);
      const frame = make("span", { className: "al-atlas__field" });
      Object.assign(frame.style, {
        top: `${top}%`,
        left: `${left}%`,
        width: `${side}%`,
        height: `${side}%`,
      });
      const percent = network.peaks[unit.unit][place[0]];
      return make(
        "figure",
        {},
        make(
          "div",
          { className: "al-atlas__photograph" },
          make("img", {
            src: `${folder}photograph-${file}.webp`,
            alt: title,
            width: layer.seen,
            height: layer.seen,
          }),
          frame,
        ),
        make("figcaption", {}, `${file}: ${percent} %`),
      );
    });

  /**
   * @param {string} heading
   * @param {[number, number][] | undefined} ends
   * @param {string | undefined} other
   * @param {any} network
   * @param {Tile} unit
   */
  const neighbours = (heading, ends, other, network, unit) => {
    if (!ends?.length || !other) return [];
    const links = ends.map(([number, thousandths]) => {
      const box = make("span", { className: "al-atlas__small" });
      paint(box, unit.network, other, number, network.counts[other] / network.towers);
      const sign = thousandths > 0 ? "+" : "−";
      const says = `${sign}${Math.abs(thousandths / 10).toFixed(1)} %`;
      const link = make(
        "a",
        { href: `${other}.html#${unit.network}-${number}` },
        box,
        `${other} ${number} `,
        make("span", { className: "al-atlas__pull" }, says),
      );
      link.setAttribute("aria-label", `${other} unit ${number}, ${says}`);
      return make("li", { className: thousandths > 0 ? "al-atlas__up" : "al-atlas__down" }, link);
    });
    return [make("h4", {}, heading), make("ul", { className: "al-atlas__neighbours" }, ...links)];
  };

  /**
   * A link to the unit at work, where it is strongest in a photograph that the pages' network has; a
   * copy on disk runs no network.
   * @param {any} layer
   * @param {any} network
   * @param {Tile} unit
   */
  const walk = (layer, network, unit) => {
    const line = make("p", { className: "al-atlas__walk", hidden: true });
    if (unit.network !== "lab" || !location.protocol.startsWith("http")) return line;
    const all = network.places[unit.unit];
    const place = all.find((/** @type {number[]} */ [p]) => layer.photographs[p].in_page);
    const [, row, column] = place ?? all[0] ?? [0, 0, 0];
    const photo = place ? { photo: layer.photographs[place[0]].name } : {};
    const state = { layer: name, channel: unit.unit, row, column, ...photo };
    // The one file that knows where the walk is.
    import(new URL(`${folder}../widgets/_runtime/page-links.js`, location.href).href).then(
      ({ addressOf }) => {
        line.append(make("a", { href: addressOf("walk", state) }, "Open this unit in the walk"));
        line.hidden = false;
      },
      () => {}, // without it the card is whole
    );
    return line;
  };

  /**
   * What silencing the unit does to the answers, where it was measured.
   * @param {any} network
   * @param {number} at
   * @returns {[string, string][]}
   */
  const without = (network, at) => {
    if (!network.removal.length) return [];
    const [fall, changed] = network.removal[at];
    const falls = network.removal.map((/** @type {[number, number]} */ [each]) => each);
    const rank = 1 + falls.filter((/** @type {number} */ each) => each > fall).length;
    const way = fall < 0 ? "gains" : "loses";
    const says =
      `the right class ${way} ${core.short(Math.abs(fall))} points of probability on average, and ` +
      `${changed} of ${network.silenced.count} answers change; number ${rank} of ${falls.length} by what is lost`;
    return [["Without it", says]];
  };

  const open = async (/** @type {Tile} */ unit) => {
    const layer = await data([unit.network]);
    const network = layer.networks[unit.network];
    const at = unit.unit;
    const short = core.short;
    const percent = (/** @type {number} */ value) => `${short(100 * value)} %`;
    /** @type {[string, string][]} */
    const facts = [
      ["Tower", String(unit.tower)],
      [
        "On",
        `at ${percent(network.on[at])} of positions in ${network.sample.count.toLocaleString("en")} photographs (${network.sample.name})`,
      ],
      [
        "Activation",
        `${short(network.picture[at])} on its picture, ${short(network.second[at])} on the one from another start, ${short(network.largest[at])} at most in photographs`,
      ],
      [
        "As stored",
        `${short(network.stored[at])} on the picture as it is shown here; ${percent(network.crops_below[at])} of random pieces of photographs excite the unit less`,
      ],
      ...without(network, at),
      ["Colour", `${percent(network.colour[at])} of the contrast`],
      ["Frequency", `${short(network.frequency[at])} cycles a pixel on average`],
      [
        "Receptive field",
        `${network.side} × ${network.side} of ${network.input} × ${network.input} pixels`,
      ],
    ];
    const address = new URL(location.href);
    address.search = "";
    address.hash = unit.tile.id;
    const cite = `AlexNet Lab, atlas of units: ${unit.network}, ${name}, unit ${at}. ${address}`;
    const places_ = shown.indexOf(unit);
    /** @param {string} text @param {number} by */
    const step = (text, by) => {
      const next = shown[places_ + by];
      const button = make("button", { type: "button", textContent: text, disabled: !next });
      button.addEventListener("click", () => {
        location.hash = next.tile.id;
      });
      return button;
    };
    const copy = make("button", { type: "button", textContent: "Copy citation" });
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(cite);
        copy.textContent = "Copied";
      } catch {
        getSelection()?.selectAllChildren(citation);
      }
    });
    const citation = make("p", { className: "al-atlas__cite" }, cite);
    const close = make("button", { type: "button", textContent: "Close" });
    close.addEventListener("click", () => card.close());
    card.replaceChildren(
      make(
        "header",
        {},
        make("h3", { id: "al-atlas-card" }, `${network.title}: ${name}, unit ${at}`),
        step("Previous", -1),
        step("Next", 1),
        close,
      ),
      make(
        "div",
        { className: "al-atlas__pictures" },
        picture(layer, network, unit, 0),
        picture(layer, network, unit, 1),
        make(
          "dl",
          {},
          ...facts.flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]),
        ),
      ),
      make("h4", {}, "Strongest in the sample photographs"),
      make(
        "p",
        { className: "al-atlas__note" },
        "The frame is the receptive field, to scale; the share is of the unit's largest activation in photographs.",
      ),
      make("div", { className: "al-atlas__places" }, ...places(layer, network, unit)),
      walk(layer, network, unit),
      ...neighbours("Strongest inputs", network.inputs[at], before, network, unit),
      ...neighbours("Strongest outputs", network.outputs[at], after, network, unit),
      citation,
      copy,
    );
    if (!card.open) card.showModal();
    stop(unit);
    card.scrollTop = 0;
  };

  const follow = () => {
    const unit = byName.get(location.hash.slice(1));
    if (unit) open(unit);
    else if (card.open) card.close();
  };
  root.addEventListener("click", (event) => {
    const tile = /** @type {HTMLElement} */ (event.target).closest(".al-atlas__units a");
    // The same address again is no change of it.
    if (tile && location.hash === `#${tile.id}`) follow();
  });
  card.addEventListener("click", (event) => {
    if (event.target === card) card.close(); // beside the card
  });
  card.addEventListener("close", () => {
    const address = new URL(location.href);
    const unit = byName.get(address.hash.slice(1));
    address.hash = "";
    replace(address);
    unit?.tile.focus({ preventScroll: false });
  });
  addEventListener("hashchange", follow);
  follow();
})();
