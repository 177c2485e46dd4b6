"""Sheets for marking: all answers to a question side by side, without names, the scheme beside."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ...files import atomic_write
from ..authoring import regions
from ..authoring.source import Written
from ..tables import number, write_table
from . import page
from .course import answered
from .results import Report, Result

FOLDER = "marking"
TO_MARK = "to-mark.csv"
HEADINGS = ("student", "exercise", "points", "comment")
LONGEST = 50_000

_STYLE = """\
body { max-width: none; margin: 1rem auto; }
.both { display: grid; grid-template-columns: minmax(16rem, 1fr) 3fr; gap: 2rem; }
.scheme { position: sticky; top: 1rem; align-self: start; max-height: 95vh; overflow: auto; }
.answers { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
.answers { align-items: start; }
article { border: 1px solid #8888; border-radius: .4rem; padding: .2rem .8rem; min-width: 0; }
article h2 { font: 600 1rem ui-monospace, monospace; margin: .4rem 0; }
@media (max-width: 50rem) { .both { grid-template-columns: 1fr; } .scheme { position: static; } }
"""


def write(report: Report, folder: Path) -> None:
    """Write a sheet a question, and a table of what waits for a mark.

    Parameters
    ----------
    report : Report
    folder : pathlib.Path
        Of the report.
    """
    questions = report.assignment.written
    if not questions:
        return
    sheets = folder / FOLDER
    waiting = [HEADINGS]
    for question in questions:
        rows = sorted(
            (row for row in report.results if answered(row, question.grade_id, report.assignment)),
            key=lambda row: row.code,  # in an order that tells nothing
        )
        with atomic_write(sheets / f"{question.grade_id}.html") as scratch:
            scratch.write_text(sheet(report, question, rows), encoding="utf-8")
        waiting += [
            (row.code, question.grade_id, "", "")
            for row in rows
            if row.account and question.grade_id in row.account.unmarked
        ]
    write_table(sheets / TO_MARK, waiting)
    names = {f"{question.grade_id}.html" for question in questions}
    for path in sheets.glob("*.html"):
        if path.name not in names:
            path.unlink()


def sheet(report: Report, question: Written, rows: list[Result]) -> str:
    """Return a question's sheet as HTML that loads and runs nothing.

    Parameters
    ----------
    report : Report
    question : Written
    rows : list of Result
        Those with an answer.

    Returns
    -------
    str
        Codes stand in the place of names; everything that students wrote is escaped.
    """
    cell = next(c for c in report.assignment.notebook.cells if c.get("id") == question.grade_id)
    scheme = "\n".join(regions.within(cell.source, regions.SOLUTION))
    title = f"{report.assignment.name}: {question.title}"
    out = [page.head(title, _STYLE), f"<h1>{escape(title)}</h1>\n"]
    out.append(f"<p>{len(rows)} answers, {number(question.points)} points each. Marks go into ")
    out.append(f"<code>marks.csv</code>; the rows that wait are in <code>{TO_MARK}</code>.</p>\n")
    out.append('<div class="both">\n<section class="scheme">\n<h2>Answer and mark scheme</h2>\n')
    out.append(f'<pre>{escape(scheme)}</pre>\n</section>\n<section class="answers">\n')
    out += [_answer(question, row) for row in rows]
    out.append(f"</section>\n</div>\n{page.FOOT}")
    return "".join(out)


def _answer(question: Written, row: Result) -> str:
    mark = row.account.marks.get(question.grade_id) if row.account else None
    text = row.written.get(question.grade_id, "")
    more = f"\n… {len(text) - LONGEST} more characters" if len(text) > LONGEST else ""
    out = [f'<article id="{escape(row.code)}">\n<h2>{escape(row.code)}</h2>\n']
    if mark:
        points = "no points yet" if mark.points is None else f"{number(mark.points)} points"
        out.append(f"<p><strong>{points}</strong> {escape(mark.comment)}</p>\n")
    out.append(f"<pre>{escape(text[:LONGEST] + more)}</pre>\n")
    out += [page.picture(*pasted) for pasted in row.pictures.get(question.grade_id, ())]
    out.append("</article>\n")
    return "".join(out)
