"""What all widgets here have in common: one call, three outputs."""

from __future__ import annotations

import base64
import io
import json
import re
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from .link import FOLDER, link

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

_LIVE = "application/vnd.jupyter.widget-view+json"
_NOTE = "A still of an interactive view: run the notebook, or open the book’s page, to use it."


class Explorer(anywidget.AnyWidget):
    """A widget that also works in a page without Python, and as a picture.

    A subclass names its front end, declares its state as traits and draws a still::

        class Doubler(Explorer):
            front = "doubler"
            address = ("value",)
            value = traitlets.Int(3, min=0, max=10).tag(sync=True)

            def still(self) -> Figure: ...
            def describe(self) -> str: ...

    It is ``widgets/doubler/widget.py``; ``view.js`` and ``style.css`` (which may be absent) are
    beside it. The view draws from ``model.get`` alone, so the same file runs with a kernel and
    without.

    Attributes
    ----------
    front : str
        The widget's name in pages and addresses, in lower case with dashes; its folder has the
        same with underscores. A subclass without it inherits.
    address : tuple of str
        Traits that a page keeps in its address, ``#doubler.value=7``, so that a moment can be
        linked to. Without a kernel only.
    limits : dict
        For each trait that has them, ``{"min": …, "max": …}`` or ``{"values": […]}``: the one
        place from which sliders and choices take their ends. A subclass with ends that depend on
        its input adds them with `set_limits`.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> explorer = al.widgets.ActivationFunctions(depth=20)
    >>> isinstance(explorer, al.widgets.Explorer), explorer.limits["depth"]
    (True, {'min': 1, 'max': 40, 'whole': True})
    """

    front: ClassVar[str] = ""
    address: ClassVar[tuple[str, ...]] = ()

    limits = traitlets.Dict().tag(sync=True)

    # ipywidgets 7, which Colab has, displays a widget by this method of its own where it finds it;
    # the page and the still of `_repr_mimebundle_` would be lost.
    _ipython_display_ = None

    # Class attributes, not class keywords: those need traitlets 5.12, and Colab has 5.7.
    def __init_subclass__(cls, **options: Any) -> None:
        # Without a name this is the class that traitlets makes when anywidget adds its traits.
        if "front" in vars(cls):
            front = cls.front
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", front):
                raise ValueError(f"front={front!r}: lower case with dashes")
            room = cls._room()
            cls._esm = link(room / "view.js")
            kit = FOLDER / "_runtime"
            shared = [kit / "kit.css", kit / "kit-source.css"]
            styles = [*shared, room / "style.css", kit / "kit-media.css"]
            cls._css = "\n".join(f.read_text(encoding="utf-8") for f in styles if f.is_file())
        super().__init_subclass__(**options)

    @classmethod
    def _room(cls) -> Path:
        """Return the folder with the widget's files."""
        return FOLDER / cls.front.replace("-", "_")

    def __init__(self, **traits: Any) -> None:
        found = {name: _ends(trait) for name, trait in self._shown().items()}
        given = traits.pop("limits", {})
        super().__init__(limits={**{n: e for n, e in found.items() if e}, **given}, **traits)

    def set_limits(self, **ends: dict[str, Any]) -> None:
        """Give the ends of traits: ``set_limits(channel={"min": 0, "max": 95})``."""
        self.limits = {**self.limits, **ends}

    def _shown(self) -> dict[str, traitlets.TraitType]:
        """Return the traits that are the widget's own: no layout, no module names."""
        common = ipywidgets.DOMWidget.class_traits()
        return {
            name: trait
            for name, trait in self.traits(sync=True).items()
            if not name.startswith("_") and name not in common
        }

    def state(self) -> dict[str, Any]:
        """Return what the front end draws from; JSON can hold it."""
        return {name: getattr(self, name) for name in sorted(self._shown())}

    def still(self) -> Figure:
        """Draw the state as a matplotlib figure, at most 900 pixels wide and high."""
        raise NotImplementedError(f"{type(self).__name__} draws no still")

    def describe(self) -> str:
        """Return what the still shows, in a sentence or two: its alternative text."""
        raise NotImplementedError(f"{type(self).__name__} does not describe its still")

    def __repr__(self) -> str:
        values = (f"{n}={getattr(self, n)!r}" for n in self.address)
        return f"{type(self).__name__}({', '.join(values)})"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_() or ({}, {})
        png, (width, height) = _png(self.still())
        alt = " ".join(self.describe().split())
        picture = base64.b64encode(png).decode("ascii")
        data["image/png"] = picture
        data["text/html"] = self._html(picture, alt, width, height)
        about = {"alt": alt, "width": width, "height": height}
        return data, {**metadata, "image/png": about}

    def _html(self, picture: str, alt: str, width: int, height: int) -> str:
        # Compact, for a page holds it as text. "</" would end the script element early.
        styled = (self._room() / "style.css").is_file()
        inside = {"state": self.state(), "address": self.address, "styled": styled}
        text = json.dumps(inside, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text = text.replace("</", "<\\/")
        return (
            f'<div class="al-widget" data-widget="{self.front}">'
            f'<img alt="{escape(alt)}" width="{width}" height="{height}" '
            'style="max-width:100%;height:auto" '
            f'src="data:image/png;base64,{picture}">'
            f"<p><small>{_NOTE}</small></p>"
            f'<script type="application/json">{text}</script></div>'
        )


def _ends(trait: traitlets.TraitType) -> dict[str, Any]:
    """Return the bounds, or the choices, that a trait enforces."""
    if isinstance(trait, traitlets.Enum):
        return {"values": list(trait.values or ())}
    ends = {"min": getattr(trait, "min", None), "max": getattr(trait, "max", None)}
    if not isinstance(trait, traitlets.Int | traitlets.Float):
        return {}
    # An absent end is None in an Int and infinite in a Float.
    ends = {n: e for n, e in ends.items() if e is not None and abs(e) != float("inf")}
    return {**ends, "whole": True} if isinstance(trait, traitlets.Int) else ends


def _png(figure: Figure) -> tuple[bytes, tuple[int, int]]:
    """Return a figure as PNG, the same bytes each time, and its width and height in pixels."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    buffer.seek(0)
    with Image.open(buffer) as image:
        # Few colours are in a plot: a palette halves the size.
        small = image.convert("RGB").quantize(192, dither=Image.Dither.NONE)
        out = io.BytesIO()
        small.save(out, format="PNG", optimize=True)
        return out.getvalue(), image.size
