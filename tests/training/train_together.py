"""One process of a data parallel run: ``torchrun … -m tests.training.train_together FOLDER``."""

from __future__ import annotations

import os
import sys

import torch

from alexnet_lab.training import TrainConfig, fit
from tests.training.nets import batches, small_net

# 37 samples by 8: the last batch has 5, which two processes share as 3 and 2; the groups of two
# batches end in a group of one.
CONFIG = TrainConfig(epochs=3, lr=0.05, schedule="constant", device="cpu", accumulate=2)


def train(folder: str, callbacks=()):
    model = small_net(seed=int(os.environ.get("RANK", "0"))).double()  # rank 0's are to win
    validation = batches(19, 8, seed=1, dtype=torch.float64)
    return fit(
        model,
        batches(37, 8, dtype=torch.float64),
        validation,
        CONFIG,
        out=folder,
        resume=True,
        callbacks=callbacks,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)

    def first_half(run):
        run.stop = run.epoch == 2

    train(sys.argv[1], [first_half])
    train(sys.argv[1])
