"""The lab network as it is shipped: weights, what was measured with them, conv1 along training.

Three files, side by side in ``alexnet_lab/models/trained``:

- ``lab.safetensors``: float16 weights, with classes and preprocessing in their metadata;
- ``lab.json``: recipe, data set, every epoch, and what the shipped weights score;
- ``conv1.safetensors``: the kernels of conv1 after some of the epochs.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..data import Batches, ImageData, Normalise, Recipe, ten_views
from ..errors import UserError
from ..files import atomic_write
from ..training import evaluate, predict_ten_views
from ..weights import save_weights
from .recipe import LabRecipe
from .training import ScaledCentreCrop, train_lab_network

WEIGHTS, RECORD, SNAPSHOTS = "lab.safetensors", "lab.json", "conv1.safetensors"
SNAPSHOTS_KEPT = 16
PHASES = ("small", "full")


@dataclass(frozen=True)
class LabScore:
    """What a network scores on a validation part. Errors and accuracies are fractions, 0–1.

    ``ten_views`` is None when it was not measured.
    """

    images: int
    single_view: float
    top5: float
    ten_views: float | None

    def __str__(self) -> str:
        lines = [f"{self.images:,} images: {self.single_view:.2%} top-1, {self.top5:.2%} top-5"]
        if self.ten_views is not None:
            lines.append(f"ten views: {self.ten_views:.2%} top-1")
        return "\n".join(lines)


def score(
    model: nn.Module, data: ImageData, *, views: bool = False, precision: str = "float32"
) -> LabScore:
    """Measure a network with a `preprocess` of its own on the validation part of `data`.

    Parameters
    ----------
    model : torch.nn.Module
        From `load_pretrained`.
    data : ImageData
        Square photographs, with the network's classes in its order.
    views : bool
        Average over ten views (§4.1) as well: eleven times the work.
    precision : {"float32", "bf16", "fp16"}
        Arithmetic of convolutions and products.

    Returns
    -------
    LabScore
        Of the central 224/256 of each image, scaled to the network's input.

    Raises
    ------
    UserError
        When the classes are not the network's.
    """
    made: Any = model.preprocess
    if list(data.classes) != list(model.classes):  # type: ignore[arg-type]
        raise UserError(
            f"{data.name!r} has the classes {', '.join(data.classes)}; the network knows"
            f" {', '.join(model.classes)}"  # type: ignore[arg-type]
        )
    still = Recipe(ScaledCentreCrop(made.size), Normalise(made.mean, made.std), name="centre")
    found = evaluate(model, Batches(data.val, 125, still), precision=precision)
    ten = _ten_views(model, data, precision) if views else None
    return LabScore(len(data.val), 1 - found.top1_error, 1 - found.top5_error, ten)


def _ten_views(model: nn.Module, data: ImageData, precision: str) -> float:
    made: Any = model.preprocess
    normalise = Recipe(Normalise(made.mean, made.std), name="mean")
    right = 0
    for images, labels in Batches(data.val, 25, normalise):
        large = F.interpolate(images, size=made.resize, mode="bilinear", antialias=True)
        guess = predict_ten_views(model, ten_views(large, made.size), precision=precision)
        right += int((guess.argmax(1) == labels).sum())
    return right / len(data.val)


def write_release(data: ImageData, run: Path, out: Path, recipe: LabRecipe | None = None) -> Path:
    """Train what `run` still lacks, and write the three files of the shipped network.

    Parameters
    ----------
    data : ImageData
        What it is trained on.
    run : pathlib.Path
        Folder of the run; see `train_lab_network`.
    out : pathlib.Path
        Folder for the files.
    recipe : LabRecipe, optional
        How; it must be the one that `run` began with.

    Returns
    -------
    pathlib.Path
        The weights.
    """
    from ..models import load_pretrained

    recipe = recipe or LabRecipe()
    model, _ = train_lab_network(data, run, recipe)
    about = {
        "model": {"name": "alexnet_2012", "options": model.config.to_dict()},
        "classes": list(data.classes),
        "preprocess": {"mean": [float(v) for v in data.mean], "size": recipe.size},
    }
    save_weights(out / WEIGHTS, model.half(), about)
    shipped = load_pretrained(out / WEIGHTS)
    record = {
        "recipe": asdict(recipe),
        "data": {
            "name": data.name,
            "fingerprint": data.fingerprint,
            "train": len(data.train),
            "val": len(data.val),
        },
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "epochs": [row for phase in PHASES for row in _epochs(run / phase, phase)],
        "score": asdict(score(shipped, data, views=True)),
    }
    with atomic_write(out / RECORD) as scratch:
        scratch.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    _write_snapshots(run / "conv1", out / SNAPSHOTS)
    return out / WEIGHTS


def _epochs(folder: Path, phase: str) -> list[dict[str, Any]]:
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    return [{"phase": phase, **row} for row in record["history"]["epochs"]]


def _write_snapshots(folder: Path, target: Path) -> None:
    from safetensors.torch import load_file, save_file

    # By phase, then epoch: "small" comes before "full" in time, not in the alphabet.
    found = [path for phase in PHASES for path in sorted(folder.glob(f"{phase}-*.safetensors"))]
    if not found:
        raise UserError(f"no kernels of conv1 in {str(folder)!r}; was it trained by this command?")
    count = min(SNAPSHOTS_KEPT, len(found))
    # Early epochs change most: squares of equal steps, the first and the last among them.
    picks = [round((len(found) - 1) * (i / max(count - 1, 1)) ** 1.5) for i in range(count)]
    chosen = [found[i] for i in sorted(set(picks))]
    kernels = {path.stem: load_file(path)["conv1"] for path in chosen}
    with atomic_write(target) as scratch:
        save_file(kernels, scratch)


def lab_record() -> dict[str, Any]:
    """Return what is known of the shipped network: recipe, data, epochs, score.

    Raises
    ------
    UserError
        When this version ships no trained network.
    """
    with as_file(files("alexnet_lab.models") / "trained" / RECORD) as path:
        if not path.is_file():
            raise UserError("this version ships no trained network, so there is no record of it")
        return json.loads(path.read_text(encoding="utf-8"))


def conv1_along_training() -> dict[str, Tensor]:
    """Return conv1's kernels after some epochs of the shipped network's training, in order.

    Returns
    -------
    dict
        ``"small-001"`` (phase and epoch) to float32 (96, 3, 11, 11), RGB. As trained: for inputs
        divided by the standard deviation, so only their looks compare with the finished ones.
    """
    from safetensors.torch import load_file

    with as_file(files("alexnet_lab.models") / "trained" / SNAPSHOTS) as path:
        if not path.is_file():
            raise UserError("this version ships no kernels along training")
        kernels = load_file(path)
    names = sorted(kernels, key=lambda name: (PHASES.index(name.partition("-")[0]), name))
    return {name: kernels[name].float() for name in names}
