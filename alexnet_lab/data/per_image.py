"""torchvision's random transforms on a batch, with random numbers of its own for each image."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .transforms import Transform


class PerImage(Transform):
    """Apply a random ``torchvision.transforms.v2`` transform to each image by itself.

    Given a batch, torchvision's transforms draw once and treat all images alike; and they draw
    from torch's global generator. Here every image (or every run of `share` images) gets its own
    draw, from a seed that comes from the generator that is passed, and the global generator is left
    as it was.

    Parameters
    ----------
    transform : callable
        From uint8 (n, 3, H, W) to uint8 of the same shape, such as ``v2.RandAugment()``.
    share : int
        So many consecutive images share a draw: faster, less varied.
    """

    columns = 1  # the seed

    def __init__(self, transform: Callable[[torch.Tensor], torch.Tensor], share: int = 1) -> None:
        self.transform, self.share = transform, share

    def draw(self, count: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Draw a seed for each run of `share` images."""
        seeds = torch.randint(2**31, (-(-count // self.share), 1), generator=generator)
        return seeds.repeat_interleave(self.share, dim=0)[:count].double()

    def apply(self, x: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
        """Transform x (N, 3, H, W), in 0–255; floats are rounded to uint8 first."""
        if x.dtype != torch.uint8:
            x = x.round().clamp(0, 255).to(torch.uint8)
        if len(x) == 0:
            return x
        seeds, runs = torch.unique_consecutive(draws[:, 0].long(), return_counts=True)
        done = []
        with torch.random.fork_rng(devices=[]):
            for seed, part in zip(seeds.tolist(), x.split(runs.tolist()), strict=True):
                # Not torch.manual_seed: that would reseed the GPUs too, which are not restored.
                torch.default_generator.manual_seed(seed)
                done.append(self.transform(part))
        return torch.cat(done)
