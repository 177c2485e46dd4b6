// A network's arithmetic at any input size. A stage is { name, kind, then, … } as stages.py makes
// it. No page; held to the models' own tables by tests/widgets/test_network_core.py.

/**
 * What stages.py says of a layer and of those that follow it place by place.
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} kind
 * @property {string[]} then
 * @property {number} maps
 * @property {number} kernel
 * @property {number} stride
 * @property {number} padding
 * @property {number} groups
 * @property {number} each
 * @property {number} side
 * @property {boolean} up
 * @property {boolean} bias
 */

/**
 * A stage at a size.
 * @typedef {object} Row
 * @property {string} name
 * @property {Stage} stage
 * @property {[number, number]} took  maps, and places along a side
 * @property {[number, number]} gives
 * @property {number[]} shape
 * @property {number} parameters
 * @property {number} macs
 * @property {number} inputs
 * @property {number} outputs
 * @property {number} numbers  outputs of all layers of the stage together
 */

const BYTES = 4; // of a float32

/**
 * How many windows fit along n pixels; 0 or less: none.
 * @param {number} n
 * @param {Stage} stage
 * @param {string} [rounding]
 */
export function outputsAlong(n, stage, rounding = "own") {
  const span = n + 2 * stage.padding - stage.kernel;
  const up = stage.up && rounding === "own";
  const count = (up ? Math.ceil : Math.floor)(span / stage.stride) + 1;
  // torch lets no window of a pooling begin beyond the image and its left padding.
  const beyond = up && stage.kind === "pool" && (count - 1) * stage.stride >= n + stage.padding;
  return beyond ? count - 1 : count;
}

/**
 * One stage for `maps` maps of places × places: what it gives, learns and multiplies.
 * @param {Stage} stage
 * @param {number} maps
 * @param {number} places
 * @param {string} rounding
 * @returns {Row}
 */
function after(stage, maps, places, rounding) {
  const took = maps * places ** 2;
  let [parameters, macs] = [0, 0];
  /** @type {[number, number]} */
  const given = [maps, places];
  if (stage.kind === "fc") {
    parameters = took * stage.maps + (stage.bias ? stage.maps : 0);
    macs = took * stage.maps;
    [maps, places] = [stage.maps, 1];
  } else if (stage.kind === "norm") {
    parameters = stage.each * maps;
  } else if (stage.kind === "adaptive") {
    places = stage.side;
  } else {
    places = outputsAlong(places, stage, rounding);
    if (stage.kind === "conv") {
      const weights = stage.maps * (maps / stage.groups) * stage.kernel ** 2;
      parameters = weights + (stage.bias ? stage.maps : 0);
      macs = weights * places ** 2;
      maps = stage.maps;
    }
  }
  const outputs = maps * places ** 2;
  return {
    name: stage.name,
    stage,
    took: given,
    gives: [maps, places],
    shape: stage.kind === "fc" ? [maps] : [maps, places, places],
    parameters,
    macs,
    inputs: took,
    outputs,
    numbers: outputs * (1 + stage.then.length), // of all its layers together
  };
}

/**
 * All stages for an image of side × side; `problem` says in a line where it is too small.
 * @param {Stage[]} stages
 * @param {number} side
 * @param {string} [rounding]
 */
export function measure(stages, side, rounding = "own") {
  const rows = [];
  let [maps, places] = [3, side];
  for (const stage of stages) {
    const row = after(stage, maps, places, rounding);
    if (row.gives[1] < 1) {
      const least = leastSide(stages, side, rounding);
      const problem =
        `${side} pixels are too few: ${stage.name} has a window of ${stage.kernel} and gets ` +
        `${places}; ${least} are enough`;
      return { rows, problem };
    }
    [maps, places] = row.gives;
    rows.push(row);
  }
  return { rows, problem: null };
}

/** @param {Stage[]} stages @param {number} side @param {string} rounding */
function leastSide(stages, side, rounding) {
  for (let n = side + 1; n < 4096; n += 1) {
    let [maps, places] = [3, n];
    const fits = stages.every((stage) => {
      [maps, places] = after(stage, maps, places, rounding).gives;
      return places >= 1;
    });
    if (fits) return n;
  }
  return 4096;
}

