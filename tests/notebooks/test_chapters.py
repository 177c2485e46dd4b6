"""The shape of a chapter: what book/authors.md asks for, held against every notebook.

That the code runs and that marked outputs are stable is nbval's part (``test_alone.py``).
"""

from __future__ import annotations

import ast
import base64
import io
import re
import struct
from pathlib import Path

import pytest
import yaml
from chapters import DEVICES, LETTERS, ROOT, Chapter, chapters
from figure_drawings import KIND as DRAWINGS
from PIL import Image

CHAPTERS = chapters()
SETUP = """\
# On Colab this installs the package; anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install -q "alexnet-lab @ git+{url}@{branch}\""""

pytestmark = pytest.mark.parametrize("chapter", CHAPTERS, ids=[c.path.stem for c in CHAPTERS])


def details(source: str) -> list[tuple[str, str]]:
    """Return summary and body of each ``<details>``, which needs its blank lines to be rendered."""
    found = re.findall(
        r"^<details>\n<summary>(.+?)</summary>\n\n(.+?)\n\n</details>$", source, re.M | re.S
    )
    assert len(found) == source.count("<details") == source.count("</details>"), source[:80]
    return found


def test_head(chapter: Chapter):
    head = chapter.cells[0].source
    number = "" if chapter.path.stem in LETTERS else f"{chapter.number}. "
    assert re.match(rf"{number}[A-Z]", chapter.title)
    assert 60 <= len(chapter.lead) <= 200
    assert not re.search(r"[`*\[$]", chapter.lead), "the lead is plain text"
    assert re.search(r"^> \*\*This chapter\*\* — about \d+ minutes", head, re.M)
    for promise in ("**You will be able to** ", "**You need** ", "**Runs in** about "):
        assert f"> - {promise}" in head
    assert chapter.stated_seconds is not None
    assert chapter.stated_seconds <= 60


def test_one_title_and_sections_that_end_with_summary_and_references(chapter: Chapter):
    outside_code = re.sub(r"^```.*?^```", "", chapter.prose, flags=re.M | re.S)
    assert len(re.findall(r"^# ", outside_code, re.M)) == 1
    assert chapter.headings[-3:] == ["Exercises", "Summary", "References"]
    assert not [heading for heading in chapter.headings if re.match(r"\d+\.", heading)]
    references = chapter.prose.split("## References")[1]
    assert re.search(r"^- \[.+?\]\(https://", references, re.M)


def test_set_up_cell_installs_from_the_address_in_config(chapter: Chapter):
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    first = chapter.code[0]
    assert first.source == SETUP.format(url=repository["url"], branch=repository["branch"])
    assert first.metadata["tags"] == ["setup"]
    assert chapter.tagged("setup") == [first]
    assert not first.outputs


def test_one_import_cell_and_public_names_only(chapter: Chapter):
    assert "import alexnet_lab as al" in chapter.code[1].source.splitlines()
    for cell in chapter.code[2:]:
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.Import | ast.ImportFrom), f"import in {cell.id}"
    assert "from alexnet_lab" not in chapter.code[1].source
    assert not re.search(r"\bal(\.\w+)*\._", "\n".join(cell.source for cell in chapter.code))


def test_questions_to_answer_before_looking(chapter: Chapter):
    asked = 0
    for cell in chapter.cells:
        if cell.cell_type == "markdown":
            summaries = [summary for summary, _ in details(cell.source)]
            asked_here = len(re.findall(r"^> \*\*Predict", cell.source, re.M))
            options = [s for s in summaries if re.match(r"[A-E]\. |Answer", s)]
            assert len(options) >= asked_here, f"no answer to a question in {cell.id}"
            asked += asked_here
    assert asked >= 2


def test_exercises_have_tested_solutions(chapter: Chapter):
    number = chapter.number
    exercises = chapter.devices("Exercise")
    assert exercises == [f"Exercise {number}.{n + 1}" for n in range(len(exercises))]
    assert len(exercises) >= 2
    solutions = chapter.tagged("solution")
    assert [cell.source.splitlines()[0] for cell in solutions] == [
        f"# @title Solution {number}.{n + 1}" for n in range(len(exercises))
    ]
    for cell in solutions:
        assert cell.metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
        assert cell.metadata["cellView"] == "form"
        assert re.search(r"\bassert\b|assert_close|assert_allclose", cell.source)


def test_small_enough(chapter: Chapter):
    # A widget comes on top: it is a figure to play with, not more to read.
    assert 20 <= len(chapter.cells) - len(chapter.widgets) <= 40
    assert chapter.median_code_lines <= 6
    assert chapter.kilobytes <= 1500


def test_has_something_to_play_with(chapter: Chapter):
    assert chapter.widgets


def test_code_is_read_without_scrolling(chapter: Chapter):
    # 88 columns are what the book shows on a laptop; ruff's limit for notebooks is the same.
    long = [(c.id, line) for c in chapter.code for line in c.source.splitlines() if len(line) > 88]
    assert long == []


def test_executed_in_order_without_errors_or_warnings(chapter: Chapter):
    counts = [cell.execution_count for cell in chapter.code]
    assert counts == list(range(1, len(counts) + 1))
    for cell in chapter.code:
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", f"{cell.id}: {output.text[:200]}"


