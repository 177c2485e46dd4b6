// The map: photograph, a face for each stage and tower, the cone of the chosen unit, over one another.
import { drawn, element } from "../_runtime/kit-elements.js";
import { cells, sized } from "../_runtime/raster.js";
import { heat } from "../_runtime/palette-core.js";
import { columnsOf, coneOf, towerOf } from "./cone-core.js";
import { sizeOf } from "./places-core.js";
import { covered, placeOn, plan } from "./plan-core.js";

/** @import { At, Stage } from "./core.js" */
/** @import { Face, Plan, Rect } from "./plan-core.js" */
/** Values 0 to 255. @typedef {{ values: Numbers }} Shades */
/**
 * @typedef {object} Scene
 * @property {At} at the chosen unit
 * @property {CanvasImageSource | null} photo
 * @property {(stage: Stage, tower: number | null) => number} channel whose map a face shows
 * @property {(stage: Stage, channel: number) => Numbers | null} shades of a map, 0 to 255
 */

const COLOURS = Array.from({ length: 256 }, (_, shade) => heat(shade / 255));

/**
 * @param {Stage[]} stages
 * @param {number} towers
 */
export function makeMap(stages, towers) {
  const columns = columnsOf(stages);
  const picture = element("canvas", { "aria-hidden": "true" });
  const lines = drawn("svg", { class: "al-w-walk-lines", "aria-hidden": "true" });
  const frame = element(
    "div",
    { class: "al-w-walk-map", tabindex: 0, role: "application" },
    picture,
    lines,
  );
  /** @type {Plan} */
  let now = plan(900, columns, towers);
  /** @type {Scene | null} */
  let shown = null;
  /** @type {WeakMap<Numbers, Map<number, HTMLCanvasElement>>} */
  const painted = new WeakMap();

  /** The stage whose map a column shows: the chosen unit's own, or what the column hands on. */
  const stageOf = (/** @type {Stage[]} */ column, /** @type {At} */ at) =>
    column.find(({ name }) => name === at[0]) ?? column[column.length - 1];

  /** @param {number} width @param {Scene} scene */
  function draw(width, scene) {
    shown = scene;
    now = plan(width, columns, towers);
    const context = sized(picture, now.width, now.height);
    Object.assign(frame.style, { width: `${now.width}px`, height: `${now.height}px` });
    setSize(lines, now);
    /** @type {SVGElement[]} */
    const parts = [];
    if (scene.photo) {
      const { x, y, width: wide, height: high } = now.photo;
      context.imageSmoothingEnabled = true;
      context.drawImage(scene.photo, x, y, wide, high);
      context.imageSmoothingEnabled = false;
    }
    parts.push(outline(now.photo, "al-w-walk-frame"));
    for (const { column, tower, rect } of now.faces) {
      // Where the chosen stage's map is not known (a page holds the tour's), what its column hands on.
      const all = columns[column];
      const stage = [stageOf(all, scene.at), all[all.length - 1]].find((one) =>
        scene.shades(one, scene.channel(one, tower)),
      );
      const values = stage && scene.shades(stage, scene.channel(stage, tower));
      const kind = `al-w-walk-frame al-w-walk-tower-${tower === null ? "both" : tower}`;
      if (all[0].shape.length === 3) {
        for (const by of [6, 3]) parts.push(sheet(rect, by, `${kind} al-w-walk-sheet`));
      }
      if (stage && values) paint(context, stage, tower, rect, values);
      parts.push(outline(rect, kind));
    }
    for (const { text, more, x, y } of now.labels) {
      const small = now.width < 520;
      parts.push(
        drawn("text", { x, y, class: `al-w-walk-name${small ? " al-w-walk-small" : ""}` }, text),
      );
      if (more) parts.push(drawn("text", { x, y: y + 15, class: "al-w-walk-shape" }, more));
    }
    lines.replaceChildren(...parts, ...cone(scene));
  }

  /** @param {CanvasRenderingContext2D} context @param {Stage} stage @param {number | null} tower @param {Rect} rect @param {Numbers} values */
  function paint(context, stage, tower, rect, values) {
    const flat = stage.shape.length !== 3;
    const count = flat && tower !== null ? stage.shape[0] / towers : stage.shape[0];
    const [rows, wide] = flat ? [count, 1] : [stage.shape[1], stage.shape[2]];
    const from = flat && tower !== null ? tower * count : 0;
    const known = painted.get(values) ?? new Map();
    const made = known.get(from) ?? cells(rows, wide, (i) => COLOURS[Math.round(values[from + i])]);
    painted.set(values, known.set(from, made)); // from step to step most maps stay
    // Many units on few pixels: smoothing shows the share of those that are active.
    context.imageSmoothingEnabled = flat;
    context.drawImage(made, rect.x, rect.y, rect.width, rect.height);
    context.imageSmoothingEnabled = false;
  }

  /** @param {Scene} scene */
  function cone({ at }) {
    const found = coneOf(stages, towers, at);
    const column_of = new Map(columns.flatMap((all, c) => all.map(({ name }) => [name, c])));
    /** @type {{ rects: Rect[] }[]} */
    const slices = [];
    /** @type {SVGElement[]} */
    const shapes = [];
    for (let c = -1; c < columns.length; c += 1) {
      // Of a column the box on what is shown: the chosen stage, or the last that the cone reaches.
      const reached = found.filter(({ name }) =>
        c < 0 ? name === "image" : column_of.get(name) === c,
      );
      const slice = reached[reached.length - 1];
      if (!slice) break;
      const stage = stages.find(({ name }) => name === slice.name);
      if (!stage) break;
      const faces =
        c < 0 ? [{ tower: null, rect: now.photo }] : now.faces.filter((f) => f.column === c);
      const own = faces.filter(({ tower }) => tower === null || slice.towers.includes(tower));
      const rects = own.map(({ tower, rect }) => part(rect, stage, tower, slice, at));
      slices.push({ rects });
    }
    slices.forEach(({ rects }, i) => {
      const before = slices[i - 1];
      for (const to of rects)
        for (const from of before?.rects ?? []) shapes.push(beam(from, to, now));
    });
    slices.forEach(({ rects }, i) => {
      const last = i === slices.length - 1;
      for (const rect of rects)
        shapes.push(outline(rect, `al-w-walk-box${last ? " al-w-walk-own" : ""}`));
      if (last && rects.length === 1) shapes.push(mark(rects[0]));
    });
    return shapes;
  }

  /** @param {Rect} rect @param {Stage} stage @param {number | null} tower @param {any} slice @param {At} at */
  function part(rect, stage, tower, slice, at) {
    if (stage.shape.length === 3) return covered(rect, stage, slice.box);
    if (slice.name !== at[0]) return rect;
    const count = tower === null ? stage.shape[0] : stage.shape[0] / towers;
    const place = tower === null ? at[1] : at[1] % count;
    const high = rect.height / count;
    return { ...rect, y: rect.y + place * high, height: high };
  }

  /**
   * The unit under a pointer: { column, tower, stage, channel, row, column }; null where there is none.
   * @param {number} x
   * @param {number} y
   * @returns {At | null}
   */
  function unitAt(x, y) {
    if (!shown) return null;
    const side = sizeOf(stages[0]);
    const pixel = placeOn(now.photo, x, y, side[1], side[2], 0);
    if (pixel) return ["image", 1, pixel.row, pixel.column];
    for (const { column, tower, rect } of now.faces) {
      const stage = stageOf(columns[column], shown.at);
      const flat = stage.shape.length !== 3;
      const count = flat && tower !== null ? stage.shape[0] / towers : stage.shape[0];
      const [rows, wide] = flat ? [count, 1] : [stage.shape[1], stage.shape[2]];
      const place = placeOn(rect, x, y, rows, wide);
      if (!place) continue;
      if (flat) return [stage.name, (tower ?? 0) * count + place.row, 0, 0];
      return [stage.name, shown.channel(stage, tower), place.row, place.column];
    }
    return null;
  }

  return { frame, draw, unitAt, towerOf: (/** @type {At} */ at) => tower(at), plan: () => now };

  /** @param {At} at */
  function tower([name, channel]) {
    const column = columns.findIndex((all) => all.some((stage) => stage.name === name));
    const whole = now.faces.some((face) => face.column === column && face.tower === null);
    const stage = stages.find((one) => one.name === name);
    return whole || column < 0 || !stage ? null : towerOf(stage, towers, channel);
  }
}

