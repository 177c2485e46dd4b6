"""Pooling to play with: which inputs win, and what survives when the picture moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch.nn import functional as F

from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.pack import numbers, pack, unpack

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIDE = 128  # of a map, in pixels, at most
_LEVELS = 65535  # steps between 0 and a map's greatest value: enough to keep winners apart


class PoolingExplorer(Explorer):
    """Windows of side z in steps of s over real feature maps (§3.4 of the paper).

    Parameters
    ----------
    maps : tensor
        Feature maps after their nonlinearity, at least 0: (C, H, W) or (1, C, H, W), at most 128
        on a side. What is shown is H − 2·`margin` by W − 2·`margin`.
    channels : sequence of int, optional
        Which maps to offer. Default: the six in which neighbours differ most.
    names : sequence of str, optional
        What to call them. Default: "map 12".
    margin : int
        Rows and columns on each side that are not shown: what comes into view when the picture
        moves. 0: the picture cannot be moved.
    map, z, s, kind, rounding : int, int, int, str, str
        Which of the maps; the window's side and step; "max" or "average"; how the output's size is
        rounded: "up", as in the 2012 source and in this package, or "down", torch's default.
    row, column : int
        The output that is looked at.
    down, right : int
        By how many pixels of the map the picture has moved, at most `margin`.
    marks : bool
        Whether to mark the winners.
    walk : dict, optional
        Where these numbers stand in the network of the pages, for a link to the walk: the
        pooling ``layer`` and, of a sample photograph, ``photo``.
        Default: no link.

    Raises
    ------
    UserError
        When the maps are not such maps.

    Examples
    --------
    >>> import dataclasses
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> wide = dataclasses.replace(lab.preprocess, size=232)
    >>> maps = lab.features[:3](wide(al.photograph("temple"))[None])
    >>> explorer = al.widgets.PoolingExplorer(maps)
    """

    front = "pooling"
    address = ("map", "z", "s", "kind", "rounding", "row", "column", "down", "right", "marks")

    maps = traitlets.Dict().tag(sync=True)
    map = traitlets.Int(0, min=0).tag(sync=True)
    z = traitlets.Int(3, min=1, max=8).tag(sync=True)
    s = traitlets.Int(2, min=1, max=8).tag(sync=True)
    kind = traitlets.Enum(["max", "average"], "max").tag(sync=True)
    rounding = traitlets.Enum(["up", "down"], "up").tag(sync=True)
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)
    down = traitlets.Int(0).tag(sync=True)
    right = traitlets.Int(0).tag(sync=True)
    marks = traitlets.Bool(True).tag(sync=True)
    walk = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        maps: Any,
        *,
        channels: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
        margin: int = 1,
        **traits: Any,
    ) -> None:
        values = _feature_maps(maps, margin)
        if channels is None:
            channels = _liveliest(values, 6)
        if not channels or not all(0 <= c < len(values) for c in channels):
            raise UserError(f"channels={list(channels)}: choose some of 0 to {len(values) - 1}")
        names = [f"map {c}" for c in channels] if names is None else list(names)
        if len(names) != len(channels):
            raise UserError(f"{len(names)} names for {len(channels)} maps")
        chosen = values[list(channels)]
        tops = chosen.flatten(1).amax(1)
        steps = (chosen / tops.clamp_min(1e-30)[:, None, None] * _LEVELS).round()
        inner = [n - 2 * margin for n in chosen.shape[1:]]
        packed = {
            "names": names,
            "channels": list(channels),
            "rows": chosen.shape[1],
            "columns": chosen.shape[2],
            "margin": margin,
            # In units of these a map's values are the whole numbers of `data`.
            "steps": (tops / _LEVELS).tolist(),
            "data": pack(steps.numpy(), "u2"),
        }
        # The strongest place's window, unless the caller names one.
        z, s = traits.get("z", 3), traits.get("s", 2)
        if {"row", "column"}.isdisjoint(traits) and min(z, s) >= 1:
            at = chosen[traits.get("map", 0) % len(chosen)]
            at = at[margin : margin + inner[0], margin : margin + inner[1]]
            place = divmod(int(at.argmax()), inner[1])
            last = [max(0, (n - z) // s) for n in inner]
            traits["row"], traits["column"] = (
                min(p // s, n) for p, n in zip(place, last, strict=True)
            )
        super().__init__(maps=packed)
        most = {"min": 1, "max": min(8, *inner), "whole": True}
        move = {"min": -margin, "max": margin, "whole": True}
        self.set_limits(
            map={"min": 0, "max": len(names) - 1, "whole": True},
            z=most,
            s=most,
            row={"min": 0, "max": inner[0] - 1, "whole": True},
            column={"min": 0, "max": inner[1] - 1, "whole": True},
            down=move,
            right=move,
        )
        # Only now: each is held against the ends that these maps give.
        for name, value in traits.items():
            setattr(self, name, value)

    @traitlets.validate("map", "z", "s", "row", "column", "down", "right")
    def _within(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        ends = self.limits.get(name, {})
        if {"min", "max"} <= ends.keys() and not ends["min"] <= value <= ends["max"]:
            raise UserError(f"{name} = {value} is not in {ends['min']} to {ends['max']}")
        return value

    def inputs(self) -> torch.Tensor:
        """Return the map as it is shown, moved if it is: float64, (H, W)."""
        size = (len(self.maps["names"]), self.maps["rows"], self.maps["columns"])
        values = torch.from_numpy(unpack(self.maps["data"], "u2").astype("float64"))
        whole = values.view(size)[self.map] * self.maps["steps"][self.map]
        margin = self.maps["margin"]
        top, left = margin - self.down, margin - self.right
        return whole[top : top + size[1] - 2 * margin, left : left + size[2] - 2 * margin]

    def outputs(self) -> torch.Tensor:
        """Return the pooled map: float64, (rows, columns)."""
        pool = F.max_pool2d if self.kind == "max" else F.avg_pool2d
        up = self.rounding == "up"
        return pool(self.inputs()[None], self.z, self.s, ceil_mode=up)[0]

    def still(self) -> Figure:
        """Draw the map with a window, and the pooled map."""
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        figure = Figure(figsize=(6.4, 3.3), dpi=100, layout="constrained")
        before, after = self.inputs(), self.outputs()
        row, column = self._place(after)
        corner = (column * self.s - 0.5, row * self.s - 0.5)
        boxes = ((corner, self.z), ((column - 0.5, row - 0.5), 1))
        for ax, values, (place, side) in zip(
            figure.subplots(1, 2), (before, after), boxes, strict=True
        ):
            ax.imshow(values.numpy(), cmap="cividis", vmin=0, vmax=float(before.max()))
            ax.add_patch(Rectangle(place, side, side, fill=False, color="#ff5a1f", linewidth=2))
            ax.set_title(f"{values.shape[0]} × {values.shape[1]}", fontsize=11)
            ax.set_xticks([])
            ax.set_yticks([])
        return figure

    def describe(self) -> str:
        """Say what is pooled, and what comes out."""
        before, after = self.inputs(), self.outputs()
        row, column = self._place(after)
        return (
            f"A feature map of {before.shape[0]} × {before.shape[1]} and what {self.kind} pooling "
            f"with z = {self.z}, s = {self.s} makes of it, {after.shape[0]} × {after.shape[1]}; "
            f"a frame marks the window of output ({row}, {column}), {after[row, column]:.3g}."
        )

    def _place(self, after: torch.Tensor) -> tuple[int, int]:
        return min(self.row, after.shape[0] - 1), min(self.column, after.shape[1] - 1)


def _liveliest(values: torch.Tensor, count: int) -> list[int]:
    """Return the maps in which neighbours differ most: edges, rather than one great patch."""
    across = values.diff(dim=2).abs().flatten(1).sum(1)
    order = (across + values.diff(dim=1).abs().flatten(1).sum(1)).argsort(
        descending=True, stable=True
    )
    return order[:count].tolist()


def _feature_maps(maps: Any, margin: int) -> torch.Tensor:
    values = numbers(maps, "maps")
    if values.dim() == 4 and len(values) == 1:
        values = values[0]
    if values.dim() != 3:
        raise UserError(f"maps of shape {tuple(values.shape)}; give (C, H, W)")
    if values.min() < 0:
        raise UserError("maps are pooled after their nonlinearity: give values of at least 0")
    if not 0 <= margin <= 8:
        raise UserError(f"margin = {margin} is not in 0 to 8")
    if min(values.shape[1:]) < 2 + 2 * margin or max(values.shape[1:]) > _SIDE:
        raise UserError(
            f"maps of {values.shape[1]} × {values.shape[2]} with a margin of {margin}; give sides "
            f"of {2 + 2 * margin} to {_SIDE}"
        )
    return values
