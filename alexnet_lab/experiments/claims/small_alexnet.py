"""The AlexNet for CIFAR-10 that several experiments share: eight layers, sized for two cores."""

from __future__ import annotations

from typing import Any

LAPTOP: dict[str, Any] = {"channels": (32, 48, 64, 64, 48), "hidden": (256, 128)}
"""18 million multiplications an image: an epoch of CIFAR-10 in about 20 s."""

GPU: dict[str, Any] = {"channels": (64, 96, 128, 128, 96), "hidden": (512, 256)}

TINY: dict[str, Any] = {"channels": (4, 4, 4, 4, 4), "hidden": (8, 8)}
"""For the tests."""

RATES = (0.005, 0.015, 0.045)
"""Grid of learning rates, for batches of 128 and Kaiming initialisation."""
