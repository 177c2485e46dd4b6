"""``alexnet-lab assignment``: what a course needs around grading."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..classroom import Lateness


def add_collect(verb: argparse.ArgumentParser) -> None:
    """Declare ``collect``."""
    verb.description = (
        "Find whose each download is, by the names that Moodle, Canvas, Blackboard and GitHub "
        "Classroom give and by the roster, look into archives, and keep the newest notebook of "
        "each student. Writes notebooks/ and collected.csv, with a row a file."
    )
    verb.add_argument("source", metavar="SRC", help="the teacher's notebook")
    verb.add_argument("downloads", metavar="DOWNLOADS", help="folder of downloads and archives")
    verb.add_argument(
        "--roster",
        required=True,
        metavar="FILE",
        help="CSV: id, name, address, section; also login, canvas, github",
    )
    verb.add_argument("--out", required=True, metavar="OUT", help="folder to write")
    verb.add_argument(
        "--times",
        metavar="FILE",
        help="CSV: student, file, time, deadline; for what names and archives do not tell",
    )
    verb.set_defaults(run=_collect)


def add_people(verb: argparse.ArgumentParser) -> None:
    """Declare what grading takes of people: roster, marks, lateness."""
    group = verb.add_argument_group("people")
    group.add_argument("--roster", metavar="FILE", help="CSV: id, name, address, section")
    group.add_argument(
        "--marks",
        action="append",
        metavar="FILE",
        help="CSV: student, exercise, points, comment; read, never written; may be given more than "
        "once (REPORT/marks.csv, where it is there)",
    )
    group.add_argument("--deadline", metavar="TIME", help="as '2026-11-30 23:59', or with +01:00")
    for name, default, text in (
        ("grace-minutes", 0.0, "minutes after the deadline that cost nothing"),
        ("penalty-percent", 0.0, "percent of the points that can be had, for each day begun"),
        ("most-percent", 100.0, "percent that are lost at most"),
    ):
        group.add_argument(
            f"--{name}", type=float, default=default, metavar="N", help=f"{text} ({default:g})"
        )


def add_export(verb: argparse.ArgumentParser) -> None:
    """Declare ``export``."""
    verb.description = (
        "Write canvas.csv and moodle.csv, which their gradebooks import, a folder of feedback a "
        "student, and mail.csv for mail merge. The reports were graded with a roster."
    )
    verb.add_argument("reports", metavar="REPORT", nargs="+", help="folders that grade wrote")
    verb.add_argument("--out", required=True, metavar="OUT", help="folder to write")
    verb.add_argument(
        "--title",
        action="append",
        default=[],
        metavar="NAME",
        help="what an assignment is called in the gradebook, as 'Homework 1 (4711)' in Canvas; "
        "once a report, in their order",
    )
    verb.add_argument(
        "--missing",
        choices=("blank", "zero"),
        default="blank",
        help="entry where nothing was handed in (blank)",
    )
    verb.add_argument(
        "--preliminary", action="store_true", help="also totals that wait for a person"
    )
    verb.set_defaults(run=_export)


def add_compare(verb: argparse.ArgumentParser) -> None:
    """Declare ``compare``."""
    verb.description = (
        "Show what differs between two gradings, student by student. Exit code 1 when they differ."
    )
    verb.add_argument("new", metavar="REPORT", help="folder that grade wrote, or its grades.json")
    verb.add_argument(
        "old",
        metavar="OLD",
        nargs="?",
        help="another (REPORT/grades-before.json, of the last run that said something else)",
    )
    verb.add_argument("--out", metavar="FILE", help="CSV to write, with all of it")
    verb.set_defaults(run=_compare)


def add_statistics(verb: argparse.ArgumentParser) -> None:
    """Declare ``statistics``."""
    verb.description = (
        "Tell for each check how many of the class passed it, what most of the others were told, "
        "and how long it took; for questions that people mark, how they were marked."
    )
    verb.add_argument("report", metavar="REPORT", help="folder that grade wrote")
    verb.add_argument("--out", metavar="FILE", help="CSV to write")
    verb.set_defaults(run=_statistics)


def add_alike(verb: argparse.ArgumentParser) -> None:
    """Declare ``alike``."""
    verb.description = (
        "List pairs of submissions whose code is more alike than that of people who work alone. "
        "Names, comments, layout and order count for nothing; what many write counts for little. A "
        "reason to read both, no proof."
    )
    verb.add_argument("source", metavar="SRC", help="the teacher's notebook")
    verb.add_argument(
        "submissions", metavar="SUBMISSIONS", help="folder of notebooks, or what collect wrote"
    )
    verb.add_argument("--threshold", type=float, metavar="N", help="from 0 to 1 (0.92)")
    verb.add_argument("--out", metavar="FILE", help="CSV to write")
    verb.set_defaults(run=_alike)


def policy(args: argparse.Namespace) -> Lateness | None:
    """Return what the arguments say of late submissions."""
    from ..classroom.people.lateness import read_policy

    return read_policy(args.deadline, args.grace_minutes, args.penalty_percent, args.most_percent)


def _collect(args: argparse.Namespace) -> None:
    from ..classroom import collect

    done = collect(args.source, args.downloads, args.out, roster=args.roster, times=args.times)
    print(done, flush=True)


def _export(args: argparse.Namespace) -> None:
    from ..classroom import export

    done = export(
        args.reports,
        args.out,
        titles=args.title,
        missing=args.missing,
        preliminary=args.preliminary,
    )
    print(done, flush=True)


def _compare(args: argparse.Namespace) -> int:
    from ..classroom import compare

    done = compare(args.new, args.old, out=args.out)
    print(done, flush=True)
    return 1 if done.changes else 0


def _statistics(args: argparse.Namespace) -> None:
    from ..classroom import statistics

    print(statistics(args.report, out=args.out), flush=True)


def _alike(args: argparse.Namespace) -> None:
    from ..classroom import alike
    from ..classroom.term.likeness import THRESHOLD

    threshold = THRESHOLD if args.threshold is None else args.threshold
    print(alike(args.source, args.submissions, threshold=threshold, out=args.out), flush=True)
