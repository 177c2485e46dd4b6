"""Dropout to play with: one mask, many masks, and what the test does instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import traitlets

from ...analysis import activations, find_layer, named_layers
from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.pack import numbers, pack, unpack

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_UNITS, _OUTPUTS = 1024, 20  # at most


class DropoutExplorer(Explorer):
    """A fully connected layer whose inputs are dropped (§4.2 of the paper).

    What the layer gives under each mask, on average over many masks, and at test: with the test's
    outputs multiplied by 1 − p, as in 2012; with training's divided by 1 − p, as libraries do
    today; or with neither, which is a mistake.

    Parameters
    ----------
    units : tensor
        What the layer takes at test, before any scaling: (U,) or (1, U), at most 1024.
    weights : tensor
        The layer's, (K, U), at most 20 outputs.
    bias : tensor, optional
        (K,). Default: zeros.
    names : sequence of str, optional
        Of the outputs. Default: their numbers.
    p : float
        Probability that a unit is dropped.
    style : str
        "2012", "inverted" or "forgotten".
    masks : int
        Over how many masks the mean is taken.
    seed : int
        Of the masks.
    output : int
        The output whose mean is drawn mask by mask. Default: the greatest.
    shown : str
        "logits" or "probabilities".

    Raises
    ------
    UserError
        When the numbers make no layer.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> x = lab.preprocess(al.photograph("temple"))[None]
    >>> explorer = al.widgets.DropoutExplorer.of(lab, x)
    """

    front = "dropout"
    address = ("p", "style", "masks", "seed", "output", "shown")

    layer = traitlets.Dict().tag(sync=True)
    p = traitlets.Float(0.5, min=0, max=0.95).tag(sync=True)
    style = traitlets.Enum(["2012", "inverted", "forgotten"], "inverted").tag(sync=True)
    masks = traitlets.Int(1, min=1, max=4096).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=9999).tag(sync=True)
    output = traitlets.Int(0, min=0).tag(sync=True)
    shown = traitlets.Enum(["logits", "probabilities"], "logits").tag(sync=True)

    def __init__(
        self,
        units: Any,
        weights: Any,
        bias: Any = None,
        names: Sequence[str] | None = None,
        **traits: Any,
    ) -> None:
        x, w = numbers(units, "units").flatten(), numbers(weights, "weights")
        if w.dim() != 2 or w.shape[1] != len(x):
            raise UserError(f"weights of shape {tuple(w.shape)} do not take {len(x)} units")
        if len(x) > _UNITS or len(w) > _OUTPUTS:
            raise UserError(
                f"{len(x)} units and {len(w)} outputs are too many to draw; at most "
                f"{_UNITS} and {_OUTPUTS}"
            )
        b = torch.zeros(len(w)).double() if bias is None else numbers(bias, "biases")
        titles = [str(k) for k in range(len(w))] if names is None else [str(n) for n in names]
        if b.shape != (len(w),) or len(titles) != len(w):
            raise UserError(f"{len(w)} outputs, {len(b)} biases, {len(titles)} names: give as many")
        traits.setdefault("output", int((w @ x + b).argmax()))
        packed = {
            "units": pack(x, "f4"),
            "weights": pack(w, "f4"),
            "bias": pack(b, "f4"),
            "names": titles,
        }
        super().__init__(layer=packed, **traits)
        self.set_limits(output={"min": 0, "max": len(w) - 1, "whole": True})

    @classmethod
    def of(
        cls, model: torch.nn.Module, x: torch.Tensor, layer: str = "fc8", **traits: Any
    ) -> DropoutExplorer:
        """Take one of a network's fully connected layers, and what reaches it from one image.

        Parameters
        ----------
        model : torch.nn.Module
            Any network in which `layer` takes the output of the layer before it. When it has
            ``classes``, as many as the layer has outputs, they are the names.
        x : torch.Tensor
            One image as the network takes it, (1, 3, H, W).
        layer : str
            A fully connected layer's name.
        """
        fc = find_layer(model, layer)
        if not isinstance(fc, torch.nn.Linear):
            raise UserError(f"{layer} is a {type(fc).__name__}; choose a fully connected layer")
        order = list(named_layers(model))
        before = order[order.index(layer) - 1]
        units = activations(model, x, before)[before].flatten(1)
        if len(units) != 1:
            raise UserError(f"{len(units)} images; give one")
        classes = getattr(model, "classes", None)
        if classes is not None and len(classes) == fc.out_features:
            traits.setdefault("names", [c.replace("_", " ") for c in classes])
        return cls(units, fc.weight, fc.bias, **traits)

    @traitlets.validate("output")
    def _within(self, proposal: Any) -> int:
        if proposal["value"] >= len(self.layer.get("names", ())):
            raise UserError(
                f"no output {proposal['value']}; the last is {len(self.layer['names']) - 1}"
            )
        return proposal["value"]

    def test_output(self) -> torch.Tensor:
        """Return the layer's outputs at test, (K,), float64, scaled as `style` says."""
        x, w, b = self._numbers()
        return w @ x * ((1 - self.p) if self.style == "2012" else 1.0) + b

    def expected(self) -> torch.Tensor:
        """Return the mean of the layer's outputs over all masks, (K,), float64."""
        x, w, b = self._numbers()
        return w @ x * (1.0 if self.style == "inverted" else 1 - self.p) + b

    def spread(self) -> torch.Tensor:
        """Return the outputs' standard deviation over masks, (K,), float64."""
        x, w, _ = self._numbers()
        factor = 1 / (1 - self.p) if self.style == "inverted" else 1.0
        return factor * ((w * x).square().sum(1) * self.p * (1 - self.p)).sqrt()

    def still(self) -> Figure:
        """Draw the mean over all masks with one mask's spread, and the test's outputs."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 3.4), dpi=100, layout="constrained")
        ax = figure.subplots()
        places = range(len(self.layer["names"]))
        ax.barh(
            places,
            self.expected().tolist(),
            xerr=self.spread().tolist(),
            color="#5d7389",
            ecolor="#a9b4bf",
        )
        test = self.test_output().tolist()
        ax.plot(test, places, "D", color="#b4541f")
        ax.set_yticks(places, self.layer["names"])
        ax.margins(y=0.08)  # for what is written above the first bar and below the last one
        ax.invert_yaxis()
        ax.set_xlabel("logit")
        mean = "mean over masks ± one mask's deviation"
        last = places[-1]
        name: dict[str, Any] = {"ha": "center", "textcoords": "offset points", "fontsize": 9}
        ax.annotate("at test", (test[0], -0.4), (0, 2), va="bottom", color="#b4541f", **name)
        end = self.expected()[last].item()
        ax.annotate(mean, (end, last + 0.4), (0, -2), va="top", color="#5d7389", **name)
        ax.spines[["top", "right"]].set_visible(False)
        return figure

    def describe(self) -> str:
        """Say what the mean over masks and the test give for the chosen output."""
        name = self.layer["names"][self.output]
        return (
            f"Bars of {len(self.layer['names'])} outputs, the mean over all dropout masks with "
            f"p = {self.p:g}, and a mark for what the test gives ({self.style}); for {name} "
            f"{self.expected()[self.output]:.3g} and {self.test_output()[self.output]:.3g}."
        )

    def _numbers(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x, w, b = (
            torch.from_numpy(unpack(self.layer[key], "f4")).double()
            for key in ("units", "weights", "bias")
        )
        return x, w.view(len(b), len(x)), b
