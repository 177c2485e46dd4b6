"""The course: a plan for every chapter, minutes that add up, syllabi that name what exists."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from chapters import Chapter
from served import ROOT

PAGE = (ROOT / "book" / "course.md").read_text(encoding="utf-8")
PLANS = (ROOT / "book" / "course-plans.md").read_text(encoding="utf-8").split("\n## ")[1:]
CHAPTERS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
# How the plans of the chapters without a number begin; the tables have their letters.
UNNUMBERED = {
    "00_how_a_network_learns.ipynb": "How ",
    "00_real_thing.ipynb": "Train the real thing",
}
SYLLABI = {"Four weeks": 4, "Eight weeks": 8, "Twelve weeks": 12}


def syllabus(name: str) -> str:
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def numbers(word: str, text: str) -> list[str]:
    """Return the numbers after a word: of ``chapters 3, L`` 3 and L."""
    found = re.findall(rf"{word}s? ((?:\d+|[LG])(?:, (?:\d+|[LG]))*)", text)
    return [number for group in found for number in group.split(", ")]


def number_of(name: str) -> str:
    return Chapter(ROOT / "notebooks" / name).number


def test_each_chapter_has_one_plan() -> None:
    linked = [re.search(r"\(\.\./notebooks/(\S+\.ipynb)\)", plan)[1] for plan in PLANS]
    assert sorted(linked) == CHAPTERS
    for plan, name in zip(PLANS, linked, strict=True):
        assert plan.startswith(UNNUMBERED.get(name, f"{number_of(name)}. "))


@pytest.mark.parametrize("plan", PLANS, ids=[plan.split(".")[0] for plan in PLANS])
def test_a_plan_fills_ninety_minutes_and_has_all_its_parts(plan: str) -> None:
    times = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+)–(\d+) \|", plan, re.M)]
    assert times[0][0] == 0
    assert times[-1][1] == 90
    assert all(end == begin for (_, end), (begin, _) in itertools.pairwise(times))
    for part in ("Students are able to ", "Have ready: ", "**Question**: ", "**On the board**: "):
        assert plan.count(part) == 1, part
    assert len(re.findall(r"^- \*.+\*: ", plan, re.M)) >= 2, "wrong answers to expect"


@pytest.mark.parametrize("name", SYLLABI)
def test_a_syllabus_names_chapters_and_assignments_in_an_order_that_works(name: str) -> None:
    weeks = re.findall(r"^\| (\d+) \| (.+?) \|(.*)\|$", syllabus(name), re.M)
    assert [int(week) for week, _, _ in weeks] == list(range(1, SYLLABI[name] + 1))
    needs = {
        row[0]: numbers("x", "x " + row[1])
        for row in re.findall(r"^\| \[(\d+)\]\(\S+\) \| .+? \| ([\dLG, ]+) \|", PAGE, re.M)
    }
    taught: set[str] = set()
    for _, lessons, hand_in in weeks:
        taught |= set(numbers("chapter", lessons))
        for assignment in numbers("assignment", hand_in):
            if name == "Twelve weeks":
                assert set(needs[assignment]) <= taught, (assignment, taught)
            else:  # a shorter course leaves chapters out; most of what is needed was there
                assert set(needs[assignment]) & taught, (assignment, taught)


def test_twelve_weeks_have_everything() -> None:
    text = syllabus("Twelve weeks")
    assert sorted(numbers("chapter", text)) == sorted(map(number_of, CHAPTERS))
    made = len(list((ROOT / "assignments").glob("*.ipynb")))
    assert sorted(numbers("assignment", text)) == sorted(
        str(number) for number in range(1, made + 1)
    )


def test_points_by_a_person_are_those_of_the_sources() -> None:
    rows = re.findall(r"^\| \[\d+\]\(\.\./notebooks/assignments/(\S+)\) .*\| (\d+) \|$", PAGE, re.M)
    assert len(rows) == len(list((ROOT / "assignments").glob("*.ipynb")))
    for name, points in rows:
        cells = json.loads((ROOT / "assignments" / name).read_text(encoding="utf-8"))["cells"]
        marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
        by_hand = sum(m["points"] for m in marks if m.get("grade") and m.get("solution"))
        assert by_hand == int(points), name
