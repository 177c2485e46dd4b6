"""`{atlas} conv5`: all units of a layer, of every network whose atlas is in `book/atlas/`.

The page names each unit in a list, which is its permalink; pictures and cards are brought by
`_static/atlas.js` when a reader comes near. Without script the sheets themselves are there.
"""

from __future__ import annotations

import io
import json
import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from alexnet_lab import photograph_names
from alexnet_lab.atlas.record import photographs, read_atlas
from alexnet_lab.atlas.sprites import COLUMNS, SHEET, Sizes
from alexnet_lab.lab.page import PHOTOGRAPHS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SOURCE = Path(__file__).resolve().parents[2] / "atlas"
FOLDER = "_static/atlas"
TITLES = {
    "bvlc": "The network trained on ImageNet",
    "lab": "The lab network",
}
ABOUT = {
    "bvlc": "<code>bvlc_alexnet</code>, the paper’s two-tower network as Berkeley trained it",
    "lab": "the network that this project trained",
}
SEEN = 227  # side of the photographs that cards show: the middle of 256, as networks see it
_QUALITY = 40
# What a card or a filter needs of a layer; the rest of the record is for checks.
_COLUMNS = (
    *("start", "jump", "side", "picture", "second", "stored", "crops_below", "colour"),
    *("frequency", "on", "largest", "peaks", "places", "inputs", "outputs"),
)


def atlases(folder: Path = SOURCE) -> list[dict[str, Any]]:
    """Return the records that are there, the real network first."""
    return [
        read_atlas(folder / f"{name}.json")
        for name in TITLES
        if (folder / f"{name}.json").is_file()
    ]


def layer_html(layer: str, records: list[dict[str, Any]], up: str) -> str:
    """Return one layer's lists of units, a network after the other.

    Parameters
    ----------
    layer : str
        ``"conv1"`` to ``"conv5"``.
    records : list of dict
        From `atlases`.
    up : str
        From the page to the site's root, ``"../../"``.
    """
    parts = [_network_html(layer, r, up) for r in records if layer in r["layers"]]
    return (
        f'<div class="al-atlas" data-layer="{layer}" data-folder="{up}{FOLDER}/"'
        f' data-photographs="{" ".join(photograph_names())}">'
        "<noscript><p>Cards and filters need JavaScript. All pictures are here without it.</p>"
        "</noscript>"
        f"{''.join(parts)}</div>"
        f'<script defer src="{up}_static/atlas-core.js"></script>'
        f'<script defer src="{up}_static/atlas.js"></script>'
    )


def _network_html(layer: str, record: dict[str, Any], up: str) -> str:
    name, towers = record["network"], record["towers"]
    units = len(record["layers"][layer]["on"])
    small = Sizes.of(record["layers"][layer]["side"]).small
    each = units // towers
    rows = -(-each // COLUMNS)
    lists = []
    for tower in range(1, towers + 1):
        first, last = (tower - 1) * each, tower * each - 1
        items = "".join(
            f'<li><a id="{name}-{unit}" href="#{name}-{unit}">{unit}</a></li>'
            for unit in range(first, last + 1)
        )
        file = f"{up}{FOLDER}/{name}/{layer}-tower{tower}.webp"
        lists.append(
            f'<h3 id="{name}-tower{tower}">Tower {tower}: units {first} to {last}</h3>'
            f'<noscript><img src="{file}" width="{COLUMNS * small}" height="{rows * small}"'
            f' loading="lazy" alt="Pictures that excite units {first} to {last}, {COLUMNS} in a'
            f' row"></noscript>'
            f'<ol class="al-atlas__units" data-network="{name}" data-tower="{tower}"'
            f' start="{first}">{items}</ol>'
        )
    return (
        f'<section class="al-atlas__network" data-network="{name}">'
        f'<h2 id="{name}">{escape(TITLES[name])}</h2>'
        f"<p>{units} units of {ABOUT[name]}, on {escape(record['trained_on'])}.</p>"
        f"{''.join(lists)}</section>"
    )


def page_data(layer: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the script needs of a layer: for each network its columns, and what they mean."""
    found: dict[str, Any] = {"sheet": SHEET, "columns": COLUMNS, "seen": SEEN, "networks": {}}
    for record in records:
        if layer not in record["layers"]:
            continue
        columns = record["layers"][layer]
        sides = {n: Sizes.of(c["side"]) for n, c in record["layers"].items()}
        found["photographs"] = [
            {"name": name, "title": title, "in_page": name in PHOTOGRAPHS}
            for name, title in zip(record["photographs"], _titles(), strict=True)
        ]
        found["networks"][record["network"]] = {
            "title": TITLES[record["network"]],
            "towers": record["towers"],
            "input": record["input"],
            "sample": record["sample"],
            "silenced": record.get("removal"),
            "large": sides[layer].large,
            "small": sides[layer].small,
            "counts": {n: len(c["on"]) for n, c in record["layers"].items()},
            **{name: columns[name] for name in _COLUMNS},
            "removal": columns.get("removal", []),
        }
    return found


def _titles() -> list[str]:
    return [photograph.title for photograph in photographs()]


def write_atlases(folder: Path) -> None:
    """Write sheets, photographs and the layers' data, as far as they are not there already."""
    records = atlases()
    folder.mkdir(parents=True, exist_ok=True)
    for record in records:
        name = record["network"]
        shutil.copytree(SOURCE / name, folder / name, dirs_exist_ok=True)
        for layer in record["layers"]:
            text = json.dumps(page_data(layer, [record]), separators=(",", ":"))
            script = f"globalThis.alexnetLabAtlas.take({text});\n"
            (folder / f"{layer}-{name}.js").write_text(script, encoding="utf-8")
    for photograph in photographs():
        target = folder / f"photograph-{photograph.name}.webp"
        if not target.is_file():
            target.write_bytes(_seen(photograph))


def _seen(photograph: Any) -> bytes:
    from alexnet_lab.data.preprocess import centre_crop, resize_shorter_side

    square = centre_crop(resize_shorter_side(photograph, 256), SEEN)
    buffer = io.BytesIO()
    square.save(buffer, "WEBP", quality=_QUALITY, method=6)
    return buffer.getvalue()


class Atlas(SphinxDirective):
    """Put a layer's units here."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return them as HTML, and let the page follow the records."""
        for path in sorted(SOURCE.glob("*.json")):
            self.env.note_dependency(str(path))
        up = "../" * self.env.docname.count("/")
        html = layer_html(self.arguments[0], atlases(), up)
        return [nodes.raw("", html, format="html")]


def _write(app: Sphinx, error: Exception | None) -> None:
    if not error and app.builder.format == "html" and app.config.alexnet_book_network:
        write_atlases(Path(app.outdir, FOLDER))


def setup(app: Sphinx) -> None:
    """Register the directive; the files come at the end of the build."""
    app.add_directive("atlas", Atlas)
    app.connect("build-finished", _write)
