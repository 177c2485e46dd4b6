"""The report of a batch: ``grades.csv``, ``grades.json``, and a page a student."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...files import atomic_write
from . import page
from .results import Report, Result, shown

# A spreadsheet takes a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(report: Report, folder: Path, *, details: bool = False) -> None:
    """Write all files of a report, and take away pages of files that are no longer there.

    Parameters
    ----------
    report : Report
    folder : pathlib.Path
    details : bool
        Pages for the teacher: errors in full.
    """
    with atomic_write(folder / "grades.json") as scratch:
        text = json.dumps(as_json(report), indent=1, ensure_ascii=False)
        scratch.write_text(text + "\n", encoding="utf-8")
    with (
        atomic_write(folder / "grades.csv") as scratch,
        # With a byte-order mark: without one spreadsheets take UTF-8 for something else.
        scratch.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        csv.writer(file).writerows(_rows(report))
    pages = folder / "pages"
    for result in report.results:
        with atomic_write(pages / page_name(result.name)) as scratch:
            scratch.write_text(page.render(report, result, details=details), encoding="utf-8")
    kept = {page_name(result.name) for result in report.results}
    for path in pages.glob("*.html"):
        if path.name not in kept:
            path.unlink()


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
        "checks": checks,
        "written": written,
        "submissions": [_entry(result) for result in report.results],
    }


def _entry(result: Result) -> dict[str, Any]:
    return {
        "file": shown(result.name),
        "page": f"pages/{page_name(result.name)}",
        "status": result.status,
        "reason": result.reason,
        "points": result.graded.points,
        "checks": {name: asdict(verdict) for name, verdict in result.graded.verdicts.items()},
        "written": result.written,
        "flags": result.graded.flags,
        "suspicions": result.graded.suspicions,
        "runs": result.graded.runs,
    }


def _rows(report: Report) -> list[list[str]]:
    assignment = report.assignment
    head = ["file", "status", "points", "of"]
    head += [check.grade_id for check in assignment.checks]
    # A person fills these in.
    head += [text.grade_id for text in assignment.written]
    rows = [[*head, "flags", "suspicions"]]
    for result in report.results:
        row = [shown(result.name), result.status, _number(result.graded.points)]
        row.append(_number(assignment.points))
        row += [_number(result.graded.verdicts[c.grade_id].points) for c in assignment.checks]
        row += ["" for _ in assignment.written]
        row.append("; ".join(([result.reason] if result.reason else []) + result.graded.flags))
        row.append("; ".join(result.graded.suspicions))
        rows.append([_cell(value) for value in row])
    return rows


def _number(value: float) -> str:
    return f"{value:g}"


def _cell(value: str) -> str:
    value = " ".join(value.split())
    return f"'{value}" if value.startswith(_FORMULA) else value
