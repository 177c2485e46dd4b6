"""The lab network for the pages: model, manifest, runtime and photographs, in `_static/network`.

Nothing of it is fetched by a reader's browser before the reader asks.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import onnx_runtime

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "network"
SMALL = 128  # pixels of a picture to choose by
MODEL, MANIFEST, LICENCE = "lab.onnx", "lab.json", "onnxruntime-LICENSE.txt"
NETWORKS = "networks.json"
REAL_NAME, REAL = "bvlc", "bvlc.onnx"
#: Maps of ImageNet's network, made by ``alexnet-lab atlas maps``.
RECORDED = Path(__file__).parents[2] / "atlas" / "maps"


def write_network(folder: Path, cache: Path) -> dict[str, Any]:
    """Write all files; return the manifest.

    Parameters
    ----------
    folder : Path
        Made if it is not there. Files that are as they should be are not touched.
    cache : Path
        For the runtime; see `onnx_runtime`.
    """
    import alexnet_lab as al
    from alexnet_lab.lab.page import PHOTOGRAPHS, SHOWS, page_export
    from alexnet_lab.widgets._runtime.network_manifest import network_manifest

    model = al.load_pretrained("lab")
    exported = page_export(model)
    manifest = network_manifest(model, exported, MODEL)
    files = {MODEL: exported.data}
    try:
        source = onnx_runtime.runtime_folder(cache)
        files |= {served(name): (source / name).read_bytes() for name in onnx_runtime.FILES}
        files[LICENCE] = Path(__file__).with_name(LICENCE).read_bytes()
        manifest["runtime"] = {
            "version": onnx_runtime.VERSION,
            "module": _sized(served(onnx_runtime.MODULE), files),
            "wasm": _sized(served(onnx_runtime.WASM), files),
        }
    except onnx_runtime.UnavailableError as reason:
        onnx_runtime.tell(str(reason))
        manifest["runtime"] = None
    photographs = [al.photograph(name) for name in PHOTOGRAPHS]
    for p in photographs:
        square = seen_of(p, model.preprocess)
        files |= {f"{p.name}.png": as_png(square), f"{p.name}-small.webp": small_of(square)}
    manifest["photographs"] = [
        {
            "name": p.name,
            "title": p.title,
            "credit": p.credit,
            "shows": SHOWS[p.name],
            "file": f"{p.name}.png",
            "small": f"{p.name}-small.webp",
        }
        for p in photographs
    ]
    recorded, sheets = recorded_maps(manifest["photographs"])
    files |= sheets
    if real := real_network(manifest):
        about, files[REAL] = real
        files[f"{REAL_NAME}.json"] = as_json(about)
        fetched = len(files[REAL]) + sum(
            part["bytes"] for part in manifest["runtime"].values() if isinstance(part, dict)
        )
        recorded["live"] = {"manifest": f"{REAL_NAME}.json", "megabytes": round(fetched / 1e6)}
    files["recorded.json"] = as_json(recorded)
    files[NETWORKS] = as_json(known_networks())
    files[MANIFEST] = as_json(manifest)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in {file.name for file in folder.iterdir()} - set(files):
        (folder / stale).unlink()
    for name, content in files.items():
        target = folder / name
        if not target.is_file() or target.read_bytes() != content:
            target.write_bytes(content)
    return manifest


def as_json(found: dict[str, Any]) -> bytes:
    """Return it as the page fetches it."""
    return (json.dumps(found, separators=(",", ":")) + "\n").encode()


def real_network(lab: dict[str, Any]) -> tuple[dict[str, Any], bytes] | None:
    """Return ImageNet's network for the page, if its weights are on this machine.

    Parameters
    ----------
    lab : dict
        The manifest of the lab network, whose photographs and runtime it shares.

    Returns
    -------
    (dict, bytes) or None
        Its manifest and its file, in 8 bits: the convolutional layers, or all of it where the whole
        file could be had.
    """
    import alexnet_lab as al
    from alexnet_lab.models.catalogue import published
    from alexnet_lab.models.export_onnx import export_onnx
    from alexnet_lab.widgets._runtime.network_manifest import network_manifest

    if not lab["runtime"] or published(REAL_NAME).find() is None:
        return None
    model = al.load_pretrained(REAL_NAME).eval()
    exported = export_onnx(model, weights="int8")
    about = network_manifest(model, exported, REAL)
    what = "all of it" if about["classes"] else "its convolutional layers, which give no answers"
    said = f"Berkeley's network, trained on ImageNet, in 8 bits: {what}."
    title = f"ImageNet\u2019s network: {REAL_NAME}_alexnet"
    more = {
        "photographs": [{**p, "shows": ""} for p in lab["photographs"]],
        "runtime": lab["runtime"],
    }
    return {**about, **more, "name": REAL_NAME, "title": title, "said": [said]}, exported.data


def recorded_maps(offered: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what the page must know of the recorded maps of ImageNet's network, and the sheets."""
    record = json.loads((RECORDED / "bvlc.json").read_text(encoding="utf-8"))
    sheets = {p["name"]: record["photographs"][p["name"]] for p in offered}
    about = {
        "title": "ImageNet\u2019s network: bvlc_alexnet, recorded",
        **{key: record[key] for key in ("input", "layers", "places")},
        "photographs": offered,
        "sheets": sheets,
    }
    files = {sheet["file"]: (RECORDED / sheet["file"]).read_bytes() for sheet in sheets.values()}
    return about, files


