"""The roster: the people of a course, by every name that a learning platform may call them."""

from __future__ import annotations

import difflib
import functools
import itertools
import os
import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from ...errors import UserError
from ..tables import Row, read_table

# What other programs call these columns: Canvas, Moodle, Blackboard and GitHub Classroom.
HEADINGS = {
    "id": (
        *("student id", "id number", "sis user id", "matriculation number", "identifier"),
        *("username", "login"),
    ),
    "name": ("full name", "student", "student name"),
    "first": ("first name", "given name"),
    "last": ("last name", "surname", "family name"),
    "address": ("email", "email address", "e-mail", "mail"),
    "section": ("group", "groups", "class"),
    "login": ("sis login id", "username", "user name"),
    "canvas": ("canvas id", "canvas user id"),
    "github": ("github username", "github user", "github login"),
    "sis": ("sis user id", "sis login id"),
}
ACCOUNTS = ("login", "canvas", "github")
LONGEST_PERMUTED = 4


@dataclass(frozen=True)
class Student:
    """One person of the roster.

    Attributes
    ----------
    id : str
        What tells two students apart, everywhere.
    name : str
        First and last name, in either order; may be empty.
    address : str
        For mail; may be empty.
    section : str
    accounts : dict of str to str
        Names on platforms: ``login``, ``canvas``, ``github``.
    """

    id: str
    name: str = ""
    address: str = ""
    section: str = ""
    accounts: dict[str, str] = field(default_factory=dict, compare=False)

    def names(self) -> set[str]:
        """Return what stands for this student alone: the id, the address, accounts; folded."""
        local = self.address.partition("@")[0]
        given = (self.id, self.address, local, *self.accounts.values())
        return {fold(name) for name in given if name}


@dataclass(frozen=True)
class Roster:
    """Everyone in the course, in the order of the file."""

    students: tuple[Student, ...]

    def __iter__(self):
        return iter(self.students)

    def __len__(self) -> int:
        return len(self.students)

    @functools.cached_property
    def by_id(self) -> dict[str, Student]:
        """Students by their ids, as they are written."""
        return {student.id: student for student in self.students}

    @functools.cached_property
    def by_name(self) -> dict[str, list[Student]]:
        """Students by every name of theirs alone, folded; more than one where people share it."""
        found: dict[str, list[Student]] = {}
        for student in self.students:
            for name in student.names():
                found.setdefault(name, []).append(student)
        return found

    @functools.cached_property
    def by_run(self) -> dict[str, list[Student]]:
        """Students by their name's words in any order, run together, as Canvas writes them."""
        found: dict[str, list[Student]] = {}
        for student in self.students:
            for run in _runs(words(student.name)):
                found.setdefault(run, []).append(student)
        return found

    @functools.cached_property
    def by_words(self) -> dict[frozenset[str], list[Student]]:
        """Students by the words of their names."""
        found: dict[frozenset[str], list[Student]] = {}
        for student in self.students:
            if student.name:
                found.setdefault(frozenset(words(student.name)), []).append(student)
        return found

    def find(self, text: str, where: str) -> Student:
        """Return whom a person means by an id, an address, an account or a full name.

        Raises
        ------
        UserError
            When it is nobody, or more than one.
        """
        if text in self.by_id:
            return self.by_id[text]
        found = self.by_name.get(fold(text)) or self.by_words.get(frozenset(words(text))) or []
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(student.id for student in found)
            raise UserError(f"{where}: {text!r} may be any of {ids}; write the id")
        near = difflib.get_close_matches(text, [*self.by_id], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"{where}: {text!r} is not on the roster{hint}")


def read_roster(path: str | os.PathLike[str]) -> Roster:
    r"""Read a roster.

    Parameters
    ----------
    path : str or os.PathLike
        CSV with the columns id, name, address, section; further ones may be login, canvas and
        github. The lists that Canvas, Moodle and GitHub Classroom export are understood as they
        are; ``first`` and ``last`` name may stand in two columns.

    Returns
    -------
    Roster

    Raises
    ------
    UserError
        For a missing or a double id; the message names the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from alexnet_lab.classroom.people.roster import read_roster
    >>> file = Path("roster.csv")
    >>> _ = file.write_text("id,name,address,section\n7,Ada Lovelace,ada@example.org,A\n")
    >>> read_roster(file).students[0].name
    'Ada Lovelace'
    """
    students: dict[str, Student] = {}
    lines: dict[str, str] = {}
    for row in read_table(path, ("id",), HEADINGS):
        student = _student(row)
        if student is None:
            continue
        if fold(student.id) in lines:
            raise UserError(
                f"{row.place}: the id {student.id!r} is also in {lines[fold(student.id)]}"
            )
        lines[fold(student.id)] = row.place
        students[student.id] = student
    if not students:
        raise UserError(f"{os.fspath(path)!r} has no students below its first row")
    return Roster(tuple(students.values()))


def _student(row: Row) -> Student | None:
    name = row["name"] or f"{row['first']} {row['last']}".strip()
    if "points possible" in name.casefold():  # the second row of what Canvas exports
        return None
    given = row["id"]
    if row["sis"] and row["sis"] != given:
        # What Canvas exports: its own number is called ID, the university's stands beside it.
        row["canvas"] = row["canvas"] or given
        given = row["sis"]
    if not given:
        raise UserError(f"{row.place}: no id" + (f" for {name!r}" if name else ""))
    if "," in name:  # "Lovelace, Ada"
        last, _, first = name.partition(",")
        name = f"{first.strip()} {last.strip()}".strip()
    accounts = {kind: row[kind] for kind in ACCOUNTS if row[kind]}
    return Student(given, name, row["address"], row["section"], accounts)


def file_name(student_id: str) -> str:
    """Return the name of a student's notebook: the id, with what no file name may hold written out.

    Examples
    --------
    >>> from alexnet_lab.classroom.people.roster import file_name, id_of
    >>> file_name("s/7")
    's%2F7.ipynb'
    >>> id_of("s%2F7.ipynb")
    's/7'
    """
    safe = quote(student_id, safe=" @+,=!()")
    return ("%2E" + safe[1:] if safe.startswith(".") else safe) + ".ipynb"


def id_of(name: str) -> str:
    """Return the id from a name that `file_name` gave."""
    return unquote(name.removesuffix(".ipynb"))


def fold(text: str) -> str:
    """Return a text without case, accents and the ways of writing them: for comparing only."""
    text = text.casefold().replace("ø", "o").replace("ł", "l").replace("đ", "d").replace("æ", "ae")
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c)).strip()


def words(text: str) -> list[str]:
    """Return the words of a name, folded."""
    return [word for word in re.split(r"[\W_]+", fold(text)) if word]


def _runs(parts: list[str]) -> set[str]:
    if not parts:
        return set()
    if len(parts) <= LONGEST_PERMUTED:
        return {"".join(order) for order in itertools.permutations(parts)}
    return {"".join(parts[n:] + parts[:n]) for n in range(len(parts))}
