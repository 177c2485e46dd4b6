"""``alexnet-lab experiment``: the paper's claims, run and reported."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from ..errors import UserError
from ._parser import add_command

SCALES = ("smoke", "laptop", "gpu")
KINDS = ("cifar10", "imagenette", "tiny-imagenet")  # of data that experiments are run on


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command and its own commands."""
    command = add_command(
        commands,
        "experiment",
        "run the experiments of the ledger, and write it",
        "The paper's claims as experiments: list, run, queue, report, design.",
        """
        alexnet-lab experiment list
        alexnet-lab experiment run relu_tanh --data cifar10-jpeg --minutes 30 --resume
        alexnet-lab experiment run relu_tanh --arms 80s-modern-relu 80s-modern-tanh
        alexnet-lab experiment queue --data cifar10=cifar10-jpeg --data imagenette=imagenette-160
        alexnet-lab experiment report
        alexnet-lab experiment races race.json
        alexnet-lab experiment bench dropout --minutes 10
        """,
    )
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="list the experiments and what is still to be run")
    one = verbs.add_parser("run", help="do the missing runs of one experiment")
    queue = verbs.add_parser(
        "queue", help="do the runs of all that are due, in the order of the design"
    )
    report = verbs.add_parser(
        "report",
        help="print every verdict under every rule for choosing the rate; write the ledger page",
    )
    design = verbs.add_parser("design", help="write the design page")
    design.add_argument(
        "--out", metavar="DIR", help="folder of the book (default: book/ of the source tree)"
    )
    races = verbs.add_parser(
        "races", help="print the races that the training bench saved, beside the recorded ones"
    )
    races.add_argument("files", nargs="+", metavar="FILE", help="what the bench saved, JSON")
    bench = verbs.add_parser(
        "bench",
        help="do the recorded races of the training bench that are missing, ten seeds a preset",
    )
    bench.add_argument("presets", nargs="*", metavar="PRESET", help="only these presets")
    bench.add_argument("--seeds", nargs="+", type=int, metavar="N", help="only these seeds")
    bench.add_argument("--minutes", type=float, metavar="N", help="begin no race after N minutes")
    bench.add_argument(
        "--pilot", action="store_true", help="the short runs instead that chose rates for relu-tanh"
    )
    one.add_argument("name", metavar="NAME", help="an experiment's name or number; see list")
    for verb in (listing, one, queue):
        verb.add_argument(
            "--scale", choices=SCALES, default="laptop", help="how large (default: %(default)s)"
        )
    for verb in (listing, one, queue, report):
        verb.add_argument(
            "--records",
            metavar="DIR",
            help="folder of records (default: the source tree's, else the cache)",
        )
    for verb in (one, queue):
        _add_running(verb)
    one.add_argument("--arms", nargs="+", metavar="ARM", help="only these arms")
    one.add_argument(
        "--resume", action="store_true", help="continue unfinished runs instead of beginning anew"
    )
    report.add_argument(
        "--out", metavar="DIR", help="folder of the book (default: book/ of the source tree)"
    )
    report.add_argument(
        "--json", action="store_true", help="print the claims as JSON, write nothing"
    )
    queue.add_argument(
        "--low-priority",
        action="store_true",
        help="one thread at the lowest priority: goes on beside other work",
    )
    listing.set_defaults(run=_list)
    one.set_defaults(run=_run)
    queue.set_defaults(run=_queue)
    report.set_defaults(run=_report)
    design.set_defaults(run=_design)
    races.set_defaults(run=_races)
    bench.set_defaults(run=_bench)


def _add_running(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="[KIND=]DIR",
        help="where data are: a folder of class folders; with cifar10=, imagenette= or "
        "tiny-imagenet= before it, only for the experiments on these; may be repeated",
    )
    verb.add_argument("--seeds", nargs="+", type=int, metavar="N", help="only these seeds")
    verb.add_argument("--out", metavar="DIR", help="folder of unfinished runs (default: the cache)")
    verb.add_argument("--minutes", type=float, metavar="N", help="stop cleanly after N minutes")
    verb.add_argument("--device", default="auto", help="cpu, cuda, … (default: %(default)s)")


