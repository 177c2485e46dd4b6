"""Fine-tuning: freeze what was learned, put a new head on."""

from __future__ import annotations

from torch import nn

from ..errors import UserError


def freeze(model: nn.Module, until: str | None = None) -> nn.Module:
    """Stop the learning of a model, or of its layers up to and including `until`.

    Parameters
    ----------
    model : nn.Module
        Changed in place. Layers are taken in the order in which they were registered.
    until : str, optional
        A module's name ("features", "features.conv3") or its last part ("conv3"). None freezes
        everything.

    Returns
    -------
    nn.Module
        The same model.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.training.freeze(al.models.alexnet_mini(), until="conv5")
    >>> len(al.training.trainable_parameters(net))
    6
    """
    if until is None:
        return _set(model, False)
    names = [name for name, _ in model.named_modules() if name]
    matching = [name for name in names if name == until or name.endswith(f".{until}")]
    if not matching:
        raise UserError(f"unknown layer {until!r}; known: {', '.join(names)}")
    last = matching[0]
    for name, module in model.named_modules():
        if not name or last.startswith(f"{name}."):
            continue  # a parent of the last layer: its other children come one by one
        _set(module, False)
        if name == last:
            break
    return model


def unfreeze(model: nn.Module) -> nn.Module:
    """Let every parameter of a model learn again.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.training.freeze(al.models.alexnet_mini())
    >>> al.training.unfreeze(net).classifier.fc8.weight.requires_grad
    True
    """
    return _set(model, True)


def new_head(model: nn.Module, num_classes: int) -> nn.Module:
    """Replace the last linear layer by a fresh one with `num_classes` outputs.

    The cheat sheet's "only train the classifier" leaves the old head with its 1000 outputs. The new
    one starts at torch's default initialisation, learns, and has the old one's device and type.

    Parameters
    ----------
    model : nn.Module
        Changed in place.
    num_classes : int
        At least 1.

    Returns
    -------
    nn.Module
        The same model.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.training.new_head(al.models.alexnet_mini(), num_classes=3)
    >>> net.classifier.fc8
    Linear(in_features=256, out_features=3, bias=True)
    """
    if num_classes < 1:
        raise UserError(f"num_classes={num_classes!r} must be at least 1")
    found = [(name, m) for name, m in model.named_modules() if isinstance(m, nn.Linear)]
    if not found or not found[-1][0]:
        raise UserError(f"{type(model).__name__} has no linear layer inside to replace as its head")
    name, old = found[-1]
    head = nn.Linear(
        old.in_features,
        num_classes,
        bias=old.bias is not None,
        device=old.weight.device,
        dtype=old.weight.dtype,
    )
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, head)
    return model


def trainable_parameters(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that are not frozen.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.training.freeze(al.models.alexnet_mini(), until="fc7")
    >>> [tuple(p.shape) for p in al.training.trainable_parameters(net)]
    [(10, 256), (10,)]
    """
    return [p for p in model.parameters() if p.requires_grad]


def _set(model: nn.Module, learns: bool) -> nn.Module:
    for parameter in model.parameters():
        parameter.requires_grad_(learns)
    return model
