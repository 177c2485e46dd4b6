"""Every feature of the cheat sheet that this project grew from works, under its own name.

One test a heading of the sheet; where the sheet errs, the test shows what is true.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import alexnet_lab as al
from alexnet_lab.cli import main, parser

SMALL = {"input_size": 67, "channels": (8, 8, 12, 12, 8), "hidden": (16, 16), "init": "kaiming"}


@pytest.fixture
def small() -> al.AlexNet:
    torch.manual_seed(0)
    return al.AlexNet(num_classes=4, **SMALL)


def batches(count: int = 3) -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(1)
    return [(torch.randn(4, 3, 67, 67, generator=generator), torch.arange(4)) for _ in range(count)]


def test_training_flags() -> None:
    """`--data … --epochs 90 --batch-size 128`, `--lr 0.01 --momentum 0.9`."""
    sheet = {"data": "custom", "epochs": 90, "batch-size": 128, "lr": 0.01, "momentum": 0.9}
    words = [word for flag, value in sheet.items() for word in (f"--{flag}", str(value))]
    args = parser().parse_args(["train", *words])
    assert (args.data, args.epochs, args.batch_size) == ("custom", 90, 128)
    assert (args.lr, args.momentum) == (0.01, 0.9)


def test_inference_flags(tmp_path, capsys) -> None:
    """`--predict --image cat.jpg --checkpoint alexnet_model.pth`, as far as the missing file."""
    cat = tmp_path / "cat.jpg"
    al.photograph("cat").image.save(cat)
    gone = tmp_path / "alexnet_model.pth"
    assert main(["--predict", "--image", str(cat), "--checkpoint", str(gone)]) == 2
    assert "alexnet_model.pth" in capsys.readouterr().err


def test_in_python(small, tmp_path) -> None:
    """`AlexNet(num_classes=…)`, `load_state_dict(torch.load(…))`, `model(image_tensor)`."""
    torch.save(small.state_dict(), tmp_path / "alexnet.pth")
    again = al.AlexNet(num_classes=4, **SMALL)
    again.load_state_dict(torch.load(tmp_path / "alexnet.pth", weights_only=True))
    x = batches()[0][0]
    torch.testing.assert_close(again.eval()(x), small.eval()(x))
    third = al.AlexNet(num_classes=4, **SMALL)
    al.training.load_weights(tmp_path / "alexnet.pth", third)
    torch.testing.assert_close(third.eval()(x), small.eval()(x))


def test_relu_dropout_augmentation() -> None:
    """Revolutionary techniques 1–3, each by name."""
    assert isinstance(al.models.alexnet_mini().features.relu1, nn.ReLU)
    assert al.models.alexnet_mini(dropout=0.7).classifier.drop6.p == 0.7
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8, generator=generator)
    for name in ("2012", "sheet", "modern"):
        assert al.data.augmentation(name, 48)(images, generator).shape == (4, 3, 48, 48)


def test_gpu_parallelism_splits_the_model_not_the_batch(small) -> None:
    """`DataParallel` replicates; two towers on two devices are what 2012 did."""
    split = al.models.split_towers(small.eval(), ("cpu", "cpu"))
    x = batches()[0][0]
    torch.testing.assert_close(split.eval()(x), small(x), rtol=1e-4, atol=1e-5)


def test_hyperparameters() -> None:
    recipe = al.training.RECIPE_2012
    assert (recipe.lr, recipe.momentum, recipe.weight_decay) == (0.01, 0.9, 0.0005)
    assert recipe.epochs == 90


def test_learning_rate_schedule_keeps_the_optimizer(small) -> None:
    """Decay at given epochs. The sheet makes a new SGD each time, and so forgets the momentum."""
    config = al.training.TrainConfig(
        epochs=3, schedule="step", milestones=(1, 2), gamma=0.1, lr=0.01, device="cpu"
    )
    history = al.training.fit(small, batches(), None, config, progress=False)
    rates = [row.lr for row in history.epochs]
    assert rates == pytest.approx([0.01, 0.001, 0.0001])


@pytest.mark.parametrize(
    "options",
    [
        {"checkpoint_activations": True},
        {"precision": "bf16"},
        {"accumulate": 2},
        {"clip_norm": 5.0},
        {"optimizer": "adamw", "lr": 0.001, "weight_decay": 0.01},
    ],
)
def test_memory_precision_accumulation_clipping_optimisers(small, options: dict) -> None:
    """Implementation tips, common issues, modern improvements: each is one option of `fit`."""
    config = al.training.TrainConfig(
        **{"epochs": 1, "device": "cpu", "schedule": "constant"} | options
    )
    before = small.features.conv1.weight.detach().clone()
    history = al.training.fit(small, batches(), None, config, progress=False)
    assert history.epochs[-1].train_loss < 10
    assert not torch.equal(before, small.features.conv1.weight)


def test_feature_extraction() -> None:
    """4096-d features, the same each time: eval mode is part of the call."""
    model = al.models.alexnet_owt(10)
    x = torch.randn(1, 3, 224, 224)
    first, second = (al.analysis.features(model, x, layer="fc7") for _ in range(2))
    assert first.shape == (1, 4096)
    assert torch.equal(first, second)


def test_fine_tuning(small) -> None:
    """Frozen convolutions and a new head. The sheet keeps the old head with its 1000 outputs."""
    model = al.training.new_head(al.training.freeze(small, "pool5"), 7)
    assert model(batches()[0][0]).shape == (4, 7)
    learning = {name for name, p in model.named_parameters() if p.requires_grad}
    assert learning
    assert all(name.startswith("classifier") for name in learning)


def test_visualizer(small) -> None:
    """Each call draws what it is named for; what is drawn is computed here again by torch."""
    viz = al.AlexNetVisualizer(small)
    x = batches()[0][0][0]
    kernels = viz.plot_conv_filters(layer="conv1", num_filters=8)
    first = kernels.images[0].get_array()[:11, :11]
    weight = small.features.conv1.weight[0].detach().permute(1, 2, 0)
    assert correlation(torch.as_tensor(first)[..., :3], weight) > 0.999

    maps = viz.plot_feature_maps(x, layer="conv2").images[0].get_array()
    side = int(al.layer_table(small)["conv2"].shape_out[-1])
    found = small.eval().features[: list(small.features._modules).index("conv2") + 1](x[None])[0, 0]
    assert correlation(torch.as_tensor(maps[:side, :side]), found.detach()) > 0.999

    heat = viz.plot_attribution(x, target=1).images[-1].get_array()
    given = x[None].clone().requires_grad_()
    small.eval()(given)[0, 1].backward()
    gradient = given.grad[0].abs().amax(0)
    assert correlation(torch.as_tensor(heat), gradient) > 0.9


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    pair = torch.stack([torch.as_tensor(v).float().reshape(-1) for v in (a, b)])
    return float(torch.corrcoef(pair)[0, 1])


def test_activations_are_not_overwritten_by_in_place_relu() -> None:
    """The sheet's hook with `.detach()` shares memory; conv1 then shows no negative value."""
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True))
    torch.manual_seed(0)
    found = al.analysis.activations(net, torch.randn(1, 3, 8, 8))
    assert min(value.min().item() for value in found.values()) < 0


