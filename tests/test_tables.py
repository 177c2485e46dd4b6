"""Small tables: the text by hand, the HTML read by a parser, bad input in one line."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from alexnet_lab.analysis import compare_fields, small_table
from alexnet_lab.errors import UserError
from alexnet_lab.experiments import evidence, price
from alexnet_lab.models import Traffic
from alexnet_lab.tables import COLUMNS, aligned
from alexnet_lab.training import EpochRow, History

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


def test_a_page_spells_percentages_as_its_prose_does() -> None:
    rows = [("conv1", "82%", "3.1% ± 0.2%", "37.5% is the paper's", "82 %", "%")]
    made = small_table(["layer", *"abcde"], rows)
    page = BeautifulSoup(made._repr_html_(), "html.parser")
    shown = [cell.text for cell in page.tbody.find_all("td")]
    assert shown == ["82\u00a0%", "3.1\u00a0% ± 0.2\u00a0%", *rows[0][3:]]
    assert "82%" in repr(made)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("-3", "−3"),
        ("-442,368", "−442,368"),
        ("(-.5)", "(−.5)"),
        ("-3.21 [-4.98, -1.45]", "−3.21 [−4.98, −1.45]"),
        ("(-∞, -2%]", "(−∞, −2\u00a0%]"),
        ("-10.7 to +5.7", "−10.7 to +5.7"),
        ("4096-4096-1000", "4096-4096-1000"),
        ("2012-09-30", "2012-09-30"),
        ("1e-05", "1e-05"),
        ("top-5", "top-5"),
        ("dim -1", "dim -1"),
        ("-", "-"),
    ],
)
def test_a_page_has_a_minus_before_a_number_and_a_terminal_what_was_written(written, shown) -> None:
    made = small_table(["", "a"], [("x", written)])
    assert BeautifulSoup(made._repr_html_(), "html.parser").tbody.td.text == shown
    assert repr(made).splitlines()[1].endswith(written)
    assert made.rows[0][1] == written


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


@pytest.mark.parametrize(
    ("right", "text"),
    [
        (None, "no.  name\n1    a\n12   2"),
        ((), "no.  name\n1    a\n12   2"),
        ((0, 1), "no.  name\n  1     a\n 12     2"),
    ],
)
def test_which_columns_stand_to_the_right_can_be_said(right, text) -> None:
    lines = [("no.", "name"), ("1", "a"), ("12", "2")]
    assert aligned(lines, right) == text
    # Left to itself, a column is moved only where all its cells are numbers.
    assert aligned([lines[0], ("1", "3"), lines[2]]) == "no.  name\n1       3\n12      2"


def test_what_is_a_table_in_a_terminal_is_one_in_a_page() -> None:
    traffic = Traffic()
    traffic.add("conv3", "forward", 0, 128 * 13 * 13 * 4)
    epoch = EpochRow(1, 10, 0.01, 2.3, 0.9, None, None, None, 1.5, 1000.0)
    for shown in (traffic, History([epoch]), price("dropout")):
        page = BeautifulSoup(shown._repr_html_(), "html.parser")
        cells = [cell.text for cell in page.find_all(["th", "td"]) if cell.text]
        assert len(cells) > 9
        words = repr(shown).split()
        # In a page the sign stands apart from its number, as in the book's prose.
        said = " ".join(cells).replace("\N{NO-BREAK SPACE}%", "%")
        assert all(word in words for word in said.split())
    assert repr(traffic).splitlines()[-1].split() == ["total", "1", "86,528"]
    assert "no epoch yet" in repr(History())
    assert "no epoch yet" in History()._repr_html_()


def test_sentences_go_on_below_in_a_terminal_and_have_lines_in_a_page() -> None:
    text = "Removing any of the middle convolutional layers costs accuracy, by the paper's words."
    effect = "2.04 [−7.49, 11.6] points of test error, for the layer that costs least"
    made = small_table(["", "claim", "effect", "n"], [("8", text, effect, 3)], note=3 * text)
    lines = repr(made).splitlines()
    assert max(map(len, lines)) <= COLUMNS
    words = " ".join(lines).split()
    assert sorted(words) == sorted(f" claim effect n 8 {text} {effect} 3 {3 * text}".split())
    cells = BeautifulSoup(made._repr_html_(), "html.parser").tbody.find_all("td")
    assert ["white-space:normal" in cell["style"] for cell in cells] == [True, True, False]
    short = small_table(["a", "b"], [("1", "2")])
    assert repr(short) == "a  b\n1  2"
