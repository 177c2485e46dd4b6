"""The options of `AlexNet` as keywords that editors, ``help`` and type checkers know.

They are the fields of `AlexNetConfig`, which says what each does. A function that hands them on as
``**options`` would show none of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypedDict, TypeVar

from .config import AlexNetConfig

F = TypeVar("F", bound=Callable[..., Any])


class AlexNetOptions(TypedDict, total=False):
    """Every field of `AlexNetConfig` but ``num_classes``; all may be left out."""

    input_size: int
    channels: Sequence[int]
    kernels: Sequence[int]
    strides: Sequence[int]
    paddings: Sequence[int]
    hidden: Sequence[int]
    towers: int
    cross_talk: bool
    activation: str
    norm: str
    lrn_size: int
    lrn_alpha: float
    lrn_beta: float
    lrn_k: float
    lrn_divide_alpha: bool
    norm_first: bool
    pool_size: int
    pool_stride: int
    dropout: float
    dropout_style: str
    without: Sequence[str]
    init: str


def named_options(defaults: AlexNetOptions | None = None) -> Callable[[F], F]:
    """Give a function with ``**options`` a signature that names them, with their defaults.

    Parameters
    ----------
    defaults : AlexNetOptions, optional
        Where they are not those of the paper's network.
    """

    def name(function: F) -> F:
        signature = inspect.signature(function)
        kept = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        taken = {p.name for p in kept}
        named = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=(defaults or {}).get(field.name, field.default),
                annotation=field.type,
            )
            for field in fields(AlexNetConfig)
            if field.name not in taken
        ]
        function.__signature__ = signature.replace(parameters=[*kept, *named])  # type: ignore[attr-defined]
        return function

    return name
