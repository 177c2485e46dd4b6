"""Training the lab network: phase after phase, resumed wherever it was left.

The network of 210 classes is trained in the background, for hours, with

::

    alexnet-lab lab train --data tiny-imagenet-avif imagenette-160 --out RUN

The same command goes on after an interruption, bit for bit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from ..data import Batches, MixedSplit, Normalise, RandomResizedCrop, Recipe, pca_colour
from ..data.scaled_crop import ScaledCentreCrop
from ..models import AlexNet
from ..training import Callback, History, Run, fit, load_weights
from .network import fold, grow, lab_model
from .recipe import LabRecipe, Phase
from .snapshots import Snapshots
from .sources import LabData


class ExtraDecay(Callback):
    """One parameter decays by more than the others, apart from its gradient.

    Parameters
    ----------
    parameter : str
        Its name in the model.
    decay : float
        It loses lr · `decay` of itself at each step.
    """

    def __init__(self, parameter: str, decay: float) -> None:
        self.parameter, self.decay = parameter, decay

    @torch.no_grad()
    def on_step(self, run: Run) -> None:
        """Shrink it."""
        run.model.get_parameter(self.parameter).mul_(1 - run.position.lr * self.decay)


def train_batches(data: LabData, recipe: LabRecipe, size: int) -> Batches:
    """Return the training batches of a phase, at `size` pixels: crops, reflections, colours.

    Under ``torchrun`` they are this process's parts.
    """
    largest = max(data.sources, key=lambda source: len(source.train))
    augment = Recipe(
        RandomResizedCrop(size, (recipe.least_area, 1.0)),
        pca_colour(largest),
        Normalise(data.mean, data.std),
        name="lab",
    )
    return Batches(
        data.train,
        recipe.batch_size,
        augment,
        shuffle=True,
        drop_last=True,
        seed=recipe.seed,
        **_layout(),
    )


def still_batches(split: MixedSplit, data: LabData, size: int) -> Batches:
    """Return batches of the central 224/256 of each image, at `size` pixels."""
    still = Recipe(ScaledCentreCrop(size), Normalise(data.mean, data.std), name="centre")
    return Batches(split, 250, still, **_layout())


def _layout() -> dict[str, Any]:
    return {
        "memory_format": torch.channels_last,
        "rank": int(os.environ.get("RANK", 0)),
        "world_size": int(os.environ.get("WORLD_SIZE", 1)),
    }


def _finished(folder: Path, phase: Phase) -> bool:
    """Tell whether a phase ran to its end; a run that was stopped leaves weights, too."""
    if not (folder / "weights.safetensors").is_file():
        return False
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    return bool(record["position"]["epoch"] >= phase.epochs)


def train_lab_network(
    data: LabData,
    out: Path,
    recipe: LabRecipe | None = None,
    *,
    progress: bool | str | None = None,
    log: Callable[[str], Any] | None = None,
    on_epoch: Callable[[Run], Any] | None = None,
) -> tuple[AlexNet, dict[str, History]]:
    """Train phase after phase, resuming whatever `out` holds already.

    Parameters
    ----------
    data : LabData
        From `lab_data`.
    out : pathlib.Path
        Folder of the run: each phase is a run of `fit` in a folder of its own; ``conv1/`` gets the
        kernels of conv1 along training.
    recipe : LabRecipe, optional
        How.
    progress : bool or str, optional
        See `fit`.
    log : callable, optional
        Called with a line of text whenever kernels are kept: loss, error, towers' colours.
    on_epoch : callable, optional
        Called with the run after each epoch.

    Returns
    -------
    model : AlexNet
        In eval mode, folded: takes 0–255 minus ``data.mean``.
    histories : dict
        By phase; those that this call trained.
    """
    recipe = recipe or LabRecipe()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = lab_model(
            len(data.classes), recipe.phases[0].size, hidden=recipe.hidden, dropout=recipe.dropout
        )
    histories = {}
    for phase in recipe.phases:
        if model.input_size != phase.size:
            model = grow(model, phase.size)
        folder = out / phase.name
        if _finished(folder, phase):
            load_weights(folder / "weights.safetensors", model)
            continue
        about = {
            "model": {"name": "alexnet_2012", "options": model.config.to_dict()},
            "classes": list(data.classes),
            "preprocess": {
                "mean": data.mean.tolist(),
                "std": data.std.tolist(),
                "size": phase.size,
            },
            "recipe": recipe.to_dict(),
            "data": data.to_dict(),
        }
        listeners: list[Callback | Callable[[Run], Any]] = []
        if recipe.conv1_decay:
            listeners.append(ExtraDecay("features.conv1.weight", recipe.conv1_decay))
        listeners.append(Snapshots(out / "conv1", phase.name, log))
        listeners += [] if on_epoch is None else [on_epoch]
        histories[phase.name] = fit(
            model,
            train_batches(data, recipe, phase.size),
            still_batches(data.watched, data, phase.size),
            recipe.config(phase.name).replace(log_every=100, checkpoint_seconds=200),
            out=folder,
            resume=True,
            about=about,
            progress=progress,
            callbacks=listeners,
        )
    return fold(model, data.std).eval(), histories
