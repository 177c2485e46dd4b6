"""The recorded curves of a drawn question, read from the package's records when a page is built."""

from __future__ import annotations

import math
from functools import cache
from statistics import fmean
from typing import Any

from alexnet_lab.errors import UserError
from alexnet_lab.quiz import Drawn
from alexnet_lab.quiz.question import COLUMNS


def drawn_curves(drawn: Drawn) -> dict[str, Any]:
    """Return what the page's paper takes: ours, the one beside it, the scale, the names of shapes.

    Raises
    ------
    UserError
        For an experiment, an arm or a column without records.
    """
    arms = [name for name in (drawn.arm, drawn.beside) if name]
    curves = [recorded(drawn.experiment, arm, COLUMNS[drawn.column]) for arm in arms]
    highest = max(value for curve in curves for value in curve["high"])
    about: dict[str, Any] = {
        "title": drawn.column,
        # An error is a share; a loss gets room above what was measured.
        "top": 1 if drawn.column.endswith("error") else math.ceil(1.2 * highest),
        "longest": max(len(curve["mean"]) for curve in curves),
        "ours": curves[0],
        "names": [name for name, _ in drawn.shapes],
    }
    return about | ({"beside": curves[1]} if drawn.beside else {})


@cache
def recorded(experiment: str, arm: str, column: str) -> dict[str, Any]:
    """Return mean, least and greatest of an arm's runs, by epoch, as far as all of them go."""
    import alexnet_lab as al

    found = al.experiments.evidence(experiment).curves(arm, column=column)
    values = list(zip(*found[0].runs, strict=False)) if found else []
    if len(values) < 3:
        raise UserError(f"no curve of {experiment}, {arm}, {column} is recorded")
    columns = {"mean": map(fmean, values), "low": map(min, values), "high": map(max, values)}
    rounded = {name: [round(v, 4) for v in part] for name, part in columns.items()}
    return {"label": found[0].label, **rounded}
