// What questions know without a page: reading a number, what is kept, when it is asked again.
"use strict";

/**
 * @typedef {{ version: 1, answers: Record<string, QuizKept> }} Answers
 * @typedef {{ value: number, tolerance: number, unit: string, scale: number, slips: [value: number, room: number][] }} Wanted
 */

globalThis.alexnetLabQuiz = (() => {
  const PLACE = "alexnet-lab:answers";
  const DAY_MS = 86_400_000;
  // Two reviews: a day after the first answer, a week after the first review.
  const REVIEWS_MS = [DAY_MS, 7 * DAY_MS];
  /** @type {Record<string, number>} */
  const WORDS = { thousand: 1e3, k: 1e3, million: 1e6, m: 1e6, billion: 1e9 };
  const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?/i;

  /**
   * The number that a reader typed, with the scale that a word after it names (1 without); null where
   * there is none. 60,965,224 and 60 965 224 are one number; 1,4 is 1.4.
   * @param {string} text
   */
  const readNumber = (text) => {
    const plain = text
      .trim()
      .replace(/[−–]/g, "-")
      .replace(/(\d)[\s\u2009\u202f']+(?=\d)/g, "$1")
      .replace(/,(?=\d{3}(?!\d))/g, "")
      .replace(",", ".");
    const match = NUMBER.exec(plain.replace(/^(about|ca\.?|~|≈|=)\s*/i, ""));
    if (!match) return null;
    const rest = plain.replace(/^(about|ca\.?|~|≈|=)\s*/i, "").slice(match[0].length);
    if (/^\.?\d|^[*/^×]/.test(rest.trim())) return null; // 1/2, 2^10: no guessing
    const word = /^\s*([a-z]*)/i.exec(rest)?.[1].toLowerCase() ?? "";
    return { value: Number(match[0]), scale: WORDS[word] ?? 1 };
  };

  /** @param {number} value @param {number} aim @param {number} tolerance */
  const near = (value, aim, tolerance) =>
    Math.abs(value - aim) <= tolerance + 1e-9 * Math.max(1, Math.abs(aim));

  /**
   * Judge a typed number: right or not, and the place of the known slip that it is, or -1.
   * @param {string} text
   * @param {Wanted} wanted
   */
  const judge = (text, wanted) => {
    const read = readNumber(text);
    if (!read) return null;
    // "1.4 million" where the unit says million, "1.4", or all digits: three ways to write one number.
    const asked = read.scale > 1 ? (read.value * read.scale) / wanted.scale : read.value;
    const ways = [asked, (read.value * read.scale) / wanted.scale];
    const right = ways.some((value) => near(value, wanted.value, wanted.tolerance));
    const slip = right
      ? -1
      : wanted.slips.findIndex(([value, room]) => ways.some((way) => near(way, value, room)));
    return { right, slip, low: asked < wanted.value };
  };

  /** @returns {Answers} */
  const load = () => {
    try {
      return checked(JSON.parse(localStorage.getItem(PLACE) ?? ""));
    } catch {
      return { version: 1, answers: {} }; // nothing yet, or nothing that can be read
    }
  };

  /** @param {Answers} all */
  const save = (all) => {
    try {
      localStorage.setItem(PLACE, JSON.stringify(all));
    } catch {
      document.documentElement.dataset.store = "full";
    }
  };

  /** Whether this browser keeps what is answered once the page is closed. */
  const keeps = () => !document.documentElement.dataset.store;

  const forget = () => localStorage.removeItem(PLACE);

  /** @param {string} id @param {Omit<QuizKept, "said">} about @param {QuizSaid} said */
  const record = (id, about, said) => {
    const all = load();
    all.answers[id] = { ...about, said: [...(all.answers[id]?.said ?? []), said] };
    save(all);
    return all.answers[id];
  };

  /**
   * When a question is asked again; Infinity after the last review, and for the twelve before and after.
   * @param {QuizKept} kept
   */
  const review = ({ page, said }) => {
    if (/^book\/(before|after)\.html$/.test(page)) return Infinity;
    let since = said[0].at;
    let done = 0;
    for (const { at } of said) {
      if (done < REVIEWS_MS.length && at >= since + REVIEWS_MS[done]) {
        since = at;
        done += 1;
      }
    }
    return done < REVIEWS_MS.length ? since + REVIEWS_MS[done] : Infinity;
  };

  /** What is not as this page writes it is refused whole. @param {any} all @returns {Answers} */
  const checked = (all) => {
    const isText = (/** @type {unknown} */ value) =>
      typeof value === "string" && value.length < 5000;
    const isSaid = (/** @type {any} */ one) =>
      Number.isFinite(one?.at) &&
      isText(one.value) &&
      isText(one.text) &&
      [0, 0.5, 1].includes(one.right);
    const isKept = (/** @type {any} */ one) =>
      [one?.page, one?.label, one?.prompt, one?.kind].every(isText) &&
      Array.isArray(one.said) &&
      one.said.length > 0 &&
      one.said.every(isSaid);
    if (all?.version !== 1 || typeof all.answers !== "object" || !all.answers)
      throw new Error("form");
    const entries = Object.entries(all.answers);
    if (!entries.every(([id, one]) => /^[\w-]{1,80}$/.test(id) && isKept(one)))
      throw new Error("form");
    return { version: 1, answers: Object.fromEntries(entries) };
  };

  return { judge, load, save, keeps, forget, record, review, checked };
})();
