"""Check the JavaScript: types by TypeScript, from the comments; layout by Prettier, styles too.

    python tools/check_javascript.py            # what `make lint` calls
    python tools/check_javascript.py --write    # lay out anew

npm fetches both once, at the versions and digests of ``tools/javascript/package-lock.json``, into
``.make``. Without npm, or without a connection to its registry, this says so and checks nothing.
Nothing of them is shipped: the files are what the pages load.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "tools" / "javascript"
FOLDER = ROOT / ".make" / "javascript"
LISTS = ("package.json", "package-lock.json", ".npmrc")
FILES = ("alexnet_lab/widgets/*/*.js", "alexnet_lab/widgets/*/*.css", "book/_static/*.js")
QUIET = ("--loglevel=error", "--fetch-retries=1", "--fetch-timeout=30000")
# What npm calls the ways in which a registry cannot be reached.
OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")


def fetch() -> str | None:
    """Fetch both programs unless they are there; return why they are not, if that is no fault."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not installed"
    lists = {name: (HERE / name).read_bytes() for name in LISTS}
    done = FOLDER / "node_modules" / ".package-lock.json"
    if done.is_file() and all((FOLDER / n).read_bytes() == text for n, text in lists.items()):
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in lists.items():
        (FOLDER / name).write_bytes(text)
    done.unlink(missing_ok=True)
    found = subprocess.run(
        ["npm", "ci", *QUIET], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    if found.returncode == 0:
        return None
    said = found.stdout + found.stderr
    if any(word in said for word in OFFLINE):
        return "npm's registry cannot be reached"
    raise SystemExit(f"npm ci failed in {FOLDER}:\n{said}")


def main(arguments: list[str] | None = None) -> int:
    """Check, or lay out anew; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="lay the files out anew")
    options = parser.parse_args(arguments)
    if reason := fetch():
        print(f"JavaScript is not checked: {reason}")
        return 0
    modules = FOLDER / "node_modules"
    files = sorted(str(path) for pattern in FILES for path in ROOT.glob(pattern))
    way = "--write" if options.write else "--check"
    prettier = [modules / "prettier" / "bin" / "prettier.cjs", "--config", HERE / "prettier.json"]
    checker = [modules / "typescript" / "bin" / "tsc", "--project", HERE / "tsconfig.json"]
    layout = subprocess.run(
        ["node", *prettier, way, "--log-level=warn", *files], cwd=ROOT, check=False
    ).returncode
    if layout and not options.write:
        print("To lay them out: python tools/check_javascript.py --write", file=sys.stderr)
    types = subprocess.run(["node", *checker], cwd=ROOT, check=False).returncode
    return 1 if layout or types else 0


if __name__ == "__main__":
    raise SystemExit(main())
