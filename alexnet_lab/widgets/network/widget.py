"""Whole networks to play with: shapes, parameters, work and memory at any input size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets
from torch import nn

from ...errors import UserError
from .._runtime.base import Explorer
from .stages import measure, stages_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = {
    "parameters": "parameters",
    "macs": "MACs",
    "numbers": "bytes of outputs",
    "intensity": "MACs a byte",
}
_COLOURS = ("#5d7389", "#b4541f")
_BYTES = 4  # of a float32
_LEAST = 0.1  # MACs a byte, where a bar begins; as in core.js


class NetworkExplorer(Explorer):
    """Networks stage by stage: what another input size, batch or rounding makes of them.

    A stage is a convolution, pooling, normalisation or fully connected layer, with the ReLU and
    dropout behind it. Fully connected layers are as large as the maps before them ask for.

    Parameters
    ----------
    models : mapping of str to torch.nn.Module, or torch.nn.Module
        Networks by the name to show; chains of layers for square images. Their weights are not
        looked at, so models on the meta device will do.
    net, beside : str
        Which of them, and which other one to compare it with; "": none.
    side : int
        Rows and columns of the image, 8 to 512 pixels. Default: the network's own.
    batch : int
        Images at a time, 1 to 1024: for the memory.
    show : str
        What is drawn: "parameters", "macs" (for one image), "numbers" (the outputs of all layers,
        in bytes of float32, for the batch) or "intensity" (the batch's MACs for each byte of a
        stage's inputs, weights and outputs).
    rounding : str
        Sizes that do not come out even: "own", as each layer has it, or "down", as torch's layers
        do unless told otherwise.
    stage : str
        The stage whose arithmetic is written out.

    Raises
    ------
    UserError
        When a model is no such chain, or a name is not known.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> nets = {"2012": al.models.alexnet_2012(), "torchvision's": al.models.alexnet_owt()}
    >>> explorer = al.widgets.NetworkExplorer(nets, beside="torchvision's")
    """

    front = "network"
    address = ("net", "beside", "side", "batch", "show", "rounding", "stage")

    nets = traitlets.Dict().tag(sync=True)
    net = traitlets.Unicode().tag(sync=True)
    beside = traitlets.Unicode().tag(sync=True)
    side = traitlets.Int(224, min=8, max=512).tag(sync=True)
    batch = traitlets.Int(128, min=1, max=1024).tag(sync=True)
    show = traitlets.Enum(list(_SHOWN), "parameters").tag(sync=True)
    rounding = traitlets.Enum(["own", "down"], "own").tag(sync=True)
    stage = traitlets.Unicode().tag(sync=True)

    def __init__(self, models: Mapping[str, nn.Module] | nn.Module, **traits: Any) -> None:
        if isinstance(models, nn.Module):
            models = {type(models).__name__: models}
        if not isinstance(models, Mapping) or not models:
            raise UserError(f"models={models!r}: give networks by name")
        nets: dict[str, dict[str, Any]] = {}
        for name, model in models.items():
            if not isinstance(model, nn.Module):
                raise UserError(f"{name!r} is a {type(model).__name__}, not a torch.nn.Module")
            own, stages = stages_of(model)
            nets[str(name)] = {"side": own, "stages": stages}
        # Before the traits: each is held against the networks.
        super().__init__(nets=nets)
        first = next(iter(nets))
        chosen = nets.get(traits.setdefault("net", first), nets[first])
        traits.setdefault("side", chosen["side"])
        traits.setdefault("stage", chosen["stages"][0]["name"])
        self.set_limits(net={"values": list(nets)}, beside={"values": ["", *nets]})
        for name, value in traits.items():
            setattr(self, name, value)

    @traitlets.validate("net", "beside")
    def _known(self, proposal: Any) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        if value not in self.nets and (value or name == "net"):
            raise UserError(f"{name} = {value!r}; known: {', '.join(self.nets)}")
        return value

    @traitlets.validate("stage")
    def _known_stage(self, proposal: Any) -> str:
        names = {s["name"] for net in self.nets.values() for s in net["stages"]}
        if proposal["value"] not in names:
            raise UserError(f"stage = {proposal['value']!r}; known: {', '.join(sorted(names))}")
        return proposal["value"]

    def rows(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return the stages of a network as the state has them, for one image.

        Parameters
        ----------
        name : str, optional
            Which network. Default: `net`.

        Returns
        -------
        list of dict
            ``name``, ``shape``, ``parameters``, ``macs``, ``inputs``, ``outputs`` and ``numbers``
            (the outputs of all its layers).

        Raises
        ------
        UserError
            When the image is too small.
        """
        return measure(self.nets[name or self.net]["stages"], self.side, self.rounding)

    def amount(self, row: Mapping[str, Any]) -> float:
        """Return what is drawn of a row: parameters, MACs, bytes for the batch, or MACs a byte."""
        if self.show == "intensity":
            moved = row["parameters"] + self.batch * (row["inputs"] + row["outputs"])
            return self.batch * row["macs"] / (_BYTES * moved)
        return row[self.show] * (_BYTES * self.batch if self.show == "numbers" else 1)

    def still(self) -> Figure:
        """Draw each stage's amount as a bar, beside the other network's if there is one."""
        from matplotlib.figure import Figure

        names = [self.net, *([self.beside] if self.beside else [])]
        tables = [self._rows_or_none(name) for name in names]
        order = list(dict.fromkeys(r["name"] for rows in tables for r in rows))
        figure = Figure(figsize=(6.6, 0.8 + 0.22 * len(order)), dpi=100, layout="constrained")
        ax = figure.subplots()
        height = 0.8 / len(names)
        for k, rows in enumerate(tables):
            places = [order.index(r["name"]) + (k - (len(names) - 1) / 2) * height for r in rows]
            amounts = [self.amount(r) for r in rows]
            ax.barh(places, amounts, height, color=_COLOURS[k])
        ax.set_yticks(range(len(order)), order, fontsize=9)
        ax.invert_yaxis()
        ax.set_xlabel(_SHOWN[self.show])
        if self.show == "intensity":  # it differs a thousandfold from stage to stage
            ax.set_xscale("log")
            ax.set_xlim(left=_LEAST)
        ax.spines[["top", "right"]].set_visible(False)
        drawn = [{r["name"]: self.amount(r) for r in rows} for rows in tables]
        taken: set[str] = set()
        for k, name in enumerate(names):
            stage = _open_bar(drawn[k], drawn[k - 1] if len(drawn) > 1 else {}, taken)
            if stage:
                taken.add(stage)
                end = max(of.get(stage, 0) for of in drawn), order.index(stage)
                look: dict[str, Any] = {"color": _COLOURS[k], "fontsize": 9, "va": "center"}
                ax.annotate(name, end, (4, 0), textcoords="offset points", **look)
        return figure

    def _rows_or_none(self, name: str) -> list[dict[str, Any]]:
        try:
            return self.rows(name)
        except UserError:
            return []

    def describe(self) -> str:
        """Say what the networks have in all, and where most of it is."""
        parts = []
        for name in (self.net, self.beside):
            rows = self._rows_or_none(name) if name else []
            if rows:
                most = max(rows, key=self.amount)
                total = sum(map(self.amount, rows))
                share = self.amount(most) / total if total else math.nan
                whole = f"{total:,}, of which {most['name']} has {share:.0%}"
                if self.show == "intensity":
                    whole = f"at most {self.amount(most):.3g}, in {most['name']}"
                parts.append(f"{name}: {whole}")
        said = "; ".join(parts) or "no stage fits"
        return f"Bars of the {_SHOWN[self.show]} of each stage at {self.side} pixels. {said}."


def _open_bar(mine: dict[str, float], other: dict[str, float], taken: set[str]) -> str:
    """Return the stage at which a network's name stands: its longest bar that no other hides."""
    free = {stage: value for stage, value in mine.items() if stage not in taken}
    longer = {stage: value for stage, value in free.items() if value >= other.get(stage, 0)}
    return max(longer or free, key=free.__getitem__, default="")
