"""Write LICENSES.md: what is handed on, and on what terms.

    python tools/licences.py

The photographs come from the package's own table, the runtime's version from the module that
fetches it, the weights' data from the record of their training. A test compares the file with
this text, and another holds every file of the built book's `_static` against `BOOK_PARTS`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from alexnet_lab.data.photo_table import PACKAGES, PHOTOGRAPHS

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "LICENSES.md"
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from alexnet_book.network import served  # noqa: E402
from alexnet_book.onnx_runtime import FILES, VERSION  # noqa: E402


@dataclass(frozen=True)
class Part:
    """Something in the built book's `_static` that others made, or that we did."""

    what: str
    licence: str
    source: str
    files: tuple[str, ...]  # patterns below `_static`


_OURS = "BSD 3-Clause, this project"
BOOK_PARTS = (
    Part(
        "styles, scripts and pictures of this project",
        _OURS,
        "`book/_static`",
        (
            "alexnet-lab*",
            "atlas*.js",
            "mode.js",
            "quiz*.js",
            "your-answers.js",
            "search*.js",
            "slides.*",
            "terms.js",
            "favicon.svg",
            "network.png",
            "README.md",
        ),
    ),
    Part(
        "the atlas: pictures, maps and figures that this project computed, of `bvlc_alexnet`'s "
        "weights (Berkeley, released for unrestricted use), of torchvision's first kernels (BSD "
        "3-Clause; ImageNet's terms for the data) and of the lab network's; the linear layer "
        "and the figures that it gave, trained and computed by this project on features of "
        "photographs of Tiny-ImageNet and Imagenette; the photographs beside them",
        "BSD 3-Clause, this project; the photographs: see above",
        "`book/atlas`, `alexnet_lab/atlas/recorded`; photographs: written when the book is built",
        ("atlas/*", "network/recorded.json", "network/bvlc*"),
    ),
    Part("explorers", _OURS, "`alexnet_lab/widgets`", ("widgets/*", "states/*")),
    Part(
        "fonts: Lab Serif and Lab Sans, Adobe's Source Serif 4 and Source Sans 3, reduced; "
        "STIX Two Math",
        "SIL Open Font License 1.1, in `book/_static/fonts/OFL.txt`",
        "npm; `book/_static/fonts/README.md` names package and version of each",
        ("fonts/*",),
    ),
    Part(
        "the lab network, its manifest, and the photographs that it is shown",
        "see above",
        "written when the book is built",
        ("network/lab.*", "network/*.png", "network/*-small.webp"),
    ),
    Part(
        "the drawing of the network of 2012",
        "BSD 3-Clause, this project; the photograph in it: see above",
        "written when the book is built",
        ("alexnet-2012.svg",),
    ),
    Part(
        "the shapes of known networks, and the names of ImageNet's classes",
        "BSD 3-Clause: this project; the names © Soumith Chintala and torchvision's authors",
        "written when the book is built, from PyPI `torchvision`",
        ("network/networks.json",),
    ),
    Part(
        "pbf 5.1.2, which reads and writes ONNX files in the page",
        "BSD 3-Clause, © Mapbox, at the end of the file",
        "npm `pbf`; `alexnet_lab/widgets/_runtime/pbf.js`",
        ("widgets/_runtime/pbf.js",),
    ),
    Part(
        "the training bench's graphs, and the photographs of its patches in one picture",
        "graphs: BSD 3-Clause, this project; photographs: see above",
        "written when the book is built",
        ("training/*",),
    ),
    Part(
        f"ONNX Runtime Web {VERSION}",
        "MIT, © Microsoft Corporation; its text lies beside the files",
        "npm `onnxruntime-web`, fetched when the book is built, SHA-512 checked",
        (*(f"network/{served(name)}" for name in FILES), "network/onnxruntime-LICENSE.txt"),
    ),
    Part(
        "MiniSearch 7.2.0, which ranks what the search finds",
        "MIT, © Luca Ongaro, in `book/_static/minisearch/LICENSE.txt`",
        "npm `minisearch`; `book/_static/minisearch/README.md`",
        ("minisearch/*",),
    ),
    Part(
        "basic styles and scripts of Sphinx, and the stemmer in `search-index.js`",
        "BSD 2-Clause, © the Sphinx team",
        "PyPI `Sphinx`",
        (
            "basic.css",
            "doctools.js",
            "documentation_options.js",
            "sphinx_highlight.js",
            "*.png",
        ),
    ),
    Part(
        "colours of code",
        "BSD 2-Clause (Pygments); MIT (accessible-pygments)",
        "PyPI `Pygments`, `accessible-pygments`",
        ("pygments.css",),
    ),
    Part(
        "theme",
        "BSD 3-Clause, © the Executable Book Project; © pandas and the PyData developers",
        "PyPI `sphinx-book-theme`, `pydata-sphinx-theme`",
        (
            "sbt-webpack-macros.html",
            "webpack-macros.html",
            "images/*",
            "locales/*",
            "styles/*",
            "scripts/pydata-sphinx-theme.js*",
            "scripts/sphinx-book-theme.js*",
        ),
    ),
    Part(
        "the style sheet of the pages: the theme's, Sphinx's and this project's in one, with what "
        "the theme holds of Bootstrap and Font Awesome Free",
        "each its own; Bootstrap: MIT, © the Bootstrap authors; Font Awesome's code: MIT",
        "written when the book is built",
        ("book.css",),
    ),
    Part(
        "button that copies code",
        "MIT, © Chris Holdgraf; clipboard.js: MIT, © Zeno Rocha",
        "PyPI `sphinx-copybutton`",
        ("clipboard.min.js", "copybutton*", "copy-button.svg", "check-solid.svg"),
    ),
    Part(
        "cells of notebooks",
        "BSD 3-Clause, © the Executable Book Project",
        "PyPI `myst-nb`",
        ("mystnb.*.css",),
    ),
)

