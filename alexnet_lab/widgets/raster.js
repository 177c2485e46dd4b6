// Numbers that come packed as text, and maps painted cell by cell.

const KINDS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/** The numbers of `pack` (alexnet_lab.widgets._pack): little-endian bytes in base64. */
export function unpack(text, kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new KINDS[kind](bytes.buffer);
}

// matplotlib's cividis at nine places: even steps of lightness, also without red and green.
const CIVIDIS = [
  [0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115],
  [138, 134, 120], [165, 156, 116], [195, 180, 104], [254, 232, 56],
];
// White in the middle, blue below and red above: matplotlib's RdBu, reversed.
const DIVERGING = [
  [5, 48, 97], [67, 147, 195], [209, 229, 240], [247, 247, 247], [253, 219, 199], [214, 96, 77],
  [103, 0, 31],
];

function between(stops, share) {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const first = Math.min(Math.floor(place), stops.length - 2);
  return stops[first].map((v, c) => v + (place - first) * (stops[first + 1][c] - v));
}

/** Red, green and blue for a number from 0 to 1. */
export function heat(share) {
  return between(CIVIDIS, share);
}

/** Red, green and blue for a number from −1 to 1. */
export function signed(share) {
  return between(DIVERGING, (share + 1) / 2);
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
