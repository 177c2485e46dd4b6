"""A folder of tiny pictures, and a network that was trained on them for a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_lab.cli import main

# Smaller than any real AlexNet: these tests are about the command line.
TINY = ["--set", "channels=8,8,8,8,8", "--set", "hidden=16,16"]


def draw(path: Path, colour: tuple[int, int, int], seed: int, side: int = 32) -> Path:
    """Write a picture: noise around a colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(-30, 30, (side, side, 3))
    Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="session")
def _cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALEXNET_LAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def colours(tmp_path_factory, _cache) -> Path:
    """Return a folder of class folders: red and blue, 24 pictures each to train, 8 to validate."""
    root = tmp_path_factory.mktemp("data") / "colours"
    for label, colour in (("red", (200, 60, 60)), ("blue", (60, 60, 200))):
        for part, count in (("train", 24), ("val", 8)):
            for n in range(count):
                draw(root / part / label / f"{n}.png", colour, seed=n + 100 * (part == "val"))
    return root


@pytest.fixture(scope="session")
def trained(colours, tmp_path_factory) -> Path:
    """Return the folder of a run that learned to tell red from blue."""
    out = tmp_path_factory.mktemp("runs") / "colours"
    given = ["train", "--data", str(colours), "--epochs", "6", "--batch-size", "8", "--quiet"]
    assert main([*given, *TINY, "--out", str(out)]) == 0
    return out


@pytest.fixture
def run(capsys):
    """Run the command line; return its exit code, output and errors."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call
