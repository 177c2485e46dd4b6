"""The reference: a page a room, all names of its ``__all__``, from the docstrings.

``.. room:: analysis`` on a page gives a table of the names (autosummary) and an entry for each
(autodoc, read by napoleon). A class that a function returns, and that has no name of its own in the
room, has its entry below the function.
"""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

PACKAGE = "alexnet_lab"
# Types of others' that docstrings name. Their inventories would have to be fetched while building.
TORCH = "https://docs.pytorch.org/docs/stable/"
ELSEWHERE = {
    "torch.Tensor": f"{TORCH}tensors.html",
    "torch.nn.Module": f"{TORCH}generated/torch.nn.Module.html",
    "torch.Generator": f"{TORCH}generated/torch.Generator.html",
    "torch.optim.Optimizer": f"{TORCH}optim.html",
    "torch.device": f"{TORCH}tensor_attributes.html",
    "numpy.ndarray": "https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html",
    "PIL.Image.Image": "https://pillow.readthedocs.io/en/stable/reference/Image.html",
    "matplotlib.axes.Axes": "https://matplotlib.org/stable/api/_as_gen/matplotlib.axes.Axes.html",
}
SHORT = {"Tensor": "torch.Tensor", "nn.Module": "torch.nn.Module", "Module": "torch.nn.Module"}
WRAPPED = re.compile(r"^(?:Iterator|list|tuple)\[(?:str, )?(\w+)(?:, \.\.\.)?\]$")


def results(thing: Any, public: set[str]) -> Iterator[type]:
    """Yield the package's class that a function returns, if it has no entry of its own."""
    if not inspect.isfunction(thing):
        return
    said = str(inspect.signature(thing).return_annotation)
    name = WRAPPED.sub(r"\1", said)
    made = inspect.unwrap(thing).__globals__.get(name)
    if inspect.isclass(made) and made.__module__.startswith(PACKAGE) and name not in public:
        yield made


class Room(SphinxDirective):
    """Writes what autosummary and autodoc make of a room."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table and the entries."""
        room = f"{PACKAGE}.{self.arguments[0]}"
        module = importlib.import_module(room)
        names = sorted(module.__all__, key=str.lower)
        # The page's own first paragraph says what the docstring's says.
        about = (inspect.getdoc(module) or "").partition("\n\n")[2].splitlines()
        about = about or ["What is public in it:"]  # a table would swallow the module's anchor
        lines = [f".. py:module:: {room}", "", *about, "", ".. autosummary::", ""]
        lines += [f"   {name}" for name in names if hasattr(getattr(module, name), "__module__")]
        lines += [""]
        shown: set[type] = set()
        for name in names:
            thing = getattr(module, name)
            lines += _entry(room, name, thing)
            for made in results(thing, set(names)):
                if made not in shown and made.__name__ in vars(module):
                    shown.add(made)
                    lines += _entry(room, made.__name__, made)
        node = nodes.section()
        node.document = self.state.document
        content = StringList(lines, source=f"{room}, by its docstrings")
        self.state.nested_parse(content, self.content_offset, node, match_titles=True)
        return node.children


def _entry(room: str, name: str, thing: Any) -> list[str]:
    full = f"{room}.{name}"
    if inspect.ismodule(thing):
        # By its own name: it is one module, wherever it is imported from.
        return [f".. py:data:: {name}", "", *_indented(inspect.getdoc(thing) or ""), ""]
    if inspect.isclass(thing):
        widget = "widgets" in room  # its traits are in the docstring, its methods the machinery's
        return [f".. autoclass:: {full}", *([] if widget else ["   :members:"]), ""]
    if callable(thing):
        return [f".. autofunction:: {full}", ""]
    value = repr(thing) if isinstance(thing, str) else type(thing).__name__
    return [f".. py:data:: {name}", f"   :type: {value}", ""]


def _indented(text: str) -> list[str]:
    return [f"   {line}".rstrip() for line in text.splitlines()]


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Node | None:
    """Link a name of the package by its last part, a type of others' to its page.

    All else between backticks, such as an argument's name, is code and no link.
    """
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"]).lstrip("~.")
    domain = env.get_domain("py")
    own = re.compile(rf"{PACKAGE}\.\w+\.{re.escape(target)}")
    for full, entry in domain.objects.items():  # type: ignore[attr-defined]
        if own.fullmatch(full):
            link = app.builder.get_relative_uri(node.get("refdoc", ""), entry.docname)
            return nodes.reference(
                "", "", content, internal=True, refuri=f"{link}#{entry.node_id}", reftitle=full
            )
    address = ELSEWHERE.get(SHORT.get(target, target))
    if address:
        return nodes.reference("", "", content, internal=False, refuri=address)
    return content


def setup(app: Sphinx) -> None:
    """Register the directive, and the rule by which names are found."""
    for extension in ("sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"):
        app.setup_extension(extension)
    app.add_directive("room", Room)
    app.connect("missing-reference", resolve)
