"""What is exported, read back by others' readers: Moodle's grammar, a QTI engine, Anki's files."""

from __future__ import annotations

import csv
import json
import logging
import sqlite3
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from check_javascript import FOLDER, fetch

from alexnet_lab.errors import UserError
from alexnet_lab.quiz import Question, export, read_questions
from alexnet_lab.quiz.text import to_html, to_plain

# All that a format could trip over, in one chapter.
HARD = r"""> **Predict** — Is $a_{ij} < b$ & `x = {1: "~#"}` *so*? See [chapter 2](02_net.ipynb).
>
> - A. Yes: $\frac{1}{2}$ = {half}
> - B. No ~ #never# \ → [paper](https://example.org/?a=1&b=2)
> - C. 100 % "quoted", <b>bold</b>

<details>
<summary>Answer</summary>

**B.** Since $x \le y$:

- first
- second

And so on.

- **A**: that = *half*.
- **C**: one & all.

</details>

> **Check 5.1, sizes** — How many pixels?

<details>
<summary>Answer</summary>

**1.4 million (± 10 %)** — counted.

- **1.6**: a slip.
- **−2**: a sign.

</details>

> **Predict** — Why?

<details>
<summary>Answer</summary>

Because of ~that~.

</details>

> **Predict** — Told below.
"""
GIFT_READER = """
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const { parse } = createRequire(process.argv[2] + "/")("gift-pegjs");
process.stdout.write(JSON.stringify(parse(readFileSync(0, "utf8"))));
"""


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> list[Question]:
    path = tmp_path_factory.mktemp("hard") / "05_hard.md"
    path.write_text(HARD, encoding="utf-8")
    return read_questions(path)


@pytest.fixture(params=["hard", "book"])
def questions(request: pytest.FixtureRequest, hard: list[Question], root: Path) -> list[Question]:
    return hard if request.param == "hard" else read_questions(root)


def test_markdown_becomes_html_that_is_xml() -> None:
    found = to_html("Is $a < b$ & *so*, `c`, [here](x.md) and <em>there</em> <script>?")
    ElementTree.fromstring(f"<div>{found}</div>")
    assert found == (
        r"<p>Is \(a &lt; b\) &amp; <em>so</em>, <code>c</code>, here and <em>there</em>"
        " &lt;script&gt;?</p>"
    )
    assert to_plain("A & *b* < `c`") == "A & b < c"


