"""torchinfo's summary of any model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from ._context import evaluating
from .table import InputSize, input_shape

if TYPE_CHECKING:
    from torchinfo import ModelStatistics


def summary(model: nn.Module, input_size: InputSize = None, **options: Any) -> ModelStatistics:
    """Summarise `model` with torchinfo: nested blocks, shapes, parameters.

    `layer_table` says more about networks like AlexNet; this one knows any module.

    Parameters
    ----------
    model : torch.nn.Module
        Any network.
    input_size : int or tuple of int, optional
        As in `layer_table`.
    **options
        For ``torchinfo.summary``.

    Returns
    -------
    torchinfo.ModelStatistics
        It prints as a table. Its ``total_mult_adds`` counts biases as well, ours do not.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> al.analysis.summary(net).total_params
    1448394
    """
    import torchinfo

    size = (1, *input_shape(model, input_size))
    columns = ("input_size", "output_size", "kernel_size", "num_params", "mult_adds")
    given: dict[str, Any] = {
        "col_names": columns,
        "row_settings": ("var_names",),
        "verbose": 0,
    } | options
    with evaluating(model):
        return torchinfo.summary(model, input_size=size, **given)
