"""The command line: ``alexnet-lab COMMAND …``, the same as ``python -m alexnet_lab COMMAND …``.

Each command is a module with ``add(commands)``, which declares its arguments, and ``run(args)``,
which does the work and imports what it needs for it: ``--help`` need not wait for torch. What a
user did wrong is a `UserError`: one line on standard error, exit code 2, no traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from .. import __version__
from ..errors import Note, UserError
from ._parser import Parser

COMMANDS = (
    "train",
    "predict",
    "features",
    "summary",
    "photo",
    "export",
    "bench",
    "experiment",
    "assignment",
    "quiz",
    "lab",
    "weights",
    "atlas",
)

GRACE_SECONDS = 5.0
LONGEST_LINE = 800

_EXAMPLES = """\
examples:
  alexnet-lab train --data photo-patches
  alexnet-lab predict --image cat.jpg
  alexnet-lab summary alexnet_2012

The flags of the cheat sheet work without a command, too:
  alexnet-lab --data FOLDER --epochs 90 --batch-size 128
  alexnet-lab --predict --image cat.jpg --checkpoint alexnet_model.pth
"""


def parser() -> Parser:
    """Return the parser of the whole command line."""
    top = Parser(
        prog="alexnet-lab",
        description="AlexNet (Krizhevsky, Sutskever, Hinton 2012), taken apart.",
        epilog=_EXAMPLES,
    )
    top.add_argument("--version", action="version", version=f"alexnet-lab {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"{__name__}.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        ``sys.argv[1:]`` by default.

    Returns
    -------
    int
        0 when all went well, 1 when a check failed, 2 after bad input, 128 and the signal's
        number after an interrupt (Ctrl-C: 130).
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "torch" not in sys.modules:
        # OpenMP's threads spin while they wait for each other. Where other programs want the cores
        # too, that makes a training step several times slower. A short spin costs neither them nor
        # us: benchmarks/_machine.py sets the same, so what is measured there is what runs here.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if hasattr(sys.stdout, "reconfigure"):
        # A file's name need not be text that the terminal can show.
        sys.stdout.reconfigure(errors="backslashreplace")
    # Of a picture with a damaged note Pillow warns in two lines; it is read, or refused in one.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    try:
        args = _parse(given)
        with _notes():
            code = args.run(args)
        # Flush here, where a closed pipe or a full disk can still be answered.
        sys.stdout.flush()
    except UserError as error:
        return _complain(str(error))
    except KeyboardInterrupt as error:
        return _complain(str(error) or "interrupted", getattr(error, "code", 130))
    except BrokenPipeError:
        # `alexnet-lab summary | head`: the reader has seen enough.
        _drop_output()
    except OSError as error:
        _drop_output()
        where = f" {str(error.filename)!r}" if error.filename else ""
        reason = (error.strerror or str(error)).lower()
        return _complain(f"cannot read or write{where}: {reason}")
    except (MemoryError, RuntimeError) as error:
        signs = ("out of memory", "not enough memory", "can't allocate memory")
        if not isinstance(error, MemoryError) and not any(sign in str(error) for sign in signs):
            raise  # a mistake of ours, to be seen in full
        return _complain("out of memory; take a smaller --batch-size or --image-size")
    else:
        return code or 0
    return 0


@contextlib.contextmanager
def _notes() -> Iterator[None]:
    """Print each `Note` once, in one line; Python would print two, with a line of our source."""
    told: set[str] = set()

    def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
        if not issubclass(category, Note):
            before(message, category, *where, **more)
        elif os.environ.get("RANK", "0") == "0" and str(message) not in told:
            told.add(str(message))
            print(f"alexnet-lab: note: {_shortened(str(message))}", file=sys.stderr, flush=True)

    with warnings.catch_warnings():
        before, warnings.showwarning = warnings.showwarning, show
        warnings.simplefilter("always", Note)
        yield


def _shortened(message: str) -> str:
    line = " ".join(message.split())
    if len(line) > LONGEST_LINE:  # a value of a thousand letters; the way out is at the end
        line = f"{line[: LONGEST_LINE // 2]} … {line[-LONGEST_LINE // 2 :]}"
    return line


def _parse(given: list[str]) -> argparse.Namespace:
    given = _with_command(given)
    if not given:
        raise UserError(f"no command; known: {', '.join(COMMANDS)}; see alexnet-lab --help")
    if not given[0].startswith("-") and given[0] not in COMMANDS:
        near = difflib.get_close_matches(given[0], COMMANDS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UserError(f"unknown command {given[0]!r}; {hint}known: {', '.join(COMMANDS)}")
    args = parser().parse_args(given)
    args.given = given
    return args


def _with_command(given: list[str]) -> list[str]:
    # The cheat sheet's script has one command and a flag: `--predict --image …`, else it trains.
    if not given or not given[0].startswith("--"):
        return given
    if "--predict" in given:
        return ["predict", *(flag for flag in given if flag != "--predict")]
    return ["train", *given] if any(f.partition("=")[0] == "--data" for f in given) else given


def _complain(message: str, code: int = 2) -> int:
    # Of processes that do the same, one speaks. The others wait for it: torchrun ends all as soon
    # as one has failed.
    if os.environ.get("RANK", "0") == "0":
        print(f"alexnet-lab: {_shortened(message)}", file=sys.stderr)
    else:
        time.sleep(GRACE_SECONDS)
    return code


def _drop_output() -> None:
    # Python would complain once more when it closes standard output.
    with contextlib.suppress(OSError, ValueError):  # not a file: a test's or a notebook's
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
