"""Put an ES module and the modules that it imports into one text.

In the book a browser imports the files as they are. In a live notebook anywidget hands the browser
one text as a ``blob:`` address, from where ``./core.js`` leads nowhere. So the imported modules are
put in front of the text, each in a function of its own that returns its exports: their names cannot
meet. Importing each from a ``data:`` address would need a content security policy that allows it
(JupyterHub's, VS Code's and Colab's differ); one text needs no more than anywidget itself.

Only the forms below are understood; anything else is an error here rather than in a browser::

    import { one, two as other } from "./core.js";
    import { three } from "../_runtime/kit.js";
    export function name() {}
    export class Name {}
    export const NAME = 1;
    export default { render };          // in a widget's own module only
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1]  # the widgets' own folders are in it

_IMPORT = re.compile(
    r'^import \{([^{}]*)\} from "(\.(?:/|\./[a-z0-9_]+/)[a-z0-9-]+\.js)";$', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:(?:async )?function\*? ?|class |const )(\w+))", re.MULTILINE)
_NAME = re.compile(r"(\w+)(?: as (\w+))?")


class LinkError(ValueError):
    """A front end that is not written as `link` needs it; the message names file and statement."""


@cache
def link(path: Path) -> str:
    """Return the text of a module with all that it imports, itself an ES module.

    Parameters
    ----------
    path : Path
        A file that ends in ``.js``; what it imports is beside it or in a folder beside its own.

    Raises
    ------
    LinkError
        When a statement has another form, a module is missing or imports itself, or a name that
        is imported is not exported.
    """
    path = path.resolve()
    before: dict[Path, str] = {}
    text = _imports_replaced(path, (path,), before)
    # The widget's own exports stay: they are what the whole text exports.
    rest = _EXPORT.sub("", text)
    if strays := re.findall(r"^export (?!default ).*$", rest, re.MULTILINE):
        raise LinkError(f"{_name(path)}: {strays[0]!r} is not a form that can be linked")
    return "\n".join([*before.values(), text])


def modules(path: Path) -> set[Path]:
    """Return a module and all modules that it leads to by its imports."""
    seen: set[Path] = set()
    todo = [path.resolve()]
    while todo:
        module = todo.pop()
        if module not in seen and module.is_file():
            seen.add(module)
            found = _IMPORT.findall(module.read_text(encoding="utf-8"))
            todo += [_target(module, address) for _, address in found]
    return seen


def _imports_replaced(path: Path, trail: tuple[Path, ...], before: dict[Path, str]) -> str:
    """Return a module's text with its imports taken from the modules in `before`, which grows."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        importer = _name(trail[-2] if trail[1:] else path)
        raise LinkError(f"{importer}: no module {_name(path)}") from None

    def replace(match: re.Match[str]) -> str:
        module = _target(path, match[2])
        if module in trail:
            circle = " → ".join(_name(one) for one in (*trail, module))
            raise LinkError(f"{_name(path)}: imports go in a circle: {circle}")
        if module not in before:
            before[module] = _wrapped(module, (*trail, module), before)
        exported = re.findall(r"\w+", before[module].rsplit("return {", 1)[1].split("}")[0])
        pairs = []
        for part in filter(None, (part.strip() for part in match[1].split(","))):
            found = _NAME.fullmatch(part)
            if found is None or found[1] not in exported:
                raise LinkError(f"{_name(path)}: {_name(module)} exports no {part!r}")
            pairs.append(f"{found[1]}: {found[2]}" if found[2] else found[1])
        return f"const {{ {', '.join(pairs)} }} = {_variable(module)};"

    text = _IMPORT.sub(replace, text)
    if strays := re.findall(r"^import\b(?!\().*$", text, re.MULTILINE):
        raise LinkError(f"{_name(path)}: {strays[0]!r} is not a form that can be linked")
    return text


def _wrapped(path: Path, trail: tuple[Path, ...], before: dict[Path, str]) -> str:
    text = _imports_replaced(path, trail, before)
    exports = _EXPORT.findall(text)
    text = _EXPORT.sub("", text)
    if strays := re.findall(r"^(?:export|await)\b.*$", text, re.MULTILINE):
        raise LinkError(f"{_name(path)}: {strays[0]!r} is not a form that can be linked")
    body = text.rstrip("\n")
    names = ", ".join(exports)
    return f"const {_variable(path)} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();"


def _target(path: Path, address: str) -> Path:
    return (path.parent / address).resolve()


def _name(path: Path) -> str:
    """Return how a module is called in a message: every widget has a ``view.js``."""
    return f"{path.parent.name}/{path.name}"


def _variable(path: Path) -> str:
    return "$" + re.sub(r"\W", "_", f"{path.parent.name}__{path.stem}")
