"""Receptive fields, drawn over the photograph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from torch.nn import functional as F

from ..analysis import EffectiveField, LayerTable
from ..errors import UserError
from .style import ON_PICTURE, OUTLINE, as_picture, bare, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUR = 9  # pixels: the gradient of a single pixel is noise
_ROOM = 0.14  # of the picture's height, for a number above a square
_UNUSED = 0.4  # how light the photograph is, in grey, where the unit does not look


def plot_receptive_fields(
    table: LayerTable,
    image: Any,
    layers: Sequence[str] = ("conv1", "conv2", "conv3", "conv4", "conv5"),
    ax: Axes | None = None,
) -> Axes:
    """Draw how much of the image the central unit of each layer sees.

    Parameters
    ----------
    table : LayerTable
        From `alexnet_lab.layer_table`.
    image : PIL image or numpy.ndarray
        What the network sees, (rows, columns, 3): as large as the table's input.
    layers : sequence of str
        Whose fields to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    matplotlib.axes.Axes
        The image with one square a layer, each with its name and its side in pixels.

    Raises
    ------
    UserError
        When a layer is unknown, or has no field that is known.

    Examples
    --------
    >>> import numpy as np
    >>> import alexnet_lab as al
    >>> table = al.layer_table(al.models.alexnet_mini())
    >>> ax = al.plots.plot_receptive_fields(table, np.zeros((32, 32, 3)), ["conv1", "conv2"])
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    ax = new_axes(ax, 5.4, 5.4)
    ax.imshow(image, alpha=0.75)
    colours = plt.colormaps["viridis"]
    outline = [withStroke(linewidth=3.5, foreground=OUTLINE)]
    labels: list[str] = []
    for number, name in enumerate(layers):
        row = table[name]
        field = row.receptive_field
        if field is None or len(row.shape_out) != 3:
            raise UserError(f"layer {name!r} has no receptive field that can be drawn")
        centre = (row.shape_out[1] // 2, row.shape_out[2] // 2)
        top, left = (field.start[a] + centre[a] * field.jump[a] - 0.5 for a in (0, 1))
        colour = colours(1 - 0.5 * number / max(len(layers) - 1, 1))
        square = Rectangle((left, top), field.size[1], field.size[0], fill=False)
        square.set(edgecolor=colour, linewidth=2, path_effects=outline)
        ax.add_patch(square)
        # Names stand alternately at the upper left and the lower right, so that they do not meet;
        # the first above its square, which is too small for it.
        corner: dict[str, Any] = {"xy": (left, top), "xytext": (3, -3), "ha": "left", "va": "top"}
        if not number:
            middle = left + field.size[1] / 2
            corner = {"xy": (middle, top), "xytext": (0, 3), "ha": "center", "va": "bottom"}
        elif number % 2:
            x, y = left + field.size[1], top + field.size[0]
            corner = {"xy": (x, y), "xytext": (-3, 3), "ha": "right", "va": "bottom"}
        labels.append(f"{name} {field.size[1]}")
        effects = [withStroke(linewidth=2.5, foreground=OUTLINE)]
        ax.annotate(
            labels[-1],
            textcoords="offset points",
            color=ON_PICTURE,
            path_effects=effects,
            **corner,
        )
    height, width = table.input_shape[-2:]
    ax.set_xlim(-0.5, width - 0.5)
    ax.set_ylim(height - 0.5, -0.5)
    ax.set_xlabel("column / pixels")
    ax.set_ylabel("row / pixels")
    ax.set_label("Sides, in pixels, of what central units see: " + ", ".join(labels))
    return ax


def plot_effective_field(
    field: EffectiveField, image: Any, ax: Axes | None = None, *, share: float = 0.9
) -> Axes:
    """Draw a photograph as light, and as colourful, as a unit uses it.

    Parameters
    ----------
    field : EffectiveField
        From `alexnet_lab.analysis.effective_field`.
    image : tensor, array, PIL image, or an object with ``pixels``
        As large as the network's input, (3, H, W) or (H, W, 3).
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    share : float
        Of the squared gradient, that the solid square holds; between 0 and 1.

    Returns
    -------
    matplotlib.axes.Axes
        The photograph: dark and grey where there is no gradient, in its own colours where it is
        greatest (square roots of the energy, averaged over 9 × 9 pixels). Dashed, with its side in
        pixels: what the unit can see. Solid: the least centred square with `share` of the energy.

    Raises
    ------
    UserError
        When the image has another size than the field.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("cat")
    >>> field = al.analysis.effective_field(lab, photo, "conv5")
    >>> view = al.data.centre_crop(al.data.resize_shorter_side(photo, 256), 224)
    >>> al.plots.plot_effective_field(field, view).get_title()
    'conv5'
    """
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    picture = as_picture(image)
    if picture.shape[:2] != field.energy.shape:
        height, width = field.energy.shape
        raise UserError(
            f"image of {picture.shape[0]}×{picture.shape[1]} for a field of {height}×{width}; "
            "give the image as the model saw it"
        )
    light = F.avg_pool2d(field.energy.float()[None], _BLUR, 1, _BLUR // 2)[0].sqrt()
    light = (light / light.max())[:, :, None]
    grey = _UNUSED * picture.mean(2, keepdim=True)
    ax = new_axes(ax, 4.4, 4.4)
    ax.imshow((light * picture + (1 - light) * grey).numpy())
    box, side = field.box, field.side(share)
    middle = (box.left + box.right) / 2 - 0.5, (box.top + box.bottom) / 2 - 0.5
    rows, columns = picture.shape[:2]
    for width, height, line in ((box.width, box.height, "--"), (side, side, "-")):
        left, top = middle[0] - width / 2, middle[1] - height / 2
        frame = Rectangle((left, top), width, height, fill=False, linestyle=line, linewidth=1.5)
        frame.set(edgecolor=ON_PICTURE, path_effects=[withStroke(linewidth=3, foreground=OUTLINE)])
        ax.add_patch(frame)
    # Above the dashed square, where there is room, and in the solid one's far corner.
    left, top = middle[0] - box.width / 2, middle[1] - box.height / 2
    above = "bottom" if top > _ROOM * rows else "top"
    end = middle[0] + side / 2, middle[1] + side / 2
    for number, place, shift, align in (
        (
            box.width,
            (max(left, 0), max(top, 0)),
            (1, 1 if above == "bottom" else -3),
            ("left", above),
        ),
        (side, end, (-3, 3), ("right", "bottom")),
    ):
        ax.annotate(
            str(number),
            place,
            xytext=shift,
            textcoords="offset points",
            ha=align[0],
            va=align[1],
            color=ON_PICTURE,
            path_effects=[withStroke(linewidth=2.5, foreground=OUTLINE)],
        )
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    bare(ax)
    ax.set_title(field.layer)
    ax.set_label(
        f"A photograph, lit where a unit of {field.layer} uses it: it can see {box.width}×"
        f"{box.height} pixels, and {share:.0%} of its squared gradient lie in {side}×{side}"
    )
    return ax
