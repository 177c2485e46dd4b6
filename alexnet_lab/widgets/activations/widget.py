"""All feature maps of a network, and what one unit of them sees and computes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import Tensor, nn

from ...analysis import activations, layer_table, receptive_field
from ...analysis.layers import find_layer, unknown_layer
from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.network_input import input_pixels, network_input
from .._runtime.network_manifest import describe_layer
from .._runtime.pack import pack, picture_address

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_CELLS = 48_000  # of the maps that a page is given; larger maps are pooled
_MOST_INPUTS = 4096  # weights of one kernel that a page is given


class ActivationExplorer(Explorer):
    """Feature maps of every layer; of one unit its field, its kernel and its arithmetic.

    With a kernel, Python computes what is asked for, of any network. In the book's pages the lab
    network computes it itself (`in_page`), also of the reader's own photograph or camera; of other
    networks a page shows the layer and the unit that were chosen when it was made.

    Parameters
    ----------
    model : torch.nn.Module
        Any network whose layers follow one another.
    image : tensor, or what ``model.preprocess`` takes
        A photograph, or an input (3, H, W) or (1, 3, H, W).
    layer : str, optional
        Name as in `layer_table`; by default the first convolution.
    unit : int
        The map that is looked at.
    row, column : int
        Place on the map; −1 is the place where the map is greatest.
    photo : str, optional
        Name of the photograph; in a page, which of the samples to begin with.
    in_page : bool
        Whether the network is ``load_pretrained("lab")``, which the book's pages can run.
    compact : bool
        Whether to leave out the unit's kernel, its sum and the choice of a place by number.

    Raises
    ------
    UserError
        When the image does not fit the network, or there is no such layer or unit.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> explorer = al.widgets.ActivationExplorer(lab, al.photograph("cat"), in_page=True)
    """

    front = "activations"
    address = ("layer", "unit", "row", "column", "photo")

    layers: Any = traitlets.List().tag(sync=True)
    layer = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Int(0, min=0).tag(sync=True)
    row = traitlets.Int(-1, min=-1).tag(sync=True)
    column = traitlets.Int(-1, min=-1).tag(sync=True)
    photo = traitlets.Unicode("").tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    side = traitlets.Int(224).tag(sync=True)
    maps = traitlets.Dict().tag(sync=True)
    detail = traitlets.Dict().tag(sync=True)
    top: Any = traitlets.List().tag(sync=True)
    in_page = traitlets.Bool(False).tag(sync=True)
    compact = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, model: nn.Module, image: Any, *, layer: str | None = None, **traits: Any
    ) -> None:
        self._model = model
        self._x = network_input(model, image)
        table = layer_table(model, tuple(self._x.shape[1:]))
        rows = [row for row in table if len(row.shape_out) in (1, 3)]
        names = [row.name for row in rows]
        layer = layer or next((row.name for row in rows if row.kind == "conv"), names[0])
        if layer not in names:
            raise UserError(unknown_layer(layer, names))
        with torch.no_grad():
            self._found = activations(model, self._x, names)
            logits = self._found[names[-1]].flatten()
        traits.setdefault("photo", getattr(image, "name", "") or "")
        traits.setdefault("in_page", False)
        if not isinstance(traits["photo"], str):
            traits["photo"] = ""
        pixels = input_pixels(self._x[0], getattr(model, "preprocess", None))
        self._described = [describe_layer(row) for row in rows]
        count = self._shape(layer)[0]
        if not 0 <= traits.get("unit", 0) < count:
            raise UserError(f"no unit {traits['unit']} in {layer!r}; there are 0 to {count - 1}")
        super().__init__(
            layers=self._described,
            layer=layer,
            picture=picture_address(pixels.numpy(), quality=78),
            side=int(self._x.shape[-1]),
            top=_top(logits, getattr(model, "classes", ())),
            **traits,
        )
        self._refresh()
        self.observe(self._refresh, ["layer", "unit", "row", "column"])

    @traitlets.validate("layer")
    def _known(self, proposal: Any) -> str:
        names = [each["name"] for each in self._described]
        if proposal["value"] not in names:
            raise UserError(unknown_layer(proposal["value"], names))
        return proposal["value"]

    @traitlets.validate("unit", "row", "column")
    def _within(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        ends = self.limits.get(name, {})
        if "max" in ends and not ends["min"] <= value <= ends["max"]:
            raise UserError(f"no {name} {value}; there are {ends['min']} to {ends['max']}")
        return value

    def _shape(self, layer: str) -> tuple[int, int, int]:
        shape = next(each["shape"] for each in self._described if each["name"] == layer)
        return tuple([*shape, 1, 1][:3])  # type: ignore[return-value]

    def _refresh(self, change: Any = None) -> None:
        count, height, width = self._shape(self.layer)
        self.set_limits(
            layer={"values": [each["name"] for each in self._described]},
            unit={"min": 0, "max": count - 1, "whole": True},
            row={"min": -1, "max": height - 1, "whole": True},
            column={"min": -1, "max": width - 1, "whole": True},
        )
        self.unit, self.row = min(self.unit, count - 1), min(self.row, height - 1)
        self.column = min(self.column, width - 1)
        found = self._found[self.layer][0].reshape(count, height, width)
        if change is None or change["name"] == "layer":
            self.maps = _thumbnails(self.layer, found)
        self.detail = self._arithmetic(found)

    def position(self) -> tuple[int, int]:
        """Return the row and the column that are looked at: the greatest, where none is chosen."""
        count, height, width = self._shape(self.layer)
        values = self._found[self.layer][0].reshape(count, height, width)[self.unit]
        best = int(values.argmax())
        row = best // width if min(self.row, self.column) < 0 else self.row
        return row, best % width if min(self.row, self.column) < 0 else self.column

    def _arithmetic(self, found: Tensor) -> dict[str, Any]:
        row, column = self.position()
        values = found[self.unit]
        detail: dict[str, Any] = {
            "layer": self.layer,
            "unit": self.unit,
            "row": row,
            "column": column,
            "map": pack(values.numpy(), "f4"),
        }
        names = [each["name"] for each in self._described]
        at = names.index(self.layer)
        owner = next((i for i in range(at, -1, -1) if self._described[i]["kind"] == "conv"), None)
        layer = None if owner is None else find_layer(self._model, names[owner])
        if not isinstance(layer, nn.Conv2d) or len(self._described[at]["shape"]) != 3:
            return detail
        weight = layer.weight[self.unit].detach().float().cpu()
        if weight.numel() > _MOST_INPUTS or owner is None:
            return detail
        detail["kernel"] = pack(weight.numpy(), "f4")
        detail["bias"] = 0.0 if layer.bias is None else float(layer.bias[self.unit].detach())
        if self._described[at]["kind"] in ("conv", "relu"):
            source = self._x if owner == 0 else self._found[names[owner - 1]]
            detail["patch"] = pack(_patch(layer, source[0], self.unit, row, column), "f4")
        return detail

    def still(self) -> Figure:
        """Draw the photograph with the unit's field, and its map."""
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        pixels = input_pixels(self._x[0], getattr(self._model, "preprocess", None))
        figure = Figure(figsize=(4.6, 2.5), dpi=100, layout="constrained")
        left, right = figure.subplots(1, 2)
        left.imshow(pixels.numpy())
        row, column = self.position()
        count, height, width = self._shape(self.layer)
        if height * width > 1:
            box = receptive_field(self._model, self.layer, row, column, tuple(self._x.shape[1:]))
            at = (box.left - 0.5, box.top - 0.5)
            left.add_patch(Rectangle(at, box.width, box.height, fill=False, ec="#e08a5c", lw=2))
        values = self._found[self.layer][0].reshape(count, height, width)[self.unit]
        right.imshow(values.numpy(), cmap="cividis")
        right.plot(column, row, "o", mfc="none", mec="#e08a5c", mew=2)
        left.set_title("what it sees", fontsize=9)
        right.set_title(f"{self.layer}, unit {self.unit}", fontsize=9)
        for ax in (left, right):
            ax.set_axis_off()
        return figure

    def describe(self) -> str:
        """Say which unit is shown, and its answer."""
        row, column = self.position()
        count, height, width = self._shape(self.layer)
        values = self._found[self.layer][0].reshape(count, height, width)
        value = float(values[self.unit, row, column])
        shown = f" of {self.photo}" if self.photo else ""
        return (
            f"Left, the photograph{shown} with a box around what unit {self.unit} of {self.layer}"
            f" sees at row {row}, column {column}; right, the unit's map of {height} × {width}"
            f" values, {value:.3g} at that place."
        )


