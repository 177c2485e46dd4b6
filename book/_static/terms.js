// Words of the glossary that name a part of an explorer on their page. Pointing at one, or going to it
// with the keyboard, shows its entry and lights the part up; a click or a tap holds both.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  /** @type {HTMLElement | null} */
  let shown = null;
  let held = false;
  let leaving = 0;
  const words = /** @type {NodeListOf<HTMLAnchorElement>} */ (
    document.querySelectorAll("a.al-word[data-parts]")
  );
  const note = document.createElement("span");
  note.className = "al-term";
  note.id = "al-term";
  const text = document.createElement("span");
  const go = document.createElement("button");
  go.type = "button";
  go.textContent = "Show it";
  const entry = document.createElement("a");
  entry.textContent = "Glossary";
  note.append(text, " ", go, " ", entry);

  /** Explorers come alive when they are near; until then the whole of one stands for its part. */
  const parts = () =>
    (shown?.dataset.parts ?? "").split(", ").flatMap((part) => {
      const [widget, ...inside] = part.split(" ");
      const boxes = [...document.querySelectorAll(`.al-widget[data-widget="${widget}"]`)];
      const found = boxes.flatMap((box) => [...box.querySelectorAll(inside.join(" "))]);
      return found.length ? found : boxes;
    });
  const light = () => {
    for (const part of document.querySelectorAll(".al-lit")) part.classList.remove("al-lit");
    if (shown) for (const part of parts()) part.classList.add("al-lit");
  };

  const hide = () => {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    shown?.setAttribute("aria-expanded", "false");
    shown = null;
    held = false;
    note.remove();
    light();
  };

  /** @param {HTMLAnchorElement} word */
  const show = (word) => {
    clearTimeout(leaving);
    if (word === shown) return;
    hide();
    shown = word;
    text.textContent = word.dataset.meaning ?? "";
    entry.href = word.href;
    word.after(note);
    word.setAttribute("aria-describedby", note.id);
    word.setAttribute("aria-expanded", "true");
    const line = /** @type {HTMLElement} */ (word.closest("p") ?? word);
    const most = line.offsetLeft + line.clientWidth - note.offsetWidth;
    note.style.left = `${Math.max(line.offsetLeft, Math.min(word.offsetLeft, most))}px`;
    note.style.top = `${word.offsetTop + word.offsetHeight + 2}px`;
    light();
  };
  const leave = () => {
    clearTimeout(leaving);
    if (!held) leaving = window.setTimeout(hide, 250);
  };
  const stay = () => clearTimeout(leaving);

  for (const word of words) {
    word.dataset.meaning = word.title;
    word.removeAttribute("title");
    word.setAttribute("role", "button");
    word.setAttribute("aria-expanded", "false");
    const enter = (/** @type {Event} */ event) =>
      /** @type {PointerEvent} */ (event).pointerType === "touch" || held || show(word);
    word.addEventListener("pointerenter", enter);
    word.addEventListener("focus", () => word.matches(":focus-visible") && show(word));
    word.addEventListener("pointerleave", leave);
    word.addEventListener("click", (event) => {
      event.preventDefault();
      if (held && shown === word) return hide();
      show(word);
      held = true;
    });
    word.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      word.click();
    });
  }
  note.addEventListener("pointerenter", stay);
  note.addEventListener("pointerleave", leave);
  go.addEventListener("click", () => {
    held = true;
    parts()[0]?.scrollIntoView({ block: "center" });
  });
  document.addEventListener("focusin", ({ target }) => {
    if (shown && !held && target !== shown && !note.contains(/** @type {Node} */ (target))) hide();
  });
  document.addEventListener("click", ({ target }) => {
    const place = /** @type {Element} */ (target);
    if (!place.closest?.("a.al-word, .al-term, .al-widget")) hide();
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  // An explorer that has come alive has the part itself.
  const alive = new MutationObserver(light);
  for (const box of document.querySelectorAll(".al-widget")) {
    alive.observe(box, { attributes: true, attributeFilter: ["data-state"] });
  }
});
