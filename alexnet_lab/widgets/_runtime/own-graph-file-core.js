// An ONNX file as it is written in the page: nodes, switches, and tensors whose numbers stay beside it.
// The fields' numbers are those of onnx.proto (github.com/onnx/onnx).
import { PbfWriter } from "./pbf.js";

/** @typedef {{ path: string, data: Uint8Array }} Beside */

const [FLOAT, INT64] = [1, 7];
const [OPSET, IR_VERSION] = [17, 8];

/** Nodes, stored tensors and switches, as they are added. */
export class Graph {
  constructor() {
    /** @type {{ kind: string, inputs: string[], output: string, attributes: State }[]} */
    this.nodes = [];
    /** @type {{ name: string, shape: number[], type: number, data: Uint8Array }[]} */
    this.stored = [];
    /** @type {Beside[]} */
    this.beside = [];
    /** @type {Record<string, number[]>} */
    this.switches = {};
  }

  /** @param {string} kind @param {string[]} inputs @param {string} output @param {State} [attributes] */
  node(kind, inputs, output, attributes = {}) {
    this.nodes.push({ kind, inputs, output, attributes });
    return output;
  }

  /** Numbers that lie beside the graph. @param {string} name @param {Float32Array} values @param {number[]} shape */
  floats(name, values, shape) {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.stored.push({ name, shape, type: FLOAT, data });
    this.beside.push({ path: name, data });
    return name;
  }

  /** A shape, which the runtime must know before it runs. @param {string} name @param {number[]} values */
  shape(name, values) {
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.stored.push({ name, shape: [values.length], type: INT64, data });
    return name;
  }

  /** An input beside the image. @param {string} name @param {number[]} shape */
  switch(name, shape) {
    this.switches[name] = shape;
    return name;
  }

  /** A vector along one axis. @param {string} value @param {string} name @param {number[]} shape */
  along(value, name, shape) {
    return this.node("Reshape", [value, this.shape(`${name}.shape`, shape)], name);
  }

  /** @param {number} side @param {string[]} outputs */
  file(side, outputs) {
    const pbf = new PbfWriter();
    pbf.writeVarintField(1, IR_VERSION);
    pbf.writeStringField(2, "alexnet-lab");
    pbf.writeMessage(
      7,
      (/** @type {any} */ _, /** @type {any} */ own) => {
        for (const node of this.nodes) own.writeMessage(1, writeNode, node);
        own.writeStringField(2, "alexnet_lab");
        for (const tensor of this.stored) own.writeMessage(5, writeTensor, tensor);
        own.writeMessage(11, writeInfo, { name: "input", shape: [1, 3, side, side] });
        for (const [name, shape] of Object.entries(this.switches))
          own.writeMessage(11, writeInfo, { name, shape });
        for (const name of outputs) own.writeMessage(12, writeInfo, { name, shape: null });
      },
      null,
    );
    pbf.writeMessage(
      8,
      (/** @type {any} */ _, /** @type {any} */ own) => own.writeVarintField(2, OPSET),
      null,
    );
    return pbf.finish();
  }
}

/** @param {any} node @param {any} pbf */
function writeNode({ kind, inputs, output, attributes }, pbf) {
  for (const input of inputs) pbf.writeStringField(1, input);
  pbf.writeStringField(2, output);
  pbf.writeStringField(3, output);
  pbf.writeStringField(4, kind);
  for (const [name, value] of Object.entries(attributes))
    pbf.writeMessage(5, writeAttribute, { name, value });
}

/** Float where the name says so, else whole numbers. @param {any} attribute @param {any} pbf */
function writeAttribute({ name, value }, pbf) {
  const [real, whole, wholes] = [1, 2, 7]; // AttributeProto.AttributeType
  pbf.writeStringField(1, name);
  if (name === "epsilon") {
    pbf.writeFloatField(2, value);
    pbf.writeVarintField(20, real);
  } else if (Array.isArray(value)) {
    for (const one of value) pbf.writeVarintField(8, one);
    pbf.writeVarintField(20, wholes);
  } else {
    pbf.writeVarintField(3, value);
    pbf.writeVarintField(20, whole);
  }
}

/** @param {any} tensor @param {any} pbf */
function writeTensor({ name, shape, type, data }, pbf) {
  for (const count of shape) pbf.writeVarintField(1, count);
  pbf.writeVarintField(2, type);
  pbf.writeStringField(8, name);
  if (type === INT64) {
    pbf.writeBytesField(9, data);
    return;
  }
  for (const pair of [
    ["location", name],
    ["offset", "0"],
    ["length", String(data.length)],
  ])
    pbf.writeMessage(13, writePair, pair);
  pbf.writeVarintField(14, 1);
}

/** @param {string[]} pair @param {any} pbf */
function writePair([key, value], pbf) {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

/** @param {{ name: string, shape: number[] | null }} info @param {any} pbf */
function writeInfo({ name, shape }, pbf) {
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, writeType, shape);
}

/** @param {number[] | null} shape @param {any} pbf */
function writeType(shape, pbf) {
  pbf.writeMessage(1, writeTensorType, shape);
}

/** @param {number[] | null} shape @param {any} pbf */
function writeTensorType(shape, pbf) {
  pbf.writeVarintField(1, FLOAT);
  if (shape) pbf.writeMessage(2, writeShape, shape);
}

/** @param {number[]} shape @param {any} pbf */
function writeShape(shape, pbf) {
  for (const count of shape) pbf.writeMessage(1, writeDimension, count);
}

/** @param {number} count @param {any} pbf */
function writeDimension(count, pbf) {
  pbf.writeVarintField(1, count);
}
