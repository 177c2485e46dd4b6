"""Augmentation to play with: one photograph's crops, reflections, colours, and ten views."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets

from ...errors import UserError
from .._runtime.base import Explorer
from .._runtime.network_input import to_network
from .._runtime.pack import numbers, pack, picture_address, square, unpack

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PLACES = 5  # rows and columns of crops whose votes are computed; the ten views are among them
_MOST = 512


class AugmentationExplorer(Explorer):
    """What §4.1 of the paper makes of one photograph, and how a network's votes change with it.

    Parameters
    ----------
    image : picture
        A `Photograph`, uint8 (H, W, 3) or (3, H, W); its shorter side is scaled to `side` and the
        middle is cut out, as in §2.
    pca : PCAColour, optional
        The principal colours of a data set, from `alexnet_lab.data.pca_colour`, to compare with
        the photograph's own.
    model : torch.nn.Module, optional
        A network with ``preprocess`` and ``classes``, from `alexnet_lab.load_pretrained`, that
        votes on 5 × 5 crops and their reflections.
    colour : bool
        Whether the colours can be shifted as well; False leaves crops, reflections and views.
    side, crop : int
        Sides of the stored square and of the crop, in pixels; 256 and 224 in the paper.
    top, left, mirrored : int, int, bool
        The crop, and whether it is reflected.
    alpha1, alpha2, alpha3 : float
        How far the colours move along each principal component; the paper draws each with a
        standard deviation of 0.1.
    scale : str
        "deviation": times √λ, as the 2012 source; "literal": times λ, as the formula is printed.
    colours_of : str
        Whose principal components: "photograph", or "data" with `pca`.
    class_ : int
        The class whose probability is drawn.

    Raises
    ------
    UserError
        When the picture is not one, or the sizes do not fit.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> colours = al.data.pca_colour(al.data.photo_patches())
    >>> explorer = al.widgets.AugmentationExplorer(
    ...     al.photograph("temple"), pca=colours, model=al.load_pretrained("lab"))
    """

    front = "augmentation"
    address = (
        "top",
        "left",
        "mirrored",
        "alpha1",
        "alpha2",
        "alpha3",
        "scale",
        "colours_of",
        "class_",
        "drawn",
        "turn",
    )

    photo = traitlets.Unicode().tag(sync=True)
    side = traitlets.Int(256).tag(sync=True)
    crop = traitlets.Int(224).tag(sync=True)
    colour = traitlets.Bool(True).tag(sync=True)
    pca = traitlets.Dict().tag(sync=True)
    votes = traitlets.Dict().tag(sync=True)
    top = traitlets.Int(0, min=0).tag(sync=True)
    left = traitlets.Int(0, min=0).tag(sync=True)
    mirrored = traitlets.Bool(False).tag(sync=True)
    alpha1 = traitlets.Float(0.0, min=-0.3, max=0.3).tag(sync=True)
    alpha2 = traitlets.Float(0.0, min=-0.3, max=0.3).tag(sync=True)
    alpha3 = traitlets.Float(0.0, min=-0.3, max=0.3).tag(sync=True)
    scale = traitlets.Enum(["deviation", "literal"], "deviation").tag(sync=True)
    colours_of = traitlets.Enum(["photograph", "data"], "photograph").tag(sync=True)
    class_ = traitlets.Int(0, min=0).tag(sync=True)
    drawn = traitlets.Int(0, min=0, max=9999).tag(sync=True)
    turn = traitlets.Float(0.6, min=-3.2, max=3.2).tag(sync=True)

    def __init__(
        self,
        image: Any,
        *,
        pca: Any = None,
        model: torch.nn.Module | None = None,
        side: int = 256,
        crop: int = 224,
        **traits: Any,
    ) -> None:
        if not 8 <= crop <= side <= _MOST:
            raise UserError(f"side={side}, crop={crop}: give 8 ≤ crop ≤ side ≤ {_MOST}")
        room = side - crop
        address = picture_address(square(image, side), quality=88)
        # The front end sees what JPEG has left; so shall the network.
        pixels = _pixels(address)
        votes = {} if model is None else _votes(model, pixels, crop)
        if votes and "class_" not in traits:
            chances = unpack(votes["data"], "f4").reshape(-1, len(votes["classes"]))
            traits["class_"] = int(chances.mean(0).argmax())
        traits.setdefault("top", room // 2)
        traits.setdefault("left", room // 2)
        super().__init__(
            photo=address,
            side=side,
            crop=crop,
            pca={} if pca is None else _principal(pca),
            votes=votes,
            **traits,
        )
        place = {"min": 0, "max": room, "whole": True}
        last = max(0, len(votes.get("classes", ())) - 1)
        whose = ["photograph"] if pca is None else ["photograph", "data"]
        self.set_limits(
            top=place,
            left=place,
            class_={"min": 0, "max": last, "whole": True},
            colours_of={"values": whose},
        )

    @traitlets.validate("top", "left")
    def _inside(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        if self.photo and value > self.side - self.crop:
            raise UserError(f"{name} = {value} is not in 0 to {self.side - self.crop}")
        return value

    @traitlets.validate("class_")
    def _known_class(self, proposal: Any) -> int:
        names = self.votes.get("classes", [""])
        if proposal["value"] >= len(names):
            raise UserError(f"no class {proposal['value']}; there are 0 to {len(names) - 1}")
        return proposal["value"]

    @traitlets.validate("colours_of")
    def _known_colours(self, proposal: Any) -> str:
        if proposal["value"] == "data" and self.photo and not self.pca:
            raise UserError("no principal colours of a data set were given; give pca=")
        return proposal["value"]

    def probabilities(self) -> torch.Tensor:
        """Return the votes: (2, 5, 5, classes): as it is and mirrored, from top and from left."""
        if not self.votes:
            raise UserError("no votes were computed; give model=")
        values = torch.from_numpy(unpack(self.votes["data"], "f4"))
        return values.view(2, _PLACES, _PLACES, len(self.votes["classes"]))

    def ten_views(self) -> torch.Tensor:
        """Return the probabilities of the ten views, (10, classes), in the order of the package."""
        plain, mirrored = self.probabilities()
        last, middle = _PLACES - 1, _PLACES // 2
        places = [(0, 0), (0, last), (last, 0), (last, last), (middle, middle)]
        # The mirror image's left is the photograph's right.
        rows = [plain[r, c] for r, c in places] + [mirrored[r, last - c] for r, c in places]
        return torch.stack(rows)

    def still(self) -> Figure:
        """Draw the photograph with the crop's frame, and the crop."""
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        figure = Figure(figsize=(6.2, 3.3), dpi=100, layout="constrained")
        whole, part = figure.subplots(1, 2, width_ratios=(self.side, self.crop))
        pixels = _pixels(self.photo)
        whole.imshow(pixels)
        corner = (self.left - 0.5, self.top - 0.5)
        whole.add_patch(
            Rectangle(corner, self.crop, self.crop, fill=False, color="#ff5a1f", linewidth=2)
        )
        whole.set_title(f"{self.side} × {self.side}", fontsize=11)
        view = pixels[self.top : self.top + self.crop, self.left : self.left + self.crop]
        part.imshow(view[:, ::-1] if self.mirrored else view)
        part.set_title(f"{self.crop} × {self.crop}", fontsize=11)
        for ax in (whole, part):
            ax.set_xticks([])
            ax.set_yticks([])
        return figure

    def describe(self) -> str:
        """Say which crop is shown, and what the ten views say."""
        room = self.side - self.crop
        text = (
            f"A photograph of {self.side} × {self.side} pixels and one of its "
            f"{2 * (room + 1) ** 2} crops of {self.crop} × {self.crop}, {self.top} from the top "
            f"and {self.left} from the left{', mirrored' if self.mirrored else ''}."
        )
        if self.votes:
            views = self.ten_views()[:, self.class_]
            name = self.votes["classes"][self.class_]
            text += (
                f" Over its ten views the network's probability of {name} goes from "
                f"{views.min():.2f} to {views.max():.2f}."
            )
        return text


