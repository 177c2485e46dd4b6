"""Two towers on two devices against their twin in one piece: `AlexNet` with ``groups=2``."""

from __future__ import annotations

import pytest
import torch

from alexnet_lab.errors import UserError
from alexnet_lab.models import AlexNet, alexnet_2012, alexnet_owt
from alexnet_lab.models.towers import TwoDeviceAlexNet, merge_towers, split_towers
from alexnet_lab.models.traffic import Traffic, data_parallel_bytes

SMALL = {
    "num_classes": 7,
    "input_size": 48,
    "channels": (8, 16, 24, 24, 16),
    "kernels": (5, 5, 3, 3, 3),
    "strides": (2, 1, 1, 1, 1),
    "hidden": (32, 24),
    "init": "kaiming",
}
VARIANTS = {
    "2012": {},
    "no cross talk": {"cross_talk": False},
    "LRN first, 2012 dropout": {"norm_first": True, "dropout_style": "2012"},
    "batch norm": {"norm": "batch"},
    "no conv3, no fc6": {"without": ("conv3", "fc6")},
    "fc8 alone": {"without": ("fc6", "fc7")},
}


def small(**options: object) -> AlexNet:
    torch.manual_seed(0)
    return AlexNet(**SMALL | options)


def backward(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Run forward and backward with the same dropout; return the logits."""
    torch.manual_seed(1)
    logits = model(x)
    target = torch.arange(len(x)) % logits.shape[1]
    torch.nn.functional.cross_entropy(logits, target).backward()
    return logits


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("options", VARIANTS.values(), ids=VARIANTS)
def test_same_logits_and_gradients_as_groups_2(options: dict, dtype: torch.dtype) -> None:
    # Dropout is on: from one seed, the towers' masks are the halves of the undivided net's.
    whole = small(**options).to(dtype)
    split = split_towers(whole, ("cpu", "cpu"))
    x = torch.randn(5, 3, 48, 48, dtype=dtype)
    expected = backward(whole, x)
    torch.testing.assert_close(backward(split, x), expected)
    merged = merge_towers(split)
    grads = dict(merged.named_parameters())
    for name, parameter in whole.named_parameters():
        torch.testing.assert_close(grads[name].grad, parameter.grad, msg=lambda m, n=name: n + m)
    # Batch norm's running statistics moved alike; at test the nets still agree.
    for net in (whole, split, merged):
        net.eval()
    torch.testing.assert_close(split(x), whole(x))
    torch.testing.assert_close(merged(x), whole(x))


def test_split_and_merge_are_inverse_and_leave_everything_else_alone() -> None:
    whole = small()
    whole.features.conv1.weight.requires_grad_(False)
    before = {k: v.clone() for k, v in whole.state_dict().items()}
    split = split_towers(whole.eval(), ("cpu", "cpu"))
    with torch.no_grad():
        for parameter in whole.parameters():
            parameter.zero_()
    state = torch.get_rng_state()
    merged = merge_towers(split)
    assert torch.equal(torch.get_rng_state(), state)
    assert merged.config == whole.config
    assert not merged.training
    assert not merged.features.conv1.weight.requires_grad
    for key, value in merged.state_dict().items():
        assert torch.equal(value, before[key]), key
    assert merge_towers(split, into=whole) is whole
    assert torch.equal(whole.classifier.fc8.weight, before["classifier.fc8.weight"])


def test_a_new_head_is_split_too() -> None:
    whole = small(dropout=0.0)
    whole.classifier.fc8 = torch.nn.Linear(24, 3)
    split = split_towers(whole, ("cpu", "cpu"))
    x = torch.randn(2, 3, 48, 48)
    torch.testing.assert_close(split(x), whole(x))
    assert merge_towers(split).classifier.fc8.out_features == 3


@pytest.mark.parametrize("style", ["inverted", "2012"])
def test_dropout_masks_of_the_towers_differ(style: str) -> None:
    # One seed for two devices would give units i and i + n/2 the same fate.
    split = split_towers(small(hidden=(512, 512), dropout_style=style), ("cpu", "cpu"))
    kept = []
    for tower in split.towers:
        torch.manual_seed(3)  # as torch.manual_seed does it for all devices
        kept.append(tower["classifier"].drop6(torch.ones(1, 256)) > 0)
    agreement = (kept[0] == kept[1]).float().mean().item()
    assert 0.3 < agreement < 0.7
    assert all(0.3 < half.float().mean().item() < 0.7 for half in kept)


def meta_2012() -> tuple[AlexNet, TwoDeviceAlexNet]:
    with torch.device("meta"):
        whole = alexnet_2012()
    return whole, split_towers(whole, ("meta", "meta"))


def test_each_tower_holds_half() -> None:
    whole, split = meta_2012()
    counts = [sum(p.numel() for p in tower.parameters()) for tower in split.towers]
    # By hand: half of the 60,954,656 weights and of the biases of conv1–fc7; fc8's 1000 to tower 0.
    assert counts == [60_954_656 // 2 + 9_568 // 2 + 1000, 60_954_656 // 2 + 9_568 // 2]
    assert sum(counts) == sum(p.numel() for p in whole.parameters()) == 60_965_224
    conv = [m for m in split.towers[1].modules() if isinstance(m, torch.nn.Conv2d)]
    assert [tuple(m.weight.shape) for m in conv] == [
        (48, 3, 11, 11),
        (128, 48, 5, 5),
        (192, 256, 3, 3),  # conv3 sees both towers
        (192, 192, 3, 3),
        (128, 192, 3, 3),
    ]
    assert {m.groups for m in conv} == {1}


def test_bytes_of_the_2012_net_by_hand() -> None:
    # The paper's sizes: pool2 128 maps of 13×13 a tower, pool5 128 of 6×6, fc6 2048 units.
    whole, split = meta_2012()
    batch, size = 128, 4
    split(torch.empty(batch, 3, 224, 224, device="meta")).sum().backward()
    numbers = {"conv3": 128 * 13 * 13, "fc6": 128 * 6 * 6, "fc7": 2048}
    for boundary, one_way in numbers.items():
        for direction in ("forward", "backward"):
            for sender in (0, 1):
                sent = split.traffic.sent(boundary, direction, sender)
                assert sent == batch * one_way * size, (boundary, direction, sender)
    # Tower 1's part of the logits goes to tower 0, and their gradient the other way.
    assert split.traffic.sent("fc8", "forward", 1) == batch * 1000 * size
    assert split.traffic.sent("fc8", "backward", 0) == batch * 1000 * size
    assert split.traffic.sent(sender=0) == split.traffic.sent(sender=1) == 29_478_912
    assert data_parallel_bytes(whole) == 60_965_224 * 4 == 243_860_896


def test_without_cross_talk_nothing_is_sent_before_fc6() -> None:
    split = split_towers(small(cross_talk=False), ("cpu", "cpu"))
    split(torch.randn(2, 3, 48, 48))
    assert [row.boundary for row in split.traffic.rows] == ["fc6", "fc6", "fc7", "fc7", "fc8"]


def test_ledger_prints_and_resets() -> None:
    traffic = Traffic()
    traffic.add("conv3", "forward", 0, 1500)
    traffic.add("conv3", "forward", 0, 1500)
    header, line, total = repr(traffic).splitlines()
    assert header.split() == ["boundary", "direction", "sender", "messages", "bytes"]
    assert line.split() == ["conv3", "forward", "tower", "1", "2", "3,000"]
    assert total.split() == ["total", "2", "3,000"]
    traffic.reset()
    assert traffic.rows == []
    assert traffic.sent() == 0


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")
def test_on_two_gpus() -> None:
    whole = small(dropout=0.0)
    x = torch.randn(4, 3, 48, 48)
    split = split_towers(whole, ("cuda:0", "cuda:1"))
    assert [str(d) for d in split.devices] == ["cuda:0", "cuda:1"]
    torch.testing.assert_close(split(x).cpu(), whole(x), rtol=1e-3, atol=1e-3)


def test_errors_name_the_value_and_the_way_out() -> None:
    cpu = ("cpu", "cpu")
    with pytest.raises(UserError, match="towers=1; build it with towers=2"):
        split_towers(small(towers=1), cpu)
    with pytest.raises(UserError, match="known: AlexNet with towers=2"):
        split_towers(alexnet_owt(10), cpu)
    with pytest.raises(UserError, match="fc6: 31 units cannot be shared out"):
        split_towers(small(hidden=(31, 32)), cpu)
    with pytest.raises(UserError, match="3 devices for two towers"):
        split_towers(small(), ("cpu", "cpu", "cpu"))
    with pytest.raises(UserError, match="cannot use device 'cuda:77'"):
        split_towers(small(), ("cpu", "cuda:77"))
    crossing = small()
    crossing.features.norm1.groups = 1
    with pytest.raises(UserError, match="norm1 normalises across the towers"):
        split_towers(crossing, cpu)
    with pytest.raises(UserError, match=r"takes \(N, 3, 48, 48\)"):
        split_towers(small(), cpu)(torch.zeros(1, 3, 32, 32))
