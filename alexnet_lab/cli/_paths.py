"""Whether what a user names is there, found out before anything is imported or opened."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ..errors import UserError

#: Trained networks that others publish, and all that are no files.
PUBLISHED = ("torchvision", "bvlc", "caffenet")
NETWORKS = ("lab", "imagenet", *PUBLISHED)


def check_paths(args: argparse.Namespace) -> None:
    """Refuse pictures and weights that are not there, in a moment: torch takes seconds to import.

    Raises
    ------
    UserError
        With the first path that does not exist.
    """
    for source in [*(getattr(args, "image", None) or ()), *(getattr(args, "pictures", None) or ())]:
        path = Path(source)
        if source != "-" and (path.suffix or len(path.parts) > 1) and not path.exists():
            raise UserError(f"no such file: {source!r}")
    given = getattr(args, "checkpoint", None)
    path = Path(given or ".")
    if given not in NETWORKS and (path.suffix or len(path.parts) > 1) and not path.exists():
        raise UserError(f"no such file: {given!r}")


def require_writable(folder: Path) -> None:
    """Find out now, not after the first epoch."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"cannot write to --out {str(folder)!r}: {reason}") from error
