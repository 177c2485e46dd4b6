// An ONNX file: its nodes in order, its stored tensors, and what it says of itself. The fields' numbers
// are those of onnx.proto (github.com/onnx/onnx).
import { Failure } from "./fetching.js";
import { TYPES, described } from "./own-file-core.js";
import { PbfReader } from "./pbf.js";

/** @typedef {import("./own-file-core.js").Tensor} Tensor */
/** @typedef {Record<string, any>} Attributes */
/** @typedef {{ op: string, inputs: string[], outputs: string[], name: string, attributes: Attributes }} Node */
/** @typedef {{ nodes: Node[], inputs: { name: string, shape: number[] }[], outputs: string[] }} Graph */

/** Types of stored tensors by their number. @type {Record<number, string>} */
const KINDS = { 1: "F32", 3: "I8", 6: "I32", 7: "I64", 10: "F16", 11: "F64", 16: "BF16" };

/**
 * Read an ONNX file. Tensors that lie in a file beside it are taken from `beside`, by its name.
 * @param {Uint8Array} bytes
 * @param {Map<string, Uint8Array>} beside
 * @returns {import("./own-file-core.js").Held & { graph: Graph }}
 */
export function readOnnx(bytes, beside) {
  const model = { metadata: new Map(), graph: /** @type {any} */ (null) };
  try {
    new PbfReader(bytes).readFields(
      (/** @type {number} */ tag, /** @type {any} */ _, /** @type {any} */ pbf) => {
        if (tag === 7)
          model.graph = within(pbf, readGraph, { nodes: [], stored: [], inputs: [], outputs: [] });
        else if (tag === 14) {
          const { key, value } = within(pbf, readPair, { key: "", value: "" });
          model.metadata.set(key, value);
        }
      },
      model,
    );
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("is no ONNX file, or damaged or cut off");
  }
  if (!model.graph?.nodes.length) throw new Failure("is no ONNX file, or damaged or cut off");
  const tensors = new Map();
  const add = (/** @type {any} */ stored, /** @type {string} */ name) =>
    tensors.set(name, tensorOf(stored, name, beside));
  for (const stored of model.graph.stored) add(stored, stored.name);
  for (const { op, outputs, attributes } of model.graph.nodes)
    if (op === "Constant" && attributes.value) add(attributes.value, outputs[0]);
  const inputs = model.graph.inputs.filter(
    (/** @type {{ name: string }} */ one) => !tensors.has(one.name),
  );
  const graph = { ...model.graph, inputs };
  return { tensors, about: described(model.metadata.get("about")), graph };
}

/**
 * A message inside another; pbf itself lets a message that is cut off pass for its beginning.
 * @template T
 * @param {any} pbf
 * @param {(tag: number, made: T, pbf: any) => void} read
 * @param {T} made
 * @returns {T}
 */
function within(pbf, read, made) {
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw new RangeError("cut off");
  return pbf.readFields(read, made, end);
}

/** @param {any} pbf */
function bytesOf(pbf) {
  const found = pbf.readBytes();
  if (pbf.pos > pbf.length) throw new RangeError("cut off");
  return found;
}

/** @param {number} tag @param {any} made @param {any} pbf */
function readGraph(tag, made, pbf) {
  if (tag === 1)
    made.nodes.push(
      within(pbf, readNode, { op: "", name: "", inputs: [], outputs: [], attributes: {} }),
    );
  else if (tag === 5) made.stored.push(within(pbf, readTensor, emptyTensor()));
  else if (tag === 11) made.inputs.push(within(pbf, readInfo, { name: "", shape: [] }));
  else if (tag === 12) made.outputs.push(within(pbf, readInfo, { name: "", shape: [] }).name);
}

/** @param {number} tag @param {any} made @param {any} pbf */
function readNode(tag, made, pbf) {
  if (tag === 1) made.inputs.push(pbf.readString());
  else if (tag === 2) made.outputs.push(pbf.readString());
  else if (tag === 3) made.name = pbf.readString();
  else if (tag === 4) made.op = pbf.readString();
  else if (tag === 5) {
    const { name, value } = within(pbf, readAttribute, { name: "", value: null });
    made.attributes[name] = value;
  }
}

