"""A page of questions, one of each kind, built with the book's own extension, and served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import ROOT, Visit, serve

FOLD = "<details>\n<summary>Answer</summary>\n\n{}\n\n</details>\n\n"
PAGE = """# Sample

A lead.

> **Predict** — Far above or far below?
>
> - A. Far above
> - B. Close, by $x$
> - C. Far below

{choices}> **Check 7.1** — How many columns?

{number}> **Predict** — How many parameters?

{scaled}> **Question 4, why** — Why so?

{open}> **Predict** — Draw the other. *(Draw: dropout, half, test error; beside none)*

{drawn}> **Predict** — Told in the text.

And here it is told.
"""
SAMPLE = PAGE.format(
    choices=FOLD.format("**C.** Since so.\n\n- **A**: one *half* alone.\n- **B**: a plain patch."),
    number=FOLD.format("**54 columns** — counted.\n\n- **55**: that is 227.\n- **56**: both ends."),
    scaled=FOLD.format("**1.4 million (± 10 %)** — counted."),
    open=FOLD.format("Because of **that**."),
    drawn=FOLD.format(
        "Hardly apart.\n\n- **stays below**: slower *first*.\n- **rises**: so it might."
    ),
)
OVERVIEW = '# Your answers\n\nA lead.\n\n<div class="al-answers"></div>\n'
INDEX = "# Root\n\nA lead.\n\n```{toctree}\nnotebooks/07_sample\nbook/your-answers\n```\n"
DAY_MS = 86_400_000
QUESTIONS, YOURS = "notebooks/07_sample.html", "book/your-answers.html"
ANSWERS = "JSON.parse(localStorage.getItem('alexnet-lab:answers'))?.answers ?? {}"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build one page with the book's extension, scripts and styles."""
    from small_book import SETTINGS, build

    folder = tmp_path_factory.mktemp("questions")
    source = folder / "notebooks" / "07_sample.md"
    source.parent.mkdir()
    source.write_text(SAMPLE, encoding="utf-8")
    (folder / "book").mkdir()
    (folder / "book" / "your-answers.md").write_text(OVERVIEW, encoding="utf-8")
    (folder / "index.md").write_text(INDEX, encoding="utf-8")
    settings = SETTINGS | {
        "html_static_path": [str(ROOT / "book" / "_static")],
        "html_css_files": ["alexnet-lab.css", "alexnet-lab-quiz.css"],
        "html_js_files": ["mode.js"],
    }
    assert build(folder, folder / "out", settings) == ""
    return folder / "out"


@pytest.fixture(scope="session")
def sample_address(sample: Path) -> Iterator[str]:
    with serve(sample) as root:
        yield root


@pytest.fixture
def visit_sample(browser: Any, sample_address: str) -> Iterator[Any]:
    """Return a function that opens the page, and closes it in the end; no error may be heard."""
    visits: list[Visit] = []

    def open_page(before: str = "", path: str = QUESTIONS, **options: Any) -> Any:
        visits.append(Visit(browser, sample_address, **options))
        if before:
            visits[-1].context.add_init_script(before)
        return visits[-1].open(path, until="load")

    yield open_page
    for each in visits:
        # A reader who leaves breaks off what is still coming; no script of these pages does.
        failures = [url for url in each.failures if url not in each.broken_off]
        assert (each.noise, failures, each.strangers) == ([], [], [])
        each.context.close()


def box(page: Any, text: str) -> Any:
    return page.locator(".al-device", has_text=text)
