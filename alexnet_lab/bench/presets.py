"""The pairs that chapters race."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import UserError
from .race import Plan
from .records import RECORDS, Record, read_record
from .switches import Switches


@dataclass(frozen=True)
class Preset:
    """A pair, and what it asks.

    Attributes
    ----------
    title : str
        What is compared.
    ask : str
        What to try, in a sentence.
    a, b : Switches
        The sides.
    plan : Plan
        What both share.
    measure : str
        By which the sides are compared: "val_error", or "steps" to half of the training error.
    column : str
        The curve that is shown first: "val_error", "train_error" or "loss".
    note : str
        What to make of the recorded races; it is shown behind their verdict.
    """

    title: str
    ask: str
    a: Switches
    b: Switches
    plan: Plan = field(default_factory=Plan)
    measure: str = "val_error"
    column: str = "val_error"
    note: str = ""


_RELU = Switches()
_OVERFIT = Plan(each=10, steps=300)

_2012 = Switches(start="2012")  # the start and the inputs of the paper's own race

PRESETS = {
    "relu-tanh": Preset(
        "ReLU against tanh",
        "Before you train, draw both curves: which net gets half of its training patches right"
        " first, and how many times as many steps does the other take?",
        replace(_2012, rate=0.001),
        replace(_2012, activation="tanh", rate=0.03),
        Plan("four-layer", steps=180),
        "steps",
        "train_error",
        "Each side has its own best rate of a grid. The paper's factor of six is not what this"
        " bench shows: on a few photographs, and up to half of the patches right, it is tanh that"
        " arrives first. Chapter 10 and the ledger have longer races, on CIFAR-10.",
    ),
    "relu-sigmoid": Preset(
        "ReLU against the sigmoid",
        "Before you train, draw both curves: when does the sigmoid net begin to learn?",
        _RELU,
        replace(_RELU, activation="sigmoid"),
        measure="steps",
        column="train_error",
    ),
    "momentum": Preset(
        "The two momentum rules",
        "Before you train, draw both curves: the rate drops after two thirds of the steps. Do they"
        " part there?",
        _RELU,
        replace(_RELU, rule="torch"),
        Plan(drop=True),
    ),
    "dropout": Preset(
        "Without dropout and with it",
        "Ten patches of each photograph are few. Before you train, draw both validation errors:"
        " which net ends lower, and whose training error is farther from it?",
        _RELU,
        replace(_RELU, dropout=True),
        _OVERFIT,
    ),
    "crops": Preset(
        "Without crops and reflections, and with them",
        "Before you train, draw both curves: which net ends with the lower training error, and"
        " which with the lower validation error?",
        _RELU,
        replace(_RELU, crops=True),
        _OVERFIT,
    ),
    "start": Preset(
        "A modern start and one of zeros: eight layers",
        "Before you train: does the net with weights of zero ever begin to learn?",
        _RELU,
        replace(_RELU, start="zeros"),
        Plan("mini"),
        "steps",
        "loss",
    ),
    "rate": Preset(
        "A rate that is ten times too high",
        "Before you train, draw both losses: what does each do in the first forty steps?",
        _RELU,
        replace(_RELU, rate=0.1),
        column="loss",
    ),
    "modern": Preset(
        "The recipe of 2012 and today's",
        "Each side has its own start, rate and input. Before you train, draw both curves: which"
        " begins earlier?",
        replace(_2012, norm="lrn", decay=0.0005, rate=0.001),
        Switches(rate=0.01, crops=True, rule="torch", decay=0.0005),
        Plan("80-seconds"),
    ),
}


def preset(name: str) -> Preset:
    """Return a preset by its name.

    Raises
    ------
    UserError
        When there is none.
    """
    if name not in PRESETS:
        raise UserError(f"unknown preset {name!r}; known: {', '.join(PRESETS)}")
    return PRESETS[name]


def recorded(name: str, folder: Path = RECORDS) -> Record | None:
    """Return the races of a preset that are shipped with the package, trained by PyTorch."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    found, wanted = read_record(path), preset(name)
    same = (found.plan, found.a, found.b) == (wanted.plan, wanted.a, wanted.b)
    return found if same else None
