"""The network of 2012, against the table of facts, torch's own layers and hand-made inputs."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import alexnet_lab as al
from alexnet_lab.errors import UserError
from alexnet_lab.models import AlexNetConfig, Dropout2012, RoundUpConv2d, initialise


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    ("name", "count"),
    [
        # From the configuration files of 2012 and the paper; torchvision's is documented by it.
        ("alexnet_2012", 60_965_224),
        ("alexnet_one_tower", 62_378_344),
        ("alexnet_one_gpu", 59_798_312),
        ("alexnet_owt", 61_100_840),
    ],
)
def test_parameter_counts(name: str, count: int) -> None:
    with torch.device("meta"):
        assert parameters(al.models.build(name)) == count


def test_weights_and_biases_of_each_layer() -> None:
    """Oracle: the paper's layers, worked out by hand from §3.5."""
    with torch.device("meta"):
        model = al.models.alexnet_2012()
    expected = {
        "conv1": (34_848, 96),
        "conv2": (307_200, 256),
        "conv3": (884_736, 384),
        "conv4": (663_552, 384),
        "conv5": (442_368, 256),
        "fc6": (37_748_736, 4096),
        "fc7": (16_777_216, 4096),
        "fc8": (4_096_000, 1000),
    }
    found = {
        name: (module.weight.numel(), module.bias.numel())
        for part in (model.features, model.classifier)
        for name, module in part.named_children()
        if hasattr(module, "weight")
    }
    assert found == expected


def test_shapes_of_the_paper() -> None:
    """§3.5: 55, 27, 13, 13, 13, 6 from a 224-pixel image, not 227."""
    with torch.device("meta"):
        model, x = al.models.alexnet_2012(), torch.empty(2, 3, 224, 224)
    shapes = {}
    for name, module in model.features.named_children():
        x = module(x)
        shapes[name] = tuple(x.shape[1:])
    assert shapes["conv1"] == (96, 55, 55)
    assert shapes["pool1"] == (96, 27, 27)
    assert shapes["conv2"] == (256, 27, 27)
    assert shapes["pool2"] == (256, 13, 13)
    assert shapes["conv3"] == shapes["conv4"] == (384, 13, 13)
    assert shapes["conv5"] == (256, 13, 13)
    assert shapes["pool5"] == (256, 6, 6)


@pytest.mark.parametrize(("side", "out"), [(224, 55), (227, 55), (228, 56), (11, 1), (12, 2)])
def test_round_up_conv_sizes(side: int, out: int) -> None:
    """Oracle: 1 + ⌈(side − 11)/4⌉ by hand (layer.py:1004)."""
    conv = RoundUpConv2d(1, 1, 11, 4)
    assert conv(torch.zeros(1, 1, side, side)).shape[-1] == out


def test_round_up_conv_sees_zeros_beyond_the_edge() -> None:
    """Oracle: torch's convolution of the image with three rows and columns of zeros."""
    torch.manual_seed(0)
    conv = RoundUpConv2d(3, 4, 11, 4)
    x = torch.randn(2, 3, 24, 20)
    assert conv.overhang(24, 20) == (3, 3)
    expected = F.conv2d(F.pad(x, (0, 3, 0, 3)), conv.weight, conv.bias, 4)
    torch.testing.assert_close(conv(x), expected)


def test_towers_are_blind_to_each_other_until_conv3() -> None:
    """§3.2, by experiment: kill the second tower's maps after pool1; tower one must not notice."""
    torch.manual_seed(0)
    model = al.models.alexnet_2012(10, channels=(4, 8, 8, 8, 8), hidden=(8, 8), input_size=99)
    x = torch.randn(1, 4, 12, 12)
    dead = x.clone()
    dead[:, 2:] = 0
    conv2, conv3 = model.features.conv2, model.features.conv3
    a, b = conv2(x), conv2(dead)
    assert torch.equal(a[:, :4], b[:, :4])
    assert not torch.allclose(a[:, 4:], b[:, 4:])
    assert not torch.allclose(conv3(a)[:, :4], conv3(b)[:, :4])
    apart = al.models.alexnet_2012(
        10, channels=(4, 8, 8, 8, 8), hidden=(8, 8), input_size=99, cross_talk=False
    ).features.conv3
    torch.testing.assert_close(apart(a)[:, :4], apart(b)[:, :4])


def test_initialisation_of_the_paper_and_of_the_source() -> None:
    """§5 and layers-145.cfg: standard deviations and biases, from the definition."""
    small = {"channels": (16, 32, 48, 48, 32), "hidden": (64, 64)}
    for follow, std in (("paper", 0.01), ("source", 0.03)):
        torch.manual_seed(0)
        model = al.models.alexnet_2012(10, follow=follow, **small)
        for name, module in [*model.features.named_children(), *model.classifier.named_children()]:
            if not hasattr(module, "weight"):
                continue
            wanted = std if name in ("conv3", "conv4", "conv5") else 0.01
            # The sample's standard deviation is within 5 of its own standard errors.
            error = wanted / (2 * module.weight.numel()) ** 0.5
            assert abs(module.weight.std().item() - wanted) < 5 * error, name
            ones = name in ("conv2", "conv4", "conv5", "fc6", "fc7")
            assert (module.bias == (1.0 if ones else 0.0)).all(), name


