"""``--set option=value``: options of a model, read as the type that the option has."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from ..errors import UserError


def model_options(given: list[str]) -> dict[str, Any]:
    """Return the options, e.g. ``["hidden=64,64", "norm=none"]`` as a dict.

    Raises
    ------
    UserError
        For what is no ``option=value``, or a value of another type than the option's.
    """
    from ..models import AlexNetConfig

    defaults = {field.name: field.default for field in fields(AlexNetConfig)}
    options: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise UserError(f"--set {text!r} is not of the form option=value, e.g. norm=none")
        try:
            options[name] = _read(value.strip(), defaults.get(name))
        except ValueError as error:
            raise UserError(
                f"--set {text}: {value!r} is not {_kind(defaults[name])}; e.g."
                f" {name}={_written(defaults[name])}"
            ) from error
    return options


def _read(text: str, default: Any) -> Any:
    if isinstance(default, tuple):
        entry = type(default[0]) if default else str
        return tuple(entry(part.strip()) for part in text.strip("()[]").split(",") if part.strip())
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if default is not None:
        return type(default)(text)
    try:  # an option of one model only, whose type is not known here
        return json.loads(text)
    except ValueError:
        return text


def _kind(default: Any) -> str:
    if isinstance(default, bool):
        return "true or false"
    kinds = {int: "a whole number", float: "a number", tuple: "a list with commas"}
    return kinds.get(type(default), "a value")


def _written(default: Any) -> str:
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default).lower()
