"""Power spectra of several networks' kernels, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from ..analysis import Filters
from ..errors import UserError
from .style import SEQUENTIAL

if TYPE_CHECKING:
    import numpy as np


def plot_spectra(kernels: Mapping[str, Filters], stride: int = 4, axes: Any = None) -> np.ndarray:
    """Draw the mean power spectrum of the kernels of each network.

    Parameters
    ----------
    kernels : mapping of str to Filters
        By title.
    stride : int
        Of the layer: a dashed square holds the waves that its positions do not alias.
    axes : sequence of matplotlib Axes, optional
        One for each; a new figure otherwise.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        One a network, frequency zero in the middle, in cycles per pixel. Each has its own scale,
        from dark (0) to light (its greatest power).

    Raises
    ------
    UserError
        When there are no kernels.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab = al.load_pretrained("lab")
    >>> axes = al.plots.plot_spectra({"lab": al.analysis.filters(lab, "conv1")})
    >>> axes[0].get_title()
    'lab'
    """
    import matplotlib.pyplot as plt
    import numpy as np

    if not kernels:
        raise UserError("no kernels to draw; give one or more, by title")
    if axes is None:
        size = (1.7 * len(kernels), 2.0)
        _, axes = plt.subplots(1, len(kernels), figsize=size, sharey=True, layout="constrained")
    axes = np.atleast_1d(axes)
    edge = 1 / (2 * stride)
    for ax, (title, found) in zip(axes, kernels.items(), strict=True):
        power = torch.fft.fftshift(found.spectrum)
        ax.imshow((power / power.max()).numpy(), extent=(-0.5, 0.5, -0.5, 0.5), cmap=SEQUENTIAL)
        square = plt.Rectangle((-edge, -edge), 2 * edge, 2 * edge, fill=False)
        square.set(edgecolor="white", linestyle="--")
        ax.add_patch(square)
        ax.set(title=title, xlabel="cycles per pixel")
        ax.grid(visible=False)
    return axes
