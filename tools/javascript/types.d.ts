// What values of the front ends are called in their comments. For the type checker alone: no page
// loads this file.

/** Numbers in a row: a list or a typed array. */
type Numbers = ArrayLike<number> & Iterable<number>;

/** Red, green and blue, 0 to 255; a fourth is how opaque. */
type Colour = readonly number[];

/** One feature map, row after row. */
interface FeatureMap {
  rows: number;
  columns: number;
  values: Numbers;
}

/** An array with its shape, in row-major order. */
interface NumberArray {
  shape: number[];
  values: Float32Array;
}

/** A picture as a canvas has it: RGBA bytes, row after row. */
interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray | Uint8Array;
}

/** What a notebook and the page's host give a view: the widget's traits. */
interface Model {
  get(key: string): any;
  set(key: string | Record<string, unknown>, value?: unknown): void;
  on(events: string, handler: (...given: any[]) => void): void;
  off(events?: string | null, handler?: (...given: any[]) => void): void;
  save_changes(): void;
  send(...given: unknown[]): void;
}

/** The traits of a widget, by name: Python has declared them, and holds them to their types. */
type State = any;

/** What `render` of a view is given. */
interface Given {
  model: Model;
  el: HTMLElement;
}
