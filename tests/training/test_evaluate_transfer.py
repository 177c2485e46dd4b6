"""Evaluation, ten views, freezing and new heads."""

from __future__ import annotations

import json
import math

import pytest
import torch
from torch import nn

from alexnet_lab.errors import UserError
from alexnet_lab.training import (
    EpochRow,
    History,
    StepRow,
    TrainConfig,
    evaluate,
    fit,
    freeze,
    new_head,
    predict_ten_views,
    trainable_parameters,
    unfreeze,
)

from .nets import batches, samples, small_net, weights


class Says(nn.Module):
    """A model whose logits are its input's first rows."""

    def forward(self, x):
        return x.flatten(1)


def test_errors_and_confusion_by_hand():
    """Oracle: by hand. Seven classes, three images: right; wrong but second; wrong and last."""
    logits = torch.tensor(
        [[9.0, 5, 4, 3, 2, 1, 0], [9.0, 5, 4, 3, 2, 1, 0], [9.0, 5, 4, 3, 2, 1, 0]]
    )
    y = torch.tensor([0, 1, 6])
    data = [(logits[:2], y[:2]), (logits[2:], y[2:])]
    result = evaluate(Says(), data, confusion=True)
    assert result.top1_error == pytest.approx(2 / 3)
    assert result.top5_error == pytest.approx(1 / 3)
    assert result.loss == pytest.approx(nn.functional.cross_entropy(logits, y).item(), rel=1e-6)
    assert result.confusion.shape == (7, 7)
    assert [result.confusion[i, 0].item() for i in (0, 1, 6)] == [1, 1, 1]
    assert "top-1 error 66.67%" in repr(result)


def test_evaluation_switches_dropout_off_and_every_mode_back():
    model = small_net(dropout=0.5).train()
    model.features.eval()
    data = batches(16, 8)
    assert evaluate(model, data) == evaluate(model, data)
    assert model.training
    assert not model.features.training
    with pytest.raises(UserError, match="nothing to evaluate"):
        evaluate(model, [])


def test_ten_views_average_probabilities_not_logits():
    """Oracle: by hand, logits (ln 3, 0) and (0, 0): (.75 + .5) / 2; by logits it were .634."""
    views = torch.tensor([[[math.log(3), 0.0], [0.0, 0.0]]]).view(1, 2, 2, 1, 1)
    probabilities = predict_ten_views(Says(), views)
    assert probabilities.tolist() == [pytest.approx([0.625, 0.375])]
    result = evaluate(Says(), [(views, torch.tensor([0]))])
    assert result.loss == pytest.approx(-math.log(0.625), rel=1e-6)
    with pytest.raises(UserError, match=r"expected \(N, views, 3, S, S\)"):
        predict_ten_views(Says(), views[0])


@pytest.mark.parametrize(
    ("until", "frozen"),
    [
        ("conv1", ["features.conv1"]),
        ("features.conv2", ["features.conv1", "features.conv2"]),
        ("features", ["features.conv1", "features.conv2"]),
        ("fc3", ["features.conv1", "features.conv2", "classifier.fc3"]),
    ],
)
def test_freezes_up_to_and_including(until, frozen):
    model = freeze(small_net(), until=until)
    names = [n.rpartition(".")[0] for n, p in model.named_parameters() if not p.requires_grad]
    assert sorted(set(names)) == sorted(frozen)
    assert len(trainable_parameters(unfreeze(model))) == 8


def test_a_new_head_learns_while_the_rest_stays():
    model = new_head(freeze(small_net()), 7)
    assert model(samples(2)[0]).shape == (2, 7)
    assert [n for n, p in model.named_parameters() if p.requires_grad] == [
        "classifier.fc4.weight",
        "classifier.fc4.bias",
    ]
    before = weights(model)
    fit(model, batches(16, 8), None, TrainConfig(epochs=1, device="cpu"))
    changed = [n for n, value in weights(model).items() if not torch.equal(value, before[n])]
    assert changed == ["classifier.fc4.weight", "classifier.fc4.bias"]


def test_what_cannot_be_frozen_or_headed_is_said():
    with pytest.raises(UserError, match=r"unknown layer 'conv7'; known: features, features\.conv1"):
        freeze(small_net(), until="conv7")
    with pytest.raises(UserError, match="no linear layer"):
        new_head(nn.Sequential(nn.Conv2d(3, 4, 3)), 5)
    with pytest.raises(UserError, match="num_classes=0"):
        new_head(small_net(), 0)


def _history():
    row = EpochRow(1, 10, 0.01, 2.3, 0.9, 2.2, 0.85, 0.5, 1.5, 1000.0)
    last = EpochRow(2, 20, 0.01, 2.0, 0.7, 1.9, 0.65, 0.3, 1.5, 1000.0)
    return History([row, last], [StepRow(5, 0.01, 2.4, 0.95)])


def test_history_survives_json_and_prints_a_table(tmp_path):
    history = _history()
    history.save(tmp_path / "history.json")
    assert History.load(tmp_path / "history.json") == history
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history
    head, first, _ = repr(history).splitlines()
    assert head.split()[:3] == ["epoch", "step", "lr"]
    assert " ".join(first.split()) == "1 10 0.01 2.300 90.0% 2.200 85.0% 50.0% 1.5 1,000"
    assert history.best.epoch == 2
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(UserError, match="is not a saved history"):
        History.load(tmp_path / "bad.json")
    with pytest.raises(UserError, match="unknown column 'loss'; known: epoch"):
        history.column("loss")


def test_history_plots_itself_in_percent():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    _, axes = plt.subplots()
    assert _history().plot(axes) is axes
    training, validation = axes.get_lines()
    assert list(training.get_ydata()) == pytest.approx([90, 70])
    assert list(validation.get_ydata()) == pytest.approx([85, 65])
    assert axes.get_xlabel() == "epoch"
    plt.close("all")
