// Answers as files: what another browser saved, and a table for a teacher.
"use strict";

globalThis.alexnetLabQuizFiles = (() => {
  const quiz = globalThis.alexnetLabQuiz;
  const MOST_BYTES = 2_000_000; // of a file that is read in

  /**
   * What is kept here and what a file brings, together; an answer that both have counts once.
   * @param {string} text
   */
  const merge = (text) => {
    if (text.length > MOST_BYTES) throw new Error("size");
    const brought = quiz.checked(JSON.parse(text));
    const all = quiz.load();
    for (const [id, one] of Object.entries(brought.answers)) {
      const both = [...(all.answers[id]?.said ?? []), ...one.said];
      const said = [...new Map(both.map((each) => [each.at, each])).values()].sort(
        (a, b) => a.at - b.at,
      );
      all.answers[id] = { ...one, said };
    }
    quiz.save(all);
    return Object.keys(brought.answers).length;
  };

  const COLUMNS = [
    "id",
    "page",
    "label",
    "question",
    "kind",
    "answered_at",
    "answer",
    "text",
    "right",
  ];

  /** One row an answer. A cell that a spreadsheet would take for a formula gets an apostrophe. @param {Answers} all */
  const csv = (all) => {
    const cell = (/** @type {string | number} */ value) => {
      const text = String(value).replace(/\s+/g, " ");
      const safe = /^[=+\-@]/.test(text) && !/^-?[\d.,]+$/.test(text) ? `'${text}` : text;
      return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const rows = Object.entries(all.answers).flatMap(([id, one]) =>
      one.said.map(({ at, value, text, right }) =>
        [
          id,
          one.page,
          one.label,
          one.prompt,
          one.kind,
          new Date(at).toISOString(),
          value,
          text,
          right,
        ].map(cell),
      ),
    );
    return [COLUMNS, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
  };

  return { merge, csv };
})();
