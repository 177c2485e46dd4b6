"""The loop: exact accumulation, mixed precision, recomputed activations, bad losses, callbacks."""

from __future__ import annotations

import copy
import random
import sys

import pytest
import torch
from torch import nn

from alexnet_lab.errors import UserError
from alexnet_lab.training import (
    Callback,
    DivergedError,
    EpochRow,
    History,
    MomentumSGD2012,
    TrainConfig,
    checkpoint_activations,
    evaluate,
    fit,
    load_weights,
    save_weights,
)
from alexnet_lab.training.progress import choose_progress

from .nets import assert_same, batches, samples, small_net, weights

PLAIN = TrainConfig(epochs=2, lr=0.05, schedule="constant", device="cpu", log_every=2)
EXACT = {"rtol": 1e-9, "atol": 1e-12}  # in float64


def test_is_the_loop_that_one_would_write_by_hand():
    """Oracle: five lines of torch."""
    model, by_hand = small_net().double(), small_net().double()
    data = batches(40, 8, dtype=torch.float64)
    history = fit(model, data, None, PLAIN)
    optimizer = MomentumSGD2012(by_hand.parameters(), lr=0.05)
    for _ in range(2):
        for x, y in data:
            optimizer.zero_grad()
            nn.functional.cross_entropy(by_hand(x), y).backward()
            optimizer.step()
    assert_same(weights(model), weights(by_hand), **EXACT)
    assert history.epochs[-1].step == 10
    assert history.epochs[-1].val_error is None


def test_learns_and_tells_how():
    model = small_net()
    config = PLAIN.replace(epochs=6)
    history = fit(model, batches(256, 16), batches(64, 16, seed=1), config)
    assert history.epochs[-1].val_error < 0.15
    assert history.epochs[-1].train_loss < history.epochs[0].train_loss
    assert history.best.val_error == min(history.column("val_error"))
    assert [row.step for row in history.steps] == list(range(2, 97, 2))
    assert not model.training


@pytest.mark.parametrize("accumulate", [2, 3])
def test_accumulation_equals_one_big_batch_in_the_last_partial_group_too(accumulate):
    """Oracle: the same 44 samples in big batches; small ones are 8, 8, 8, 8, 8, 4."""
    big, small = small_net().double(), small_net().double()
    big_data = batches(44, 8 * accumulate, dtype=torch.float64)
    a = fit(big, big_data, None, PLAIN)
    data = batches(44, 8, dtype=torch.float64)
    b = fit(small, data, None, PLAIN.replace(accumulate=accumulate))
    assert a.epochs[-1].step == b.epochs[-1].step == 2 * len(big_data)
    assert_same(weights(big), weights(small), **EXACT)
    assert a.epochs[-1].train_loss == pytest.approx(b.epochs[-1].train_loss, rel=1e-9)


def test_five_batches_by_two_end_in_a_group_of_one():
    """Oracle: the big batches 16, 16, 5: the last group is a single, smaller batch."""
    big, small = small_net().double(), small_net().double()
    fit(big, batches(37, 16, dtype=torch.float64), None, PLAIN)
    fit(small, batches(37, 8, dtype=torch.float64), None, PLAIN.replace(accumulate=2))
    assert_same(weights(big), weights(small), **EXACT)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_recomputed_activations_give_the_same_gradients(batch_norm):
    """Oracle: plain backward, with dropout drawing the same masks and batch norm counting once."""
    model = small_net(batch_norm=batch_norm, dropout=0.5)
    twin = copy.deepcopy(model)
    x, y = samples(16)
    torch.manual_seed(3)
    nn.functional.cross_entropy(model(x), y).backward()
    with checkpoint_activations(twin):
        torch.manual_seed(3)
        nn.functional.cross_entropy(twin(x), y).backward()
    for (name, a), b in zip(model.named_parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, msg=name)
    assert_same(weights(model), weights(twin), rtol=1e-6, atol=1e-7)
    assert "forward" not in vars(twin.features)


def test_recomputing_keeps_fewer_activations():
    """Oracle: torch's own count of what autograd saves, for a net whose maps are larger than it."""

    def saved(model):
        count = 0

        def pack(tensor):
            nonlocal count
            count += tensor.numel()
            return tensor

        x, _ = samples(64)
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            model(x).sum()
        return count

    model = small_net()
    plain = saved(model)
    with checkpoint_activations(model):
        assert saved(model) < plain / 2


