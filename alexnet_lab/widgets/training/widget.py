"""Recorded runs to play with: curves with their seeds, and kernels along training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets

from ...errors import UserError
from .._runtime.base import Explorer
from .kernels_along import packed_kernels, rebuilt_kernels
from .recorded_runs import runs_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = {
    "train_error": "training error",
    "val_error": "validation error",
    "val_error_top5": "validation error, top five",
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "lr": "learning rate",
}
_ACROSS = 12  # kernels in a row of the still
_COLOURS = 8


class TrainingExplorer(Explorer):
    """What runs recorded, epoch by epoch, and what became of the first layer's kernels.

    Parameters
    ----------
    records : Evidence, or mapping of str to sequence of dict
        The runs of each arm. Evidence is what `alexnet_lab.experiments.evidence` returns; in a
        mapping each run has ``"seed"`` and ``"epochs"``, columns of one number an epoch.
    titles : mapping of str to str, optional
        What to call the arms. Evidence brings them.
    kernels : mapping of str to tensor, optional
        Snapshots in order, each (K, 3, h, w) with the same K of at most 96. Of more than ten, ten
        are shown.
    after : sequence of int, optional
        The epoch of the curves after which each snapshot was taken.
    towers : int
        2: the second half of the kernels is drawn apart.
    time, every : str, int
        What the numbers of a run follow one another in, and how much of it lies between two of
        them: ``time="iteration", every=10`` for errors over ten batches each.
    column : str
        What is drawn: "val_error", "train_loss", …
    shown : str
        The arms that are drawn, with commas between. Default: the first eight.
    epoch : int
        Where the curves are read.
    logarithmic, interval : bool
        Whether the scale is logarithmic, and whether 95 % intervals over seeds are drawn.
    snapshot, kernel : int
        Which kernels are shown, and which of them is followed along training.

    Raises
    ------
    UserError
        When there is nothing to draw, or records do not fit together.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> explorer = al.widgets.TrainingExplorer(al.experiments.evidence("towers"))
    >>> record, kernels = al.lab.lab_record(), al.lab.conv1_along_training()
    >>> explorer = al.widgets.TrainingExplorer.along(record, kernels)
    """

    front = "training"
    address = ("column", "shown", "epoch", "logarithmic", "interval", "snapshot", "kernel")

    runs = traitlets.List(traitlets.Dict()).tag(sync=True)
    names = traitlets.Dict().tag(sync=True)
    kernels = traitlets.Dict().tag(sync=True)
    column = traitlets.Unicode().tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)
    epoch = traitlets.Int(1, min=1).tag(sync=True)
    logarithmic = traitlets.Bool(False).tag(sync=True)
    interval = traitlets.Bool(True).tag(sync=True)
    snapshot = traitlets.Int(0, min=0).tag(sync=True)
    kernel = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(
        self,
        records: Any,
        *,
        titles: Mapping[str, str] | None = None,
        kernels: Mapping[str, torch.Tensor] | None = None,
        after: Sequence[int] | None = None,
        towers: int = 1,
        time: str = "epoch",
        every: int = 1,
        **traits: Any,
    ) -> None:
        if every < 1:
            raise UserError(f"every={every}: between two numbers lies at least 1 {time}")
        if hasattr(records, "records"):
            if titles is None:
                titles = {arm.name: arm.title for arm in records.experiment.arms}
            records = records.records
        runs, columns = runs_of(records)
        arms = list(dict.fromkeys(run["arm"] for run in runs))
        names = {
            "arms": {arm: (titles or {}).get(arm, arm) for arm in arms},
            "columns": {name: COLUMNS.get(name, name.replace("_", " ")) for name in columns},
            "time": {"word": time, "every": every},
        }
        packed = {} if kernels is None else packed_kernels(kernels, after, towers)
        longest = max(len(run["columns"][columns[0]]) for run in runs)
        if "column" not in traits:
            traits["column"] = "val_error" if "val_error" in columns else columns[0]
        traits.setdefault("shown", ",".join(arms[:_COLOURS]))
        snapshot = traits.setdefault("snapshot", 0)
        begin = packed.get("after") or [longest]
        traits.setdefault("epoch", begin[min(snapshot, len(begin) - 1)])
        super().__init__(runs=runs, names=names, kernels=packed, **traits)
        self.set_limits(
            column={"values": columns},
            epoch={"min": 1, "max": longest, "whole": True},
            snapshot={
                "min": 0,
                "max": max(0, len(packed.get("names", ())) - 1),
                "whole": True,
            },
            kernel={"min": 0, "max": max(0, packed.get("count", 1) - 1), "whole": True},
        )

    @classmethod
    def along(
        cls, record: Mapping[str, Any], kernels: Mapping[str, torch.Tensor], **traits: Any
    ) -> TrainingExplorer:
        """Show one network's training, and its kernels at the epochs at which they were kept.

        Parameters
        ----------
        record : mapping
            Its ``"epochs"`` is a list of rows with ``"phase"`` and ``"epoch"``, as
            `alexnet_lab.lab.lab_record` returns.
        kernels : mapping of str to tensor
            Named by phase and epoch, "small-001", as `conv1_along_training` returns.
        """
        rows = record["epochs"]
        order = [f"{row['phase']}-{row['epoch']:03d}" for row in rows]
        strays = [name for name in kernels if name not in order]
        if strays:
            raise UserError(f"no epoch {strays[0]!r} in the record; {order[0]} to {order[-1]}")
        columns = {name: [row[name] for row in rows] for name in COLUMNS if name in rows[0]}
        seed = record.get("recipe", {}).get("seed", 0)
        traits.setdefault("towers", 2)
        return cls(
            {"lab": [{"seed": seed, "epochs": columns}]},
            titles={"lab": "the lab network"},
            kernels=kernels,
            after=[order.index(name) + 1 for name in kernels],
            **traits,
        )

    @traitlets.validate("column", "epoch", "snapshot", "kernel")
    def _within(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        ends = self._ends().get(name)
        if ends is not None and value not in ends:
            known = ", ".join(ends) if name == "column" else f"{ends[0]} to {ends[-1]}"
            raise UserError(f"no {name} {value!r}; known: {known}")
        return value

    @traitlets.validate("shown")
    def _known_arms(self, proposal: Any) -> str:
        arms = self.names.get("arms", {})
        strays = [arm for arm in filter(None, proposal["value"].split(",")) if arm not in arms]
        if arms and strays:
            raise UserError(f"no arm {strays[0]!r}; known: {', '.join(arms)}")
        return proposal["value"]

    def _ends(self) -> dict[str, Any]:
        if not self.runs:
            return {}
        longest = max(len(next(iter(run["columns"].values()))) for run in self.runs)
        return {
            "column": list(self.names["columns"]),
            "epoch": range(1, longest + 1),
            "snapshot": range(len(self.kernels.get("names", [""]))),
            "kernel": range(self.kernels.get("count", 1)),
        }

    def values(self, arm: str, epoch: int | None = None) -> list[float]:
        """Return what the runs of an arm have in the chosen column, at `epoch` or at the cursor."""
        place = (self.epoch if epoch is None else epoch) - 1
        series = [run["columns"][self.column] for run in self.runs if run["arm"] == arm]
        return [values[place] for values in series if len(values) > place]

    def still(self) -> Figure:
        """Draw the curves of the chosen arms; beside them the kernels, where there are any."""
        from matplotlib.figure import Figure

        from ...plots.labels import End, label_ends

        wide, time = bool(self.kernels), self.names["time"]
        figure = Figure(figsize=(7.6 if wide else 6.2, 3.2), dpi=100, layout="constrained")
        axes = figure.subplots(1, 2 if wide else 1, squeeze=False)[0]
        ends = []
        for arm in filter(None, self.shown.split(",")):
            part = [run["columns"][self.column] for run in self.runs if run["arm"] == arm]
            (line,) = axes[0].plot([], [], label=self.names["arms"][arm])
            for values in part:
                places = [(n + 1) * time["every"] for n in range(len(values))]
                axes[0].plot(places, values, color=line.get_color(), linewidth=1.1)
            if part:
                last = max(part, key=len)
                where = (len(last) * time["every"], last[-1])
                ends.append(End(self.names["arms"][arm], *where, line.get_color()))
        axes[0].set_xlabel(time["word"])
        axes[0].set_ylabel(self.names["columns"][self.column])
        axes[0].set_yscale("log" if self.logarithmic else "linear")
        axes[0].spines[["top", "right"]].set_visible(False)
        label_ends(axes[0], ends)
        if wide:
            axes[1].imshow(self._picture())
            axes[1].set_title(self.kernels["names"][self.snapshot], fontsize=10)
            axes[1].set_axis_off()
        return figure

    def describe(self) -> str:
        """Say which arms are drawn and how they end."""
        arms = [arm for arm in self.shown.split(",") if arm]
        ends = [
            f"{self.names['arms'][arm]} {np.mean(self.values(arm)):.3g} "
            f"({len(self.values(arm))} run{'s' if len(self.values(arm)) > 1 else ''})"
            for arm in arms
            if self.values(arm)
        ]
        time = self.names["time"]
        text = f"Curves of the {self.names['columns'][self.column]} against {time['word']}s; at "
        text += (
            f"{time['word']} {self.epoch * time['every']}: {'; '.join(ends) or 'no arm is shown'}."
        )
        if self.kernels:
            text += f" Beside them {self.kernels['count']} kernels of the first layer."
        return text

    def pictured(self) -> torch.Tensor:
        """Return the kernels of the chosen snapshot as the page draws them: (K, 3, h, w).

        Each at length 1, as its principal directions, in bytes, give it again.
        """
        return rebuilt_kernels(self.kernels, self.snapshot)

    def _picture(self) -> np.ndarray:
        """Lay the kernels out, each by its own greatest weight, white between them."""
        tiles = self.pictured()
        tiles = tiles / tiles.abs().flatten(1).amax(1).clamp_min(1e-12)[:, None, None, None]
        tiles = torch.nn.functional.pad(tiles / 2 + 0.5, (0, 1, 0, 1), value=1.0)
        rows = -(-len(tiles) // _ACROSS)
        blank = torch.ones(rows * _ACROSS - len(tiles), *tiles.shape[1:]).to(tiles)
        grid = torch.cat([tiles, blank]).view(rows, _ACROSS, *tiles.shape[1:])
        return grid.permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1).numpy()
