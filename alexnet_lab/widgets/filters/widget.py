"""All kernels of a layer to look at: sorted, enlarged, slice by slice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import nn

from ...analysis import Filters, filters, named_layers
from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.middles import middles
from .._runtime.scaled import pack_array
from .maps import map_values, packed_maps
from .still import draw_sheets, kernel_tiles, map_tiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor

_BYTES = 72_000  # of weights a layer: about 100 kB as text
_MEASURES = ("norm", "frequency", "orientation", "orientedness")


class FilterExplorer(Explorer):
    """All kernels of a layer; one of them large, with its numbers.

    Parameters
    ----------
    model : torch.nn.Module or Filters
        Any network, or kernels that `al.analysis.filters` returned or that are one's own.
    layers : str or iterable of str
        Convolutions that can be chosen in a page without Python; in a notebook, all of the
        network's can be. Of a layer with more weights than a page should hold, the kernels of
        greatest norm are shown.
    image : tensor, or what ``model.preprocess`` takes, optional
        A photograph, or an input (3, H, W). The kernels that see it are shown with their maps,
        after a ReLU: point at a kernel, and its map lights up; and the other way round.
    sort : str
        index, colourfulness (of kernels over three channels), frequency, norm, orientation or
        orientedness, as in `al.analysis.Filters`. Towers never mix.
    descending : bool
        Greatest first.
    contrast : str
        "each" stretches each kernel by its own greatest weight, "all" all alike.
    selected : int
        Number of the kernel that is shown large.
    slice : int
        Its input channel that is shown; -1: its colours, or the slice with the greatest share.
    in_page : bool
        Whether the network is ``load_pretrained("lab")``: a page then links to the kernel at work.

    Raises
    ------
    UserError
        When there is no such layer, or it is not a two-dimensional convolution; when the image does
        not fit the network, or there are only kernels and no network for it.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> explorer = al.widgets.FilterExplorer(al.load_pretrained("lab"))
    """

    front = "filters"
    address = ("layer", "sort", "descending", "selected", "slice", "contrast")

    stock = traitlets.Dict().tag(sync=True)
    layer = traitlets.Unicode().tag(sync=True)
    sort = traitlets.Enum(["index", "colourfulness", *_MEASURES], "index").tag(sync=True)
    descending = traitlets.Bool(False).tag(sync=True)
    contrast = traitlets.Enum(["each", "all"], "each").tag(sync=True)
    selected = traitlets.Int(0, min=0).tag(sync=True)
    slice = traitlets.Int(-1, min=-1).tag(sync=True)
    middle = traitlets.Dict().tag(sync=True)  # of each map, for links to the walk
    maps = traitlets.Dict().tag(sync=True)  # of the image, by layer

    def __init__(
        self,
        model: nn.Module | Filters,
        layers: str | Iterable[str] = "conv1",
        *,
        image: Any = None,
        in_page: bool = False,
        **traits: Any,
    ) -> None:
        if isinstance(model, Filters):
            self._model, self._all = None, {model.layer: model}
            names = [model.layer]
        else:
            names = [layers] if isinstance(layers, str) else list(layers)
            self._model = model
            self._all = {name: filters(model, name) for name in names}
        if not names:
            raise UserError("no layer; give one, such as 'conv1'")
        traits.setdefault("layer", names[0])
        self._maps: dict[str, Tensor] = {}
        if image is not None:
            self._maps = map_values(self._model, self._all, image)
            traits["maps"] = packed_maps(self._maps)
        # With maps beside them kernels take 8 bits: a page holds both.
        stock = {n: _stocked(f, 8 if n in self._maps else 16) for n, f in self._all.items()}
        if in_page and self._model is not None:
            traits.setdefault("middle", middles(self._model))
        super().__init__(stock=stock, **traits)
        self.set_limits(layer={"values": self._layers()})

    def _layers(self) -> list[str]:
        if self._model is None:
            return list(self._all)
        found = [n for n, m in named_layers(self._model).items() if isinstance(m, nn.Conv2d)]
        return [*found, *(name for name in self._all if name not in found)]

    @traitlets.validate("layer")
    def _known_layer(self, proposal: Any) -> str:
        name = proposal["value"]
        if name not in self._layers():
            raise UserError(f"unknown layer {name!r}; known: {', '.join(self._layers())}")
        return name

    @traitlets.observe("layer")
    def _fetch(self, _: Any) -> None:
        # Until a reader asks for a layer, its weights stay here.
        if self.layer not in self._all and self._model is not None:
            self._all[self.layer] = filters(self._model, self.layer)
            self.stock = {**self.stock, self.layer: _stocked(self._all[self.layer])}
        last = len(self._all[self.layer]) - 1
        self.selected = min(self.selected, last)
        self.slice = min(self.slice, self._all[self.layer].weight.shape[1] - 1)
        if self.sort not in ["index", *self.stock[self.layer]["measures"]]:
            self.sort = "index"

    @traitlets.validate("selected", "slice")
    def _inside(self, proposal: Any) -> int:
        found, value = self._all.get(self.layer), proposal["value"]
        name = proposal["trait"].name
        if found is None:
            return value
        least, last = (0, len(found) - 1) if name == "selected" else (-1, found.weight.shape[1] - 1)
        if not least <= value <= last:
            what = "kernel" if name == "selected" else "slice"
            raise UserError(f"no {what} {value}; {self.layer!r} has 0 to {last}")
        return value

    def state(self) -> dict[str, Any]:
        """Return what the page draws from: the layers whose kernels it holds."""
        state = super().state()
        ends = {**self.limits, "layer": {"values": list(self.stock)}}
        return {**state, "limits": ends}

    def order(self) -> list[int]:
        """Return the numbers of the kernels that are shown, as they are sorted."""
        found = self._all[self.layer]
        by = self.sort if self.sort != "colourfulness" or found.weight.shape[1] == 3 else "index"
        shown = set(self.stock[self.layer]["numbers"])
        return [k for k in found.order(by, descending=self.descending).tolist() if k in shown]

    def still(self) -> Figure:
        """Draw the kernels in their order, tower after tower; below them their maps, if any."""
        found, order = self._all[self.layer], self.order()
        towers = found.tower[order]
        parts = [
            [k for k, t in zip(order, towers.tolist(), strict=True) if t == tower]
            for tower in towers.unique().tolist()
        ]
        end = (found.weight.abs().max().item() or 1.0) if self.contrast == "all" else None
        names = [f", tower {n}" if len(parts) > 1 else "" for n in range(1, len(parts) + 1)]
        sheets = {
            f"kernels{name}": kernel_tiles(found.weight[part], end)
            for name, part in zip(names, parts, strict=True)
        }
        if self.layer in self._maps:
            maps = self._maps[self.layer]
            for name, part in zip(names, parts, strict=True):
                sheets[f"their maps{name}"] = map_tiles(maps[part])
        return draw_sheets(sheets)

    def describe(self) -> str:
        """Say which kernels are shown, in which order."""
        found, shown = self._all[self.layer], self.stock[self.layer]["numbers"]
        split = f" in {found.towers} towers" if found.towers > 1 else ""
        channels, high, wide = found.weight.shape[1:]
        below = ""
        if self.layer in self._maps:
            below = (
                " Below them, in the same order, their maps of a photograph, from dark to light."
            )
        return (
            f"{len(shown)} of the {len(found)} kernels of {self.layer}{split}, "
            f"{channels} × {high} × {wide} weights each, sorted by {self.sort}; "
            f"zero is grey or white.{below}"
        )


def _stocked(found: Filters, most_bits: int = 16) -> dict[str, Any]:
    """Return a layer's kernels and measures as JSON can hold them."""
    count, per_kernel = len(found), found.weight[0].numel()
    fits = max(1, _BYTES // per_kernel)
    if fits < count:
        chosen = found.norm.argsort(descending=True, stable=True)[:fits].sort().values
    else:
        chosen = torch.arange(count)
    names = [*_MEASURES, *(["colourfulness"] if found.weight.shape[1] == 3 else [])]
    measures = {name: getattr(found, name)[chosen] for name in names}
    bits = most_bits if 2 * per_kernel * len(chosen) <= _BYTES else 8
    return {
        "weight": pack_array(found.weight[chosen], bits),
        "numbers": chosen.tolist(),
        "tower": found.tower[chosen].tolist(),
        "count": count,
        # Six digits: more are not shown, and would make the page large.
        "measures": {n: [float(f"{v:.6g}") for v in m.tolist()] for n, m in measures.items()},
    }