def _list(args: argparse.Namespace) -> None:
    from ..experiments.records.store import Library
    from ..experiments.report.cost import plan_table

    print(plan_table(Library(args.records), args.scale))


def _run(args: argparse.Namespace) -> None:
    from ..experiments.claims.registry import find

    experiment = find(args.name)
    for arm in args.arms or ():
        experiment.arm(arm)
    _work(args, [experiment], kind=experiment.data, arms=args.arms, resume=args.resume)


def _queue(args: argparse.Namespace) -> None:
    if args.low_priority:
        import torch

        os.nice(19)
        torch.set_num_threads(1)
    from ..experiments.claims.registry import find, names

    _work(args, [find(name) for name in names()], kind=None, arms=None, resume=True)


def _work(args, experiments, *, kind: str | None, arms, resume: bool) -> None:
    from ..experiments.records.store import Library
    from ..experiments.report.ledger import judge
    from ..experiments.report.words import effect
    from ..experiments.runner.queue import Sources, run_missing

    if args.minutes is not None and args.minutes <= 0:
        raise UserError(f"--minutes {args.minutes:g} must be above 0")
    library = Library(args.records)
    done = run_missing(
        experiments,
        args.scale,
        library=library,
        sources=Sources(_sources(args.data, kind), say=_say),
        out=args.out,
        arms=arms,
        seeds=args.seeds,
        resume=resume,
        minutes=args.minutes,
        device=args.device,
        say=_say,
    )
    print(f"{done} runs; records in {library.folder}")
    if args.scale != "smoke" and len(experiments) == 1:
        for row in judge(experiments[0], library):
            print(f"{row.label}. {row.claim.text}\n    {effect(row)}: {row.status}")


def _races(args: argparse.Namespace) -> None:
    from ..bench.report import report

    # All are read before the first is printed: a bad file prints nothing.
    print("\n\n".join(report(args.files)))


def _bench(args: argparse.Namespace) -> None:
    from ..bench.pilot import run_pilot
    from ..bench.recording import SEEDS, record_presets

    minutes = math.inf if args.minutes is None else args.minutes
    if args.pilot:
        run_pilot(minutes=minutes, say=_say)
    else:
        record_presets(args.presets, seeds=args.seeds or SEEDS, minutes=minutes, say=_say)


def _say(text: str) -> None:
    print(text, flush=True)


def _sources(given: list[str], kind: str | None) -> dict[str, str]:
    """Read --data: ``DIR`` is for the one experiment's kind, ``KIND=DIR`` for that kind."""
    found = {}
    for entry in given:
        before, equals, after = entry.partition("=")
        if equals and before in KINDS:
            found[before] = after
        elif equals and os.sep not in before:
            raise UserError(f"unknown kind of data {before!r}; known: {', '.join(KINDS)}")
        elif kind is None:
            raise UserError(f"say for which experiments {entry!r} is: --data cifar10={entry}")
        else:
            found[kind] = entry
    return found


def _report(args: argparse.Namespace) -> None:
    import json

    from ..experiments.records.store import Library
    from ..experiments.report.ledger import rows
    from ..experiments.report.page import write_ledger
    from ..experiments.report.progress import progress
    from ..experiments.report.verdicts import progress_lines, verdict_table

    library = Library(args.records)
    if args.json:
        print(json.dumps([row.to_dict() for row in rows(library)], indent=1, ensure_ascii=False))
        return
    book = _book(args.out)
    found = rows(library)
    print(verdict_table(found))
    print(progress_lines(*progress(library, found)))
    for path in write_ledger(library, book):
        print(path)


def _design(args: argparse.Namespace) -> None:
    from ..experiments.report.design_page import write_design

    print(write_design(_book(args.out)))


def _book(out: str | None) -> Path:
    from ..experiments.records.store import SHIPPED

    book = SHIPPED.parents[2] / "book"
    if out is None and not book.is_dir():
        raise UserError("there is no book here; say where to write: --out DIR")
    return Path(out) if out else book
