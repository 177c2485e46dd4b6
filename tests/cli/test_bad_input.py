"""Bad input: one line on standard error that says what and what to do, exit code 2."""

from __future__ import annotations

import io
import json
import re
import sys

import numpy as np
import pytest
import torch

from alexnet_lab.cli import COMMANDS, main

from .conftest import draw

# What is given, and what the line must say; {…} are files that `files` makes.
TABLE = [
    ("", "no command; known: train, predict, features"),
    ("trian", "unknown command 'trian'; did you mean 'train'?"),
    ("train", "--data; see alexnet-lab train --help"),
    ("train --data photo-patches --learning-rate 1", "unknown flag '--learning-rate'"),
    ("train --data photo-patches --epoch 1", "unknown flag '--epoch'; did you mean --epochs?"),
    ("train --data cifra10", "unknown data set 'cifra10'; did you mean 'cifar10'?"),
    ("train --data {none}", "no folder"),
    ("train --data {text}", "is a file; give the folder"),
    ("train --data {one_class}", "holds one class ('a')"),
    ("train --data {empty}", "holds no class folders"),
    ("train --data {bad_class}", "is not an image"),
    ("train --data {data} --lr nan", "--lr: 'nan' is not a number"),
    ("train --data {data} --lr -1", "lr=-1.0 must be above 0"),
    ("train --data {data} --epochs -3", "--epochs: '-3' is not a whole number of at least 1"),
    ("train --data {data} --batch-size 0", "--batch-size: '0' is not a whole number"),
    ("train --data {data} --momentum 1", "momentum=1.0 must be from 0 to below 1"),
    ("train --data {data} --milestones 3,x", "--milestones: 'x' is not a whole number"),
    ("train --data {data} --schedule step", "--schedule step needs --milestones"),
    ("train --data {data} --optimizer adamw --momentum 0.5", "--momentum makes no difference"),
    ("train --data {data} --optimizer adagrad", "unknown optimizer 'adagrad'; known: sgd2012"),
    ("train --data {data} --schedule often", "unknown schedule 'often'"),
    ("train --data {data} --augmentation much", "unknown augmentation 'much'; known: none, 2012"),
    ("train --data {data} --precision int8", "unknown precision 'int8'; known: float32"),
    ("train --data {data} --precision fp16 --device cpu", "'fp16' needs a CUDA device"),
    ("train --data {data} --device tpu9", "unknown device 'tpu9'"),
    ("train --data {data} --seed 1e3", "--seed: '1e3' is not a whole number from 0"),
    ("train --data {data} --recipe 2013", "--recipe: invalid choice: '2013'"),
    ("train --data {data} --model alexnet_mni", "unknown model 'alexnet_mni'; did you mean"),
    ("train --data {data} --set activaton=tanh", "no option 'activaton'; did you mean"),
    ("train --data {data} --set activation", "is not of the form option=value"),
    ("train --data {data} --set dropout=half", "'half' is not a number; e.g. dropout=0.5"),
    ("train --data {data} --set num_classes=9", "leave --set num_classes out"),
    ("train --data {data} --init best", "unknown init 'best'; known: paper"),
    ("train --data {data} --model cifar_80sec --image-size 64", "takes images of 32 pixels"),
    ("train --data {data} --new-head", "--new-head is for --weights"),
    ("train --data {data} --out {text}/run", "cannot write to --out"),
    ("train --data {data} --parallel ddp", "needs several processes, here is one; start them by"),
    ("train --data photo-patches --image-size 999", "patches of 999 pixels: choose from 8 to 96"),
    ("train --data {three} --weights {weights}", "has 2 classes, the data 3: add --new-head"),
    ("train --data {data} --weights {weights} --set norm=none", "leave --set or --init out"),
    ("lab evaluate --data {data}", "the network knows cassette_player, chain_saw"),
    ("lab train --data {none} --out {none}", "no folder"),
    ("lab evaluate --data {data} --checkpoint {none}", "none"),
    ("predict", "no picture; name one or more, e.g. alexnet-lab predict cat.jpg, or --image"),
    ("predict none.jpg", "no such file: 'none.jpg'"),
    ("predict cat.jpg none.jpg --top 3", "no such file: 'cat.jpg'"),
    ("predict --imgae cat", "unknown flag '--imgae'; did you mean --image?"),
    ("predict cat --chekpoint x.pth", "did you mean --checkpoint? see alexnet-lab predict --help"),
    ("features --uot f.npy", "unknown flag '--uot'; did you mean --out?"),
    ("train --dta photo-patches", "unknown flag '--dta'; did you mean --data?"),
    ("train --data={none} --epoch=1", "unknown flag '--epoch'; did you mean --epochs?"),
    ("summary alexnet", "which AlexNet? 'alexnet_2012' is the network of the paper"),
    ("summary none.pth", "no such file: 'none.pth'"),
    ("predict cat --checkpoint {weights} --model alexnet", "which AlexNet?"),
    ("predict --image {none} --checkpoint {weights}", "no such file"),
    ("predict --image cta --checkpoint {weights}", "unknown photograph 'cta'; did you mean 'cat'"),
    ("predict --image {text} --checkpoint {weights}", "is not an image that Pillow can read"),
    ("predict --image {truncated} --checkpoint {weights}", "cannot read"),
    ("predict --image {empty} --checkpoint {weights}", "no pictures in folder"),
    ("predict --image {no_bytes} --checkpoint {weights}", "is not an image"),
    ("predict --image - --checkpoint {weights}", "standard input is empty"),
    ("predict --image cat --checkpoint {none}", "no such file"),
    ("predict --image cat --checkpoint {text}", "is not a safetensors file"),
    ("predict --image cat --checkpoint {half}", "is not a safetensors file, or damaged"),
    ("predict --image cat --checkpoint {pickled}", "refused"),
    ("predict --image cat --checkpoint {unknown}", "does not say which network it is for"),
    ("predict --image cat --checkpoint {unknown} --model alexnet_mini", "does not fit"),
    ("predict --image cat --checkpoint {swapped}", "names 3 classes for 2 outputs"),
    ("predict --image cat --checkpoint {strange}", "unknown model 'resnet'"),
    ("predict --image cat --checkpoint {empty}", "no weights.safetensors or checkpoint"),
    ("predict --image cat --model alexnet_mini", "give them by --checkpoint"),
    ("predict --image cat --top 0 --checkpoint {weights}", "--top: '0' is not a whole number"),
    ("features --image cat --checkpoint {weights} --out f.txt", "cannot write features as '.txt'"),
    ("features --image cat --checkpoint {weights} --out /dev/full/f.npy", "cannot write"),
    ("features --image cat --checkpoint {weights} --layer fc9 --out f.npy", "unknown layer 'fc9'"),
    ("summary alexnet_2013", "unknown model 'alexnet_2013'; did you mean 'alexnet_2012'?"),
    ("summary {weights} --image-size 64", "leave --set and the sizes out"),
    ("summary alexnet_2012 --image-size 20", "too small"),
    ("photo --out f.png", "no photograph; name one"),
    ("photo cat", "--out is missing"),
    ("photo cat --out f.doc", "cannot write a picture as '.doc'"),
    ("photo mat --out f.png", "unknown photograph 'mat'; did you mean 'cat'"),
    ("photo {none}.png --out f.png", "no such file"),
    ("photo cat --out {text}/f.png --checkpoint {weights}", "cannot write"),
    ("photo cat --layer conv9 --out f.png --checkpoint {weights}", "unknown layer 'conv9'"),
    (
        "photo cat --layer fc7 --out f.png --checkpoint {weights}",
        "a fully connected layer has none",
    ),
    ("export", "--out; see alexnet-lab export --help"),
    ("export --format pdf --out n.onnx", "--format: invalid choice: 'pdf'"),
    ("export --out n.txt --checkpoint {weights}", "cannot write a network as '.txt'; known:"),
    ("export --format onnx --out n.safetensors", "cannot write ONNX as '.safetensors'"),
    ("export --weights int4 --out n.onnx", "unknown weights 'int4'; known: int8, float16"),
    ("export --out n.onnx --checkpoint {none}", "no such file"),
    ("export --out {text}/n.onnx --checkpoint {weights}", "cannot write"),
    ("bench --model alexnet_2013", "unknown model"),
    ("bench --precision fp16 --device cpu", "'fp16' needs a CUDA device"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory, colours, trained):
    """Make every kind of wrong file."""
    from safetensors.torch import save_file

    root = tmp_path_factory.mktemp("files")
    text = root / "text.jpg"
    text.write_text("not a picture, and longer than any header would be")
    whole = draw(root / "whole.png", (90, 90, 90), 0)
    truncated = root / "truncated.png"
    truncated.write_bytes(whole.read_bytes()[:1000])
    (root / "nothing.png").touch()
    (root / "empty").mkdir()
    draw(root / "one_class" / "a" / "1.png", (9, 9, 9), 0)
    for label in "ab":
        for n in range(3):
            draw(root / "bad_class" / label / f"{n}.png", (9, 9, 9), n)
    (root / "bad_class" / "a" / "2.png").write_text("no picture")
    for label in "abc":
        for n in range(3):
            draw(root / "three" / label / f"{n}.png", (9, 9, ord(label)), n)
    weights = trained / "weights.safetensors"
    (root / "half.safetensors").write_bytes(weights.read_bytes()[:500])
    torch.save({"state": print}, root / "pickled.pth")
    save_file({"layer.weight": torch.zeros(2, 2)}, root / "unknown.safetensors")
    record = json.loads((trained / "record.json").read_text())["about"]
    for name, change in (
        ("swapped", {"classes": ["a", "b", "c"]}),
        ("strange", {"model": {"name": "resnet", "options": {}}}),
    ):
        from safetensors.torch import load_file

        about = {"record": json.dumps({"about": record | change})}
        save_file(load_file(weights), root / f"{name}.safetensors", about)
    return {
        "none": root / "none",
        "text": text,
        "truncated": truncated,
        "no_bytes": root / "nothing.png",
        "empty": root / "empty",
        "one_class": root / "one_class",
        "bad_class": root / "bad_class",
        "three": root / "three",
        "data": colours,
        "weights": weights,
        "half": root / "half.safetensors",
        "pickled": root / "pickled.pth",
        "unknown": root / "unknown.safetensors",
        "swapped": root / "swapped.safetensors",
        "strange": root / "strange.safetensors",
    }


@pytest.mark.parametrize(("given", "says"), TABLE, ids=[given or "nothing" for given, _ in TABLE])
def test_one_line(run, files, tmp_path, monkeypatch, given, says):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    code, out, err = run(*(part.format(**files) for part in given.split()))
    assert (code, out) == (2, "")
    assert re.fullmatch(r"alexnet-lab: [^\n]+\n", err), err
    assert says in err
    assert not [p for p in tmp_path.rglob("*") if p.is_file()], "something was written"


def test_a_bad_picture_among_good_ones_is_told_and_passed_over(run, trained, tmp_path):
    for n in range(2):
        draw(tmp_path / f"{n}.png", (200, 60, 60), n)
    (tmp_path / "0b.jpg").write_text("no picture")
    code, out, err = run("predict", "--image", tmp_path, "--checkpoint", trained, "--json")
    assert code == 2
    seen = [json.loads(line)["image"] for line in out.splitlines()]
    assert seen == [str(tmp_path / "0.png"), str(tmp_path / "1.png")]
    first, last = err.splitlines()
    assert "0b.jpg' is not an image" in first
    assert last == "alexnet-lab: 1 of 3 pictures could not be read; the others are done"


def test_a_run_is_not_overwritten_nor_continued_by_another(run, colours, trained):
    before = (trained / "checkpoint.safetensors").read_bytes()
    given = ["train", "--data", colours, "--epochs", 6, "--batch-size", 8, "--out", trained]
    tiny = ["--set", "channels=8,8,8,8,8", "--set", "hidden=16,16"]
    for more, says in (
        (tiny, "already holds a run; add --resume"),
        ([*tiny, "--resume", "--set", "norm=lrn"], "began with model options norm none, not lrn"),
        ([*tiny, "--resume", "--augmentation", "none"], "began with run augmentation 2012"),
        ([*tiny, "--resume", "--lr", "0.02"], "has lr=0.01, not 0.02"),
        ([*tiny, "--resume", "--limit", "16"], "began with data images [48, 16], not [16, 4]"),
    ):
        code, _, err = run(*given, *more)
        assert (code, says in err, len(err.splitlines())) == (2, True, 1), err
    assert (trained / "checkpoint.safetensors").read_bytes() == before


def test_a_loss_that_is_not_finite(run, colours, tmp_path):
    given = ["train", "--data", colours, "--quiet", "--out", tmp_path / "run", "--recipe", "2012"]
    code, _, err = run(*given, "--lr", "1e30", "--epochs", 9, "--set", "channels=8,8,8,8,8")
    assert code == 2
    assert re.fullmatch(r"alexnet-lab: the loss is (nan|inf) .*; nothing was saved\n", err)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "experiment"])
def test_help_has_examples_that_parse(command, capsys):
    from alexnet_lab.cli import parser

    with pytest.raises(SystemExit) as exit_code:
        main([command, "--help"])
    assert exit_code.value.code == 0
    text = capsys.readouterr().out
    examples = text.partition("examples:\n")[2].splitlines()
    assert examples
    for line in examples:
        words = re.split(r" [|>] ", line)[-1 if "| alexnet-lab" in line else 0].split()
        first = words.index("alexnet_lab" if "-m" in words else "alexnet-lab")
        parser().parse_args(words[first + 1 :])


def test_a_mistake_of_ours_is_not_hidden(run, monkeypatch):
    """Only what a user did wrong becomes one line."""
    from alexnet_lab.cli import summary

    monkeypatch.setattr(summary, "run", lambda args: np.zeros(2) @ np.zeros(3))
    with pytest.raises(ValueError, match="mismatch"):
        run("summary")
