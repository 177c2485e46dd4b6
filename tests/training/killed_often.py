"""Train as a chapter does, be killed twenty times, the working folder gone after each.

Run as a program: ``killed_often.py CHECKPOINTS [--whole]``. Prints, as JSON, how often it was
killed and whether the end is that of a run that nobody killed. Each life is a process, made by
``fork``, that trains what the chapter "Train the real thing" makes: with fewer images, and a
checkpoint after each step; with ``--whole`` all that the chapter trains without a GPU, and a
checkpoint every five steps, so that each kill loses some. The last lives run the chapter's code
anew; the killed ones find what it makes in memory, for it takes longer than they live.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import signal
import tempfile
from pathlib import Path

import torch

from alexnet_lab.training import Callback, fit, load_weights

KILLS = 20
EVERY = {False: 1, True: 5}  # steps between checkpoints, of the short form and the whole one
CHAPTER = Path(__file__).parents[2] / "notebooks" / "00_real_thing.ipynb"
CELLS = ("imports", "hardware", "plan", "data", "batches", "network")
HERE = {"hardware()": 'hardware("cpu")'}
SHORTER = {
    "(67, 32, 8)": "(67, 16, 7)",
    "train=980, val=280": "train=80, val=14",
}


def chapter(whole: bool) -> dict[str, object]:
    """Run the chapter's own cells, up to what it gives to `fit`; return its names."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    code = "\n\n".join("".join(cell["source"]) for cell in cells if cell["id"] in CELLS)
    for old, new in (HERE if whole else HERE | SHORTER).items():
        assert old in code, old
        code = code.replace(old, new)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, names)
    return names | {"whole": whole}


class Killed(Callback):
    """Ends the process as the loss of a machine does: nothing is cleaned up, nothing is said."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def on_step(self, run: object) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def train(has: dict[str, object], out: str, callbacks: tuple[Callback, ...] = ()) -> None:
    """Go on where the checkpoint is."""
    config = has["config"].replace(checkpoint_every=EVERY[bool(has["whole"])])  # type: ignore[attr-defined]
    net, train, val = has["build"](), has["train"], has["val"]  # type: ignore[operator]
    fit(net, train, val, config, out=out, resume=True, callbacks=callbacks, progress=False)


def life(has: dict[str, object], out: str, steps: int = 0) -> int:
    """Live in a process and a folder of one's own; return the signal that ended it, 0 if none."""
    with tempfile.TemporaryDirectory() as working:
        child = os.fork()
        if not child:
            os.chdir(working)
            code = 1
            try:
                train(
                    has if steps else chapter(bool(has["whole"])),
                    out,
                    (Killed(steps),) if steps else (),
                )
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def main(folder: Path, whole: bool) -> None:
    """Compare the ends."""
    torch.set_num_threads(1)
    has = chapter(whole)
    # Two steps, of which one may be the last of an epoch, then three, and so on.
    lives = [11 + kill % 4 if whole else 2 + kill % 2 for kill in range(KILLS)]
    ends = [life(has, str(folder / "often"), steps) for steps in lives]
    last = life(has, str(folder / "often"))
    once = life(has, str(folder / "once"))
    runs = [load_weights(folder / name).state for name in ("often", "once")]
    same = all(torch.equal(runs[0][name], runs[1][name]) for name in runs[1])
    records = [json.loads((folder / n / "record.json").read_text()) for n in ("often", "once")]
    losses = [[row["train_loss"] for row in r["history"]["epochs"]] for r in records]
    kills = ends.count(signal.SIGKILL)
    found = {"kills": kills, "ended": [last, once], "weights": same, "losses": losses}
    found["steps"] = {"lived": sum(lives), "all": len(has["train"]) * len(losses[1])}  # type: ignore[arg-type]
    print(json.dumps(found))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("--whole", action="store_true", help="train all that the chapter does")
    given = parser.parse_args()
    main(given.checkpoints.resolve(), given.whole)
