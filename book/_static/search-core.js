// What the search page knows of words: what counts as one, which belong together, what ranks first and
// which piece of prose to show. No document is touched here; search.js does that.
"use strict";

/**
 * @typedef {[page: number, anchor: string, title: string, text: string, code: string]} Section
 * @typedef {{ pages: [address: string, title: string][], sections: Section[],
 *   aliases: Record<string, string[]> }} Index
 * @typedef {{ id: number, score: number, terms: string[] }} Hit
 */

globalThis.alexnetLabSearch = (() => {
  /** @type {Index} */
  const index = globalThis.alexnetLabIndex;
  const stemmer = new globalThis.Stemmer();
  const WORD = /\d+(?:\.\d+)?(?:x\d+(?:\.\d+)?)*|[\p{L}_][\p{L}\p{N}_]*(?:-[\p{L}\p{N}]+)*/gu;
  // Spelled in two ways, on the two sides of the Atlantic.
  const SPELLING = /** @type {const} */ ([
    [/(col|behavi|neighb|fav)our/g, "$1or"],
    [/(\p{L}{3})is(e|ed|es|er|ing|ation)$/u, "$1iz$2"],
    [/^grey/, "gray"],
    [/^centre/, "center"],
  ]);
  const GENERAL = new Set(
    "a an and are as at be by do does for from how in is it of on or that the this to was what when where which who why with".split(
      " ",
    ),
  );

  /**
   * Pages that say again what a chapter says, for readers of their own, and how much less they count.
   * @type {[string, number][]}
   */
  const REPEATING = [
    ["evidence-design", 0.4],
    ["course-plans", 0.4],
    ["book/api/", 0.5],
    ["misconceptions", 0.6],
  ];
  const LEAST = 0.04; // of the best score: what is below matches by chance
  const MOST = 50;

  /** Text with 11 × 11 as 11x11, 60,965,224 as one number, and letters without what hangs on them. */
  const plain = (/** @type {string} */ text) =>
    text
      .replace(/[⁰¹²³⁴-⁹⁻₀-₉]+/g, " ")
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/(\d)[,\u2009\u202f](?=\d{3}(?!\d))/g, "$1")
      .replace(/(\d) ?[×x*] ?(?=\d)/g, "$1x")
      .replace(/[‐‑]/g, "-");

  /** The words of a text: of 11x11x3 and of top-5, layer_table also the parts. */
  const tokenize = (/** @type {string} */ text) =>
    [...plain(text).matchAll(WORD)].flatMap(([word]) => {
      const parts = word.split(/(?<=\d)x(?=\d)|[-_]/).filter(Boolean);
      if (parts.length === 1) return parts;
      const pairs = /^\d/.test(word) ? parts.slice(1).map((part, i) => `${parts[i]}x${part}`) : [];
      return [...new Set([...parts, ...pairs, word.replaceAll("-", "")])];
    });

  /** @type {Map<string, string>} */
  const stems = new Map();
  /** What a word is kept as: its stem, in one spelling. Numbers and names stay. */
  const stem = (/** @type {string} */ word) => {
    if (!/^\p{L}{3,}$/u.test(word)) return word;
    let found = stems.get(word);
    if (found === undefined) {
      const spelled = SPELLING.reduce((text, [from, to]) => text.replace(from, to), word);
      stems.set(word, (found = /** @type {string} */ (stemmer.stemWord(spelled))));
    }
    return found;
  };

  const engine = new globalThis.MiniSearch({
    fields: ["title", "page", "text", "code"],
    tokenize,
    processTerm: stem,
    searchOptions: {
      // A section that is called so comes before one that says so often.
      boost: { title: 5, page: 2.5, text: 1, code: 0.4 },
      // A number is itself and no other; "224" is no misspelling of "227".
      prefix: (/** @type {string} */ term) => term.length > 2 && !/\d/.test(term),
      fuzzy: (/** @type {string} */ term) => (/\d/.test(term) || term.length < 4 ? false : 0.25),
      weights: { prefix: 0.5, fuzzy: 0.2 },
    },
  });
  engine.addAll(
    index.sections.map(([page, , title, text, code], id) => ({
      id,
      title,
      page: index.pages[page][1],
      text,
      code,
    })),
  );

  /** A query without the words that say nothing, unless it has no others; over-fitting as it is written here. */
  const telling = (/** @type {string} */ query) => {
    const joined = query.replace(/[\p{L}\p{N}]+(?:[-‐‑][\p{L}\p{N}]+)+/gu, (word) => {
      const one = word.replace(/[-‐‑]/g, "");
      return engine.search(one, { prefix: false, fuzzy: false }).length ? one : word;
    });
    const words = [...new Set(tokenize(joined))];
    const some = words.filter((word) => !GENERAL.has(word));
    return (some.length ? some : words).join(" ");
  };

  /** Other words for what was asked: "overfitting" is also what fights it. */
  const others = (/** @type {string} */ query) => {
    const asked = ` ${tokenize(query).map(stem).join(" ")} `;
    return Object.entries(index.aliases)
      .filter(([word]) => asked.includes(` ${tokenize(word).map(stem).join(" ")} `))
      .flatMap(([, words]) => words);
  };

  // Found by its other name: below what bears the name that was asked.
  const ALIAS = {
    combineWith: "AND",
    boost: { title: 0.8, page: 0.2, text: 0.1, code: 0 },
    prefix: false,
    fuzzy: false,
  };

  /**
   * The sections that answer a query, the best first.
   * @param {string} query
   * @returns {SearchResult[]}
   */
  const search = (query) => {
    const asked = telling(query);
    if (!asked) return [];
    const whole = ` ${tokenize(asked).map(stem).join(" ")} `;
    /** A title that is the query, or holds it, before one that holds its words. */
    const boostDocument = (/** @type {number} */ id) => {
      const [page, anchor, title] = index.sections[id];
      const [address, name] = index.pages[page];
      const [here, above] = [title, name].map((one) => ` ${tokenize(one).map(stem).join(" ")} `);
      const [, repeats] = REPEATING.find(([part]) => address.includes(part)) || ["", 1];
      const kind = repeats * (title === name ? 1.2 : anchor.startsWith("term-") ? 1.3 : 1);
      return kind * (here.includes(whole) ? 2 : above.includes(whole) ? 1.3 : 1);
    };
    const queries = [
      { queries: [asked], combineWith: "AND" },
      ...others(asked).map((words) => ({ queries: [telling(words)], ...ALIAS })),
    ];
    const found = engine.search({ combineWith: "OR", queries }, { boostDocument });
    const all = found.length ? found : engine.search(asked, { boostDocument });
    const enough = all
      .filter((/** @type {Hit} */ { score }) => score > LEAST * all[0].score)
      .slice(0, MOST);
    return enough.map((/** @type {Hit} */ { id, terms }) => {
      const [page, anchor, title, text] = index.sections[id];
      const [address, name] = index.pages[page];
      return { address: address + (anchor && `#${anchor}`), page: name, title, text, terms };
    });
  };

  /** Where in a text its words stand that were found. */
  const places = (/** @type {string} */ text, /** @type {string[]} */ terms) =>
    [
      ...text.matchAll(/\d[\d.,]*(?: ?[×x] ?\d+)+|\d[\d.,]*\d|\d|[\p{L}_][\p{L}\p{N}_-]*/gu),
    ].flatMap((match) =>
      tokenize(match[0]).some((word) => terms.includes(stem(word)))
        ? [{ start: match.index, end: match.index + match[0].length }]
        : [],
    );

  /**
   * The piece of a text that holds most of what was found, in parts of which some are marked. Where
   * the title says it all, the text's beginning.
   * @param {string} text
   * @param {string} title
   * @param {string[]} terms
   * @returns {{ text: string, found: boolean }[]}
   */
  const excerpt = (text, title, terms, length = 220) => {
    const marks = places(text, terms);
    const named = new Set(tokenize(title).map(stem));
    const within = (/** @type {number} */ start) =>
      new Set(
        marks
          .filter((one) => one.start >= start && one.end <= start + length - 40)
          .map((one) => text.slice(one.start, one.end).toLowerCase()),
      ).size;
    const best = terms.every((term) => named.has(term))
      ? undefined
      : marks.reduce((a, b) => (within(b.start) > within(a.start) ? b : a), marks[0]);
    let start = Math.max(0, (best?.start ?? 0) - 40);
    // A sentence's beginning, when one is near; else a word's.
    const sentence = text.slice(start, best?.start ?? 0).search(/(?<=[.!?] )\p{Lu}/u);
    if (sentence > 0) start += sentence;
    else if (start > 0) start = text.indexOf(" ", start) + 1;
    let end = Math.min(text.length, start + length);
    if (end < text.length) end = text.lastIndexOf(" ", end);
    const parts = [{ text: start > 0 ? "…\u00a0" : "", found: false }];
    let at = start;
    for (const one of marks.filter((mark) => mark.start >= start && mark.end <= end)) {
      parts.push({ text: text.slice(at, one.start), found: false });
      parts.push({ text: text.slice(one.start, one.end), found: true });
      at = one.end;
    }
    parts.push({ text: text.slice(at, end) + (end < text.length ? "\u00a0…" : ""), found: false });
    return parts.filter((part) => part.text);
  };

  return { search, excerpt };
})();
