"""Nonlinearities to play with: value, slope, saturation, and what a deep stack of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import traitlets

from .._runtime.base import Explorer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BENDS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
_NAMES = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"}
# Of the palette of Okabe and Ito; the lines differ in their dashes as well.
_LOOK = {"relu": ("#0072B2", "-"), "tanh": ("#D55E00", "--"), "sigmoid": ("#009E73", ":")}


class ActivationFunctions(Explorer):
    """ReLU, tanh and sigmoid: value and slope at x, and a stack of layers of one of them.

    Everything is worked out in the view. The stack has layers of 64 units and no biases; a batch
    of 16 vectors of normal numbers goes in, normal numbers go back as gradient.

    Parameters
    ----------
    x : float
        Where values and slopes are read, -6 to 6.
    bend : str
        Nonlinearity of the stack: relu, tanh or sigmoid.
    start : str
        Variance of its first weights, n inputs a unit: "he" 2/n, "xavier" 1/n, "fixed" 0.01², as
        the paper has it (§5).
    gain : float
        By what the weights' spread is multiplied.
    depth : int
        Layers.
    seed : int
        Of the random numbers.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> explorer = al.widgets.ActivationFunctions(bend="sigmoid", depth=20)
    """

    front = "activation"
    address = ("x", "bend", "start", "gain", "depth", "seed")

    x = traitlets.Float(1.5, min=-6, max=6).tag(sync=True)
    bend = traitlets.Enum(list(_BENDS), "relu").tag(sync=True)
    start = traitlets.Enum(["he", "xavier", "fixed"], "he").tag(sync=True)
    gain = traitlets.Float(1.0, min=0.1, max=3).tag(sync=True)
    depth = traitlets.Int(10, min=1, max=40).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=20).tag(sync=True)

    def at(self) -> dict[str, tuple[float, float]]:
        """Return value and slope of each nonlinearity at x."""
        found = {}
        for name, bend in _BENDS.items():
            x = torch.tensor(self.x, dtype=torch.float64, requires_grad=True)
            y = bend(x)
            (slope,) = torch.autograd.grad(y, x)
            found[name] = (y.item(), slope.item())
        return found

    def still(self) -> Figure:
        """Draw values and slopes."""
        from matplotlib.figure import Figure

        from ...plots.labels import End, label_ends

        figure = Figure(figsize=(7.0, 2.8), dpi=100, layout="constrained")
        left, right = figure.subplots(1, 2)
        ends = []
        x = torch.linspace(-6, 6, 241, dtype=torch.float64, requires_grad=True)
        for name, bend in _BENDS.items():
            colour, dash = _LOOK[name]
            y = bend(x)
            (slope,) = torch.autograd.grad(y.sum(), x)
            line = {"color": colour, "linestyle": dash, "label": _NAMES[name]}
            left.plot(x.tolist(), y.tolist(), **line)
            right.plot(x.tolist(), slope.tolist(), **line)
            ends.append(End(_NAMES[name], 6.0, y[-1].item(), colour))
        left.set(ylim=(-1.2, 3), ylabel="value")
        right.set(ylim=(-0.05, 1.1), ylabel="slope")
        for ax in (left, right):
            ax.axvline(self.x, color="0.6", linestyle=":")
            ax.set_xlabel("x")
            ax.margins(x=0)
            ax.spines[["top", "right"]].set_visible(False)
        label_ends(left, ends)
        return figure

    def describe(self) -> str:
        """Say what the three are at x."""
        parts = (f"{_NAMES[n]} {v:.3g} with slope {s:.3g}" for n, (v, s) in self.at().items())
        return f"Curves of three nonlinearities and of their slopes; at x = {self.x:g}: " + (
            ", ".join(parts) + "."
        )