def test_recomputed_training_is_the_same_training():
    a, b = small_net(dropout=0.5).double(), small_net(dropout=0.5).double()
    data = batches(32, 8, dtype=torch.float64)
    fit(a, data, None, PLAIN)
    fit(b, data, None, PLAIN.replace(checkpoint_activations=True))
    assert_same(weights(a), weights(b), **EXACT)


def test_bfloat16_channels_last_learns_in_float32_parameters():
    model = small_net()
    config = PLAIN.replace(epochs=6, precision="bf16", channels_last=True)
    history = fit(model, batches(256, 16), batches(64, 16, seed=1), config)
    assert history.epochs[-1].val_error < 0.15
    assert model.features.conv1.weight.dtype == torch.float32
    assert model.features.conv2.weight.is_contiguous(memory_format=torch.channels_last)


def test_clipping_bounds_the_step():
    """Oracle: without momentum and decay a step is lr times the clipped norm."""
    model = small_net()
    before = weights(model)
    config = PLAIN.replace(epochs=1, clip_norm=0.01, momentum=0, weight_decay=0, lr=1)
    fit(model, batches(8, 8), None, config)
    moved = sum((after - before[name]).square().sum() for name, after in weights(model).items())
    assert moved.sqrt().item() == pytest.approx(0.01, rel=1e-3)


def test_a_loss_that_is_not_finite_stops_the_run_before_it_spoils_the_weights():
    model = small_net()
    data = batches(32, 8)
    data[2][0][0] = float("nan")
    with pytest.raises(UserError, match=r"the loss is nan at step 3 \(epoch 1, lr 0.05\): try"):
        fit(model, data, None, PLAIN)
    assert all(torch.isfinite(value).all() for value in weights(model).values())


