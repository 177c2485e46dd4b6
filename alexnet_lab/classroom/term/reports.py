"""Reports of grading, read back, for gradebooks, feedback, statistics and comparisons."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import UserError
from ..grading.report import FILE


@dataclass(frozen=True)
class Graded:
    """One report.

    Attributes
    ----------
    folder : pathlib.Path
    name : str
        The assignment's.
    data : dict
        All of ``grades.json``.
    """

    folder: Path
    name: str
    data: dict[str, Any]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """One a row of the grades."""
        return self.data["submissions"]

    def by_key(self) -> dict[str, dict[str, Any]]:
        """Return entries by the student's id, else by the file."""
        return {key(entry): entry for entry in self.entries}

    def by_student(self) -> dict[str, dict[str, Any]]:
        """Return the entries of students on the roster, by id.

        Raises
        ------
        UserError
            When it was graded without a roster.
        """
        found = {e["student"]["id"]: e for e in self.entries if "student" in e}
        if not found:
            raise UserError(
                f"{str(self.folder)!r} knows no students; grade once more, with --roster: what is "
                "graded already is not graded again"
            )
        return found


def key(entry: dict[str, Any]) -> str:
    """Return what tells an entry from others."""
    return entry["student"]["id"] if "student" in entry else entry["file"]


def read_report(path: str | os.PathLike[str]) -> Graded:
    """Read a report.

    Parameters
    ----------
    path : str or os.PathLike
        The folder that grading wrote, or its ``grades.json``.

    Returns
    -------
    Graded

    Raises
    ------
    UserError
    """
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        graded = Graded(file.parent, str(data["assignment"]), data)
        for entry in graded.entries:
            entry["checks"], entry["account"], key(entry)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(f"cannot read {str(file)!r}: {why}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{str(file)!r} is not a report of grading; grade once more") from error
    return graded
