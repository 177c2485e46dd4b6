"""What ``train`` does when it is not told: which network, at which size, by which recipe."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError

if TYPE_CHECKING:
    from ..training import TrainConfig

RECIPES = ("lab", "2012", "modern")
# Sides, in pixels, of the named data sets as they are; Imagenette's photographs are large.
NATIVE = {"photo-patches": 64, "cifar10": 32, "imagenette": None}
SMALL = 96  # a network of 224 makes no sense of images up to this
LARGEST_PATCH = 96  # of photo-patches
# The median shorter side of the photographs of photo-patches: a patch of another
# photograph should be cut at the same scale.
PHOTO_PATCHES_RESIZE = 432

# What some settings are for: to anything else they would make no difference.
ONLY_FOR = {
    "gamma": ("schedule", ("step", "plateau")),
    "patience": ("schedule", ("plateau",)),
    "milestones": ("schedule", ("step",)),
    "warmup": ("schedule", ("onecycle", "cosine")),
    "momentum": ("optimizer", ("sgd2012", "sgd")),
    "nesterov": ("optimizer", ("sgd",)),
}

# Arguments of the command that are fields of TrainConfig.
CONFIG_FIELDS = (
    *("lr", "momentum", "weight_decay", "optimizer", "schedule", "milestones", "gamma", "patience"),
    *("warmup", "nesterov", "label_smoothing", "clip_norm", "accumulate", "precision"),
    *("checkpoint_activations", "channels_last", "seed", "device", "checkpoint_every"),
)


@dataclass(frozen=True)
class Sizes:
    """Which network, and sides in pixels.

    Attributes
    ----------
    model : str
        The network's name.
    input : int
        What the network is given.
    stored : int
        What the data set is decoded to.
    own : bool
        Whether the data's images are no larger than what is stored: there is no margin to crop in.
    """

    model: str
    input: int
    stored: int
    own: bool

    @property
    def padding(self) -> int:
        """Pixels by which crops may go beyond images that have no margin."""
        return self.input // 8 if self.stored == self.input else 0


def choose_sizes(data: str, model: str | None, image_size: int | None) -> Sizes:
    """Fit network and sizes to the data.

    Raises
    ------
    UserError
        For a size that the network or the data cannot have.
    """
    native = NATIVE[data] if data in NATIVE else _peek(Path(data).expanduser())
    small = native is not None and native <= SMALL
    if model is None:
        model = "alexnet_mini" if (image_size or native or 224) <= SMALL else "alexnet_2012"
    model = model.replace("-", "_")
    if model == "cifar_80sec":
        if image_size not in (None, 32):
            raise UserError(f"cifar_80sec takes images of 32 pixels, not --image-size {image_size}")
        image_size = 32
    if image_size is None:
        if model == "alexnet_mini":
            image_size = native if small and native else 64
        else:
            image_size = LARGEST_PATCH if data == "photo-patches" else 224
    if data == "photo-patches":  # patches are cut at any size, not scaled
        return Sizes(model, image_size, image_size, own=True)
    if small and native:
        return Sizes(model, image_size, max(image_size, native), own=True)
    return Sizes(model, image_size, round(image_size * 256 / 224), own=False)


def _peek(folder: Path) -> int | None:
    """Return the side of a folder's pictures, if some of them are small squares of one size."""
    from ..data import open_image
    from ..data.folders import find_pictures

    if not folder.is_dir():
        return None  # load_data will say what is wrong with it
    pictures = find_pictures(folder).pictures
    side = None
    for picture in pictures[:: max(1, len(pictures) // 32)]:
        try:
            width, height = open_image(folder / picture.path).size
        except UserError:
            continue  # decoding will tell
        if width != height or width > SMALL or side not in (None, width):
            return None
        side = width
    return side


def model_defaults(sizes: Sizes, recipe: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return options for the network where the user gave none.

    A small AlexNet gets the paper's first layer, 11×11 at stride 4, when its images allow it.
    Kaiming initialisation, unless the recipe is that of 2012: with ten classes, weights of
    N(0, 0.01) and biases of 1 take long to get off the ground.
    """
    chosen: dict[str, Any] = {}
    if sizes.model not in ("alexnet_owt", "cifar_80sec"):
        chosen["input_size"] = sizes.input
        if recipe != "2012" and "follow" not in options:
            chosen["init"] = "kaiming"
    if sizes.model == "alexnet_mini" and sizes.input >= 48:
        first = {"kernels": (11, 5, 3, 3, 3), "strides": (4, 1, 1, 1, 1)}
        chosen |= first | {"paddings": (4, 2, 1, 1, 1)}
    return chosen | options


def choose_config(args: argparse.Namespace, sizes: Sizes) -> TrainConfig:
    """Return the recipe, with what the user changed in it."""
    from ..training import RECIPE_2012, RECIPE_MODERN, TrainConfig

    config = {
        "2012": RECIPE_2012,
        "modern": RECIPE_MODERN,
        # The paper's numbers, but one cycle of the rate and a limit to gradients: runs of a few
        # epochs have no time to wait for a plateau.
        "lab": TrainConfig(schedule="onecycle", warmup=0.15, clip_norm=5.0),
    }[args.recipe]
    changes = {
        name: getattr(args, name) for name in CONFIG_FIELDS if getattr(args, name) is not None
    }
    epochs = args.epochs
    if epochs is None and args.recipe == "lab" and sizes.own:
        epochs = 16 if args.data == "photo-patches" else 30
    if epochs is not None:
        changes["epochs"] = epochs
    if args.milestones and args.schedule is None:
        changes["schedule"] = "step"
    if changes.get("schedule") == "step" and not args.milestones:
        raise UserError("--schedule step needs --milestones, e.g. --milestones 30,60")
    for name, (setting, wanted) in ONLY_FOR.items():
        value = changes.get(setting, getattr(config, setting))
        if name in changes and value not in wanted:
            raise UserError(
                f"--{name} makes no difference to {setting} {value}; it is for {', '.join(wanted)}"
            )
    if changes.get("precision", config.precision) != "float32" and args.channels_last is None:
        changes["channels_last"] = True
    if changes.get("schedule") in ("step", "plateau", "constant"):
        changes["warmup"] = 0.0
    return config.replace(**changes)


def divides(init: str | None) -> bool:
    """Tell whether inputs are divided by their standard deviation.

    The paper's and the source's initialisations are made for 0–255 minus the mean; the others for
    inputs of about unit variance.
    """
    return init not in ("paper", "source")
