"""When a chapter was last executed, and with which torch: a line at the end of its page.

`tools/execute_chapters.py` notes both in the chapter's metadata. A chapter without such a note says
nothing.
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


def line_of(chapter: Path) -> str:
    """Return the line for a page; empty when there is no legible note.

    Parameters
    ----------
    chapter : Path
        A notebook with ``on`` (a date, ``2026-11-24``) and ``versions`` in its metadata, under
        ``alexnet_lab.executed``.
    """
    try:
        facts = json.loads(chapter.read_text(encoding="utf-8-sig"))
        executed = facts["metadata"]["alexnet_lab"]["executed"]
        day = datetime.date.fromisoformat(executed["on"])
        torch = str(executed["versions"]["torch"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f"Last executed on {day.day} {MONTHS[day.month - 1]} {day.year} with torch {torch}."


def _line(app: Sphinx, name: str) -> str:
    if not name.startswith("notebooks/"):
        return ""
    return line_of(Path(app.srcdir, f"{name}.ipynb"))


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
