"""Which pixels a unit sees, and the piece of a photograph that it saw."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..errors import UserError
from ._batch import Images, one_image
from .layers import layer_name
from .table import InputSize, layer_table


@dataclass(frozen=True)
class Box:
    """A rectangle of input pixels: rows ``top`` to ``bottom``, columns ``left`` to ``right``.

    The ends are not included, as in a slice. The box may reach beyond the image, into padding;
    `clipped` is the part inside.
    """

    top: int
    left: int
    bottom: int
    right: int
    image_size: tuple[int, int]

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def clipped(self) -> Box:
        """The part of the box that lies on the image."""
        rows, columns = self.image_size
        top, bottom = (min(max(y, 0), rows) for y in (self.top, self.bottom))
        left, right = (min(max(x, 0), columns) for x in (self.left, self.right))
        return Box(top, left, bottom, right, self.image_size)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the clipped box, to index an image with: ``image[..., *slices]``."""
        inside = self.clipped
        return slice(inside.top, inside.bottom), slice(inside.left, inside.right)


def receptive_field(
    model: nn.Module,
    layer: str,
    y: int = 0,
    x: int = 0,
    input_size: InputSize = None,
) -> Box:
    """Return the input pixels on which the unit at row `y`, column `x` of `layer` can depend.

    By arithmetic on kernels, strides and padding; no gradient is taken. All channels of a layer
    share the field.

    Parameters
    ----------
    model : torch.nn.Module
        A network whose layers follow one another.
    layer : str
        Name as in `layer_table`.
    y, x : int
        The unit's place in the feature map; 0, 0 for a fully connected layer.
    input_size : int or tuple of int, optional
        As in `layer_table`.

    Raises
    ------
    UserError
        When the layer is unknown, the unit is not on its map, or the layer's field is not one box
        (behind a sum of two branches, say).

    Examples
    --------
    >>> from torch import nn
    >>> import alexnet_lab as al
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 11, stride=4))
    >>> box = al.analysis.receptive_field(net, "conv1", 1, 2)
    >>> (box.top, box.bottom, box.left, box.right)
    (4, 15, 8, 19)
    """
    table = layer_table(model, input_size)
    row = table[layer_name(model, layer)]
    field = row.receptive_field
    if field is None:
        raise UserError(f"the receptive field of {layer!r} is not one box that can be followed")
    rows, columns = row.shape_out[1:] if len(row.shape_out) == 3 else (1, 1)
    if not (0 <= y < rows and 0 <= x < columns):
        raise UserError(
            f"unit ({y}, {x}) is not on the map of {layer!r}, which is {rows}×{columns}"
        )
    top, left = field.start[0] + y * field.jump[0], field.start[1] + x * field.jump[1]
    height, width = table.input_shape[-2:]
    return Box(top, left, top + field.size[0], left + field.size[1], (height, width))


def image_patch(
    image: Images,
    model: nn.Module,
    layer: str,
    y: int = 0,
    x: int = 0,
    fill: float = 0.0,
) -> Tensor:
    """Cut out the piece of `image` that the unit at row `y`, column `x` of `layer` saw.

    Parameters
    ----------
    image : torch.Tensor or picture
        (3, H, W) or (1, 3, H, W), as the model takes it, or a picture for its own preprocessing;
        its size is taken as the input size.
    model, layer, y, x
        As in `receptive_field`.
    fill : float
        Value of what lies outside of the image. 0 is what the network's padding shows its units.

    Returns
    -------
    torch.Tensor
        (3, h, w), with h × w the whole receptive field, so that the patches of all units of a layer
        are of one size.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("cat")
    >>> al.analysis.image_patch(photo, lab, "conv2", y=13, x=13).shape
    torch.Size([3, 51, 51])
    """
    image = one_image(model, image)[0]
    box = receptive_field(model, layer, y, x, tuple(image.shape))
    inside = box.clipped
    patch = image.new_full((image.shape[0], box.height, box.width), fill)
    rows = slice(inside.top - box.top, inside.bottom - box.top)
    columns = slice(inside.left - box.left, inside.right - box.left)
    patch[:, rows, columns] = image[(slice(None), *box.slices)].to(patch)
    return patch
