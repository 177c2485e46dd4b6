"""``alexnet-lab quiz``: the book's questions for a course, and what a class answered."""

from __future__ import annotations

import argparse
import csv
from typing import TYPE_CHECKING, Any

from ._parser import add_command

if TYPE_CHECKING:
    from ..quiz import Row

MARKS = {1.0: "right", 0.5: "right in part", 0.0: "not right"}


def add(commands: Any) -> None:
    """Declare the command and its own commands."""
    command = add_command(
        commands,
        "quiz",
        "questions of the book for a course, and a class's answers",
        "Write the book's questions for Moodle, Canvas, Anki or a spreadsheet; count what a class"
        " answered.",
        """
        alexnet-lab quiz export --format gift --chapter 5 --out chapter-5.gift
        alexnet-lab quiz export --format anki --out alexnet-lab.apkg
        alexnet-lab quiz report answers/
        """,
    )
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_export(verbs.add_parser("export", help="write the questions for another program"))
    _add_report(verbs.add_parser("report", help="count the answers that a class saved"))


def _add_export(verb: argparse.ArgumentParser) -> None:
    verb.description = "Write the questions of the book, or of one chapter, with their feedback."
    verb.add_argument(
        "--format",
        required=True,
        metavar="FORMAT",
        help="gift (Moodle), qti (2.1: Canvas, Blackboard, TAO), anki (a deck a chapter) or csv",
    )
    verb.add_argument("--chapter", metavar="N", help="a chapter's number, or a page's name")
    verb.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    verb.add_argument(
        "--book",
        default=".",
        metavar="FOLDER",
        help="the repository, with notebooks/ and book/ (.)",
    )
    verb.set_defaults(run=_export)


def _add_report(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Count the first answers in files that readers saved on the page Your answers: a question"
        " a paragraph, the hardest first. < marks the wrong answer that leads."
    )
    verb.add_argument("files", nargs="+", metavar="FILE", help="JSON files, or folders of them")
    verb.add_argument("--chapter", metavar="N", help="a chapter's number, or a page's name")
    verb.add_argument("--out", metavar="FILE", help="write a table (CSV) instead")
    verb.set_defaults(run=_report)


def _export(args: argparse.Namespace) -> None:
    from ..quiz import export, read_questions

    found = read_questions(args.book, chapter=args.chapter)
    written = export(found, args.out, args.format)
    left = len(found) - len(written)
    more = f"; {left} left out that take no answer" if left else ""
    print(f"{args.out}: {len(written)} questions{more}")


def _report(args: argparse.Namespace) -> None:
    from ..errors import UserError
    from ..quiz import read_answers, report

    readers = read_answers(args.files)
    rows = report(readers, args.chapter)
    if not rows:
        raise UserError(
            f"no answers to chapter {args.chapter!r} in these files"
            if args.chapter
            else "no answers"
        )
    if args.out:
        _write(rows, args.out)
        print(f"{args.out}: {len(rows)} questions, {len(readers)} readers")
        return
    print(f"{len(readers)} readers, {len(rows)} questions; first answers, hardest first")
    for row in rows:
        print(f"\n{row.question} {row.label}: {row.prompt}")
        print(f"  {row.right:g} of {row.count} right ({row.right / row.count:.0%})")
        for one in row.taken:
            lead = "  < leads" if one is row.misconception else ""
            text = f"{one.text}: " if one.text else ""
            print(f"  {one.count:4d}  {text}{MARKS[one.right]}{lead}")


def _write(rows: list[Row], out: str) -> None:
    from ..files import atomic_write

    names = ("question", "chapter", "label", "prompt", "kind", "answer", "right", "count", "leads")
    with atomic_write(out) as scratch, scratch.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(names)
        for row in rows:
            about = (row.question, row.chapter, row.label, row.prompt, row.kind)
            for one in row.taken:
                # What students typed may begin like a formula of a spreadsheet.
                text = f"'{one.text}" if one.text[:1] in set("=+-@") else one.text
                leads = "yes" if one is row.misconception else ""
                table.writerow([*about, text, one.right, one.count, leads])
