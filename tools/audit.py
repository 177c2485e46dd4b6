"""What an installation brings along: each dependency of the package, its version, its licence.

::

    python tools/audit.py                  # the package's own dependencies, and theirs
    python tools/audit.py --extra book     # with those of an extra

Exit code 1 when a licence is unknown or none of those that are admitted. Where pip-audit is
installed and its data can be reached, known weaknesses are looked up as well; else that is said.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from importlib import metadata

from installed import closure

ROOT = "alexnet-lab"
#: Licences under which everything here may be used, changed and passed on. MPL-2.0 asks for the
#: changed files of the library itself, and for nothing else.
ADMITTED = (
    *("0BSD", "Apache", "BSD", "CC0", "HPND", "ISC", "MIT", "MPL", "PSF", "Python", "Unlicense"),
    *("Mozilla Public License 2.0", "Zlib", "blessing"),
)
_NAMES = r"\b(A?GPL|GNU (Affero )?General|SSPL|BUSL|NonCommercial|-NC)"
FORBIDDEN = re.compile(_NAMES, re.IGNORECASE)
#: GCC's runtime libraries inside a wheel: their exception is for just that.
RUNTIME = re.compile(r"GPL-3\.0(-or-later|-only|\+)? WITH GCC-exception-3\.1", re.IGNORECASE)
#: What torch's CUDA build brings: NVIDIA's own terms, which pip's user accepts; never needed.
OTHER_TERMS = re.compile(r"(nvidia-|cuda-|triton$)")


def dependencies(extras: tuple[str, ...] = ()) -> list[str]:
    """Return the names of all that the package needs, each once, in order."""
    return sorted(set(closure([f"{ROOT}[{','.join(extras)}]"])) - {ROOT})


def licence(name: str) -> str:
    """Return what a package says of its licence; empty when it says nothing."""
    about = metadata.metadata(name)
    said = [about.get("License-Expression") or ""]
    said += [
        entry.rpartition(" :: ")[2]
        for entry in about.get_all("Classifier") or []
        if entry.startswith("License ::") and entry != "License :: OSI Approved"
    ]
    first = (about.get("License") or "").strip().split("\n")[0]
    said.append(first if first not in ("UNKNOWN", "") else "")
    return next((text for text in said if text), "")


def verdict(name: str, text: str) -> str:
    """Return ``ok``, or what is wrong."""
    if OTHER_TERMS.match(name):
        return "ok (CUDA build only)"
    if not text:
        return "no licence is named"
    if FORBIDDEN.search(RUNTIME.sub("", text)):
        return "not admitted"
    return "ok" if any(word.lower() in text.lower() for word in ADMITTED) else "unknown licence"


def main() -> int:
    """Print the table; return the exit code."""
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("--extra", action="append", default=[], help="of pyproject.toml")
    extras = tuple(reader.parse_args().extra)
    rows = []
    for name in dependencies(extras):
        said = licence(name)
        shown = said if len(said) <= 50 else f"{said[:49]}…"
        rows.append((name, metadata.version(name), shown, verdict(name, said)))
    wide = [max(len(row[k]) for row in rows) for k in range(3)]
    for name, version, said, judged in rows:
        print(f"{name:{wide[0]}}  {version:{wide[1]}}  {said:{wide[2]}}  {judged}")
    bad = [row[0] for row in rows if not row[3].startswith("ok")]
    print(f"{len(rows)} packages, {len(bad)} with a licence that is unknown or not admitted")
    print(weaknesses())
    return 1 if bad else 0


def weaknesses() -> str:
    """Return what pip-audit knows of what is installed here, in a line or a table."""
    if not shutil.which("pip-audit"):
        return "known weaknesses: not looked up; pip install pip-audit, and run this again"
    done = subprocess.run(["pip-audit", "--local"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or f"pip-audit: {(done.stderr.strip().splitlines() or ['?'])[-1]}"


if __name__ == "__main__":
    sys.exit(main())