class Spoil(Callback):
    """Do to the weights, after so many steps, what a diverging run does."""

    def __init__(self, step: int, value: float) -> None:
        self.step, self.value = step, value

    def on_step(self, run):
        if run.step == self.step:
            with torch.no_grad():
                run.model.classifier.fc4.weight.mul_(self.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_a_run_that_diverges_is_refused_and_the_weights_before_it_kept(tmp_path, value):
    """At the last step of an epoch no further loss tells; what was saved before is untouched."""
    out = tmp_path / "run"
    config = PLAIN.replace(epochs=1)
    data, val = batches(32, 8), batches(16, 8, seed=1)  # four steps an epoch
    with pytest.raises(DivergedError, match=r"after step 4 .*nothing was saved"):
        fit(small_net(), data, val, config, out=out, callbacks=[Spoil(4, value)])
    assert not out.exists() or list(out.iterdir()) == []
    fit(small_net(), data, val, config, out=out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    more, spoil = config.replace(epochs=2), [Spoil(8, value)]
    with pytest.raises(DivergedError, match="the last weights that were sound are kept in"):
        fit(small_net(), data, val, more, out=out, resume=True, callbacks=spoil)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    model = small_net()
    load_weights(out, model)
    assert all(torch.isfinite(v).all() for v in weights(model).values())


def test_a_checkpoint_between_epochs_is_sound_as_well(tmp_path):
    config, spoil = PLAIN.replace(epochs=1, checkpoint_every=1), [Spoil(3, float("nan"))]
    with pytest.raises(DivergedError, match=r"not finite after step 3 .* are kept in"):
        fit(small_net(), batches(32, 8), None, config, out=tmp_path, callbacks=spoil)
    model = small_net()
    load_weights(tmp_path, model)  # those after two steps
    assert all(torch.isfinite(v).all() for v in weights(model).values())
    assert "NaN" not in (tmp_path / "record.json").read_text()


def test_nothing_that_is_not_finite_is_saved(tmp_path):
    model, path = small_net(), tmp_path / "x.safetensors"
    with torch.no_grad():
        model.features.conv1.bias[0] = float("inf")
    with pytest.raises(UserError, match=r"'features\.conv1\.bias' holds values that are not fin"):
        save_weights(path, model)
    with pytest.raises(UserError, match="what is said of the model holds numbers that are not"):
        save_weights(path, small_net(), {"mean": [float("nan")]})
    row = EpochRow(1, 1, 0.1, float("nan"), 0.5, None, None, None, 1.0, 1.0)
    with pytest.raises(UserError, match="the history holds numbers that are not finite"):
        History([row]).save(path)
    assert list(tmp_path.iterdir()) == []


def test_leaves_the_callers_generators_alone_and_repeats_itself():
    torch.manual_seed(7)
    random.seed(7)
    torch_before, python_before = torch.get_rng_state(), random.getstate()
    a, b = small_net(dropout=0.5), small_net(dropout=0.5)
    torch.set_rng_state(torch_before)
    fit(a, batches(32, 8), None, PLAIN)
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert random.getstate() == python_before
    torch.manual_seed(99)
    fit(b, batches(32, 8), None, PLAIN)
    assert_same(weights(a), weights(b))


def test_callbacks_hear_every_step_and_may_stop_the_run():
    class Ear(Callback):
        def __init__(self):
            self.steps, self.ended, self.gradients = [], 0, 0

        def on_step(self, run):
            self.steps.append(run.step)
            self.gradients += all(p.grad is not None for p in run.model.parameters())
            run.stop = run.step == 6

        def on_end(self, run):
            self.ended += 1

    ear, epochs = Ear(), []
    callbacks = [ear, lambda run: epochs.append(run.epoch)]
    history = fit(small_net(), batches(32, 8), None, PLAIN, callbacks=callbacks)
    assert ear.steps == [1, 2, 3, 4, 5, 6]
    assert ear.gradients == 6
    assert ear.ended == 1
    assert epochs == [1]
    assert len(history) == 1


@pytest.mark.parametrize(
    ("data", "config", "message"),
    [
        (iter([]), PLAIN, "have no len"),
        ([], PLAIN, "no training batch"),
        (batches(8, 8), PLAIN.replace(precision="fp16"), "'fp16' needs a CUDA device"),
        (batches(8, 8), PLAIN.replace(device="gpu"), "unknown device 'gpu'"),
    ],
)
def test_bad_input_gets_one_line(data, config, message):
    with pytest.raises(UserError, match=message):
        fit(small_net(), data, None, config)


def test_every_optimizer_and_schedule_runs():
    for optimizer in ("sgd2012", "sgd", "adamw"):
        for schedule in ("constant", "plateau", "step", "onecycle", "cosine"):
            config = PLAIN.replace(
                optimizer=optimizer, schedule=schedule, milestones=(1,), warmup=0.3, lr=0.01
            )
            history = fit(small_net(), batches(16, 8), batches(8, 8), config)
            assert len(history) == 2


def test_progress_bars_show_epochs_without_disturbing_the_run(capsys):
    data = batches(16, 8)
    silent = fit(small_net(), data, data, PLAIN, progress=False)
    for name in ("rich", "tqdm"):
        shown = fit(small_net(), data, data, PLAIN, progress=name)
        assert shown.column("train_loss") == silent.column("train_loss")
        captured = capsys.readouterr()
        assert "epoch 2: lr 0.05" in captured.out + captured.err
    with pytest.raises(
        UserError, match="unknown progress bar 'bar'; known: rich, tqdm, lines, silent"
    ):
        choose_progress("bar")


def test_tensorboard_log_holds_the_history(tmp_path):
    """Oracle: tensorboard's own reader."""
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    data = batches(16, 8)
    history = fit(small_net(), data, data, PLAIN, tensorboard=tmp_path)
    events = reader.EventAccumulator(str(tmp_path)).Reload()
    logged = [event.value for event in events.Scalars("epoch/val_error")]
    assert logged == pytest.approx(history.column("val_error"))
    assert [event.step for event in events.Scalars("step/loss")] == [2, 4]


def test_a_missing_tensorboard_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UserError, match="needs the package tensorboard: pip install tensorboard"):
        fit(small_net(), batches(8, 8), None, PLAIN, tensorboard=tmp_path)


def test_fit_without_a_folder_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit(small_net(), batches(16, 8), None, PLAIN)
    assert not list(tmp_path.iterdir())


def test_the_last_row_is_what_evaluate_says():
    """Oracle: evaluate on the trained model."""
    model, validation = small_net(), batches(30, 8, seed=1)
    row = fit(model, batches(32, 8), validation, PLAIN).epochs[-1]
    result = evaluate(model, validation)
    assert (row.val_loss, row.val_error) == pytest.approx((result.loss, result.top1_error))