def _pixels(address: str) -> np.ndarray:
    from PIL import Image

    data = base64.b64decode(address.partition(",")[2])
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def _principal(pca: Any) -> dict[str, Any]:
    values = numbers(getattr(pca, "eigenvalues", None), "eigenvalues")
    vectors = numbers(getattr(pca, "eigenvectors", None), "eigenvectors")
    if values.shape != (3,) or vectors.shape != (3, 3):
        raise UserError(f"pca has {tuple(values.shape)} eigenvalues; give what pca_colour returns")
    return {"eigenvalues": values.tolist(), "eigenvectors": vectors.tolist()}


def _votes(model: Any, pixels: np.ndarray, crop: int) -> dict[str, Any]:
    made, classes = getattr(model, "preprocess", None), getattr(model, "classes", ())
    if made is None or not classes:
        raise UserError("model has no preprocess or classes; give one from load_pretrained")
    room = len(pixels) - crop
    places = [round(k * room / (_PLACES - 1)) for k in range(_PLACES)]
    x = torch.from_numpy(pixels).permute(2, 0, 1).float()  # (3, side, side)
    x = x - torch.tensor(made.mean).view(3, 1, 1)
    if made.std is not None:
        x = x / torch.tensor(made.std).view(3, 1, 1)
    crops = [x[:, a : a + crop, b : b + crop] for a in places for b in places]
    batch = torch.stack(crops + [c.flip(2) for c in crops])
    was = model.training
    try:
        with torch.no_grad():
            logits = torch.cat([model.eval()(to_network(model, part)) for part in batch.split(10)])
    finally:
        model.train(was)
    return {
        "classes": [str(name).replace("_", " ") for name in classes],
        "places": places,
        "data": pack(logits.softmax(1).cpu(), "f4"),
    }
