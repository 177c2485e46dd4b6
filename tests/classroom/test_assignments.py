"""The assignments: sources pass, releases ask, likely mistakes get a helpful line.

Cells run in this process, without a kernel; `test_release_under_nbval` takes the long way once.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
import yaml

import alexnet_lab as al
from alexnet_lab.classroom import release
from alexnet_lab.classroom.authoring import regions
from alexnet_lab.classroom.authoring.release import student_notebook
from alexnet_lab.classroom.authoring.source import dumps, read_source
from alexnet_lab.classroom.cells import role
from alexnet_lab.classroom.secret import VARIABLE

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    (ROOT / "assignments").glob("*.ipynb"), key=lambda path: int(path.name.split("-")[0])
)
RELEASED = ROOT / "notebooks" / "assignments"
NAMES = [path.stem for path in SOURCES]
each = pytest.mark.parametrize("name", NAMES)


@cache
def notebook(name: str) -> Any:
    return nbformat.read(ROOT / "assignments" / f"{name}.ipynb", as_version=4)


@cache
def wrong_answers(name: str) -> dict[str, list[dict[str, str]]]:
    path = Path(__file__).parent / "wrong_answers" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def cells(name: str, *kinds: str) -> list[Any]:
    return [cell for cell in notebook(name).cells if role(cell) in kinds]


def checks_of(name: str, exercise: str) -> list[Any]:
    return [c for c in cells(name, "check") if c.metadata.alexnet_lab.exercise == exercise]


def run(source: str, space: dict[str, Any]) -> None:
    exec(compile(source, "<cell>", "exec"), space)


@cache
def given(name: str) -> dict[str, Any]:
    """Return what imports and helpers leave behind; copy it before use."""
    space: dict[str, Any] = {}
    for cell in cells(name, "given"):
        if cell.id != "setup":
            run(cell.source, space)
    return space


def stubs(name: str) -> dict[str, str]:
    return read_source(ROOT / "assignments" / f"{name}.ipynb").stubs


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.delenv(VARIABLE, raising=False)


def test_they_are_numbered_without_a_gap() -> None:
    assert [int(name.split("-")[0]) for name in NAMES] == list(range(1, len(NAMES) + 1))
    assert len(NAMES) >= 6


@each
def test_released_version_is_that_of_the_source(name: str) -> None:
    source = ROOT / "assignments" / f"{name}.ipynb"
    fresh = dumps(student_notebook(read_source(source)))
    committed = (RELEASED / f"{name}.ipynb").read_text(encoding="utf-8")
    assert committed == fresh, f"alexnet-lab assignment release {source} {RELEASED}"


@each
def test_nothing_of_the_solution_is_released(name: str) -> None:
    text = (RELEASED / f"{name}.ipynb").read_text(encoding="utf-8")
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN|MARK)|secret_rng|secrets?\b", text)
    assert text.count("not answered yet") == len(cells(name, "answer"))
    for cell in cells(name, "answer", "written"):
        for line in regions.within(cell.source, regions.SOLUTION):
            assert len(line.strip()) < 20 or json.dumps(line.strip())[1:-1] not in text, cell.id


@each
def test_head_says_what_the_assignment_is(name: str) -> None:
    head = notebook(name).cells[0].source
    title, lead = head.split("\n\n")[:2]
    assert title.startswith(f"# Assignment {name.split('-')[0]}. ")
    assert 60 <= len(lead) <= 200
    minutes = int(re.search(r"> \*\*This assignment\*\* — about (\d+) minutes", head)[1])
    assert 60 <= minutes <= 120
    points = sum(c.metadata.nbgrader.points for c in cells(name, "check", "written"))
    exercises = len(cells(name, "answer", "written"))
    assert f"**It is worth** {points} points, in {exercises} exercises" in head
    assert 4 <= exercises <= 8
    assert len(cells(name, "written")) == 1


@each
def test_set_up_cell_is_that_of_the_chapters(name: str) -> None:
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    first = next(cell for cell in notebook(name).cells if cell.cell_type == "code")
    assert f'%pip install -q "alexnet-lab @ git+{repository["url"]}@{repository["branch"]}"' in (
        first.source
    )
    assert first.metadata.tags == ["setup"]
    for cell in notebook(name).cells:
        assert not re.search(r"\bal(\.\w+)*\._|from alexnet_lab", cell.source), cell.id


@each
def test_each_exercise_has_a_text_an_answer_a_picture_and_checks(name: str) -> None:
    ids = [cell.id for cell in notebook(name).cells]
    prose = "\n".join(cell.source for cell in notebook(name).cells)
    for number, cell in enumerate(cells(name, "answer"), 1):
        place = ids.index(cell.id)
        assert ids[place - 1 : place + 3] == [
            f"{cell.id}-text",
            cell.id,
            f"{cell.id}-picture",
            f"{cell.id}-check",
        ]
        assert f"> **Exercise {number}** — " in prose
        assert '"""' in cell.source
        for check in checks_of(name, cell.id):
            about = check.metadata.alexnet_lab
            assert about.title.startswith(f"{number}. ")
            assert f"## {about.title}\n" in prose
            assert about.hint.endswith((".", "?"))
            assert f'title = "{about.title}"' in check.source
            assert f'secret_rng("{cell.id}")' in check.source, "a hidden part, from the secret"
            literals = {
                node.value
                for node in ast.walk(ast.parse(check.source))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            assert not [text for text in literals if "{" in text], "an f-string without its f"
    assert {w.id for w in cells(name, "answer")} == set(wrong_answers(name))


@each
def test_what_students_read_is_no_wider_than_the_book_shows(name: str) -> None:
    for cell in cells(name, "answer", "picture"):
        assert max(map(len, cell.source.splitlines())) <= 88, cell.id


@each
def test_links_lead_to_chapters(name: str) -> None:
    for cell in notebook(name).cells:
        for link in re.findall(r"\]\(([^)#]+\.(?:ipynb|md))", cell.source):
            assert (RELEASED / link).exists(), f"{cell.id}: {link}"


@each
def test_each_answer_passes_alone(name: str) -> None:
    """Visible and hidden checks, with every other exercise unanswered; other secrets below."""
    unanswered = stubs(name)
    for answer in cells(name, "answer"):
        space = dict(given(name))
        for other in cells(name, "answer"):
            run(answer.source if other is answer else unanswered[other.id], space)
        for check in checks_of(name, answer.id):
            run(check.source, space)


def as_float32(value: Any) -> Any:
    """Return a result as somebody gives it who computes in float32, and not contiguous."""
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.float().T.contiguous().T if value.dim() == 2 else value.float()
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return np.asfortranarray(value.astype(np.float32))
    if isinstance(value, (tuple, list)):
        return type(value)(as_float32(item) for item in value)
    return np.float32(value) if isinstance(value, float) else value


@each
def test_right_answers_pass_under_many_secrets_in_float32_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred secrets with ALEXNET_LAB_FUZZ=full; the types of the results alternate."""
    full = os.environ.get("ALEXNET_LAB_FUZZ") == "full"
    for number in range(100 if full else 3):
        monkeypatch.setenv(VARIABLE, f"0123456789abcdef-{number}")
        for answer in cells(name, "answer"):
            space = dict(given(name))
            run(answer.source, space)
            function = re.search(r"def (\w+)", answer.source)[1]
            real = space[function]
            if number % 2:
                space[function] = lambda *a, real=real, **k: as_float32(real(*a, **k))
            for check in checks_of(name, answer.id):
                run(check.source, space)


@each
def test_a_number_that_should_be_whole_is_not_rounded_for_the_student(name: str) -> None:
    whole = given(name)["whole"]
    assert (whole(7), whole(7.0), whole(np.int64(7)), whole(torch.tensor(7))) == (7, 7, 7, 7)
    assert isinstance(whole(7.0), int)
    assert whole(7.25) == 7.25
    assert whole(2**80) == 2**80
    assert np.isnan(whole(float("nan")))


@each
def test_what_is_forbidden_is_said_in_the_notebook_and_by_check_alike(name: str) -> None:
    """By the check's cell, and by the rule that `check` and the grader read."""
    texts = {cell.id: cell.source for cell in notebook(name).cells}
    for answer in cells(name, "answer"):
        rule = answer.metadata.alexnet_lab.get("without", [])
        called = re.search(r"def (\w+)", answer.source)[1]
        asked = re.findall(r"broken_rule\(\s*(\w+),([^)]*)\)", texts[f"{answer.id}-check"])
        assert [(f, re.findall(r'"([^"]+)"', names)) for f, names in asked] == (
            [(called, rule)] if rule else []
        )


def test_results_of_the_ledger_are_what_the_ledger_shows() -> None:
    space = dict(given("10-ablate-report"))
    exec(next(c.source for c in cells("10-ablate-report", "answer") if c.id == "paired"), space)
    rates = {}
    for claim in ("dropout", "overlapping_pooling", "augmentation", "weight_decay", "towers"):
        found = al.experiments.evidence(claim)
        for row in found.table:
            errors = space["results"](claim, row["arm"], "test_error")
            assert list(errors) == row["seeds"]
            shown = next(v for k, v in row.items() if k in ("test error", "validation error"))
            assert list(errors.values()) == pytest.approx(shown)
            rates.setdefault(claim, set()).update(
                space["results"](claim, row["arm"], "rate").values()
            )
    assert {claim for claim, seen in rates.items() if len(seen) > 1} == {
        *("weight_decay", "augmentation")
    }, "the text of exercise 4 names them"
    with pytest.raises(ValueError, match="'accuracy' is not in these records; they have"):
        space["results"]("dropout", "half", "accuracy")
    # As the text says: the other sign, and an interval about twice as wide.
    sides = [space["results"]("weight_decay", arm, "train_error") for arm in ("none", "paper")]
    mean, low, high, _ = space["paired"](*sides)
    ledger = al.experiments.evidence("weight_decay").rows[0].finding.effect
    assert ledger.estimate == pytest.approx(-100 * mean)
    assert 1.7 < (ledger.high - ledger.low) / (100 * (high - low)) < 2.2


@each
def test_unanswered_every_check_says_so(name: str) -> None:
    space = dict(given(name))
    for stub in (stubs(name)[cell.id] for cell in cells(name, "answer")):
        run(stub, space)
    for check in cells(name, "check"):
        with pytest.raises(NotImplementedError, match=r"^not answered yet$"):
            run(regions.drop(check.source, regions.HIDDEN), space)


def messages(name: str, exercise: str, answer: str) -> list[tuple[str, str]]:
    """Return the titles of an exercise's checks, and what their visible parts say to an answer."""
    space, said = dict(given(name)), []
    run(answer, space)
    for check in checks_of(name, exercise):
        try:
            run(regions.drop(check.source, regions.HIDDEN), space)
        except AssertionError as error:
            said.append((check.metadata.alexnet_lab.title, str(error)))
    return said


@each
def test_likely_mistakes_get_a_helpful_line(name: str) -> None:
    for exercise, wrong in wrong_answers(name).items():
        assert wrong
        for each_wrong in wrong:
            said = messages(name, exercise, each_wrong["answer"])
            assert any(each_wrong["line"] in line for _, line in said), (exercise, said)
            assert all(line.startswith(title) for title, line in said), (exercise, said)


@each
def test_hidden_checks_catch_what_knows_the_visible_cases_by_heart(name: str) -> None:
    """An answer that records what the visible checks want, and returns just that."""
    for answer in cells(name, "answer"):
        space = dict(given(name))
        run(answer.source, space)
        function, seen = re.search(r"def (\w+)", answer.source)[1], {}
        real = space[function]

        def remember(*args: Any, real: Any = real, seen: dict = seen, **more: Any) -> Any:
            found = real(*args, **more)
            seen[repr((args, more))] = True
            return found

        def recite(*args: Any, real: Any = real, seen: dict = seen, **more: Any) -> Any:
            assert repr((args, more)) in seen, "not learned by heart"
            return real(*args, **more)

        space[function] = remember
        for check in checks_of(name, answer.id):
            run(regions.drop(check.source, regions.HIDDEN), space)
        space[function] = recite
        for check in checks_of(name, answer.id):
            with pytest.raises(AssertionError, match="not learned by heart"):
                run(check.source, space)


@each
def test_pictures_are_drawn_from_the_answers_and_wait_for_them(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import matplotlib.pyplot as plt

    plt.close("all")  # what other tests left open is not counted here
    space = dict(given(name))
    for cell in cells(name, "answer"):
        run(cell.source, space)
    for cell in cells(name, "picture"):
        run(cell.source, space)
        figures = plt.get_fignums()
        assert len(figures) == 1, cell.id
        axes = plt.figure(figures[0]).axes
        labels = [ax.get_xlabel() or ax.get_ylabel() or ax.get_title() for ax in axes]
        assert any(labels), f"{cell.id}: neither labels nor titles"
        plt.close("all")
    assert capsys.readouterr().out == ""
    for stub in (stubs(name)[cell.id] for cell in cells(name, "answer")):
        run(stub, space)
    for cell in cells(name, "picture"):
        run(cell.source, space)
        assert "No picture yet" in capsys.readouterr().out, cell.id
        assert not plt.get_fignums()


SETTLED = """
import torch
from alexnet_lab.classroom.grading import tampering
from alexnet_lab.classroom.grading import server
server.settle()
tampering.remember()
digest, before = tampering.before()
torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1).step()
import alexnet_lab as al
al.training.MomentumSGD2012([torch.zeros(1, requires_grad=True)]).step()
assert tampering.changed(before) == [], tampering.changed(before)
assert tampering.digest() == digest
al.analysis.summarize = lambda net: None
torch.nn.MaxPool2d = torch.nn.AvgPool2d
assert tampering.digest() != digest
found = tampering.changed(before)
assert found == ["torch.nn.MaxPool2d", "alexnet_lab.analysis.summarize"], found
"""


def test_an_optimizer_in_a_check_is_no_tampering() -> None:
    """Assignment 3 steps with torch's SGD, whose first use exchanges a function of torch."""
    done = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
def test_release_under_nbval(tmp_path: Path) -> None:
    done = release(SOURCES[0], tmp_path, secrets=1)
    assert (done.checks, done.written) == (len(cells(NAMES[0], "check")), 1)
