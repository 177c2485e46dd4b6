"""A trained network as an ONNX file: every layer's output by name, weights stored small.

The graph is written layer by layer with the `onnx` package's helpers, so it is the same whatever
torch made the network. Weights are stored as int8 (with one scale an output channel) or float16 and
made float32 by the file itself: a runtime does that once, when it opens the file, and computes in
float32. `export_graph` writes single layers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from .. import __version__
from ..errors import UserError
from .chain import Entry, describe_layers, in_order
from .export_graph import Graph
from .export_layers import append

if TYPE_CHECKING:
    from types import ModuleType

STORED = ("int8", "float16", "float32")
INPUT, LOGITS, PROBABILITIES = "input", "logits", "probabilities"
OPSET, IR_VERSION = 17, 8  # of 2022: read by everything in use


class Stored(NamedTuple):
    """A tensor in a file: first byte, type as NumPy spells it (``"<f4"``), and shape."""

    offset: int
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class OnnxNetwork:
    """An exported network.

    Attributes
    ----------
    data : bytes
        The file. The same network gives the same bytes.
    layers : tuple of str
        Names of the outputs, in order; ``logits`` and ``probabilities`` come after them.
    switches : dict of str to tuple of int
        Names and shapes of further inputs; {} without `switches`.
    stored : dict of str to Stored
        Where in the file the numbers of each stored tensor lie, for who wants to look at them
        without reading the format: ``conv1.weight.int8``, ``conv1.weight.scale``, ``conv1.bias``.
    about : dict
        What the file says about itself: "classes", "layers" (`chain.describe_layers`, by the names
        in the file), and "preprocess" and "model" if the network says them.
    """

    data: bytes
    layers: tuple[str, ...]
    switches: dict[str, tuple[int, ...]]
    stored: dict[str, Stored]
    about: dict[str, Any]

    def __repr__(self) -> str:
        more = f", {len(self.switches)} switches" if self.switches else ""
        return f"OnnxNetwork({len(self.layers)} layers{more}, {len(self.data):,} bytes)"


def export_onnx(
    model: nn.Module,
    *,
    weights: str = "int8",
    switches: bool = False,
    names: Mapping[str, str] | None = None,
    input_size: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> OnnxNetwork:
    """Write a network as ONNX.

    Parameters
    ----------
    model : torch.nn.Module
        One of `alexnet_lab.models`, or any ``nn.Sequential`` of layers of the same kinds. What it
        does in eval mode is exported; the network itself is left as it is.
    weights : {"int8", "float16", "float32"}
        How weights of convolutions and fully connected layers are stored. Biases and whatever else
        there is are float32.
    switches : bool
        Whether the file takes more inputs, with which parts can be switched off:

        - ``conv1.keep`` (C,): factor of each map of a convolution, or unit of a fully connected
          layer; 1 leaves it, 0 silences it;
        - ``conv1.into`` (C,) and ``conv1.out_of`` (inputs of one kernel,): an edge is cut where
          both its ends are 0; 1 leaves all;
        - ``relu1.slope`` (1,): slope below zero, 0 to 1; 0 is ReLU, 1 switches it off;
        - ``norm1.inhibit`` (1,): factor of the neighbours' energy in a response norm; with 0 every
          map is divided by k^β alone;
        - ``norm1.divide`` (1,): 1 divides, 0 passes the maps on as they are.
    names : mapping, optional
        From dotted paths (``features.0``) to the outputs' names; default: the last part of the
        path, which is ``conv1`` and so on in our own networks.
    input_size : int, optional
        Side of the input in pixels; by default what the network says, else 224.
    about : mapping, optional
        What the file says beside that: wins over what the network says of itself.

    Returns
    -------
    OnnxNetwork
        Input ``input``, float32 (N, 3, side, side), as ``model.preprocess`` makes it; outputs: one
        a layer under its name, then ``logits`` and ``probabilities``, unless the network is a stack
        of convolutional layers whose ``classes`` are ().

    Raises
    ------
    UserError
        When `weights` is unknown, a layer has no counterpart here, or the `onnx` package is not
        installed.
    """
    if weights not in STORED:
        raise UserError(f"unknown weights {weights!r}; known: {', '.join(STORED)}")
    onnx = onnx_package()
    side = int(input_size or getattr(model, "input_size", 224))  # type: ignore[arg-type]
    graph = Graph(onnx, weights, switches)
    shapes: dict[str, tuple[int, ...]] = {}
    value, x = INPUT, torch.zeros(1, 3, side, side)
    with torch.no_grad():
        for path, layer in in_order(model):
            name = (names or {}).get(path, path.rpartition(".")[2])
            if name in shapes:
                raise UserError(f"two layers are called {name!r}; give each a name by names=")
            before, x = x, evaluated(layer, x)
            value = append(graph, name, layer, value, before)
            shapes[name] = tuple(x.shape[1:])
    outputs = dict(shapes)
    if x.ndim == 2:
        graph.node("Identity", [value], LOGITS)
        graph.node("Softmax", [LOGITS], PROBABILITIES, axis=1)
        outputs |= {LOGITS: tuple(x.shape[1:]), PROBABILITIES: tuple(x.shape[1:])}
    elif getattr(model, "classes", None) != ():  # a stack that says that it has none may end so
        raise UserError(f"the network ends in maps of shape {tuple(x.shape[1:])}, not in logits")
    said = _about(model) | dict(about or {}) | {"layers": _layers(model, names, side)}
    data = _file(onnx, graph, (3, side, side), outputs, said)
    return OnnxNetwork(data, tuple(shapes), dict(graph.switches), _places(data, graph), said)


def onnx_package() -> ModuleType:
    """Import `onnx`, or say in one line how to get it."""
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise UserError(
            'writing ONNX needs the onnx package: pip install "alexnet-lab[export]"'
        ) from error
    return onnx


def evaluated(layer: nn.Module, x: Tensor) -> Tensor:
    """Return a layer's output in eval mode; its mode is left as it was."""
    # In-place ReLUs get a copy.
    training = layer.training
    layer.eval()
    try:
        parameter = next(layer.parameters(), None)
        return layer(x.clone() if parameter is None else x.to(parameter)).float().cpu()
    except RuntimeError as error:
        raise UserError(f"{type(layer).__name__} does not fit: {error}") from error
    finally:
        layer.train(training)


