"""What a class answered: choices a question, and the wrong one that leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .answers import Answer


@dataclass(frozen=True)
class Taken:
    """An answer and how many took it.

    Parameters
    ----------
    text : str
        The words of a choice, or what was typed.
    right : float
        0, 0.5 or 1.
    count : int
        Of the readers.

    Examples
    --------
    >>> from alexnet_lab.quiz import Taken
    >>> Taken("54", right=0.0, count=7).count
    7
    """

    text: str
    right: float
    count: int


@dataclass(frozen=True)
class Row:
    """A question, as a class answered it at first.

    Parameters
    ----------
    question, chapter, label, prompt, kind : str
        As the page had them.
    count : int
        How many answered.
    right : float
        How many were right; half of one for each that was right in part.
    taken : tuple of Taken
        The answers, the most frequent first.

    Examples
    --------
    >>> from alexnet_lab.quiz import Row, Taken
    >>> taken = (Taken("55", 1.0, 9), Taken("54", 0.0, 7), Taken("56", 0.0, 1))
    >>> row = Row("01-columns", "01", "Predict", "How many?", "choices", 17, 9.0, taken)
    >>> row.misconception.text
    '54'
    """

    question: str
    chapter: str
    label: str
    prompt: str
    kind: str
    count: int
    right: float
    taken: tuple[Taken, ...]

    @property
    def misconception(self) -> Taken | None:
        """The wrong answer that most took, where at least two did and none is level with it."""
        wrong = [one for one in self.taken if one.right == 0]
        if self.kind == "open" or not wrong or wrong[0].count < 2:
            return None
        level = len(wrong) > 1 and wrong[1].count == wrong[0].count
        return None if level else wrong[0]


def report(readers: Iterable[Sequence[Answer]], chapter: str | None = None) -> list[Row]:
    """Count the first answers of a class.

    Parameters
    ----------
    readers : iterable of sequences of Answer
        Of `read_answers`.
    chapter : str, optional
        Only this: its number or a page's name.

    Returns
    -------
    list of Row
        The questions, those with the smallest share of right answers first.

    Examples
    --------
    >>> from alexnet_lab.quiz import Answer, report
    >>> asked = ("01-columns", "notebooks/01.ipynb", "Predict", "How many columns?", "choices")
    >>> ada, bob = Answer(*asked, "A", "54", right=0.0), Answer(*asked, "B", "55", right=1.0)
    >>> [(row.question, row.count, row.right) for row in report([[ada], [bob], [ada]])]
    [('01-columns', 3, 1.0)]
    """
    wanted = chapter.zfill(2).lower() if chapter else None
    by_question: dict[str, list[Answer]] = {}
    for answers in readers:
        for answer in answers:
            if wanted is None or answer.chapter.lower() == wanted:
                by_question.setdefault(answer.question, []).append(answer)
    rows = [_row(name, answers) for name, answers in by_question.items()]
    return sorted(rows, key=lambda row: (row.right / row.count, row.question))


def _row(name: str, answers: list[Answer]) -> Row:
    first = answers[0]
    # Of what was typed, spaces do not count; of open answers, only how they were marked.
    said = (("" if a.kind == "open" else " ".join(a.text.split()), a.right) for a in answers)
    taken = [Taken(text, right, count) for (text, right), count in Counter(said).items()]
    taken.sort(key=lambda one: (-one.count, -one.right, one.text))
    right = sum(answer.right for answer in answers)
    about = (name, first.chapter, first.label, first.prompt, first.kind)
    return Row(*about, len(answers), right, tuple(taken))
