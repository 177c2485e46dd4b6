"""A term that is made up, and what it must come to: worked out here by hand, not by the package.

A hundred and twenty students, six assignments; archives of Moodle and of Canvas in turn; late
copies, double copies, people who hand in nothing, marks in three rounds, a check that was wrong.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import canned

FIRST = ("Ada", "Jürgen", "Seán", "Zoë", "Li", "Anna Maria", "Olu", "Inés", "Kim", "Łukasz")
LAST = ("Berg", "Müßig", "O'Neill", "Lee", "Ferreira Souza", "Ng", "Sørensen", "Diallo",
        "Novák", "van Dijk", "Smith-Jones", "Kaya")  # fmt: skip
POINTS = {"out-size": 2, "relu": 2, "mean": 3, "tower": 2}  # of an exercise's checks together
WRITTEN = 2
OF = sum(POINTS.values()) + WRITTEN
DEADLINE = dt.datetime(2026, 11, 2, 12)
PERCENT = 10
NAMES = [f"{number}-sample" for number in range(1, 7)]


@dataclass
class Handed:
    """What one student did in one assignment, and what people gave."""

    right: set[str] = field(default_factory=set)
    blank: set[str] = field(default_factory=set)
    wrote: bool = False
    late: float = -1.0  # days after the deadline; negative: in time
    told: bool = True  # a late copy's time is known
    copies: int = 0
    mark: float | None = None
    check: float | None = None  # a person's points for the check of `tower`

    @property
    def checks(self) -> float:
        return sum(points for name, points in POINTS.items() if name in self.right)

    @property
    def before(self) -> float:
        tower = POINTS["tower"] if "tower" in self.right else 0
        changed = 0 if self.check is None else self.check - tower
        return self.checks + changed + (self.mark or 0)

    @property
    def penalty(self) -> float:
        if self.late <= 0 or not self.told or not self.copies:
            return 0.0
        days = -int(-self.late // 1)
        return round(min(OF * days * PERCENT / 100, self.before), 2)

    @property
    def total(self) -> float:
        return round(self.before - self.penalty, 2)


@dataclass
class Term:
    """All of it: by assignment, by student."""

    folder: Path
    students: list[tuple[str, str]]
    handed: dict[str, dict[str, Handed]]
    older: dict[str, int] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


def make(folder: Path, source: dict[str, Any], seed: int = 1) -> Term:
    """Write sources and a roster, and decide what everyone does."""
    draw = random.Random(seed)
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    students = [(f"s{1000 + n}", name) for n, name in enumerate(names)]
    with (folder / "roster.csv").open("w", encoding="utf-8-sig", newline="") as file:
        rows = [("id", "name", "address", "section", "canvas", "login")]
        for n, (who, name) in enumerate(students):
            rows.append((who, name, f"{who}@example.org", "AB"[n % 2], f"{7000 + n}", who))
        csv.writer(file, delimiter=";").writerows(rows)
    handed = {name: {who: _one(draw) for who, _ in students} for name in NAMES}
    for name in NAMES:
        (folder / f"{name}.ipynb").write_text(json.dumps(source), encoding="utf-8")
    return Term(folder, students, handed)


def _one(draw: random.Random) -> Handed:
    if draw.random() < 0.08:
        return Handed()
    done = Handed(copies=1 + (draw.random() < 0.25), wrote=draw.random() < 0.85)
    for name in POINTS:
        luck = draw.random()
        (done.right if luck < 0.7 else done.blank if luck > 0.9 else set()).add(name)
    if draw.random() < 0.12:
        done.late = draw.choice((0.2, 1.0, 1.01, 2.5))
        done.told = draw.random() < 0.8
    return done


def download(term: Term, name: str, student: dict[str, Any], answers: dict[str, str]) -> None:
    """Write an assignment's archive as its platform does, and the table of times."""
    folder = term.folder / f"downloads-{name}"
    folder.mkdir()
    student = json.loads(json.dumps(student))
    student["metadata"]["alexnet_lab"]["assignment"] = name
    moodle = int(name[0]) % 2 == 1
    times = [("student", "time")]
    archive = io.BytesIO()
    term.older[name] = 0
    with zipfile.ZipFile(archive, "w") as packed:
        for number, (who, called) in enumerate(term.students):
            done = term.handed[name][who]
            for copy in range(done.copies):
                newest = copy == done.copies - 1
                term.older[name] += not newest
                data = _notebook(student, answers, done if newest else Handed(), who, copy)
                when = DEADLINE + dt.timedelta(days=done.late, hours=-5 * (not newest))
                if moodle:
                    done.told = True
                    path = f"{called}_{300 + number}_assignsubmission_file_/{copy}.ipynb"
                    packed.writestr(zipfile.ZipInfo(path, when.timetuple()[:6]), data)
                    continue
                last, _, first = called.rpartition(" ")[::-1]
                run = "".join(c for c in f"{last}{first}".lower() if c.isalnum())
                flag = "LATE_" if done.late > 0 else ""
                again = f"-{copy}" if copy else ""
                path = f"{run}_{flag}{7000 + number}_{90000 - copy}_{name}{again}.ipynb"
                packed.writestr(zipfile.ZipInfo(path, (2026, 11, 20, 9, 0, 0)), data)
                if newest and done.late > 0 and done.told:
                    times.append((who, when.isoformat(sep=" ")))
        packed.writestr("Guest Student_9_assignsubmission_file_/x.ipynb", data)
    (folder / "submissions.zip").write_bytes(archive.getvalue())
    with (term.folder / f"times-{name}.csv").open("w", newline="") as file:
        csv.writer(file).writerows(times)


def _notebook(
    student: dict[str, Any], answers: dict[str, str], done: Handed, who: str, copy: int
) -> bytes:
    texts = {n: answers[n] if n in done.right else canned.WRONG for n in POINTS}
    texts = {n: text for n, text in texts.items() if n not in done.blank}
    if done.wrote:
        texts["why"] = f"Because of the second card, says {who}."
    return canned.answered(student, texts, who=f"{who} {copy}")


def mark(term: Term, name: str, round_: int) -> None:
    """Write marks as a person does: half, the rest, and corrections; codes, ids, addresses."""
    path = term.folder / f"report-{name}" / "marks.csv"
    draw = random.Random(f"{name} {round_}")
    rows = [] if path.exists() else [("student", "exercise", "points", "comment")]
    waiting = [who for who, _ in term.students if term.handed[name][who].wrote]
    for place, who in enumerate(waiting):
        done = term.handed[name][who]
        called = (term.codes[name][who], who, f"{who}@example.org")[place % 3]
        if (round_ < 2 and place % 2 == round_) or (round_ == 2 and place % 17 == 0):
            done.mark = draw.choice((0, 0.5, 1, 1.5, 2))
            rows.append((called, "why", f"{done.mark:g}", f"round {round_}, =fine"))
        if round_ == 2 and place % 40 == 1:
            done.check = draw.choice((1, 2))
            rows.append((called, "tower-check", f"{done.check:g}", "rightly so"))
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
