"""The report of a batch: ``grades.csv``, ``grades.json``, and a page a student."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...files import atomic_write
from ..people.account import Account
from ..tables import number, write_table
from . import marking, page
from .results import ABSENT, Report, Result, shown

FILE = "grades.json"
BEFORE = "grades-before.json"


def write(report: Report, folder: Path, *, details: bool = False) -> None:
    """Write all files of a report, and take away pages of files that are no longer there.

    Parameters
    ----------
    report : Report
    folder : pathlib.Path
    details : bool
        Pages for the teacher: errors in full.
    """
    _keep_before(folder, as_json(report))
    with atomic_write(folder / FILE) as scratch:
        text = json.dumps(as_json(report), indent=1, ensure_ascii=False)
        scratch.write_text(text + "\n", encoding="utf-8")
    write_table(folder / "grades.csv", _rows(report))
    pages = folder / "pages"
    there = [result for result in report.results if result.status != ABSENT]
    for result in there:
        _write_new(pages / page_name(result.name), page.render(report, result, details=details))
    kept = {page_name(result.name) for result in there}
    for path in pages.glob("*.html"):
        if path.name not in kept:
            path.unlink()
    marking.write(report, folder)


def _write_new(path: Path, text: str) -> None:
    """Write a text, unless the file has it already: most of a class stays as it was."""
    try:
        if path.read_text(encoding="utf-8") == text:
            return
    except (OSError, ValueError):
        pass
    with atomic_write(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def _keep_before(folder: Path, new: dict[str, Any]) -> None:
    """Keep the grades of the last run that said something else, to compare with."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
        old = json.loads(text)
        if _timeless(old) == _timeless(new):
            return
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return
    with atomic_write(folder / BEFORE) as scratch:
        scratch.write_text(text, encoding="utf-8")


def _timeless(data: dict[str, Any]) -> str:
    """Return grades as text, without how long checks took."""
    rows = [
        {**entry, "checks": {n: {**v, "seconds": 0} for n, v in entry["checks"].items()}}
        for entry in data["submissions"]
    ]
    return json.dumps({**data, "submissions": rows}, sort_keys=True)


def page_name(name: str) -> str:
    """Return the name of a file's page: readable, short, no two the same."""
    stem = re.sub(r"[^\w.-]+", "_", shown(name).removesuffix(".ipynb"))[:60].strip("._") or "page"
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{stem}-{digest}.html"


def as_json(report: Report) -> dict[str, Any]:
    """Return the whole report as what JSON can hold, in a stable order."""
    assignment = report.assignment
    checks = [
        {"id": c.grade_id, "exercise": c.exercise, "title": c.title, "points": c.points}
        for c in assignment.checks
    ]
    written = [asdict(text) for text in assignment.written]
    return {
        "assignment": assignment.name,
        "version": assignment.version,
        "sandbox": report.sandbox,
        "secret": report.secret,
        "settings": asdict(report.settings),
        "points": assignment.points,
        "late": _policy(report),
        "checks": checks,
        "written": written,
        "submissions": [_entry(result) for result in report.results],
    }


def _policy(report: Report) -> dict[str, Any] | None:
    policy = report.policy
    if policy is None:
        return None
    return {
        "deadline": policy.deadline.isoformat(sep=" "),
        "grace_minutes": policy.grace.total_seconds() / 60,
        "percent": policy.percent,
        "most": policy.most,
    }


def _entry(result: Result) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "file": shown(result.name),
        "page": f"pages/{page_name(result.name)}" if result.name else "",
        "code": result.code,
        "digest": result.digest,
        "status": result.status,
        "reason": result.reason,
        "points": result.graded.points,
        "checks": {name: asdict(verdict) for name, verdict in result.graded.verdicts.items()},
        "written": result.written,
        "flags": result.graded.flags,
        "suspicions": result.graded.suspicions,
        "runs": result.graded.runs,
    }
    if result.student:
        student = result.student
        entry["student"] = {
            "id": student.id,
            "name": student.name,
            "address": student.address,
            "section": student.section,
            "accounts": student.accounts,
        }
    if result.account:
        entry["account"] = {**asdict(result.account), **_sums(result.account)}
    return entry


def _sums(account: Account) -> dict[str, float]:
    return {"before": account.before, "total": account.total, "of": account.of}


def _rows(report: Report) -> list[list[str]]:
    assignment = report.assignment
    known = any(result.student for result in report.results)
    head = ["student", "name", "section"] if known else []
    head += ["file", "status", "points", "of"]
    head += [check.grade_id for check in assignment.checks]
    head += [text.grade_id for text in assignment.written]  # what a person gave
    head += ["unmarked"] if assignment.written else []
    head += ["days late", "penalty"] if report.policy else []
    rows = [[*head, "total", "total of", "flags", "suspicions"]]
    for result in report.results:
        student, account = result.student, result.account
        row = [student.id, student.name, student.section] if student else [""] * (3 * known)
        row += [shown(result.name), result.status]
        row += [number(result.graded.points), number(assignment.points)]
        row += [_points(result, check.grade_id) for check in assignment.checks]
        row += [_points(result, text.grade_id) for text in assignment.written]
        if assignment.written:
            row.append(str(len(account.unmarked)) if account else "")
        if report.policy:
            row += [str(account.days), number(account.penalty)] if account else ["", ""]
        row += [number(account.total), number(account.of)] if account else ["", ""]
        row.append("; ".join(_notes(result)))
        row.append("; ".join(result.graded.suspicions))
        rows.append(row)
    return rows


def _points(result: Result, exercise: str) -> str:
    """Return what counts: a person's mark, else what a check gave."""
    mark = result.account.marks.get(exercise) if result.account else None
    if mark and mark.points is not None:
        return number(mark.points)
    verdict = result.graded.verdicts.get(exercise)
    return number(verdict.points) if verdict else ""


def _notes(result: Result) -> list[str]:
    notes = [result.reason] if result.reason else []
    account = result.account
    if account:
        notes += [account.note] if account.note else []
        notes += [
            f"{name}: {number(mark.points)} by a person, "
            f"{number(result.graded.verdicts[name].points)} by the check"
            for name, mark in account.marks.items()
            if name in result.graded.verdicts and mark.points is not None
        ]
    return notes + result.graded.flags