/** @param {SVGElement} lines @param {Plan} now */
function setSize(lines, { width, height }) {
  lines.setAttribute("width", String(width));
  lines.setAttribute("height", String(height));
  lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
}

/**
 * What can be seen of a map behind another.
 * @param {Rect} rect
 * @param {number} by
 * @param {string} kind
 */
function sheet({ x, y, width, height }, by, kind) {
  const d = `M${x + by} ${y - by + 3}v-3h${width}v${height}h-3`;
  return drawn("path", { d, class: kind });
}

/** @param {Rect} rect @param {string} kind */
function outline({ x, y, width, height }, kind) {
  return drawn("rect", { x, y, width, height, class: kind });
}

/** @param {Rect} rect */
function mark({ x, y, width, height }) {
  return drawn("circle", { cx: x + width / 2, cy: y + height / 2, r: 6, class: "al-w-walk-mark" });
}

/**
 * Light from one box to the next.
 * @param {Rect} from
 * @param {Rect} to
 * @param {Plan} plan
 */
function beam(from, to, { narrow, photo }) {
  const below = narrow && from.y + from.height <= photo.height && to.y >= photo.height;
  const start = below
    ? [from.x, from.y + from.height, from.x + from.width, from.y + from.height]
    : [from.x + from.width, from.y + from.height, from.x + from.width, from.y];
  const end = below ? [to.x + to.width, to.y, to.x, to.y] : [to.x, to.y, to.x, to.y + to.height];
  const points = [start.slice(0, 2), start.slice(2), end.slice(0, 2), end.slice(2)];
  return drawn("polygon", {
    points: points.map((p) => p.join(",")).join(" "),
    class: "al-w-walk-beam",
  });
}
