"""Small tables: the text by hand, the HTML read by a parser, bad input in one line."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from alexnet_lab.analysis import compare_fields, small_table
from alexnet_lab.errors import UserError
from alexnet_lab.experiments import evidence

ROWS = [("conv1", "105 M", "first <sees> pixels"), ("fc8", "4 M", "–")]


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    made = small_table(["layer", "MACs", "what"], ROWS, title="A & B", note="per image")
    assert repr(made) == (
        "A & B\nlayer   MACs  what\nconv1  105 M  first <sees> pixels\nfc8      4 M  –\nper image"
    )


def test_the_html_has_the_same_cells() -> None:
    made = small_table(["", "MACs", "what"], ROWS, title="A & B", note="per image")
    page = BeautifulSoup(made._repr_html_(), "html.parser")
    assert page.caption.text == "A & B"
    assert page.find(role="region")["aria-label"] == "A & B"
    lines = [[cell.text for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]
    assert lines == [["", "MACs", "what"], *map(list, ROWS)]
    assert [head["scope"] for head in page.find_all("th")] == ["col", "col", "row", "row"]
    assert "text-align:right" in page.tbody.tr.find_all("td")[0]["style"]
    assert page.find_all("p")[-1].text == "per image"


@pytest.mark.parametrize(
    ("heads", "rows", "word"),
    [([], [], "without columns"), (["a", "b"], [("x",)], "1 cells under 2 heads: x")],
)
def test_nonsense_is_one_line(heads: list, rows: list, word: str) -> None:
    with pytest.raises(UserError, match=word):
        small_table(heads, rows)


def test_settings_and_evidence_show_the_same_as_text_and_as_a_table() -> None:
    for shown, text in (
        (compare_fields({"then": {"lr": 0.01}, "now": {"lr": 0.001}}), "then"),
        (evidence("overlapping_pooling"), "training error"),
    ):
        page = BeautifulSoup(shown._repr_html_(), "html.parser")
        cells = [cell.text for cell in page.table.find_all(["th", "td"]) if cell.text]
        assert text in cells
        assert all(cell in repr(shown) for cell in cells)
    verdicts = [strong.text for strong in page.find_all("strong")]
    assert verdicts == [row.status for row in shown.rows]
