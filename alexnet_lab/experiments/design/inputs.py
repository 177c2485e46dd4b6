"""What a run's net is fed: the images of its scale, and how they are changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from ...data import (
    CentreCrop,
    CropAndReflect,
    ImageData,
    Normalise,
    RandomResizedCrop,
    Recipe,
    Split,
    augmentation,
    pca_colour,
)
from ...data.scaled_crop import ScaledCentreCrop
from ...errors import UserError
from .arm import Arm, Part
from .experiment import Scale

HELD_OUT = 0.2  # of the training images, in runs that choose a learning rate
LEAST_AREA = 0.32  # of the image, that a scaled crop takes: 36 pixels of 64 a side
SHARE_A_DRAW = 16  # images of RandAugment: image by image it would take more time than the net


@dataclass(frozen=True)
class Inputs:
    """The data of a run: its splits, and what all its nets are fed with.

    Attributes
    ----------
    data : ImageData
        With the splits of this scale.
    crop : int
        Side of the network's input.
    """

    data: ImageData
    crop: int


def run_inputs(data: ImageData, scale: Scale, *, choice: bool) -> Inputs:
    """Cut the splits of a run out of a data set; the same images whatever the seed."""
    train = subset_of(data.train, scale.train_images)
    val = subset_of(data.val, scale.val_images)
    if choice:
        # The test part chooses nothing: what is held out of the training part does.
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(1))
        held = max(1, round(HELD_OUT * len(train)))
        train, val = train.subset(order[held:]), train.subset(order[:held])
    return Inputs(replace(data, train=train, val=val), scale.crop or data.size)


def part_of(data: ImageData, part: Part, seed: int) -> ImageData:
    """Return a part of a data set: classes and training images drawn by the seed.

    Mean and deviation stay those of the whole, so that all arms see the same pixels alike.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randperm(data.num_classes, generator=generator)[: part.classes].sort().values
    label = torch.full((data.num_classes,), -1)
    label[drawn] = torch.arange(len(drawn))
    each = max(1, part.images // len(drawn))
    order = torch.randperm(len(data.train), generator=generator)
    mine = label[data.train.labels[order]]
    rows = torch.cat([order[mine == k][:each] for k in range(len(drawn))]).sort().values
    train = Split(data.train.images[rows], label[data.train.labels[rows]])
    seen = (label[data.val.labels] >= 0).nonzero()[:, 0]
    val = Split(data.val.images[seen], label[data.val.labels[seen]])
    classes = tuple(data.classes[k] for k in drawn.tolist())
    return replace(data, train=train, val=val, classes=classes)


def subset_of(split: Split, count: int | None) -> Split:
    """Return `count` images of a split, always the same ones; None: all."""
    if count is None or count >= len(split):
        return split
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(0))
    return split.subset(order[:count].sort().values)


def normalise(data: ImageData, arm: Arm) -> Normalise:
    """Return what an arm's net is fed: 0–255 minus the mean image, or divided as well."""
    return Normalise(data.mean_image) if arm.raw else Normalise(data.mean, data.std)


def validation_transform(inputs: Inputs, arm: Arm) -> Recipe:
    """Return the transform of validation: the central crop."""
    if arm.augmentation == "2012 resized":
        return Recipe(
            ScaledCentreCrop(inputs.crop), normalise(inputs.data, arm), name=arm.augmentation
        )
    return Recipe(CentreCrop(inputs.crop), normalise(inputs.data, arm), name="none")


def training_transform(inputs: Inputs, arm: Arm, scale: Scale) -> Recipe:
    """Return the transform of training."""
    last = normalise(inputs.data, arm)
    crops = CropAndReflect(inputs.crop, padding=scale.padding)
    if arm.augmentation == "none":
        return validation_transform(inputs, arm)
    if arm.augmentation == "2012 without colour":
        return Recipe(crops, last, name=arm.augmentation)
    if arm.augmentation == "2012":
        return Recipe(crops, pca_colour(inputs.data), last, name=arm.augmentation)
    if arm.augmentation == "2012 resized":
        scaled = RandomResizedCrop(inputs.crop, (LEAST_AREA, 1.0))
        return Recipe(scaled, pca_colour(inputs.data), last, name=arm.augmentation)
    if arm.augmentation == "modern":
        modern = augmentation(
            "modern", inputs.crop, data=inputs.data, share=SHARE_A_DRAW, scale=(0.4, 1.0)
        )
        return Recipe(*modern.steps[:-1], last, name="modern")
    raise UserError(
        f"unknown augmentation {arm.augmentation!r}; known: none, 2012, 2012 without colour,"
        " 2012 resized, modern"
    )
