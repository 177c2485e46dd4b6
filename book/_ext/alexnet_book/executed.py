"""When a chapter was last executed, and with which torch: a line at the end of its page.

`tools/execute_chapters.py` notes it beside the key of each run. A chapter without such a note, in a
book that was built without executing it, says nothing.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

# Not by strftime: what it writes depends on the machine's language.
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
RECORDS = Path(".make", "chapters")


def line_of(record: Path) -> str:
    """Return the line for a page; empty when there is no legible record.

    Parameters
    ----------
    record : Path
        JSON with ``executed`` (a date, ``2026-11-24``) and ``torch`` (a version).
    """
    try:
        facts = json.loads(record.read_text(encoding="utf-8"))
        day = datetime.date.fromisoformat(facts["executed"])
        torch = str(facts["torch"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f"Last executed on {day.day} {MONTHS[day.month - 1]} {day.year} with torch {torch}."


def _line(app: Sphinx, name: str) -> str:
    if not name.startswith("notebooks/"):
        return ""
    return line_of(Path(app.srcdir, RECORDS, f"{name.removeprefix('notebooks/')}.json"))


def _outdated(app: Sphinx, env: Any, *_: Iterable[str]) -> list[str]:
    """Name the pages whose line has changed, so that they are written again."""
    lines = {name: _line(app, name) for name in env.found_docs}
    known = getattr(env, "alexnet_book_executed", {})
    env.alexnet_book_executed = lines
    return [name for name, line in lines.items() if line != known.get(name, "")]


def _add(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    line = _line(app, pagename)
    if line and "body" in context:
        context["body"] += f'\n<p class="al-executed">{line}</p>'


def setup(app: Sphinx) -> None:
    """Connect to the pages as they are read and written."""
    app.connect("env-get-outdated", _outdated)
    app.connect("html-page-context", _add)
