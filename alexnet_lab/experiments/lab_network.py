"""The lab network: the paper's conv stack, trained from scratch on ten classes of photographs.

It is trained small (128² images: 31 → 15 → 7 → 3 instead of 55 → 27 → 13 → 6), grown to the
paper's geometry, and finished there. What is trained is scaled for comfort: inputs of unit
variance, α = 0.01. In the end the weights are rescaled, so that the finished network takes 0–255
minus the mean and has the paper's constants (n = 5, k = 2, α = 1e-4, β = 0.75); `fold` changes no
output.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..data import Batches, ImageData, Normalise, RandomResizedCrop, Recipe, pca_colour
from ..data.resized import crop_and_scale
from ..data.transforms import Transform
from ..files import atomic_write
from ..models import AlexNet
from ..models.alexnet import feature_side
from ..training import History, Run, TrainConfig, fit, load_weights

# The paper's α acts on activations of about 1–100; ours are about 10 times smaller while training.
TRAINING_ALPHA, PAPER_ALPHA = 1e-2, 1e-4


@dataclass(frozen=True)
class LabRecipe:
    """How the lab network is trained; every number is a choice of ours, not the paper's.

    Parameters
    ----------
    seed : int
        Of weights, order and augmentation.
    small_size, size : int
        Side of the images in pixels, in the two phases.
    small_epochs, epochs : int
        Passes over the data in the two phases.
    small_lr, lr : float
        Highest rates; each phase has one cycle.
    batch_size : int
        As in the paper (§5).
    hidden : tuple of int
        Units of fc6 and fc7: a small head, for ten classes.
    weight_decay : float
        More than the paper's 0.0005: there are a hundred times fewer images.
    least_area : float
        Random crops take from this part of an image to all of it.
    label_smoothing : float
        See `TrainConfig`.
    """

    seed: int = 0
    small_size: int = 128
    small_epochs: int = 26
    small_lr: float = 0.02
    size: int = 224
    epochs: int = 6
    lr: float = 0.006
    batch_size: int = 128
    hidden: tuple[int, ...] = (256, 256)
    weight_decay: float = 2e-3
    least_area: float = 0.35
    label_smoothing: float = 0.05

    def phase(self, small: bool) -> TrainConfig:
        """Return the training configuration of one phase."""
        return TrainConfig(
            epochs=self.small_epochs if small else self.epochs,
            lr=self.small_lr if small else self.lr,
            momentum=0.9,
            nesterov=True,
            optimizer="sgd",
            schedule="onecycle",
            warmup=0.15,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            clip_norm=5.0,
            precision="bf16",
            channels_last=True,
            seed=self.seed,
        )


class ScaledCentreCrop(Transform):
    """The central 224/256 of a square image, scaled to `size`: §2's crop, at any scale."""

    def __init__(self, size: int) -> None:
        self.size = size

    def apply(self, x: Tensor, draws: Tensor) -> Tensor:
        """Crop and scale x (N, 3, H, H) to (N, 3, size, size)."""
        side = round(x.shape[-1] * 224 / 256)
        start = (x.shape[-1] - side) // 2
        boxes = torch.tensor([start, start, side, side]).expand(len(x), 4)
        return crop_and_scale(x, boxes, self.size)


def lab_model(num_classes: int = 10, size: int = 224, **options: Any) -> AlexNet:
    """Build the network as it is trained: the paper's conv stack and a small head.

    Parameters
    ----------
    num_classes : int
        Length of the logits.
    size : int
        Side of the input in pixels.
    **options
        Any field of `AlexNetConfig`.

    Returns
    -------
    AlexNet
        Kaiming initialisation; conv1 at a tenth of it, so that the first steps are small.
    """
    options = {"hidden": (256, 256), "lrn_alpha": TRAINING_ALPHA, "init": "kaiming"} | options
    model = AlexNet(num_classes, input_size=size, **options)
    with torch.no_grad():
        model.get_parameter("features.conv1.weight").mul_(0.1)
    return model


@torch.no_grad()
def grow(model: AlexNet, size: int) -> AlexNet:
    """Return the network for larger images; fc6 sees the larger map as a finer copy of the old.

    Parameters
    ----------
    model : AlexNet
        Whose pool5 has s × s pixels.
    size : int
        Side of the new input; its pool5 must have a multiple of s pixels a side.

    Returns
    -------
    AlexNet
        The same weights; each weight of fc6 is shared out over the pixels that its own became.
    """
    grown = AlexNet(**{**model.config.to_dict(), "input_size": size})
    side, new_side = feature_side(model.config), feature_side(grown.config)
    channels = model.config.channels[4]
    state = model.state_dict()
    factor = new_side // side
    weight = state["classifier.fc6.weight"].unflatten(1, (channels, side, side))
    weight = weight.repeat_interleave(factor, 2).repeat_interleave(factor, 3) / factor**2
    state["classifier.fc6.weight"] = weight.flatten(1)
    grown.load_state_dict(state)
    return grown


