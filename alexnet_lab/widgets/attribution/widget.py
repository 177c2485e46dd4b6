"""Attribution maps to play with: two of them over one photograph, and how alike they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets
from torch.nn import functional as F

from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.pack import numbers, pack, picture_address, square, unpack

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CELLS = 56  # of a shown map along one side, at most
_CUT = 0.995  # of the pixels: the strongest half per cent is drawn alike
_PHOTO = 224  # pixels of the photograph along one side
_MOST = 40  # maps


class AttributionExplorer(Explorer):
    """Two maps of importance over one photograph: of two methods, networks or classes.

    Parameters
    ----------
    image : Photograph or tensor
        What the network was given: uint8 (H, W, 3) or (3, H, W). Its middle square is shown.
    maps : mapping of str to mapping of str to Attribution or tensor
        ``maps[method][case]``: a map of the whole image, (H, W), square; a case is what else
        differs, such as the class or the network. Some may be missing. Only sizes are shown, each
        map on its own scale, with the strongest half per cent of its pixels cut.
    method, case : str
        The first map.
    method2, case2 : str
        The second map.
    strength : float
        Of the map over the photograph: 0, the photograph alone, to 1, the map alone.
    row, column : int
        The place that is read, in cells of the maps as they are shown.
    sample : str
        Name of the photograph where the maps are of ``load_pretrained("lab")`` and its input: a
        page then leads on to the pixel in the walk. "": it does not.

    Raises
    ------
    UserError
        When there is nothing to show, or the maps are no such maps.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> found = al.analysis.gradcam(lab, photo, target="church")
    >>> explorer = al.widgets.AttributionExplorer(photo, {"Grad-CAM": {"church": found}})
    """

    front = "attribution"
    address = ("method", "case", "method2", "case2", "strength", "row", "column")

    photo = traitlets.Unicode().tag(sync=True)
    sample = traitlets.Unicode("").tag(sync=True)
    maps = traitlets.Dict().tag(sync=True)
    method = traitlets.Unicode().tag(sync=True)
    case = traitlets.Unicode().tag(sync=True)
    method2 = traitlets.Unicode().tag(sync=True)
    case2 = traitlets.Unicode().tag(sync=True)
    strength = traitlets.Float(0.7, min=0, max=1).tag(sync=True)
    row = traitlets.Int(0, min=0).tag(sync=True)
    column = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, image: Any, maps: Mapping[str, Mapping[str, Any]], **traits: Any) -> None:
        packed = _packed(maps)
        address = picture_address(square(image, _PHOTO), quality=82)
        super().__init__(photo=address, maps=packed)
        methods, cases, side = packed["methods"], packed["cases"], packed["side"]
        ends = {"min": 0, "max": side - 1, "whole": True}
        self.set_limits(
            method={"values": methods},
            case={"values": cases},
            method2={"values": methods},
            case2={"values": cases},
            row=ends,
            column=ends,
        )
        traits.setdefault("method", methods[0])
        traits.setdefault("case", cases[0])
        traits.setdefault("method2", traits["method"])
        traits.setdefault("case2", cases[min(1, len(cases) - 1)])
        middle = {"row": side // 2, "column": side // 2}
        for name, value in (middle | traits).items():
            setattr(self, name, value)

    @traitlets.validate("method", "case", "method2", "case2", "row", "column")
    def _within(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        ends = self.limits.get(name, {})
        if "values" in ends and value not in ends["values"]:
            raise UserError(f"{name} = {value!r}; known: {', '.join(ends['values'])}")
        if "max" in ends and value > ends["max"]:
            raise UserError(f"{name} = {value} is not in 0 to {ends['max']}")
        return value

    def index(self, method: str, case: str) -> int | None:
        """Return where a map stands among those that there are; None when it is missing."""
        pair = [self.maps["methods"].index(method), self.maps["cases"].index(case)]
        return self.maps["pairs"].index(pair) if pair in self.maps["pairs"] else None

    def shown(self) -> list[torch.Tensor | None]:
        """Return the two maps as drawn, float64 (side, side), 0–1; None for a missing one."""
        side = self.maps["side"]
        whole = unpack(self.maps["data"], "u1").reshape(-1, side, side)
        wanted = (self.method, self.case), (self.method2, self.case2)
        at = [self.index(*pair) for pair in wanted]
        return [None if k is None else torch.from_numpy(whole[k] / 255) for k in at]

    def likeness(self) -> float | None:
        """Return the rank correlation of the two maps' sizes, of all pixels; None without both."""
        one = self.index(self.method, self.case)
        two = self.index(self.method2, self.case2)
        return None if one is None or two is None else self.maps["alike"][one][two]

    def still(self) -> Figure:
        """Draw both maps over the photograph."""
        import base64
        import io

        from matplotlib.figure import Figure
        from PIL import Image

        data = base64.b64decode(self.photo.partition(",")[2])
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        figure = Figure(figsize=(6.4, 3.5), dpi=100, layout="constrained")
        sides = ((self.method, self.case), (self.method2, self.case2))
        for ax, values, names in zip(figure.subplots(1, 2), self.shown(), sides, strict=True):
            ax.imshow(pixels, extent=(0, 1, 1, 0))
            if values is not None:
                heat = {"cmap": "cividis", "vmin": 0, "vmax": 1, "alpha": self.strength}
                ax.imshow(values.numpy(), extent=(0, 1, 1, 0), **heat)
            ax.set_title("\n".join(names), fontsize=9)
            ax.set_axis_off()
        return figure

    def describe(self) -> str:
        """Say which two maps are shown, and how alike they are."""
        text = (
            f"One photograph under two maps: {self.method} ({self.case}) and {self.method2}"
            f" ({self.case2})."
        )
        alike = self.likeness()
        missing = " One of them was not computed."
        return text + (missing if alike is None else f" Rank correlation {alike:.2f}.")