def _places(data: bytes, graph: Graph) -> dict[str, Stored]:
    """Find each stored tensor's numbers in the file: they stand there as they are in memory."""
    places: dict[str, Stored] = {}
    start = 0
    for name, array in graph.stored.items():
        start = data.index(array.tobytes(), start)  # in the order in which they were added
        places[name] = Stored(start, array.dtype.newbyteorder("<").str, array.shape)
        start += array.nbytes
    return places


#: How the file calls what a state dict calls otherwise.
_STORED_AS = {"running_mean": "mean", "running_var": "var"}


def _layers(model: nn.Module, names: Mapping[str, str] | None, side: int) -> list[Entry]:
    found = describe_layers(model, names=names, input_size=side)
    for entry in found:
        if "tensors" in entry:
            own = {
                part: f"{entry['name']}.{_STORED_AS.get(part, part)}" for part in entry["tensors"]
            }
            entry["parameters"], entry["tensors"] = entry["tensors"], own
    return found


def _about(model: nn.Module) -> dict[str, Any]:
    about: dict[str, Any] = {"classes": list(getattr(model, "classes", ()))}
    how = getattr(model, "preprocess", None)
    if how is not None:
        about["preprocess"] = {
            "mean": list(how.mean),
            "std": list(how.std) if how.std else None,
            "size": how.size,
            "resize": how.resize,
        }
    return about


def _file(
    onnx: Any,
    graph: Graph,
    shape_in: tuple[int, ...],
    outputs: dict[str, tuple[int, ...]],
    about: dict[str, Any],
) -> bytes:
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(INPUT, floats, ["N", *shape_in])]
    for name, shape in graph.switches.items():
        inputs.append(helper.make_tensor_value_info(name, floats, list(shape)))
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "alexnet_lab",
            inputs,
            [helper.make_tensor_value_info(n, floats, ["N", *s]) for n, s in outputs.items()],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="alexnet-lab",
        producer_version=__version__,
        ir_version=IR_VERSION,
    )
    helper.set_model_props(made, {"about": json.dumps(about, sort_keys=True)})
    onnx.checker.check_model(made)
    return made.SerializeToString(deterministic=True)
