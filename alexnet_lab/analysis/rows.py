"""What `layer_table` returns: a row a layer, and their sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import UserError
from .geometry import Pair, ReceptiveField
from .layers import unknown_layer

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


@dataclass(frozen=True, repr=False)
class LayerTable:
    """The rows of `layer_table`, with their sums; it prints as a table.

    ``table["conv1"]`` is the row of that layer, ``table[0]`` the first; a table has a length and
    can be iterated over.
    """

    rows: tuple[LayerRow, ...]
    input_shape: Shape
    model_name: str = field(default="model")

    @property
    def total_parameters(self) -> int:
        """Weights and biases of all layers (a layer that is used twice counts once)."""
        return self.total_weights + self.total_biases

    @property
    def total_weights(self) -> int:
        """Weights of all layers."""
        return sum(row.weights for row in self.rows)

    @property
    def total_biases(self) -> int:
        """Biases of all layers."""
        return sum(row.biases for row in self.rows)

    @property
    def total_macs(self) -> int:
        """Multiply-accumulates for one image."""
        return sum(row.macs for row in self.rows)

    @property
    def total_activation_bytes(self) -> int:
        """Float32 outputs of all layers for one image, as if no layer worked in place."""
        return sum(row.activation_bytes for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[LayerRow]:
        return iter(self.rows)

    def __getitem__(self, layer: str | int) -> LayerRow:
        if isinstance(layer, int):
            return self.rows[layer]
        for row in self.rows:
            if row.name == layer:
                return row
        raise UserError(unknown_layer(layer, [row.name for row in self.rows]))

    def __repr__(self) -> str:
        from .table_text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from .table_text import as_html

        return as_html(self)