def test_initialise_draws_from_its_generator() -> None:
    first, second = (
        initialise(nn.Sequential(nn.Linear(4, 3)), generator=torch.Generator().manual_seed(5))
        for _ in range(2)
    )
    assert torch.equal(first[0].weight, second[0].weight)


def test_source_normalises_before_the_first_relu() -> None:
    names = list(dict(al.models.alexnet_2012(10, follow="source").features.named_children()))
    assert names[:4] == ["conv1", "norm1", "relu1", "pool1"]
    assert names[4:8] == ["conv2", "relu2", "norm2", "pool2"]


def test_dropout_of_2012_against_the_inverted_one() -> None:
    """§4.2: torch's dropout is 1/(1 − p) times ours at test; ours only masks in training."""
    x = torch.arange(1.0, 101.0)
    ours, theirs = Dropout2012(0.4), nn.Dropout(0.4)
    torch.manual_seed(1)
    masked = ours(x)
    assert set(masked.tolist()) <= {0.0, *x.tolist()}
    kept = masked != 0
    assert 0 < kept.sum() < 100
    torch.testing.assert_close(ours.eval()(x), 0.6 * theirs.eval()(x))
    draws = torch.stack([ours.train()(torch.ones(1000)).mean() for _ in range(50)])
    assert abs(draws.mean().item() - 0.6) < 0.01


@pytest.mark.parametrize(
    "options",
    [
        {"without": ("conv4",)},
        {"without": ("conv5", "fc7")},
        {"norm": "batch"},
        {"norm": "none", "activation": "tanh"},
        {"norm_first": True, "dropout_style": "2012"},
        {"towers": 1},
        {"cross_talk": False},
    ],
)
def test_every_ablation_is_an_argument_and_learns(options: dict) -> None:
    """Each variant runs forward and backward, and every parameter gets a gradient."""
    torch.manual_seed(0)
    model = al.models.AlexNet(
        5,
        **{"input_size": 67, "channels": (8, 8, 12, 12, 8), "hidden": (16, 16), "init": "kaiming"}
        | options,
    )
    x = torch.randn(4, 3, 67, 67)
    F.cross_entropy(model(x), torch.arange(4)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_pooling_without_overlap_keeps_the_sizes() -> None:
    """§3.4: z = s = 2 "produces output of equivalent dimensions"."""
    with torch.device("meta"):
        model = al.models.alexnet_2012(pool_size=2)
    assert model.classifier.fc6.in_features == 9216


def test_owt_is_torchvisions() -> None:
    import torchvision

    torch.manual_seed(0)
    theirs, ours = torchvision.models.alexnet(weights=None).eval(), al.models.alexnet_owt().eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x))


def test_batch_norm_convolutions_have_no_bias() -> None:
    with torch.device("meta"):
        model = al.models.alexnet_batch_norm(10)
    assert all(m.bias is None for m in model.modules() if isinstance(m, nn.Conv2d))
    assert sum(isinstance(m, nn.BatchNorm2d) for m in model.modules()) == 5


def test_small_nets_take_small_images() -> None:
    x = torch.zeros(2, 3, 32, 32)
    assert al.models.alexnet_mini()(x).shape == (2, 10)
    net = al.models.cifar_80sec()
    assert net(x).shape == (2, 10)
    assert net.features(x).shape == (2, 64, 4, 4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: al.models.build("alexnet_2021"), "did you mean 'alexnet_2012'"),
        (lambda: al.models.alexnet_2012(activaton="relu"), "did you mean 'activation'"),
        (lambda: al.models.alexnet_2012(activation="gelu"), "'gelu'; known: relu"),
        (lambda: al.models.alexnet_2012(follow="blog"), "'blog'; known: paper, source"),
        (lambda: al.models.alexnet_2012(input_size=12), "input_size=12 is too small"),
        (lambda: al.models.alexnet_2012(towers=3), "towers=3; known: 1, 2"),
        (lambda: al.models.alexnet_2012(channels=(97, 2, 2, 2, 2)), "97 channels"),
        (lambda: al.models.alexnet_2012(0), "num_classes=0"),
        (lambda: al.models.alexnet_2012(without=("conv1",)), "'conv1'; known: conv3"),
        (lambda: al.models.build("alexnet_owt", towers=1), "towers"),
        (lambda: al.models.cifar_80sec(activation="gelu"), "'gelu'"),
        (lambda: initialise(nn.Linear(1, 1), "zeros"), "'zeros'"),
        (
            lambda: al.models.alexnet_mini()(torch.zeros(1, 3, 224, 224)),
            "takes (N, 3, 32, 32)",
        ),
    ],
)
def test_nonsense_gets_one_line(make, words: str) -> None:
    with pytest.raises(UserError) as error:
        make()
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_config_survives_json() -> None:
    import json

    config = al.models.alexnet_mini(7, activation="tanh").config
    again = AlexNetConfig.of(**json.loads(json.dumps(config.to_dict())))
    assert again == config