@pytest.mark.slow
def test_gift_is_read_by_its_grammar(questions: list[Question], tmp_path: Path) -> None:
    if reason := fetch():
        pytest.skip(f"no reader of GIFT: {reason}")
    written = export(questions, tmp_path / "q.gift", "gift")
    (tmp_path / "read.mjs").write_text(GIFT_READER)
    done = subprocess.run(
        ["node", tmp_path / "read.mjs", FOLDER],
        input=(tmp_path / "q.gift").read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = [one for one in json.loads(done.stdout) if one["type"] != "Category"]
    kinds = {"choices": "MC", "number": "Numerical", "open": "Essay"}
    assert [one["title"] for one in found] == [question.id for question in written]
    for one, question in zip(found, written, strict=True):
        assert one["type"] == kinds[question.kind]
        assert one["stem"]["text"].startswith(to_html(question.prompt))
        assert one["globalFeedback"]["text"] == " ".join(to_html(question.explanation).split("\n"))
        if question.choices:
            choices = [(c["isCorrect"], to_plain(c["text"]["text"])) for c in one["choices"]]
            assert len(choices) == len(question.choices)
            assert [is_key for is_key, _ in choices] == [c.is_key for c in question.choices]
        if question.number:
            first, *slips = one["choices"]
            number = question.number
            assert (first["weight"], first["text"]["number"]) == (100, number.value)
            assert first["text"]["range"] == pytest.approx(number.tolerance)
            assert [slip["text"]["number"] for slip in slips] == [s.value for s in question.slips]
            assert {slip["weight"] for slip in slips} <= {0}


def answered(path: Path, response: Any) -> tuple[Any, Any]:
    """Return score and feedback that pyslet's engine gives to a response."""
    engine = pytest.importorskip("pyslet.qtiv2.xml", exc_type=ImportError)
    from pyslet.qtiv2.variables import ItemSessionState
    from pyslet.rfc2396 import URI

    document = engine.QTIDocument(baseURI=URI.from_path(str(path)))
    document.read()
    state = ItemSessionState(document.root)
    state.begin_session()
    state["RESPONSE"].set_value(response)
    document.root.ResponseProcessing.run(state)
    return state["SCORE"].value, state["FEEDBACK"].value


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_qti_is_answered_in_an_engine(questions: list[Question], tmp_path: Path) -> None:
    """Each choice, the number, its ends and each slip: score and feedback are as they should be."""
    logging.getLogger().setLevel(logging.CRITICAL)
    written = export(questions, tmp_path / "q.zip", "qti")
    with zipfile.ZipFile(tmp_path / "q.zip") as package:
        package.extractall(tmp_path)
        names = set(package.namelist())
    manifest = ElementTree.parse(tmp_path / "imsmanifest.xml").getroot()
    listed = [one.get("href") for one in manifest.iter() if one.tag.endswith("}file")]
    assert (
        names - {"imsmanifest.xml"}
        == set(listed)
        == {"test.xml"} | {f"Q-{question.id}.xml" for question in written}
    )
    feedback = {}
    for question in written:
        file = tmp_path / f"Q-{question.id}.xml"
        item = ElementTree.parse(file).getroot()
        said = {one.get("identifier") for one in item if one.tag.endswith("}modalFeedback")}
        cases: list[tuple[Any, float, str | None]] = []
        if question.choices:
            cases = [(c.letter, float(c.is_key), c.letter) for c in question.choices]
        elif question.number:
            value, room = question.number.value, question.number.tolerance
            cases = [(value, 1, "RIGHT"), (value + 0.999 * room, 1, "RIGHT")]
            cases += [(s.value, 0, f"SLIP{i}") for i, s in enumerate(question.slips)]
            cases += [(value + 1e9, 0, None)]
        for response, score, name in cases:
            found = answered(file, response)
            assert found == (score, name), (question.id, response)
        feedback[question.id] = said, {name for *_, name in cases if name} or {"ANSWER"}
    assert all(said == wanted for said, wanted in feedback.values())


def test_anki_has_a_deck_a_chapter_and_a_note_a_question(
    questions: list[Question], tmp_path: Path
) -> None:
    pytest.importorskip("genanki")
    for name in ("one.apkg", "two.apkg"):
        written = export(questions, tmp_path / name, "anki")
    with zipfile.ZipFile(tmp_path / "one.apkg") as package:
        package.extract("collection.anki2", tmp_path)
    collection = sqlite3.connect(tmp_path / "collection.anki2")
    notes = dict(collection.execute("select guid, flds from notes"))
    assert set(notes) == {question.id for question in written}
    for question in written:
        fields = notes[question.id].split("\x1f")
        assert fields[0] == to_html(question.prompt)
        assert fields[1].count("<li>") == len(question.choices)
    (decks,) = collection.execute("select decks from col").fetchone()
    names = {deck["name"] for deck in json.loads(decks).values()} - {"Default"}
    assert names == {f"AlexNet Lab::{question.chapter}" for question in written}
    assert collection.execute("select count(*) from cards").fetchone() == (len(written),)
    collection.close()


def test_csv_has_a_row_a_question(questions: list[Question], tmp_path: Path) -> None:
    written = export(questions, tmp_path / "q.csv", "csv")
    with (tmp_path / "q.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["key"]) for row in rows] == [(q.id, q.key) for q in written]
    for row, question in zip(rows, written, strict=True):
        assert sum(bool(row[letter]) for letter in "ABCDEF") == len(question.choices)
        assert not any(value[:1] in "=+@" for value in row.values() if value)


def test_what_takes_no_answer_is_left_out(hard: list[Question], tmp_path: Path) -> None:
    assert [question.kind for question in hard] == ["choices", "number", "open", "old"]
    assert export(hard, tmp_path / "x.csv", "csv") == hard[:3]
    with pytest.raises(UserError, match="no question that another program could ask"):
        export(hard[3:], tmp_path / "y.csv", "csv")
    assert not (tmp_path / "y.csv").exists()
