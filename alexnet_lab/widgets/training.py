"""Recorded runs to play with: curves with their seeds, and kernels along training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets

from ..errors import UserError
from ._base import Explorer
from ._pack import numbers, pack, unpack

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
_MOST_SNAPSHOTS = 10
_BYTES = 86_000  # for all kernels; a third more as text
_COLOURS, _MOST_ARMS = 8, 40


class TrainingExplorer(
    Explorer,
    front="training",
    address=("column", "shown", "epoch", "logarithmic", "interval", "snapshot", "kernel"),
):
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
    >>> al.widgets.TrainingExplorer(al.experiments.evidence("towers"))     # doctest: +SKIP
    >>> al.widgets.TrainingExplorer.along(al.experiments.lab_record(),     # doctest: +SKIP
    ...     al.experiments.conv1_along_training())
    """

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
        **traits: Any,
    ) -> None:
        if hasattr(records, "records"):
            if titles is None:
                titles = {arm.name: arm.title for arm in records.experiment.arms}
            records = records.records
        runs, columns = _runs(records)
        arms = list(dict.fromkeys(run["arm"] for run in runs))
        names = {
            "arms": {arm: (titles or {}).get(arm, arm) for arm in arms},
            "columns": {name: COLUMNS.get(name, name.replace("_", " ")) for name in columns},
        }
        packed = {} if kernels is None else _packed_kernels(kernels, after, towers)
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
            `alexnet_lab.experiments.lab_record` returns.
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

        wide = bool(self.kernels)
        figure = Figure(figsize=(7.6 if wide else 6.2, 3.2), dpi=100, layout="constrained")
        axes = figure.subplots(1, 2 if wide else 1, squeeze=False)[0]
        for arm in filter(None, self.shown.split(",")):
            part = [run["columns"][self.column] for run in self.runs if run["arm"] == arm]
            (line,) = axes[0].plot([], [], label=self.names["arms"][arm])
            for values in part:
                epochs = range(1, len(values) + 1)
                axes[0].plot(epochs, values, color=line.get_color(), linewidth=1.1)
        axes[0].set_xlabel("epoch")
        axes[0].set_ylabel(self.names["columns"][self.column])
        axes[0].set_yscale("log" if self.logarithmic else "linear")
        axes[0].legend(frameon=False, fontsize=9)
        axes[0].spines[["top", "right"]].set_visible(False)
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
        text = f"Curves of the {self.names['columns'][self.column]} against epochs; at epoch "
        text += f"{self.epoch}: {'; '.join(ends) or 'no arm is shown'}."
        if self.kernels:
            text += f" Beside them {self.kernels['count']} kernels of the first layer."
        return text

    def pictured(self) -> torch.Tensor:
        """Return the kernels of the chosen snapshot as the page draws them: (K, 3, h, w).

        Each at length 1, as its principal directions, in bytes, give it again.
        """
        given = self.kernels
        parts = {n: unpack(given[n], "uint8").astype("float64") for n in ("shares", "basis")}
        shares, basis = (torch.from_numpy((part - 128) / 127) for part in parts.values())
        count, many = given["count"], given["directions"]
        mine = shares.view(-1, count, many)[self.snapshot]
        scales = torch.from_numpy(unpack(given["scales"], "float32"))
        return (mine * scales @ basis.view(many, -1)).view(count, 3, *given["tile"])

    def _picture(self) -> np.ndarray:
        """Lay the kernels out, each by its own greatest weight, white between them."""
        tiles = self.pictured()
        tiles = tiles / tiles.abs().flatten(1).amax(1).clamp_min(1e-12)[:, None, None, None]
        tiles = torch.nn.functional.pad(tiles / 2 + 0.5, (0, 1, 0, 1), value=1.0)
        rows = -(-len(tiles) // _ACROSS)
        blank = torch.ones(rows * _ACROSS - len(tiles), *tiles.shape[1:]).to(tiles)
        grid = torch.cat([tiles, blank]).view(rows, _ACROSS, *tiles.shape[1:])
        return grid.permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1).numpy()


