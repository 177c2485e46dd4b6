"""Wheel and sdist: what is in them, how large they are, and that the installed package works."""

from __future__ import annotations

import email
import json
import re
import tarfile
import zipfile
from pathlib import Path

import licences
import yaml
from built import alone, build, call

import alexnet_lab

PACKAGE = Path(alexnet_lab.__file__).parent
LARGEST = 20_000_000  # bytes
# Anything else in the package's folder would be left out without a word.
KINDS = {".py", ".pyi", ".js", ".css", ".json", ".safetensors", ".typed", ""}
KINDS |= {".mplstyle", ".ttf", ".txt"}  # how figures look, their font, its licence
KINDS |= {".png"}  # recorded kernels


def sources() -> set[str]:
    """Return every file of the package that belongs into the wheel."""
    files = [file for file in PACKAGE.rglob("*") if file.is_file()]
    return {
        file.relative_to(PACKAGE.parent).as_posix()
        for file in files
        if "__pycache__" not in file.parts
    }


def contents(wheel: Path) -> dict[str, int]:
    """Return the names and checksums in a wheel; those that tell of the build are left out."""
    with zipfile.ZipFile(wheel) as archive:
        return {i.filename: i.CRC for i in archive.infolist() if not i.filename.endswith("/RECORD")}


def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    inside = {name for name in contents(wheel) if name.startswith("alexnet_lab/")}
    assert inside == sources()
    assert {Path(name).suffix for name in inside} <= KINDS
    for needed in (
        "alexnet_lab/py.typed",
        "alexnet_lab/models/trained/lab.safetensors",
        "alexnet_lab/models/trained/lab.json",
        "alexnet_lab/models/trained/conv1.safetensors",
        "alexnet_lab/widgets/_runtime/host.js",
        "alexnet_lab/widgets/_runtime/kit.css",
        "alexnet_lab/widgets/_runtime/kit-source.css",
        "alexnet_lab/widgets/_runtime/kit-media.css",
    ):
        assert needed in inside
    assert [name for name in inside if "/records/" in name and name.endswith(".json")]


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in contents(wheel)}
    assert tops == {"alexnet_lab", f"alexnet_lab-{alexnet_lab.__version__}.dist-info"}


def test_small_enough(dist: Path) -> None:
    sizes = {file.name: file.stat().st_size for file in dist.iterdir()}
    assert len(sizes) == 2
    assert not [name for name, size in sizes.items() if size > LARGEST]


def test_the_sdist_builds_the_same_wheel(dist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    build(source, tmp_path / "again", "--wheel")
    assert contents(next((tmp_path / "again").glob("*.whl"))) == contents(wheel)


def test_metadata(wheel: Path, root: Path) -> None:
    about = metadata(wheel)
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert about["Version"] == alexnet_lab.__version__ == citation["version"]
    assert about["License-Expression"] == citation["license"] == "BSD-3-Clause"
    assert set(about.get_all("License-File")) == {"LICENSE", "LICENSES.md"}
    assert about["Requires-Python"] == ">=3.10"
    extras = {"book", "classroom", "dev", "export", "lab", "quiz"}
    assert extras == set(about.get_all("Provides-Extra"))
    assert about.get_payload().startswith("# AlexNet Lab")


def test_what_colab_installs_pins_nothing(wheel: Path) -> None:
    """A pin or an upper bound in the bare install would replace Colab's own torch."""
    bare = [need for need in metadata(wheel).get_all("Requires-Dist") if "extra ==" not in need]
    assert "torch>=2.4" in bare
    assert [need for need in bare if re.search(r"[<~!]|==", need)] == []


def test_licences_travel_with_the_wheel(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in ("LICENSE", "LICENSES.md"):
            (inside,) = [n for n in archive.namelist() if n.endswith(f"/licenses/{name}")]
            assert archive.read(inside) == (root / name).read_bytes()


def test_licences_say_what_the_tables_say(root: Path) -> None:
    """`python tools/licences.py` writes the file."""
    assert (root / "LICENSES.md").read_text(encoding="utf-8") == licences.page()


def test_fonts_have_their_licence_beside_them(root: Path) -> None:
    folder = root / "book" / "_static" / "fonts"
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    readme = readme.replace("{normal,italic}", "normal") + readme.replace(
        "{normal,italic}", "italic"
    )
    fonts = sorted(folder.glob("*.woff2"))
    assert fonts
    assert [font.name for font in fonts if f"`{font.name}`" not in readme] == []


INSTALLED = """
import json, os, sys
import torch
import alexnet_lab as al
net = al.load_pretrained("lab")
photo = al.photograph("coffee")
with torch.no_grad():
    logits = net(net.preprocess(photo)[None])
widget = al.widgets.PoolingExplorer(torch.rand(1, 2, 8, 8))._repr_mimebundle_()[0]
print(json.dumps([os.path.realpath(al.__file__), list(logits.shape), sorted(widget)]))
"""


def test_installed_it_works(python: Path, tmp_path: Path) -> None:
    seen = alone(tmp_path)
    found, shape, kinds = json.loads(call(python, "-c", INSTALLED, cwd=tmp_path, env=seen))
    assert found.startswith(str(python.parents[1].resolve()))
    assert shape == [1, 10]
    assert {"text/html", "image/png"} <= set(kinds)
    command = python.with_name("alexnet-lab")
    said = call(command, "--version", cwd=tmp_path, env=seen)
    assert said == f"alexnet-lab {alexnet_lab.__version__}\n"
    table = call(command, "summary", "alexnet_2012", cwd=tmp_path, env=seen)
    assert "conv1" in table
    assert "60,965,224" in table  # weights and biases of the 2012 network, as chapter 2 counts them
