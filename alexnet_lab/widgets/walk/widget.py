"""One unit of a network, followed from the answer down to the pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import nn

from ...data import photograph
from ...errors import UserError
from ...models import load_pretrained
from ...models.export_graph import as_int8
from .._runtime.base import Explorer
from .._runtime.network_input import input_pixels, network_input
from .._runtime.pack import picture_address
from .arithmetic import index_of, report
from .recording import face, loudest, recorded_faces, shares
from .stages import SOFTMAX, Stage, stages_of, towers_of
from .still import draw
from .switches import answer, parts_off
from .tour import default_tour, edge_of, read_tour, strongest_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_UNIT = ("layer", "channel", "row", "column")


class NetworkWalk(Explorer):
    """The whole network at work on one photograph; any number in it opens, down to the pixels.

    With a kernel, Python computes, for any network whose layers follow one another. In the book's
    pages the lab network computes (`in_page`), also of the reader's own photograph or camera; until
    it is fetched, and for other networks, a page has the units of the tour.

    Parameters
    ----------
    net : torch.nn.Module, optional
        One of `alexnet_lab.models`, torchvision's AlexNet, a student's checkpoint as
        `load_pretrained` opens it. By default the lab network as the book's pages run it, its
        weights rounded to int8.
    photo : Photograph, tensor, or what ``net.preprocess`` takes, optional
        A photograph, or an input (3, H, W). By default "coffee".
    tour : list of tuples, optional
        Stops ``(stage, channel, row, column, text)``; a sixth entry asks a question first. By
        default ten stops along the strongest path. An empty list: no tour.
    classes : sequence of str, optional
        Names of the classes; by default ``net.classes``, else "class 0" and so on.
    layer, channel, row, column : str and int, optional
        The unit to begin with; by default the tour's first.
    off : str
        What is switched off: ``"conv5:253"`` a channel, ``"conv5:253<313"`` one edge into it.
    in_page : bool, optional
        Whether `net` is what the book's pages can run; by default, whether none was given.

    Raises
    ------
    UserError
        When the layers of the network do not follow one another, the photograph does not fit, or
        there is no such unit.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> walk = al.widgets.NetworkWalk(layer="conv5", channel=3, row=6, column=6)
    >>> found = walk.unit()
    >>> parts = sum(t["part"] for t in found["terms"]) + found["rest"]["part"]
    >>> bool(abs(parts + found["bias"] - found["value"]) < 1e-4)
    True
    """

    front = "walk"
    address = (*_UNIT, "trail", "off", "stop", "photo")

    stages: Any = traitlets.List().tag(sync=True)
    towers = traitlets.Int(1).tag(sync=True)
    classes: Any = traitlets.List().tag(sync=True)
    layer = traitlets.Unicode(SOFTMAX).tag(sync=True)
    channel = traitlets.Int(0, min=0).tag(sync=True)
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)
    trail = traitlets.Unicode("").tag(sync=True)  # the units before this one, a breadcrumb each
    off = traitlets.Unicode("").tag(sync=True)
    stop = traitlets.Int(-1, min=-1).tag(sync=True)  # −1: off the tour
    photo = traitlets.Unicode("").tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    side = traitlets.Int(224).tag(sync=True)
    tour: Any = traitlets.List().tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)  # reports of the tour's units
    recorded_photo = traitlets.Unicode("").tag(sync=True)  # of which they are; `photo` may change
    faces = traitlets.Dict().tag(sync=True)
    loud = traitlets.Dict().tag(sync=True)  # the most active channel of each tower
    answers = traitlets.Dict().tag(sync=True)  # by what is off
    in_page = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        net: nn.Module | None = None,
        photo: Any = "coffee",
        tour: Iterable[Any] | None = None,
        *,
        classes: Iterable[str] | None = None,
        **traits: Any,
    ) -> None:
        traits.setdefault("in_page", net is None)
        self._model = _page_network() if net is None else net
        image = photograph(photo) if isinstance(photo, str) else photo
        self._x = network_input(self._model, image)
        self._found = stages_of(self._model, self._x)
        self._names = _class_names(self._model, classes, len(self._found[-1].output))
        name = getattr(image, "name", "")
        name = name if isinstance(name, str) else ""
        pixels = input_pixels(self._x[0], getattr(self._model, "preprocess", None))
        self._pixels = pixels
        super().__init__(
            stages=[stage.about for stage in self._found],
            towers=towers_of(self._found),
            classes=self._names,
            picture=picture_address(pixels.numpy(), quality=78),
            side=int(self._x.shape[-1]),
            photo=name,
            recorded_photo=name,
        )
        self.set_limits(layer={"values": [stage.name for stage in self._found]})
        self._record(tour)
        first: dict[str, Any] = {}
        if self.tour:
            first = dict(zip(_UNIT, self.tour[0]["at"], strict=True))
        else:
            first["channel"] = int(self._found[-1].output.argmax())
        chosen = {**first, **traits}
        if any(name in traits for name in _UNIT):
            start = {"layer": first.get("layer", SOFTMAX), "row": 0, "column": 0}
            chosen = {**start, "channel": 0, **traits}
        elif self.tour and "stop" not in traits:
            chosen["stop"] = 0
        self._take(chosen)
        self._refresh()
        self.observe(self._refresh, [*_UNIT, "off"])

    def _take(self, chosen: dict[str, Any]) -> None:
        """Set traits in an order in which each can be held against the one before."""
        self.layer = chosen.pop("layer", self.layer)
        self._set_ends()
        for name, value in chosen.items():
            setattr(self, name, value)

    def _record(self, tour: Iterable[Any] | None) -> None:
        found = self._found
        best = int(found[-1].output.argmax())
        path = strongest_path(found, best)
        if tour is None:
            falls = self._answers_along(path, best)
            self.tour = default_tour(path, found, self._names, falls)
        else:
            self.tour = read_tour(tour, found)
            path = [report(found, *stop["at"]) for stop in self.tour]
        self.set_limits(stop={"min": -1, "max": len(self.tour) - 1, "whole": True})
        self.recorded = {key(each["at"]): each for each in path}
        self.loud = {s.name: loudest(s, self.towers) for s in found}
        self.faces = recorded_faces(found, path, self.loud, self.towers)
        self.answers = {**self.answers, "": shares(found[-1].output)}

    def _answers_along(self, path: list[dict[str, Any]], best: int) -> dict[str, float]:
        """Switch off each convolution's channel of a path, and the edge with most of a sum."""
        convs = [each for each in path if each["kind"] == "conv"]
        parts = ["{}:{}".format(*each["at"][:2]) for each in convs]
        inner = [each for each in convs[1:-1] if each["value"] and each["terms"]]
        if inner:
            parts.append(edge_of(max(inner, key=lambda e: e["terms"][0]["part"] / e["value"])))
        found = {part: self.answer(part).softmax(0) for part in parts}
        self.answers = {part: shares(each) for part, each in found.items()}
        return {part: float(each[best]) for part, each in found.items()}

    @traitlets.validate("layer")
    def _known(self, proposal: Any) -> str:
        index_of(self._found, proposal["value"])
        return proposal["value"]

    @traitlets.validate("channel", "row", "column", "stop")
    def _within(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        ends = self.limits.get(name, {})
        if "max" in ends and not ends["min"] <= value <= ends["max"]:
            raise UserError(f"no {name} {value}; there are {ends['min']} to {ends['max']}")
        return value

    @traitlets.validate("off")
    def _parts(self, proposal: Any) -> str:
        parts_off(proposal["value"], self._found)
        return proposal["value"]

    def _stage(self) -> Stage:
        return self._found[index_of(self._found, self.layer)]

    def _set_ends(self) -> None:
        counts = self._stage().maps().shape
        ends = {
            name: {"min": 0, "max": count - 1, "whole": True}
            for name, count in zip(_UNIT[1:], counts, strict=True)
        }
        self.set_limits(**ends)
        for name, count in zip(_UNIT[1:], counts, strict=True):
            if getattr(self, name) >= count:
                setattr(self, name, count - 1)

    def _refresh(self, change: Any = None) -> None:
        self._set_ends()
        found = self.unit()
        if key(found["at"]) not in self.recorded:
            self.recorded = {**self.recorded, key(found["at"]): found}
        name = f"{self.layer}:{self.channel}"
        if self._stage().output.ndim == 3 and self.layer != "image" and name not in self.faces:
            self.faces = {**self.faces, name: face(self._stage().output[self.channel])}
        if self.off not in self.answers:
            found_shares = shares(self.answer().softmax(0))
            self.answers = {**self.answers, self.off: found_shares}

    def unit(self) -> dict[str, Any]:
        """Return what the chosen unit computes: its value, and terms that add up to it."""
        return report(self._found, self.layer, self.channel, self.row, self.column)

    def answer(self, off: str | None = None) -> torch.Tensor:
        """Return the logits (classes,) with parts switched off, by default those of `off`."""
        parts = parts_off(self.off if off is None else off, self._found)
        return answer(self._model, self._x, self._found, parts)

    def still(self) -> Figure:
        """Draw the photograph with the unit's cone, a map of each stage, and the answer."""
        return draw(self)

    def describe(self) -> str:
        """Say what the answer is, which unit is open and what brings the most to it."""
        best = sorted(self.answers[""], key=lambda pair: -pair[1])[0]
        found = self.unit()
        place = f", row {self.row}, column {self.column}" if self._stage().output.ndim > 2 else ""
        said = f"{self.layer}, channel {self.channel}{place}: {found['value']:.3g}"
        terms = found["terms"][:1]
        most = ""
        if terms and self.layer != "image":
            name, channel = terms[0]["at"][:2]
            most = f"; it comes first of all from channel {channel} of {name}"
        shown = f"the photograph {self.photo}" if self.photo else "a photograph"
        return (
            f"The network at work on {shown}, a map of each stage from the pixels to the answer,"
            f" {self._names[best[0]]} with {best[1]:.0%}. Open is {said}{most}."
        )


def key(at: list[Any]) -> str:
    """Return the name under which a unit's report is kept."""
    return ":".join(str(part) for part in at)


def _page_network() -> nn.Module:
    """Return the lab network with its weights rounded as in the page's file: one truth for both."""
    model = load_pretrained("lab")
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            whole, scale = as_int8(layer.weight.detach())
            layer.weight.data = whole * scale
    return model


def _class_names(model: nn.Module, given: Iterable[str] | None, count: int) -> list[str]:
    names = list(given if given is not None else getattr(model, "classes", None) or ())
    if given is not None and len(names) != count:
        raise UserError(f"{len(names)} names of classes for {count} logits")
    names += [f"class {i}" for i in range(len(names), count)]
    return [str(name).replace("_", " ") for name in names]
