"""How much each pixel in a receptive field matters: the effective receptive field."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import UserError
from ._batch import Images, as_batch, whereabouts
from .activations import activations
from .receptive_field import Box, receptive_field


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """Where the gradient of a place of a layer lies on the image.

    Attributes
    ----------
    energy : torch.Tensor
        (H, W), at least 0, sum 1: the mean squared gradient at each pixel.
    box : Box
        What the place can see at all; the energy outside is 0.
    layer : str
        Whose place.
    """

    energy: Tensor
    box: Box
    layer: str

    def side(self, share: float = 0.9) -> int:
        """Return the side, in pixels, of the least centred square that holds `share` of the energy.

        Centred on the box; squares grow by a pixel on each side.

        Raises
        ------
        UserError
            When `share` is not between 0 and 1.
        """
        if not 0 < share < 1:
            raise UserError(f"share={share} must be between 0 and 1")
        rows, columns = self.energy.shape
        middle = (self.box.top + self.box.bottom) / 2, (self.box.left + self.box.right) / 2
        # Distance of a pixel's far edge from the middle, along the axis where it is farther.
        down = (torch.arange(rows) + 0.5 - middle[0]).abs() + 0.5
        across = (torch.arange(columns) + 0.5 - middle[1]).abs() + 0.5
        reach = torch.maximum(down[:, None], across[None, :]).flatten()
        held = torch.zeros(int(2 * reach.max()) + 1, dtype=torch.float64)
        held.index_add_(0, (2 * reach).round().long(), self.energy.flatten().double())
        return int((held.cumsum(0) < share).sum())

    def __repr__(self) -> str:
        sides = ", ".join(f"{share:.0%} in {self.side(share)}" for share in (0.5, 0.9))
        return f"EffectiveField({self.layer}: sees {self.box.height} × {self.box.width}; {sides})"


def effective_field(
    model: nn.Module,
    images: Images,
    layer: str,
    y: int | None = None,
    x: int | None = None,
    *,
    generator: torch.Generator | None = None,
) -> EffectiveField:
    """Measure how strongly a place of a layer depends on each pixel that it can see.

    The gradient of all channels at that place, each times a random number, taken with respect to
    the pixels; squared, added over the colours, and averaged over the images. After Luo, Li,
    Urtasun and Zemel (2016), who feed a gradient of 1 into one place.

    Parameters
    ----------
    model : torch.nn.Module
        Any network whose layers follow one another. It runs in eval mode.
    images : torch.Tensor or pictures
        (N, C, H, W), as the model takes them, or pictures for its own preprocessing.
    layer : str
        Name as in `layer_table`; of a layer with feature maps.
    y, x : int, optional
        The place; the middle of the map by default.
    generator : torch.Generator, optional
        Of the random numbers; one with seed 0 by default.

    Returns
    -------
    EffectiveField

    Raises
    ------
    UserError
        When the layer is unknown or has no maps, or no gradient arrives at the pixels.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    >>> field = al.analysis.effective_field(net, images, "conv3")
    >>> field.box
    Box(top=6, left=6, bottom=33, right=33, image_size=(32, 32))
    """
    generator = generator or torch.Generator().manual_seed(0)
    home = whereabouts(images)
    images = as_batch(model, images).detach().clone().requires_grad_()
    maps = activations(model, images, layer, grad=True)[layer]
    if maps.dim() != 4:
        raise UserError(f"layer {layer!r} has no feature maps")
    y = maps.shape[2] // 2 if y is None else y
    x = maps.shape[3] // 2 if x is None else x
    box = receptive_field(model, layer, y, x, tuple(images.shape[1:]))
    weights = torch.randn(maps.shape[:2], generator=generator).to(maps)
    (slope,) = torch.autograd.grad((maps[:, :, y, x] * weights).sum(), images)
    energy = slope.square().sum(1).mean(0)
    total = energy.sum()
    if not total > 0:
        raise UserError(f"no gradient arrives from layer {layer!r}, place ({y}, {x})")
    return EffectiveField((energy / total).to(home), box, layer)
