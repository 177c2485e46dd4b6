"""What an exercise forbids, told where the student works: in the notebook, by the check's cell."""

from __future__ import annotations

import inspect
import os
import types
from typing import Any

from .authoring import rules


def broken_rule(function: Any, *without: str) -> str:
    """Return which rule the cell that defines a function breaks, in the words of `check`.

    A check's cell asks this, so that a notebook says at once what ``alexnet-lab assignment check``
    and the grader say.

    Parameters
    ----------
    function : callable
        A student's answer.
    *without : str
        What the exercise forbids: full names of modules, names of functions, or ``"groups="``.

    Returns
    -------
    str
        For instance ``"write it without torch (line 3)"``; nothing where no rule is broken, and
        where the text of the cell is not available, as in the grader, which reads it itself.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.classroom.broken_rule(abs, "torch")
    ''
    """
    if type(function) is not types.FunctionType:
        return ""
    own = _cell(function)
    cells = {
        _cell(value): None
        for value in list(function.__globals__.values())
        if type(value) is types.FunctionType and value.__module__ == function.__module__
    }
    return rules.broken(own, without, [text for text in cells if text != own])


def _cell(function: types.FunctionType) -> str:
    """Return the text of the cell that a function was defined in; nothing where it is lost.

    IPython gives its cells names of files that are not there. What is in a file is no cell.
    """
    try:
        if os.path.exists(function.__code__.co_filename):
            return ""
        return "".join(inspect.findsource(function)[0])
    except (OSError, TypeError):
        return ""
