"""``alexnet-lab weights``: what is here, and what is done with it."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from alexnet_lab.cli import _paths, main
from alexnet_lab.models import catalogue


@pytest.fixture(autouse=True)
def _nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caches of this machine out of the tests, and the network."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("ALEXNET_LAB_WEIGHTS", raising=False)


def test_the_names_are_those_of_the_package() -> None:
    """The command line knows them without importing torch."""
    assert _paths.PUBLISHED == catalogue.PUBLISHED


def test_list_says_what_a_download_costs(capsys: Any) -> None:
    assert main(["weights", "list"]) == 0
    out = capsys.readouterr().out
    assert "lab          in the package" in out
    assert "bvlc         not here; 244 MB from huggingface.co" in out
    assert "torchvision  not here; 244 MB from download.pytorch.org" in out
    assert "released for unrestricted use" in out


def test_what_is_not_here(capsys: Any) -> None:
    assert main(["weights", "verify"]) == 0
    assert "caffenet: not here" in capsys.readouterr().out
    assert main(["weights", "verify", "bvlc"]) == 2
    assert "weights fetch bvlc brings it (244 MB)" in capsys.readouterr().err
    assert main(["weights", "remove", "bvlc"]) == 0
    assert "bvlc: nothing to remove in" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["torchvision", "bvlc", "caffenet"])
def test_without_a_network(capsys: Any, name: str) -> None:
    assert main(["weights", "fetch", name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"'{name}' (244 MB)" in line
    assert "no route to host" in line
    assert f"weights fetch {name} --from FILE" in line


def test_what_is_brought_must_be_there_and_right(capsys: Any, tmp_path: Path) -> None:
    assert main(["weights", "fetch", "bvlc", "--from", str(tmp_path / "gone.onnx")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
    page = tmp_path / "bvlcalexnet-12.onnx"
    page.write_text("<html>not found</html>", encoding="utf-8")
    assert main(["weights", "fetch", "bvlc", "--from", str(page)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "bvlcalexnet-12.onnx" in line
    assert main(["weights", "fetch", "vgg"]) == 2
    assert "vgg" in capsys.readouterr().err


def test_the_conv_stack_through_the_same_door(
    shared_data: Path, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shared_data / "imagenet-conv"
    assert main(["weights", "fetch", "bvlc", "--from", str(folder)]) == 0
    assert "the convolutional layers: shapes and biases" in capsys.readouterr().out
    assert (tmp_path / "cache" / "weights" / "bvlc_alexnet_conv_q7.npz").is_file()
    assert main(["weights", "verify", "bvlc"]) == 0
    assert main(["weights", "list"]) == 0
    assert "bvlc         convolutional layers only, 3.0 MB in" in capsys.readouterr().out
    assert main(["predict", "coffee", "--checkpoint", "bvlc"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "bvlc has no classes to choose from" in line
    assert main(["summary", "bvlc"]) == 0
    assert "knows no classes: its file holds" in capsys.readouterr().out
    other = folder / "torchvision_alexnet_features_f16.npz"
    assert main(["weights", "fetch", "bvlc", "--from", str(other)]) == 2
    assert "is not 'bvlc', or damaged" in capsys.readouterr().err
    assert main(["weights", "remove", "bvlc"]) == 0
    assert "removed " in capsys.readouterr().out
    monkeypatch.setenv("ALEXNET_LAB_WEIGHTS", str(folder))
    assert main(["weights", "remove", "bvlc"]) == 0
    assert f"left where it is: {folder}" in capsys.readouterr().out
