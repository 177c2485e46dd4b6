"""Photographs that scikit-image and scikit-learn carry inside their wheels: nothing is downloaded.

Title, source, author and licence of each are what the two packages say of them: the docstrings of
``skimage/data/_fetchers.py`` and ``sklearn/datasets/images/README.txt``. Where they say nothing,
neither does this table.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_REPR_SIDE = 512  # a notebook shows large photographs reduced to this many pixels


@dataclass(frozen=True, eq=False)
class Photograph:
    """One photograph, with where it comes from.

    A notebook shows it as a picture.

    Attributes
    ----------
    name : str
        What :func:`photograph` knows it by.
    title : str
        What is to be seen; fit for an alt text.
    pixels : numpy.ndarray
        uint8, shape (H, W, 3), RGB in 0–255. A grey photograph has three equal channels.
    source : str
        Where the photograph was published, and which package ships it.
    author : str
        Who took it, as far as the package says.
    licence : str
        On what terms, in the package's words.
    """

    name: str
    title: str
    pixels: np.ndarray = field(repr=False)
    source: str
    author: str
    licence: str

    @property
    def image(self) -> Image.Image:
        """The photograph as a PIL image in mode ``"RGB"``."""
        from PIL import Image

        return Image.fromarray(self.pixels)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def credit(self) -> str:
        """One line for under the picture: title, author, licence, source."""
        return f"{self.title}. {self.author}. {self.licence}. {self.source}"

    def __repr__(self) -> str:
        height, width = self.size
        return f"Photograph({self.name!r}: {self.title}, {height} × {width}; {self.licence})"

    def _repr_png_(self) -> bytes:
        image = self.image
        image.thumbnail((_REPR_SIDE, _REPR_SIDE))
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        # The same picture as _repr_png_, and an alt text for readers who cannot see it.
        data = {"text/plain": repr(self), "image/png": self._repr_png_()}
        return data, {"image/png": {"alt": self.title}}


@dataclass(frozen=True)
class _Entry:
    file: str  # in the package's folder
    title: str
    author: str
    licence: str
    origin: str
    package: str = "skimage"


_SKIMAGE_SAYS_NOTHING = "no licence of its own stated; part of scikit-image (BSD-3-Clause)"
_CC_BY = "CC BY 2.0, https://creativecommons.org/licenses/by/2.0/"

_PHOTOGRAPHS: dict[str, _Entry] = {
    "astronaut": _Entry(
        "astronaut.png",
        "The astronaut Eileen Collins",
        "NASA",
        "no known copyright restrictions, released into the public domain",
        "NASA Great Images database, https://flic.kr/p/r9qvLn",
    ),
    "brick": _Entry(
        "brick.png",
        "A brick wall, grey",
        "CC0Textures",
        "CC0",
        "https://cc0textures.com/view.php?tex=Bricks25",
    ),
    "camera": _Entry(
        "camera.png",
        "A man behind a camera on a tripod, grey",
        "Lav Varshney",
        "CC0 by the photographer",
        "https://github.com/scikit-image/scikit-image/issues/3927",
    ),
    "cat": _Entry(
        "chelsea.png",
        "Chelsea the cat",
        "Stefan van der Walt",
        "CC0 by the photographer",
        "given to scikit-image by the photographer",
    ),
    "cell": _Entry(
        "cell.png",
        "A cell floating in saline, quantitative phase image, grey",
        "Paul Müller and others",
        "CC0, dedicated to the public domain",
        "Müller et al., Optics Express 26(8), 2018, doi:10.1364/OE.26.010729",
    ),
    "clock": _Entry(
        "clock_motion.png",
        "A wall clock blurred by the camera's motion, grey",
        "Stefan van der Walt",
        "released into the public domain by the photographer",
        "given to scikit-image by the photographer",
    ),
    "coffee": _Entry(
        "coffee.png",
        "A cup of coffee on a wooden table",
        "Rachel Michetti",
        "CC0 by the photographer",
        "courtesy of Pikolo Espresso Bar",
    ),
    "coins": _Entry(
        "coins.png",
        "Greek coins from Pompeii, grey",
        "Brooklyn Museum",
        "no known copyright restrictions",
        "https://www.brooklynmuseum.org/opencollection/archives/image/51611",
    ),
    "flower": _Entry(
        "flower.jpg",
        "An orange flower before dark leaves",
        # The README credits "danielbuechele" for both of its photographs, but the address that it
        # gives for this one is the account of vultilion.
        "vultilion (so the address; the text of scikit-learn's README says danielbuechele)",
        _CC_BY,
        "https://www.flickr.com/photos/vultilion/6056698931/",
        "sklearn",
    ),
    "grass": _Entry(
        "grass.png",
        "Grass seen from above, grey",
        "linolafett",
        "CC0",
        "https://www.deviantart.com/linolafett/art/Grass-01-434853879",
    ),
    "gravel": _Entry(
        "gravel.png",
        "Gravel seen from above, grey",
        "CC0Textures",
        "CC0",
        "https://cc0textures.com/view.php?tex=Gravel04",
    ),
    "hubble": _Entry(
        "hubble_deep_field.jpg",
        "Galaxies in the Hubble eXtreme Deep Field",
        "NASA",
        "may be freely used in the public domain",
        "http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/",
    ),
    "moon": _Entry(
        "moon.png",
        "The surface of the moon, grey, low contrast",
        "not stated",
        _SKIMAGE_SAYS_NOTHING,
        "not stated",
    ),
    "motorcycle": _Entry(
        "motorcycle_left.png",
        "A motorcycle in a workshop, left picture of a stereo pair",
        "Nera Nesic, Porter Westling, Xi Wang, York Kitajima, Greg Krathwohl, Daniel Scharstein",
        _SKIMAGE_SAYS_NOTHING,
        "Middlebury 2014 stereo benchmark, reduced four times, "
        "http://vision.middlebury.edu/stereo/data/scenes2014/",
    ),
    "retina": _Entry(
        "retina.jpg",
        "The retina of a human eye",
        "Mikael Häggström",
        "CC0 1.0",
        "https://commons.wikimedia.org/wiki/File:Fundus_photograph_of_normal_left_eye.jpg",
    ),
    "rocket": _Entry(
        "rocket.jpg",
        "A Falcon 9 rocket, carrying DSCOVR, at Cape Canaveral",
        "SpaceX",
        "released in the public domain",
        "https://www.flickr.com/photos/spacexphotos/16511594820/in/photostream/",
    ),
    "temple": _Entry(
        "china.jpg",
        "A temple tower in China, above trees and a lake",
        "danielbuechele",
        _CC_BY,
        "https://www.flickr.com/photos/danielbuechele/6061409035/",
        "sklearn",
    ),
    "tissue": _Entry(
        "ihc.png",
        "Colonic glands, immunohistochemical staining in brown and blue",
        "Center for Microscopy And Molecular Imaging (CMMI)",
        "no known copyright restrictions",
        "acquired at the Center for Microscopy And Molecular Imaging",
    ),
}

# What the packages themselves call them, so that a reader who knows them there finds them here.
_ALSO = {
    "chelsea": "cat",
    "china": "temple",
    "cameraman": "camera",
    "hubble_deep_field": "hubble",
    "immunohistochemistry": "tissue",
    "stereo_motorcycle": "motorcycle",
}
_PACKAGES = {
    "skimage": ("scikit-image", "data"),
    "sklearn": ("scikit-learn", "datasets/images"),
}


def photograph_names() -> list[str]:
    """Return the names that :func:`photograph` knows, in alphabetical order."""
    return sorted(_PHOTOGRAPHS)


def photograph(name: str) -> Photograph:
    """Read one of the photographs that the dependencies ship; no network is needed.

    Parameters
    ----------
    name : str
        One of :func:`photograph_names`, for instance ``"cat"`` or ``"temple"``. The names that
        scikit-image and scikit-learn use (``"chelsea"``, ``"china"``) are understood as well.

    Returns
    -------
    Photograph
        With its pixels (uint8, (H, W, 3), RGB), source, author and licence.

    Raises
    ------
    UserError
        For a name that is not known, or when the installed package does not hold the file.

    Examples
    --------
    >>> photograph("cat").pixels.shape
    (300, 451, 3)
    """
    entry = _PHOTOGRAPHS.get(_ALSO.get(name, name))
    if entry is None:
        raise UserError(_unknown(name))
    import numpy as np

    from .preprocess import open_image

    package, _ = _PACKAGES[entry.package]
    pixels = np.array(open_image(_file(name, entry)))
    return Photograph(
        name=_ALSO.get(name, name),
        title=entry.title,
        pixels=pixels,
        source=f"{entry.origin} (shipped with {package})",
        author=entry.author,
        licence=entry.licence,
    )


def _file(name: str, entry: _Entry) -> Path:
    # The files are read from the package's folder, without importing the package: that takes a
    # second or two, and skimage.data would go to the network for files that it does not hold.
    package, folder = _PACKAGES[entry.package]
    spec = find_spec(entry.package)
    roots = [] if spec is None else list(spec.submodule_search_locations or [])
    for root in roots:
        path = Path(root) / folder / entry.file
        if path.is_file():
            return path
    raise UserError(
        f"photograph {name!r} needs {package}'s file {folder}/{entry.file}, which is not there: "
        f"pip install --force-reinstall {package}"
    )


def _unknown(name: object) -> str:
    import difflib

    known = photograph_names()
    near = difflib.get_close_matches(str(name), [*known, *_ALSO], n=2)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    return f"unknown photograph {name!r}; {hint}known: {', '.join(known)}"
