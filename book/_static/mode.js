// Before anything is drawn: light or dark as the reader chose, and what needs a script may be shown.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("al-js");
  try {
    root.dataset.mode = localStorage.getItem("mode") || root.dataset.defaultMode || "auto";
    root.dataset.theme = localStorage.getItem("theme") || root.dataset.defaultMode || "auto";
  } catch {
    root.dataset.mode = root.dataset.theme = "auto"; // a browser that keeps nothing
  }
})();
