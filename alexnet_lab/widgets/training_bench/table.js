// What the races have said so far: seeds, median, interval; and the file that a race becomes.
import { element, short } from "../_runtime/kit.js";
import { measure, medianInterval } from "./core.js";

export const FORMAT = "alexnet-lab race 1"; // of alexnet_lab/bench/records.py

/** @typedef {{ seed: number, curves: import("./race.js").Curve[] }} Finished */

/**
 * The races of a pair, as a table with the median of B − A.
 * @param {Finished[]} finished
 * @param {string} name  of the measure
 */
export function counted(finished, name) {
  const unit = (/** @type {number} */ v) =>
    name === "steps" ? (Number.isFinite(v) ? String(v) : "never") : `${(100 * v).toFixed(1)} %`;
  const rows = finished.map(({ seed, curves }) => {
    const values = curves.map((curve) => measure(curve, name));
    return { seed, values, less: values.length > 1 ? values[1] - values[0] : NaN };
  });
  const heads = ["seed", "A", ...(rows[0]?.values.length > 1 ? ["B", "B − A"] : [])];
  const difference = (/** @type {number} */ v) =>
    Number.isNaN(v)
      ? "–"
      : v === Infinity
        ? "B never"
        : v === -Infinity
          ? "A never"
          : points(v, name);
  const table = element(
    "table",
    {},
    element(
      "thead",
      {},
      element("tr", {}, ...heads.map((h) => element("th", { scope: "col" }, h))),
    ),
    element(
      "tbody",
      {},
      ...rows.map(({ seed, values, less }) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, String(seed)),
          ...values.map((v) => element("td", {}, unit(v))),
          ...(values.length > 1 ? [element("td", {}, difference(less))] : []),
        ),
      ),
    ),
  );
  return {
    table,
    words: verdict(
      rows.map(({ less }) => less).filter((v) => !Number.isNaN(v)),
      name,
    ),
  };
}

/** @param {number} v @param {string} name */
function points(v, name) {
  const text = name === "steps" ? short(v) : (100 * v).toFixed(1).replace("-", "−");
  return `${text} ${name === "steps" ? "steps" : "points"}`;
}

/** @param {number[]} differences @param {string} name */
function verdict(differences, name) {
  const n = differences.length;
  if (!n) return "";
  const { median, low, high } = medianInterval(differences);
  const said = Number.isFinite(median)
    ? points(median, name)
    : median > 0
      ? "B never arrives"
      : "A never arrives";
  const seeds = `${n} seed${n > 1 ? "s" : ""}`;
  if (low === null || high === null) {
    return `Median of B − A over ${seeds}: ${said}. One race proves nothing; an interval takes six seeds.`;
  }
  const ends = [low, high].map((v) =>
    Number.isFinite(v) ? points(v, name) : v > 0 ? "B never" : "A never",
  );
  const decided = low > 0 || high < 0;
  return (
    `Median of B − A over ${seeds}: ${said}; 95 % interval ${ends[0]} to ${ends[1]}. ` +
    (decided ? `Decided: ${low > 0 ? "A" : "B"} is ahead.` : "Undecided: the interval holds zero.")
  );
}

/**
 * The finished races as the file that `alexnet-lab experiment races` reads.
 * @param {{ by: string, data: string, plan: any, sides: any[], finished: Finished[] }} given
 */
export function exported({ by, data, plan, sides, finished }) {
  const [a, b] = [sides[0], sides[1] ?? sides[0]];
  const runs = finished.map(({ seed, curves }) => ({
    seed,
    a: curves[0],
    b: curves[1] ?? curves[0],
  }));
  return `${JSON.stringify({ format: FORMAT, by, data, plan, a, b, runs })}\n`;
}