@torch.no_grad()
def fold(model: AlexNet, std: Tensor) -> AlexNet:
    """Return the same function of 0–255 minus the mean, with the paper's α.

    Parameters
    ----------
    model : AlexNet
        Trained with `TRAINING_ALPHA` on inputs divided by `std`.
    std : torch.Tensor
        Shape (3,).

    Returns
    -------
    AlexNet
        ``lrn_alpha`` is `PAPER_ALPHA`; the logits are the same.

    Notes
    -----
    Response normalisation of s·a with α is s times that of a with s²·α. ReLU and max-pooling
    commute with s > 0. So conv1 and conv2 may give ten times as much, when conv2 and conv3 weigh
    what comes in with a tenth.
    """
    scale = (model.config.lrn_alpha / PAPER_ALPHA) ** 0.5
    folded = AlexNet(**{**model.config.to_dict(), "lrn_alpha": PAPER_ALPHA})
    folded.load_state_dict(copy.deepcopy(model.state_dict()))
    conv1, conv2, conv3 = (getattr(folded.features, f"conv{n}") for n in (1, 2, 3))
    conv1.weight.mul_(scale / std.view(1, 3, 1, 1))
    conv1.bias.mul_(scale)
    conv2.bias.mul_(scale)  # its weights: a tenth for what comes in, ten for what goes out
    conv3.weight.div_(scale)
    return folded


def batches(data: ImageData, recipe: LabRecipe, size: int) -> tuple[Batches, Batches]:
    """Return the training and validation batches of one phase, at `size` pixels.

    Under ``torchrun`` they are this process's parts.
    """
    rank, world_size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    normalise = Normalise(data.mean, data.std)
    augment = Recipe(
        RandomResizedCrop(size, (recipe.least_area, 1.0)), pca_colour(data), normalise, name="lab"
    )
    layout = torch.channels_last
    train = Batches(
        data.train,
        recipe.batch_size,
        augment,
        shuffle=True,
        drop_last=True,
        seed=recipe.seed,
        memory_format=layout,
        rank=rank,
        world_size=world_size,
    )
    still = Recipe(ScaledCentreCrop(size), normalise, name="centre")
    val = Batches(data.val, 250, still, memory_format=layout, rank=rank, world_size=world_size)
    return train, val


def train_lab_network(
    data: ImageData,
    out: Path,
    recipe: LabRecipe | None = None,
    *,
    progress: bool | str | None = None,
    on_epoch: Callable[[Run], Any] | None = None,
) -> tuple[AlexNet, dict[str, History]]:
    """Train in two phases, resuming whatever `out` holds already.

    Parameters
    ----------
    data : ImageData
        Square photographs, 160² for Imagenette.
    out : pathlib.Path
        Folder of the run: ``small/`` and ``full/`` are runs of `fit`; ``conv1/`` gets the kernels
        of conv1 after each epoch.
    recipe : LabRecipe, optional
        How.
    progress : bool or str, optional
        See `fit`.
    on_epoch : callable, optional
        Called with the run after each epoch.

    Returns
    -------
    model : AlexNet
        In eval mode, folded: takes 0–255 minus ``data.mean``.
    histories : dict
        ``"small"`` and ``"full"``.
    """
    recipe = recipe or LabRecipe()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = lab_model(data.num_classes, recipe.small_size, hidden=recipe.hidden)
    histories = {}
    for phase, size in (("small", recipe.small_size), ("full", recipe.size)):
        if phase == "full":
            model = grow(model, size)
        about = {
            "model": {"name": "alexnet_2012", "options": model.config.to_dict()},
            "classes": list(data.classes),
            "recipe": asdict(recipe),
        }
        train, val = batches(data, recipe, size)
        folder = out / phase
        if (folder / "weights.safetensors").is_file():
            load_weights(folder / "weights.safetensors", model)
            continue
        listeners: list[Callable[[Run], Any]] = [_Snapshots(out / "conv1", phase)]
        listeners += [] if on_epoch is None else [on_epoch]
        histories[phase] = fit(
            model,
            train,
            val,
            recipe.phase(phase == "small"),
            out=folder,
            resume=True,
            about=about,
            progress=progress,
            callbacks=listeners,
        )
    return fold(model, data.std).eval(), histories


class _Snapshots:
    """Keep conv1's kernels after every epoch, for the page that scrubs through training."""

    def __init__(self, folder: Path, phase: str) -> None:
        self.folder, self.phase = folder, phase

    def __call__(self, run: Run) -> None:
        from safetensors.torch import save_file

        if not run.writes:
            return
        weight = run.model.state_dict()["features.conv1.weight"].half().contiguous()
        with atomic_write(self.folder / f"{self.phase}-{run.epoch:03d}.safetensors") as scratch:
            save_file({"conv1": weight}, scratch)
