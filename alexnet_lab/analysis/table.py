"""Measure a network layer by layer: shapes, parameters, work, memory, receptive fields."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ._context import evaluating, home, hooked
from .geometry import ONE_PIXEL, Pair, ReceptiveField, Window, window
from .layers import friendly_names, kind, named_layers
from .rows import LayerRow, Shape
from .table_text import LayerTable

InputSize = int | tuple[int, ...] | None

# Operations that a forward method may apply between two modules without moving anything in space.
_POINTWISE_NODES = ("Relu", "Threshold", "Tanh", "Sigmoid", "View", "Reshape", "Alias", "Clone")


def input_shape(model: nn.Module, input_size: InputSize = None) -> Shape:
    """Return the shape of one input of `model`, without the batch axis.

    Parameters
    ----------
    model : torch.nn.Module
        Its first layer with weights tells the number of channels (or of features).
    input_size : int or tuple of int, optional
        Side in pixels, (rows, columns), or the whole shape (channels, rows, columns). Default: the
        model's own ``input_size``, else 224.
    """
    if input_size is None:
        input_size = getattr(model, "input_size", 224)
    size = (input_size, input_size) if isinstance(input_size, int) else tuple(input_size)
    if len(size) == 3 or len(size) == 1:
        return size
    for module in named_layers(model).values():
        if isinstance(module, nn.Linear):
            return (module.in_features,)
        if kind(module) == "conv":
            return (module.in_channels, *size)
    return (3, *size)


def layer_table(model: nn.Module, input_size: InputSize = None) -> LayerTable:
    """Measure every layer of `model` by running it once on an image of zeros.

    Parameters
    ----------
    model : torch.nn.Module
        Any network of convolution, pooling, normalisation, activation, dropout and fully connected
        layers. It runs in eval mode and is left as it was.
    input_size : int or tuple of int, optional
        Side in pixels, (rows, columns) or (channels, rows, columns). Default: the model's own
        ``input_size``, else 224.

    Returns
    -------
    LayerTable
        One row a layer, in the order in which they ran.

    Raises
    ------
    UserError
        When the model cannot take an input of this size.

    Notes
    -----
    For the network of 2012 the totals are 60,965,224 parameters and 724,406,816 MACs. Receptive
    fields are followed through the network by arithmetic: through modules, views and point-wise
    functions; after anything else (an addition, a concatenation) they are not known, and None.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> table = al.layer_table(net)
    >>> table["conv1"].macs, table["conv1"].shape_out
    (4915200, (64, 32, 32))
    """
    shape = input_shape(model, input_size)
    device, dtype = home(model)
    probe = _Probe(model)
    # The graph that autograd records tells which layer's output reached which layer's input. The
    # clone is no leaf, so that a first layer may work in place.
    with evaluating(model), torch.enable_grad():
        x = torch.zeros(1, *shape, device=device, dtype=dtype, requires_grad=True).clone()
        probe.start(x)
        with hooked(probe.names, after=probe.after, before=probe.before):
            try:
                model(x)
            except RuntimeError as error:
                raise UserError(
                    f"{type(model).__name__} cannot take an input of {_times(shape)}: "
                    f"{str(error).splitlines()[0]}; give input_size="
                ) from error
    return LayerTable(tuple(probe.rows), shape, type(model).__name__)


def _times(shape: Shape) -> str:
    return "×".join(str(n) for n in shape)


class _Probe:
    """Collects a row from each layer that runs."""

    def __init__(self, model: nn.Module) -> None:
        paths = dict(model.named_modules())
        self.names = {
            # A model that is itself one layer has the empty path.
            paths.get(path, model): name
            for path, name in friendly_names(model).items()
        }
        self.rows: list[LayerRow] = []
        self.calls: dict[nn.Module, int] = {}
        self.inputs: list[tuple[Shape, Any]] = []
        # What is known of a tensor, by its node in autograd's graph: the field of its units, and
        # how many rows and columns of them there are (kept when it is flattened).
        self.known: dict[Any, tuple[ReceptiveField, Pair]] = {}

    def start(self, x: Tensor) -> None:
        if x.dim() == 4:
            self.known[x.grad_fn] = (ONE_PIXEL, _space(tuple(x.shape[1:])))

    def before(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        # Taken before the layer runs: a layer that works in place changes its input's node.
        self.inputs.append((tuple(inputs[0].shape[1:]), self._look_up(inputs[0].grad_fn)))

    def _look_up(self, node: Any) -> tuple[ReceptiveField, Pair] | None:
        while node is not None and node not in self.known:
            if not node.name().startswith(_POINTWISE_NODES):
                return None
            node = node.next_functions[0][0]
        return self.known.get(node)

    def after(self, module: nn.Module, _inputs: tuple[Any, ...], output: Any) -> None:
        shape_in, place = self.inputs.pop()
        if not isinstance(output, Tensor):
            return
        shape_out = tuple(output.shape[1:])
        moves = None
        if len(shape_in) == 3 and len(shape_out) == 3:
            moves = window(module, _space(shape_in), _space(shape_out))
        receptive_field = _follow(module, moves, place, shape_in == shape_out)
        if receptive_field is not None and output.grad_fn is not None:
            assert place is not None
            # A flattened map keeps the rows and columns that it had.
            units = _space(shape_out) if len(shape_out) == 3 else place[1]
            units = (1, 1) if isinstance(module, nn.Linear) else units
            self.known[output.grad_fn] = (receptive_field, units)
        self.rows.append(self._row(module, shape_in, shape_out, moves, receptive_field))

    def _row(
        self,
        module: nn.Module,
        shape_in: Shape,
        shape_out: Shape,
        moves: Window | None,
        receptive_field: ReceptiveField | None,
    ) -> LayerRow:
        call = self.calls[module] = self.calls.get(module, 0) + 1
        biases = sum(p.numel() for n, p in module.named_parameters() if n.endswith("bias"))
        weights = sum(p.numel() for p in module.parameters()) - biases
        return LayerRow(
            name=self.names[module] + (f" (call {call})" if call > 1 else ""),
            kind=kind(module),
            shape_in=shape_in,
            shape_out=shape_out,
            kernel=None if moves is None else moves.kernel,
            stride=None if moves is None else moves.stride,
            padding=None if moves is None else moves.before,
            padding_after=None if moves is None else moves.after,
            groups=getattr(module, "groups", None) if kind(module) == "conv" else None,
            weights=weights if call == 1 else 0,
            biases=biases if call == 1 else 0,
            macs=_macs(module, shape_in, shape_out),
            activation_bytes=4 * math.prod(shape_out),
            receptive_field=receptive_field,
        )


def _space(shape: Shape) -> Pair:
    return shape[1], shape[2]


def _follow(
    module: nn.Module,
    moves: Window | None,
    place: tuple[ReceptiveField, Pair] | None,
    same_shape: bool,
) -> ReceptiveField | None:
    if place is None:
        return None
    receptive_field, units = place
    if moves is not None:
        return receptive_field.through(moves)
    if isinstance(module, nn.Linear):
        return receptive_field.of_all(units)
    if isinstance(module, nn.Flatten):
        return receptive_field
    return receptive_field if same_shape and _is_pointwise(module) else None


def _is_pointwise(module: nn.Module) -> bool:
    """Tell whether a unit depends on no other place than its own (other channels do not matter)."""
    name = type(module).__name__
    return (
        type(module).__module__ == "torch.nn.modules.activation"
        or "Dropout" in name
        or "ResponseNorm" in name
        or "BatchNorm" in name
        or isinstance(module, nn.Identity)
    )


def _macs(module: nn.Module, shape_in: Shape, shape_out: Shape) -> int:
    """Count multiply-accumulates: each weight is used once at every place."""
    if isinstance(module, nn.Linear):
        return module.weight.numel() * math.prod(shape_out[:-1])
    if kind(module) == "conv":
        # The weight's own shape has the groups in it: (out, in / groups, rows, columns).
        places = shape_in if "Transpose" in type(module).__name__ else shape_out
        weight = module.get_parameter("weight")
        return weight.numel() * math.prod(places[1:])
    return 0
