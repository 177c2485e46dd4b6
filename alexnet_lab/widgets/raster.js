// Numbers that come packed as text, and pictures painted at a size in CSS pixels.
import { shade } from "./palette-core.js";

const KINDS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/** The numbers of `pack` (alexnet_lab.widgets._pack): little-endian bytes in base64. */
export function unpack(text, kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new KINDS[kind](bytes.buffer);
}

/** Red, green and blue for a number from 0 to 1. */
export function heat(share) {
  return shade("sequential", share);
}

/** Red, green and blue for a number from −1 to 1. */
export function signed(share) {
  return shade("diverging", 0.5 + share / 2);
}

/** A canvas with one pixel a cell, `colour(i)` giving red, green, blue. */
export function cells(rows, columns, colour) {
  const made = document.createElement("canvas");
  Object.assign(made, { width: columns, height: rows });
  const picture = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    const [r, g, b, a = 255] = colour(i);
    picture.data.set([r, g, b, a], 4 * i);
  }
  made.getContext("2d").putImageData(picture, 0, 0);
  return made;
}

/** Give a canvas its size in CSS pixels, sharp on any screen; returns its context, cleared. */
export function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  return context;
}