def test_outputs_name_no_machine_and_no_address_of_an_object(chapter: Chapter):
    machine = re.compile(
        r"/home/|/root/|/work/|/tmp/|/Users/|/usr/|[A-Z]:\\|site-packages|\b0x[0-9a-f]{6,}"
    )
    for cell in chapter.cells:
        texts = [cell.source]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts += [output.get("text", "")]
            texts += [str(data[k]) for k in data if not k.startswith("image/")]
        for text in texts:
            assert not machine.search(text), f"{cell.id}: {machine.search(text)}"


VERDICT = re.compile(
    r"\b(undecided|not decided|contradicted|smaller than claimed)\b"
    r"|\breproduced\b(?=[^.]*\b(row|claim|ledger|record|rule)s?\b)",
    re.I,
)


def test_a_verdict_in_the_prose_is_held_by_a_check_cell(chapter: Chapter):
    """When new runs change a row's verdict, the sentence about it must not stay."""
    if VERDICT.search(chapter.prose):
        checks = "\n".join(cell.source for cell in chapter.tagged("check"))
        assert re.search(r"\.status\b", checks), VERDICT.findall(chapter.prose)


def test_figures_have_alt_text_caption_and_number(chapter: Chapter):
    number, captions = chapter.number, []
    for index, _ in chapter.pictures:
        cell, after = chapter.cells[index], chapter.cells[index + 1]
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        assert len(alt) >= 40, f"no alt text in {cell.id}"
        assert not alt.lower().startswith(("figure", "image", "picture of", "a plot of"))
        caption = re.match(r"\*\*Figure (\w+\.\d+)\.\*\* \S", after.source)
        assert caption, f"no caption after {cell.id}"
        captions.append(caption.group(1))
    assert captions == [f"{number}.{n + 1}" for n in range(len(captions))]
    mentioned = set(re.findall(r"Figure (\w+\.\d+)", chapter.prose))
    of_this_chapter = {name for name in mentioned if name.startswith(f"{number}.")}
    assert of_this_chapter <= set(captions)


def test_every_figure_is_drawn_for_the_page(chapter: Chapter):
    """The page shows the drawings, in its colours; test_look.py measures what is written there."""
    for index, output in chapter.pictures:
        if re.match(r"<(Figure|Axes)", output.data["text/plain"]):
            found = output.data.get(DRAWINGS, {})
            assert "wide" in found, chapter.cells[index].id
            named = set(re.findall(r'xlink:href="#([0-9a-f]{16})"', found["wide"]))
            assert named == set(found.get("pictures", {})), chapter.cells[index].id


def test_pictures_are_no_wider_than_they_are_shown(chapter: Chapter):
    for index, output in chapter.pictures:
        for kind in {"image/png", "image/jpeg"} & output.data.keys():
            with Image.open(io.BytesIO(base64.b64decode(output.data[kind]))) as image:
                assert max(image.size) <= 900, chapter.cells[index].id


# What is a log: a line as something happens. The rest are tables.
LOGS = {("00_real_thing", "train")}
LINES = 4


def test_results_are_tables(chapter: Chapter):
    for cell in chapter.code:
        for output in cell.outputs:
            if output.output_type == "stream" and (chapter.path.stem, cell.id) not in LOGS:
                assert len(output.text.splitlines()) <= LINES, f"{cell.id}:\n{output.text}"


FOLDED = {"hide-input", "setup", "solution", "check", "open"}


def test_what_only_draws_is_folded(chapter: Chapter):
    """What is open teaches: it checks, defines, or makes what a later cell uses."""
    pictures = {chapter.cells[index].id for index, _ in chapter.pictures}
    for number, cell in enumerate(chapter.code):
        folded = FOLDED & {*cell.metadata.get("tags", [])} or cell.id.endswith("figure")
        if cell.id not in pictures or folded:
            continue
        later = "\n".join(after.source for after in chapter.code[number + 1 :])
        nodes = list(ast.walk(ast.parse(cell.source)))
        made = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        checks = "assert" in cell.source or any(
            isinstance(n, ast.FunctionDef | ast.With) for n in nodes
        )
        used = made & set(re.findall(r"\w+", later))
        assert checks or used, f"fold {cell.id}"


def test_widgets_bring_a_still_with_alt_text_and_no_kernels_number(chapter: Chapter):
    for index, output in chapter.widgets:
        assert set(output.data) == {"text/plain", "text/html", "image/png"}
        alt = output.metadata["image/png"]["alt"]
        assert len(alt) >= 40, chapter.cells[index].id
        assert len(output.data["text/html"]) <= 300_000, chapter.cells[index].id
        header = base64.b64decode(output.data["image/png"][:64])
        assert max(struct.unpack(">II", header[16:24])) <= 900, chapter.cells[index].id


def test_cells_have_names(chapter: Chapter):
    ids = [cell.id for cell in chapter.cells]
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []
    assert [name for name in ids if re.fullmatch(r"[0-9a-f]{8}", name)] == []


def test_plain_markdown_and_known_devices(chapter: Chapter):
    assert not re.search(r"^:::|^```\{|\{(ref|cite|doc|numref|glue)[^}]*\}`", chapter.prose, re.M)
    opened = re.findall(r"(?:^|\n\n)> \*\*([^*]+)\*\* — ", chapter.prose)
    assert [words for words in opened if not words.startswith(DEVICES)] == []


def test_links_to_other_chapters_and_pages_lead_somewhere(chapter: Chapter):
    for link in re.findall(r"\]\(([^)#]+\.(?:ipynb|md))(?:#[^)]*)?\)", chapter.prose):
        assert (chapter.path.parent / Path(link)).exists(), link
