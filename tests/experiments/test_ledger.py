"""The ledger: its structure, that page and data agree, and that it is written alike twice."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from alexnet_lab.cli import main
from alexnet_lab.experiments.claims.quotes import QUOTES
from alexnet_lab.experiments.claims.registry import find, names
from alexnet_lab.experiments.claims.relu_tanh import EXPERIMENT as RELU_TANH
from alexnet_lab.experiments.design.claim import (
    STATUSES,
    UNDECIDED,
    UNTESTABLE,
    Interval,
)
from alexnet_lab.experiments.design.measures import iterations_to
from alexnet_lab.experiments.records.file import read
from alexnet_lab.experiments.records.run import Run
from alexnet_lab.experiments.records.store import SHIPPED, Library
from alexnet_lab.experiments.report.design_page import design_page
from alexnet_lab.experiments.report.ledger import judge, rows
from alexnet_lab.experiments.report.page import HEAD, write_ledger
from alexnet_lab.experiments.report.progress import progress
from alexnet_lab.experiments.report.shared import fingerprint, shared_arms
from alexnet_lab.experiments.report.verdicts import progress_lines, verdict_table
from alexnet_lab.experiments.report.words import effect, interval, number
from alexnet_lab.experiments.runner.schedule import in_order

from .made import arm, fill, pass_controls, record, store, times

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
    pass_controls(library, find("overlapping_pooling"))
    fill(
        library,
        RELU_TANH,
        {
            "four-2012-relu": times(100, 100, 100),
            "four-2012-tanh": times(None, None, 900),
            "80s-modern-relu": times(300),
        },
    )
    return library


def test_without_records_every_row_says_so(library):
    found = rows(library)
    assert [row.experiment.name for row in found if row.label.isdecimal()] == names()
    assert {row.status for row in found} == {UNDECIDED, UNTESTABLE}
    assert all(row.takes for row in found if row.status == UNDECIDED)
    assert all(row.claim.untestable for row in found if row.status == UNTESTABLE)


def test_page_and_data_agree(filled, tmp_path):
    write_ledger(filled, tmp_path)
    page = (tmp_path / "ledger.md").read_text()
    claims = json.loads((tmp_path / "ledger" / "ledger.json").read_text())["claims"]
    overview = [line for part in tables(page)[:2] for line in part[2:]]
    by_asker = [c for who in ("paper", "book") for c in claims if c["asks"] == who]
    assert [line[0].partition(".")[0] for line in overview] == [c["label"] for c in by_asker]
    assert [line[1].strip("*") for line in overview] == [c["status"] for c in by_asker]
    with (tmp_path / "ledger" / "claims.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["status"] for line in lines] == [c["status"] for c in claims]
    assert {c["status"] for c in claims} <= set(STATUSES)
    by_label = {c["label"]: c for c in claims}
    assert by_label["3"]["status"] == "reproduced at small scale"
    assert by_label["3"]["effect"] == pytest.approx(10)
    assert by_label["3"]["seeds"] == [3, 3]
    assert [one["verdict"] for one in by_label["3"]["by_rate"]] == ["reproduced"] * 5
    assert [one["passed"] for one in by_label["3"]["controls"]] == [True, True]
    # Tanh never came there in two runs: the upper end is open, and JSON has no infinity.
    assert by_label["1"]["high"] is None
    assert 1 < by_label["1"]["low"] < 10
    assert by_label["1b"]["status"] == UNDECIDED
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
    assert "1 of 18 records were made under another version" in (tmp_path / "ledger.md").read_text()


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
    assert "All that is due at laptop, up to the next look: at most" in out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run relu_tan", "unknown experiment 'relu_tan'; did you mean 'relu_tanh'?"),
        ("run dropout --arms two", "dropout has no arm 'two'; known: none, half"),
        ("run dropout --seeds 77", "dropout has no seed 77 at laptop; known: 0, 1, 2"),
        ("run dropout --minutes 0", "--minutes 0 must be above 0"),
        (
            "run dropout --data mnist=x",
            "unknown kind of data 'mnist'; known: cifar10, imagenette, tiny-imagenet",
        ),
        ("run dropout --scale gpu --data nowhere", "unknown data set 'nowhere'"),
        ("queue --data x", "say for which experiments 'x' is: --data cifar10=x"),
        ("run dropout --scale huge", "invalid choice: 'huge'"),
    ],
)
def test_bad_input_is_one_line(line, said, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_LAB_CACHE", str(tmp_path))  # where unfinished runs are claimed
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


@pytest.mark.parametrize("kind", ["placebo", "positive"])
def test_a_row_whose_control_fails_is_undecided(filled, kind):
    """The placebo shows an effect; or the known effect does not show."""
    experiment = find("overlapping_pooling")
    assert judge(experiment, filled)[0].status == "reproduced at small scale"
    name, error = ("placebo", 0.5) if kind == "placebo" else ("half-images", 0.2)
    for seed in range(3):
        run = Run(experiment, "laptop", experiment.arm(name), seed, 0.015)
        store(filled, run, record(seed, error + seed / 100 - 0.01 * (seed == 2) * 3))
    found = judge(experiment, filled)[0]
    assert found.status == UNDECIDED
    assert f"by its rule reproduced, but a control fails: {kind}" in found.finding.note


def test_a_row_whose_controls_are_not_measured_is_undecided(library):
    experiment = find("overlapping_pooling")
    fill(library, experiment, {"plain": arm(0.3, 0.31, 0.29), "overlapping": arm(0.2, 0.21, 0.19)})
    found = judge(experiment, library)[0]
    assert found.status == UNDECIDED
    assert "a control is not measured yet" in found.finding.note


def test_arms_that_are_the_same_runs_are_named(filled, tmp_path):
    groups = [{(experiment.name, arm.name) for experiment, arm in group} for group in shared_arms()]
    assert {("overlapping_pooling", "overlapping"), ("weight_decay", "paper")} in groups
    # The first edition's row 8 shared more than that, and still shows it where nothing else is.
    pilot = [{(e.name, one.name) for e, one in g} for g in shared_arms({"middle_layers": "pilot"})]
    assert groups[0] | {("middle_layers", "whole")} in pilot
    assert {("middle_layers", "no-conv3"), ("middle_layers", "no-conv4")} in pilot
    write_ledger(filled, tmp_path)
    page = (tmp_path / "ledger.md").read_text()
    assert "- z = 3, s = 2 (row 3) = 0.0005 (row 9)" in page


def test_arms_that_share_their_runs_are_the_same_to_the_last_bit(library):
    """Oracle: the fingerprint, of layers, first weights, data, training and seeds."""
    three, nine = find("overlapping_pooling"), find("weight_decay")
    declared = [
        (experiment, one, one.same_as)
        for experiment in map(find, names())
        for one in (*experiment.arms, *experiment.control_arms)
        if one.same_as is not None
    ]
    assert {one.name for _, one, _ in declared} == {"paper", "placebo", "half-images"}
    for experiment, one, same in declared:
        for scale in ("smoke", "laptop", "gpu"):
            prints = {
                fingerprint(experiment.name, scale, one.name),
                fingerprint(same.experiment.name, scale, same.arm),
            }
            run = Run(experiment, scale, one, 0, 0.015)
            other = Run(same.experiment, scale, same.experiment.arm(same.arm), 0, 0.015)
            shared = scale in same.scales
            assert (len(prints) == 1) == shared == (run.path == other.path) == (run.own == other)
            assert not shared or run.setting == other.setting
    # Nothing is due twice: three rates, the placebo and half of the images, three seeds each.
    alone = [len(in_order([each], "laptop", library)) for each in (three, nine)]
    assert sum(alone) - len(in_order([three, nine], "laptop", library)) == 3 * (3 + 1 + 1)
    # And the first edition's records were equal under both names.
    for seed in range(3):
        kept = [
            read(SHIPPED / name / "laptop" / f"{which}-lr0.015-s{seed}.json")["results"]
            for name, which in (("weight_decay", "paper"), ("overlapping_pooling", "overlapping"))
        ]
        assert kept[0] == kept[1]


def test_no_two_arms_of_an_experiment_are_one_network():
    """As without conv3 and without conv4 were, in the first edition; the fingerprint tells."""
    first = {fingerprint("middle_layers", "pilot", f"no-conv{n}") for n in (3, 4)}
    assert len(first) == 1
    for name in names():
        experiment = find(name)
        arms = (*experiment.arms, *experiment.control_arms)
        assert len({fingerprint(name, "laptop", arm.name) for arm in arms}) == len(arms), name


def test_the_report_prints_every_rule_of_choosing_the_rate(filled, capsys):
    found = rows(filled)
    text = verdict_table(found)
    for row in found:
        assert f"\n{row.label:4}{row.status}" in text
        for one in row.finding.by_rate:
            assert f"{one.rule}: {one.verdict}, " in text
    assert "undecided: " in text


def test_the_report_says_how_far_the_runs_have_come(filled, capsys, tmp_path):
    """Runs, hours and rows undecided: of records of before this edition, and of all."""
    nine = find("momentum_rule")
    for seed in range(3):
        made = record(seed, before=0.0, first_step=8 + seed / 10, path=5.0)
        store(filled, Run(nine, "laptop", None, seed, None), made | {"started": "2026-12-01"})
    first, now = progress(filled)
    assert now.runs - first.runs == 3
    assert now.hours - first.hours == pytest.approx(3 / 60)
    assert first.undecided - now.undecided == 1
    assert first.rows == now.rows == sum(row.status != UNTESTABLE for row in rows(filled))
    write_ledger(filled, tmp_path)
    page = (tmp_path / "ledger.md").read_text()
    for part in (first, now):
        assert f"| {part.runs} | {part.hours:.1f} | {part.share}" in page.replace("\u00a0", " ")
        assert f"{part.runs} runs, {part.hours:.1f} h; undecided" in progress_lines(first, now)
    assert "**reproduced** †" not in page


def test_a_verdict_whose_records_are_older_than_its_rule_is_marked(library, tmp_path):
    experiment = find("momentum_rule")
    for seed in range(3):
        run = Run(experiment, "laptop", None, seed, None)
        store(library, run, record(seed, before=0.0, first_step=8 + seed / 10, path=5.0))
        path = library.folder / run.path
        old = json.loads(path.read_text()) | {"rules": {"momentum_rule.0": 0}}
        path.write_text(json.dumps(old))
    write_ledger(Library(library.folder, also=()), tmp_path)
    page = (tmp_path / "ledger.md").read_text()
    assert "| **reproduced** † |" in page
    assert page.count("† All records of this row were seen before") == 1


def test_the_design_page_is_that_of_the_declarations(root):
    page = (root / "book" / "evidence-design.md").read_text(encoding="utf-8")
    assert page == design_page(), "run alexnet-lab experiment design"
    for name in names():
        for index, claim in enumerate(find(name).claims):
            assert f"### {find(name).label(index)}. {claim.text}" in page
    first, _ = progress(Library(SHIPPED, also=()), [])
    assert f"The first edition, of which {first.runs} records are kept," in page
    theirs, ours = page.split("## This book's own questions")
    assert "effect | no number" in theirs
    assert "effect | no number" not in ours, "nobody has claimed a number there"


def test_the_papers_sentences_are_quoted_as_the_chapters_quote_them(root):
    """Word for word; mathematics is spelt without dollars, and a chapter's emphasis left out."""

    def plain(text: str) -> str:
        return " ".join(re.sub(r"[$*]", "", text).split())

    chapters = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((root / "notebooks").glob("*.ipynb"))
    ]
    cells = [plain("".join(c["source"])) for book in chapters for c in book["cells"]]
    labels = {find(n).label(i) for n in names() for i in range(len(find(n).claims))}
    assert set(QUOTES) <= labels
    for label, (_, words) in QUOTES.items():
        assert any(plain(words) in cell for cell in cells), label


