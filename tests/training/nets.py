"""Small nets and batches that the tests of this folder share."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

CLASSES = 4


def small_net(*, batch_norm: bool = False, dropout: float = 0.0, seed: int = 0) -> nn.Module:
    """Return a net of AlexNet's form, a thousand parameters: features and classifier."""
    torch.manual_seed(seed)
    norm = nn.BatchNorm2d(6) if batch_norm else nn.Identity()

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(
                OrderedDict(
                    conv1=nn.Conv2d(3, 6, 3, padding=1),  # (N, 6, 8, 8)
                    norm1=norm,
                    relu1=nn.ReLU(),
                    pool1=nn.MaxPool2d(2),  # (N, 6, 4, 4)
                    conv2=nn.Conv2d(6, 8, 3, padding=1),
                    relu2=nn.ReLU(),
                    pool2=nn.AvgPool2d(2),  # (N, 8, 2, 2)
                )
            )
            self.classifier = nn.Sequential(
                OrderedDict(
                    fc3=nn.Linear(32, 16),
                    relu3=nn.ReLU(),
                    drop3=nn.Dropout(dropout),
                    fc4=nn.Linear(16, CLASSES),
                )
            )

        def forward(self, x: Tensor) -> Tensor:
            return self.classifier(self.features(x).flatten(1))

    return Net()


def samples(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return n learnable 8×8 images and labels: each class is brighter in its own quarter."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(0, CLASSES, (n,), generator=generator)
    x = torch.randn(n, 3, 8, 8, generator=generator)
    for k in range(CLASSES):
        row, column = 4 * (k // 2), 4 * (k % 2)
        x[y == k, :, row : row + 4, column : column + 4] += 1.0
    return x, y


def batches(
    n: int, size: int, seed: int = 0, dtype: torch.dtype = torch.float32
) -> list[tuple[Tensor, Tensor]]:
    """Return n samples as a list of batches, the last one smaller if it must be.

    What is to be the same after several steps by two ways is held in float64: in float32 the
    steps make of one rounding, which threads and instructions decide, a difference to be seen.
    """
    x, y = samples(n, seed)
    return list(zip(x.to(dtype).split(size), y.split(size), strict=True))


def weights(model: nn.Module) -> dict[str, Tensor]:
    """Return copies of a model's weights."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def assert_same(a: dict[str, Tensor], b: dict[str, Tensor], **tolerance: float) -> None:
    """Compare weights: bit for bit, or within a tolerance if one is given."""
    assert a.keys() == b.keys()
    for name in a:
        if tolerance:
            torch.testing.assert_close(a[name], b[name], **tolerance, msg=name)  # type: ignore[arg-type]
        else:
            assert torch.equal(a[name], b[name]), name
