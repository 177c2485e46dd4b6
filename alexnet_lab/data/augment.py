"""The augmentation recipes by name: none, 2012, sheet, modern."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..errors import UserError
from .colour import ColourJitter, PCAColour, pca_colour
from .per_image import PerImage
from .preprocess import IMAGENET_MEAN_RGB
from .resized import RandomResizedCrop
from .splits import ImageData
from .transforms import CentreCrop, CropAndReflect, Normalise, Recipe, Transform

AUGMENTATIONS = ("none", "2012", "sheet", "modern")


def augmentation(
    name: str,
    crop: int = 224,
    mean: Sequence[float] | torch.Tensor | None = None,
    std: Sequence[float] | torch.Tensor | None = None,
    *,
    data: ImageData | None = None,
    pca: PCAColour | None = None,
    share: int = 1,
    padding: int = 0,
    scale: tuple[float, float] = (0.08, 1.0),
) -> Recipe:
    """Return a recipe that turns a batch of stored images into the network's input.

    Call it with uint8 images (N, 3, H, W) in 0–255 and a ``torch.Generator``; it returns float32
    (N, 3, `crop`, `crop`). Every image of the batch gets random numbers of its own.

    ==========  ======================================================================
    ``none``    central crop; for validation
    ``2012``    paper §4.1: crops of fixed scale, reflections, and colour noise along the
                principal components of the data's colours (with `data` or `pca`)
    ``sheet``   the cheat sheet's: crops of random size and shape, reflections, jitter
                of brightness, contrast and saturation by up to 40 %
    ``modern``  crops of random size and shape, reflections, RandAugment (two of
                fourteen operations, magnitude 9) by torchvision
    ==========  ======================================================================

    Parameters
    ----------
    name : str
        One of the above.
    crop : int
        Side of the network's input, in pixels.
    mean, std : sequence of three, tensor or None
        In 0–255; see :class:`Normalise`. Without `mean`, that of `data`, else
        `IMAGENET_MEAN_RGB`. Without `std`, no division: so the paper; ``sheet`` and ``modern``
        divide by that of `data`, else by ImageNet's (58.4, 57.1, 57.4).
    data : ImageData, optional
        Whose training part gives mean, deviation and, for ``2012``, the principal colours.
    pca : PCAColour, optional
        For ``2012``; made by :func:`pca_colour`. Without it and without `data` there is no colour
        noise.
    share : int
        For ``2012``: so many consecutive images share place and reflection (32 in the 2012
        source). For ``modern``: so many share RandAugment's draw.
    padding : int
        For ``2012``: extend images by so many mirrored pixels on each side before cropping.
    scale : (float, float)
        For ``sheet`` and ``modern``: least and largest part of the area that a crop takes. Small
        images do better with less extreme crops, such as (0.4, 1).

    Returns
    -------
    Recipe
        Its repr lists the steps.

    Raises
    ------
    UserError
        For an unknown name.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> data = al.data.photo_patches(size=32, train=100, val=20)
    >>> recipe = al.data.augmentation("2012", crop=24, data=data)
    >>> images = torch.zeros(8, 3, 32, 32, dtype=torch.uint8)
    >>> recipe(images, torch.Generator().manual_seed(0)).shape
    torch.Size([8, 3, 24, 24])
    """
    if name not in AUGMENTATIONS:
        raise UserError(f"unknown augmentation {name!r}; known: {', '.join(AUGMENTATIONS)}")
    if mean is None:
        mean = IMAGENET_MEAN_RGB if data is None else data.mean
    if std is None and name in ("sheet", "modern"):
        # The familiar 0.229, 0.224, 0.225 of values in 0–1.
        std = (58.395, 57.12, 57.375) if data is None else data.std
    steps: list[Transform]
    if name == "none":
        steps = [CentreCrop(crop)]
    elif name == "2012":
        if pca is None and data is not None:
            pca = pca_colour(data)
        steps = [CropAndReflect(crop, share, padding)] + ([] if pca is None else [pca])
    elif name == "sheet":
        steps = [RandomResizedCrop(crop, scale), ColourJitter()]
    else:
        from torchvision.transforms import v2

        rand_augment = v2.RandAugment(
            num_ops=2, magnitude=9, interpolation=v2.InterpolationMode.BILINEAR
        )
        steps = [RandomResizedCrop(crop, scale), PerImage(rand_augment, share)]
    return Recipe(*steps, Normalise(mean, std), name=name)
