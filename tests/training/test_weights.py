"""Weights from files of any origin: loaded, or refused in one line."""

from __future__ import annotations

import pickle

import pytest
import torch

from alexnet_lab.errors import UserError
from alexnet_lab.training import load_weights, new_head, save_weights

from .nets import assert_same, small_net, weights


class Evil:
    def __reduce__(self):
        return (print, ("this must never be printed",))


def test_safetensors_bring_weights_and_what_is_known_of_the_model(tmp_path):
    model, twin = small_net(), small_net(seed=1)
    file = tmp_path / "net.safetensors"
    save_weights(file, model, {"model": {"name": "small"}})
    assert load_weights(file, twin).about == {"model": {"name": "small"}}
    assert_same(weights(model), weights(twin))


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s, "epoch": 3}])
def test_torch_files_of_tensors_are_read(tmp_path, wrap):
    """Oracle: torch.save; DataParallel's "module." is taken off."""
    model, twin = small_net(), small_net(seed=1)
    state = {f"module.{name}": value for name, value in model.state_dict().items()}
    torch.save(wrap(state), tmp_path / "net.pth")
    load_weights(tmp_path / "net.pth", twin)
    assert_same(weights(model), weights(twin))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickle_that_would_run_code_is_refused(tmp_path, capsys, legacy):
    file = tmp_path / "evil.pth"
    if legacy:
        file.write_bytes(pickle.dumps(Evil()))
    else:
        torch.save({"weights": Evil()}, file)
    with pytest.raises(UserError) as caught:
        load_weights(file)
    assert "refused" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "never" not in capsys.readouterr().out


def test_a_whole_pickled_model_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pth")
    with pytest.raises(UserError, match="refused"):
        load_weights(tmp_path / "model.pth")


def test_what_is_no_weights_file_is_said(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_weights(tmp_path / "nothing.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(UserError, match="not a safetensors file"):
        load_weights(tmp_path / "text.pth")
    (tmp_path / "empty.pth").touch()
    with pytest.raises(UserError, match="not a safetensors file"):
        load_weights(tmp_path / "empty.pth")
    torch.save(small_net().state_dict(), tmp_path / "cut.pth")
    whole = (tmp_path / "cut.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="not a torch file, or damaged"):
        load_weights(tmp_path / "cut.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(UserError, match="holds no state dict"):
        load_weights(tmp_path / "list.pth")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=r"no weights.safetensors or checkpoint.safetensors in"):
        load_weights(tmp_path / "folder")


def test_the_first_misfit_is_named(tmp_path):
    file = tmp_path / "net.safetensors"
    save_weights(file, small_net())
    other = small_net()
    other.features.conv1 = torch.nn.Conv2d(3, 6, 5)
    with pytest.raises(UserError, match=r"'features.conv1.weight' has shape \(6, 3, 3, 3\), the"):
        load_weights(file, other)
    with pytest.raises(UserError, match="has 4 classes, the model 10: build it with num_classes=4"):
        load_weights(file, new_head(small_net(), 10))
    with pytest.raises(UserError, match=r"it lacks 'features.norm1.weight' \(5 missing, 0 unknown"):
        load_weights(file, small_net(batch_norm=True))
    assert not torch.equal(other.classifier.fc3.weight, torch.zeros(()))
