// A chapter as slides: loaded by alexnet-lab.js on a page whose address ends in ?slides. What the page has
// is moved, not copied, so that questions can be answered and explorers stay alive.
"use strict";

(() => {
  // What becomes a slide, in this order of a section's parts; all else stays in the chapter. Code is for
  // the notebook. A paragraph goes along with the formula or the list that follows it.
  const ALONE = [
    "figure.al-figure",
    ".al-device",
    ".cell.tag_only-explores",
    "div.math",
    ":scope > ul",
    ":scope > ol",
    ".pst-scrollable-table-container",
    ".output.text_html table",
  ];
  const WITH_ITS_PARAGRAPH = "div.math, ul, ol";
  const LEFT_OUT = "#references, .al-details--solution";
  const KEYS_OF_ITS_OWN =
    "input, select, textarea, button, summary, canvas, [role], [tabindex='0'], .al-widget";

  const article = document.querySelector(".bd-article");
  const chapter = article?.querySelector("section");
  const heading = chapter?.querySelector("h1");
  if (!chapter || !heading) return;

  const deck = document.createElement("main");
  deck.className = "al-slides";
  /** @type {HTMLElement[]} */
  const slides = [];

  /** @param {string} over @param {Element[]} parts */
  function add(over, parts) {
    const slide = document.createElement("section");
    slide.className = "al-slide";
    slide.tabIndex = -1;
    if (over) {
      const small = document.createElement("p");
      small.className = "al-slide__over";
      small.textContent = over;
      slide.append(small);
    }
    slide.append(...parts);
    slides.push(slide);
    deck.append(slide);
  }

  /** @param {Element | null} element @returns {string} */
  const words = (element) => {
    const copy = /** @type {Element | undefined} */ (element?.cloneNode(true));
    for (const link of copy?.querySelectorAll(".headerlink") ?? []) link.remove();
    return copy?.textContent?.trim() ?? "";
  };

  const title = words(heading);
  const lead = chapter.querySelector(":scope > p.lead");
  const about = chapter.querySelector(":scope > .al-device--overview");
  const sections = [...chapter.querySelectorAll(":scope > section")];
  add("", [heading, ...(lead ? [lead] : [])]);
  if (about) add(title, [about]);
  for (const section of sections) {
    if (section.matches(LEFT_OUT)) continue;
    const found = /** @type {Element[]} */ ([...section.querySelectorAll(ALONE.join(", "))]).filter(
      (part, _, all) => !all.some((other) => other !== part && other.contains(part)),
    );
    const named = section.querySelector("h2");
    const over = words(named);
    const first = section.querySelector(":scope > p");
    const before = found.map((part) => {
      const ahead = part.previousElementSibling;
      const goes = part.matches(WITH_ITS_PARAGRAPH) && ahead?.matches("p") && ahead !== first;
      return goes && ahead ? [ahead] : [];
    });
    if (named) add("", first ? [named, first] : [named]);
    for (const [place, part] of found.entries()) add(over, [...(before[place] ?? []), part]);
  }

  const bar = document.createElement("nav");
  bar.className = "al-slides__bar";
  bar.setAttribute("aria-label", "Slides");
  /** @param {string} label @param {string} sign @param {() => void} press */
  const button = (label, sign, press) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn";
    made.setAttribute("aria-label", label);
    made.textContent = sign;
    made.addEventListener("click", press);
    bar.append(made);
    return made;
  };
  const back = document.createElement("a");
  back.href = location.pathname;
  back.textContent = "The chapter";
  bar.append(back);
  const previous = button("The slide before", "←", () => go(shown - 1));
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  bar.append(count);
  const next = button("The next slide", "→", () => go(shown + 1));
  deck.append(bar);

  let shown = -1;
  /** @param {number} to */
  function go(to) {
    const number = Math.max(0, Math.min(slides.length - 1, to));
    if (number === shown) return;
    shown = number;
    for (const [place, slide] of slides.entries())
      slide.classList.toggle("al-slide--now", place === shown);
    count.textContent = `${shown + 1} of ${slides.length}`;
    previous.disabled = shown === 0;
    next.disabled = shown === slides.length - 1;
    history.replaceState(null, "", `#${shown + 1}`);
    const now = slides[shown];
    if (!bar.contains(document.activeElement)) now?.focus({ preventScroll: true });
    now?.scrollTo(0, 0);
    window.dispatchEvent(new Event("resize")); // what is drawn to a width has one now
  }

  const STEPS = new Map([
    ["ArrowRight", 1],
    ["PageDown", 1],
    [" ", 1],
    ["ArrowLeft", -1],
    ["PageUp", -1],
    ["Home", -Infinity],
    ["End", Infinity],
  ]);
  document.addEventListener("keydown", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    const own = at?.closest(KEYS_OF_ITS_OWN) && !at.closest(".al-slides__bar");
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS.get(event.key);
    if (step === undefined || (own && !event.key.startsWith("Page"))) return;
    if (event.key === " " && at?.closest(".al-slides__bar")) return; // presses the button
    event.preventDefault();
    go(shown + step);
  });
  // Before the page's own handlers: the search takes this key as well.
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") location.assign(back.href);
    },
    true,
  );
  window.addEventListener("hashchange", () => go(Number(location.hash.slice(1)) - 1 || 0));

  document.body.classList.add("al-as-slides");
  document.body.prepend(deck);
  for (const other of document.querySelectorAll("body > *")) {
    if (other !== deck && other instanceof HTMLElement) other.inert = true;
  }
  // The page's own landmark is out of sight now; there is one main, the deck.
  document.querySelector("body > :not(.al-slides) main")?.setAttribute("role", "none");
  document.title = `Slides: ${title}`;
  for (const image of deck.querySelectorAll("img")) image.loading = "eager";
  go(Number(location.hash.slice(1)) - 1 || 0);
})();
