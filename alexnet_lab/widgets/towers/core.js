// The two towers of §3.2: who sees whose maps, how many weights that takes, what crosses and how
// many bytes. A layer is { name, kind, inputs, outputs, area, places, groups }: `area` is the
// kernel's pixels, `places` its positions. No page; held to PyTorch's counts by
// tests/widgets/test_towers_core.py.

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind
 * @property {number} inputs
 * @property {number} outputs
 * @property {number} area  the kernel's pixels
 * @property {number} places  its positions
 * @property {number} groups
 * @property {number[]} size
 * @property {boolean} towered
 * @property {boolean} head
 */
/** @typedef {{ boundary: string, direction: string, sender: number, bytes: number }} Traffic */

/**
 * Say in one line what is wrong with a list of layers; null when nothing is.
 * @param {Layer[]} layers
 */
export function problem(layers) {
  if (!layers.length) return "no layers to draw";
  for (const { name, inputs, outputs, groups } of layers) {
    if (![1, 2].includes(groups)) return `${name}: groups = ${groups}; known: 1, 2`;
    if (inputs % groups || outputs % groups) {
      return `${name}: ${inputs} maps and ${outputs} kernels cannot be shared out in ${groups}`;
    }
  }
  return null;
}

/**
 * The towers' own groups, or those of a network with other exchanges: Set of layers that see both.
 * @param {Layer} layer
 * @param {Set<string>} seesBoth
 */
export function groupsOf(layer, seesBoth) {
  if (!layer.towered) return layer.groups;
  return seesBoth.has(layer.name) ? 1 : 2;
}

/**
 * The maps that a kernel sees, [first, last].
 * @param {number} kernel
 * @param {Layer} layer
 * @param {number} groups
 */
export function sees(kernel, { inputs, outputs }, groups) {
  const width = inputs / groups;
  const group = Math.floor(kernel / (outputs / groups));
  return [group * width, (group + 1) * width - 1];
}

/**
 * In which tower a map or a kernel lives: the first half, or the second.
 * @param {number} index
 * @param {number} count
 */
export function towerOf(index, count) {
  return index < count / 2 ? 0 : 1;
}

/**
 * Rows (tower of the kernels) of columns (tower of the maps): whether weights are there.
 * @param {Layer} layer
 * @param {number} groups
 */
export function blocks(layer, groups) {
  // The image belongs to both towers, and so do the class scores: the head is cut by its inputs.
  if (!layer.towered) return layer.head ? [[true, true]] : [[true], [true]];
  return groups === 1
    ? [
        [true, true],
        [true, true],
      ]
    : [
        [true, false],
        [false, true],
      ];
}

/** @param {Layer} layer @param {number} groups */
export function weights({ inputs, outputs, area }, groups) {
  return (outputs * inputs * area) / groups;
}

/** @param {Layer} layer @param {number} groups */
export function macs(layer, groups) {
  return weights(layer, groups) * layer.places;
}

/**
 * Sums over layers, with weights and multiplications as those exchanges need them.
 * @param {Layer[]} layers
 * @param {Set<string>} seesBoth
 */
export function totals(layers, seesBoth) {
  const sum = { weights: 0, biases: 0, macs: 0 };
  for (const layer of layers) {
    const groups = groupsOf(layer, seesBoth);
    sum.weights += weights(layer, groups);
    sum.biases += layer.outputs;
    sum.macs += macs(layer, groups);
  }
  return { ...sum, parameters: sum.weights + sum.biases };
}

/**
 * What crosses in a training step. `traffic` is what the package counted for one image: rows of
 * { boundary, direction, sender, bytes }. A boundary that is switched off sends nothing; the
 * head's sum (`head`) always crosses, or there would be two networks.
 * @param {Traffic[]} traffic
 * @param {number} batch
 * @param {Set<string>} seesBoth
 * @param {string} head
 */
export function crossing(traffic, batch, seesBoth, head) {
  const rows = traffic
    .filter(({ boundary }) => boundary === head || seesBoth.has(boundary))
    .map((row) => ({ ...row, bytes: row.bytes * batch }));
  /** @param {(row: Traffic) => boolean} test */
  const of = (test) => rows.filter(test).reduce((sum, row) => sum + row.bytes, 0);
  return {
    rows,
    forward: of((row) => row.direction === "forward"),
    backward: of((row) => row.direction === "backward"),
    total: of(() => true),
    /** @param {string} boundary @param {string} [direction] */
    at: (boundary, direction) =>
      of((row) => row.boundary === boundary && (!direction || row.direction === direction)),
  };
}

/**
 * From which batch on the towers send more than data parallelism's gradients; null if never.
 * @param {Traffic[]} traffic
 * @param {Set<string>} seesBoth
 * @param {string} head
 * @param {number} gradientBytes
 */
export function breakEven(traffic, seesBoth, head, gradientBytes) {
  // Data parallel: both workers send their gradients once.
  const perImage = crossing(traffic, 1, seesBoth, head).total;
  return perImage > 0 ? (2 * gradientBytes) / perImage : null;
}

/**
 * Bytes as a reader says them: 29.5 MB; thousands, as network people count.
 * @param {number} bytes
 */
export function bytesText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}
