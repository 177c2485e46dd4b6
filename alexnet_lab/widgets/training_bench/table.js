// What the races have said so far: seeds, median, interval; and the file that a race becomes.
import { short } from "../_runtime/kit-elements.js";
import { table } from "../_runtime/table.js";
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
  const pair = finished[0]?.curves.length > 1;
  const rows = finished.map(({ seed, curves }) => {
    const values = curves.map((curve) => measure(curve, name));
    const less = pair ? [difference(values[1] - values[0], name)] : [];
    return [String(seed), ...values.map(unit), ...less];
  });
  const heads = ["seed", "A", ...(pair ? ["B", "B − A"] : [])];
  return { table: table({ heads, rows }), words: verdict(finished, name) };
}

/** @param {number} v @param {string} name */
function difference(v, name) {
  if (Number.isNaN(v)) return "–"; // neither arrives
  if (!Number.isFinite(v)) return v > 0 ? "B never" : "A never";
  const text = name === "steps" ? short(v) : (100 * v).toFixed(1).replace("-", "−");
  return `${text} ${name === "steps" ? "steps" : "points"}`;
}

/**
 * The median of B − A, its interval, and what that decides.
 * @param {Finished[]} finished
 * @param {string} name
 */
export function verdict(finished, name) {
  const differences = finished
    .filter(({ curves }) => curves.length > 1)
    .map(({ curves: [a, b] }) => measure(b, name) - measure(a, name))
    .filter((v) => !Number.isNaN(v));
  const n = differences.length;
  if (!n) return "";
  const { median, low, high } = medianInterval(differences);
  const begin = `Median of B − A over ${n} seed${n > 1 ? "s" : ""}: ${difference(median, name)}`;
  if (low === null || high === null) {
    return `${begin}. One race proves nothing; an interval takes six seeds.`;
  }
  const decided = low > 0 || high < 0;
  return (
    `${begin}; 95 % interval ${difference(low, name)} to ${difference(high, name)}. ` +
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
