"""Random transforms of whole batches: what they draw, and what they then do, are two steps.

``draw`` makes one row of random numbers for each image, on the CPU; ``apply`` is a plain function
of images and rows, on whichever device the images are. So the same seed augments alike on every
device, and a process that holds a part of a batch uses its part of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..errors import UserError
from .preprocess import centre_offset


class Transform:
    """Base of the batch transforms; call it with a batch and a ``torch.Generator``.

    A transform of your own defines ``apply``, and ``columns`` or ``draw`` when it is random.
    """

    columns = 0  # uniform random numbers that one image needs

    def draw(self, count: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Return the random numbers for `count` images: float64, shape (count, k), on the CPU."""
        return torch.rand(count, self.columns, generator=generator, dtype=torch.float64)

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Transform the images x (N, 3, H, W) by the rows of `draws` (N, k)."""
        raise NotImplementedError

    def __call__(self, x: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw for the images x (N, 3, H, W), and apply."""
        return self.apply(x, self.draw(len(x), generator))

    def __repr__(self) -> str:
        settings = ", ".join(
            f"{name}={_short(value)}"
            for name, value in vars(self).items()
            if not name.startswith("_")
        )
        return f"{type(self).__name__}({settings})"


class Recipe(Transform):
    """Transforms one after the other.

    Parameters
    ----------
    *steps : Transform
        Applied from left to right.
    name : str, optional
        Under which records mention it.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> recipe = al.data.Recipe(al.data.CentreCrop(24), al.data.Normalise((120, 110, 100)))
    >>> recipe(torch.zeros(1, 3, 32, 32), torch.Generator()).shape
    torch.Size([1, 3, 24, 24])
    """

    def __init__(self, *steps: Transform, name: str = "own") -> None:
        self.name = name
        self.steps = steps

    def draw(self, count: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw for every step, in order; their columns stand side by side."""
        drawn = [step.draw(count, generator) for step in self.steps]
        return torch.cat(drawn, dim=1) if drawn else torch.empty(count, 0, dtype=torch.float64)

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Apply every step with its own columns of `draws`."""
        start = 0
        for step in self.steps:
            stop = start + step.columns
            x = step.apply(x, draws[:, start:stop])
            start = stop
        return x

    @property
    def columns(self) -> int:  # type: ignore[override]
        """Random numbers that one image needs, all steps together."""
        return sum(step.columns for step in self.steps)

    def __repr__(self) -> str:
        inside = "".join(f"\n    {step!r}," for step in self.steps)
        return f"Recipe({self.name!r},{inside}\n)"


class CentreCrop(Transform):
    """Cut out the central `size` × `size` pixels.

    Parameters
    ----------
    size : int
        In pixels, at most the images' sides.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> crop = al.data.CentreCrop(224)
    >>> crop(torch.zeros(2, 3, 256, 256), torch.Generator()).shape
    torch.Size([2, 3, 224, 224])
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Crop x (N, 3, H, W) to (N, 3, size, size); nothing is random."""
        return central(x, self.size, self.size)


class CropAndReflect(Transform):
    """Crops of fixed scale at random places, half of them mirrored: §4.1 of the paper.

    Parameters
    ----------
    size : int
        Side of the crop, in pixels. A 256 × 256 image has 33² × 2 = 2178 different crops of 224
        (the paper counts 2048).
    share : int
        So many consecutive images of a batch get the same place and reflection. 1: each image its
        own. 32: as in the 2012 source (convdata_jpeg.py:239), which saved time that way.
    padding : int
        Pixels by which the image is first extended on each side, mirrored at its border; for
        images that are no larger than the crop, like CIFAR-10's. The paper has none.
    reflect : bool
        Whether to mirror half of the images.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> crop = al.data.CropAndReflect(224)
    >>> crop(torch.zeros(2, 3, 256, 256), torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3, 224, 224])
    """

    columns = 3  # place from top, from left, reflection

    def __init__(self, size: int, share: int = 1, padding: int = 0, reflect: bool = True) -> None:
        if size < 1 or share < 1 or padding < 0:
            raise UserError(
                f"size {size} and share {share} must be at least 1, padding {padding} at least 0"
            )
        self.size, self.share, self.padding, self.reflect = size, share, padding, reflect

    def draw(self, count: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw three numbers for each run of `share` images."""
        runs = torch.rand(
            -(-count // self.share), self.columns, generator=generator, dtype=torch.float64
        )
        return runs.repeat_interleave(self.share, dim=0)[:count]

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Crop x (N, 3, H, W) to (N, 3, size, size), without a loop over the images."""
        height, width = x.shape[-2] + 2 * self.padding, x.shape[-1] + 2 * self.padding
        require_room(height, width, self.size)
        top = places(draws[:, 0], height - self.size + 1) - self.padding
        left = places(draws[:, 1], width - self.size + 1) - self.padding
        mirrored = (draws[:, 2] < 0.5) & self.reflect
        return crop_each(x, top, left, self.size, mirrored)


class Normalise(Transform):
    """Subtract a mean, and divide by a standard deviation if one is given.

    Parameters
    ----------
    mean : sequence of three, tensor or None
        In 0–255: shape (3,), or a mean image (3, H, W), of which the central part is taken when it
        is larger than the images.
    std : sequence of three, tensor or None
        In 0–255. None: no division, as in the paper.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> subtract = al.data.Normalise(mean=(120, 110, 100))
    >>> subtract(torch.full((1, 3, 2, 2), 120.0), torch.Generator())[0, :, 0, 0].tolist()
    [0.0, 10.0, 20.0]
    """

    def __init__(
        self,
        mean: Sequence[float] | torch.Tensor | None = None,
        std: Sequence[float] | torch.Tensor | None = None,
    ) -> None:
        self.mean, self.std = _channels(mean, "mean"), _channels(std, "std")

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Return float32 of the same shape; nothing is random."""
        if self.mean is None:
            return x.float() if self.std is None else x / _fitting(self.std, x)
        x = x - _fitting(self.mean, x)
        return x if self.std is None else x.div_(_fitting(self.std, x))


def central(x: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return a view of the central `height` × `width` pixels of x (…, H, W)."""
    if x.shape[-2] < height or x.shape[-1] < width:
        raise UserError(
            f"cannot crop {height} × {width} from images of {x.shape[-2]} × {x.shape[-1]}; "
            "take a smaller crop or larger images"
        )
    top, left = centre_offset(x.shape[-2], height), centre_offset(x.shape[-1], width)
    return x[..., top : top + height, left : left + width]


def require_room(height: int, width: int, size: int) -> None:
    """Raise a UserError unless a crop of `size` fits."""
    if min(height, width) < size:
        raise UserError(
            f"cannot crop {size} × {size} from images of {height} × {width}; "
            "take a smaller crop, larger images, or padding"
        )


def places(uniform: torch.Tensor, count: int) -> torch.Tensor:
    """Make uniform numbers in [0, 1) into whole numbers in [0, count)."""
    return (uniform * count).long().clamp(max=count - 1)


def crop_each(
    x: torch.Tensor, top: torch.Tensor, left: torch.Tensor, size: int, mirrored: torch.Tensor
) -> torch.Tensor:
    """Cut one square from each image, by row and column numbers; outside, mirror at the border.

    Two gathers, of whole rows and then of columns: measured three times as fast as one index over
    four dimensions, and no loop over images.
    """
    count, channels, height, width = x.shape
    step = torch.arange(size)
    rows = _inside(top[:, None] + step, height)  # (N, size)
    columns = _inside(left[:, None] + torch.where(mirrored[:, None], step.flip(0), step), width)
    planes = torch.arange(count * channels).view(count, channels, 1) * height
    picked = (planes + rows[:, None]).flatten().to(x.device)  # (N · 3 · size,)
    bands = x.reshape(-1, width).index_select(0, picked).view(count, channels, size, width)
    columns = columns.to(x.device)[:, None, None].expand(count, channels, size, size)
    return bands.gather(3, columns)


def _inside(index: torch.Tensor, length: int) -> torch.Tensor:
    return (length - 1) - ((length - 1) - index.abs()).abs()


def _channels(values: Sequence[float] | torch.Tensor | None, what: str) -> torch.Tensor | None:
    if values is None:
        return None
    tensor = torch.as_tensor(values, dtype=torch.float32)
    if tensor.ndim == 1 and len(tensor) == 3:
        return tensor.view(3, 1, 1)
    if tensor.ndim == 3 and len(tensor) == 3:
        return tensor
    raise UserError(
        f"a {what} has one value per channel, (3,), or per pixel, (3, H, W); "
        f"not shape {tuple(tensor.shape)}"
    )


def _fitting(values: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    if values.shape[1:] != (1, 1):
        values = central(values, x.shape[-2], x.shape[-1])
    return values.to(x.device)


def _short(value: object) -> str:
    if isinstance(value, torch.Tensor):
        if value.numel() > 3:
            return f"tensor of {' × '.join(map(str, value.shape))}"
        return "(" + ", ".join(f"{entry:.2f}" for entry in value.flatten().tolist()) + ")"
    return repr(value)
