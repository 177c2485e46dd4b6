// The search page: results while one types, in the address too, and by keyboard.
"use strict";

(() => {
  const { search, excerpt } = globalThis.alexnetLabSearch;
  const form = /** @type {HTMLFormElement} */ (document.querySelector(".bd-search-container form"));
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input[type=search]"));
  const list = /** @type {HTMLElement} */ (document.querySelector("#search-results ol"));
  const status = /** @type {HTMLElement} */ (document.querySelector("#search-results p"));

  /** @param {SearchResult} found */
  const entry = ({ address, page, title, text, terms }) => {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = title;
    const item = document.createElement("li");
    item.append(link);
    if (page !== title) {
      const where = document.createElement("span");
      where.className = "al-where";
      where.textContent = page;
      item.append(where);
    }
    const prose = document.createElement("p");
    for (const part of excerpt(text, title, terms)) {
      const piece = document.createElement(part.found ? "mark" : "span");
      piece.textContent = part.text;
      prose.append(piece);
    }
    if (text) item.append(prose);
    return item;
  };

  const show = () => {
    const query = field.value.trim();
    const found = search(query);
    list.replaceChildren(...found.map(entry));
    const count = found.length === 1 ? "One section" : `${found.length} sections`;
    status.textContent = !query
      ? ""
      : found.length
        ? `${count} for “${query}”.`
        : `Nothing found for “${query}”. Try one word of it, or look in the glossary.`;
    document.title = document.title.replace(/^.*?(?=Search\b)/, query ? `${query} — ` : "");
    try {
      const address = new URL(location.href);
      if (query) address.searchParams.set("q", query);
      else address.searchParams.delete("q");
      history.replaceState(history.state, "", address);
    } catch {
      // A page from disk may not change its address; it finds all the same.
    }
  };

  // Down and up go from the field through the results and back.
  const step = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    const stops = [field, ...list.querySelectorAll("a")];
    const at = stops.indexOf(/** @type {HTMLInputElement} */ (document.activeElement));
    if (at < 0 || !stops[at + by]) return;
    event.preventDefault();
    stops[at + by].focus();
  };

  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  document.addEventListener("keydown", step);
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show();
  field.focus();
  field.select();
})();
