// Arrays that Python packed (pack.py and scaled.py) back to numbers.

const KINDS = { u1: Uint8Array, u2: Uint16Array, f4: Float32Array };

/**
 * The numbers of `pack`: little-endian bytes in base64, as every browser's typed arrays are.
 * @template {keyof typeof KINDS} K
 * @param {string} text
 * @param {K} kind
 * @returns {InstanceType<(typeof KINDS)[K]>}
 */
export function unpack(text, kind) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return /** @type {InstanceType<(typeof KINDS)[K]>} */ (new KINDS[kind](bytes.buffer));
}

/**
 * An array of `pack_array`: { shape, values }: a Float32Array in row-major order.
 * @param {{ kind: "u1" | "u2" | "f4", shape: number[], data: string, scale: number[], offset: number[] }} packed
 */
export function unpackArray({ kind, shape, data, scale, offset }) {
  const stored = unpack(data, kind);
  if (stored instanceof Float32Array) return { shape, values: stored };
  const values = new Float32Array(stored.length);
  const run = stored.length / scale.length; // one scale for each entry of the first axis
  for (let i = 0; i < values.length; i += 1) {
    const part = Math.floor(i / run);
    values[i] = offset[part] + scale[part] * stored[i];
  }
  return { shape, values };
}
