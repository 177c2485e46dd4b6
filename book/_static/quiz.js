// Questions take an answer. Each box holds the question, its choices and the fold with the answer, as
// the build marked them (book/_ext/alexnet_book/questions.py); this adds what one answers with.
"use strict";

(() => {
  const quiz = globalThis.alexnetLabQuiz;
  const root = document.documentElement.dataset.content_root ?? "./";
  // Paper for a drawn answer.
  const CURVES = new URL(
    "widgets/_runtime/page-curve.js",
    /** @type {HTMLScriptElement} */ (document.currentScript).src,
  ).href;
  const page = location.pathname.match(/(?:notebooks|book)\/[\w./-]+\.html$/)?.[0] ?? "";

  /**
   * An element with a class, attributes and what is in it.
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {Record<string, string>} about
   * @param {(Node | string)[]} inside
   * @returns {HTMLElementTagNameMap[T]}
   */
  const make = (tag, about = {}, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(about)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  };

  /** @param {Element | null | undefined} element */
  const words = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();

  /** @param {number} then */
  const ago = (then) => {
    const days = Math.round((Date.now() - then) / 86_400_000);
    return days === 1 ? "a day ago" : `${days} days ago`;
  };

  /**
   * What a list item says after its bold letter and colon, as nodes of their own.
   * @param {Element} item
   */
  const feedback = (item) => {
    const copy = /** @type {Element} */ (item.cloneNode(true));
    copy.querySelector("strong")?.remove();
    for (const part of copy.querySelectorAll("p")) part.replaceWith(...part.childNodes);
    copy.normalize();
    const first = [...copy.childNodes].find((node) => node instanceof Text && node.data.trim());
    if (first instanceof Text) {
      first.data = first.data.replace(/^\s*:\s*(.?)/u, (_, letter) => letter.toUpperCase());
    }
    return [...copy.childNodes];
  };

  class Question {
    /** @param {HTMLElement} box */
    constructor(box) {
      this.box = box;
      this.about = JSON.parse(box.dataset.question ?? "{}");
      this.label = /** @type {HTMLElement} */ (box.querySelector(".al-device__label"));
      this.answer = /** @type {HTMLDetailsElement} */ (box.querySelector(".al-details--answer"));
      this.list = box.querySelector(":scope > .al-quiz-choices");
      this.said = [...(this.answer.querySelector(".al-quiz-said")?.children ?? [])];
      const asked = [...box.querySelectorAll(":scope > :is(p, ul, ol, div)")].filter(
        (part) => part !== this.label && part !== this.list,
      );
      this.prompt = asked.map(words).join(" ");
      // What a screen reader calls the controls: the question itself.
      this.names = asked
        .map((part, place) => {
          part.id ||= `${this.about.id}-asked-${place}`;
          return part.id;
        })
        .join(" ");
      this.verdict = make("div", { class: "al-quiz__verdict", role: "status" });
      this.form = make("form", { class: `al-quiz al-quiz--${this.about.kind}`, novalidate: "" });
      (this.list ?? asked.at(-1) ?? this.label).after(this.form);
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.check();
      });
    }

    /** The last answer that is kept, and whether it is time to ask again. */
    kept() {
      const kept = quiz.load().answers[this.about.id];
      return kept ? { last: kept.said.at(-1), due: Date.now() >= quiz.review(kept) } : null;
    }

    start() {
      this.build();
      this.form.append(this.verdict);
      const kept = this.kept();
      if (kept?.due) {
        this.form.prepend(
          make(
            "p",
            { class: "al-quiz__again" },
            `Asked again: you answered this ${ago(kept.last.at)}.`,
          ),
        );
      } else if (kept) {
        this.restore(kept.last);
      }
    }

    /** To be overridden. */
    build() {}
    check() {}
    /** @param {any} said */
    restore(said) {}

    /** @param {string} value @param {string} text @param {number} right */
    keep(value, text, right) {
      const about = { page, label: words(this.label), prompt: this.prompt, kind: this.about.kind };
      quiz.record(this.about.id, about, { at: Date.now(), value, text, right });
      this.form.querySelector(".al-quiz__again")?.remove();
    }

    /**
     * Say how it went: a word, and what is said to this very answer.
     * @param {number} right @param {string} word @param {Element} [said]
     */
    say(right, word, said) {
      this.show(
        right,
        make("p", {}, make("strong", {}, word), " ", ...(said ? feedback(said) : [])),
      );
    }

    /** @param {number} right @param {Node[]} inside */
    show(right, ...inside) {
      this.verdict.dataset.right = String(right);
      this.verdict.replaceChildren(...inside);
      const where = make("a", { href: `${root}book/your-answers.html` }, "Your answers");
      const note = quiz.keeps()
        ? ["Kept in this browser only: ", where, "."]
        : ["This browser keeps nothing: ", where, " are forgotten when you leave the page."];
      this.verdict.append(make("p", { class: "al-quiz__kept" }, ...note));
    }

    /** @param {string} text */
    ask(text) {
      this.verdict.dataset.right = "";
      this.verdict.replaceChildren(make("p", {}, text));
    }

    /** @param {string} text */
    button(text) {
      return make("button", { type: "submit", class: "al-quiz__button" }, text);
    }
  }

  class Choices extends Question {
    build() {
      const list = /** @type {HTMLElement} */ (this.list);
      list.setAttribute("role", "radiogroup");
      list.setAttribute("aria-labelledby", this.names);
      this.inputs = [...list.children].map((item, place) => {
        const input = make("input", {
          type: "radio",
          name: this.about.id,
          value: "ABCDEF"[place],
        });
        item.setAttribute("role", "none");
        const label = make("label", {}, input, make("span", {}, ...item.childNodes));
        item.replaceChildren(label);
        return input;
      });
      this.form.append(this.button("Check"));
      // Radio buttons and the button must be in one form: Enter on a choice checks it.
      this.form.prepend(list);
    }

    check() {
      const chosen = this.inputs?.find((input) => input.checked);
      if (!chosen) return this.ask("Choose one first.");
      const right = Number(chosen.value === this.about.key);
      this.keep(chosen.value, this.words(chosen), right);
      this.tell(chosen.value);
      if (right) this.answer.open = true;
    }

    /** A choice without its letter. @param {HTMLInputElement} input */
    words(input) {
      return words(input.parentElement).replace(/^[A-F]\. /, "");
    }

    /** @param {string} letter */
    tell(letter) {
      const right = letter === this.about.key;
      for (const input of this.inputs ?? []) {
        const item = /** @type {HTMLElement} */ (input.closest("li"));
        if (input.value === letter) item.dataset.right = String(Number(right));
        else delete item.dataset.right;
      }
      const wrong = [...(this.inputs ?? [])]
        .map((input) => input.value)
        .filter((value) => value !== this.about.key);
      if (right) this.say(1, `${letter} is right.`);
      else this.say(0, `${letter} is not right.`, this.said[wrong.indexOf(letter)]);
    }

    /** @param {any} said */
    restore(said) {
      // By its words: the choices may have been put in another order since.
      const input = this.inputs?.find((each) => this.words(each) === said.text);
      if (!input) return;
      input.checked = true;
      this.tell(input.value);
    }
  }

  class NumberWanted extends Question {
    build() {
      const unit = this.about.unit;
      this.input = make("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        size: "10",
      });
      this.input.setAttribute("aria-describedby", this.names);
      const label = make("label", {}, "Your number ", this.input, ...(unit ? [` ${unit}`] : []));
      this.form.append(make("p", { class: "al-quiz__line" }, label, " ", this.button("Check")));
    }

    check() {
      const text = this.input?.value.trim() ?? "";
      const found = quiz.judge(text, this.about);
      if (!found)
        return this.ask(
          text ? `“${text}” is not a number: write it in digits.` : "Type a number first.",
        );
      this.keep(text, text, Number(found.right));
      this.tell(text);
      if (found.right) this.answer.open = true;
    }

    /** @param {string} text */
    tell(text) {
      const found = quiz.judge(text, this.about);
      if (!found) return;
      if (found.right) this.say(1, `${text} is right.`);
      else if (found.slip >= 0) this.say(0, `${text} is not right.`, this.said[found.slip]);
      else this.say(0, `${text} is too ${found.low ? "low" : "high"}.`);
    }

    /** @param {any} said */
    restore(said) {
      if (this.input) this.input.value = said.value;
      this.tell(said.value);
    }
  }

  class Open extends Question {
    build() {
      this.input = make("input", { type: "text", autocomplete: "off", maxlength: "1000" });
      this.input.setAttribute("aria-describedby", this.names);
      const label = make("label", {}, "Your answer ", this.input);
      this.form.append(make("p", { class: "al-quiz__line" }, label, " ", this.button("Compare")));
    }

    check() {
      const text = this.input?.value.trim() ?? "";
      if (!text) return this.ask("Type your answer first; a few words will do.");
      this.answer.open = true;
      const marks = /** @type {[string, number][]} */ ([
        ["Yes", 1],
        ["In part", 0.5],
        ["No", 0],
      ]).map(([word, right]) => {
        const button = make("button", { type: "button", class: "al-quiz__button" }, word);
        button.addEventListener("click", () => {
          this.keep(text, text, right);
          this.tell(right);
        });
        return button;
      });
      const id = `${this.about.id}-mark`;
      this.verdict.dataset.right = "";
      this.verdict.replaceChildren(
        make("p", { id }, "Compare with the answer below. Did you have it?"),
        make("p", { class: "al-quiz__line", role: "group", "aria-labelledby": id }, ...marks),
      );
    }

    /** @param {number} right */
    tell(right) {
      const word =
        right === 1 ? "You had it." : right ? "You had it in part." : "You did not have it.";
      const focused = this.verdict.contains(document.activeElement);
      this.say(right, word);
      if (focused) this.input?.focus(); // the button that had it is gone
    }

    /** @param {any} said */
    restore(said) {
      if (this.input) this.input.value = said.value;
      this.tell(said.right);
    }
  }

  class Drawn extends Question {
    build() {
      // The paper comes when the reader does.
      const near = new IntersectionObserver(
        ([entry]) => {
          if (!entry.isIntersecting) return;
          near.disconnect();
          this.fetch().catch(() => this.form.remove());
        },
        { rootMargin: "500px" },
      );
      near.observe(this.box);
    }

    async fetch() {
      const { paper } = (await import(CURVES)).default;
      const clear = make("button", { type: "button", class: "al-quiz__button" }, "Rub out");
      clear.addEventListener("click", () => {
        this.paper.put([]);
        this.verdict.replaceChildren();
      });
      const box = make("div");
      const told = make("p", { class: "al-quiz__told", role: "status" });
      const line = make("p", { class: "al-quiz__line" }, this.button("Compare"), clear);
      this.form.prepend(box, told, line);
      /** @type {any} */
      this.paper = paper(box, this.about, (/** @type {string} */ words) => {
        told.textContent = words;
      });
      if (this.later) this.restore(this.later);
    }

    check() {
      const found = this.paper.compare();
      if (!found) return this.ask("Draw the curve first, from the left to the right.");
      const value = this.paper.curve().map((/** @type {number} */ v) => v?.toFixed(2) ?? "");
      const text = this.about.names[found.shape] ?? (found.right ? "near ours" : "far from ours");
      this.keep(value.join(" "), text, found.right);
      this.tell(found);
      this.answer.open = true;
    }

    /** @param {{ right: number, shape: number, above: number, words: string }} found */
    tell({ right, shape, above, words }) {
      const side = above > 0 ? "above" : "below";
      if (shape >= 0) this.say(0, `Yours ${this.about.names[shape]}.`, this.said[shape]);
      else if (right === 1) this.say(1, "Yours is near to ours.");
      else this.say(right, `Yours lies ${side} ours, by ${words} on average.`);
    }

    /** @param {any} said */
    restore(said) {
      this.later = said;
      this.paper?.put(
        said.value.split(" ").map((/** @type {string} */ v) => (v ? Number(v) : null)),
      );
      const found = this.paper?.compare();
      if (found) this.tell(found);
    }
  }

  /** @type {Record<string, typeof Question>} */
  const KINDS = { choices: Choices, number: NumberWanted, open: Open, drawn: Drawn };

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-question]")) {
      const kind =
        KINDS[JSON.parse(/** @type {HTMLElement} */ (box).dataset.question ?? "{}").kind];
      if (kind) new kind(/** @type {HTMLElement} */ (box)).start();
    }
  });
})();
