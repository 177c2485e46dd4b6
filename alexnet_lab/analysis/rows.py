"""One layer, measured: a row of `layer_table`."""

from __future__ import annotations

from dataclasses import dataclass

from .geometry import Pair, ReceptiveField

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerRow:
    """One layer, measured on one image.

    Attributes
    ----------
    name : str
        Friendly name, as in `named_layers`.
    kind : str
        conv, fc, pool, norm, relu, drop, …
    shape_in, shape_out : tuple of int
        Without the batch axis: (channels, rows, columns) or (features,).
    kernel, stride, padding : tuple of int or None
        Pairs (rows, columns); `padding` counts the top and the left.
    padding_after : tuple of int or None
        Padding at the bottom and the right. It differs from `padding` in the conv1 of 2012, which
        rounds its output size up.
    groups : int or None
        Groups of a convolution; 2 where the layer is split over the two towers.
    weights, biases : int
        Numbers that are learned (and, in a normalisation, its scales and shifts).
    macs : int
        Multiplications with accumulation, of convolutions and fully connected layers. Biases are
        added but not multiplied, so they are not counted.
    activation_bytes : int
        The layer's output as float32.
    receptive_field : ReceptiveField or None
        None where the layer's place in the network is not known, or its units differ.
    """

    name: str
    kind: str
    shape_in: Shape
    shape_out: Shape
    kernel: Pair | None
    stride: Pair | None
    padding: Pair | None
    padding_after: Pair | None
    groups: int | None
    weights: int
    biases: int
    macs: int
    activation_bytes: int
    receptive_field: ReceptiveField | None

    @property
    def parameters(self) -> int:
        """Weights and biases together."""
        return self.weights + self.biases
