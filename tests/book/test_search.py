"""The book's own search: numbers, titles, other names, misspellings, excerpts, the keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from alexnet_book import search
from served import ROOT, serve

pytestmark = pytest.mark.browser

# A query, and what is among the first three. "=" before it: the very first.
ANSWERS = {
    "227": "=02_whole_network.html#or-227",
    "224 or 227": "=02_whole_network.html#or-227",
    "11x11": "glossary.html#term-kernel",
    "11 × 11": "glossary.html#term-kernel",
    "11*11": "glossary.html#term-kernel",
    "60965224": "02_whole_network.html#summary",
    "60,965,224": "02_whole_network.html#summary",
    "0.0005": "glossary.html#term-weight-decay",
    "two gpus": "=08_two_gpus.html#two-gpus",
    "Two GPUs": "=08_two_gpus.html#two-gpus",
    "what is dropout": "=11_dropout.html#dropout",
    "dropuot": "11_dropout.html",
    "overfitting": "glossary.html#term-overfitting",
    "overfiting": "glossary.html#term-overfitting",
    "over-fitting": "glossary.html#term-overfitting",
    "convolusion": "glossary.html#term-convolution",
    "recptive field": "glossary.html#term-receptive-field",
    "local response normalization": "=04_response_norm.html#local-response-normalisation",
    "LRN": "glossary.html#term-local-response-normalisation",
    "neighbor": "04_response_norm.html#neighbours-that-damp-each-other",
    "grey": "08_two_gpus.html#a-grey-tower-and-a-coloured-one",
    "top5": "glossary.html#term-top-1-error",
    "top-5 error": "glossary.html#term-top-1-error",
    "transfer learning": "18_features.html",
    "heatmap": "17_attribution.html",
    "oom": "13_going_wrong.html#out-of-memory",
    "why 3x3": "=06_deep_layers.html#why-3-3",
    "layer_table": "02_whole_network.html",
    "DROPOUT": "=11_dropout.html#dropout",
    "receptive_field": "api/analysis.html#alexnet_lab.analysis.receptive_field",
    "split_towers": "api/models.html#alexnet_lab.models.split_towers",
    "gradcam": "api/analysis.html#alexnet_lab.analysis.gradcam",
    "predict_ten_views": "api/training.html#alexnet_lab.training.predict_ten_views",
    "LayerTable": "api/analysis.html#alexnet_lab.analysis.LayerTable",
}


def answers(page: Any, query: str) -> list[str]:
    """Return the addresses that the search page lists for a query, best first."""
    return page.evaluate("query => alexnetLabSearch.search(query).map(one => one.address)", query)


@pytest.fixture(scope="module")
def searching(browser: Any, book: Path) -> Any:
    """Return the search page, for tests that ask and change nothing."""
    with serve(book) as root:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{root}search.html")
        yield page
        context.close()


@pytest.mark.parametrize("query", ANSWERS)
def test_finds(searching: Any, query: str) -> None:
    wanted, found = ANSWERS[query], answers(searching, query)
    first = found[:1] if wanted.startswith("=") else found[:3]
    assert any(wanted.lstrip("=") in address for address in first), found[:5]


@pytest.mark.parametrize("query", ["", " ", "§", "zzqxj", "a" * 5000, "(", "\\", "🙂", "<>"])
def test_any_text_is_a_query(searching: Any, query: str) -> None:
    assert answers(searching, query) == []


def test_a_number_is_no_misspelling_of_another(book: Path, searching: Any) -> None:
    text = (book / search.INDEX).read_text(encoding="utf-8")
    near = [str(n) for n in (*range(22700, 22710), 60965225) if str(n) not in text]
    assert len(near) > 1
    for number in near:
        assert answers(searching, number) == []


def test_other_names_lead_somewhere(searching: Any) -> None:
    names = yaml.safe_load((ROOT / search.ALIASES).read_text(encoding="utf-8"))
    for name, others in names.items():
        found = answers(searching, name)
        for other in others:
            reached = set(answers(searching, other)[:10]) & set(found)
            assert reached, f"{name}: nothing of what {other!r} finds"


def test_every_section_of_every_page_is_there(book: Path) -> None:
    text = (book / search.INDEX).read_text(encoding="utf-8")
    index = json.loads(text[text.index("alexnetLabIndex = ") :].split(" = ", 1)[1].rstrip("\n;"))
    for number, (address, title) in enumerate(index["pages"]):
        page = (book / address).read_text(encoding="utf-8")
        article = page[page.index("<article") : page.index("</article>")]
        headings = re.findall(r"<h[1-6]\b", article)
        mine = [section for section in index["sections"] if section[0] == number]
        terms = [section for section in mine if section[1].startswith(("term-", "alexnet_lab."))]
        assert len(mine) - len(terms) == len(headings), address
        assert title
        for _, anchor, name, _text, _code in mine:
            assert name, address
            assert not anchor or f'id="{anchor}"' in article, (address, anchor)


def test_excerpts_are_prose(searching: Any) -> None:
    toolbar = re.compile(r"Open in Colab|Download the notebook|On this page|Skip to main|#$")
    for query in ("dropout", "photograph", "227", "gradient", "network"):
        for text in searching.evaluate(
            """query => alexnetLabSearch.search(query).map(({ text, title, terms }) =>
                 alexnetLabSearch.excerpt(text, title, terms).map(p => p.text).join(""))""",
            query,
        ):
            assert not toolbar.search(text), text
            assert len(text) <= 260


def test_the_page_shows_marks_and_counts(visit: Any) -> None:
    seen = visit("search.html?q=dropout%20mask")
    first = seen.page.locator("#search-results li").first
    first.wait_for()
    assert first.locator("mark").count()
    assert "sections for “dropout mask”" in seen.page.get_by_role("status").first.inner_text()
    assert "dropout mask" in seen.page.title()
    assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])
    first.locator("a").click()
    seen.page.wait_for_url(f"{seen.root}*/**")
    assert seen.page.locator("main h1:visible").count() == 1
    seen.page.go_back()
    seen.page.locator("#search-results li").first.wait_for()
    assert seen.page.get_by_role("searchbox").last.input_value() == "dropout mask"


def test_while_one_types_and_by_keyboard_alone(visit: Any) -> None:
    page = visit("book/history.html").page
    page.keyboard.press("Control+k")
    page.keyboard.type("pooling")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=pooling*")
    page.locator("#search-results li").first.wait_for()
    page.keyboard.type("two gpus")  # what was asked is selected: typing replaces it
    page.wait_for_function("() => location.search === '?q=two+gpus'")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    focus = "document.activeElement.textContent"
    assert page.evaluate(focus) == "8. Two GPUs"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/08_two_gpus.html*")


def test_nothing_found_says_so(visit: Any) -> None:
    page = visit("search.html?q=zzqxj").page
    assert "Nothing found for “zzqxj”" in page.get_by_role("status").first.inner_text()


def test_a_query_is_text_and_no_markup(visit: Any) -> None:
    seen = visit("search.html?q=<img src=x onerror=alert(1)>dropout")
    seen.page.locator("#search-results li").first.wait_for()
    assert seen.page.locator("#search-results img").count() == 0
    assert seen.noise == []


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("<h1 id='a'>A</h1><p>one <b>two</b>.</p>", [("a", "A", "one two.", "")]),
        (
            "<section id='s'><h2>B<a class='headerlink'>#</a></h2><p>x</p></section>",
            [("s", "B", "x", "")],
        ),
        ("<h1>A</h1><button>Open</button><p>7 <em>×</em> 7</p>", [("", "A", "7 × 7", "")]),
        (
            "<h1>A</h1><div class='cell_input'>foo_bar = 60,965,224</div>",
            [("", "A", "", "foo_bar 60,965,224")],
        ),
        ("<h1>A</h1><p>x<br>y</p><p>z</p>", [("", "A", "x y z", "")]),
        (
            "<h1>G</h1><dl><dt id='term-a'>a</dt><dt id='term-b'>b</dt><dd>both</dd></dl>",
            [("", "G", "", ""), ("term-a", "a, b", "both", "")],
        ),
        ("<h1>A</h1><div class='al-widget'><p>no script</p></div><p>x</p>", [("", "A", "x", "")]),
    ],
)  # fmt: skip
def test_sections_of_a_page(page: str, wanted: list[tuple[str, str, str, str]]) -> None:
    whole = f"<nav><p>menu</p></nav><article class='bd-article'>{page}</article><p>foot</p>"
    assert list(search.sections_of(whole)) == wanted