def _packed(maps: Any) -> dict[str, Any]:
    if not isinstance(maps, Mapping) or not all(isinstance(v, Mapping) for v in maps.values()):
        raise UserError("give maps as maps[method][case]")
    methods = list(map(str, maps))
    cases = list(dict.fromkeys(str(c) for of in maps.values() for c in of))
    found: list[torch.Tensor] = []
    pairs: list[list[int]] = []
    cautions: dict[str, str] = {}
    for m, (method, of) in enumerate(maps.items()):
        for case, given in of.items():
            values = given.heatmap[0] if hasattr(given, "heatmap") else given
            sizes = numbers(values, f"values of {method} ({case})").abs()
            if sizes.dim() != 2 or sizes.shape[0] != sizes.shape[1]:
                raise UserError(
                    f"{method} ({case}) has the shape {tuple(sizes.shape)}; give a square map"
                )
            if found and sizes.shape != found[0].shape:
                raise UserError(
                    f"{method} ({case}) has {len(sizes)} rows, the first map {len(found[0])}"
                )
            found.append(sizes)
            pairs.append([m, cases.index(str(case))])
            cautions.setdefault(str(method), getattr(given, "caution", ""))
    if not 1 <= len(found) <= _MOST:
        raise UserError(f"{len(found)} maps; give 1 to {_MOST}")
    small = [_drawn(sizes) for sizes in found]
    return {
        "methods": methods,
        "cases": cases,
        "pairs": pairs,
        "cautions": cautions,
        "side": len(small[0]),
        "pixels": len(found[0]),
        "alike": _alike(found),
        "data": pack(torch.stack(small).numpy(), "u1"),
    }


def _drawn(sizes: torch.Tensor) -> torch.Tensor:
    """Return a map in few cells, 0–255; each cell is the mean of its pixels."""
    side = min(_CELLS, len(sizes))
    cells = F.adaptive_avg_pool2d(sizes[None], side)[0]
    top = cells.flatten().quantile(_CUT).clamp_min(1e-30)
    return (cells / top).clamp(0, 1).mul(255).round()


def _alike(found: list[torch.Tensor]) -> list[list[float]]:
    """Return Spearman's rank correlation of each two maps, to three digits."""
    from scipy.stats import rankdata

    ranks = np.stack([rankdata(sizes.flatten().numpy()) for sizes in found])
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=1))
    # A map that is the same everywhere has no order: like nothing but itself.
    length[length == 0] = np.inf
    matrix = (ranks / length[:, None]) @ (ranks / length[:, None]).T
    np.fill_diagonal(matrix, 1)
    return np.round(matrix, 3).tolist()
