"""``alexnet-lab assignment``: release, check and grade assignments."""

from __future__ import annotations

import argparse

from ._parser import add_command, whole


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command and its own commands."""
    command = add_command(
        commands,
        "assignment",
        "release, check and grade assignments",
        "Assignments in nbgrader's schema, run by nbval: release and grade for teachers, check for "
        "students.",
        """
        alexnet-lab assignment release assignments/convolution.ipynb released/ --secret-file secret
        alexnet-lab assignment check convolution.ipynb
        """,
    )
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_release(verbs.add_parser("release", help="make the student's notebook of a source"))
    _add_check(verbs.add_parser("check", help="run the visible checks of your own notebook"))


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


def _check(args: argparse.Namespace) -> int:
    from ..classroom import check

    done = check(args.notebook, cell_seconds=args.cell_seconds, say=lambda s: print(s, flush=True))
    return 0 if done.passed else 1