def test_initialisation_by_name() -> None:
    for how in ("paper", "source", "kaiming", "xavier"):
        assert al.models.alexnet_mini(init=how).config.init == how


def test_variants() -> None:
    x = torch.zeros(2, 3, 32, 32)
    assert al.models.AlexNetMini(num_classes=10)(x).shape == (2, 10)
    mini = al.models.alexnet_mini(norm="batch")
    assert isinstance(mini.features.norm1, nn.BatchNorm2d)
    assert mini.features.conv1.bias is None


def test_summary(capsys) -> None:
    assert main(["summary", "alexnet_mini"]) == 0
    assert "conv1" in capsys.readouterr().out
    assert "Conv2d" in str(al.analysis.summary(al.models.alexnet_mini()))


def test_gradient_norms_with_a_frozen_layer(small) -> None:
    """The sheet's loop raises as soon as one parameter is frozen. Oracle: torch's own norm."""
    al.training.freeze(small, "conv1")
    x, y = batches()[0]
    with al.training.gradient_norms(small) as norms:
        F.cross_entropy(small(x), y).backward()
    expected = nn.utils.clip_grad_norm_(small.parameters(), float("inf"))
    assert norms.total == pytest.approx(expected.item(), rel=1e-4)


def test_dead_is_not_sparse(small) -> None:
    """A dead map is zero on every input; the share of zeros on one batch is sparsity."""
    with torch.no_grad():
        small.features.conv1.bias[0] = -1e6
    dead = al.training.dead_units(small, batches())["features.relu1"]
    assert dead.tolist() == [True] + [False] * 7
    with al.training.activation_statistics(small.eval()) as seen, torch.no_grad():
        small(batches()[0][0])
    assert 1 / 8 < seen["features.relu1"].sparsity < 1
