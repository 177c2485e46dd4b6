"""An argument parser whose complaints are one line, and the arguments that commands share."""

from __future__ import annotations

import argparse
import difflib
import math
import sys
from typing import Any

from ..errors import UserError


class Parser(argparse.ArgumentParser):
    """As argparse's, but what is wrong becomes a `UserError` of one line with the way out."""

    def __init__(self, **options: Any) -> None:
        # An abbreviation that works today may be ambiguous tomorrow.
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)

    def error(self, message: str) -> Any:
        """Raise instead of printing the usage and leaving."""
        message = message.removeprefix("argument ").rstrip()
        joint = " " if message.endswith("?") else "; "
        raise UserError(f"{message}{joint}see {self.prog} --help")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what is unknown here, where the command is known that it was meant for."""
        given = list(sys.argv[1:] if args is None else args)
        if not any(isinstance(a, argparse._SubParsersAction) for a in self._actions):
            # A mistyped flag first: argparse would rather complain of what it was to be.
            self._refuse_unknown([g for g in _before_rest(given) if g.startswith("--")])
        found, rest = super().parse_known_args(given, namespace)
        if rest and hasattr(found, "pictures"):
            # argparse takes positional arguments from one place only; people put flags between.
            words = [word for word in rest if word == "-" or not word.startswith("-")]
            found.pictures = [*found.pictures, *words]
            rest = [word for word in rest if word not in words]
        if rest:
            self._refuse_unknown(rest[:1])
        return found, rest

    def _refuse_unknown(self, words: list[str]) -> None:
        known = [flag for action in self._actions for flag in action.option_strings]
        for word in words:
            name = str(word).partition("=")[0]
            if name in known:
                continue
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            kind = "flag" if name.startswith("-") else "argument"
            self.error(f"unknown {kind} {name!r}; {hint}".removesuffix("; "))


def _before_rest(given: list[str]) -> list[str]:
    return given[: given.index("--")] if "--" in given else given


def add_command(
    commands: Any, name: str, summary: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command; `examples` stands at the end of its help."""
    lines = "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())
    return commands.add_parser(
        name, help=summary, description=description, epilog=f"examples:\n{lines}"
    )


def add_network(command: argparse.ArgumentParser) -> None:
    """Add the arguments that choose a trained network; `_network.chosen` reads them."""
    group = command.add_argument_group("network")
    group.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="weights as anyone saved them (.pth, .safetensors), a run's folder, or lab (shipped"
        " with the package, the default), torchvision, bvlc or caffenet (ImageNet's;"
        " alexnet-lab weights list); alexnet-lab summary says which classes a network knows",
    )
    group.add_argument(
        "--model",
        metavar="NAME",
        help="for weights that do not say what they are for; see alexnet-lab summary --list",
    )
    add_device(group)


def add_images(command: argparse.ArgumentParser) -> None:
    """Add pictures, by position or as ``--image``; `chosen_images` reads them."""
    command.add_argument(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help="image files, folders of them, sample photographs (cat, coffee, …), or - for standard"
        " input",
    )
    command.add_argument(
        "--image", nargs="+", action="extend", default=[], metavar="FILE", help="the same"
    )


def chosen_images(args: argparse.Namespace) -> list[str]:
    """Return the pictures that a user named, in order.

    Raises
    ------
    UserError
        When there are none.
    """
    found = [*args.pictures, *args.image]
    if not found:
        raise UserError(
            f"no picture; name one or more, e.g. alexnet-lab {args.command} cat.jpg, or --image"
            f" cat.jpg; see alexnet-lab {args.command} --help"
        )
    return found


def add_device(command: Any) -> None:
    """Add ``--device``."""
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, … (auto)")


def add_options(command: Any) -> None:
    """Add ``--set``; `_options.model_options` reads it."""
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="OPTION=VALUE",
        help="an option of the model, e.g. activation=tanh, norm=none, dropout=0.7,"
        " hidden=512,512 (repeat for more)",
    )


def whole(text: str) -> int:
    """Read a whole number of at least 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value


def seed(text: str) -> int:
    """Read a seed: what torch and NumPy both take."""
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return int(text)


def number(text: str) -> float:
    """Read a finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def share(text: str) -> float:
    """Read a share: above 0, at most 1."""
    value = number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a share: give a number above 0, at most 1"
        )
    return value


def epochs(text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them."""
    return tuple(whole(part) for part in text.split(","))
