// Small things that a page needs a script for. Without it everything is still there to read.
"use strict";

// A box that scrolls must be reachable by keyboard; one that does not must not be a stop.
const SCROLLERS =
  ".bd-article div.math, .bd-article pre, .pst-scrollable-table-container, .cell_output .output.text_html";

function markScrollers() {
  // All are measured before any is changed: a change between would have the page laid out anew.
  const boxes = [...document.querySelectorAll(SCROLLERS)];
  const scroll = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
  for (const [place, box] of boxes.entries()) {
    if (scroll[place]) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  }
}

// On paper nothing can be opened: print answers and folded code open, then close them again.
let opened = [];
function openAll() {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
}
function closeAgain() {
  for (const details of opened) details.open = false;
  opened = [];
}

document.addEventListener("DOMContentLoaded", markScrollers);
window.addEventListener("load", markScrollers);
window.addEventListener("resize", markScrollers);
document.addEventListener("toggle", markScrollers, true);
window.addEventListener("beforeprint", openAll);
window.addEventListener("afterprint", closeAgain);
