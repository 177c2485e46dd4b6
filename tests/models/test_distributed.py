"""Two towers in two processes against the undivided `AlexNet` in one.

`run` starts this very file under torchrun, gloo, twice, once for all tests; `work` is what each of
the two processes does. The tests compute the same in one process and compare.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy

from alexnet_lab.errors import UserError
from alexnet_lab.models import AlexNet, AlexNetConfig
from alexnet_lab.models.distributed import build_tower

SMALL: dict[str, Any] = {
    "num_classes": 5,
    "input_size": 48,
    "channels": (8, 16, 24, 24, 16),
    "kernels": (5, 5, 3, 3, 3),
    "strides": (2, 1, 1, 1, 1),
    "hidden": (32, 32),
    "init": "kaiming",
}
VARIANTS: dict[str, dict[str, Any]] = {
    "2012": {},
    "no dropout": {"dropout": 0.0},
    "no cross talk": {"cross_talk": False},
    "batch norm": {"norm": "batch"},
    "2012 dropout": {"dropout_style": "2012"},
    "fc8 alone": {"without": ("conv3", "fc6", "fc7")},
}
DTYPES = {"float64": torch.float64, "float32": torch.float32}
STEPS, BATCH = 10, 6


def batch(seed: int = 0, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(BATCH, 3, 48, 48, generator=generator, dtype=torch.float64).to(dtype)
    return x, torch.randint(0, 5, (BATCH,), generator=generator)


def config(**options: Any) -> AlexNetConfig:
    torch.manual_seed(0)
    return AlexNetConfig(**SMALL | options)


def once(model: torch.nn.Module, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Go forward and backward once."""
    x, y = batch(dtype=dtype)
    torch.manual_seed(1)
    logits = model.to(dtype)(x)
    loss = cross_entropy(logits, y)
    loss.backward()
    return {"logits": logits.detach(), "loss": loss.detach()}


def train(
    model: torch.nn.Module, clip: Any, optimizer: torch.optim.Optimizer
) -> dict[str, torch.Tensor]:
    """Take some steps in float64; return the losses and the gradient norms.

    In float32 ten steps of momentum make of one rounding, which depends on how sums are split up
    among threads and instructions, a difference that can be seen.
    """
    losses, norms = [], []
    torch.manual_seed(2)
    for step in range(STEPS):
        x, y = batch(step % 3, torch.float64)
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        norms.append(torch.as_tensor(clip(2.0)).double())
        optimizer.step()
        losses.append(loss.detach())
    return {"losses": torch.stack(losses), "norms": torch.stack(norms)}


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, weight_decay=5e-4),
    "adamw": lambda p: torch.optim.AdamW(p, lr=2e-3),
}


def work(folder: Path) -> None:
    """Do what one process of two does, and write down what came out."""
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    out: dict[str, Any] = {}
    for name, options in VARIANTS.items():
        for dtype_name, dtype in DTYPES.items():
            tower = build_tower(config(**options))
            found = once(tower, dtype)
            grads = {k: p.grad for k, p in tower.named_parameters()}
            found["grads"] = tower.gather(grads)
            found["state"] = tower.gather_state_dict()
            out[f"{name}/{dtype_name}"] = found
    for name, make in OPTIMIZERS.items():
        tower = build_tower(config()).double()
        optimizer = make(tower.parameters())
        found = train(tower, tower.clip_grad_norm_, optimizer)
        found["state"] = tower.gather_state_dict()
        slot = "momentum_buffer" if name == "sgd" else "exp_avg"
        moments = {k: optimizer.state[p][slot] for k, p in tower.named_parameters()}
        found["moments"] = tower.gather(moments)
        out[name] = found
    out["books"] = [  # with channels_last maps as well: the same bytes, the same numbers
        books(build_tower(config(dropout=0.0)), layout)
        for layout in (torch.contiguous_format, torch.channels_last)
    ]
    tower = build_tower(config())
    out["size"] = torch.tensor([p.numel() for p in tower.parameters()]).sum()
    torch.manual_seed(9)
    other = AlexNet(**SMALL)
    tower.load_full_state_dict(other.state_dict())
    out["loaded"] = tower.eval()(batch()[0]).detach()
    out["given"] = build_tower(other.eval())(batch()[0]).detach()
    out["errors"] = errors(tower, rank)
    torch.save(out, folder / f"{rank}.pt")
    dist.destroy_process_group()


def books(tower: Any, layout: torch.memory_format) -> dict[str, Any]:
    """Return the ledger of one step."""
    logits = tower.to(memory_format=layout)(batch()[0].to(memory_format=layout))
    logits.sum().backward()
    rows = [(r.boundary, r.direction, r.sender, r.messages, r.bytes) for r in tower.traffic.rows]
    return {"rows": rows, "logits": logits.detach()}


