"""Train, be killed twenty times, each time in a working folder that is gone afterwards.

Run as a program: ``killed_often.py CHECKPOINTS``. Prints, as JSON, how often it was killed and
whether the end is that of a run that nobody killed. Each life is a process, made by ``fork``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import torch

import alexnet_lab as al
from alexnet_lab.training import Callback, TrainConfig, fit, load_weights

KILLS = 20
CONFIG = TrainConfig(
    epochs=5, lr=1e-5, schedule="cosine", checkpoint_every=1, device="cpu", optimizer="sgd"
)


class Killed(Callback):
    """Ends the process as the loss of a machine does: nothing is cleaned up, nothing is said."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def on_step(self, run: object) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def train(out: str | None, callbacks: tuple[Callback, ...] = ()) -> None:
    """Make the data anew, as a new runtime would, and go on where the checkpoint is."""
    torch.set_num_threads(1)
    data = al.data.photo_patches(size=12, train=96, val=14)
    recipe = al.data.augmentation("2012", 8, data=data)
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        *(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Dropout(0.5)),
        torch.nn.Linear(8 * 36, 14),
    )
    batches = al.data.Batches(data.train, 8, recipe, shuffle=True, seed=1)
    fit(net, batches, None, CONFIG, out=out, resume=True, callbacks=callbacks, progress=False)


def life(out: str, steps: int) -> int:
    """Live in a process and a folder of one's own; return the signal that ended it, 0 if none."""
    with tempfile.TemporaryDirectory() as working:
        child = os.fork()
        if not child:
            os.chdir(working)
            train(out, (Killed(steps),) if steps else ())
            os._exit(0)
        _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def main(folder: Path) -> None:
    """Compare the ends."""
    al.data.photo_patches(size=12, train=14, val=14)  # loads what every life needs
    # Two steps, of which one may be the last of an epoch, then three, and so on.
    ends = [life(str(folder / "often"), 2 + kill % 2) for kill in range(KILLS)]
    last = life(str(folder / "often"), 0)
    once = life(str(folder / "once"), 0)
    runs = [load_weights(folder / name).state for name in ("often", "once")]
    same = all(torch.equal(runs[0][name], runs[1][name]) for name in runs[1])
    records = [json.loads((folder / n / "record.json").read_text()) for n in ("often", "once")]
    losses = [[row["train_loss"] for row in r["history"]["epochs"]] for r in records]
    kills = ends.count(signal.SIGKILL)
    found = {"kills": kills, "ended": [last, once], "weights": same, "losses": losses}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
