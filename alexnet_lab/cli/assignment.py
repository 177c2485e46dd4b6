"""``alexnet-lab assignment``: release, check and grade assignments."""

from __future__ import annotations

import argparse

from . import _course
from ._parser import add_command, whole

_LIMITS = {
    "cell-seconds": "seconds of a cell (20)",
    "wall-seconds": "seconds of a run (180)",
    "budget-seconds": "seconds after which no further run of a submission is begun (120)",
    "memory-mb": "memory of a process, on top of the libraries (2048)",
    "all-memory-mb": "memory of all processes together (4096)",
    "processes": "processes and threads (256)",
    "output-kb": "output of a cell (1000)",
    "submission-mb": "a larger file is not read (100)",
}


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command and its own commands."""
    command = add_command(
        commands,
        "assignment",
        "release, check, collect and grade assignments",
        "Assignments in nbgrader's schema, run by nbval. For students: check. For teachers: "
        "release; collect what a learning platform gave, by a roster; grade, with marks by people "
        "and late submissions; export gradebooks and feedback.",
        """
        alexnet-lab assignment release assignments/convolution.ipynb released/ --secret-file secret
        alexnet-lab assignment check convolution.ipynb
        alexnet-lab assignment collect SRC.ipynb downloads/ --roster roster.csv --out collected/
        alexnet-lab assignment grade SRC.ipynb collected/ --roster roster.csv --out report/ -j 4
        alexnet-lab assignment export report/ --out gradebook/
        """,
    )
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_release(verbs.add_parser("release", help="make the student's notebook of a source"))
    _add_check(verbs.add_parser("check", help="run the visible checks of your own notebook"))
    _course.add_collect(verbs.add_parser("collect", help="find out whose each download is"))
    _add_grade(verbs.add_parser("grade", help="grade a folder of submissions"))
    _course.add_compare(verbs.add_parser("compare", help="show what differs between two gradings"))
    _course.add_statistics(verbs.add_parser("statistics", help="show what a class found hard"))
    _course.add_alike(verbs.add_parser("alike", help="list submissions that are very similar"))
    _course.add_export(verbs.add_parser("export", help="hand marks back: gradebooks, feedback"))


def _add_release(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Write the student's notebook. Refused unless the source passes under nbval, the release "
        "fails every check with 'not answered yet', and no solution or hidden line survives."
    )
    verb.add_argument("source", metavar="SRC", help="the teacher's notebook")
    verb.add_argument("out", metavar="OUT", help="file to write, or a folder")
    _add_secret(verb)
    verb.add_argument(
        "--secrets",
        type=whole,
        default=0,
        metavar="N",
        help="run the source under N random secrets, too",
    )
    verb.set_defaults(run=_release)


def _add_check(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Run a notebook with answers and tell for each exercise what is wrong. Exit code 1 when a "
        "visible check fails. A self-check is not a grade."
    )
    verb.add_argument("notebook", metavar="NOTEBOOK", help="your notebook, saved")
    verb.add_argument(
        "--cell-seconds",
        type=whole,
        default=120,
        metavar="N",
        help="limit of a cell (default: %(default)s)",
    )
    verb.set_defaults(run=_check)


def _add_grade(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Grade every file below a folder: answers are put into the teacher's notebook by their "
        "cells' ids, nbval runs it in a sandbox, nothing else of a submission is trusted. Writes "
        "grades.csv, grades.json, a page a student, and a sheet a question that people mark. A "
        "second run grades only what is new."
    )
    verb.add_argument("source", metavar="SRC", help="the teacher's notebook")
    verb.add_argument(
        "submissions", metavar="SUBMISSIONS", help="folder of notebooks, or what collect wrote"
    )
    verb.add_argument("--out", required=True, metavar="REPORT", help="folder of the report")
    _add_secret(verb)
    verb.add_argument("-j", "--jobs", type=whole, default=1, metavar="N", help="workers (1)")
    verb.add_argument(
        "--sandbox",
        choices=("auto", "bwrap", "docker", "none"),
        default="auto",
        help="auto is bubblewrap, and none runs answers with all your rights (auto)",
    )
    verb.add_argument("--image", default="", metavar="NAME", help="image for docker or podman")
    verb.add_argument(
        "--details",
        action="store_true",
        help="pages for the teacher: errors in full, with the lines of hidden checks",
    )
    verb.add_argument("--fresh", action="store_true", help="grade again what is graded already")
    verb.add_argument(
        "--regrade",
        action="append",
        default=[],
        metavar="NAME",
        help="grade one student again, or one exercise of all: its other verdicts stay",
    )
    _course.add_people(verb)
    group = verb.add_argument_group("limits of a submission")
    for name, text in _LIMITS.items():
        group.add_argument(f"--{name}", type=whole, metavar="N", help=text)
    verb.set_defaults(run=_grade)


def _add_secret(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--secret-file",
        metavar="FILE",
        help="the course's secret, from which hidden checks draw their data (default: "
        "ALEXNET_LAB_COURSE_SECRET, else a public one)",
    )


def _release(args: argparse.Namespace) -> None:
    from ..classroom import release

    print(
        release(args.source, args.out, secret_file=args.secret_file, secrets=args.secrets),
        flush=True,
    )


def _grade(args: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    from ..classroom import grade
    from ..classroom.settings import Settings

    late = _course.policy(args)
    names = (name.replace("-", "_") for name in _LIMITS)
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    # On standard error, and only on a terminal: what is printed stays the same line.
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("grading", total=None)
        report = grade(
            args.source,
            args.submissions,
            args.out,
            secret_file=args.secret_file,
            jobs=args.jobs,
            sandbox=args.sandbox,
            image=args.image,
            settings=Settings(**given),
            details=args.details,
            fresh=args.fresh,
            roster=args.roster,
            marks=args.marks,
            late=late,
            regrade=args.regrade,
            progress=lambda done, total, _: bar.update(task, completed=done, total=total),
        )
    marking = ", marking/" if report.assignment.written else ""
    print(f"{report}\n{args.out}: grades.csv, grades.json, pages/{marking}")


def _check(args: argparse.Namespace) -> int:
    from ..classroom import check

    done = check(args.notebook, cell_seconds=args.cell_seconds, say=lambda s: print(s, flush=True))
    return 0 if done.passed else 1