def test_the_landing_pages_sentences_hold():
    """What book/index.md says came out, in words, is what the records of the package say."""
    library = Library()
    found = {row.label: row for row in rows(library)}
    # "Most rows are undecided"; "two of the paper's rows are decided".
    paper = [row for row in found.values() if row.claim.asks == "paper"]
    decided = {row.label for row in paper if row.finding.holds is not None}
    assert decided == {"7", "13"}
    assert found["13"].status == "reproduced at small scale"
    assert found["7"].status == "smaller than claimed"
    assert sum(row.status == UNDECIDED for row in paper) > len(paper) / 2
    # "In a pilot …": the rates that a short run chose.
    measured = library.measured(RELU_TANH, "laptop")
    time = iterations_to(0.25)
    took = {
        (start, kind): [time(r).value for r in measured[f"four-{start}-{kind}"]]
        for start in ("2012", "modern")
        for kind in ("relu", "tanh")
    }
    assert min(took["2012", "tanh"]) > 3 * max(took["2012", "relu"])
    ratios = [t / r for t, r in zip(took["modern", "tanh"], took["modern", "relu"], strict=True)]
    assert 0.6 < sum(ratios) / len(ratios) < 0.75
    assert min(took["modern", "relu"]) > 1.4 * max(took["2012", "relu"])
