"""torchvision's ``alexnet``, with an input that is checked."""

from __future__ import annotations

from torch import Tensor
from torchvision.models import AlexNet

from .checks import check_input
from .preprocessing import Preprocess, default_preprocess


class AlexNetOWT(AlexNet):
    """torchvision's class in all but one thing: what it cannot take it refuses in one line."""

    input_size = 224

    def __init__(self, num_classes: int, dropout: float) -> None:
        super().__init__(num_classes=num_classes, dropout=dropout)

    @property
    def default_preprocess(self) -> Preprocess:
        """What makes a picture into the input, where nothing else is said: as torchvision does."""
        return default_preprocess("alexnet_owt", self.input_size)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits: (N, 3, H, W), usually 224 × 224, → (N, num_classes)."""
        check_input(x, None, self)  # its adaptive pooling takes other sizes as well
        return super().forward(x)
