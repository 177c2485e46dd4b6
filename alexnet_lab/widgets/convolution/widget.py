"""A convolution to play with: a window slides over an image, and its output map fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import Tensor, nn

from ...analysis import find_layer
from ...analysis.geometry import pair
from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.scaled import pack_array, unpack_array
from .inputs import (
    PRESETS,
    as_kernel,
    as_picture,
    image_numbers,
    named_kernels,
    preset,
)
from .layer_input import geometry_of, input_of, weight_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class ConvolutionExplorer(Explorer):
    """A window slides over an image; each place becomes one number of the output.

    Parameters
    ----------
    image : tensor, array or nested list
        (C, H, W) or (H, W), at most 200,000 finite numbers. More than float32 holds exactly is
        not needed; large images that are not whole numbers apart from an offset are kept in steps
        of 1/65535 of their range.
    kernels : tensor, or mapping of str to tensor, optional
        One kernel, (C, h, w) or (h, w), or several by name. Five textbook kernels come along.
    stride, padding, dilation : int or tuple of int
        As in ``torch.nn.Conv2d``; one number or (rows, columns). Padding may also be (top, left,
        bottom, right): conv1 of 2012 has (0, 0, 3, 3).
    biases : mapping of str to float, optional
        What is added to a kernel's sums.
    kernel : str
        The kernel that is used first. Default: the first one given.
    row, column : int
        The unit that is looked at.

    Attributes
    ----------
    channel : int
        The channel of the image that is shown; -1: all together.
    size : int
        Side of a textbook kernel, in pixels.
    pads : list of int
        Rows and columns of zeros: top, left, bottom, right.
    whole : bool
        Show the whole output; else it is filled up to the unit that is looked at.

    Raises
    ------
    UserError
        When shapes do not fit, or a number is not finite.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> explorer = al.widgets.ConvolutionExplorer(torch.eye(7), torch.ones(3, 3))
    >>> net = al.models.alexnet_mini()
    >>> x = torch.randn(1, 3, 32, 32)
    >>> explorer = al.widgets.ConvolutionExplorer.of(net, "conv2", x, [0, 7])
    """

    front = "convolution"
    address = ("kernel", "size", "stride", "pads", "row", "column", "channel", "whole")

    image = traitlets.Dict().tag(sync=True)
    kernels = traitlets.List(traitlets.Dict()).tag(sync=True)
    kernel = traitlets.Unicode().tag(sync=True)
    size = traitlets.Int(3, min=1, max=11).tag(sync=True)
    stride = traitlets.List(traitlets.Int(min=1, max=32), [1, 1], 2, 2).tag(sync=True)
    dilation = traitlets.List(traitlets.Int(min=1, max=32), [1, 1], 2, 2).tag(sync=True)
    pads = traitlets.List(traitlets.Int(min=0, max=32), [0] * 4, 4, 4).tag(sync=True)
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)
    channel = traitlets.Int(-1, min=-1).tag(sync=True)
    whole = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        image: Any,
        kernels: Any = None,
        *,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, int] = 1,
        biases: Mapping[str, float] | None = None,
        **traits: Any,
    ) -> None:
        pixels = image_numbers(image, "the image")
        named = named_kernels(kernels, len(pixels))
        biases = dict(biases or {})
        stored = [
            {"name": name, "bias": float(biases.get(name, 0.0)), "weight": pack_array(weight)}
            for name, weight in named.items()
        ]
        pads = padding if isinstance(padding, tuple) and len(padding) == 4 else 2 * pair(padding)
        traits.setdefault("kernel", next(iter(named), PRESETS[0]))
        super().__init__(
            image=pack_array(pixels, 32 if pixels.numel() <= 25_000 else 16),
            kernels=stored,
            stride=list(pair(stride)),
            dilation=list(pair(dilation)),
            pads=list(pads),
            **traits,
        )
        self.set_limits(
            kernel={"values": [*named, *PRESETS]},
            channel={"min": -1, "max": len(pixels) - 1, "whole": True},
            stride={"min": 1, "max": 32, "whole": True},
            dilation={"min": 1, "max": 32, "whole": True},
            pads={"min": 0, "max": 32, "whole": True},
        )
        if 0 in self.output_size:
            high, wide = self.weight().shape[1:]
            raise UserError(
                f"a window of {high} × {wide} does not fit into an image of "
                f"{pixels.shape[1]} × {pixels.shape[2]} with padding {padding}"
            )

    @classmethod
    def of(
        cls,
        model: nn.Module,
        layer: str,
        x: Tensor,
        kernels: int | Iterable[int] = 0,
        **traits: Any,
    ) -> ConvolutionExplorer:
        """Look at a convolution of a network, at work on an input.

        Parameters
        ----------
        model : torch.nn.Module
            Any network; it is left as it was.
        layer : str
            A two-dimensional convolution, by friendly name or dotted path.
        x : torch.Tensor
            The network's input, (1, C, H, W) or (C, H, W). What the layer gets is found by running
            the network.
        kernels : int or iterable of int
            Numbers of the kernels that can be chosen. Those of one group only, since a grouped
            kernel sees its own group's channels.

        Raises
        ------
        UserError
            When the layer is not such a convolution, or has no such kernel.
        """
        module = find_layer(model, layer)
        numbers = [kernels] if isinstance(kernels, int) else list(kernels)
        weight, bias = weight_of(module, layer)
        if not numbers or not all(0 <= k < len(weight) for k in numbers):
            raise UserError(f"kernels {numbers}; {layer!r} has 0 to {len(weight) - 1}")
        groups = int(getattr(module, "groups", 1))
        group = {k // (len(weight) // groups) for k in numbers}
        if len(group) > 1:
            raise UserError(f"kernels {numbers} of {layer!r} are of {len(group)} groups; take one")
        seen = input_of(model, module, layer, x)
        width = weight.shape[1]
        first = group.pop() * width
        names = {k: f"{layer}, kernel {k}" for k in numbers}
        stride, dilation, pads = geometry_of(module, seen)
        return cls(
            seen[first : first + width],
            {names[k]: weight[k] for k in numbers},
            stride=stride,
            dilation=dilation,
            padding=pads,
            biases={names[k]: float(bias[k]) for k in numbers},
            **traits,
        )

    @traitlets.validate("kernel")
    def _known_kernel(self, proposal: Any) -> str:
        names = [*(each["name"] for each in self.kernels), *PRESETS]
        if proposal["value"] not in names:
            raise UserError(f"unknown kernel {proposal['value']!r}; known: {', '.join(names)}")
        return proposal["value"]

    @traitlets.validate("channel")
    def _known_channel(self, proposal: Any) -> int:
        last = self.image["shape"][0] - 1
        if not -1 <= proposal["value"] <= last:
            raise UserError(
                f"no channel {proposal['value']}; there are 0 to {last}, and -1 for all"
            )
        return proposal["value"]

    @traitlets.validate("row", "column")
    def _inside(self, proposal: Any) -> int:
        axis = ("row", "column").index(proposal["trait"].name)
        last = max(self.output_size[axis] - 1, 0)
        if not 0 <= proposal["value"] <= last:
            name = proposal["trait"].name
            raise UserError(f"no {name} {proposal['value']}; the output has 0 to {last}")
        return proposal["value"]

    @traitlets.observe("kernel", "size", "stride", "dilation", "pads")
    def _stay_inside(self, _: Any) -> None:
        rows, columns = self.output_size
        self.row = min(self.row, max(rows - 1, 0))
        self.column = min(self.column, max(columns - 1, 0))

    @property
    def output_size(self) -> tuple[int, int]:
        """Rows and columns of the output; 0 where the window does not fit."""
        sizes = []
        for axis, kernel in enumerate(self.weight().shape[1:]):
            reach = self.dilation[axis] * (kernel - 1) + 1
            room = self.image["shape"][1 + axis] + self.pads[axis] + self.pads[axis + 2] - reach
            sizes.append(max(0, room // self.stride[axis] + 1))
        return sizes[0], sizes[1]

    def weight(self) -> Tensor:
        """Return the kernel that is used: (C, h, w)."""
        for each in self.kernels:
            if each["name"] == self.kernel:
                return unpack_array(each["weight"])
        return preset(self.kernel, self.size, self.image["shape"][0])

    def output(self) -> Tensor:
        """Return the output map: (rows, columns), float64, as torch computes it."""
        bias = next((each["bias"] for each in self.kernels if each["name"] == self.kernel), 0.0)
        if 0 in self.output_size:
            return torch.zeros(self.output_size, dtype=torch.float64)
        top, left, bottom, right = self.pads
        padded = nn.functional.pad(unpack_array(self.image).double(), (left, right, top, bottom))
        found = nn.functional.conv2d(
            padded[None],
            self.weight().double()[None],
            stride=tuple(self.stride),
            dilation=tuple(self.dilation),
        )
        return found[0, 0] + bias

    def still(self) -> Figure:
        """Draw the image with the window, the kernel and the output."""
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        figure = Figure(figsize=(7.2, 2.7), dpi=100, layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        pixels, weight, output = unpack_array(self.image), self.weight(), self.output()
        left.imshow(as_picture(pixels).numpy(), cmap="gray")
        high, wide = (
            (d * (k - 1) + 1) for d, k in zip(self.dilation, weight.shape[1:], strict=True)
        )
        corner = (
            self.column * self.stride[1] - self.pads[1] - 0.5,
            self.row * self.stride[0] - self.pads[0] - 0.5,
        )
        left.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor="#D55E00", linewidth=2))
        middle.imshow(as_kernel(weight).numpy(), cmap="RdBu_r", vmin=0, vmax=1)
        end = float(output.abs().max()) or 1.0
        right.imshow(output.numpy(), cmap="RdBu_r", vmin=-end, vmax=end)
        right.plot(self.column, self.row, "s", color="none", markeredgecolor="black")
        for ax, name in ((left, "image"), (middle, self.kernel), (right, "output")):
            ax.set_title(name, fontsize=10)
            ax.set_xticks([])
            ax.set_yticks([])
        return figure

    def describe(self) -> str:
        """Say what is convolved with what, and what the chosen unit answers."""
        channels, height, width = self.image["shape"]
        rows, columns = self.output_size
        value = float(self.output()[self.row, self.column]) if rows and columns else 0.0
        high, wide = self.weight().shape[1:]
        return (
            f"An image of {channels} × {height} × {width} with a window of {high} × {wide}, the "
            f"kernel ({self.kernel}), and its output of {rows} × {columns}, red above zero and "
            f"blue below; the unit at row {self.row}, column {self.column} is {value:.3g}."
        )
