// A file of weights that a reader opened: which kind it is, and the tensors in a safetensors file.
// Bytes in, numbers out, no page; whatever is wrong with a file is one sentence.
import { Failure } from "./fetching.js";

/**
 * A tensor in a file; `values` are made float32 when they are asked for.
 * @typedef {{ name: string, shape: number[], whole: boolean, values: () => Float32Array }} Tensor
 */
/**
 * What a file holds: tensors, and what it says of itself (`about`, as `alexnet_lab.export` writes it).
 * @typedef {{ tensors: Map<string, Tensor>, about: State, graph?: import("./own-onnx-core.js").Graph }} Held
 */

export const LARGEST = 600e6; // of a file; AlexNet's weights are 244 MB
export const WAY_OUT =
  "In a notebook, alexnet_lab.export(network, “mine.safetensors”) writes a file that opens here.";
const MOST_HEADER = 8e6;

/** How files begin that people take for weights, and what to do instead. @type {[number[], string][]} */
const OTHERS = [
  [
    [0x50, 0x4b],
    `is a zip archive, as torch.save writes: it may hold programs, which a page does not run. ` +
      `In a notebook: alexnet_lab.export(alexnet_lab.load_pretrained(“it.pth”), “it.safetensors”)`,
  ],
  [[0x80], `is a Python pickle, which may hold programs. ${WAY_OUT}`],
  [[0x89, 0x50, 0x4e, 0x47], "is a picture; open it as a photograph"],
  [[0xff, 0xd8], "is a picture; open it as a photograph"],
  [[0x89, 0x48, 0x44, 0x46], `is HDF5, as Keras writes it. ${WAY_OUT}`],
  [[0x93, 0x4e, 0x55, 0x4d], `is a NumPy array. ${WAY_OUT}`],
  [[0x1f, 0x8b], "is compressed by gzip; unpack it first"],
  [[0x3c], "is a web page: the download went wrong"],
  [[0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e], "is a pointer of Git LFS; fetch it by git lfs pull"],
];

/**
 * Say in a sentence what is wrong with a file before it is read; null when nothing is.
 * @param {{ name: string, size: number }} file
 */
export function refused({ name, size }) {
  if (!size) return `“${name}” is empty.`;
  if (size > LARGEST)
    return `“${name}” has ${Math.round(size / 1e6)} MB; at most ${LARGEST / 1e6} MB can be opened.`;
  return null;
}

/**
 * Tell the kind of a file by its first bytes.
 * @param {Uint8Array} bytes
 * @returns {"safetensors" | "onnx"}
 */
export function kindOf(bytes) {
  for (const [start, what] of OTHERS) {
    // Eight bytes of a length come first in safetensors, and may look like anything.
    if (bytes[8] !== 0x7b && start.every((byte, i) => bytes[i] === byte)) throw new Failure(what);
  }
  if (bytes[8] === 0x7b) return "safetensors";
  // A protocol buffer begins with a field's number and type; ONNX with its version, field 1.
  if (bytes[0] === 0x08 && bytes.length > 16) return "onnx";
  throw new Failure(`is neither safetensors nor ONNX. ${WAY_OUT}`);
}

/**
 * Read a safetensors file: eight bytes of a length, a header in JSON, and the numbers.
 * @param {ArrayBuffer} buffer
 * @returns {Held}
 */
export function readSafetensors(buffer) {
  const cut = () => new Failure("is damaged or cut off: its header reaches beyond its end");
  const declared = Number(new DataView(buffer).getBigUint64(0, true));
  if (declared > MOST_HEADER || 8 + declared > buffer.byteLength) throw cut();
  /** @type {State} */
  let header;
  try {
    header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, declared)));
  } catch {
    throw new Failure("is damaged: its header cannot be read");
  }
  const { __metadata__: metadata, ...entries } = header;
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: ends } = entry ?? {};
    if (!Array.isArray(shape) || !Array.isArray(ends))
      throw new Failure("is damaged: its header is no list of tensors");
    const [from, to] = ends.map((/** @type {number} */ end) => 8 + declared + end);
    const kind = TYPES[dtype];
    if (!kind) throw new Failure(`holds “${name}” as ${dtype}; ${known()}`);
    const count = shape.reduce((a, b) => a * b, 1);
    if (!(from >= 8 + declared) || to - from !== count * kind.bytes)
      throw new Failure(`is damaged: “${name}” has another size than its header says`);
    if (to > buffer.byteLength) throw cut();
    const bytes = new Uint8Array(buffer, from, to - from);
    tensors.set(name, { name, shape, whole: kind.whole, values: () => kind.read(bytes) });
  }
  return { tensors, about: described(metadata?.record, "about") };
}

const known = () => "weights may be float32, float16, bfloat16 or float64";

/**
 * What metadata say as JSON; nothing where that is none.
 * @param {unknown} text
 * @param {string} [key]
 * @returns {State}
 */
export function described(text, key) {
  try {
    const found = JSON.parse(String(text ?? "{}"));
    const said = key ? found[key] : found;
    return said && typeof said === "object" ? said : {};
  } catch {
    return {};
  }
}

/** @param {Uint8Array} bytes */
const aligned = ({ buffer, byteOffset, byteLength }) =>
  buffer.slice(byteOffset, byteOffset + byteLength);

/** How numbers lie in a file. @type {Record<string, { bytes: number, whole: boolean, read: (bytes: Uint8Array) => Float32Array }>} */
export const TYPES = {
  F32: { bytes: 4, whole: false, read: (bytes) => new Float32Array(aligned(bytes)) },
  F64: {
    bytes: 8,
    whole: false,
    read: (bytes) => Float32Array.from(new Float64Array(aligned(bytes))),
  },
  F16: {
    bytes: 2,
    whole: false,
    read: (bytes) => Float32Array.from(new Uint16Array(aligned(bytes)), half),
  },
  BF16: {
    bytes: 2,
    whole: false,
    read: (bytes) =>
      new Float32Array(Uint32Array.from(new Uint16Array(aligned(bytes)), (b) => b << 16).buffer),
  },
  I8: { bytes: 1, whole: true, read: (bytes) => Float32Array.from(new Int8Array(aligned(bytes))) },
  I64: {
    bytes: 8,
    whole: true,
    read: (bytes) => Float32Array.from(new BigInt64Array(aligned(bytes)), Number),
  },
  I32: {
    bytes: 4,
    whole: true,
    read: (bytes) => Float32Array.from(new Int32Array(aligned(bytes))),
  },
};

/** A float16 as a number. @param {number} bits */
export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const power = (bits >> 10) & 31;
  const rest = bits & 1023;
  if (power === 31) return rest ? NaN : sign * Infinity;
  return sign * (power ? 2 ** (power - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
}
