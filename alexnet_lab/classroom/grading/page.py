"""One student's page: what passed, what is wrong, a hint; no hidden source."""

from __future__ import annotations

from html import escape

from ..people.account import Account
from ..people.marks import Mark
from ..tables import number
from .results import Report, Result, shown

_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; }}
body {{ padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .6rem; }}
th, td {{ border-top: 1px solid #8888; }}
td.points {{ text-align: right; white-space: nowrap; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
pre {{ border-left: 3px solid #8888; padding-left: 1rem; }}
img {{ max-width: 100%; }}
</style>
</head>
<body>
<main>
"""


FOOT = "</main>\n</body>\n</html>\n"


def head(title: str, style: str = "") -> str:
    """Return the beginning of a page that loads and runs nothing; `style` is CSS of its own."""
    return _HEAD.format(title=escape(title)).replace("</style>", f"{style}</style>")


def picture(kind: str, data: str) -> str:
    """Return a picture that was pasted into an answer."""
    return f'<img src="data:{kind};base64,{data}" alt="pasted into the answer">\n'


def render(report: Report, result: Result, *, details: bool = False) -> str:
    """Return a page as HTML that loads and runs nothing.

    Parameters
    ----------
    report : Report
    result : Result
    details : bool
        Add what only a teacher may read: errors in full, lines of hidden checks, flags.

    Returns
    -------
    str
        All that comes from a submission is escaped.
    """
    assignment = report.assignment
    out = [head(f"{assignment.name}: {_who(result)}")]
    out.append(f"<h1>{escape(assignment.name)}</h1>\n<p>{escape(_who(result))}</p>\n")
    if result.status != "graded":
        out.append(f"<p><strong>Not graded:</strong> {escape(result.reason)}.</p>\n")
    else:
        points = f"{result.graded.points:g} of {assignment.points:g} points"
        out.append(f"<p><strong>{points}</strong> from checks.</p>\n")
        out.append(_sum(result.account))
        out.append(_table(report, result, details))
        out += _written(report, result)
        notes = result.graded.flags + (result.graded.suspicions if details else [])
        if notes:
            items = "".join(f"<li>{escape(note)}</li>" for note in notes)
            out.append(f"<h2>Notes</h2>\n<ul>{items}</ul>\n")
    out.append(FOOT)
    return "".join(out)


def _table(report: Report, result: Result, details: bool) -> str:
    rows = []
    for check in report.assignment.checks:
        verdict = result.graded.verdicts[check.grade_id]
        message = verdict.message.removeprefix(check.title).lstrip(": ")
        said = escape(message) if message else "passed"
        if message and check.hint and message != "not answered yet":
            said += f"<br><em>Hint: {escape(check.hint)}</em>"
        if details and verdict.detail:
            said += f"<pre>{escape(verdict.detail)}</pre>"
        points = f"{verdict.points:g} / {check.points:g}"
        mark = _mark(result, check.grade_id)
        if mark and mark.points is not None:
            points = f"{number(mark.points)} / {check.points:g}"
            said += "<br>A person has marked this."
        if mark and mark.comment:
            said += f"<br>{escape(mark.comment)}"
        rows.append(
            f'<tr><th scope="row">{escape(check.title)}</th><td>{said}</td>'
            f'<td class="points">{points}</td></tr>\n'
        )
    head = '<tr><th scope="col">Exercise</th><th scope="col">Check</th><th scope="col">Points</th>'
    return f"<table>\n<thead>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>\n"


def _written(report: Report, result: Result) -> list[str]:
    out = []
    for text in report.assignment.written:
        answer = result.written.get(text.grade_id, "") or "(no answer)"
        mark = _mark(result, text.grade_id)
        said = f"A person reads this, for {text.points:g} points."
        if mark and mark.points is not None:
            said = f"<strong>{number(mark.points)} of {text.points:g} points.</strong>"
        if mark and mark.comment:
            said += f" {escape(mark.comment)}"
        out.append(f"<h2>{escape(text.title)}</h2>\n<p>{said}</p>\n")
        out.append(f"<pre>{escape(answer[:20000])}</pre>\n")
        out += [picture(*pasted) for pasted in result.pictures.get(text.grade_id, ())]
    return out


def _mark(result: Result, exercise: str) -> Mark | None:
    return result.account.marks.get(exercise) if result.account else None


def _who(result: Result) -> str:
    if result.student:
        return result.student.name or result.student.id
    return shown(result.name)


def _sum(account: Account | None) -> str:
    """Return how the total comes about, once a person has marked or lateness costs something."""
    if account is None or not (account.marks or account.days):
        return ""
    said = []
    if account.changed:
        said.append(f"{account.changed:+g} by a person on checks")
    if account.people_of:
        said.append(f"{number(account.people)} of {number(account.people_of)} from a person")
    if account.days:
        days = f"{account.days} day{'s' if account.days > 1 else ''}"
        said.append(f"less {number(account.penalty)}, for it came {days} late")
    total = f"{number(account.total)} of {number(account.of)} points in all"
    waits = ", preliminary: a person has not read everything yet" if account.unmarked else ""
    parts = f"<p>{'; '.join(said)}.</p>\n" if said else ""
    return f"{parts}<p><strong>{total}</strong>{waits}.</p>\n"