/**
 * What is drawn of a row: parameters, MACs of an image, bytes of the batch's outputs, MACs a byte.
 * @param {Row} row
 * @param {string} show
 * @param {number} batch
 */
export function amount(row, show, batch) {
  if (show === "intensity") {
    const moved = row.parameters + batch * (row.inputs + row.outputs);
    return (batch * row.macs) / (BYTES * moved);
  }
  const quantity = /** @type {"parameters" | "macs" | "numbers"} */ (show);
  return row[quantity] * (show === "numbers" ? BYTES * batch : 1);
}

/** @param {Row[]} rows @param {string} show @param {number} batch */
export function total(rows, show, batch) {
  return rows.reduce((sum, row) => sum + amount(row, show, batch), 0);
}

/**
 * The names of both networks' stages, in order: where one lacks a stage, it keeps the other's place.
 * @param {string[]} first
 * @param {string[]} second
 */
export function merged(first, second) {
  const names = [];
  let at = 0;
  const known = new Set(second);
  for (const name of first) {
    if (known.has(name)) {
      for (; second[at] !== name && at < second.length; at += 1) {
        if (!first.includes(second[at])) names.push(second[at]);
      }
      at += 1;
    }
    names.push(name);
  }
  for (; at < second.length; at += 1) if (!first.includes(second[at])) names.push(second[at]);
  return names;
}

/** @param {number} value */
const whole = (value) => value.toLocaleString("en-US");

/**
 * The arithmetic of a stage, written out: a list of lines.
 * @param {Row} row
 * @param {string} [rounding]
 */
export function explain(row, rounding = "own") {
  const { stage, took, shape } = row;
  const [maps, places] = took;
  if (stage.kind === "fc") {
    const input =
      places > 1 ? `${maps} × ${places} × ${places} = ${whole(maps * places ** 2)}` : whole(maps);
    const given = whole(stage.maps);
    return [
      `inputs: ${input}; outputs: ${given}`,
      `weights: ${whole(maps * places ** 2)} × ${given}${stage.bias ? `, and ${given} biases` : ""}`,
      `MACs: as many as weights, for each is used once`,
    ];
  }
  if (stage.kind === "norm") {
    return [
      stage.each
        ? `learns ${stage.each} numbers a map: ${whole(row.parameters)}`
        : "learns nothing",
      "the shape stays",
    ];
  }
  if (stage.kind === "adaptive") {
    return [
      `means that make ${stage.side} × ${stage.side} of whatever comes: here of ${places} × ${places}`,
    ];
  }
  const up = stage.up && rounding === "own";
  const [open, close] = up ? ["⌈", "⌉"] : ["⌊", "⌋"];
  const padded = stage.padding ? ` + 2 · ${stage.padding}` : "";
  const side = shape[1];
  const lines = [
    `side: 1 + ${open}(${places}${padded} − ${stage.kernel}) / ${stage.stride}${close} = ${side}`,
  ];
  if (stage.kind === "conv") {
    const seen = maps / stage.groups;
    const of = stage.groups > 1 ? ` (of ${maps}, in ${stage.groups} groups)` : "";
    const weights = stage.maps * seen * stage.kernel ** 2;
    lines.push(
      `weights: ${stage.maps} kernels × ${seen} maps${of} × ${stage.kernel} × ${stage.kernel} = ` +
        `${whole(weights)}${stage.bias ? `, and ${stage.maps} biases` : ""}`,
      `MACs: ${whole(weights)} × ${side} × ${side} = ${whole(row.macs)}`,
    );
  } else {
    lines.push("learns nothing, multiplies nothing");
  }
  return lines;
}

export const LEAST = 0.1; // MACs a byte, where a bar begins

/**
 * How long a bar is, 0 to 1. MACs a byte differ a thousandfold from stage to stage: their bars are
 * logarithmic.
 * @param {number} size
 * @param {number} most
 * @param {string} show
 */
export function share(size, most, show) {
  if (show !== "intensity") return size / most;
  return Math.max(0, Math.log(size / LEAST) / Math.log(most / LEAST));
}
