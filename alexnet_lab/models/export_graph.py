"""An ONNX graph while it is built: nodes, stored tensors, switches; `export_layers` fills it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

INT8_LARGEST = 127


class Graph:
    """Nodes, stored tensors and switches, as they are added.

    Parameters
    ----------
    onnx : module
        The `onnx` package.
    weights : str
        How weights are stored: "int8", "float16" or "float32".
    with_switches : bool
        Whether layers get the inputs that `export_onnx` describes.
    """

    def __init__(self, onnx: Any, weights: str, with_switches: bool) -> None:
        self._onnx = onnx
        self.weights = weights
        self.with_switches = with_switches
        self.nodes: list[Any] = []
        self.stored: dict[str, np.ndarray] = {}
        self.initializers: list[Any] = []
        self.switches: dict[str, tuple[int, ...]] = {}

    def node(self, kind: str, inputs: list[str], output: str, *more: str, **attributes: Any) -> str:
        """Add a node, `more` the names of its further outputs; return the name of its output."""
        outputs = [output, *more]
        made = self._onnx.helper.make_node(kind, inputs, outputs, name=output, **attributes)
        self.nodes.append(made)
        return output

    def more_of(self, pool: str) -> tuple[str, ...]:
        """Return the names of what is wanted of a max-pooling beside its values: nothing."""
        return ()

    def store(self, name: str, values: Any) -> str:
        """Store an array as it is; return its name."""
        array = self.stored[name] = np.ascontiguousarray(values)
        self.initializers.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def scalars(self, name: str, *values: float) -> str:
        """Store a few float32 numbers."""
        return self.store(name, np.array(values, dtype=np.float32))

    def switch(self, name: str, *shape: int) -> str:
        """Add an input beside the image."""
        self.switches[name] = shape
        return name

    def along(self, value: str, name: str, *shape: int) -> str:
        """Lay a vector along one axis of a shape, such as (1, −1, 1, 1)."""
        # No number of the network's: it is not among those that `stored` lists.
        wanted = self._onnx.numpy_helper.from_array(np.array(shape, np.int64), f"{name}.shape")
        self.initializers.append(wanted)
        return self.node("Reshape", [value, f"{name}.shape"], name)

    def weight(self, name: str, values: Tensor) -> str:
        """Store a weight small; return the name under which it is float32."""
        full = values.detach().float().cpu()
        if self.weights == "float32":
            return self.store(name, full.numpy())
        # Cast and Mul, and no DequantizeLinear: runtimes keep the latter for their integer kernels
        # and would run it for every image instead of once.
        if self.weights == "float16":
            return self._cast(self.store(f"{name}.f16", full.half().numpy()), name)
        whole, scale = as_int8(full)
        self.store(f"{name}.int8", whole.numpy())
        self.store(f"{name}.scale", scale.numpy())
        cast = self._cast(f"{name}.int8", f"{name}.whole")
        return self.node("Mul", [cast, f"{name}.scale"], name)

    def _cast(self, stored: str, name: str) -> str:
        return self.node("Cast", [stored], name, to=self._onnx.TensorProto.FLOAT)


def as_int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Round a weight to whole numbers in −127…127, each output channel with its own scale.

    Parameters
    ----------
    weight : torch.Tensor
        float32, (K, …): output channels first.

    Returns
    -------
    tuple of torch.Tensor
        int8 of the same shape, and float32 (K, 1, …): ``whole * scale`` is the weight to within
        half a scale. A channel of zeros has the scale 1.
    """
    largest = weight.flatten(1).abs().amax(1)
    scale = torch.where(largest > 0, largest / INT8_LARGEST, torch.ones_like(largest))
    scale = scale.view(-1, *[1] * (weight.ndim - 1))
    return (weight / scale).round().clamp(-INT8_LARGEST, INT8_LARGEST).to(torch.int8), scale
