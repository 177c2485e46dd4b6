"""A class's files: what is counted, what is refused, and what the command says."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from alexnet_lab.cli import main
from alexnet_lab.errors import UserError
from alexnet_lab.quiz import read_answers, report

KEY = ("B", "two towers", 1)
WRONG = {"A": ("A", "one tower", 0), "C": ("C", "four towers", 0)}


def kept(*said: tuple[str, str, float], kind: str = "choices", prompt: str = "Which?") -> dict:
    rows = [{"at": at, "value": v, "text": t, "right": r} for at, (v, t, r) in enumerate(said)]
    about = {"page": "notebooks/08_two_gpus.html", "label": "Predict", "prompt": prompt}
    return about | {"kind": kind, "said": rows}


def save(folder: Path, name: str, **answers: Any) -> Path:
    path = folder / f"{name}.json"
    named = {key.replace("_", "-"): value for key, value in answers.items()}
    path.write_text(json.dumps({"version": 1, "answers": named}), encoding="utf-8")
    return path


@pytest.fixture
def a_class(tmp_path: Path) -> Path:
    """Six readers: three take A, one C, two are right; who was wrong first counts as wrong."""
    first = [WRONG["A"], WRONG["A"], WRONG["A"], WRONG["C"], KEY, KEY]
    for place, said in enumerate(first):
        number = ("55", "55", 0) if place < 2 else ("54", "54", 1)
        note = ("so", "so", 0.5 if place else 1)
        save(
            tmp_path,
            f"reader-{place}",
            **{"08_aa": kept(said, KEY), "05_bb": kept(number, kind="number", prompt="How many?")},
            **{"03_cc": kept((f"text {place}", *note[1:]), kind="open", prompt=f"=Why {1}?")},
        )
    return tmp_path


def test_first_answers_are_counted(a_class: Path) -> None:
    rows = {row.question: row for row in report(read_answers([a_class]))}
    towers = rows["08-aa"]
    assert [(t.text, t.count) for t in towers.taken] == [
        ("one tower", 3),
        ("two towers", 2),
        ("four towers", 1),
    ]
    assert (towers.right, towers.count) == (2, 6)
    assert towers.misconception == towers.taken[0]
    assert rows["05-bb"].misconception.text == "55"
    assert (rows["03-cc"].right, rows["03-cc"].misconception) == (3.5, None)
    assert list(rows) == ["08-aa", "03-cc", "05-bb"]  # the hardest first
    assert [row.question for row in report(read_answers([a_class]), "8")] == ["08-aa"]


def test_two_that_are_level_do_not_lead(tmp_path: Path) -> None:
    for place, said in enumerate([WRONG["A"], WRONG["C"]] * 2):
        save(tmp_path, str(place), **{"08_aa": kept(said), f"08_own{place}": kept(KEY)})
    (row,) = (row for row in report(read_answers([tmp_path])) if row.question == "08-aa")
    assert row.misconception is None


def test_the_same_file_twice_is_one_reader(tmp_path: Path) -> None:
    one = save(tmp_path, "one", **{"08_aa": kept(KEY)})
    again = save(tmp_path, "copy", **{"08_aa": kept(KEY)})
    assert len(read_answers([one, again, one])) == 1


BAD = {
    "no JSON": "no",
    "a list": "[]",
    "a number": "7",
    "another version": '{"version": 2, "answers": {}}',
    "no answers": '{"version": 1}',
    "an answer that is a list": '{"version": 1, "answers": {"a": []}}',
    "deep": "[" * 100_000,
    "NaN": json.dumps(
        {"version": 1, "answers": {"a": kept(KEY) | {"said": [{"at": float("nan")}]}}}
    ),
    "a mark of 2": json.dumps({"version": 1, "answers": {"a": kept(("A", "x", 2))}}),
    "bytes": b"\xff\xfe\x00",
    "too large": " " * 4_000_001,
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_of_another_kind_is_one_line(tmp_path: Path, what: str, capsys: Any) -> None:
    file = tmp_path / "bad.json"
    content = BAD[what]
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=r"bad\.json' was not saved by the page Your answers"):
        read_answers([file])
    assert main(["quiz", "report", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


COMMANDS = {
    "report nowhere": "no such file or folder: 'nowhere'",
    "report .": "no files of answers",
    "report": "the following arguments are required: FILE",
    "export --format gift --out x --book .": "no chapters in '.'",
    "export --format gift --out x --book nowhere": "no such file or folder: 'nowhere'",
    "export --format word --out x --book ROOT": "unknown format 'word'; known: gift",
    "export --format gift --out x --book ROOT --chapter 77": "no questions in chapter '77'; known:",
    "export --format gift --out . --book ROOT": "cannot write '.'",
    "export --out x": "the following arguments are required: --format",
    "": "VERB",
}


@pytest.mark.parametrize("line", COMMANDS)
def test_bad_input_is_one_line_and_exit_2(
    line: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [str(root) if word == "ROOT" else word for word in line.split()]
    assert main(["quiz", *given]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert COMMANDS[line] in said
    assert list(tmp_path.iterdir()) == []


def test_the_commands(a_class: Path, root: Path, capsys: Any) -> None:
    out = a_class / "five.csv"
    book = ["--book", str(root), "--chapter", "5"]
    assert main(["quiz", "export", "--format", "csv", "--out", str(out), *book]) == 0
    assert "questions" in capsys.readouterr().out
    out.unlink()
    assert main(["quiz", "report", str(a_class)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("6 readers, 3 questions")
    assert "     3  one tower: not right  < leads" in said
    table = a_class / "class.csv"
    assert main(["quiz", "report", str(a_class), "--out", str(table)]) == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["answer"] for row in rows if row["leads"]] == ["one tower", "55"]
    assert sum(int(row["count"]) for row in rows) == 18
