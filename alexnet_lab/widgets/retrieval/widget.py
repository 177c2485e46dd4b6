"""Search by features to play with: what is near in one space, and what in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets
from torch import Tensor
from torch.nn import functional as F

from ...analysis import nearest_neighbours
from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.pack import numbers, picture_address

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TILE = 32  # pixels of a shown image along one side
_ACROSS = 16  # tiles in a row of the sheet
_OFFERED = 10  # images to ask with, unless the caller names them
_MOST = 24


class RetrievalExplorer(Explorer):
    """The nearest neighbours of an image in two spaces of features (§6.1 of the paper).

    Parameters
    ----------
    asked, bank : tensor
        The images to ask with and those to search in: uint8 (Q, 3, H, W) and (B, 3, H, W).
    spaces : mapping of str to (tensor, tensor)
        By name: the vectors of `asked`, (Q, D), and of `bank`, (B, D). Distances are Euclidean.
    labels, bank_labels : sequence of int
        The class of each image, Q and B of them: a neighbour of the same class is right.
    classes : sequence of str
        Names of the classes.
    offered : sequence of int, optional
        Which of `asked` the reader can choose. Default: the first of each of ten classes.
    most : int
        Neighbours at most, 1 to 24.
    query : int
        Which of the offered images is asked with. Default: the one with the most contrast.
    space, space2 : str
        The two spaces that are shown.
    count : int
        How many neighbours.

    Raises
    ------
    UserError
        When images, vectors and labels do not fit together.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> data = al.data.load_data("photo-patches")
    >>> net = al.models.alexnet_mini(data.num_classes, input_size=64)
    >>> query, bank = data.val.subset(range(4)), data.train.subset(range(20))
    >>> fc7 = tuple(al.analysis.features(net, part.images.float()) for part in (query, bank))
    >>> explorer = al.widgets.RetrievalExplorer(
    ...     query.images, bank.images, {"fc7": fc7},
    ...     labels=query.labels, bank_labels=bank.labels, classes=data.classes)
    """

    front = "retrieval"
    address = ("query", "space", "space2", "count")

    images = traitlets.Dict().tag(sync=True)
    found = traitlets.Dict().tag(sync=True)
    precision = traitlets.Dict().tag(sync=True)
    asked_in_all = traitlets.Int(0).tag(sync=True)
    query = traitlets.Int(0, min=0).tag(sync=True)
    space = traitlets.Unicode().tag(sync=True)
    space2 = traitlets.Unicode().tag(sync=True)
    count = traitlets.Int(6, min=1).tag(sync=True)

    def __init__(
        self,
        asked: Tensor,
        bank: Tensor,
        spaces: Mapping[str, tuple[Tensor, Tensor]],
        *,
        labels: Sequence[int] | Tensor,
        bank_labels: Sequence[int] | Tensor,
        classes: Sequence[str],
        offered: Sequence[int] | None = None,
        most: int = 6,
        **traits: Any,
    ) -> None:
        asked, bank = _images(asked, "asked"), _images(bank, "bank")
        own = _labels(labels, len(asked), classes, "labels")
        theirs = _labels(bank_labels, len(bank), classes, "bank_labels")
        if not 1 <= most <= min(_MOST, len(bank)):
            raise UserError(f"most={most}: give 1 to {min(_MOST, len(bank))}")
        if not isinstance(spaces, Mapping) or not spaces:
            raise UserError("give at least one space: {name: (vectors of asked, of bank)}")
        if offered is None:
            offered = [own.index(c) for c in dict.fromkeys(own)][:_OFFERED]
        if not offered or not all(0 <= i < len(asked) for i in offered):
            raise UserError(f"offered={list(offered)}: choose some of 0 to {len(asked) - 1}")
        tiles = _Tiles()
        queries = [{"tile": tiles.add(asked[i]), "label": own[i]} for i in offered]
        found, precision = {}, {}
        for name, pair in spaces.items():
            near = _search(name, pair, len(asked), len(bank), most)
            right = torch.tensor(theirs)[near.indices] == torch.tensor(own)[:, None]
            shares = right.double().cumsum(1).mean(0) / torch.arange(1, most + 1)
            precision[str(name)] = [float(f"{share:.4g}") for share in shares]
            found[str(name)] = [
                [
                    [tiles.add(bank[j]), theirs[j], float(f"{distance:.4g}")]
                    for j, distance in zip(
                        near.indices[i].tolist(), near.distances[i].tolist(), strict=True
                    )
                ]
                for i in offered
            ]
        images = tiles.packed() | {"queries": queries, "classes": list(map(str, classes))}
        super().__init__(images=images, found=found, precision=precision, asked_in_all=len(asked))
        names = list(found)
        self.set_limits(
            query={"min": 0, "max": len(queries) - 1, "whole": True},
            space={"values": names},
            space2={"values": names},
            count={"min": 1, "max": most, "whole": True},
        )
        # A picture on which something can be seen: the one with the most contrast.
        contrast = [asked[i].float().std().item() for i in offered]
        start: dict[str, Any] = {"query": contrast.index(max(contrast)), "count": most}
        start |= {"space": names[0], "space2": names[-1]}
        for name, value in (start | traits).items():
            setattr(self, name, value)

    @traitlets.validate("query", "space", "space2", "count")
    def _within(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        ends = self.limits.get(name, {})
        if "values" in ends and value not in ends["values"]:
            raise UserError(f"{name} = {value!r}; known: {', '.join(ends['values'])}")
        if "max" in ends and not ends["min"] <= value <= ends["max"]:
            raise UserError(f"{name} = {value} is not in {ends['min']} to {ends['max']}")
        return value

    def neighbours(self, space: str) -> list[tuple[str, float, bool]]:
        """Return class, distance and rightness of the neighbours that are shown in a space."""
        own, classes = self.images["queries"][self.query]["label"], self.images["classes"]
        rows = self.found[space][self.query][: self.count]
        return [(classes[label], distance, label == own) for _, label, distance in rows]

    def still(self) -> Figure:
        """Draw the image and its neighbours in both spaces."""
        import base64
        import io

        from matplotlib.figure import Figure
        from PIL import Image

        data = base64.b64decode(self.images["sheet"].partition(",")[2])
        sheet = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        columns = 1 + self.count
        figure = Figure(figsize=(min(8.8, 0.95 * columns), 2.9), dpi=100, layout="constrained")
        for row, space in enumerate((self.space, self.space2)):
            tiles = [self.images["queries"][self.query]["tile"]]
            tiles += [tile for tile, *_ in self.found[space][self.query][: self.count]]
            marks = [space] + ["✓" if right else "–" for *_, right in self.neighbours(space)]
            for k, (tile, mark) in enumerate(zip(tiles, marks, strict=True)):
                ax = figure.add_subplot(2, columns, row * columns + k + 1)
                top, left = (_TILE * n for n in divmod(tile, _ACROSS))
                ax.imshow(sheet[top : top + _TILE, left : left + _TILE])
                ax.set_title(mark, fontsize=8)
                ax.set_axis_off()
        return figure

    def describe(self) -> str:
        """Say how many neighbours are right in each space."""
        own = self.images["classes"][self.images["queries"][self.query]["label"]]
        parts = [
            f"in {space} {sum(right for *_, right in self.neighbours(space))} are right"
            for space in dict.fromkeys((self.space, self.space2))
        ]
        return f"An image of {own} and its {self.count} nearest: {', '.join(parts)}."


class _Tiles:
    """Small pictures, each kept once, on one sheet."""

    def __init__(self) -> None:
        self.places: dict[bytes, int] = {}
        self.pictures: list[np.ndarray] = []

    def add(self, image: Tensor) -> int:
        small = F.interpolate(image[None].float(), (_TILE, _TILE), mode="area")[0]
        picture = small.round().byte().permute(1, 2, 0).numpy()
        key = picture.tobytes()
        if key not in self.places:
            self.places[key] = len(self.pictures)
            self.pictures.append(picture)
        return self.places[key]

    def packed(self) -> dict[str, Any]:
        rows = -(-len(self.pictures) // _ACROSS)
        sheet = np.zeros((rows * _TILE, _ACROSS * _TILE, 3), np.uint8)
        for k, picture in enumerate(self.pictures):
            top, left = (_TILE * n for n in divmod(k, _ACROSS))
            sheet[top : top + _TILE, left : left + _TILE] = picture
        size = {"tile": _TILE, "across": _ACROSS, "down": rows}
        return {"sheet": picture_address(sheet, quality=72), **size}


def _images(values: Any, what: str) -> Tensor:
    if not isinstance(values, Tensor) or values.dtype != torch.uint8:
        raise UserError(f"{what}: give images as a uint8 tensor, (N, 3, H, W)")
    if values.dim() != 4 or values.shape[1] != 3 or not values.numel():
        raise UserError(f"{what} of shape {tuple(values.shape)}; give (N, 3, H, W)")
    return values.detach().cpu()


def _labels(values: Any, count: int, classes: Sequence[str], what: str) -> list[int]:
    found = numbers(values, what).flatten().long().tolist()
    if len(found) != count:
        raise UserError(f"{len(found)} {what} for {count} images")
    if not all(0 <= label < len(classes) for label in found):
        raise UserError(f"{what} go up to {max(found)}; there are {len(classes)} classes")
    return found


def _search(name: str, pair: Any, asked: int, bank: int, most: int) -> Any:
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise UserError(f"space {name!r}: give (vectors of asked, vectors of bank)")
    query, other = (numbers(v, f"vectors of {name}").flatten(1).float() for v in pair)
    if (len(query), len(other)) != (asked, bank):
        raise UserError(
            f"space {name!r} has {len(query)} and {len(other)} vectors for {asked} and {bank}"
            " images"
        )
    return nearest_neighbours(query, other, most)
