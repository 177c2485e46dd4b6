// The map under pointer and keys: a place is chosen, the strongest path followed.
import { clamp } from "../_runtime/kit-elements.js";
import { choosing } from "../_runtime/surface.js";
import { strongest } from "./core.js";
import { keyOf } from "./path-core.js";
import { sizeOf } from "./places-core.js";

/** @import { At, Report, Stage } from "./core.js" */

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {import("../_runtime/kit.js").View} view
 * @param {ReturnType<typeof import("./map.js").makeMap>} map
 * @param {{ stages: Stage[], found: (at: At) => Report | null, open: (at: At) => void,
 *   back: () => void }} given
 */
export function steer(view, map, { stages, found, open, back }) {
  const now = () =>
    /** @type {At} */ (["layer", "channel", "row", "column"].map((key) => view.get(key)));

  choosing(view, map.frame, (event) => {
    const box = map.frame.getBoundingClientRect();
    const at = map.unitAt(event.clientX - box.left, event.clientY - box.top);
    if (!at || keyOf(at) === keyOf(now())) return;
    const [layer, channel, row, column] = at;
    // On the same map one only looks around; another map is a step.
    if (layer === now()[0] && channel === now()[1]) view.set({ row, column });
    else open(at);
  });
  view.listen(map.frame, "keydown", (event) => {
    const way = WAYS[event.key];
    const [name, channel, row, column] = now();
    const stage = stages.find((one) => one.name === name) ?? stages[0];
    const [channels, rows, columns] = sizeOf(stage);
    if (way && stage.shape.length !== 3) {
      view.set({ channel: clamp(channel + way[0] + way[1], 0, channels - 1) });
    } else if (way) {
      view.set({
        row: clamp(row + way[0], 0, rows - 1),
        column: clamp(column + way[1], 0, columns - 1),
      });
    } else if (event.key === "Enter") {
      const next = strongest(found(now()) ?? { kind: "", value: 0, terms: [] });
      if (next) open(next);
    } else if (event.key === "Backspace") back();
    else return;
    event.preventDefault();
  });
}
