// Words of the glossary that name a part of an explorer: pointing or focus shows both, a click holds.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  /** @type {HTMLElement | null} */
  let shown = null;
  let held = false;
  let leaving = 0;
  const [note, text, go, entry] = ["span", "span", "button", "a"].map((tag) =>
    document.createElement(tag),
  );
  note.id = note.className = "al-term";
  go.textContent = "Show it";
  go.setAttribute("type", "button");
  entry.textContent = "Glossary";
  note.append(text, " ", go, " ", entry);

  // Until an explorer is alive, all of it stands for its part.
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
    entry.setAttribute("href", word.href);
    go.tabIndex = entry.tabIndex = -1;
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

  for (const word of /** @type {NodeListOf<HTMLAnchorElement>} */ (
    document.querySelectorAll("a.al-word[data-parts]")
  )) {
    word.dataset.meaning = word.title;
    word.removeAttribute("title");
    word.setAttribute("role", "button");
    word.setAttribute("aria-expanded", "false");
    word.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch" && !held) show(word);
    });
    word.addEventListener("focus", () => word.matches(":focus-visible") && show(word));
    word.addEventListener("pointerleave", leave);
    word.addEventListener("click", (event) => {
      event.preventDefault();
      if (held && shown === word) return hide();
      show(word);
      held = true;
      go.tabIndex = entry.tabIndex = 0;
    });
    word.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      word.click();
    });
  }
  note.addEventListener("pointerenter", () => clearTimeout(leaving));
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
  const alive = new MutationObserver(light);
  for (const box of document.querySelectorAll(".al-widget")) {
    alive.observe(box, { attributes: true, attributeFilter: ["data-state"] });
  }
});
