"""The lab network as it is shipped: weights, what was measured with them, conv1 along training.

Three files, side by side in ``alexnet_lab/models/trained``:

- ``lab.safetensors``: float16 weights, with classes and preprocessing in their metadata;
- ``lab.json``: recipe, data set, every epoch, and what the shipped weights score;
- ``conv1.safetensors``: the kernels of conv1 after some of the epochs.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError
from ..files import atomic_write
from ..weights import save_weights
from .recipe import LabRecipe
from .score import LabScore, pooled, score
from .snapshots import read_snapshots
from .sources import LabData, halves
from .training import train_lab_network

WEIGHTS, RECORD, SNAPSHOTS = "lab.safetensors", "lab.json", "conv1.safetensors"
SNAPSHOTS_KEPT = 16


def write_release(data: LabData, run: Path, out: Path, recipe: LabRecipe | None = None) -> Path:
    """Train what `run` still lacks, and write the three files of the shipped network.

    Parameters
    ----------
    data : LabData
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
        "preprocess": {"mean": data.mean.tolist(), "size": recipe.phases[-1].size},
    }
    save_weights(out / WEIGHTS, model.half(), about)
    shipped = load_pretrained(out / WEIGHTS)
    scores = {
        source.name: {
            part: asdict(score(shipped, source, split, views=True))
            for part, split in zip(("watched", "untouched"), halves(source), strict=True)
        }
        for source in data.sources
    }
    record = {
        "recipe": recipe.to_dict(),
        "data": data.to_dict(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "epochs": [row for phase in recipe.phases for row in _epochs(run / phase.name, phase.name)],
        "score": asdict(pooled([LabScore(**parts["untouched"]) for parts in scores.values()])),
        "scores": scores,
    }
    with atomic_write(out / RECORD) as scratch:
        scratch.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    _write_snapshots(run / "conv1", out / SNAPSHOTS, recipe)
    return out / WEIGHTS


def _epochs(folder: Path, phase: str) -> list[dict[str, Any]]:
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    return [{"phase": phase, **row} for row in record["history"]["epochs"]]


def _write_snapshots(folder: Path, target: Path, recipe: LabRecipe) -> None:
    from safetensors.torch import save_file

    kept = [snapshot for snapshot in read_snapshots(folder) if snapshot.epoch is not None]
    # In the order of training, which is not that of the alphabet.
    found = [s for phase in recipe.phases for s in kept if s.phase == phase.name]
    count = min(SNAPSHOTS_KEPT, len(found))
    # Early epochs change most: squares of equal steps, the first and the last among them.
    picks = [round((len(found) - 1) * (i / max(count - 1, 1)) ** 1.5) for i in range(count)]
    chosen = [found[i] for i in sorted(set(picks))]
    kernels = {f"{s.phase}-{s.epoch:03d}": s.weight.half().contiguous() for s in chosen}
    with atomic_write(target) as scratch:
        save_file(kernels, scratch)


def lab_record() -> dict[str, Any]:
    """Return what is known of the shipped network: recipe, data, epochs, score.

    Raises
    ------
    UserError
        When this version ships no trained network.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> sorted(al.lab.lab_record())
    ['data', 'epochs', 'recipe', 'score', 'scores', 'versions']
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

    Examples
    --------
    >>> import alexnet_lab as al
    >>> kernels = al.lab.conv1_along_training()
    >>> next(iter(kernels.values())).shape
    torch.Size([96, 3, 11, 11])
    """
    from safetensors.torch import load_file

    with as_file(files("alexnet_lab.models") / "trained" / SNAPSHOTS) as path:
        if not path.is_file():
            raise UserError("this version ships no kernels along training")
        kernels = load_file(path)
    phases = [phase.name for phase in LabRecipe.from_dict(lab_record()["recipe"]).phases]
    names = sorted(kernels, key=lambda name: (phases.index(name.partition("-")[0]), name))
    return {name: kernels[name].float() for name in names}