def known_networks() -> dict[str, Any]:
    """Describe the package's networks, for files of weights that do not say which they are for.

    Returns
    -------
    dict
        ``networks``: name, input's side, preprocessing and layers of each, those first that are
        tried first; ``imagenet``: the names of ImageNet's 1,000 classes in torchvision's words.
    """
    import torch
    from torchvision.models import AlexNet_Weights

    import alexnet_lab as al
    from alexnet_lab.analysis.layers import friendly_names
    from alexnet_lab.models.chain import describe_layers
    from alexnet_lab.models.preprocessing import default_preprocess

    found = []
    for name in al.models.names():
        with torch.device("meta"):
            model: Any = al.models.build(name)
        how = default_preprocess(name, model.input_size)
        layers = describe_layers(model, names=friendly_names(model))
        found.append(
            {
                "name": name,
                "size": how.size,
                "preprocess": {"mean": how.mean, "std": how.std},
                "layers": layers,
            }
        )
    names = AlexNet_Weights.IMAGENET1K_V1.meta["categories"]
    return {"networks": found, "imagenet": list(names)}


def served(name: str) -> str:
    """Return the name under which a file is served: some hosts know no ``.mjs`` as a script."""
    return name.removesuffix(".mjs") + ".js" if name.endswith(".mjs") else name


def _sized(name: str, files: dict[str, bytes]) -> dict[str, Any]:
    return {"file": name, "bytes": len(files[name])}


def seen_of(photograph: Any, how: Any) -> Any:
    """Return the part of a photograph that the network sees, as a picture."""
    from alexnet_lab.data.preprocess import centre_crop, resize_shorter_side

    return centre_crop(resize_shorter_side(photograph, how.resize), how.resize)


def as_png(square: Any) -> bytes:
    """Return a picture as PNG: not a bit is lost."""
    buffer = io.BytesIO()
    square.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def small_of(square: Any) -> bytes:
    """Return a picture to choose by, two or three kB."""
    buffer = io.BytesIO()
    square.convert("RGB").resize((SMALL, SMALL)).save(buffer, format="WEBP", quality=60, method=6)
    return buffer.getvalue()


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html" or not app.config.alexnet_book_network:
        return
    from alexnet_lab.data.cache import cache_folder

    write_network(Path(app.outdir, "_static", FOLDER), cache_folder())


def setup(app: Sphinx) -> None:
    """Connect to the end of the build, in a book that wants the network in its pages."""
    app.add_config_value("alexnet_book_network", False, "html")
    app.connect("build-finished", _write)
