"""Training as ONNX: forward pass, backward pass and update of a small network in one graph.

Runtimes that know inference alone can train with it: weights and velocities go in, and come out as
they are after a step of stochastic gradient descent. `step_layers` writes single layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .. import __version__
from ..errors import UserError
from .chain import in_order
from .export_onnx import IR_VERSION, OPSET, evaluated, onnx_package
from .layers import LocalConv2d
from .step_layers import backward, forward
from .training_graph import GRADIENT, TrainingGraph

IMAGES, TARGETS, LOGITS, LOSS = "images", "targets", "logits", "loss"
VELOCITY, NEXT = ".velocity", ".next"
RATES = ("gradient_rate", "velocity_rate", "bias_gradient_rate", "bias_velocity_rate")
SCALARS = (*RATES, "momentum", "decay")
RULES = ("2012", "torch")


@dataclass(frozen=True, eq=False)
class StepGraph:
    """A network as two ONNX files: one that takes a training step, one that only looks.

    Attributes
    ----------
    step : bytes
        Inputs: ``images`` float32 (N, 3, side, side), ``targets`` (N, classes) with ones at the
        labels, `masks`, `SCALARS`, each parameter under its name and its velocity under
        ``name.velocity``. Outputs: ``loss``, the mean cross-entropy before the step, ``logits``
        (N, classes), and each parameter and velocity after it, ``name.next``.
    look : bytes
        Inputs ``images`` and the parameters; output ``logits``, as in eval mode.
    parameters : dict of str to tuple of int
        Names and shapes, in order. The last layer's first axis is free: one file serves any number
        of classes.
    masks : dict of str to tuple of int
        Factors of the units that dropout acts on, without the batch's axis: 0 for those dropped; 1,
        or 1/(1 − p) with inverted dropout, for the others.
    """

    step: bytes
    look: bytes
    parameters: dict[str, tuple[int, ...]]
    masks: dict[str, tuple[int, ...]]

    def __repr__(self) -> str:
        size = len(self.step) + len(self.look)
        return f"StepGraph({len(self.parameters)} parameters, {size:,} bytes)"


def step_graph(net: nn.Module, *, input_size: int | None = None) -> StepGraph:
    """Write the training of a network as ONNX.

    Parameters
    ----------
    net : torch.nn.Module
        One of `alexnet_lab.models` without batch norm, or an ``nn.Sequential`` of convolutions,
        locally and fully connected layers, ReLU, tanh, sigmoid, pooling, response norm and
        dropout. Its weights do not matter and are left as they are.
    input_size : int, optional
        Side of the input in pixels; by default what the network says, else 32.

    Returns
    -------
    StepGraph
        The same network gives the same bytes.

    Raises
    ------
    UserError
        When a layer has no backward pass here, or the `onnx` package is not installed.

    Notes
    -----
    v ← momentum·v − gradient_rate·(∇ + decay·w); w ← w + velocity_rate·v. Both momentum rules are
    this one, see `rates`. Biases do not decay, as in 2012.

    Examples
    --------
    >>> import torch
    >>> from alexnet_lab.models.step_graph import step_graph
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
    >>> step_graph(net, input_size=2).parameters
    {'1.weight': (3, 12), '1.bias': (3,)}
    """
    onnx = onnx_package()
    side = int(input_size or getattr(net, "input_size", 32))  # type: ignore[arg-type]
    layers = [(path.rpartition(".")[2], layer) for path, layer in in_order(net)]
    names = [name for name, _ in layers]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"two layers are called {min(twice)!r}")
    parameters = {
        f"{name}.{part}": tuple(values.shape)
        for name, layer in layers
        for part, values in layer.named_parameters()
    }
    last = next((name for name, layer in reversed(layers) if isinstance(layer, nn.Linear)), "")
    made = {}
    for training in (True, False):
        graph = TrainingGraph(onnx, parameters, training)
        ways, shape = _forward(graph, layers, side)
        if training:
            masks = dict(graph.masks)
            _backward(graph, ways)
            _update(graph)
        made[training] = _file(onnx, graph, side, last, shape)
    return StepGraph(made[True], made[False], parameters, masks)


def rates(rule: str, lr: float, bias_factor: float = 1.0) -> dict[str, float]:
    """Return the four rates of a momentum rule.

    Parameters
    ----------
    rule : {"2012", "torch"}
        v ← μv − ε(∇ + λw), w ← w + v (paper §5); or v ← μv + ∇ + λw, w ← w − εv, as
        `torch.optim.SGD` has it. They differ once the rate changes. A velocity of torch's stands
        here with the other sign.
    lr : float
        ε.
    bias_factor : float
        The rate of biases over that of weights: 2 in 2012; 0 leaves them as they are.

    Raises
    ------
    UserError
        When the rule is unknown.
    """
    if rule not in RULES:
        raise UserError(f"unknown momentum rule {rule!r}; known: {', '.join(RULES)}")
    each = (lr, bias_factor * lr)
    pairs = [(rate, 1.0) if rule == "2012" else (1.0, rate) for rate in each]
    return dict(zip(RATES, (*pairs[0], *pairs[1]), strict=True))


def is_bias(name: str) -> bool:
    """Whether a parameter is a bias: another rate, and no decay."""
    return name.endswith(".bias")


def _forward(
    graph: TrainingGraph, layers: list[tuple[str, nn.Module]], side: int
) -> tuple[list[Any], tuple[int, ...]]:
    ways: list[Any] = []
    value, x = IMAGES, torch.zeros(1, 3, side, side)
    with torch.no_grad():
        for name, layer in layers:
            before, x = x, _shaped(layer, x)
            out = forward(graph, name, layer, value, before)
            if graph.training:
                trains = bool(list(layer.parameters()))
                ways.append((trains, backward(graph, name, layer, value, before)))
            value = out
    if x.ndim != 2:
        raise UserError(f"the network ends in maps of shape {tuple(x.shape[1:])}, not in logits")
    graph.node("Identity", [value], LOGITS)
    return ways, tuple(x.shape[1:])


def _shaped(layer: nn.Module, x: Tensor) -> Tensor:
    if isinstance(layer, LocalConv2d):
        return torch.zeros(len(x), layer.maps, layer.side, layer.side)
    return evaluated(layer, x)


def _backward(graph: TrainingGraph, ways: list[Any]) -> None:
    logs = graph.node("LogSoftmax", [LOGITS], "logs", axis=1)
    chosen = graph.node("Mul", [logs, TARGETS], "logs.chosen")
    each = graph.node("ReduceSum", [chosen, graph.whole(1)], "logs.each", keepdims=0)
    graph.node("Neg", [graph.node("ReduceMean", [each], "logs.mean", keepdims=0)], LOSS)
    excess = graph.node(
        "Sub", [graph.node("Exp", [logs], "probabilities"), TARGETS], "probabilities.excess"
    )
    images = graph.node("Size", [each], "batch")
    d = graph.node(
        "Div", [excess, graph.node("Cast", [images], "batch.float", to=1)], f"{LOGITS}{GRADIENT}"
    )
    first = next((i for i, (trains, _) in enumerate(ways) if trains), len(ways))
    if first == len(ways):
        raise UserError("the network has nothing to train")
    for i in range(len(ways) - 1, first - 1, -1):
        d = ways[i][1](d, i > first)


def _update(graph: TrainingGraph) -> None:
    for name in graph.parameters:
        v, tag = name + VELOCITY, "bias_" if is_bias(name) else ""
        gradient = name + GRADIENT
        if not is_bias(name):
            decayed = graph.node("Mul", [name, "decay"], f"{name}.decayed")
            gradient = graph.node("Add", [gradient, decayed], f"{name}.pull")
        kept = graph.node("Mul", [v, "momentum"], f"{name}.kept")
        push = graph.node("Mul", [gradient, f"{tag}gradient_rate"], f"{name}.push")
        graph.node("Sub", [kept, push], v + NEXT)
        move = graph.node("Mul", [v + NEXT, f"{tag}velocity_rate"], f"{name}.move")
        graph.node("Add", [name, move], name + NEXT)


def _file(onnx: Any, graph: TrainingGraph, side: int, last: str, shape: tuple[int, ...]) -> bytes:
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT

    def info(name: str, dims: Any) -> Any:
        return helper.make_tensor_value_info(name, floats, list(dims))

    def free(name: str, dims: tuple[int, ...]) -> list[Any]:
        return ["classes", *dims[1:]] if name.rpartition(".")[0] == last else list(dims)

    weights = [(name, free(name, dims)) for name, dims in graph.parameters.items()]
    inputs = [info(IMAGES, ["N", 3, side, side])]
    outputs = [info(LOGITS, ["N", "classes"])]
    if graph.training:
        inputs += [info(TARGETS, ["N", "classes"])]
        inputs += [info(name, ["N", *dims]) for name, dims in graph.masks.items()]
        inputs += [info(name, []) for name in SCALARS]
        outputs += [info(LOSS, [])]
    for name, dims in weights:
        for one in (name, name + VELOCITY) if graph.training else (name,):
            inputs.append(info(one, dims))
            if graph.training:
                outputs.append(info(one + NEXT, dims))
    made = helper.make_model(
        helper.make_graph(graph.nodes, "alexnet_lab", inputs, outputs, graph.initializers),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="alexnet-lab",
        producer_version=__version__,
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(made)
    return made.SerializeToString(deterministic=True)
