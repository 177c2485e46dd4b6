"""The ledger: its structure, that page and data agree, and that it is written alike twice."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from alexnet_lab.cli import main
from alexnet_lab.experiments.claims.registry import find, names
from alexnet_lab.experiments.claims.relu_tanh import EXPERIMENT as RELU_TANH
from alexnet_lab.experiments.design.claim import NOT_HERE, NOT_YET, STATUSES, UNTESTABLE, Interval
from alexnet_lab.experiments.records.store import SHIPPED, Library
from alexnet_lab.experiments.report.ledger import judge, rows
from alexnet_lab.experiments.report.page import HEAD, effect, interval, number, write_ledger

from .made import arm, fill, record, times

INF = float("inf")


def tables(page: str) -> list[list[list[str]]]:
    """Read the tables of a page."""
    found, current = [], []
    for line in [*page.splitlines(), ""]:
        if line.startswith("|"):
            current.append([c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif current:
            found.append(current)
            current = []
    return found


@pytest.fixture
def filled(library):
    fill(
        library,
        find("overlapping_pooling"),
        {"plain": arm(0.3, 0.31, 0.29), "overlapping": arm(0.2, 0.21, 0.19)},
    )
    fill(
        library,
        RELU_TANH,
        {
            "four-2012-relu": times(100, 100, 200),
            "four-2012-tanh": times(None, None, 900),
            "80s-modern-relu": times(300),
        },
    )
    return library


def test_without_records_every_row_says_so(library):
    found = rows(library)
    assert [row.experiment.name for row in found if row.label.isdecimal()] == names()
    assert {row.status for row in found} == {NOT_YET, UNTESTABLE}
    assert all(row.claim.untestable for row in found if row.status == UNTESTABLE)


def test_page_and_data_agree(filled, tmp_path):
    write_ledger(filled, tmp_path)
    page = (tmp_path / "ledger.md").read_text()
    claims = json.loads((tmp_path / "ledger" / "ledger.json").read_text())["claims"]
    overview = tables(page)[0]
    assert [line[0].partition(".")[0] for line in overview[2:]] == [c["label"] for c in claims]
    assert [line[1].strip("*") for line in overview[2:]] == [c["status"] for c in claims]
    with (tmp_path / "ledger" / "claims.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["status"] for line in lines] == [c["status"] for c in claims]
    assert {c["status"] for c in claims} <= set(STATUSES)
    by_label = {c["label"]: c for c in claims}
    assert by_label["3"]["status"] == "reproduced at small scale"
    assert by_label["3"]["effect"] == pytest.approx(10)
    assert by_label["3"]["seeds"] == [3, 3]
    assert by_label["3b"]["status"] == NOT_HERE or by_label["3b"]["effect"] is not None
    # Tanh never came there in two runs: the upper end is open, and JSON has no infinity.
    assert by_label["1"]["high"] is None
    assert by_label["1"]["low"] == pytest.approx(4.5)
    assert by_label["1b"]["status"] == NOT_YET
    for claim in claims:
        assert claim["command"] in page
        assert f"**{claim['label']}. {claim['claim']}**" in page


def test_tables_are_whole(filled, tmp_path):
    """Each has a header and as many cells in every line: what a screen reader goes by."""
    write_ledger(filled, tmp_path)
    found = tables((tmp_path / "ledger.md").read_text())
    assert len(found) >= 4
    for lines in found:
        assert set(lines[1]) == {"---"}
        assert all(lines[0])
        assert {len(line) for line in lines} == {len(lines[0])}


def test_the_figure(filled, tmp_path):
    """An SVG with its text as text, an alternative text in the page, the same bytes twice."""
    write_ledger(filled, tmp_path / "one")
    write_ledger(filled, tmp_path / "two")
    picture = tmp_path / "one" / "ledger" / "relu_tanh.svg"
    text = " ".join(ElementTree.parse(picture).getroot().itertext())
    assert "iterations (batches of 128)" in text
    assert "tanh" in text
    assert re.search(
        r"!\[Training error against iterations.*\]\(ledger/relu_tanh.svg\)",
        (tmp_path / "one" / "ledger.md").read_text(),
    )
    for path in (tmp_path / "one").rglob("*.*"):
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == twin.read_bytes()


def test_a_rule_that_changed_is_named(library, tmp_path):
    experiment = find("overlapping_pooling")
    fill(library, experiment, {"plain": arm(0.3, 0.31, 0.29), "overlapping": arm(0.2, 0.21, 0.19)})
    path = next(library.folder.glob("overlapping_pooling/laptop/plain*-s1.json"))
    made = json.loads(path.read_text())
    made["rules"]["overlapping_pooling.0"] = 7
    path.write_text(json.dumps(made))
    first, second = judge(experiment, library)
    assert (first.rule_changed, second.rule_changed) == (1, 0)
    write_ledger(library, tmp_path)
    assert "1 of 6 records were made under another version" in (tmp_path / "ledger.md").read_text()


def test_intervals_in_words():
    assert interval(Interval(1.234, 1.05, 1.46, (3,))) == "1.23 [1.05, 1.46]"
    assert interval(Interval(4.5, 4.5, INF, (3, 3))) == "at least 4.50 [4.50, ∞)"
    assert interval(Interval(0.5, 0.0, 0.5, (3, 3))) == "at most 0.50 [0, 0.50]"
    assert interval(Interval(float("nan"), 0.0, INF, (3, 3))) == "not bounded by the runs"
    assert interval(Interval(-2.0, -INF, INF, (1, 1))) == "−2.00 (−∞, ∞)"
    assert number(-12.345) == "−12.3"


def test_diverged_runs_are_shown(library, tmp_path):
    lost = [record(seed, diverged="the loss is nan") for seed in range(3)]
    fill(
        library,
        find("overlapping_pooling"),
        {"plain": lost, "overlapping": arm(0.2, 0.21, 0.19)},
    )
    write_ledger(library, tmp_path)
    assert "| diverged | diverged |" in (tmp_path / "ledger.md").read_text()


def test_report_command(filled, tmp_path, capsys):
    line = ["experiment", "report", "--records", str(filled.folder)]
    assert main([*line, "--out", str(tmp_path / "book")]) == 0
    assert str(tmp_path / "book" / "ledger.md") in capsys.readouterr().out
    assert main([*line, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(rows(filled))


def test_list_command(library, capsys):
    assert main(["experiment", "list", "--records", str(library.folder)]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in names())
    assert "The whole queue at laptop: at most" in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run relu_tan", "unknown experiment 'relu_tan'; did you mean 'relu_tanh'?"),
        ("run dropout --arms two", "dropout has no arm 'two'; known: none, half"),
        ("run dropout --seeds 7", "dropout has no seed 7 at laptop; known: 0, 1, 2"),
        ("run dropout --minutes 0", "--minutes 0 must be above 0"),
        ("run dropout --data mnist=x", "unknown kind of data 'mnist'; known: cifar10, imagenette"),
        ("run dropout --scale gpu --data nowhere", "unknown data set 'nowhere'"),
        ("queue --data x", "say for which experiments 'x' is: --data cifar10=x"),
        ("run dropout --scale huge", "invalid choice: 'huge'"),
    ],
)
def test_bad_input_is_one_line(line, said, capsys, tmp_path):
    code = main(
        ["experiment", *line.split(), *([] if "list" in line else ["--records", str(tmp_path)])]
    )
    err = capsys.readouterr().err
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_the_committed_page_is_what_the_records_say(root):
    """`alexnet-lab experiment report` was run after the last record came."""
    shipped = Library(SHIPPED, also=())
    found = rows(shipped)
    committed = (root / "book" / "ledger.md").read_text(encoding="utf-8")
    assert "".join(committed.split("![")[:1]).startswith(HEAD)
    for row in found:
        assert (
            f"{row.label}. {row.claim.text}".replace(" %", "\u00a0%").split(" = ")[0] in committed
        )
        if row.finding.effect is not None:
            assert effect(row) in committed, "run alexnet-lab experiment report"


def test_the_landing_pages_sentences_hold():
    """What book/index.md says came out, in words, is what the records of the package say."""
    found = {row.label: row for row in rows(Library())}
    assert found["9"].finding.holds  # weight decay lowers the training error
    assert found["2"].finding.holds is False  # response normalisation brought nothing
    races = dict(found["1"].finding.details)
    assert races["four layers, start of 2012: tanh / ReLU"].low > 3
    assert races["four layers, modern start: tanh / ReLU"].high < 1
    fixed = [row.rule_changed for row in found.values()]
    assert sum(fixed) == 0, "a rule that was fixed before the runs"