def errors(tower: Any, rank: int) -> list[str]:
    """Provoke errors; return their messages."""
    found = []
    provocations = (
        lambda: build_tower(config(towers=1)),
        lambda: build_tower(config(), 0, 3),
        lambda: build_tower(config(hidden=(32, 33))),
        lambda: build_tower(config())(batch(rank)[0]),  # each process its own batch
        lambda: tower.load_full_state_dict({"features.conv1.weight": torch.zeros(1)}),
        lambda: tower.load_full_state_dict(AlexNet(**SMALL | {"num_classes": 4}).state_dict()),
    )
    for provoke in provocations:
        try:
            provoke()
        except UserError as error:
            found.append(str(error))
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what the two processes found, by rank."""
    folder = tmp_path_factory.mktemp("towers")
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    result = subprocess.run(
        [sys.executable, *torchrun, __file__, str(folder)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in (0, 1)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_same_numbers_as_groups_2(run: list[dict], variant: str, dtype: str) -> None:
    # Dropout is on but for one variant: one seed gives the masks of one process.
    whole = AlexNet(**config(**VARIANTS[variant]).to_dict())
    expected = once(whole, DTYPES[dtype])
    first, second = (found[f"{variant}/{dtype}"] for found in run)
    assert torch.equal(first["logits"], second["logits"])
    assert torch.equal(first["loss"], second["loss"])
    torch.testing.assert_close(first["logits"], expected["logits"])
    torch.testing.assert_close(first["loss"], expected["loss"])
    grads = {k: p.grad for k, p in whole.named_parameters()}
    torch.testing.assert_close(first["grads"], grads)
    torch.testing.assert_close(first["state"], dict(whole.state_dict()))
    assert second["grads"] == second["state"] == {}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_follows_one_process(run: list[dict], name: str) -> None:
    whole = AlexNet(**config().to_dict()).double()
    optimizer = OPTIMIZERS[name](whole.parameters())
    expected = train(
        whole, lambda most: torch.nn.utils.clip_grad_norm_(whole.parameters(), most), optimizer
    )
    first, second = (found[name] for found in run)
    assert torch.equal(first["losses"], second["losses"])
    assert expected["norms"].max() > 2.0  # or clipping was not tried
    close = {"rtol": 1e-7, "atol": 1e-9}
    torch.testing.assert_close(first["losses"], expected["losses"], **close)
    torch.testing.assert_close(first["norms"], expected["norms"], **close)
    if name == "sgd":  # Adam divides by gradients near 0: their rounding shows in single weights
        torch.testing.assert_close(first["state"], dict(whole.state_dict()), **close)
        moments = {k: optimizer.state[p]["momentum_buffer"] for k, p in whole.named_parameters()}
        torch.testing.assert_close(first["moments"], moments, **close)


def test_bytes_by_hand(run: list[dict]) -> None:
    # 48 → conv1 23 → pool1 11 → pool2 5 → pool5 2 pixels, all rounded up; half of 16 maps.
    numbers = {"conv3": 8 * 5 * 5, "fc6": 8 * 2 * 2, "fc7": 16}
    for rank, found in enumerate(run):
        for book in found["books"]:
            expected = [(b, "forward", rank, 1, BATCH * n * 4) for b, n in numbers.items()]
            expected.append(("fc8", "forward", rank, 1, BATCH * 5 * 4))
            expected += [
                (b, "backward", rank, 1, BATCH * n * 4) for b, n in reversed(numbers.items())
            ]
            assert book["rows"] == expected
        plain, last = found["books"]
        torch.testing.assert_close(plain["logits"], last["logits"])


def test_every_parameter_has_one_owner(run: list[dict]) -> None:
    whole = sum(p.numel() for p in AlexNet(**SMALL).parameters())
    sizes = [int(found["size"]) for found in run]
    assert sum(sizes) == whole
    assert sizes[0] - sizes[1] == 5  # fc8's bias


def test_whole_weights_load(run: list[dict]) -> None:
    torch.manual_seed(9)
    expected = AlexNet(**SMALL).eval()(batch()[0])
    for found in run:
        torch.testing.assert_close(found["loaded"], expected)
        torch.testing.assert_close(found["given"], expected)


def test_errors_name_the_value_and_the_way_out(run: list[dict]) -> None:
    for found in run:
        assert [message.partition(";")[0] for message in found["errors"]] == [
            "this AlexNet has towers=1",
            "rank 0 of 3 processes",
            "fc7: 33 units cannot be shared out between two towers",
            "the two processes were given different batches",
            "weights do not fit these towers: classifier.fc6.bias has no partner",
            found["errors"][-1].partition(";")[0],
        ]
        assert "classifier.fc8.weight" in found["errors"][-1]
        assert not any("\n" in message for message in found["errors"])


def test_without_torchrun() -> None:
    with pytest.raises(UserError, match=r"torch\.distributed\.run --nproc-per-node 2"):
        build_tower(config())


if __name__ == "__main__":
    work(Path(sys.argv[1]))
