"""One example of each widget: `test_every_widget.py` holds each against what all must keep."""

from __future__ import annotations

from collections.abc import Callable

import torch

from alexnet_lab import widgets


def _response_norm() -> widgets.Explorer:
    values = 60 * torch.randn(32, generator=torch.Generator().manual_seed(0))
    return widgets.ResponseNormExplorer(values, groups=2)


EXAMPLES: dict[str, Callable[[], widgets.Explorer]] = {
    "response-norm": _response_norm,
}
