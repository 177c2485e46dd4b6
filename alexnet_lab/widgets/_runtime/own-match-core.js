// Which AlexNet a safetensors file is for that does not say it: by the shapes of its tensors, whatever
// they are called. The networks that are known are written when the book is built.
import { Failure } from "./fetching.js";
import { WAY_OUT } from "./own-file-core.js";

/** @typedef {import("./own-file-core.js").Tensor} Tensor */
/** @typedef {import("./own-chain-core.js").Layer} Layer */
/** @typedef {{ name: string, size: number, preprocess: State, layers: any[] }} Known */

const COUNTERS = /(num_batches_tracked|n_averaged|step|epoch)$/;

/**
 * The first known network that a file's tensors fit; numbers of maps and classes are the file's own.
 * @param {Map<string, Tensor>} tensors
 * @param {Known[]} known
 * @returns {{ known: Known, layers: Layer[] }}
 */
export function match(tensors, known) {
  const all = [...tensors.values()].filter(({ name }) => !COUNTERS.test(name));
  const inOrder = new Intl.Collator("en", { numeric: true }).compare;
  const sorted = all.sort((a, b) => inOrder(a.name, b.name));
  const weights = {
    conv: sorted.filter(({ shape }) => shape.length === 4),
    fc: sorted.filter(({ shape }) => shape.length === 2),
  };
  if (!weights.conv.length || !weights.fc.length)
    throw new Failure(
      `holds ${weights.conv.length} convolutions and ${weights.fc.length} matrices; an AlexNet has 5 and 3. ${WAY_OUT}`,
    );
  const found = known.flatMap((one) => {
    const layers = fitted(one, weights, sorted);
    return layers ? [{ known: one, layers }] : [];
  });
  // Of several the one with most tensors of the same names and sizes; of equals the first.
  const likeness = found.map((one) => alike(one.known, one.layers));
  if (found.length) return found[likeness.indexOf(Math.max(...likeness))];
  const [first] = weights.conv;
  throw new Failure(
    `is for no AlexNet that is known here: ${weights.conv.length} convolutions, of which “${first.name}” is ` +
      `${first.shape.join("×")}, and ${weights.fc.length} matrices. ${WAY_OUT}`,
  );
}

/** @param {Known} known @param {Layer[]} layers */
function alike(known, layers) {
  let count = 0;
  known.layers.forEach(({ shape, tensors = {} }, i) => {
    const { weight } = layers[i].tensors;
    if (shape && String(shape) === String(weight.shape)) count += 1;
    if (weight && weight.name === tensors.weight) count += 1;
  });
  return count;
}

/**
 * @param {Known} known
 * @param {{ conv: Tensor[], fc: Tensor[] }} weights
 * @param {Tensor[]} all
 * @returns {Layer[] | null}
 */
function fitted(known, weights, all) {
  const wanted = known.layers.filter(({ kind }) => kind === "conv" || kind === "fc");
  const norms = known.layers.filter(({ kind }) => kind === "affine").length;
  const vectors = all.filter(({ shape }) => shape.length === 1);
  const biases = wanted.filter(({ tensors }) => tensors.bias).length;
  const same =
    wanted.filter(({ kind }) => kind === "conv").length === weights.conv.length &&
    wanted.filter(({ kind }) => kind === "fc").length === weights.fc.length &&
    vectors.length === biases + 4 * norms;
  if (!same) return null;
  const order = chained(wanted, weights);
  if (!order) return null;
  /** @type {Map<string, Tensor>} */
  const of = new Map(wanted.map(({ name }, i) => [name, order[i]]));
  const left = new Set(vectors);
  /** @type {Map<string, Tensor>} */
  const biasOf = new Map();
  for (const { name, tensors } of wanted) {
    const weight = of.get(name);
    if (!tensors.bias || !weight) continue;
    const stem = weight.name.replace(/w(eight)?$/, "");
    const bias = [...left].find(
      (one) => one.name.startsWith(stem) && one.shape[0] === weight.shape[0],
    );
    if (!bias) return null;
    biasOf.set(name, bias);
    left.delete(bias);
  }
  /** @type {Layer[]} */
  const layers = [];
  let maps = 3;
  for (const layer of known.layers) {
    /** @type {Record<string, Tensor>} */
    const own = {};
    const weight = of.get(layer.name);
    const bias = biasOf.get(layer.name);
    if (weight) {
      Object.assign(own, { weight }, bias && { bias });
      [maps] = weight.shape;
    } else if (layer.kind === "affine") {
      for (const part of ["weight", "bias", "running_mean", "running_var"]) {
        const found = [...left].find(
          ({ name, shape }) => name.endsWith(`.${part}`) && shape[0] === maps,
        );
        if (!found) return null;
        own[part] = found;
        left.delete(found);
      }
    }
    layers.push({ ...layer, tensors: own });
  }
  return layers;
}

/**
 * The weights in the order of the layers: each takes what the one before it gives. By name first; where
 * names are in another order, by what fits.
 * @param {any[]} wanted
 * @param {{ conv: Tensor[], fc: Tensor[] }} weights
 * @returns {Tensor[] | null}
 */
function chained(wanted, weights) {
  const left = { conv: [...weights.conv], fc: [...weights.fc] };
  /** @type {Tensor[]} */
  const found = [];
  let maps = 3;
  for (const layer of wanted) {
    const { kind, kernel, groups } = layer;
    const places = kind === "fc" ? perMap(wanted, layer) : 1;
    const fits = (/** @type {Tensor} */ { shape }) =>
      kind === "conv"
        ? shape[1] * groups === maps && shape[2] === kernel[0] && shape[3] === kernel[1]
        : shape[1] === maps * places;
    const pile = left[/** @type {"conv" | "fc"} */ (kind)];
    const place = pile.findIndex(fits);
    if (place < 0) return null;
    const [next] = pile.splice(place, 1);
    found.push(next);
    [maps] = next.shape;
  }
  return found;
}

/** How many numbers of each map a matrix takes: 36 in fc6, else 1. @param {any[]} wanted @param {any} layer */
function perMap(wanted, layer) {
  const before = wanted[wanted.indexOf(layer) - 1];
  return layer.shape[1] / before.shape[0];
}
