"""Carry the repository's address from `_config.yml` to every place that has to spell it out.

    python tools/address.py           # what `make book` runs first
    python tools/address.py --check   # write nothing; exit code 1 if something would change

Buttons, source links and the book's pages derive from that line by themselves. What is read outside
the book cannot: set-up cells that Colab runs, commands to copy, metadata. This rewrites those. A
released assignment carries a checksum of each cell, which is renewed with it.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import nbformat
import yaml

from alexnet_lab.classroom.authoring.release import checksum
from alexnet_lab.files import atomic_write

ROOT = Path(__file__).resolve().parent.parent
DERIVED = (
    "CITATION.cff",
    "pyproject.toml",
    "assignments/*.ipynb",
    "assignments/README.md",
    "book/how-to-use.md",
    "notebooks/*.ipynb",
    "notebooks/assignments/*.ipynb",
)
ADDRESS = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")


def main(arguments: list[str] | None = None) -> int:
    """Rewrite what differs, and say what it was."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder with _config.yml")
    args = parser.parse_args(arguments)
    config = yaml.safe_load((args.root / "_config.yml").read_text(encoding="utf-8"))
    url, branch = config["repository"]["url"], config["repository"]["branch"]
    if not ADDRESS.fullmatch(url) or url.endswith(".git"):
        print(f"_config.yml: {url!r} is not https://github.com/OWNER/NAME", file=sys.stderr)
        return 2
    old = address_in(args.root)
    changed = []
    for path in sorted(file for pattern in DERIVED for file in args.root.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        new = replaced(text, old, url, branch)
        if path.suffix == ".ipynb" and new != text:
            new = with_checksums(new)
        if new != text:
            changed.append(path.relative_to(args.root).as_posix())
            if not args.check:
                with atomic_write(path) as scratch:
                    scratch.write_text(new, encoding="utf-8")
    if changed:
        print(f"{old} -> {url}, branch {branch}: {', '.join(changed)}")
    return 1 if changed and args.check else 0


def address_in(root: Path) -> str:
    """Return the address that the derived files have now: the one in CITATION.cff."""
    return yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))["repository-code"]


def replaced(text: str, old: str, url: str, branch: str) -> str:
    """Return a text with the new address, and the branch where pip installs from it."""
    text = re.sub(rf"{re.escape(old)}(?![\w.-]*[\w-])", url, text)
    return re.sub(rf"(git\+{re.escape(url)}@)[\w./-]+", rf"\g<1>{branch}", text)


def with_checksums(text: str) -> str:
    """Renew the checksums of a released assignment's cells."""
    for cell in nbformat.reads(text, as_version=4).cells:
        old = cell.metadata.get("nbgrader", {}).get("checksum")
        if old and old != checksum(cell):
            text = text.replace(f'"checksum": "{old}"', f'"checksum": "{checksum(cell)}"')
    return text


if __name__ == "__main__":
    raise SystemExit(main())
