"""`{training-bench}`: the bench on a page of prose, and its files in `_static/training`.

The runtime is that of the lab network, beside it. Nothing of it is fetched before a reader asks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from . import network

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "training"


class TrainingBench(SphinxDirective):
    """Put the bench here; the argument is a preset."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return it as it is."""
        import alexnet_lab as al

        made = al.widgets.TrainingBench(*self.arguments)
        return [nodes.raw("", made._repr_mimebundle_()[0]["text/html"], format="html")]


def write_bench(folder: Path, runtime: dict[str, Any] | None) -> None:
    """Write all files; those that are as they should be are not touched."""
    from alexnet_lab.bench.page import page_files

    files = page_files(runtime)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in {file.name for file in folder.iterdir()} - set(files):
        (folder / stale).unlink()
    for name, content in files.items():
        target = folder / name
        if not target.is_file() or target.read_bytes() != content:
            target.write_bytes(content)


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html" or not app.config.alexnet_book_network:
        return
    static = Path(app.outdir, "_static")
    manifest = json.loads((static / network.FOLDER / network.MANIFEST).read_text(encoding="utf-8"))
    write_bench(static / FOLDER, manifest["runtime"])


def setup(app: Sphinx) -> None:
    """Register the directive; connect to the end of the build, after the network's files."""
    app.add_directive("training-bench", TrainingBench)
    app.connect("build-finished", _write, priority=600)
