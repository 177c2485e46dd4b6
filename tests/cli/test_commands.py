"""What each command prints and writes when all is well."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors import safe_open

import alexnet_lab as al
from alexnet_lab import training
from alexnet_lab.cli import main

from .conftest import draw


@pytest.fixture
def red(tmp_path):
    """Return a red picture, larger than the network's input and not square."""
    path = draw(tmp_path / "red.png", (200, 60, 60), 7, side=60)
    from PIL import Image

    Image.open(path).crop((0, 0, 60, 50)).save(path)
    return path


def test_train_says_what_it_does_and_ends_with_how_to_predict(run, colours, tmp_path):
    out = tmp_path / "run"
    given = ("train", "--data", colours, "--epochs", 1, "--batch-size", 16, "--out", out)
    code, text, err = run(*given, "--set", "channels=8,8,8,8,8")
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "data: colours, 48 + 16 images of 32 × 32, 2 classes"
    assert lines[1].startswith("network: alexnet_mini, ")
    assert lines[1].endswith("input 32 × 32, init kaiming, divided by the standard deviation")
    assert lines[2].startswith("recipe: lab, 1 epoch, batches of 16, sgd2012, lr 0.01 onecycle")
    weights = out / "weights.safetensors"
    assert lines[3].endswith(f"weights in {weights}")
    assert lines[4] == f"predict with: alexnet-lab predict --image cat --checkpoint {weights}"
    assert err.startswith("epoch 1: lr")
    command = lines[4].removeprefix("predict with: alexnet-lab ").split()
    assert run(*command)[0] == 0


def test_what_was_trained_predicts(run, trained, red):
    code, out, _ = run("predict", "--image", red, "--checkpoint", trained)
    assert code == 0
    name, first, second = out.splitlines()
    assert (name, first.split()[2], second.split()[2]) == (str(red), "red", "blue")


def test_pictures_by_position_with_flags_anywhere(run, trained, red):
    flags = ("--checkpoint", trained, "--top", 1)
    expected = run("predict", "--image", red, "cat", *flags)
    assert expected[0] == 0
    for given in ((red, "cat", *flags), (*flags, red, "cat"), (red, *flags, "cat")):
        assert run("predict", *given) == expected
    assert run("predict", red, *flags, "--image", "cat") == expected


def test_what_a_network_can_answer_at_all_is_said(run, trained):
    """Whatever a picture shows, a network names one of its classes."""
    lab = al.load_pretrained("lab")
    known = f"The network knows {len(lab.classes)} classes: {lab.classes[0]}, {lab.classes[1]}"
    sure = float(lab(lab.preprocess(al.photograph("cat"))[None]).softmax(1).max().detach())
    code, out, err = run("predict", "cat", "--top", 2)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[1].endswith("(doubtful: below 50 %)") is (sure < 0.5)
    assert lines[-1].startswith(known)
    row = json.loads(run("predict", "cat", "--json")[1])
    assert (row["classes_known"], row["doubtful"]) == (len(lab.classes), sure < 0.5)
    # Where every class is shown, there is nothing more to say.
    assert "knows" not in run("predict", "cat", "--checkpoint", trained)[1]


@pytest.mark.parametrize("ten_crop", [False, True])
def test_probabilities_are_those_of_the_library(run, trained, red, ten_crop):
    """Oracle: the model by itself, fed by `data.preprocess`, its probabilities averaged by hand."""
    flags = ["--ten-crop"] if ten_crop else []
    _, out, _ = run("predict", "--image", red, "--checkpoint", trained, "--json", *flags)
    answer = json.loads(out)
    model = al.load_pretrained(trained / "weights.safetensors")
    about = training.load_weights(trained).about["preprocess"]
    mean, std = about["mean"], torch.tensor(about["std"]).view(3, 1, 1)
    side = 37 if ten_crop else 32  # 32 · 256 / 224
    x = al.preprocess(red, size=side, resize=side, mean=mean) / std
    views = [x]
    if ten_crop:
        views = [
            picture[:, top : top + 32, left : left + 32]
            for picture in (x, x.flip(2))
            for top, left in ((0, 0), (0, 5), (5, 0), (5, 5), (2, 2))
        ]
    expected = torch.stack([model(view[None]).softmax(1)[0] for view in views]).mean(0)
    found = {row["index"]: row["probability"] for row in answer["predictions"]}
    assert found == pytest.approx(dict(enumerate(expected.tolist())), abs=1e-5)
    assert [row["class"] for row in answer["predictions"]] == ["red", "blue"]


def test_pictures_from_everywhere(run, trained, red, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(red.read_bytes())))
    sources = [red, red.parent, "-", "cat"]
    code, out, _ = run("predict", "--image", *sources, "--json", "--checkpoint", trained)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [answer["image"] for answer in answers] == [str(red), str(red), "-", "cat"]
    for answer in answers[1:3]:
        for a, b in zip(answer["predictions"], answers[0]["predictions"], strict=True):
            assert a == pytest.approx(b)


