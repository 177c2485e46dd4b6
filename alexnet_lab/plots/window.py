"""One unit of a convolution at work: the window, the kernel, their product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import UserError
from .style import DIVERGING

if TYPE_CHECKING:
    import numpy as np


def plot_window(
    window: Tensor,
    kernel: Tensor,
    mean: float | tuple[float, ...] = (123.68, 116.779, 103.939),
    axes: Any = None,
) -> np.ndarray:
    """Draw what one unit of a convolution computes: window × kernel, added up.

    Parameters
    ----------
    window : torch.Tensor
        What the unit sees, (3, h, w), 0–255 minus `mean`.
    kernel : torch.Tensor
        Its weights, (3, h, w).
    mean : number or three numbers
        What was subtracted from the photograph, so that the window can be shown in its colours.
        The default is `alexnet_lab.data.IMAGENET_MEAN_RGB`.
    axes : sequence of three matplotlib Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        The window in its colours; the kernel, averaged over its three channels; the product, added
        over the three channels: its cells add up to the unit's response, before the bias.

    Raises
    ------
    UserError
        When the shapes are not those of one window and its kernel.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> axes = al.plots.plot_window(torch.zeros(3, 5, 5), torch.ones(3, 5, 5))
    >>> len(axes)
    3
    """
    import matplotlib.pyplot as plt
    import numpy as np

    window, kernel = window.detach().float().cpu(), kernel.detach().float().cpu()
    if window.dim() != 3 or window.shape[0] != 3 or window.shape != kernel.shape:
        raise UserError(
            f"window of shape {tuple(window.shape)} and kernel of shape {tuple(kernel.shape)}; "
            "both must be (3, height, width)"
        )
    if axes is None:
        _, axes = plt.subplots(1, 3, figsize=(7.2, 2.7), layout="constrained")
    axes = np.asarray(axes)
    product = (window * kernel).sum(0)  # (h, w)
    colours = window + torch.as_tensor(mean, dtype=torch.float32).reshape(-1, 1, 1)
    axes[0].imshow(colours.clamp(0, 255).byte().permute(1, 2, 0).numpy())
    for ax, values in ((axes[1], kernel.mean(0)), (axes[2], product)):
        most = max(float(values.abs().max()), 1e-12)
        picture = ax.imshow(values.numpy(), cmap=DIVERGING, vmin=-most, vmax=most)
        ax.figure.colorbar(picture, ax=ax, shrink=0.62)
    titles = ("window", "× kernel", f"= products, sum {round(float(product.sum())):,}")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title)
    for ax in axes:
        ax.set_xlabel("column / pixels")
        ax.set_xticks(range(0, window.shape[2], 5))
        ax.set_yticks(range(0, window.shape[1], 5))
    axes[0].set_ylabel("row / pixels")
    axes[0].set_label("what the unit sees, in its colours")
    axes[1].set_label("the kernel's weights, averaged over the three channels")
    axes[2].set_label(f"their products, added over the channels: sum {float(product.sum()):.0f}")
    return axes