TEXT = """\
# Licences

What this project hands on in its repository, its package and its pages, and on what terms. A
program writes this page from the tables that the code reads.

## Code and prose

BSD 3-Clause, `LICENSE`: the package, the notebooks, the assignments, the book's text and
drawings, the records of experiments. The code was written for this project. The paper and the
source of 2012 are quoted in short pieces, each with its place; nothing of that source is shipped.

Dependencies are not handed on: pip fetches each from its own makers, under its own licence.

## Weights

`alexnet_lab/models/trained`: `lab.safetensors`, `conv1.safetensors` and the file for the page
that is made from the first. This project trained them on {train:,} photographs of {data}, ten
classes of ImageNet (ILSVRC-2012). All users of ImageNet have agreed to use it for non-commercial
research and education. No photograph of it is handed on. Take the weights under the same terms:
non-commercial research and education. [Its page](book/lab-network.md) says what it was never
tested for.

## Photographs

The package holds none: scikit-image and scikit-learn ship them. Figures of the chapters, the
notebooks' outputs and the pages' explorers show them, whole, cut or reduced. What is said here is
what those two packages say.

| name | what | author | licence | source, and what ships it |
|---|---|---|---|---|
{photographs}

## In the built book

| what | licence | from |
|---|---|---|
{parts}
"""


def page() -> str:
    """Return the text of LICENSES.md."""
    record = ROOT / "alexnet_lab" / "models" / "trained" / "lab.json"
    data = json.loads(record.read_text(encoding="utf-8"))["data"]
    photographs = "\n".join(
        f"| `{name}` | {e.title} | {e.author} | {e.licence} "
        f"| {e.origin} ({PACKAGES[e.package][0]}) |"
        for name, e in sorted(PHOTOGRAPHS.items())
    )
    parts = "\n".join(f"| {part.what} | {part.licence} | {part.source} |" for part in BOOK_PARTS)
    return TEXT.format(train=data["train"], data=data["name"], photographs=photographs, parts=parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
