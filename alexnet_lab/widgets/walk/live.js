// The network in the page as a source of numbers: maps of the last picture, weights as they are asked for.

/** @import { Maps, Stage, Weights } from "./core.js" */

/**
 * @param {Stage[]} stages
 * @param {() => any} net the page's network, once it is open
 * @param {() => void} came is called when numbers that were asked for are here
 * @param {(why: unknown) => void} failed
 */
export function liveSource(stages, net, came, failed) {
  /** @type {any} */
  let found = null; // of the last picture
  /** @type {Map<string, Weights | null>} */
  const held = new Map();
  /** @type {Map<string, number[]>} */
  const loud = new Map();

  return {
    layers: stages.filter(({ kind }) => !["image", "softmax"].includes(kind)).map((s) => s.name),
    /** @param {any} result of the network, with the image as it took it */
    take(result) {
      found = result;
      loud.clear();
    },
    has: () => found !== null,
    /** @returns {Float32Array} */
    probabilities: () => found.probabilities,
    /** @param {string} name @returns {Maps | null} */
    maps(name) {
      if (!found) return null;
      if (name === "image") return found.image;
      if (name === "softmax")
        return { data: found.probabilities, shape: [found.probabilities.length] };
      return found.layers[name] ?? null;
    },
    /** @param {string} name @returns {Weights | null} */
    weights(name) {
      if (!held.has(name)) {
        held.set(name, null);
        net()
          ?.weights(name)
          .then(
            (/** @type {any} */ { data, ...more }) => {
              held.set(name, { values: data, ...more });
              came();
            },
            (/** @type {unknown} */ why) => {
              held.delete(name);
              failed(why);
            },
          );
      }
      return held.get(name) ?? null;
    },
    /**
     * The most active channel of each tower.
     * @param {Stage} stage
     * @param {number} towers
     */
    loudest(stage, towers) {
      const known = loud.get(stage.name);
      if (known) return known;
      const maps = found.layers[stage.name];
      const size = maps.data.length / stage.shape[0];
      const each = stage.shape[0] / towers;
      const best = Array.from({ length: towers }, (_, t) => {
        let [most, at] = [-Infinity, t * each];
        for (let c = t * each; c < (t + 1) * each; c += 1) {
          let sum = 0;
          for (let i = c * size; i < (c + 1) * size; i += 1) sum += maps.data[i];
          if (sum > most) [most, at] = [sum, c];
        }
        return at;
      });
      loud.set(stage.name, best);
      return best;
    },
  };
}
