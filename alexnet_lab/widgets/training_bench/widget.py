"""Small nets that the reader trains, in a page or through PyTorch in the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from ...bench import presets
from ...bench.patches import VAL_EACH, credits, sprite
from ...bench.race import EACH, LOOK_EVERY, STEPS, Plan, Trainer
from ...bench.records import MEASURES, Record, median_interval
from ...bench.switches import CHOICES, NETS, Switches
from ...errors import UserError
from .._runtime.base import Explorer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDES = ("a", "b")
_ASK = "Before you train: which net will be ahead, and by how much?"
_PLAN = ("net", "steps", "each", "drop")
_COLUMNS = ("val_error", "train_error", "loss")
_SWITCHES = tuple(f"{side}_{key}" for side in SIDES for key in CHOICES)


def _switch(values: tuple[Any, ...]) -> traitlets.TraitType:
    if isinstance(values[0], bool):
        return traitlets.Bool(values[0]).tag(sync=True)
    ordered = sorted(values) if isinstance(values[0], float) else list(values)
    return traitlets.Enum(ordered, values[0]).tag(sync=True)


class TrainingBench(Explorer):
    """Train a small net, or race two on the same batches in the same order.

    With a kernel, PyTorch trains; in the book's pages the reader's own browser does, from the same
    starts with the same batches.

    Parameters
    ----------
    preset : str, optional
        A pair of `alexnet_lab.bench.presets.PRESETS`: "relu-tanh", "dropout" and so on.
    in_page : bool
        Whether a page says how much it will fetch, and takes the reader's own photographs.
    **traits
        Anything else that a control sets: ``net``, ``race``, ``steps``, ``each`` (patches of each
        photograph), ``seed``, ``drop``, ``measure``, ``column``, and each side's switches
        (`alexnet_lab.bench.switches.Switches`), with ``a_`` or ``b_`` before the name.

    Raises
    ------
    UserError
        When the preset is unknown, or a number is out of its range.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.widgets.TrainingBench("relu-tanh", seed=3).b_activation
    'tanh'
    """

    front = "training-bench"
    address = ("net", "race", "steps", "each", "drop", "seed", "measure", "column", *_SWITCHES)

    in_page = traitlets.Bool(True).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    nets = traitlets.Dict().tag(sync=True)
    photographs: Any = traitlets.List().tag(sync=True)
    credits: Any = traitlets.List().tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)
    net = traitlets.Enum(list(NETS), "two-layer").tag(sync=True)
    race = traitlets.Bool(True).tag(sync=True)
    steps = traitlets.Int(200, min=STEPS[0], max=STEPS[1]).tag(sync=True)
    each = traitlets.Int(100, min=EACH[0], max=EACH[1]).tag(sync=True)
    drop = traitlets.Bool(False).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=999).tag(sync=True)
    measure = traitlets.Enum(list(MEASURES), "val_error").tag(sync=True)
    column = traitlets.Enum(list(_COLUMNS), "val_error").tag(sync=True)
    # What a view asks of a kernel, and its answer.
    asked_a = traitlets.Dict().tag(sync=True)
    asked_b = traitlets.Dict().tag(sync=True)
    answered_a = traitlets.Dict().tag(sync=True)
    answered_b = traitlets.Dict().tag(sync=True)

    locals().update({name: _switch(CHOICES[name[2:]]) for name in _SWITCHES})

    def __init__(self, preset: str = "", **traits: Any) -> None:
        begin: dict[str, Any] = {"ask": _ASK}
        recorded = None
        if preset:
            found = presets.preset(preset)
            begin = _setting(found.plan, found.a, found.b)
            for name in ("title", "ask", "note", "measure", "column"):
                begin[name] = getattr(found, name)
            recorded = presets.recorded(preset)
        self._trainers: dict[str, Trainer] = {}
        self._record = recorded
        super().__init__(
            nets=dict(NETS),
            photographs=list(sprite().names),
            credits=credits(),
            recorded=_shown(recorded) if recorded else {},
            **{**begin, **traits},
        )
        for side in SIDES:
            self.observe(self._answer, f"asked_{side}")

    @traitlets.validate("steps")
    def _whole_looks(self, proposal: Any) -> int:
        if proposal["value"] % LOOK_EVERY:
            raise UserError(f"steps={proposal['value']} must be a multiple of {LOOK_EVERY}")
        return proposal["value"]

    def switches(self, side: str) -> Switches:
        """Return one side's switches; `side` is "a" or "b"."""
        return Switches(**{key: getattr(self, f"{side}_{key}") for key in CHOICES})

    @property
    def plan(self) -> Plan:
        """What both sides share."""
        return Plan(**{key: getattr(self, key) for key in _PLAN})

    def _answer(self, change: Any) -> None:
        asked, side = change["new"], change["name"][-1]
        try:
            answer = {"result": self._job(side, asked["job"], asked["given"])}
        except UserError as error:
            answer = {"problem": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            answer = {"problem": f"Python cannot do that: {error}"}
        setattr(self, f"answered_{side}", {"id": asked.get("id"), **answer})

    def _job(self, side: str, job: str, given: dict[str, Any]) -> Any:
        if job == "open":
            return list(sprite().names)
        if job == "begin":
            plan, switches = Plan(**given["plan"]), Switches(**given["side"])
            trainer = self._trainers[side] = Trainer(plan, switches, int(given["seed"]))
            return {"labels": trainer.val.labels.tolist(), "shown": _first_patches(trainer)}
        trainer = self._trainers[side]
        found: dict[str, Any] = trainer.advance(min(int(given["steps"]), LOOK_EVERY))
        kernels = trainer.kernels()
        packed = {"data": kernels.ravel().round(5).tolist(), "shape": list(kernels.shape)}
        return {**found, "kernels": packed, "look": trainer.look() if given["looks"] else None}

    def still(self) -> Figure:
        """Draw the recorded races: medians and their intervals."""
        from matplotlib.figure import Figure

        from ...plots.labels import End, label_ends

        figure = Figure(figsize=(6.4, 3.2), dpi=100, layout="constrained")
        ax = figure.subplots()
        named = []
        for side, (name, colour) in enumerate((("A", "#1c5780"), ("B", "#b4541f"))):
            runs = self.recorded["curves"][side] if self.recorded else []
            if not runs:
                continue
            columns = [[value or 0.0 for value in run[self.column]] for run in runs]
            looks = list(zip(*columns, strict=True))
            at = [(i + 1) * LOOK_EVERY for i in range(len(looks))]
            middles = [sorted(v)[len(v) // 2] for v in looks]
            ax.plot(at, middles, color=colour)
            named.append(End(f"net {name}", at[-1], middles[-1], colour))
            ends = [median_interval(v) for v in looks]
            if all(ends):
                low, high = ([e[k] for e in ends if e] for k in (1, 2))
                ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        if not named:
            ax.text(0.5, 0.5, "nothing is trained yet", ha="center", transform=ax.transAxes)
        ax.set_xlim(0, self.steps)
        ax.set_ylim(0, None if self.column == "loss" else 1)
        ax.set_xlabel("steps of 32 patches")
        ax.set_ylabel(self.column.replace("val_", "validation ").replace("train_", "training "))
        ax.spines[["top", "right"]].set_visible(False)
        label_ends(ax, named)
        return figure

    def describe(self) -> str:
        """Say what is raced, and what was recorded."""
        what = f"The training bench. {self.title or 'Two nets'} ({NETS[self.net]})."
        if self._record is None:
            return f"{what} Nothing is trained yet."
        return f"{what} Curves of {len(self._record.runs)} recorded races, {self.steps} steps each."


def _setting(plan: Plan, a: Switches, b: Switches) -> dict[str, Any]:
    found: dict[str, Any] = {key: getattr(plan, key) for key in _PLAN}
    for side, switches in zip(SIDES, (a, b), strict=True):
        found |= {f"{side}_{key}": value for key, value in switches.as_dict().items()}
    return found


def _shown(record: Record) -> dict[str, Any]:
    """Return the races of a record as the view draws them."""
    curves = [
        [
            {name: list(getattr(pair[side], name)) for name in _COLUMNS}
            for pair in record.runs.values()
        ]
        for side in range(2)
    ]
    return {"setting": _setting(record.plan, record.a, record.b), "curves": curves}


def _first_patches(trainer: Trainer) -> list[int]:
    """Return the first validation patch of each photograph as RGBA bytes."""
    import numpy as np

    count = len(trainer.val.labels) // VAL_EACH
    pixels = trainer.validation_pixels(count).transpose(0, 2, 3, 1)
    opaque = np.full((*pixels.shape[:3], 1), 255, np.uint8)
    return np.concatenate([pixels, opaque], 3).ravel().tolist()