def _top(logits: Tensor, classes: Any) -> list[list[Any]]:
    best = logits.softmax(0).topk(min(5, len(logits)))
    named = [classes[i] if i < len(classes) else f"class {i}" for i in best.indices.tolist()]
    return [[n.replace("_", " "), v] for n, v in zip(named, best.values.tolist(), strict=True)]


def _thumbnails(layer: str, found: Tensor) -> dict[str, Any]:
    # Pooled by the greatest, so that a single answer is not lost.
    times = max(1, math.ceil(math.sqrt(found.numel() / _MOST_CELLS)))
    small = nn.functional.max_pool2d(found[None], times, ceil_mode=True)[0] if times > 1 else found
    low, high = min(float(small.min()), 0.0), max(float(small.max()), 1e-12)
    steps = ((small - low) / (high - low) * 255).round().to(torch.uint8)
    return {
        "layer": layer,
        "shape": list(small.shape),
        "low": low,
        "high": high,
        "data": pack(steps.numpy(), "u1"),
    }


def _patch(layer: nn.Conv2d, source: Tensor, unit: int, row: int, column: int) -> Any:
    """Return what a unit's kernel is laid on: (maps, rows, columns), zeros beyond the edge."""
    rows, columns = layer.kernel_size
    maps = source.shape[0] // layer.groups
    first = unit // (layer.out_channels // layer.groups) * maps
    # A margin that is wide enough on all sides, whatever way the layer rounds.
    padded = nn.functional.pad(source[first : first + maps], (columns, columns, rows, rows))
    top = row * layer.stride[0] - int(layer.padding[0]) + rows
    left = column * layer.stride[1] - int(layer.padding[1]) + columns
    return padded[:, top : top + rows, left : left + columns].numpy()
