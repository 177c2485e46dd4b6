"""Files that readers saved on the page *Your answers*: read, and held to that page's form."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError

LARGEST_BYTES = 4_000_000
KINDS = ("choices", "number", "open", "drawn")


@dataclass(frozen=True)
class Answer:
    """A reader's first answer to a question.

    Parameters
    ----------
    question : str
        The question's id.
    page, label, prompt, kind : str
        As the page had them.
    value : str
        The letter that was chosen, or what was typed.
    text : str
        The words of the choice, or what was typed.
    right : float
        0, 0.5 or 1.

    Examples
    --------
    >>> from alexnet_lab.quiz import Answer
    >>> page = ("notebooks/01.ipynb", "Predict", "How many columns?")
    >>> Answer("01-columns", *page, "choices", "A", "54", right=0.0).chapter
    '01'
    """

    question: str
    page: str
    label: str
    prompt: str
    kind: str
    value: str
    text: str
    right: float

    @property
    def chapter(self) -> str:
        """The chapter's number, or the page's name."""
        return self.question.rpartition("-")[0]


def read_answers(paths: Iterable[str | Path]) -> list[list[Answer]]:
    """Return the first answers of each reader.

    Parameters
    ----------
    paths : iterable of str or pathlib.Path
        Files, or folders of ``.json`` files. A file with the same answers as another counts once.

    Returns
    -------
    list of list of Answer
        One list a file.

    Raises
    ------
    UserError
        For a file that is not there, or was not saved by the page.

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> from alexnet_lab.quiz import read_answers
    >>> said = {"at": 0, "value": "A", "text": "54", "right": 0}
    >>> kept = {"page": "notebooks/01.ipynb", "label": "Predict", "prompt": "How many columns?"}
    >>> kept |= {"kind": "choices", "said": [said, {**said, "at": 1, "text": "55", "right": 1}]}
    >>> _ = Path("ada.json").write_text(json.dumps({"version": 1, "answers": {"01-columns": kept}}))
    >>> [[answer.text for answer in reader] for reader in read_answers(["ada.json"])]
    [['54']]
    """
    files: list[Path] = []
    for name in paths:
        path = Path(name)
        if path.is_dir():
            files += sorted(path.glob("*.json"))
        elif path.is_file():
            files.append(path)
        else:
            raise UserError(f"no such file or folder: {str(path)!r}")
    if not files:
        raise UserError("no files of answers; name .json files saved on the page Your answers")
    found: dict[str, list[Answer]] = {}
    for path in files:
        answers = _load(path)
        found.setdefault(json.dumps(answers, sort_keys=True), _first(answers))
    return list(found.values())


def _load(path: Path) -> dict[str, Any]:
    wrong = UserError(f"{str(path)!r} was not saved by the page Your answers; leave it out")
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise wrong
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {(error.strerror or '').lower()}") from error
    except (ValueError, RecursionError) as error:
        raise wrong from error
    answers = data.get("answers") if isinstance(data, dict) and data.get("version") == 1 else None
    if not isinstance(answers, dict) or not all(map(_is_kept, answers.values())):
        raise wrong
    return answers


def _is_kept(one: Any) -> bool:
    if not isinstance(one, dict) or one.get("kind") not in KINDS:
        return False
    said = one.get("said")
    return (
        all(isinstance(one.get(name), str) for name in ("page", "label", "prompt"))
        and isinstance(said, list)
        and len(said) > 0
        and all(map(_is_said, said))
    )


def _is_said(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("at"), int | float)
        and math.isfinite(one["at"])
        and all(isinstance(one.get(name), str) for name in ("value", "text"))
        and one.get("right") in (0, 0.5, 1)
    )


def _first(answers: dict[str, Any]) -> list[Answer]:
    made = []
    for name, one in answers.items():
        said = min(one["said"], key=lambda each: each["at"])
        about = (one["page"], one["label"], one["prompt"], one["kind"])
        made.append(Answer(name, *about, said["value"], said["text"], float(said["right"])))
    return made