def _runs(records: Any) -> tuple[list[dict[str, Any]], list[str]]:
    if not isinstance(records, Mapping):
        raise UserError(f"records are runs by arm, not a {type(records).__name__}")
    runs = []
    for arm, part in records.items():
        for record in part:
            kept = {n: list(v) for n, v in record["epochs"].items() if n != "seconds" and v}
            if len({len(values) for values in kept.values()}) > 1:
                raise UserError(f"{arm or 'the run'}: columns of different lengths")
            if kept:
                runs.append({"arm": arm or "run", "seed": record["seed"], "columns": kept})
    if not runs:
        raise UserError("no runs with epochs are recorded yet; run the experiment first")
    columns = [name for name in runs[0]["columns"] if all(name in r["columns"] for r in runs)]
    if not columns:
        raise UserError("the runs have no column in common")
    arms = {run["arm"] for run in runs}
    if len(arms) > _MOST_ARMS:
        raise UserError(f"{len(arms)} arms are too many to choose from; give at most {_MOST_ARMS}")
    for run in runs:
        # JSON has no NaN: a run that diverged ends where its numbers do.
        finite = {name: _numbers_until(run["columns"][name]) for name in columns}
        length = min(map(len, finite.values()))
        run["columns"] = {name: values[:length] for name, values in finite.items()}
    runs = [run for run in runs if run["columns"][columns[0]]]
    if not runs:
        raise UserError("no run has a number to draw")
    return runs, columns


def _numbers_until(values: Sequence[float]) -> list[float]:
    """Return the values up to the first that is no finite number, five figures each."""
    found = []
    for value in values:
        if value is None or not np.isfinite(value):
            break
        found.append(float(f"{value:.5g}"))
    return found


def _packed_kernels(
    kernels: Mapping[str, torch.Tensor], after: Sequence[int] | None, towers: int
) -> dict[str, Any]:
    """Return snapshots small enough for a page, and how far each kernel has come.

    Kernels of one layer are alike, along training even more so: each is stored, at length 1, by
    its share of the principal directions of all of them, a byte each. (JPEG and WebP at this size
    blur the kernels and smear colours from one into the next.)
    """
    stacks = [numbers(weights, "kernels") for weights in kernels.values()]
    if not stacks:
        raise UserError("no snapshots of kernels")
    shape = stacks[-1].shape
    if len(shape) != 4 or shape[1] != 3 or not 1 <= shape[0] <= 96 or max(shape[2:]) > 16:
        raise UserError(f"kernels of shape {tuple(shape)}; give (K, 3, h, w), K ≤ 96, sides ≤ 16")
    if any(weights.shape != shape for weights in stacks):
        raise UserError("snapshots of different shapes")
    if shape[0] % towers:
        raise UserError(f"{shape[0]} kernels cannot be shared out among {towers} towers")
    if after is not None and len(after) != len(stacks):
        raise UserError(f"{len(after)} epochs for {len(stacks)} snapshots")
    # The first and the last among them, and even steps between.
    count = min(len(stacks), _MOST_SNAPSHOTS)
    picks = [round(i * (len(stacks) - 1) / max(1, count - 1)) for i in range(count)]
    flat = torch.stack([stacks[i] for i in picks]).flatten(2)  # (snapshots, K, 3·h·w)
    norm = flat.norm(dim=2)
    unit = (flat / norm.clamp_min(1e-12)[..., None]).flatten(0, 1)
    _, _, directions = torch.linalg.svd(unit, full_matrices=False)
    directions = directions[: max(1, _BYTES // (len(unit) + unit.shape[1]))]
    shares = unit @ directions.T  # (snapshots · K, directions)
    share_tops = shares.abs().amax(0).clamp_min(1e-12)
    tops = directions.abs().amax(1).clamp_min(1e-12)
    likeness = torch.cosine_similarity(flat, flat[-1:].expand_as(flat), dim=2)
    names = list(kernels)
    return {
        "names": [names[i] for i in picks],
        "after": None if after is None else [int(after[i]) for i in picks],
        "count": shape[0],
        "tile": [shape[2], shape[3]],
        "towers": towers,
        "directions": len(directions),
        # A byte b stands for (b − 128) / 127 of the greatest; both greatest are in `scales`.
        "shares": pack((shares / share_tops * 127).round() + 128, "uint8"),
        "basis": pack((directions / tops[:, None] * 127).round() + 128, "uint8"),
        "scales": pack(share_tops * tops, "float32"),
        "likeness": pack(likeness, "float32"),
        "norm": pack(norm, "float32"),
    }
