// Where a line of an explorer's text may end: not between a number and its unit, nor within "Figure 2"
// or an interval. The rule of the book's prose, alexnet_book/spacing.py, held to it by a test.

const BLANK = "\u00a0";
const NUMBERED =
  "arm|assignment|channel|chapter|column|epoch|exercise|figure|filter|kernel|layer|map|part" +
  "|question|row|section|seed|stage|step|table|tower|unit";
const LETTER = "(?<![\\p{L}\\p{N}_])[a-zα-ω]";
const TOGETHER = new RegExp(
  [
    "(?<=\\d) (?=(?:%|[kMG]?B|[kMG]|ms|s|min|px)(?!\\w))", // 15.3 %, 8 MB, 61 M
    "(?<=\\d) (?=[×x→–/±−] ?\\d)|(?<=\\d [×x→–/±−]) (?=\\d)|(?<=×) (?=10[⁻⁰¹²³⁴-⁹])", // 224 × 224
    `(?<=${LETTER}) (?=[=<>≤≥] ?[\\d−-])|(?<=${LETTER} [=<>≤≥]) (?=[\\d−-])`, // s = 2
  ].join("|"),
  "gu",
);
const NAMED = new RegExp(`(?<=\\b(?:${NUMBERED})) (?=\\d)`, "giu"); // Figure 2, row 5
// −0.76 [−3.39, 1.87], 2.2 [2.2, ∞), N(0, 0.01)
const INTERVAL = /(?:(?<=\d) (?=\[))?(?:[[(][−-]?[\d.,]*\d|\([−-]∞), (?:[−-]?[\d.,]*\d[\])]|∞\))/gu;

/**
 * The text, with blanks that no line ends at within what belongs together.
 * @param {string} text
 */
export function together(text) {
  if (!text.includes(" ")) return text;
  return text
    .replace(TOGETHER, BLANK)
    .replace(NAMED, BLANK)
    .replace(INTERVAL, (found) => found.replaceAll(" ", BLANK));
}