/** @param {number} tag @param {any} made @param {any} pbf */
function readAttribute(tag, made, pbf) {
  if (tag === 1) made.name = pbf.readString();
  else if (tag === 2) made.value = pbf.readFloat();
  else if (tag === 3) made.value = pbf.readVarint(true);
  else if (tag === 4) made.value = new TextDecoder().decode(bytesOf(pbf));
  else if (tag === 5) made.value = within(pbf, readTensor, emptyTensor());
  else if (tag === 7) made.value = pbf.readPackedFloat(made.value ?? []);
  else if (tag === 8) made.value = pbf.readPackedVarint(made.value ?? [], true);
}

const emptyTensor = () => ({
  name: "",
  dims: [],
  type: 0,
  raw: null,
  numbers: [],
  external: new Map(),
  elsewhere: false,
});

/** @param {number} tag @param {any} made @param {any} pbf */
function readTensor(tag, made, pbf) {
  if (tag === 1) pbf.readPackedVarint(made.dims, true);
  else if (tag === 2) made.type = pbf.readVarint();
  else if (tag === 4) pbf.readPackedFloat(made.numbers);
  else if (tag === 5 || tag === 7) pbf.readPackedVarint(made.numbers, true);
  else if (tag === 10) pbf.readPackedDouble(made.numbers);
  else if (tag === 8) made.name = pbf.readString();
  else if (tag === 9) made.raw = bytesOf(pbf);
  else if (tag === 13) {
    const { key, value } = within(pbf, readPair, { key: "", value: "" });
    made.external.set(key, value);
  } else if (tag === 14) made.elsewhere = pbf.readVarint() === 1;
}

/** @param {number} tag @param {any} made @param {any} pbf */
function readPair(tag, made, pbf) {
  if (tag === 1) made.key = pbf.readString();
  else if (tag === 2) made.value = pbf.readString();
}

/** ValueInfoProto → TypeProto → its tensor → shape → dimensions. @param {number} tag @param {any} made @param {any} pbf */
function readInfo(tag, made, pbf) {
  if (tag === 1) made.name = pbf.readString();
  else if (tag === 2) within(pbf, readType, made.shape);
}

/** @param {number} tag @param {number[]} shape @param {any} pbf */
function readType(tag, shape, pbf) {
  if (tag === 1) within(pbf, readTensorType, shape);
}

/** @param {number} tag @param {number[]} shape @param {any} pbf */
function readTensorType(tag, shape, pbf) {
  if (tag === 2) within(pbf, readShape, shape);
}

/** @param {number} tag @param {number[]} shape @param {any} pbf */
function readShape(tag, shape, pbf) {
  if (tag !== 1) return;
  const { value } = within(pbf, readDimension, { value: 0 }); // 0: any
  shape.push(value);
}

/** @param {number} tag @param {{ value: number }} made @param {any} pbf */
function readDimension(tag, made, pbf) {
  if (tag === 1) made.value = pbf.readVarint(true);
}

/**
 * @param {any} stored
 * @param {string} name
 * @param {Map<string, Uint8Array>} beside
 * @returns {Tensor}
 */
function tensorOf(stored, name, beside) {
  const { dims, type, numbers, external } = stored;
  const kind = TYPES[KINDS[type]];
  const count = dims.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
  let { raw } = stored;
  if (stored.elsewhere) {
    const location = external.get("location") ?? "";
    const file = beside.get(location);
    if (!file) throw new Failure(`keeps its weights in “${location}”: choose both files at once`);
    const from = Number(external.get("offset") ?? 0);
    raw = file.subarray(from, from + Number(external.get("length") ?? file.length - from));
  }
  if (!kind) {
    // Text, truths and the like: no weights, and nobody reads them unless the graph asks.
    const values = () => {
      throw new Failure(`holds “${name}” in a type that is not known here`);
    };
    return { name, shape: dims, whole: true, values };
  }
  if (raw ? raw.length !== count * kind.bytes : numbers.length !== count)
    throw new Failure(`is damaged: “${name}” has another size than the file says`);
  const values = () =>
    raw ? kind.read(raw) : Float32Array.from(numbers, type === 10 ? halfOf : Number);
  return { name, shape: dims, whole: kind.whole, values };
}

/** @param {number} bits */
const halfOf = (bits) => TYPES.F16.read(new Uint8Array(Uint16Array.of(bits).buffer))[0];