def test_the_cheat_sheets_flags_without_a_command(run, trained, red, colours, tmp_path):
    weights = trained / "weights.safetensors"
    code, out, _ = run("--predict", "--image", red, "--checkpoint", weights)
    assert (code, out) == run("predict", "--image", red, "--checkpoint", weights)[:2]
    given = ["--data", colours, "--epochs", 1, "--batch-size", 128, "--lr", 0.01, "--momentum", 0.9]
    out_flag = ["--out", tmp_path / "run", "--set", "channels=8,8,8,8,8"]
    assert run(*given, *out_flag)[0] == 0


def test_weights_that_do_not_say_what_they_are_for(run, tmp_path, red):
    """The cheat sheet's file: a state dict by torch.save, here torchvision's network."""
    torch.manual_seed(0)
    model = al.models.alexnet_owt(num_classes=7).eval()
    torch.save(model.state_dict(), tmp_path / "alexnet_model.pth")
    given = ["predict", "--image", red, "--json", "--checkpoint", tmp_path / "alexnet_model.pth"]
    _, out, _ = run(*given)
    # torchvision's own preprocessing is the oracle.
    from PIL import Image
    from torchvision.models import AlexNet_Weights

    x = AlexNet_Weights.IMAGENET1K_V1.transforms()(Image.open(red))
    expected = model(x[None]).softmax(1)[0].detach()
    for row in json.loads(out)["predictions"]:
        assert row["class"] == f"class {row['index']}"
        assert row["probability"] == pytest.approx(float(expected[row["index"]]), abs=1e-5)


def test_no_length_of_header_is_taken_for_a_pickle(tmp_path):
    """A safetensors file begins with that length, a pickle with the byte 128."""
    model = torch.nn.Linear(1, 1)
    first_bytes = set()
    for more in range(0, 256, 4):
        path = tmp_path / "weights.safetensors"
        training.save_weights(path, model, {"note": "x" * more})
        first_bytes.add(path.read_bytes()[0])
        assert training.load_weights(path, model).about == {"note": "x" * more}
    assert 128 in first_bytes


@pytest.mark.parametrize("suffix", ["npy", "npz", "safetensors", "csv"])
def test_features(run, trained, red, tmp_path, suffix):
    """Oracle: a forward pass up to fc7 by hand."""
    out = tmp_path / f"features.{suffix}"
    given = ("features", "--image", red, "cat", "--layer", "fc7", "--checkpoint", trained)
    code, text, _ = run(*given, "--out", out)
    assert (code, text) == (0, f"wrote 2 × 16 features to {out}\n")  # its own network: no advice
    if suffix == "npy":
        found, names = np.load(out), (tmp_path / "features.names.txt").read_text().splitlines()
    elif suffix == "npz":
        found, names = (np.load(out)[key] for key in ("features", "names"))
    elif suffix == "csv":
        rows = list(csv.reader(out.open()))[1:]
        found, names = np.array([row[1:] for row in rows], float), [row[0] for row in rows]
    else:
        with safe_open(out, "np") as file:
            found, names = file.get_tensor("features"), json.loads(file.metadata()["names"])
    assert list(names) == [str(red), "cat"]
    model = al.load_pretrained(trained / "weights.safetensors")
    x = model.preprocess(red)[None]
    expected = model.classifier[:4](model.features(x).flatten(1))[0].detach()
    np.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_features_narrower_than_the_papers_are_said_to_be(run, tmp_path):
    code, out, _ = run("features", "cat", "--out", tmp_path / "f.npy")
    width = np.load(tmp_path / "f.npy").shape[1]
    assert code == 0
    assert out.splitlines()[1].startswith(f"{width} wide, as the lab network's last hidden layer")
    assert "4096" in out
    assert "--checkpoint imagenet" in out


def test_summary(run, trained):
    code, out, _ = run("summary")
    assert code == 0
    assert "60,965,224" in out
    assert "724,406,816" in out
    _, out, _ = run("summary", "alexnet-one-tower", "--json", "--num-classes", 10)
    rows = json.loads(out)
    assert rows["total_parameters"] == 62_378_344 - 990 * 4097
    assert [row["name"] for row in rows["rows"] if row["name"].startswith("conv")][4] == "conv5"
    assert run("summary", "--list")[1].splitlines() == al.models.names()
    assert "fc7" in run("summary", trained)[1]
    assert "knows 2 classes: blue, red" in run("summary", trained)[1]
    lab = al.load_pretrained("lab")
    assert f"knows {len(lab.classes)} classes: {lab.classes[0]}" in run("summary", "lab")[1]
    assert "norm1" not in run("summary", "alexnet_2012", "--set", "norm=none")[1]


