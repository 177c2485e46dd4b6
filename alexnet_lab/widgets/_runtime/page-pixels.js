// From a picture's pixels to the network's input, the same numbers as alexnet_lab.data.preprocess:
// Pillow's resampling is repeated here bit by bit. Numbers in, numbers out, no page.

export const LARGEST_FILE = 60e6; // bytes
// The rules are those of alexnet_lab/data/pictures.py, whose table has them all.
const LARGEST_PICTURE = 100e6; // pixels; decoded, four bytes each
const LARGEST_JPEG = 250e6; // phones have 200 million
const DARKEST = 15; // of 255: 16 bits of which 12 or fewer are used
const LARGEST_SCALED = 50e6; // pixels, once its shorter side is what the network wants
const EXACT = 30e6; // pixels; a larger picture is drawn at a half or a third, far above what the network sees

/** @typedef {(kind: string, width: number, height: number) => { kind: string, width: number, height: number } | null} Found */

const BITS = 22; // Pillow's fixed-point precision for 8-bit pictures

/**
 * The window of each output pixel: { from, weights } with whole weights that sum to about 2^22.
 * @param {number} inside
 * @param {number} outside
 */
function windows(inside, outside) {
  const scale = inside / outside;
  const stretch = Math.max(scale, 1); // a smaller picture averages over more pixels
  return Array.from({ length: outside }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const from = Math.max(Math.trunc(centre - stretch + 0.5), 0);
    const to = Math.min(Math.trunc(centre + stretch + 0.5), inside);
    const raw = [];
    let sum = 0;
    for (let x = from; x < to; x += 1) {
      const weight = Math.max(1 - Math.abs((x - centre + 0.5) * (1 / stretch)), 0);
      raw.push(weight);
      sum += weight;
    }
    return {
      from,
      weights: Int32Array.from(raw, (w) => Math.trunc(0.5 + (w / sum) * (1 << BITS))),
    };
  });
}

/**
 * Scale a picture of 4 bytes a pixel to width × height as Pillow's BILINEAR does: across, then down,
 * rounding to bytes between. Only a square of `side` pixels from `left` and `top` of the result is
 * worked out and returned; a camera's picture is cut out many times a second.
 * @param {Picture} picture
 * @param {{ width: number, height: number }} to
 * @param {{ left: number, top: number, side: number }} part
 */
export function resizedPart({ data, width, height }, to, { left, top, side }) {
  const columns = windows(width, to.width).slice(left, left + side);
  const rows = windows(height, to.height).slice(top, top + side);
  const first = rows[0].from;
  const last = Math.max(...rows.map(({ from, weights }) => from + weights.length));
  const half = 1 << (BITS - 1);
  const row = side * 4;
  const across = new Uint8Array((last - first) * row);
  for (let y = first, place = 0; y < last; y += 1) {
    for (let x = 0; x < side; x += 1, place += 4) {
      const { from, weights } = columns[x];
      let [red, green, blue] = [half, half, half];
      let at = (y * width + from) * 4;
      for (let i = 0; i < weights.length; i += 1, at += 4) {
        const weight = weights[i];
        red += data[at] * weight;
        green += data[at + 1] * weight;
        blue += data[at + 2] * weight;
      }
      across[place] = red >> BITS;
      across[place + 1] = green >> BITS;
      across[place + 2] = blue >> BITS;
    }
  }
  const down = new Uint8ClampedArray(side * row).fill(255);
  const sums = new Int32Array(row);
  for (let y = 0; y < side; y += 1) {
    const { from, weights } = rows[y];
    sums.fill(half);
    for (let i = 0; i < weights.length; i += 1) {
      const weight = weights[i];
      const at = (from - first + i) * row;
      for (let x = 0; x < row; x += 1) sums[x] += across[at + x] * weight;
    }
    for (let x = 0, at = y * row; x < row; x += 4, at += 4) {
      down[at] = sums[x] >> BITS;
      down[at + 1] = sums[x + 1] >> BITS;
      down[at + 2] = sums[x + 2] >> BITS;
    }
  }
  return { data: down, width: side, height: side };
}

/**
 * The size at which a decoded picture is drawn: its own, or a whole fraction of it.
 * @param {{ width: number, height: number }} picture
 */
export function scaledDown({ width, height }) {
  const times = Math.ceil(Math.sqrt((width * height) / EXACT));
  return {
    width: Math.max(1, Math.round(width / times)),
    height: Math.max(1, Math.round(height / times)),
  };
}

/**
 * Say in a sentence why a picture of this size is not decoded; null when it is.
 * @param {{ kind: string, width: number, height: number } | null} size as of `pictureSize`
 */
export function tooLarge(size) {
  if (!size) return null;
  const most = size.kind === "JPEG" ? LARGEST_JPEG : LARGEST_PICTURE;
  const mega = Math.round((size.width * size.height) / 1e6);
  if (size.width * size.height <= most) return null;
  return `A picture of ${mega} million pixels is too large: at most ${most / 1e6} million.`;
}

/**
 * Say in a sentence why decoded pixels show nothing; null when they do. All black is a picture.
 * @param {{ data: Uint8ClampedArray }} picture four bytes a pixel
 */
