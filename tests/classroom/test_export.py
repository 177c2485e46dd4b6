"""Gradebooks, held to the rules of the programs that import them; feedback a student."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import importers
import pytest

from alexnet_lab.classroom import export
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError

PEOPLE = [
    {"id": "u1", "name": "Jürgen Müßig", "address": "jm@example.org", "section": "A; late",
     "accounts": {"canvas": "9001", "login": "jm"}},
    {"id": "u2", "name": "O'Neill, \"Seán\"", "address": "so@example.org", "section": "B",
     "accounts": {"login": "so"}},
    {"id": "u3", "name": "", "address": "kim@example.org", "section": "", "accounts": {}},
    {"id": "u4", "name": "=Ada", "address": "ada@example.org", "section": "", "accounts": {}},
]  # fmt: skip
CLASS = [
    {"number": 9001, "sis": "", "login": "", "name": ""},
    {"number": 9002, "sis": "", "login": "so", "name": "x"},
    {"number": 9003, "sis": "u3", "login": "", "name": "x"},
    {"number": 9004, "sis": "", "login": "", "name": "=Ada"},
]


def report(folder: Path, name: str, totals: dict, **about) -> Path:
    """Write a report as grading does: totals by student; None for who handed in nothing."""
    (folder / "pages").mkdir(parents=True)
    entries = []
    for person in PEOPLE:
        total = totals.get(person["id"])
        account = {"total": total or 0, "of": about.get("of", 20), "days": 1, "marks": {}}
        account |= {"unmarked": [], **about.get(person["id"], {})}
        page = f"pages/{person['id']}.html" if total is not None else ""
        if page:
            (folder / page).write_text(f"{name} of {person['id']}")
        status = "graded" if page else "nothing handed in"
        entries.append(
            {"student": person, "file": "x", "page": page, "checks": {}, "status": status,
             "account": account}
        )  # fmt: skip
    data = {"assignment": name, "submissions": entries}
    (folder / "grades.json").write_text(json.dumps(data))
    return folder


def test_what_canvas_and_moodle_make_of_it(tmp_path, capsys) -> None:
    marks = {"marks": {"why": {"points": 1, "comment": "=good, really"}}}
    first = report(tmp_path / "a", "1-a", {"u1": 12.345, "u2": 0, "u4": 20}, u2=marks)
    second = report(tmp_path / "b", "2-b", {"u1": 7, "u3": 5}, u3={"unmarked": ["why"]})
    command = ["assignment", "export", str(first), str(second), "--out", str(tmp_path / "out")]
    command += ["--title", "Homework 1 (4711)", "--title", "Homework 2"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "4 students, 5 pages of feedback" in said
    assert "1 totals wait" in said
    data = (tmp_path / "out" / "canvas.csv").read_bytes()
    found = importers.canvas(data, CLASS, {"Homework 1": 4711})
    assert found == {
        "possible": {4711: "20", "Homework 2": "20"}, "new students": [],
        9001: {4711: 12.35, "Homework 2": 7}, 9002: {4711: 0}, 9004: {4711: 20},
    }  # fmt: skip
    data = (tmp_path / "out" / "moodle.csv").read_bytes()
    by_id = importers.moodle(data, {p["id"]: p["id"] for p in PEOPLE}, "ID number")
    by_mail = importers.moodle(data, {p["address"]: p["id"] for p in PEOPLE}, "Email address")
    assert by_id == by_mail
    assert by_id["u2"]["Homework 1 (4711)"] == 0
    assert by_id["u2"]["Homework 1 (4711) feedback"] == "why: =good, really"
    assert "Homework 2" not in by_id["u3"]
    with (tmp_path / "out" / "mail.csv").open(encoding="utf-8-sig", newline="") as file:
        mail = {row["id"]: row for row in csv.DictReader(file)}
    assert mail["u1"]["folder"] == "feedback/u1"
    assert (mail["u1"]["Homework 2"], mail["u1"]["Homework 2 of"]) == ("7", "20")
    assert mail["u4"]["name"] == "'=Ada"
    pages = sorted(p.relative_to(tmp_path / "out") for p in (tmp_path / "out").rglob("*.html"))
    assert [str(p) for p in pages] == [
        *("feedback/u1/1-a.html", "feedback/u1/2-b.html", "feedback/u2/1-a.html"),
        *("feedback/u3/2-b.html", "feedback/u4/1-a.html"),
    ]
    assert (tmp_path / "out" / pages[0]).read_text() == "1-a of u1"
    export([first], tmp_path / "out", missing="zero", preliminary=True)
    data = (tmp_path / "out" / "moodle.csv").read_bytes()
    again = importers.moodle(data, {p["id"]: p["id"] for p in PEOPLE}, "ID number")
    assert again["u3"]["1-a"] == 0
    assert not (tmp_path / "out" / "feedback" / "u3" / "2-b.html").exists()


def test_what_gradebooks_would_not_take(tmp_path) -> None:
    folder = report(tmp_path / "a", "1-a", {"u1": 120}, of=150)
    for title in ("Final Score", "Section", "Current Points 2", " "):
        with pytest.raises(UserError, match="no gradebook takes"):
            export([folder], tmp_path / "out", titles=[title])
    with pytest.raises(UserError, match="two reports are called '1-a'"):
        export([folder, folder], tmp_path / "out")
    with pytest.raises(UserError, match="2 titles for 1 reports"):
        export([folder], tmp_path / "out", titles=["a", "b"])
    assert "1 totals are above 100: Moodle takes them only" in str(export([folder], tmp_path / "o"))
    data = (tmp_path / "o" / "moodle.csv").read_bytes()
    with pytest.raises(importers.RefusedError, match="toobig"):
        importers.moodle(data, {p["id"]: p["id"] for p in PEOPLE}, "ID number")
    with pytest.raises(UserError, match="cannot read"):
        export([tmp_path / "none"], tmp_path / "out")
    (tmp_path / "a" / "grades.json").write_text("{}")
    with pytest.raises(UserError, match="is not a report"):
        export([tmp_path / "a"], tmp_path / "out")
    text = json.dumps({"assignment": "x", "submissions": []})
    (tmp_path / "a" / "grades.json").write_text(text)
    with pytest.raises(UserError, match="knows no students; grade once more, with --roster"):
        export([tmp_path / "a"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
