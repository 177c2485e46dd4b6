"""Run a notebook that is trusted, or one's own, under nbval, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...errors import UserError

Row = dict[str, Any]


def run(
    notebook: str | os.PathLike[str],
    *,
    cell_seconds: float = 120.0,
    environment: Mapping[str, str] | None = None,
    watch: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Run all cells of a notebook, in its own folder.

    Parameters
    ----------
    notebook : str or os.PathLike
    cell_seconds : float
        Limit of a cell.
    environment : mapping, optional
        Variables to add.
    watch : callable, optional
        Called with each row as it comes.

    Returns
    -------
    list of dict
        A row a code cell: ``id``, ``outcome``, ``error``, ``message``, ``seconds``.

    Raises
    ------
    UserError
        When nbval is not installed, or could not run the notebook at all.
    """
    need("nbval", "pytest", "nbformat", "ipykernel")
    path = Path(notebook).resolve()
    read, write = os.pipe()
    given = {
        **os.environ,
        "MPLBACKEND": "agg",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        **(environment or {}),
    }
    given.pop("PYTEST_ADDOPTS", None)
    command = [
        sys.executable,
        "-m",
        f"{__package__}.process",
        str(write),
        str(path),
        str(cell_seconds),
    ]
    rows: list[Row] = []
    with tempfile.TemporaryFile() as log:
        with subprocess.Popen(
            command,
            cwd=path.parent,
            env=given,
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process:
            os.close(write)
            with os.fdopen(read, encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line)
                    if row["kind"] == "end":
                        rows.append(row)
                        if watch:
                            watch(row)
        if process.returncode not in (0, 1):
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()[-1:]
            raise UserError(f"nbval could not run {str(path)!r}: {' '.join(said) or 'no cells'}")
    return rows


def need(*modules: str) -> None:
    """Raise a `UserError` that names those of these modules that are not installed."""
    import importlib.util

    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"{', '.join(missing)} missing; install them: pip install 'alexnet-lab[classroom]'"
        )


def _main(descriptor: str, path: str, seconds: str) -> int:
    from . import nbval_kernel

    # Nothing that the kernel starts inherits it.
    os.set_inheritable(int(descriptor), False)

    def emit(**row: Any) -> None:
        os.write(int(descriptor), (json.dumps(row) + "\n").encode())

    return nbval_kernel.run(path, str(Path(path).parent), float(seconds), nbval_kernel.Rows(emit))


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
