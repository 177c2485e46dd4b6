"""``alexnet-lab weights``: trained networks that others publish, here or to be fetched."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import UserError
from ._parser import add_command
from ._paths import PUBLISHED


def add(commands: Any) -> None:
    """Declare the command and its own commands."""
    command = add_command(
        commands,
        "weights",
        "list, fetch, verify or remove the trained networks of others",
        "Trained networks that others publish. Files are looked for in the folder that"
        " ALEXNET_LAB_WEIGHTS names, then in the cache.",
        """
        alexnet-lab weights list
        alexnet-lab weights fetch bvlc
        alexnet-lab weights fetch bvlc --from Downloads/bvlc_alexnet.caffemodel
        alexnet-lab weights verify
        alexnet-lab weights remove bvlc
        """,
    )
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    listed = verbs.add_parser("list", help="list them: which are here, and how large a download is")
    fetch = verbs.add_parser("fetch", help="download one, or take it from a file or folder")
    fetch.add_argument("name", choices=PUBLISHED, metavar="NAME", help=", ".join(PUBLISHED))
    fetch.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="PATH",
        help="a file that was brought by hand, or the folder that it is in",
    )
    verify = verbs.add_parser("verify", help="check the files that are here; by default all")
    verify.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PUBLISHED))
    remove = verbs.add_parser("remove", help="remove a download from the cache")
    remove.add_argument("name", choices=PUBLISHED, metavar="NAME", help=", ".join(PUBLISHED))
    listed.set_defaults(run=_list)
    fetch.set_defaults(run=_fetch)
    verify.set_defaults(run=_verify)
    remove.set_defaults(run=_remove)


def _list(args: argparse.Namespace) -> None:
    from ..models.catalogue import published

    print("lab          in the package: the network that this project trained")
    for name in PUBLISHED:
        found = published(name)
        path = found.find()
        if path is None:
            host = found.remotes[0].url.split("/")[2]
            where = f"not here; {found.megabytes:.0f} MB from {host}"
        else:
            part = "convolutional layers only, " if path.name in found.stacks else ""
            where = f"{part}{path.stat().st_size / 1e6:.1f} MB in {path}"
        print(f"{name:<12} {where}\n{'':<12} {found.title}; {found.licence}")


def _fetch(args: argparse.Namespace) -> None:
    from ..models.catalogue import published

    found = published(args.name)
    if args.source is not None and not args.source.exists():
        raise UserError(f"no such file or folder: {str(args.source)!r}")
    path = found.bring(args.source) if args.source else found.fetch()
    print(f"{args.name}: {path} ({path.stat().st_size / 1e6:.1f} MB; {found.verify(path)})")


def _verify(args: argparse.Namespace) -> None:
    from ..models.catalogue import published

    for name in args.names or PUBLISHED:
        found = published(name)
        path = found.find()
        if path is None and args.names:
            raise UserError(
                f"{name} is not here; alexnet-lab weights fetch {name} brings it"
                f" ({found.megabytes:.0f} MB)"
            )
        if path is not None:
            print(f"{name}: {path} ({found.verify(path)})")
        else:
            print(f"{name}: not here")


def _remove(args: argparse.Namespace) -> None:
    from ..models.catalogue import published

    found = published(args.name)
    removed = found.remove()
    for path in removed:
        print(f"removed {path}")
    left = found.find()
    if not removed:
        print(f"{args.name}: nothing to remove in {str(found.folder)!r}")
    if left is not None:
        print(f"left where it is: {left}")
