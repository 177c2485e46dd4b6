"""Ten views of an image at test time: §4.1."""

from __future__ import annotations

import torch

from .transforms import central, require_room


def ten_views(x: torch.Tensor, size: int = 224) -> torch.Tensor:
    """Return four corners and the centre of each image, and the same of its mirror image.

    The paper averages the network's *probabilities* over the ten (§4.1; src/layer.cu:1809–1822 of
    the 2012 source), not its logits.

    Parameters
    ----------
    x : torch.Tensor
        Images, shape (N, 3, H, W), or one, (3, H, W); any dtype.
    size : int
        Side of a view, in pixels; at most H and W.

    Returns
    -------
    torch.Tensor
        Shape (N, 10, 3, size, size), or (10, 3, size, size) for one image: top left, top right,
        bottom left, bottom right, centre, and these five of the image mirrored left to right; the
        order of ``torchvision.transforms.v2.functional.ten_crop``.

    Raises
    ------
    UserError
        When the images are smaller than `size`.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> al.data.ten_views(torch.zeros(3, 256, 256)).shape
    torch.Size([10, 3, 224, 224])
    """
    require_room(x.shape[-2], x.shape[-1], size)
    views = [view for image in (x, x.flip(-1)) for view in _five(image, size)]
    return torch.stack(views, dim=-4)


def _five(x: torch.Tensor, size: int) -> list[torch.Tensor]:
    low, right = x.shape[-2] - size, x.shape[-1] - size
    return [
        x[..., :size, :size],
        x[..., :size, right:],
        x[..., low:, :size],
        x[..., low:, right:],
        central(x, size, size),
    ]
