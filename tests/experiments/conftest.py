"""One thread: the nets here are tiny."""

from __future__ import annotations

import pytest
import torch

from alexnet_lab.experiments.records.store import Library


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def library(tmp_path) -> Library:
    """Return an empty library, without the records that the package brings."""
    return Library(tmp_path / "records", also=())
