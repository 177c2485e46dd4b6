"""How a layer's units map back to input pixels: sizes, jumps and starts along both axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """What one layer does along rows and columns; each field is a pair (rows, columns).

    Attributes
    ----------
    kernel : tuple of int
        Rows and columns of the kernel, in cells of the layer's input, without the holes of
        a dilated one.
    stride : tuple of int
        Step between neighbouring units, in cells of the layer's input.
    before : tuple of int
        Padding at the top and at the left.
    after : tuple of int
        Padding at the bottom and at the right, in so far as some unit's window reaches it.
    reach : tuple of int
        Rows and columns from the kernel's first cell to its last, holes of dilation counted.
    """

    kernel: Pair
    stride: Pair
    before: Pair
    after: Pair
    reach: Pair


@dataclass(frozen=True)
class ReceptiveField:
    """Which input pixels the units of a layer depend on.

    The unit at row ``i``, column ``j`` depends on rows ``start[0] + i·jump[0]`` up to, without,
    ``start[0] + i·jump[0] + size[0]``, and on columns likewise. Pixels may lie in the padding,
    outside of the image.

    This is the box of Araujo, Norris and Sim (Computing Receptive Fields, Distill 2019): a unit
    depends on nothing outside of it. Inside, a unit may still be blind to the holes of a dilated
    kernel, or to a last row that an earlier layer rounded away.

    Attributes
    ----------
    size : tuple of int
        Rows and columns, in input pixels.
    jump : tuple of int
        Input pixels between the fields of neighbouring units; 0 where there is but one unit.
    start : tuple of int
        First row and first column of the field of unit (0, 0); negative where it begins in padding.
    """

    size: Pair
    jump: Pair
    start: Pair

    def through(self, window: Window) -> ReceptiveField:
        """Return the field of the units one layer further on.

        Only the padding before the first unit moves the field; the padding after the last one, as
        in AlexNet's conv1 (224 → 55 by rounding up), merely lets it reach beyond the image.
        """
        return ReceptiveField(
            size=_both(lambda a: self.size[a] + (window.reach[a] - 1) * self.jump[a]),
            jump=_both(lambda a: self.jump[a] * window.stride[a]),
            start=_both(lambda a: self.start[a] - window.before[a] * self.jump[a]),
        )

    def of_all(self, units: Pair) -> ReceptiveField:
        """Return the field of one unit that sees all of this layer, `units` rows by columns."""
        size = _both(lambda a: self.size[a] + (units[a] - 1) * self.jump[a])
        return ReceptiveField(size, (0, 0), self.start)

    def covers(self, height: int, width: int) -> bool:
        """Tell whether unit (0, 0) sees the whole of a `height` × `width` image."""
        first, last = self.start, _both(lambda a: self.start[a] + self.size[a])
        return max(first) <= 0 and last[0] >= height and last[1] >= width


ONE_PIXEL = ReceptiveField(size=(1, 1), jump=(1, 1), start=(0, 0))


def _both(of_axis: Callable[[int], int]) -> Pair:
    return of_axis(0), of_axis(1)


def pair(value: int | tuple[int, ...]) -> Pair:
    """Return (rows, columns) of a setting that torch accepts as one number or two."""
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def window(module: nn.Module, size_in: Pair, size_out: Pair) -> Window | None:
    """Return the sliding window of a 2-d convolution, pooling or padding layer.

    None where there is no window that is the same for every unit: any other kind of layer, and
    adaptive pooling whose cells differ in size.
    """
    if isinstance(module, (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)):
        if size_in[0] % size_out[0] or size_in[1] % size_out[1]:
            return None
        cell = _both(lambda a: size_in[a] // size_out[a])
        return Window(cell, cell, (0, 0), (0, 0), cell)
    if isinstance(module, (nn.ZeroPad2d, nn.ConstantPad2d)):
        left, right, top, bottom = module.padding
        return Window((1, 1), (1, 1), (top, left), (bottom, right), (1, 1))
    if not isinstance(module, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
        return None
    kernel, stride = pair(module.kernel_size), pair(module.stride)
    dilation = pair(getattr(module, "dilation", 1))
    reach = _both(lambda a: dilation[a] * (kernel[a] - 1) + 1)
    padding = module.padding
    if not isinstance(padding, str):
        before = named = pair(padding)
    elif padding == "same":
        before = _both(lambda a: (reach[a] - 1) // 2)
        named = _both(lambda a: reach[a] - 1 - before[a])
    else:
        before = named = (0, 0)

    # The last unit tells how far a layer really reaches: beyond the padding that it names when it
    # rounds its output size up (ceil_mode, or the convolutions of 2012).
    def needed(a: int) -> int:
        return (size_out[a] - 1) * stride[a] + reach[a] - size_in[a] - before[a]

    return Window(kernel, stride, before, _both(lambda a: max(named[a], needed(a))), reach)
