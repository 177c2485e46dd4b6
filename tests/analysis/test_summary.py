from __future__ import annotations

import subprocess
import sys

import pytest
import torchinfo

from alexnet_lab.analysis import summary


def test_it_is_torchinfos(small):
    modes = [module.training for module in small.modules()]
    found = summary(small, (12, 16))
    assert [module.training for module in small.modules()] == modes
    oracle = torchinfo.summary(small, (1, 3, 12, 16), verbose=0)
    assert found.total_params == oracle.total_params
    assert "[1, 3, 12, 16]" in str(found)


def test_nothing_is_left_behind(broken, hooks):
    with pytest.raises(RuntimeError):
        summary(broken, 8)
    assert hooks(broken) == 0
    assert broken.training


def test_importing_the_room_is_cheap():
    code = (
        "import sys, torch, alexnet_lab.analysis, alexnet_lab.plots;"
        "heavy = ('captum', 'matplotlib', 'torchinfo', 'torchvision');"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
