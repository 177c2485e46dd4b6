"""Which of our networks a file of weights is for, by the names and shapes of its tensors."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..weights import Found, Opened, check_usual, choose, fitting, plain, state_for
from .variants import build, names

Shapes = dict[str, tuple[int, ...]]


class Recognised(NamedTuple):
    """Weights, the name of the network that they are for, and how many classes it tells apart."""

    name: str
    num_classes: int
    state: dict[str, Tensor]


def recognise(opened: Opened, model: str | None = None) -> Recognised:
    """Find the network that weights are for, or take `model` and check that they are.

    Parameters
    ----------
    opened : Opened
        From `alexnet_lab.weights.open_weights`.
    model : str, optional
        A network's name, for what is not to be found out.

    Returns
    -------
    Recognised

    Raises
    ------
    UserError
        When they fit none: with the names that were found and the network that came nearest.
    """
    if model is not None:
        return _as_told(opened, model)
    fits = {name: places for name in names() if (places := _places(opened, name))}
    if fits:
        name = next(iter(fits))
        state = choose(fits[name], opened.source).state
        check_usual(state, opened.source)
        return Recognised(name, len(state[_head(_shapes(name))]), state)
    raise UserError(_fits_none(opened))


def _as_told(opened: Opened, model: str) -> Recognised:
    shapes = _shapes(model.replace("-", "_"))
    head = _head(shapes)
    whole = fitting(opened.found, shapes)
    state = choose(whole or opened.found, opened.source).state
    outputs = len(state[head]) if whole else 0
    for name in names():
        # Two names may be of one shape, like alexnet_2012 and bvlc_alexnet: then the name decides.
        if _shapes(name) != shapes and _places(opened, name):
            raise UserError(
                f"{opened.source} does not fit {model}: it holds the weights of {name}; leave the"
                " model's name out"
            )
    with torch.device("meta"):
        built = build(model, outputs or None)
    return Recognised(model.replace("-", "_"), outputs, state_for(built, opened))


def _places(opened: Opened, name: str) -> list[Found]:
    """Return where in a file the weights of a network lie; any number of classes will do."""
    wanted = _shapes(name)
    head = _head(wanted).rpartition(".")[0]

    def alike(state: dict[str, Tensor]) -> bool:
        return all(
            tuple(state[n].shape)[skip:] == shape[skip:]
            for n, shape in wanted.items()
            for skip in [int(n.startswith(f"{head}."))]
        )

    return [place for place in fitting(opened.found, wanted) if alike(place.state)]


@cache
def _shapes(name: str) -> Shapes:
    """Return names and shapes of a network's tensors; nothing is drawn or held in memory."""
    with torch.device("meta"):
        model: nn.Module = build(name)
    return {key: tuple(value.shape) for key, value in model.state_dict().items()}


def _head(shapes: Shapes) -> str:
    """Return the name of the last matrix, whose rows are the classes."""
    return [name for name, shape in shapes.items() if len(shape) == 2][-1]


def _fits_none(opened: Opened) -> str:
    state = plain(choose(opened.found, opened.source))
    check_usual(state, opened.source)
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    near = max(names(), key=lambda name: _likeness(shapes, _shapes(name)))
    listed = ", ".join(_entry(*pair) for pair in list(shapes.items())[:3])
    more = f", … ({len(shapes)} in all)" if len(shapes) > 3 else ""
    return (
        f"{opened.source} does not say which network it is for, and fits none of ours: it holds"
        f" {listed}{more}; {_nearest(near, shapes)}. Build its own network and load the weights by"
        " alexnet_lab.training.load_weights(path, model)"
    )


def _likeness(found: Shapes, wanted: Shapes) -> tuple[int, int, int]:
    same = sum(found.get(name) == shape for name, shape in wanted.items())
    alike = (Counter(found.values()) & Counter(wanted.values())).total()
    return same, alike, len(found.keys() & wanted.keys())


def _nearest(name: str, found: Shapes) -> str:
    wanted = _shapes(name)
    if not any(_likeness(found, wanted)):
        return f"none is near ({', '.join(names())})"
    lacking = [n for n in wanted if n not in found]
    strange = [n for n in found if n not in wanted]
    wrong = [n for n in wanted if n in found and found[n] != wanted[n]]
    if lacking:
        return f"the nearest, {name}, has {_entry(lacking[0], wanted[lacking[0]])} as well"
    if strange:
        return f"the nearest, {name}, has no {strange[0]!r}"
    return f"in the nearest, {name}, {wrong[0]!r} is {_size(wanted[wrong[0]])}"


def _entry(name: str, shape: tuple[int, ...]) -> str:
    return f"{name[:60]!r} ({_size(shape)})"


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a number"
