"""Two processes under torchrun against one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from alexnet_lab.training import Checkpoint, History, load_weights

from .nets import assert_same
from .train_together import train


def test_two_processes_train_as_one_does(root, tmp_path):
    """Oracle: one process. Half of the epochs, then resumed: checkpoints work as well."""
    alone = train(str(tmp_path / "alone"))
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--standalone", "-m", "tests.training.train_together", str(tmp_path / "together")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    together = History.from_dict(Checkpoint.load(tmp_path / "together").record["history"])
    for column in ("train_loss", "train_error", "val_loss", "val_error"):
        assert together.column(column) == pytest.approx(alone.column(column), rel=1e-9), column
    a, b = load_weights(tmp_path / "alone").state, load_weights(tmp_path / "together").state
    assert_same(a, b, rtol=1e-9, atol=1e-12)