def test_photo(run, trained, red, tmp_path):
    from PIL import Image

    for source, name in ((red, "maps.png"), ("cat", "maps.jpg")):
        out = tmp_path / "new folder" / name
        given = ("photo", source, "--layer", "conv2", "--maps", 4, "--checkpoint", trained)
        assert run(*given, "--out", out) == (0, f"wrote {out}\n", "")
        with Image.open(out) as picture:
            assert min(picture.size) > 200
    names = [line.split()[0] for line in run("photo", "--list")[1].splitlines()]
    assert names == al.photograph_names()


def test_bench(run):
    given = ("bench", "--model", "cifar_80sec", "--batch-size", 2, "--rounds", 1)
    code, out, _ = run(*given, "--precision", "float32")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("machine: ")
    assert [line.split()[0] for line in lines[3:]] == ["forward", "training"]
    assert all(line.endswith("×") for line in lines[3:])


def test_bench_measures_the_same_network():
    """Oracle: the same values, within one tower; over two, torch's sums cross the border."""
    from alexnet_lab.cli.bench import plainly

    torch.manual_seed(0)
    ours = al.models.alexnet_one_tower(10, input_size=67, lrn_alpha=0.1, init="kaiming").eval()
    plain = plainly(ours)
    assert isinstance(plain.features.norm1, torch.nn.LocalResponseNorm)
    x = torch.randn(2, 3, 67, 67)
    torch.testing.assert_close(plain(x), ours(x))


def test_fine_tuning(run, trained, colours, tmp_path):
    """The head is new, the frozen layers are bit for bit those that were given."""
    for label in "xyz":
        for n in range(4):
            draw(tmp_path / "data" / label / f"{n}.png", (9, 9, 2 * ord(label)), n)
    out = tmp_path / "run"
    given = ("train", "--data", tmp_path / "data", "--weights", trained, "--new-head")
    flags = ("--freeze", "features", "--epochs", 2, "--quiet", "--batch-size", 4, "--out", out)
    assert run(*given, *flags)[0] == 0
    before, after = training.load_weights(trained), training.load_weights(out)
    for name, value in after.state.items():
        if name.startswith("features"):
            assert torch.equal(value, before.state[name]), name
    assert after.state["classifier.fc8.weight"].shape == (3, 16)
    assert after.about["preprocess"] == before.about["preprocess"]
    assert "x" in run("predict", "--image", "cat", "--checkpoint", out)[1]


def test_python_dash_m_and_version():
    command = [sys.executable, "-m", "alexnet_lab", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"alexnet-lab {al.__version__}\n"


@pytest.mark.parametrize(
    "given",
    [
        "train --help",
        "predict none.jpg",
        "predict --image no/where.png",
        "predict cat.png --tpo 3",
        "predict cat --checkpoint none.pth",
        "predict",
        "features none.jpg --out f.npy",
        "features cat --out f.txt",
        "photo none.jpg --out f.png",
        "export --checkpoint none.pth --out n.onnx",
        "summary none.pth",
        "train --dta photo-patches",
    ],
)
def test_what_needs_no_torch_does_not_import_it(given, tmp_path):
    """A wrong path or flag is told in a moment; torch takes seconds to import."""
    code = (
        "import sys\nfrom alexnet_lab.cli import main\n"
        f"try: main({given.split()})\nexcept SystemExit: pass\nprint('torch' in sys.modules)"
    )
    (tmp_path / "cat.png").touch()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "False"


def test_the_networks_that_are_no_files_are_those_of_the_library():
    """The command line lists them without importing torch."""
    from alexnet_lab.cli._paths import NETWORKS
    from alexnet_lab.models.pretrained import NAMED

    assert set(NETWORKS) == set(NAMED)


def test_opening_weights_does_not_import_torchs_compiler(trained, red):
    code = (
        "import sys, alexnet_lab as al\n"
        f"al.predict({str(red)!r}, {str(trained)!r})\nprint('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_closed_pipe_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m alexnet_lab photo --list | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_under_the_output():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "alexnet_lab", "photo", "--list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "alexnet-lab: cannot read or write: no space left on device\n"


def test_main_returns_what_the_shell_gets(capsys):
    assert main(["no-such-command"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_export_writes_what_onnx_runtime_reads(run, trained, red, tmp_path):
    """The oracle: PyTorch's own answer, as ``predict`` prints it."""
    runtime = pytest.importorskip("onnxruntime")
    out = tmp_path / "net.onnx"
    given = ("--checkpoint", trained, "--weights", "float32", "--out", out)
    code, text, err = run("export", *given)
    assert (code, err) == (0, "")
    assert text.startswith("wrote ")
    assert text.endswith(f" MB, to {out}\n")
    session = runtime.InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    model = al.load_pretrained(trained / "weights.safetensors")
    x = model.preprocess(red)[None]
    found = session.run(["conv1", "probabilities"], {"input": x.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(found[1], model(x).softmax(1), atol=1e-5)
        np.testing.assert_allclose(found[0], model.features.conv1(x), rtol=1e-4, atol=1e-4)
