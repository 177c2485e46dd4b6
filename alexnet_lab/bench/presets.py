"""The pairs that chapters race."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
    """

    title: str
    ask: str
    a: Switches
    b: Switches
    plan: Plan = field(default_factory=Plan)
    measure: str = "val_error"


_RELU = Switches()
_OVERFIT = Plan(each=10, steps=400)

PRESETS = {
    "relu-tanh": Preset(
        "ReLU against tanh",
        "Which of them halves the training error first, and by how many steps?",
        _RELU,
        replace(_RELU, activation="tanh"),
        Plan("four-layer"),
        "steps",
    ),
    "relu-sigmoid": Preset(
        "ReLU against the sigmoid",
        "When does the sigmoid net begin to learn?",
        _RELU,
        replace(_RELU, activation="sigmoid"),
        measure="steps",
    ),
    "momentum": Preset(
        "The two momentum rules",
        "The rate drops after two thirds of the steps. Do the curves part there?",
        _RELU,
        replace(_RELU, rule="torch"),
        Plan(drop=True),
    ),
    "dropout": Preset(
        "With dropout and without",
        "Ten patches of each photograph are few. What does dropout do to the distance between the"
        " two errors?",
        _RELU,
        replace(_RELU, dropout=True),
        _OVERFIT,
    ),
    "crops": Preset(
        "With crops and reflections, and without",
        "Which side has the lower training error, and which the lower validation error?",
        _RELU,
        replace(_RELU, crops=True),
        _OVERFIT,
    ),
    "start": Preset(
        "The start of 2012 on today's inputs: eight layers",
        "Does the net with a start of zeros ever begin to learn?",
        _RELU,
        replace(_RELU, start="zeros"),
        Plan("mini"),
        "steps",
    ),
    "rate": Preset(
        "A rate that is ten times too high",
        "What does the loss do in the first forty steps?",
        _RELU,
        replace(_RELU, rate=0.1),
    ),
    "modern": Preset(
        "The recipe of 2012 and today's",
        "Each side has its own start, rate and input. Which begins earlier?",
        Switches(start="2012", norm="lrn", decay=0.0005, rate=0.001),
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


def recorded(name: str) -> Record | None:
    """Return the races of a preset that are shipped with the package, trained by PyTorch."""
    path = RECORDS / f"{name}.json"
    if not path.is_file():
        return None
    found, wanted = read_record(path), preset(name)
    same = (found.plan, found.a, found.b) == (wanted.plan, wanted.a, wanted.b)
    return found if same else None
