"""Whether a state dict fits a model, and the first thing that does not."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UserError


def load_state(model: nn.Module, state: dict[str, Tensor], source: str = "the weights") -> None:
    """Load a state dict, or say in one line what does not fit first.

    Parameters
    ----------
    model : nn.Module
        Takes copies of the tensors; its own memory format and device stay.
    state : dict of str to Tensor
        By parameter name.
    source : str
        How the message names the state.
    """
    check_state(model, state, source)
    model.load_state_dict(state)


def check_state(model: nn.Module, state: dict[str, Tensor], source: str = "the weights") -> None:
    """Say in one line what of a state dict does not fit a model first: names, shapes, types.

    The model's tensors may be on the ``meta`` device, where they take no memory.
    """
    own = model.state_dict()
    missing = [name for name in own if name not in state]
    extra = [name for name in state if name not in own]
    if missing or extra:
        what = f"lacks {missing[0]!r}" if missing else f"has {extra[0]!r}, which the model has not"
        raise UserError(
            f"{source} does not fit: it {what} ({len(missing)} missing, {len(extra)} unknown "
            "names); build the model it was made for"
        )
    wrong = [name for name in own if own[name].shape != state[name].shape]
    if wrong:
        raise UserError(_shape_message(own, state, wrong, source))
    for name, tensor in own.items():
        if tensor.is_floating_point() != state[name].is_floating_point():
            raise UserError(
                f"{source} does not fit: {name!r} is {_type(state[name])}, the model's"
                f" {_type(tensor)}; build the model it was made for"
            )


def check_finite(state: dict[str, Tensor], source: str) -> None:
    """Refuse weights that are not numbers: what a run that diverged leaves."""
    for name, value in state.items():
        if value.is_floating_point() and not bool(torch.isfinite(value.float()).all()):
            raise UserError(
                f"{source} is of no use: {name!r} holds values that are not finite; train again"
                " with a smaller learning rate"
            )


def _type(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _shape_message(
    own: dict[str, Tensor], state: dict[str, Tensor], wrong: list[str], source: str
) -> str:
    ours, theirs = tuple(own[wrong[0]].shape), tuple(state[wrong[0]].shape)
    matrices = [name for name in own if own[name].ndim >= 2]
    head = matrices[-1].rpartition(".")[0] if matrices else ""
    if all(name.rpartition(".")[0] == head for name in wrong) and ours[1:] == theirs[1:]:
        return (
            f"{source} has {theirs[0]} classes, the model {ours[0]}: build it with "
            f"num_classes={theirs[0]}, then new_head(model, {ours[0]}) for other classes"
        )
    return (
        f"{source} does not fit: {wrong[0]!r} has shape {theirs}, the model's {ours}; "
        "build the model it was made for"
    )
