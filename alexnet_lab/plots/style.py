"""Colours that everybody can tell apart, and what every plot here has in common.

Only `use_style` changes matplotlib's settings, for it is called to do that; nothing else in this
room does. A figure is made only where no Axes is given.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import UserError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The palette of Okabe and Ito (2008), which stays distinct with every kind of colour blindness.
OKABE_ITO = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "bluish green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "reddish purple": "#CC79A7",
}

#: The same for words, which are thinner than lines: dark enough to be read on white.
FOR_WORDS = {
    "#E69F00": "#8A5F00",
    "#56B4E9": "#20709F",
    "#009E73": "#00724F",
    "#D55E00": "#B04E00",
    "#CC79A7": "#A0457A",
}

#: Words beside a picture, and lines that only guide the eye: as in `lab.mplstyle`, and in the book.
MUTED = "#585f69"
LINE = "#ddd8cd"

#: Words and frames over a photograph, with an outline: the same on a light page and on a dark one.
ON_PICTURE = "#fefefe"
OUTLINE = "#010101"

#: From 0 upwards: even steps of lightness, also in grey print.
SEQUENTIAL = "cividis"

#: From 0 upwards, over a grey photograph.
OVERLAY = "plasma"

#: Around 0: blue below, red above, white at 0.
DIVERGING = "RdBu_r"


FOLDER = Path(__file__).parent


def use_style() -> None:
    """Draw all figures from here on as this project draws its own.

    Typeface, sizes, colours of text, axes and lines: matplotlib's settings are changed for the rest
    of the session, as ``matplotlib.style.use`` does. Undo it with
    ``matplotlib.style.use("default")``.

    Examples
    --------
    >>> import matplotlib.style
    >>> from alexnet_lab.plots import use_style
    >>> use_style()
    >>> matplotlib.rcParams["font.family"][0]
    'Lab Sans'
    >>> matplotlib.style.use("default")
    """
    from matplotlib import font_manager, style

    here = {Path(font.fname) for font in font_manager.fontManager.ttflist}
    for font in sorted((FOLDER / "fonts").glob("*.ttf")):
        if font not in here:
            font_manager.fontManager.addfont(font)
    style.use(FOLDER / "lab.mplstyle")


def new_axes(ax: Axes | None, width: float = 6.0, height: float = 4.0) -> Axes:
    """Return `ax`, or the Axes of a new figure, `width` × `height` inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def bare(ax: Axes) -> None:
    """Take the ticks and the frame off an Axes that shows a picture."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def greatest(values: Tensor, share: float = 0.995) -> float:
    """Return the size that `share` of the values do not exceed: a few must not dim the rest."""
    # By sorting: torch.quantile refuses more than 16 million values.
    ordered = values.detach().abs().flatten().sort().values
    found = float(ordered[min(int(share * len(ordered)), len(ordered) - 1)])
    return found or float(ordered[-1]) or 1.0


def describe(ax: Axes) -> str:
    """Return one sentence or two that stand for the picture: its alternative text.

    The plots of this room write it when they draw (it is also what ``repr(ax)`` shows); for any
    other Axes it is put together from title and axis labels.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> ax = al.plots.plot_lines([1, 2], {"train": [3, 2]}, xlabel="epoch")
    >>> al.plots.describe(ax)
    ' against epoch: train'
    """
    if ax.get_label():
        return str(ax.get_label())
    parts = [ax.get_title(), *(f"{n}: {t}" for n, t in _axis_labels(ax) if t)]
    return "; ".join(part for part in parts if part) or "a figure without title and labels"


def _axis_labels(ax: Axes) -> list[tuple[str, str]]:
    return [("x", ax.get_xlabel()), ("y", ax.get_ylabel())]


def as_picture(image: object) -> Tensor:
    """Return (H, W, 3) in 0–1 of anything that is one picture.

    Parameters
    ----------
    image : tensor, array, PIL image, or an object with ``pixels``
        uint8 in any layout with three channels is shown in its own colours, and so are floats in
        0–1. Other floats, such as a network's input, 0–255 minus the mean, are stretched: the
        least value is shown black, the greatest white.

    Raises
    ------
    UserError
        When it is not one picture with three channels.
    """
    import numpy as np

    pixels = getattr(image, "pixels", image)
    x = pixels.detach().cpu() if isinstance(pixels, Tensor) else torch.tensor(np.asarray(pixels))
    if x.dim() == 4 and len(x) == 1:
        x = x[0]
    if x.dim() == 3 and x.shape[0] == 3:
        x = x.permute(1, 2, 0)
    if x.dim() != 3 or x.shape[2] != 3:
        raise UserError(
            f"picture of shape {tuple(x.shape)}; give one image, (3, H, W) or (H, W, 3)"
        )
    if x.dtype == torch.uint8:
        return x.float() / 255
    x = x.float()
    low, high = x.aminmax()
    return x if low >= 0 and high <= 1 else (x - low) / (high - low).clamp_min(1e-12)
