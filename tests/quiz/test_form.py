"""The form of a question: what is read, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alexnet_lab.errors import UserError
from alexnet_lab.quiz import Drawn, export, read_questions

CHOICES = """> **Predict** — Far above,
> or close?
>
> - A. Far above
> - B. Close, in a
>   second line
> - C. Far below

"""
FOLD = "<details>\n<summary>Answer</summary>\n\n{}\n\n</details>\n\n"
ANSWER = FOLD.format("**B.** Since *so*.\n\nMore.\n\n- **A**: no: $x$.\n- **C**: nor\n  this.")


def page(folder: Path, text: str, name: str = "07_page.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def number(folder: Path, head: str, slips: str = "") -> tuple[float, float, str]:
    text = "> **Predict** — How many?\n\n" + FOLD.format(f"{head} counted.{slips}")
    (found,) = read_questions(page(folder, text))
    assert found.kind == "number", head
    assert found.number is not None
    return found.number.value, found.number.tolerance, found.number.unit


def test_choices(tmp_path: Path) -> None:
    (found,) = read_questions(page(tmp_path, "Text.\n\n" + CHOICES + ANSWER + "More text.\n"))
    assert (found.kind, found.key, found.chapter) == ("choices", "B", "07")
    assert found.prompt == "Far above,\nor close?"
    assert [c.text for c in found.choices] == ["Far above", "Close, in a second line", "Far below"]
    assert [c.feedback for c in found.choices] == ["no: $x$.", "Since *so*.\n\nMore.", "nor this."]
    assert found.explanation == "Since *so*.\n\nMore."


# By hand: value, tolerance and unit of what an answer may begin with.
NUMBERS = {
    "**54** —": (54, 0.5, ""),
    "**60,965,224** —": (60965224, 0.5, ""),
    "**0.59** —": (0.59, 0.005, ""),
    "**54 columns** —": (54, 0.5, "columns"),
    "**1.4 million (± 10 %)** —": (1.4, 0.14, "million"),
    "**62 % (± 2 %)** —": (62, 2, "%"),
    "**99.5 %** —": (99.5, 0.05, "%"),
    "**62%** –": (62, 0.5, "%"),
    "**−0.5 (± 0.05)** —": (-0.5, 0.05, ""),
    "**163 pixels (± 5)** —": (163, 5, "pixels"),
    "**4.7 × (± 0.2)** —": (4.7, 0.2, "×"),
}


@pytest.mark.parametrize("head", NUMBERS)
def test_numbers(tmp_path: Path, head: str) -> None:
    assert number(tmp_path, head) == pytest.approx(NUMBERS[head])


def test_slips_of_a_number(tmp_path: Path) -> None:
    text = FOLD.format("**54** — counted.\n\n- **55**: one\n- **1,560**: two")
    (found,) = read_questions(page(tmp_path, f"> **Check 7.1, sizes** — How many?\n\n{text}"))
    assert [(slip.value, slip.feedback) for slip in found.slips] == [(55, "one"), (1560, "two")]
    assert [slip.room for slip in found.slips] == pytest.approx([0.49, 0.5])
    assert (found.label, found.topic, found.explanation) == ("Check 7.1", "sizes", "counted.")


@pytest.mark.parametrize(
    "answer",
    [
        "In **four**: each.",
        "**Far above.** So.",
        "**2 × 2** — both.",
        "**55**, not 54",
        "- **no**: x",
    ],
)
def test_what_names_no_number_first_is_open(tmp_path: Path, answer: str) -> None:
    (found,) = read_questions(page(tmp_path, "> **Predict** — Why?\n\n" + FOLD.format(answer)))
    assert (found.kind, found.explanation) == ("open", answer)


def test_a_drawn_question_names_its_curve(tmp_path: Path) -> None:
    text = "> **Predict** — Draw it. *(Draw: dropout, half, test error; beside none)*\n\n"
    answer = "So.\n\n- **stays below**: no.\n- **levels off**: nor\n  this."
    (found,) = read_questions(page(tmp_path, text + FOLD.format(answer)))
    assert (found.kind, found.prompt, found.explanation) == ("drawn", "Draw it.", "So.")
    shapes = (("stays below", "no."), ("levels off", "nor this."))
    assert found.drawn == Drawn("dropout", "half", "test error", "none", shapes)
    (plain,) = read_questions(
        page(tmp_path, text.replace("; beside none", "") + FOLD.format("So."))
    )
    assert plain.drawn == Drawn("dropout", "half", "test error")
    # Elsewhere it is an open question, which tells what drawings get wrong.
    (written,) = export([found], tmp_path / "x.csv", "csv")
    assert (written.kind, written.id) == ("open", found.id)
    assert "**stays below**: no." in written.explanation


@pytest.mark.parametrize(
    "text",
    [
        "> **Predict** — (A) or (B)?\n\n<details>\n<summary>A. this</summary>\n\nNo.\n\n</details>",
        "> **Predict** — Which?\n\nThe text goes on and tells.\n",
    ],
)
def test_a_question_without_one_answer_is_old(tmp_path: Path, text: str) -> None:
    assert [found.kind for found in read_questions(page(tmp_path, text))] == ["old"]


WRONG = {
    "no fold": CHOICES,
    "key not among them": CHOICES + ANSWER.replace("**B.**", "**D.**"),
    "no key": CHOICES + ANSWER.replace("**B.**", "B."),
    "feedback for the key": CHOICES + ANSWER.replace("**A**:", "**B**:"),
    "no feedback for one": CHOICES + ANSWER.replace("- **A**: no: $x$.\n", ""),
    "letters out of order": CHOICES.replace("B. Close", "D. Close") + ANSWER,
    "one choice": "> **Predict** — Which?\n>\n> - A. This\n\n" + FOLD.format("**A.** So."),
    "a slip that is right": "> **Predict** — n?\n\n"
    + FOLD.format("**5 (± 1)** — so.\n\n- **6**: no"),
    "a slip that is no number": "> **Predict** — n?\n\n"
    + FOLD.format("**5** — so.\n\n- **B**: no"),
    "a slip listed twice": "> **Predict** — n?\n\n"
    + FOLD.format("**5** — so.\n\n- **6**: a\n- **6.0**: b"),
    "a curve without an arm": "> **Predict** — n? *(Draw: Figure 10.1)*\n\n" + FOLD.format("So."),
    "a curve of nothing known": "> **Predict** — n? *(Draw: dropout, half, speed)*\n\n"
    + FOLD.format("So."),
    "a shape of another name": "> **Predict** — n? *(Draw: dropout, half, test loss)*\n\n"
    + FOLD.format("So.\n\n- **wiggles**: no"),
    "the same twice": (CHOICES + ANSWER) * 2,
}


@pytest.mark.parametrize("what", WRONG)
def test_nearly_in_the_form_is_refused_in_one_line(tmp_path: Path, what: str) -> None:
    with pytest.raises(UserError) as caught:
        read_questions(page(tmp_path, WRONG[what]))
    assert "\n" not in str(caught.value)
    assert "07_page.md" in str(caught.value)


def test_an_example_in_a_fence_is_not_asked(tmp_path: Path) -> None:
    assert read_questions(page(tmp_path, f"```markdown\n{CHOICES}{ANSWER}```\n")) == []


def test_a_notebook_and_a_page_are_read_alike(tmp_path: Path) -> None:
    """Question and fold may stand in two cells, as long as no code is between them."""
    texts = ["# 7. Title\n\n" + CHOICES, ANSWER, "Text."]
    cells = [{"cell_type": "markdown", "source": text.splitlines(True)} for text in texts]
    made = tmp_path / "07_page.ipynb"
    made.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (from_notebook,) = read_questions(made)
    (from_page,) = read_questions(page(tmp_path, CHOICES + ANSWER))
    assert from_notebook.choices == from_page.choices
    assert from_notebook.id == from_page.id


def test_an_id_follows_the_words_alone(tmp_path: Path) -> None:
    ids = []
    for change in [("", ""), ("Far above,\n> or", "*Far* above, or"), ("or close", "or near")]:
        (found,) = read_questions(page(tmp_path, CHOICES.replace(*change) + ANSWER))
        ids.append(found.id)
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("name", "text"), [("x.ipynb", "no json"), ("x.ipynb", "{}"), ("x.ipynb", '{"cells": 5}')]
)
def test_a_broken_notebook_is_one_line(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(UserError, match="not a notebook"):
        read_questions(page(tmp_path, text, name))


def test_chapters_are_chosen_by_number_or_name(root: Path) -> None:
    five = read_questions(root, chapter="5")
    assert five
    assert {question.page for question in five} == {"notebooks/05_pooling.ipynb"}
    assert read_questions(root, chapter="misconceptions")
    with pytest.raises(UserError, match="no questions in chapter '77'; known: 0"):
        read_questions(root, chapter="77")
