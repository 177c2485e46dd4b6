// Small things that a page needs a script for. Without it everything is still there to read.
"use strict";

// A box that scrolls must be reachable by keyboard; one that does not must not be a stop.
const SCROLLERS =
  ".bd-article div.math, .bd-article pre, .pst-scrollable-table-container, .cell_output .output.text_html";

function markScrollers() {
  // All are measured before any is changed: a change between would have the page laid out anew.
  const boxes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(SCROLLERS)]);
  const scroll = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
  for (const [place, box] of boxes.entries()) {
    if (scroll[place]) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  }
}

// On paper nothing can be opened and paper is light: print answers and folded code open, in the light
// theme, then set both back.
/** @type {HTMLDetailsElement[]} */
let opened = [];
/** @type {string | undefined} */
let theme;
function toPaper() {
  opened = /** @type {typeof opened} */ ([...document.querySelectorAll("details:not([open])")]);
  for (const details of opened) details.open = true;
  theme ??= document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
}
function fromPaper() {
  for (const details of opened) details.open = false;
  opened = [];
  document.documentElement.dataset.theme = theme;
  theme = undefined;
}

document.addEventListener("DOMContentLoaded", markScrollers);
window.addEventListener("load", markScrollers);
window.addEventListener("resize", markScrollers);
document.addEventListener("toggle", markScrollers, true);
window.addEventListener("beforeprint", toPaper);
window.addEventListener("afterprint", fromPaper);

// ?slides shows a chapter as slides. What only they need is loaded only then.
const HERE = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src ?? "";
function asSlides() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL("slides.css", HERE).href;
  const script = document.createElement("script");
  script.src = new URL("slides.js", HERE).href;
  sheet.addEventListener("load", () => document.head.append(script));
  document.head.append(sheet);
}
if (new URLSearchParams(location.search).has("slides")) {
  document.addEventListener("DOMContentLoaded", asSlides);
}
