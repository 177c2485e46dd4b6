"""Photographs that scikit-image and scikit-learn carry inside their wheels: nothing is downloaded.

What is known of each stands in ``photo_table.py``.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from .photo_table import ALSO, PACKAGES, PHOTOGRAPHS, Entry

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


def photograph_names() -> list[str]:
    """Return the names that :func:`photograph` knows, in alphabetical order.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> "coffee" in al.photograph_names()
    True
    """
    return sorted(PHOTOGRAPHS)


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
    >>> import alexnet_lab as al
    >>> al.photograph("cat").pixels.shape
    (300, 451, 3)
    """
    entry = PHOTOGRAPHS.get(ALSO.get(name, name))
    if entry is None:
        raise UserError(_unknown(name))
    import numpy as np

    from .pictures import open_image

    package, _ = PACKAGES[entry.package]
    # The stored values, as scikit-image and scikit-learn return them; one has another profile.
    pixels = np.array(open_image(_file(name, entry), profile=False))
    return Photograph(
        name=ALSO.get(name, name),
        title=entry.title,
        pixels=pixels,
        source=f"{entry.origin} (shipped with {package})",
        author=entry.author,
        licence=entry.licence,
    )


def _file(name: str, entry: Entry) -> Path:
    # The files are read from the package's folder, without importing the package: that takes a
    # second or two, and skimage.data would go to the network for files that it does not hold.
    package, folder = PACKAGES[entry.package]
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
    near = difflib.get_close_matches(str(name), [*known, *ALSO], n=2)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    return f"unknown photograph {name!r}; {hint}known: {', '.join(known)}"
