// The page Your answers: what is kept, what is due, what changed; a file out, a file in, and forgetting.
"use strict";

(() => {
  const quiz = globalThis.alexnetLabQuiz;
  const files = globalThis.alexnetLabQuizFiles;
  const root = document.documentElement.dataset.content_root ?? "./";
  const MARKS = /** @type {Record<string, string>} */ ({
    1: "right",
    0.5: "right in part",
    0: "not right",
  });

  /**
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

  /** @param {number} at */
  const day = (at) =>
    new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

  /** @param {number} count @param {string} one @param {string} more */
  const counted = (count, one, more) => (count === 1 ? `One ${one}` : `${count} ${more}`);

  /** Where a question is asked; a file from elsewhere may not name another site. @param {QuizKept} kept */
  const isPage = ({ page }) => /^(notebooks|book)\/(assignments\/)?[\w-]+\.html$/.test(page);

  /** The title of a page, as the list of chapters has it. @param {string} page */
  const title = (page) => {
    const name = page.split("/").at(-1) ?? "";
    const links = /** @type {HTMLAnchorElement[]} */ ([
      ...document.querySelectorAll(".bd-links a"),
    ]);
    return links.find((link) => link.pathname.endsWith(`/${name}`))?.textContent?.trim() || page;
  };

  /** @param {[string, QuizKept]} entry */
  const asked = ([id, kept]) =>
    isPage(kept)
      ? make("a", { href: `${root}${kept.page}#question-${id}` }, kept.prompt)
      : make("span", {}, kept.prompt);

  /** @param {QuizSaid} said */
  const told = (said) =>
    make(
      "span",
      { class: "al-answers__said", "data-right": String(said.right) },
      `${said.text} (${MARKS[said.right]})`,
    );

  /** One question: what was said first and last, and when it comes back. @param {[string, QuizKept]} entry */
  const item = (entry) => {
    const { said } = entry[1];
    const [first, last] = [said[0], said[said.length - 1]];
    const again = quiz.review(entry[1]);
    const line = make("p", {}, `${day(first.at)}: `, told(first));
    if (said.length > 1) line.append(`, ${day(last.at)}: `, told(last));
    const next =
      again === Infinity
        ? "Not asked again."
        : again <= Date.now()
          ? "Due again now."
          : `Asked again on ${day(again)}.`;
    line.append(`. ${next}`);
    return make("li", {}, asked(entry), line);
  };

  /** @param {string} heading @param {[string, QuizKept][]} entries @param {string} nothing */
  const section = (heading, entries, nothing) => {
    const part = make("section", {}, make("h2", {}, heading));
    part.append(entries.length ? make("ul", {}, ...entries.map(item)) : make("p", {}, nothing));
    return part;
  };

  /** Every question, by page. @param {[string, QuizKept][]} entries */
  const all = (entries) => {
    const part = make("section", {}, make("h2", {}, "All questions that you were asked"));
    const pages = [...new Set(entries.map(([, kept]) => kept.page))].sort();
    for (const page of pages) {
      const here = entries.filter(([, kept]) => kept.page === page);
      const right = here.filter(([, { said }]) => said[0].right === 1).length;
      part.append(
        make(
          "details",
          { class: "al-details al-details--other" },
          make("summary", {}, `${title(page)}: ${right} of ${here.length} right at first`),
          make("ul", { class: "al-details__body" }, ...here.map(item)),
        ),
      );
    }
    return part;
  };

  /** Twelve questions before and twelve after, the first answer to each. @param {[string, QuizKept][]} entries */
  const inventory = (entries) => {
    /** @type {Map<string, Record<string, number>>} */
    const rows = new Map();
    for (const [, { page, label, said }] of entries) {
      const form = /^book\/(before|after)\.html$/.exec(page)?.[1];
      if (!form) continue;
      const [number, topic] = label.split(/, (.*)/);
      rows.set(number, { ...rows.get(number), [form]: said[0].right });
      if (topic) topics.set(number, topic[0].toUpperCase() + topic.slice(1));
    }
    if (!rows.size) return [];
    const order = [...rows.keys()].sort(
      (a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1]),
    );
    const cell = (/** @type {number | undefined} */ right) =>
      make("td", {}, right === undefined ? "–" : MARKS[right]);
    const sum = (/** @type {string} */ form) => {
      const given = [...rows.values()].filter((row) => form in row);
      return make("td", {}, `${given.filter((row) => row[form] === 1).length} of ${given.length}`);
    };
    const head = ["Question", "Before", "After"].map((text) => make("th", { scope: "col" }, text));
    const body = order.map((number) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, topics.get(number) ?? number),
        cell(rows.get(number)?.before),
        cell(rows.get(number)?.after),
      ),
    );
    const foot = make("tr", {}, make("th", { scope: "row" }, "Right"), sum("before"), sum("after"));
    const table = make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...body),
    );
    table.append(make("tfoot", {}, foot));
    return [
      make(
        "section",
        {},
        make("h2", {}, "Before and after"),
        make("div", { class: "al-scroll" }, table),
      ),
    ];
  };
  /** @type {Map<string, string>} */
  const topics = new Map();

  /** @param {string} text @param {string} name @param {string} type */
  const hand = (text, name, type) => {
    const link = make("a", {
      href: URL.createObjectURL(new Blob([text], { type })),
      download: name,
    });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  /** @param {HTMLElement} box */
  const start = (box) => {
    const report = make("div");
    const status = make("p", { role: "status" });
    const button = (/** @type {string} */ text, /** @type {() => void} */ act) => {
      const made = make("button", { type: "button", class: "al-quiz__button" }, text);
      made.addEventListener("click", act);
      return made;
    };

    const draw = () => {
      /** @type {[string, QuizKept][]} */
      const entries = Object.entries(quiz.load().answers);
      const due = entries.filter(([, kept]) => quiz.review(kept) <= Date.now());
      const changed = entries.filter(
        ([, { said }]) => said[0].right !== said[said.length - 1].right,
      );
      const note = quiz.keeps()
        ? ""
        : " This browser keeps nothing: they are forgotten when you leave the page.";
      const sum = entries.length
        ? `${counted(entries.length, "question", "questions")} answered; ${due.length || "none"} due again.`
        : "You have answered no question yet: each chapter asks some.";
      report.replaceChildren(make("p", {}, make("strong", {}, sum), note));
      for (const control of [save, table, forget]) control.disabled = !entries.length;
      if (!entries.length) return;
      report.append(
        section("Due again", due, "Nothing is due."),
        section(
          "What changed",
          changed,
          "No answer has gone from wrong to right, or back, so far.",
        ),
        ...inventory(entries),
        all(entries),
      );
    };

    const save = button("Save all", () =>
      hand(JSON.stringify(quiz.load(), null, 1), "alexnet-lab-answers.json", "application/json"),
    );
    const table = button("Save as a table", () =>
      hand(files.csv(quiz.load()), "alexnet-lab-answers.csv", "text/csv"),
    );
    const file = make("input", {
      type: "file",
      accept: ".json,application/json",
      id: "al-answers-file",
    });
    file.addEventListener("change", async () => {
      const given = file.files?.[0];
      if (!given) return;
      try {
        const count = files.merge(await given.text());
        status.textContent = `${counted(count, "question", "questions")} read from “${given.name}”.`;
      } catch {
        status.textContent = `“${given.name}” was not saved by “Save all” on this page: nothing was read.`;
      }
      file.value = "";
      draw();
    });
    const sure = make(
      "p",
      { class: "al-quiz__line", hidden: "" },
      "Forget all answers? This cannot be undone.",
    );
    const forget = button("Forget all", () => {
      sure.hidden = false;
      keep.focus();
    });
    const close = () => {
      sure.hidden = true;
      (forget.disabled ? status : forget).focus();
    };
    const keep = button("Keep them", close);
    const really = button("Forget them", () => {
      quiz.forget();
      status.textContent = "All answers are forgotten.";
      draw();
      close();
    });
    status.tabIndex = -1;
    sure.append(keep, really);
    const label = make("label", { for: file.id }, "Read a file in:");
    box.append(report, make("p", { class: "al-quiz__line" }, save, table, forget), sure);
    box.append(make("p", { class: "al-quiz__line" }, label, file), status);
    draw();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector(".al-answers");
    if (box) start(/** @type {HTMLElement} */ (box));
  });
})();
