"""One picture, what a method says about it, and what a unit sees of it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..analysis import Attribution, Box
from ..errors import UserError
from .style import (
    DIVERGING,
    MUTED,
    OKABE_ITO,
    ON_PICTURE,
    OUTLINE,
    OVERLAY,
    as_picture,
    bare,
    greatest,
    new_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_image(image: Any, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw one picture, with its pixels counted at the axes.

    Parameters
    ----------
    image : tensor, array, PIL image, or an object with ``pixels``
        (3, H, W), (1, 3, H, W) or (H, W, 3). uint8, and floats in 0–1, keep their colours; other
        floats (a network's input) are stretched from black to white.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    title : str
        Of the Axes; default: the image's own ``title``, if it has one.

    Raises
    ------
    UserError
        When it is not one picture with three channels.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> ax = al.plots.plot_image(al.photograph("cat"))
    """
    picture = as_picture(image)
    title = title or getattr(image, "title", "")
    ax = new_axes(ax, 4.6, 0.6 + 4.0 * picture.shape[0] / picture.shape[1])
    ax.imshow(picture.numpy())
    ax.set_xlabel("column / pixels")
    ax.set_ylabel("row / pixels")
    ax.set_title(title)
    ax.set_label(title or f"a picture of {picture.shape[0]}×{picture.shape[1]} pixels")
    return ax


def plot_attribution(
    attribution: Attribution,
    image: Any = None,
    ax: Axes | None = None,
    *,
    index: int = 0,
    target_name: str = "",
    caution: bool = True,
) -> Axes:
    """Draw what an attribution says about one image, and what it may not be taken to mean.

    Parameters
    ----------
    attribution : Attribution
        From `alexnet_lab.analysis.saliency` and its neighbours.
    image : tensor, array, PIL image, or an object with ``pixels``, optional
        What was attributed, as large as the map; it is drawn below, in grey.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    index : int
        Which image of the batch.
    target_name : str
        Name of the class, for the title; default: its number.
    caution : bool
        Write the method's caution below.

    Returns
    -------
    matplotlib.axes.Axes
        Methods with a sign: red for, blue against the class, white (or the bare image) at zero.
        Others: from dark blue (0) over purple to yellow.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> found = al.analysis.gradcam(lab, photo, target="church")
    >>> ax = al.plots.plot_attribution(found, target_name="church")
    """
    if not -len(attribution.values) <= index < len(attribution.values):
        raise UserError(f"index {index} of a batch of {len(attribution.values)}")
    heat = attribution.heatmap[index].detach().float().cpu()
    top = greatest(heat)
    height, width = heat.shape
    notes = textwrap.wrap(attribution.caution, 66) if caution else []
    ax = new_axes(ax, 5.4, 0.5 + 4.4 * height / width + 0.16 * len(notes))
    opacity: float | Tensor = 1.0
    if image is not None:
        below = as_picture(image)
        if tuple(below.shape[:2]) != (height, width):
            raise UserError(
                f"image of {below.shape[0]}×{below.shape[1]} under a map of {height}×{width}; "
                "give the image as the model saw it"
            )
        ax.imshow(below.mean(dim=2).numpy(), cmap="gray", vmin=0, vmax=1)
        # The more a pixel counts, the more its colour covers the image. The pale middle of the
        # diverging colours needs more of it to be seen.
        weight = (heat.abs() / top).clamp(0, 1)
        opacity = 0.9 * (weight.sqrt() if attribution.signed else weight)
    drawn = ax.imshow(
        heat.numpy(),
        cmap=DIVERGING if attribution.signed else OVERLAY,
        vmin=-top if attribution.signed else 0,
        vmax=top,
        alpha=opacity if isinstance(opacity, float) else opacity.numpy(),
    )
    # An own mappable: the colour bar shall not be as transparent as the picture.
    from matplotlib.cm import ScalarMappable

    scale = ScalarMappable(drawn.norm, drawn.cmap)
    beyond = "neither"
    if float(heat.abs().max()) > top:
        beyond = "both" if attribution.signed else "max"
    label = "for (+) and against (−) the class" if attribution.signed else attribution.method
    ax.figure.colorbar(scale, ax=ax, shrink=0.8, extend=beyond, label=label)
    bare(ax)
    where = f" at {attribution.layer}" if attribution.layer else ""
    target = target_name or int(attribution.target[index])
    ax.set_title(f"{attribution.method}{where}, class {target}")
    if notes:
        ax.set_xlabel("\n".join(notes), loc="left")
    ax.set_label(f"Map of {ax.get_title()}, {height}×{width} pixels. {attribution.caution}")
    return ax


def plot_receptive_field(
    box: Box,
    image: Any = None,
    ax: Axes | None = None,
    *,
    label: str = "",
) -> Axes:
    """Draw the rectangle of pixels that a unit sees, also where it reaches beyond the image.

    Parameters
    ----------
    box : Box
        From `alexnet_lab.analysis.receptive_field`.
    image : tensor, array, PIL image, or an object with ``pixels``, optional
        As large as the network's input. Draw several boxes by handing on the Axes, without it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    label : str
        Written at the box's corner, ``"conv5 (6, 6)"`` say.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> box = al.analysis.receptive_field(al.models.alexnet_mini(), "conv3", y=2, x=2)
    >>> ax = al.plots.plot_receptive_field(box, label="conv3 (2, 2)")
    """
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    height, width = box.image_size
    ax = new_axes(ax, 4.8, 0.6 + 4.2 * height / width)
    first = not ax.patches
    if image is not None:
        plot_image(image, ax)
    if first:
        edge = Rectangle((-0.5, -0.5), width, height, fill=False, linestyle=":")
        edge.set(edgecolor=MUTED, linewidth=1)
        ax.add_patch(edge)
    # Pixel 0 is drawn from −0.5 to 0.5.
    colour = list(OKABE_ITO.values())[1 + (len(ax.patches) - 1) % (len(OKABE_ITO) - 1)]
    frame = Rectangle((box.left - 0.5, box.top - 0.5), box.width, box.height, fill=False)
    frame.set(edgecolor=colour, linewidth=2.5)
    frame.set_path_effects([withStroke(linewidth=4, foreground=OUTLINE)])
    ax.add_patch(frame)
    if label:
        ax.annotate(
            label,
            (box.left - 0.5, box.top - 0.5),
            xytext=(4, -4),
            textcoords="offset points",
            va="top",
            color=ON_PICTURE,
            path_effects=[withStroke(linewidth=2.5, foreground=OUTLINE)],
        )
    margin = 0.02 * max(height, width)
    bounds = [] if first else [*ax.get_xlim(), *ax.get_ylim()[::-1]]
    left, right, top, bottom = bounds or [-0.5, width - 0.5, -0.5, height - 0.5]
    ax.set_xlim(min(left, box.left - margin), max(right, box.right + margin))
    ax.set_ylim(max(bottom, box.bottom + margin), min(top, box.top - margin))
    ax.set_aspect("equal")
    ax.set_xlabel("column / pixels")
    ax.set_ylabel("row / pixels")
    said = f"{label or 'a unit'} sees rows {box.top} to {box.bottom - 1}"
    said += f", columns {box.left} to {box.right - 1} of an image of {height}×{width}"
    ax.set_label(f"{ax.get_label()}; {said}" if ax.get_label() else said)
    return ax
