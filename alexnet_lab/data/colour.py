"""Colour noise: along the principal components of the data's colours (2012), and jitter (today)."""

from __future__ import annotations

import math
from itertools import permutations

import torch

from ..errors import UserError
from .splits import ImageData, Split
from .transforms import Transform

_GREY = (0.2989, 0.587, 0.114)  # ITU-R 601, the weights that torchvision uses


class PCAColour(Transform):
    """Add to every pixel of an image the same shift along the data's principal colours: §4.1.

    The paper adds [p1 p2 p3][α1λ1, α2λ2, α3λ3]ᵀ, with α ~ N(0, 0.1) drawn once per image and use, p
    the eigenvectors and λ the eigenvalues of the covariance of the RGB values. On values in 0–255,
    λ1 of natural images is in the thousands, so that this, read literally, moves an image by far
    more than the whole range of grey levels. The 2012 source multiplies by standard deviations
    instead (``color_stdevs``, convdata_jpeg.py:65,177–179), that is √λ; so does this class unless
    `literal` is true. (The source also divides the image by 1.1 afterwards; not done here.)

    Parameters
    ----------
    eigenvalues : torch.Tensor
        λ, shape (3,), largest first, in squared grey levels (0–255).
    eigenvectors : torch.Tensor
        p, shape (3, 3), one a column, in the same order.
    sd : float
        Standard deviation of α.
    literal : bool
        Scale α by λ, as the paper's formula says, instead of √λ.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> shift = al.data.PCAColour(torch.tensor([400.0, 100.0, 25.0]), torch.eye(3))
    >>> images = shift(torch.zeros(1, 3, 2, 2), torch.Generator().manual_seed(0))
    >>> images[0, 0].unique().numel()
    1
    """

    columns = 3

    def __init__(
        self,
        eigenvalues: torch.Tensor,
        eigenvectors: torch.Tensor,
        sd: float = 0.1,
        literal: bool = False,
    ) -> None:
        self.eigenvalues = torch.as_tensor(eigenvalues, dtype=torch.float32)
        self.eigenvectors = torch.as_tensor(eigenvectors, dtype=torch.float32)
        self.sd, self.literal = sd, literal

    @property
    def scale(self) -> torch.Tensor:
        """What α is multiplied by: √λ, or λ when `literal`; shape (3,)."""
        return self.eigenvalues if self.literal else self.eigenvalues.sqrt()

    @property
    def shift_sd(self) -> torch.Tensor:
        """Standard deviation of the shift along each component, in grey levels; shape (3,)."""
        return self.sd * self.scale

    def draw(self, count: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw α / sd: three standard normal numbers for each image."""
        return torch.randn(count, 3, generator=generator, dtype=torch.float64)

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Shift the colours of x (N, 3, H, W), in 0–255; the result is float32, not clipped."""
        shift = (draws.float() * self.shift_sd) @ self.eigenvectors.T  # (N, 3)
        return x + shift[:, :, None, None].to(x.device)


def pca_colour(
    data: ImageData | Split | torch.Tensor,
    sd: float = 0.1,
    literal: bool = False,
    max_pixels: int | None = 20_000_000,
) -> PCAColour:
    """Estimate the principal components of a data set's colours.

    Parameters
    ----------
    data : ImageData, Split or torch.Tensor
        The training part is used; a tensor is uint8 of shape (N, 3, H, W), RGB.
    sd, literal
        See :class:`PCAColour`.
    max_pixels : int or None
        Use evenly spaced images with about so many pixels in all; None takes every image.

    Returns
    -------
    PCAColour
        With ``eigenvalues`` and ``eigenvectors`` of the covariance (divided by the number of
        pixels). Each eigenvector's largest entry is positive.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> colours = al.data.pca_colour(al.data.photo_patches(size=32, train=100, val=20))
    >>> colours.eigenvalues.shape
    torch.Size([3])
    """
    split = data.train if isinstance(data, ImageData) else data
    images = split.images if isinstance(split, Split) else split
    if images.ndim != 4 or images.shape[1] != 3 or len(images) == 0:
        raise UserError(
            f"colours are estimated from images (N, 3, H, W), not {tuple(images.shape)}"
        )
    pixels = images.shape[2] * images.shape[3]
    if max_pixels is not None:
        wanted = max(1, max_pixels // pixels)
        images = images[:: max(1, math.ceil(len(images) / wanted))]
    # Sums of whole numbers in float64 are exact, and so do not depend on threads or chunks.
    total = torch.zeros(3, dtype=torch.float64)
    products = torch.zeros(3, 3, dtype=torch.float64)
    for part in images.split(max(1, 2_000_000 // pixels)):
        values = part.transpose(0, 1).reshape(3, -1).double()
        total += values.sum(1)
        products += values @ values.T
    count = len(images) * pixels
    mean = total / count
    eigenvalues, eigenvectors = torch.linalg.eigh(products / count - torch.outer(mean, mean))
    eigenvalues, eigenvectors = eigenvalues.flip(0).clamp(min=0), eigenvectors.flip(1)
    largest = eigenvectors.gather(0, eigenvectors.abs().argmax(0, keepdim=True))
    return PCAColour(eigenvalues, eigenvectors * largest.sign(), sd, literal)


class ColourJitter(Transform):
    """Brightness, contrast and saturation by random factors, in random order, each image its own.

    The formulas are torchvision's ``ColorJitter``'s; that class draws one set of factors for a
    whole batch, so they are spelled out here for a batch with a factor an image.

    Parameters
    ----------
    brightness, contrast, saturation : float
        The factor is uniform in [1 − value, 1 + value]. The cheat sheet has 0.4 for each.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> images = torch.full((2, 3, 8, 8), 100.0)
    >>> al.data.ColourJitter(0.4, 0.0, 0.0)(images, torch.Generator().manual_seed(0)).shape
    torch.Size([2, 3, 8, 8])
    """

    columns = 4  # three factors, and the order

    def __init__(
        self, brightness: float = 0.4, contrast: float = 0.4, saturation: float = 0.4
    ) -> None:
        self.brightness, self.contrast, self.saturation = brightness, contrast, saturation

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Change x (N, 3, H, W), in 0–255; the result is float32 in 0–255."""
        x = x.float()
        reach = torch.tensor([self.brightness, self.contrast, self.saturation])
        factors = (1 + reach * (2 * draws[:, :3].float() - 1)).clamp(min=0)
        orders = list(permutations(range(3)))
        chosen = (draws[:, 3] * len(orders)).long().clamp(max=len(orders) - 1)
        out = torch.empty_like(x)
        for number, order in enumerate(orders):  # the images that share an order, together
            members = (chosen == number).nonzero()[:, 0]
            if len(members) == 0:
                continue
            part = x[members.to(x.device)]
            mine = factors[members].to(x.device)[:, :, None, None, None]  # (n, 3, 1, 1, 1)
            for step in order:
                part = _adjusted(part, step, mine[:, step])
            out[members.to(x.device)] = part
        return out


def _adjusted(x: torch.Tensor, step: int, factor: torch.Tensor) -> torch.Tensor:
    """Move x away from, or towards, what a factor of 0 leaves: black, mean grey, grey image."""
    if step == 0:
        return (x * factor).clamp_(0, 255)
    red, green, blue = x.split(1, dim=1)
    grey = (red * _GREY[0]).add_(green, alpha=_GREY[1]).add_(blue, alpha=_GREY[2])  # (n, 1, H, W)
    anchor = grey.mean((2, 3), keepdim=True) if step == 1 else grey
    return torch.lerp(anchor, x, factor).clamp_(0, 255)
