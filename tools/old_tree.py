"""The files of an earlier commit, for tools that compare then with now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def unpack(commit: str, folder: Path, *parts: str) -> None:
    """Write what a commit has of these files and folders below a folder; end if there is none."""
    files = subprocess.run(
        ["git", "archive", "--format=tar", commit, "--", *parts], cwd=ROOT, capture_output=True
    )
    if files.returncode:
        print(f"{commit}: {files.stderr.decode().strip()}", file=sys.stderr)
        raise SystemExit(2)
    subprocess.run(["tar", "-x", "-C", folder], input=files.stdout, check=True)