export function nearlyBlack({ data }) {
  let most = 0;
  for (let i = 0; i < data.length && most <= DARKEST; i += 4) {
    most = Math.max(most, data[i], data[i + 1], data[i + 2]);
  }
  if (most === 0 || most > DARKEST) return null;
  return `That picture would come out nearly black: its largest value is ${most} of 255. Brighten it and save it again.`;
}

/**
 * Half to the even number, as Python rounds.
 * @param {number} value
 */
function round(value) {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 ? down + 1 : down;
}

/**
 * The central square that the network sees: shorter side to `resize`, two central crops.
 * @param {Picture} picture
 * @param {{ size: number, resize: number }} how
 */
export function crop(picture, { size, resize: shorter }) {
  const { width, height } = picture;
  const longer = Math.trunc((shorter * Math.max(width, height)) / Math.min(width, height));
  if (shorter * longer > LARGEST_SCALED)
    throw new Error("The picture is too narrow; crop it first.");
  const to = {
    width: width <= height ? shorter : longer,
    height: width <= height ? longer : shorter,
  };
  const middle = (/** @type {number} */ length) =>
    round((length - shorter) / 2) + round((shorter - size) / 2);
  return resizedPart(picture, to, { left: middle(to.width), top: middle(to.height), side: size });
}

/**
 * The network's input of such a square: float32, (3, size, size), minus the mean.
 * @param {Picture} picture
 * @param {{ mean: number[], std?: number[] | null }} how
 */
export function input({ data, width, height }, { mean, std = null }) {
  const count = width * height;
  const values = new Float32Array(3 * count);
  for (let c = 0; c < 3; c += 1) {
    const less = Math.fround(mean[c]);
    for (let i = 0; i < count; i += 1) {
      const value = data[4 * i + c] - less;
      values[c * count + i] = std ? value / std[c] : value;
    }
  }
  return values;
}

/** @param {Uint8Array} bytes @param {number} start @param {number} end */
const ascii = (bytes, start, end) => String.fromCharCode(...bytes.subarray(start, end));

/**
 * What a file's header says: { kind, width, height }, or null where none is found. It is asked before
 * anything is decoded, for a file of a few KB can claim a gigabyte; whether a file is a picture at all
 * is for the browser's decoder to say.
 * @param {Uint8Array} bytes the whole file: metadata may stand before the size
 * @param {Uint8Array} bytes
 */
export function pictureSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Found} */
  const found = (kind, width, height) => (width > 0 && height > 0 ? { kind, width, height } : null);
  try {
    if (ascii(bytes, 1, 4) === "PNG" && bytes[0] === 0x89) {
      return found("PNG", view.getUint32(16), view.getUint32(20));
    }
    if (ascii(bytes, 0, 3) === "GIF") {
      return found("GIF", view.getUint16(6, true), view.getUint16(8, true));
    }
    if (ascii(bytes, 0, 2) === "BM") {
      return found("BMP", view.getInt32(18, true), Math.abs(view.getInt32(22, true)));
    }
    if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 12) === "WEBP") {
      return webpSize(bytes, view, found);
    }
    if (view.getUint16(0) === 0xffd8) return jpegSize(view, found);
    if (ascii(bytes, 4, 8) === "ftyp") return boxSize(bytes, view, found);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the file ends too early
  }
  return null;
}

/** @param {Uint8Array} bytes @param {DataView} view @param {Found} found */
function webpSize(bytes, view, found) {
  const form = ascii(bytes, 12, 16);
  const three = (/** @type {number} */ at) =>
    1 + (view.getUint16(at, true) | (bytes[at + 2] << 16));
  if (form === "VP8X") return found("WebP", three(24), three(27));
  if (form === "VP8L") {
    const packed = view.getUint32(21, true);
    return found("WebP", 1 + (packed & 0x3fff), 1 + ((packed >> 14) & 0x3fff));
  }
  return found("WebP", view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
}

/**
 * AVIF, and HEIC where a browser knows it: the largest of the sizes that the file's boxes name.
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {Found} found
 */
function boxSize(bytes, view, found) {
  let [width, height] = [0, 0];
  for (let at = bytes.indexOf(0x69); at >= 0 && at < 1 << 16; at = bytes.indexOf(0x69, at + 1)) {
    if (ascii(bytes, at, at + 4) !== "ispe") continue;
    const [wide, high] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (wide * high > width * height) [width, height] = [wide, high];
  }
  return found(ascii(bytes, 8, 12).toUpperCase(), width, height);
}

/**
 * @param {DataView} view @param {Found} found
 * @param {DataView} view
 * @param {Found} found
 */
function jpegSize(view, found) {
  let at = 2;
  for (;;) {
    while (view.getUint8(at) !== 0xff) at += 1;
    while (view.getUint8(at) === 0xff) at += 1;
    const marker = view.getUint8(at);
    // A start of frame, and none of the three markers of other things in that range.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return found("JPEG", view.getUint16(at + 6), view.getUint16(at + 4));
    }
    at += 1 + (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8) ? 0 : view.getUint16(at + 1));
  }
}
