"""Parts of a network switched off, and what becomes of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import Tensor, nn

from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.middles import middles
from .._runtime.network_input import input_pixels, network_input, to_network
from .._runtime.pack import picture_address

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOWERS = ("both", "first", "second")
NORMS = ("on", "neighbours off", "off")
_CONVS = ("conv1", "conv2", "conv3", "conv4", "conv5")
_SWITCHES = ("layer", "first", "last", "tower", "linear", "norm1", "norm2")


class AblationBench(Explorer):
    """Switch off filters, a tower, a layer's ReLU or its response norm; predict, then look.

    With a kernel, Python computes; in the book's pages the lab network does, also of the reader's
    own photograph or camera.

    Parameters
    ----------
    model : torch.nn.Module
        An `AlexNet` with five convolutions, as ``load_pretrained("lab")``.
    image : tensor, or what ``model.preprocess`` takes
        A photograph, or an input (3, H, W).
    layer, first, last : str, int, int
        Filters `first` to `last` of this convolution are silent; none where `last` is below
        `first`.
    tower : {"both", "first", "second"}
        Which towers work. A tower is half of the maps of every convolution (§3.2).
    linear : str
        Layers whose ReLU is switched off, with spaces between: ``"relu1 relu3"``.
    norm1, norm2 : {"on", "neighbours off", "off"}
        A response norm as it is; divided by k^β alone; or passing its input on.
    photo : str, optional
        Name of the photograph; in a page, which of the samples to begin with.
    ask : bool
        Whether the view asks for a prediction first.
    in_page : bool
        Whether the network is ``load_pretrained("lab")``, which the book's pages can run.

    Raises
    ------
    UserError
        When the network has other layers, the image does not fit, or there is no such filter.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("cat")
    >>> bench = al.widgets.AblationBench(lab, photo, tower="first")
    >>> bench.tower
    'first'
    """

    front = "ablation"
    address = ("layer", "first", "last", "tower", "linear", "norm1", "norm2", "photo", "ask")

    filters = traitlets.Dict().tag(sync=True)
    layer = traitlets.Enum(_CONVS, "conv1").tag(sync=True)
    first = traitlets.Int(0, min=0).tag(sync=True)
    last = traitlets.Int(-1, min=-1).tag(sync=True)
    tower = traitlets.Enum(TOWERS, "both").tag(sync=True)
    linear = traitlets.Unicode("").tag(sync=True)
    norm1 = traitlets.Enum(NORMS, "on").tag(sync=True)
    norm2 = traitlets.Enum(NORMS, "on").tag(sync=True)
    photo = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Bool(True).tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    side = traitlets.Int(224).tag(sync=True)
    classes: Any = traitlets.List().tag(sync=True)
    before: Any = traitlets.List().tag(sync=True)
    after: Any = traitlets.List().tag(sync=True)
    answered: Any = traitlets.List().tag(sync=True)  # the switches that `after` belongs to
    in_page = traitlets.Bool(False).tag(sync=True)
    middle = traitlets.Dict().tag(sync=True)  # of each map, for links to the walk

    def __init__(self, model: nn.Module, image: Any, **traits: Any) -> None:
        features = getattr(model, "features", None)
        if not isinstance(features, nn.Sequential) or any(
            not isinstance(getattr(features, name, None), nn.Conv2d) for name in _CONVS
        ):
            raise UserError("the bench takes an AlexNet with conv1 to conv5, such as the lab's")
        self._model = model
        self._x = network_input(model, image)
        name = getattr(image, "name", "")
        traits.setdefault("photo", name if isinstance(name, str) else "")
        with torch.no_grad():
            shares = model(to_network(model, self._x)).softmax(1)[0].tolist()
        names = getattr(model, "classes", ()) or [f"class {i}" for i in range(len(shares))]
        counts = {name: getattr(features, name).out_channels for name in _CONVS}
        pixels = input_pixels(self._x[0], getattr(model, "preprocess", None))
        super().__init__(
            filters=counts,
            classes=[name.replace("_", " ") for name in names],
            before=shares,
            after=shares,
            picture=picture_address(pixels.numpy(), quality=78),
            side=int(self._x.shape[-1]),
            middle=middles(model) if traits.get("in_page") else {},
            **traits,
        )
        self._refresh()
        self.observe(self._refresh, list(_SWITCHES))

    @traitlets.validate("linear")
    def _known(self, proposal: Any) -> str:
        for name in proposal["value"].split():
            if name not in [f"relu{i}" for i in range(1, 6)]:
                raise UserError(f"unknown ReLU {name!r}; known: relu1 to relu5")
        return proposal["value"]

    @traitlets.validate("first", "last")
    def _within(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        ends = self.limits.get(name, {})
        if "max" in ends and not ends["min"] <= value <= ends["max"]:
            raise UserError(f"no filter {value}; there are 0 to {ends['max']}")
        return value

    def _refresh(self, change: Any = None) -> None:
        most = self.filters[self.layer] - 1
        self.set_limits(
            first={"min": 0, "max": most, "whole": True},
            last={"min": -1, "max": most, "whole": True},
        )
        self.first, self.last = min(self.first, most), min(self.last, most)
        with torch.no_grad():
            self.after = self.answer().softmax(0).tolist()
        self.answered = [getattr(self, name) for name in _SWITCHES]

    def keep(self, conv: str) -> Tensor:
        """Return the factor of each map of a convolution: 1, or 0 where it is silent."""
        count = self.filters[conv]
        factors = torch.ones(count)
        if conv == self.layer:
            factors[self.first : self.last + 1] = 0
        if self.tower == "first":
            factors[count // 2 :] = 0
        elif self.tower == "second":
            factors[: count // 2] = 0
        return factors

    def answer(self) -> Tensor:
        """Return the logits with the parts switched off: (classes,)."""
        model: Any = self._model
        x = to_network(model, self._x)
        for name, layer in model.features.named_children():
            if name in self.filters:
                x = layer(x) * self.keep(name).view(-1, 1, 1).to(x)
            elif name in self.linear.split():
                continue
            elif name in ("norm1", "norm2") and getattr(self, name) != "on":
                x = x / layer.k**layer.beta if getattr(self, name) == "neighbours off" else x
            else:
                x = layer(x)
        return model.classifier(x.flatten(1))[0].float().cpu()

    def switched_off(self) -> str:
        """Say in words what is off."""
        parts = []
        if self.last >= self.first:
            parts.append(f"filters {self.first} to {self.last} of {self.layer}")
        if self.tower != "both":
            parts.append(f"the {'second' if self.tower == 'first' else 'first'} tower")
        parts += [f"the ReLU {name}" for name in self.linear.split()]
        for name in ("norm1", "norm2"):
            mode = getattr(self, name)
            if mode != "on":
                parts.append(name if mode == "off" else f"the neighbours in {name}")
        return ", ".join(parts) or "nothing"

    def still(self) -> Figure:
        """Draw the probabilities before and after, two bars a class."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.4, 3.0), dpi=100, layout="constrained")
        ax = figure.subplots()
        best = sorted(range(len(self.before)), key=lambda i: -self.before[i])[:6]
        for place, i in enumerate(best):
            ax.barh(place - 0.2, self.before[i], 0.36, color="#5d7389")
            ax.barh(place + 0.2, self.after[i], 0.36, color="#b4541f")
        ax.set_yticks(range(len(best)), [self.classes[i] for i in best])
        ax.invert_yaxis()
        ax.set_xlabel("probability: above with all parts, below with some off")
        ax.set_xlim(0, 1)
        ax.spines[["top", "right"]].set_visible(False)
        return figure

    def describe(self) -> str:
        """Say what is off and what became of the answer."""
        i = max(range(len(self.before)), key=self.before.__getitem__)
        return (
            f"Bars of the most probable classes, before and after; switched off:"
            f" {self.switched_off()}. {self.classes[i]} goes from {self.before[i]:.1%} to"
            f" {self.after[i]:.1%}."
        )
