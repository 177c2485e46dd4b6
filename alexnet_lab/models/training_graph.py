"""An ONNX graph whose weights can be trained, while it is built; `step_layers` fills it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .export_graph import Graph

GRADIENT = ".gradient"  # of a parameter, after its name


class TrainingGraph(Graph):
    """A graph whose weights come in as inputs, so that they can be trained.

    Parameters
    ----------
    onnx : module
        The `onnx` package.
    parameters : dict of str to tuple of int
        Names and shapes of the weights and biases.
    training : bool
        Whether poolings return their indices and dropout takes a mask.
    """

    def __init__(self, onnx: Any, parameters: dict[str, tuple[int, ...]], training: bool) -> None:
        super().__init__(onnx, "float32", with_switches=False)
        self.parameters, self.training = parameters, training
        self.masks: dict[str, tuple[int, ...]] = {}

    def store(self, name: str, values: Any) -> str:
        """Store an array, once, and no weight: those are inputs."""
        if name in self.parameters or name in self.stored:
            return name
        return super().store(name, values)

    def whole(self, *numbers: int) -> str:
        """Store whole numbers: axes, ends of slices, shapes."""
        name = f"whole.{'.'.join(map(str, numbers))}"
        return self.store(name, np.array(numbers, dtype=np.int64))

    def number(self, value: float) -> str:
        """Store one float32 number."""
        return self.store(f"number.{value!r}", np.float32(value))

    def more_of(self, pool: str) -> tuple[str, ...]:
        """Return the indices' name: the way back needs them."""
        return (f"{pool}.indices",) if self.training else ()
