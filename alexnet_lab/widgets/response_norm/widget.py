"""Local response normalisation to play with: neighbours that inhibit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import traitlets

from ...errors import UserError
from .._runtime.base import Explorer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 512


class ResponseNormExplorer(Explorer):
    """One place of a layer, all its channels, before and after normalisation.

    Parameters
    ----------
    responses : tensor or sequence of float
        What a convolution answers at one place, before its ReLU: one number a channel, (C,), at
        most 512. Of feature maps (C, H, W) or (1, C, H, W) the place `at` is taken.
    at : tuple of int, optional
        Row and column in feature maps. Default: the place with the greatest response.
    groups : int
        Towers that do not inhibit each other; 2 for the network of 2012.
    n, k, alpha, beta : number
        The constants of §3.3: window in channels, offset, factor, exponent.
    order : str
        "relu-lrn", as the paper's text has it, or "lrn-relu", as conv1 of the 2012 source has it.
    reading : str
        "formula": α multiplies Σ a², as printed; "source": Σ a² / n, as the 2012 source computes.
    channel, gain : int, float
        The channel that is looked at, and how much louder it is made.
    walk : dict, optional
        Where these numbers stand in the network of the pages, for a link to the walk: the
        normalisation ``layer`` and, of a sample photograph, ``photo``; of feature maps, row and
        column come from `at`.
        Default: no link.

    Raises
    ------
    UserError
        When the responses are not such numbers.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> maps = al.analysis.activations(lab, al.photograph("cat"), "conv1")["conv1"]
    >>> explorer = al.widgets.ResponseNormExplorer(maps, groups=2)
    """

    front = "response-norm"
    address = ("channel", "gain", "n", "k", "alpha", "beta", "order", "reading")

    responses = traitlets.List(traitlets.Float()).tag(sync=True)
    groups = traitlets.Int(1, min=1).tag(sync=True)
    n = traitlets.Int(5, min=1, max=31).tag(sync=True)
    k = traitlets.Float(2.0, min=0, max=5).tag(sync=True)
    alpha = traitlets.Float(1e-4, min=1e-6, max=1).tag(sync=True)
    beta = traitlets.Float(0.75, min=0, max=2).tag(sync=True)
    order = traitlets.Enum(["relu-lrn", "lrn-relu"], "relu-lrn").tag(sync=True)
    reading = traitlets.Enum(["formula", "source"], "formula").tag(sync=True)
    channel = traitlets.Int(0, min=0).tag(sync=True)
    gain = traitlets.Float(1.0, min=0, max=20).tag(sync=True)
    walk = traitlets.Dict().tag(sync=True)

    def __init__(self, responses: Any, *, at: tuple[int, int] | None = None, **traits: Any) -> None:
        values, at = _one_place(responses, at)
        groups = traits.get("groups", 1)
        if groups < 1 or len(values) % groups:
            raise UserError(f"{len(values)} channels cannot be shared out among {groups} towers")
        traits.setdefault("channel", int(values.argmax()))
        if at and traits.get("walk"):
            traits["walk"] = {**traits["walk"], "row": at[0], "column": at[1]}
        super().__init__(responses=values.tolist(), **traits)
        self.set_limits(channel={"min": 0, "max": len(values) - 1, "whole": True})

    @traitlets.validate("channel")
    def _within(self, proposal: Any) -> int:
        last = len(self.responses) - 1
        if not 0 <= proposal["value"] <= last:
            raise UserError(f"no channel {proposal['value']}; there are 0 to {last}")
        return proposal["value"]

    def outputs(self) -> torch.Tensor:
        """Return what comes out for each channel: (C,), float64."""
        values = torch.tensor(self.responses, dtype=torch.float64)
        values[self.channel] *= self.gain
        if self.order == "relu-lrn":
            values = values.relu()
        alpha = self.alpha / self.n if self.reading == "source" else self.alpha
        squares = values.square().reshape(self.groups, -1)
        padded = torch.nn.functional.pad(squares, (self.n // 2, (self.n - 1) // 2))
        energy = padded.unfold(1, self.n, 1).sum(-1).flatten()
        normalised = values / (self.k + alpha * energy) ** self.beta
        normalised[values == 0] = 0.0
        return normalised.relu()

    def still(self) -> Figure:
        """Draw the responses before and after, two rows of bars."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 3.2), dpi=100, layout="constrained")
        channels = range(len(self.responses))
        colours = ["#5d7389"] * len(self.responses)
        colours[self.channel] = "#b4541f"
        rows = [("before", torch.tensor(self.responses)), ("after", self.outputs())]
        for ax, (name, values) in zip(figure.subplots(2, 1, sharex=True), rows, strict=True):
            ax.bar(channels, values.tolist(), color=colours)
            ax.set_ylabel(name)
            ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlabel("channel")
        return figure

    def describe(self) -> str:
        """Say what goes in and what comes out of the chosen channel."""
        low, high = float(self.responses[self.channel]), float(self.outputs()[self.channel])
        return (
            f"Two rows of {len(self.responses)} bars, the responses of as many channels at one "
            f"place, before and after normalisation with n = {self.n}, k = {self.k:g}, "
            f"α = {self.alpha:g}, β = {self.beta:g}; channel {self.channel} goes from "
            f"{low:.3g} to {high:.3g}."
        )


def _one_place(
    responses: Any, at: tuple[int, int] | None
) -> tuple[torch.Tensor, tuple[int, int] | None]:
    try:
        values = torch.as_tensor(responses).detach().cpu().double()
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"responses are numbers, one a channel ({error})") from error
    if values.dim() == 4 and len(values) == 1:
        values = values[0]
    if values.dim() == 3 and values.numel():
        if at is None:
            place = int(values.amax(0).argmax())
            at = (place // values.shape[2], place % values.shape[2])
        if not (0 <= at[0] < values.shape[1] and 0 <= at[1] < values.shape[2]):
            raise UserError(f"no place {at} in maps of {values.shape[1]} × {values.shape[2]}")
        values = values[:, at[0], at[1]]
    if values.dim() != 1 or not 1 <= len(values) <= _MOST:
        raise UserError(
            f"responses of shape {tuple(values.shape)}; give (C,) with 1 to {_MOST} channels"
        )
    if not values.isfinite().all():
        raise UserError("a response is not a finite number")
    return values, at
