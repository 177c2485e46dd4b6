// Arrays that Python packed (alexnet_lab/widgets/_scaled.py) back to numbers.

const KINDS = { u1: Uint8Array, u2: Uint16Array, f4: Float32Array };

/** { shape, values }: a Float32Array in row-major order. */
export function unpack({ kind, shape, data, scale, offset }) {
  const binary = atob(data);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = binary.charCodeAt(i);
  // Written little-endian; every browser's typed arrays are.
  const stored = new KINDS[kind](bytes.buffer);
  if (kind === "f4") return { shape, values: stored };
  const values = new Float32Array(stored.length);
  const run = stored.length / scale.length; // one scale for each entry of the first axis
  for (let i = 0; i < values.length; i += 1) {
    const part = Math.floor(i / run);
    values[i] = offset[part] + scale[part] * stored[i];
  }
  return { shape, values };
}
