"""The two towers of 2012 to play with: which kernels see which maps, and what crosses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import traitlets

from ...analysis import LayerTable
from ...errors import UserError
from .._runtime.base import Explorer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = ("#5d7389", "#b4541f")  # of the towers


class TowerExplorer(Explorer):
    """A network whose kernels are shared out between two devices (§3.2 of the paper).

    Parameters
    ----------
    table : LayerTable
        Of the network, from `alexnet_lab.layer_table`: where ``groups`` is 2, a kernel sees the
        maps of its own tower; where it is 1, both towers'.
    traffic : iterable of TrafficRow
        What crossed in one training step of the network split in two: ``split.traffic.rows``.
    images : int
        In that step.
    gradient_bytes : int
        What each worker of data parallel training would send in a step:
        `alexnet_lab.models.data_parallel_bytes`.
    layer : str
        The layer that is looked at.
    kernel : int
        One of its kernels.
    batch : int
        Images a step.
    conv3, fc : bool
        Whether the towers exchange their maps before conv3, and before the fully connected layers.
    walk : dict, optional
        On which sample photograph to open a kernel in the walk, ``{"photo": "cat"}``, when the
        table's convolutions are those of the pages' network. Default: no link.

    Raises
    ------
    UserError
        When the table has no layers of two towers, or no traffic was counted.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):
    ...     model = al.models.alexnet_2012()
    ...     split = al.models.split_towers(model, ("meta", "meta"))
    ...     split(torch.empty(1, 3, 224, 224)).sum().backward()
    >>> explorer = al.widgets.TowerExplorer(
    ...     al.layer_table(model), split.traffic.rows,
    ...     gradient_bytes=al.models.data_parallel_bytes(model))
    """

    front = "towers"
    address = ("layer", "kernel", "batch", "conv3", "fc")

    layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    traffic = traitlets.List(traitlets.Dict()).tag(sync=True)
    gradient_bytes = traitlets.Int(0, min=0).tag(sync=True)
    layer = traitlets.Unicode().tag(sync=True)
    kernel = traitlets.Int(0, min=0).tag(sync=True)
    batch = traitlets.Int(128, min=1, max=4096).tag(sync=True)
    conv3 = traitlets.Bool(True).tag(sync=True)
    fc = traitlets.Bool(True).tag(sync=True)
    walk = traitlets.Dict().tag(sync=True)

    def __init__(
        self, table: LayerTable, traffic: Iterable[Any], *, images: int = 1, **traits: Any
    ) -> None:
        layers = _layers(table)
        rows = _per_image(traffic, images)
        names = [one["name"] for one in layers]
        traits.setdefault("layer", "conv2" if "conv2" in names else names[1])
        super().__init__(layers=layers, traffic=rows, **traits)
        most = max(one["outputs"] for one in layers) - 1
        self.set_limits(layer={"values": names}, kernel={"min": 0, "max": most, "whole": True})

    @traitlets.observe("layer")
    def _follow(self, _: Any = None) -> None:
        """Keep the kernel among those of the layer."""
        if self.layers:
            self.kernel = min(self.kernel, self._last())

    @traitlets.validate("kernel")
    def _one_of_the_layer(self, proposal: Any) -> int:
        if self.layers and proposal["value"] > self._last():
            raise UserError(f"no kernel {proposal['value']} in {self.layer}; 0 to {self._last()}")
        return proposal["value"]

    def _last(self) -> int:
        return next(one["outputs"] for one in self.layers if one["name"] == self.layer) - 1

    @traitlets.validate("layer")
    def _known(self, proposal: Any) -> str:
        names = [one["name"] for one in self.layers]
        if names and proposal["value"] not in names:
            raise UserError(f"no layer {proposal['value']!r}; known: {', '.join(names)}")
        return proposal["value"]

    def sees_both(self) -> set[str]:
        """Return the layers whose kernels see both towers' maps, as the switches stand."""
        return {
            one["name"]
            for one in self.layers
            if one["groups"] == 1 and (self.fc if one["kind"] == "fc" else self.conv3)
        }

    def crossing(self) -> int:
        """Return the bytes that cross in one training step, both ways and both towers together."""
        open_to = self.sees_both() | {self.layers[-1]["name"]}
        return self.batch * sum(r["bytes"] for r in self.traffic if r["boundary"] in open_to)

    def still(self) -> Figure:
        """Draw the two rows of layers with what crosses between them."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.0, 2.6), dpi=100, layout="constrained")
        ax = figure.subplots()
        both = self.sees_both()
        for place, one in enumerate(self.layers):
            last = place == len(self.layers) - 1
            for tower, colour in enumerate(_COLOURS):
                if place:
                    ax.plot([place - 1, place], [tower, tower], color=colour, linewidth=1.5)
                    if one["name"] in both and one["towered"] and not last:
                        ax.plot([place - 1, place], [tower, 1 - tower], color="#c7a100")
                label = f"{one['name']}\n{one['outputs'] // 2}" if not last else one["name"]
                box = {"facecolor": "white", "edgecolor": colour, "boxstyle": "round,pad=0.35"}
                ax.text(place, tower, label, ha="center", va="center", fontsize=8.5, bbox=box)
        ax.set_xlim(-0.6, len(self.layers) - 0.4)
        ax.set_ylim(1.6, -0.6)
        ax.set_axis_off()
        return figure

    def describe(self) -> str:
        """Say where the towers meet, and what crosses."""
        meet = [one["name"] for one in self.layers[1:] if one["name"] in self.sees_both()]
        return (
            f"Two towers of {len(self.layers)} layers side by side; lines cross between them at "
            f"{', '.join(meet) or 'no layer'}. A training step on {self.batch} images sends "
            f"{self.crossing():,} bytes from tower to tower."
        )


def _layers(table: LayerTable) -> list[dict[str, Any]]:
    rows = [row for row in table if row.weights and row.kind in ("conv", "fc")]
    if not any((row.groups or 1) == 2 for row in rows):
        raise UserError(f"{table.model_name} has no layers of two towers; build it with towers=2")
    found = []
    for place, row in enumerate(rows):
        groups = row.groups or 1
        found.append(
            {
                "name": row.name,
                "kind": row.kind,
                # What a fully connected layer after a convolution sees are numbers, not maps.
                "inputs": row.shape_in[0],
                "outputs": row.shape_out[0],
                "size": list(row.shape_out[1:]),
                "kernel": list(row.kernel or (1, 1)),
                "stride": list(row.stride or (1, 1)),
                "padding": list(row.padding or (0, 0)),
                "area": row.weights * groups // (row.shape_in[0] * row.shape_out[0]),
                "places": row.macs // row.weights,
                "groups": groups,
                # The image belongs to both towers; so do the class scores.
                "towered": 0 < place < len(rows) - 1,
                "head": place == len(rows) - 1,
            }
        )
    return found


def _per_image(traffic: Iterable[Any], images: int) -> list[dict[str, Any]]:
    rows = []
    for row in traffic:
        if row.bytes % images:
            raise UserError(f"{row.bytes} bytes at {row.boundary} are not those of {images} images")
        rows.append(
            {
                "boundary": row.boundary,
                "direction": row.direction,
                "sender": row.sender,
                "bytes": row.bytes // images,
            }
        )
    if not {row["direction"] for row in rows} >= {"forward", "backward"}:
        raise UserError("no traffic of a whole training step; run forward and backward first")
    return rows
