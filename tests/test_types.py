"""What a reader's editor knows of the package: types, keywords, names to complete."""

from __future__ import annotations

import inspect
import json
import os
import pydoc
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import alexnet_lab as al
from alexnet_lab.models.options import AlexNetOptions

ROOMS = ("analysis", "classroom", "data", "experiments", "inference", "lab", "models", "plots",
         "training", "widgets")  # fmt: skip

#: A user's script; each line with a mistake says so, and a checker must find these and no others.
SCRIPT = """
import alexnet_lab as al
import torch

net: al.AlexNet = al.AlexNet(10, norm="none", hidden=(64, 64))
al.AlexNet("10")  # wrong
al.AlexNet(10, activatoin="tanh")  # wrong
al.AlexNet(10, dropout="half")  # wrong
al.models.alexnet_2012(10, follow="source", towers=1)
al.models.alexnet_2012(10, towers="one")  # wrong
al.models.alexnet_mini(10, hidden=[64, 64])
al.models.x  # wrong
al.AlexNett  # wrong
lab = al.load_pretrained("lab")
al.load_pretrained(3)  # wrong
x: torch.Tensor = lab.preprocess(al.photograph("coffee"))
logits: torch.Tensor = lab(x[None])
names: tuple[str, ...] = lab.classes
photo = al.photograph("cat")
pixels = photo.pixels
al.photograph(3)  # wrong
answer: al.inference.Prediction = al.predict(photo)
percent: float = 100 * al.predict("cat.jpg").probability
al.predict(photo, tpo=3)  # wrong
label: int = answer.label  # wrong
several: list[al.inference.Prediction] = al.predict(["cat", "coffee"])
table = al.layer_table(net)
print(table.total_parameters + 1)
al.analysis.gradcam(lab, photo, "church", layer="relu5")
al.analysis.gradcam(lab, photo, layer=5)  # wrong
viz = al.AlexNetVisualizer(net)
viz.plot_conv_filters(layer="conv1", num_filters=16)
viz.plot_conv_filters(num_filters="all")  # wrong
al.widgets.FilterExplorer(lab)
al.experiments.evidence("towers")
"""
WRONG = {n for n, line in enumerate(SCRIPT.splitlines(), 1) if line.endswith("# wrong")}


ROOT = Path(al.__file__).parents[1]


def found_by(command: list[str], script: Path) -> set[int]:
    """Return the lines of the script in which a type checker finds errors."""
    script.write_text(SCRIPT)
    done = subprocess.run(
        [*command, str(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        # An editable install is a hook that type checkers do not follow.
        env={**os.environ, "MYPYPATH": str(ROOT)},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return {int(n) for n in re.findall(r"script\.py:(\d+):(?:\d+)?:? *-? *error", done.stdout)}


@pytest.mark.slow
def test_mypy_finds_a_users_mistakes_and_no_others(tmp_path) -> None:
    pytest.importorskip("mypy")
    config = [f"--config-file={ROOT / 'pyproject.toml'}"] * (ROOT / "pyproject.toml").is_file()
    found = found_by([sys.executable, "-m", "mypy", *config], tmp_path / "script.py")
    assert found == WRONG


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pyright"), reason="needs pyright, which is in no extra")
def test_pyright_finds_a_users_mistakes_and_no_others(tmp_path) -> None:
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(ROOT)]}))
    command = ["pyright", "--pythonpath", sys.executable, "--project", str(tmp_path)]
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    lines = re.findall(r"script\.py:(\d+):\d+ - error", done.stdout)
    assert {int(n) for n in lines} == WRONG, done.stdout


def test_options_are_named_once() -> None:
    """The keywords that type checkers know are the fields of the configuration."""
    known = {field.name for field in fields(al.models.AlexNetConfig)} - {"num_classes"}
    assert set(AlexNetOptions.__annotations__) == known
    for build in (al.AlexNet, al.models.AlexNetMini, al.models.alexnet_2012,
                  al.models.alexnet_one_gpu, al.models.alexnet_mini):  # fmt: skip
        parameters = inspect.signature(build).parameters
        assert known < set(parameters)
        assert not [p for p in parameters.values() if p.kind is p.VAR_KEYWORD]
        # The defaults that are shown are those that are taken.
        config = build(2).config
        shown = {name: p.default for name, p in parameters.items() if name in known}
        assert {name: getattr(config, name) for name in shown} == shown


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_completes_to_what_it_offers(room) -> None:
    module = getattr(al, room)
    assert sorted(dir(module)) == sorted(module.__all__)
    for name in module.__all__:
        getattr(module, name)


def test_help_lists_all_rooms() -> None:
    text = pydoc.plain(pydoc.render_doc(al))
    for room in ROOMS:
        assert f"al.{room}``" in text
    assert set(ROOMS) <= set(dir(al))
    assert "activation" in pydoc.plain(pydoc.render_doc(al.AlexNet))
