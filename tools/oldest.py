"""Print pip constraints: the oldest release that pyproject.toml admits of each dependency.

    python tools/oldest.py > oldest.txt && PIP_CONSTRAINT=oldest.txt pip install .

`torch>=2.4` becomes `torch==2.4.*`, with whatever was mended in 2.4. Needs nothing but Python 3.11,
or tomli.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent


def oldest(needs: list[str]) -> list[str]:
    """Return one constraint a requirement that has a lower bound.

    >>> oldest(["torch>=2.4", "pillow>=10", "anywidget>=0.9.13", "rich"])
    ['torch==2.4.*', 'pillow==10.0.*', 'anywidget==0.9.13']
    """
    found = []
    for need in needs:
        match = re.match(r"([\w.-]+)>=([\d.]+)", need)
        if match:
            name, version = match.groups()
            parts = [*version.split("."), "0"][: max(2, version.count(".") + 1)]
            found.append(f"{name}=={'.'.join(parts)}" + (".*" if len(parts) == 2 else ""))
    return found


if __name__ == "__main__":
    with (ROOT / "pyproject.toml").open("rb") as file:
        print("\n".join(oldest(tomllib.load(file)["project"]["dependencies"])))
