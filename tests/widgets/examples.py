"""One example of each widget: `test_every_widget.py` holds each against what all must keep."""

from __future__ import annotations

from collections.abc import Callable

import torch

from alexnet_lab import models, widgets
from alexnet_lab.analysis import layer_table
from alexnet_lab.data import pca_colour


def _convolution() -> widgets.Explorer:
    image = (torch.arange(12 * 14) * 37 % 101).reshape(12, 14).float()
    image[:, 7:] += 80
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    return widgets.ConvolutionExplorer(image, {"Sobel": sobel}, row=3, column=5)


def _filters() -> widgets.Explorer:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 12, 5), torch.nn.ReLU(), torch.nn.Conv2d(12, 8, 3, groups=2)
    )
    return widgets.FilterExplorer(net, ["conv1", "conv2"], image=torch.randn(3, 24, 24))


def _response_norm() -> widgets.Explorer:
    values = 60 * torch.randn(32, generator=torch.Generator().manual_seed(0))
    return widgets.ResponseNormExplorer(values, groups=2)


class TinyNet(torch.nn.Module):
    """Votes by the mean colour of a crop's quarters: quick, and different for each crop."""

    classes = ("red_one", "green_one", "blue_one")

    def __init__(self) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(0)
        self.weight = torch.nn.Parameter(torch.randn(3, 12, generator=draw) / 40)
        self.preprocess = models.Preprocess((120.0, 110.0, 100.0), size=28, resize=32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(x, 2).flatten(1) @ self.weight.T


def tiny_photo(side: int = 32) -> torch.Tensor:
    """Return uint8 (3, side, side): a slope of light with coloured noise."""
    draw = torch.Generator().manual_seed(0)
    slope = torch.linspace(20, 220, side).expand(3, side, side)
    tint = torch.tensor([1.0, 0.8, 0.5]).view(3, 1, 1)
    noise = 24 * torch.randn(3, side, side, generator=draw)
    return (slope * tint + noise).clamp(0, 255).byte()


def small_alexnet() -> torch.nn.Module:
    """Return an AlexNet of few maps for 67 × 67 pixels; the same weights each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        few = {"channels": [6, 8, 8, 8, 8], "hidden": [8, 8], "init": "kaiming"}
        return models.alexnet_2012(num_classes=3, input_size=67, **few).eval()


def _ablation() -> widgets.Explorer:
    return widgets.AblationBench(small_alexnet(), tiny_photo(67).float() - 110)


def _activations() -> widgets.Explorer:
    return widgets.ActivationExplorer(small_alexnet(), tiny_photo(67).float() - 110, layer="relu2")


def attribution_maps() -> dict[str, dict[str, torch.Tensor]]:
    """Return maps of two methods: the first hardly changes with the case, the second does."""
    draw = torch.Generator().manual_seed(0)
    smooth = torch.nn.functional.avg_pool2d(torch.randn(4, 32, 32, generator=draw), 5, 1, 2)
    edges = {"trained": smooth[0], "shuffled": smooth[0] + 0.05 * smooth[1]}
    return {"edges": edges, "camera": {"trained": smooth[2], "shuffled": smooth[3]}}


def _attribution() -> widgets.Explorer:
    maps = attribution_maps()
    maps["patches"] = {"trained": maps["camera"]["trained"].round(decimals=1)}
    return widgets.AttributionExplorer(tiny_photo(), maps, row=4, column=20)


def _augmentation() -> widgets.Explorer:
    photo = tiny_photo()
    noise = pca_colour(photo.flip(1)[None])
    return widgets.AugmentationExplorer(photo, pca=noise, model=TinyNet(), side=32, crop=28)


def _dropout() -> widgets.Explorer:
    draw = torch.Generator().manual_seed(0)
    units = torch.randn(40, generator=draw).relu()
    weights, bias = torch.randn(4, 40, generator=draw), torch.randn(4, generator=draw)
    return widgets.DropoutExplorer(units, weights, bias, names=["cat", "dog", "elk", "fox"])


def _pooling() -> widgets.Explorer:
    """Two maps, smooth as real ones are, of 21 × 17 with a margin of one."""
    noise = torch.randn(2, 23, 19, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.avg_pool2d(noise, 3, 1, padding=1)
    return widgets.PoolingExplorer(9 * smooth.relu())


def _towers() -> widgets.Explorer:
    with torch.device("meta"):
        model = models.alexnet_2012()
        split = models.split_towers(model, ("meta", "meta"))
        split(torch.empty(1, 3, 224, 224)).sum().backward()
    gradients = models.data_parallel_bytes(model)
    return widgets.TowerExplorer(layer_table(model), split.traffic.rows, gradient_bytes=gradients)


def retrieval_case() -> dict:
    """Return images of three classes, and two spaces: colours, and noise."""
    draw = torch.Generator().manual_seed(0)
    labels, bank_labels = torch.arange(6) % 3, torch.arange(30) % 3
    colours = torch.tensor([[200.0, 60, 60], [60, 180, 60], [70, 80, 210]])

    def images(own: torch.Tensor) -> torch.Tensor:
        noise = 25 * torch.randn(len(own), 3, 8, 8, generator=draw)
        return (colours[own].view(-1, 3, 1, 1) + noise).clamp(0, 255).byte()

    asked, bank = images(labels), images(bank_labels)
    means = tuple(v.float().mean((2, 3)) for v in (asked, bank))
    noise = tuple(torch.randn(len(v), 4, generator=draw) for v in (asked, bank))
    case = {"asked": asked, "bank": bank, "spaces": {"colour": means, "noise": noise}}
    names = ["red", "green", "blue"]
    return {**case, "labels": labels, "bank_labels": bank_labels, "classes": names}


def _retrieval() -> widgets.Explorer:
    return widgets.RetrievalExplorer(**retrieval_case(), offered=[0, 1, 5])


def _network() -> widgets.Explorer:
    with torch.device("meta"):
        nets = {"paper": models.alexnet_2012(), "torchvision": models.alexnet_owt()}
    return widgets.NetworkExplorer(nets, beside="torchvision", stage="conv2")


def training_records() -> dict[str, list[dict]]:
    """Return two arms of made-up runs; the last run ends early."""
    draw = torch.Generator().manual_seed(0)

    def run(seed: int, epochs: int) -> dict:
        error = torch.linspace(0.9, 0.2, 6)[:epochs] + torch.rand(epochs, generator=draw) / 9
        columns = {"train_error": error.tolist(), "val_error": (error + 0.05).tolist()}
        return {"seed": seed, "epochs": {**columns, "seconds": [1.0] * epochs}}

    return {"relu": [run(0, 6), run(1, 6), run(2, 4)], "tanh": [run(0, 6), run(1, 6)]}


def training_kernels() -> tuple[torch.Tensor, torch.Tensor]:
    """Return six kernels before and after training: smooth, as pictures of few bytes must be."""
    draw = torch.Generator().manual_seed(0)
    noise = torch.randn(12, 3, 5, 5, generator=draw)
    smooth = torch.nn.functional.avg_pool2d(noise, 3, 1, padding=1)
    return smooth[:6], smooth[6:]


def _training() -> widgets.Explorer:
    first, last = training_kernels()
    kernels = {f"part-{k}": torch.lerp(first, last, k / 3) for k in range(4)}
    return widgets.TrainingExplorer(
        training_records(), kernels=kernels, after=[1, 2, 4, 6], towers=2
    )


def _walk() -> widgets.Explorer:
    return widgets.NetworkWalk(small_alexnet(), tiny_photo(67).float() - 110)


EXAMPLES: dict[str, Callable[[], widgets.Explorer]] = {
    "ablation": _ablation,
    "activation": widgets.ActivationFunctions,
    "activations": _activations,
    "attribution": _attribution,
    "augmentation": _augmentation,
    "dropout": _dropout,
    "pooling": _pooling,
    "convolution": _convolution,
    "filters": _filters,
    "network": _network,
    "response-norm": _response_norm,
    "retrieval": _retrieval,
    "towers": _towers,
    "training": _training,
    "walk": _walk,
    "training-bench": lambda: widgets.TrainingBench(in_page=False),
}
