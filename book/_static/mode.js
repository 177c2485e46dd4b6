// Before anything is drawn: a store that never throws, light or dark as the reader chose, what needs a
// script may be shown, and the explorers to come have their room.
"use strict";

(() => {
  /**
   * A store for as long as the page is open; what the browser's own still gives, it gives.
   * @param {Storage | null} real
   */
  const standIn = (real) => {
    /** @type {Map<string, string | null>} */
    const kept = new Map();
    return {
      /** @param {string} key */
      getItem(key) {
        if (kept.has(key)) return kept.get(key) ?? null;
        try {
          return real?.getItem(key) ?? null;
        } catch {
          return null;
        }
      },
      /** @param {string} key @param {unknown} value */
      setItem: (key, value) => void kept.set(key, String(value)),
      /** @param {string} key */
      removeItem: (key) => void kept.set(key, null),
    };
  };

  // Where cookies are blocked, naming a store throws; where nothing may be kept, writing does; some
  // browsers have none. The theme's scripts expect a store that works, and stop at the first error.
  for (const name of /** @type {const} */ (["localStorage", "sessionStorage"])) {
    /** @type {Storage | null} */
    let real = null;
    try {
      real = window[name];
      real.setItem("alexnet-lab", "");
      real.getItem("alexnet-lab");
      real.removeItem("alexnet-lab");
    } catch {
      Object.defineProperty(window, name, { configurable: true, value: standIn(real) });
      if (name === "localStorage") document.documentElement.dataset.store = "forgets";
    }
  }

  const root = document.documentElement;
  root.classList.add("al-js");
  const defaultMode = root.dataset.defaultMode || "auto";
  root.dataset.mode = localStorage.getItem("mode") || defaultMode;
  root.dataset.theme = localStorage.getItem("theme") || defaultMode;

  /**
   * Keep the room that a widget will take, so that nothing moves when it comes: `data-room` says how tall
   * it is at some widths, "312:1400,808:1167".
   * @param {HTMLElement} box
   */
  const keepRoom = (box) => {
    const sizes = (box.dataset.room ?? "").split(",").map((size) => size.split(":").map(Number));
    const width = box.clientWidth;
    const after = sizes.findIndex(([wide]) => wide >= width);
    const [wide, tall] = sizes[after < 0 ? sizes.length - 1 : after];
    const [narrow, other] = sizes[Math.max(0, after < 0 ? sizes.length - 1 : after - 1)];
    const share = wide === narrow ? 1 : Math.min(1, (width - narrow) / (wide - narrow));
    box.style.minHeight = `${Math.round(other + share * (tall - other))}px`;
  };

  // Styled and not yet painted: a box has its width, and nobody has seen it. The explorers' own scripts
  // come later, on a slow machine after the first picture.
  const keepRooms = () => {
    /** @type {NodeListOf<HTMLElement>} */
    const boxes = document.querySelectorAll(".al-widget[data-room]:not([style])");
    boxes.forEach(keepRoom);
    if (document.readyState === "loading") requestAnimationFrame(keepRooms);
  };
  requestAnimationFrame(keepRooms);
})();
