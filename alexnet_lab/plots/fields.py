"""Receptive fields, drawn over the photograph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..analysis import LayerTable
from ..errors import UserError
from .style import ON_PICTURE, OUTLINE, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
        # Names stand alternately at the upper left and the lower right, so that they do not meet.
        corner: dict[str, Any] = {"xy": (left, top), "xytext": (3, -3), "ha": "left", "va": "top"}
        if number % 2:
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
