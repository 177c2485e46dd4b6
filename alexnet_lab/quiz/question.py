"""What a question is, once it has been read: the one structure that all else is made from."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

# The scales that a unit's first word may name.
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
LETTERS = "ABCDEF"
# What a drawn question may be about: its words, and the column of the records.
COLUMNS = {
    "training error": "train_error",
    "test error": "val_error",
    "training loss": "train_loss",
    "test loss": "val_loss",
}
# What a drawn curve may do and the recorded one does not. What each means is written in
# widgets/_runtime/curve-core.js, which judges; a test holds the names together.
SHAPES = (
    *("falls at the end", "falls", "keeps falling", "levels off", "rises"),
    *("stays below", "stays above"),
)
NUMBER = r"[+−-]?(?:\d{1,3}(?:[,\u2009\u202f]\d{3})+|\d+)(?:\.\d+)?"


@dataclass(frozen=True)
class Choice:
    """One of the choices: letter, text, and what is said to a reader who takes it (Markdown).

    Examples
    --------
    >>> from alexnet_lab.quiz import Choice
    >>> Choice("B", "55 columns", "The code of 2012 rounds up.", is_key=True).letter
    'B'
    """

    letter: str
    text: str
    feedback: str
    is_key: bool


@dataclass(frozen=True)
class Slip:
    """A wrong number that a known slip gives, and what is said to it (Markdown).

    Parameters
    ----------
    value : float
    text : str
        The number as the answer writes it.
    feedback : str
    room : float
        How near an answer is taken for this slip: as near as for the right number, but nearer to
        no other number that the answer names.

    Examples
    --------
    >>> from alexnet_lab.quiz import Slip
    >>> Slip(54.0, "54", "That rounds down.", room=0.5).value
    54.0
    """

    value: float
    text: str
    feedback: str
    room: float


@dataclass(frozen=True)
class Drawn:
    """The recorded curve that is to be drawn.

    Parameters
    ----------
    experiment, arm : str
        Of the ledger.
    column : str
        ``training error``, ``test error``, ``training loss`` or ``test loss``.
    beside : str
        Another arm, whose curve is shown from the start; nothing where there is none.
    shapes : tuple of (str, str)
        What a drawn curve may do and the recorded one does not, and what is said to it (Markdown).

    Examples
    --------
    >>> from alexnet_lab.quiz import Drawn
    >>> Drawn("dropout", "half", "test error", beside="none").column
    'test error'
    """

    experiment: str
    arm: str
    column: str
    beside: str = ""
    shapes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Number:
    """The number that is asked for.

    Parameters
    ----------
    value : float
        As written, in `unit`.
    text : str
        The number as the answer writes it.
    unit : str
        "pixels", "%", "million", or nothing.
    tolerance : float
        How far from `value` an answer may be, in `unit`. Where the answer names none: half a unit
        of the last digit that it shows.

    Examples
    --------
    >>> from alexnet_lab.quiz import Number
    >>> asked = Number(1.4, "1.4", "million parameters", tolerance=0.05)
    >>> asked.is_right(1.43), asked.is_right(1.5), asked.scale
    (True, False, 1000000.0)
    """

    value: float
    text: str
    unit: str
    tolerance: float

    @property
    def scale(self) -> float:
        """What one of `unit` is: 1e6 for "million parameters", 1 for "pixels"."""
        return SCALES.get(self.unit.partition(" ")[0], 1.0)

    def is_right(self, value: float) -> bool:
        """Whether a number, in `unit`, is near enough."""
        # A reader types 0.55 where the end is 0.5 + 0.05, which floats miss by one part in 10^16.
        return abs(value - self.value) <= self.tolerance + 1e-9 * max(1.0, abs(self.value))


@dataclass(frozen=True)
class Question:
    """A question with its answer. All texts are Markdown.

    Parameters
    ----------
    id : str
        Chapter and digest of what is asked: the same as long as the question's words are.
    page : str
        The file that asks, from the book's root: ``notebooks/05_pooling.ipynb``.
    label : str
        ``Predict``, ``Check 5.1`` or ``Question 3``.
    topic : str
        What the label adds after a comma: ``what ReLU changes``.
    kind : str
        ``choices``, ``number``, ``drawn``, ``open``; or ``old``: asked, and answered by the text
        that follows or by several folds, so that there is nothing to take an answer with.
    prompt : str
        What is asked, without the choices.
    choices : tuple of Choice
    number : Number or None
    slips : tuple of Slip
    explanation : str
        The answer, without what is said to single choices.
    hint : str
    drawn : Drawn or None

    Examples
    --------
    >>> from alexnet_lab.quiz import Choice, Question
    >>> choices = (Choice("A", "54", "", is_key=False), Choice("B", "55", "", is_key=True))
    >>> asked = Question("1", "notebooks/01.ipynb", "Predict", "", "choices", "How many?", choices)
    >>> asked.key
    'B'
    """

    id: str
    page: str
    label: str
    topic: str
    kind: str
    prompt: str
    choices: tuple[Choice, ...] = ()
    number: Number | None = None
    slips: tuple[Slip, ...] = ()
    explanation: str = ""
    hint: str = ""
    drawn: Drawn | None = None

    @property
    def chapter(self) -> str:
        """The chapter's number, or the page's name: ``05``, ``A1``, ``misconceptions``."""
        return self.id.rpartition("-")[0]

    @property
    def key(self) -> str:
        """The letter of the right choice; nothing for other kinds."""
        return next((choice.letter for choice in self.choices if choice.is_key), "")


def read_number(text: str) -> float:
    """Return a number as prose writes it: ``60,965,224``, ``−0.5``.

    Examples
    --------
    >>> from alexnet_lab.quiz.question import read_number
    >>> read_number("60,965,224"), read_number("−0.5")
    (60965224.0, -0.5)
    """
    return float(re.sub(r"[,\u2009\u202f]", "", text).replace("−", "-"))


def last_digit(text: str) -> float:
    """Return half a unit of the last digit that a number shows: 0.05 for ``1.4``."""
    decimals = len(text.partition(".")[2])
    return 0.5 * math.pow(10, -decimals)
