"""The built book as files: every link leads somewhere, every address is the repository's."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from served import ROOT, toc_pages

PAPERS = re.compile(r"arxiv\.org|doi\.org|papers\.nips\.cc|proceedings\.|jmlr\.org|distill\.pub")
FOREIGN = (
    "unpkg.com",
    "jsdelivr",
    "cdnjs",
    "googleapis",
    "mathjax",
    "THEBE_JS_URL",
    "fontawesome.js",
)


class _Page(HTMLParser):
    """The ids of a page, and what it links to or loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.duplicates: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                if value in self.ids:
                    self.duplicates.append(value)
                self.ids.add(value)
            elif name in {"href", "src", "data-src"} and value and tag != "base":
                self.targets.append(value)
            elif name == "srcset" and value:
                self.targets += [part.split()[0] for part in value.split(",")]


@cache
def _page(file: Path) -> _Page:
    return _Page(file.read_text(encoding="utf-8"))


@cache
def _exists(file: Path) -> bool:
    """Whether the file is there under exactly this spelling, as on a case-sensitive server."""
    return (
        file.name in {each.name for each in file.parent.iterdir()}
        if file.parent.is_dir()
        else False
    )


def _broken(book: Path, file: Path) -> list[str]:
    wrong = []
    for target in _page(file).targets:
        if urlsplit(target).scheme or target.startswith("//"):
            continue
        path, anchor = urldefrag(target)
        path = unquote(path.split("?")[0])
        goal = (file.parent / path).resolve() if path else file
        if not goal.is_relative_to(book.resolve()):
            wrong.append(f"{target} (leaves the book)")
        elif not _exists(goal):
            wrong.append(target)
        elif anchor and goal.suffix == ".html" and unquote(anchor) not in _page(goal).ids:
            wrong.append(f"{target} (no such anchor)")
    return wrong


def _crawl(book: Path) -> list[Path]:
    """Return every page that a reader can reach from the root."""
    found, todo = [], [book / "index.html"]
    while todo:
        file = todo.pop()
        if file in found or not _exists(file):
            continue
        found.append(file)
        for target in _page(file).targets:
            path = unquote(urldefrag(target)[0].split("?")[0])
            if path.endswith(".html") and not urlsplit(target).scheme:
                todo.append((file.parent / path).resolve())
    return found


def test_no_link_is_broken(book: Path) -> None:
    book = book.resolve()
    pages = _crawl(book)
    assert {book / path for path in toc_pages()} <= set(pages)
    broken = {
        str(file.relative_to(book)): wrong for file in pages if (wrong := _broken(book, file))
    }
    assert broken == {}


def test_titles_and_descriptions_differ(book: Path) -> None:
    heads = []
    for path in toc_pages():
        head, _, _ = (book / path).read_text(encoding="utf-8").partition("</head>")
        soup = BeautifulSoup(head, "html.parser")
        heads += [soup.title.text, soup.find("meta", attrs={"name": "description"})["content"]]
    assert len(heads) == len(set(heads))


def test_chapters_have_formulas_and_questions(book: Path) -> None:
    """The checks in the browser would pass on pages that lost them.

    An appendix (A1) is for looking things up: it asks nothing. Chapter 0 is one walk, in numbers.
    """
    chapters = [path for path in toc_pages() if re.match(r"notebooks/\d\d_", path)]
    for path in [path for path in chapters if "00_one_photograph" not in path]:
        soup = BeautifulSoup((book / path).read_text(encoding="utf-8"), "html.parser")
        assert soup.article.find("math") is not None, path
        assert len(soup.select(".al-device--predict > details")) >= 2, path
        assert soup.select(".al-device--exercise"), path
        assert soup.select("figure.al-figure figcaption"), path


@pytest.mark.parametrize("path", toc_pages())
def test_ids_are_unique(book: Path, path: str) -> None:
    assert _page(book / path).duplicates == []


def _repository() -> dict[str, str]:
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]


def _chapters() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("[0-9A][0-9]_*.ipynb"))


@pytest.mark.parametrize("path", [path for path in toc_pages() if path.startswith("notebooks/")])
def test_buttons_lead_to_the_repository(book: Path, path: str) -> None:
    url, branch = _repository()["url"], _repository()["branch"]
    targets = _page(book / path).targets
    notebook = path.removesuffix(".html") + ".ipynb"
    name = url.removeprefix("https://github.com/")
    assert f"https://colab.research.google.com/github/{name}/blob/{branch}/{notebook}" in targets
    assert f"{'../' * path.count('/')}_sources/{notebook}" in targets
    assert url in targets
    assert (ROOT / notebook).is_file()
    # What is downloaded is the notebook as it is committed.
    downloaded = json.loads((book / "_sources" / notebook).read_text(encoding="utf-8"))
    assert downloaded == json.loads((ROOT / notebook).read_text(encoding="utf-8"))


def test_there_are_chapters() -> None:
    """The checks below would pass on an empty folder."""
    assert len(_chapters()) >= 2


@pytest.mark.parametrize("chapter", _chapters(), ids=lambda file: file.stem)
def test_set_up_cell_names_the_repository(chapter: Path) -> None:
    url, branch = _repository()["url"], _repository()["branch"]
    expected = (
        "# On Colab this installs the package; anywhere else it does nothing.\n"
        "import sys\n\n"
        'if "google.colab" in sys.modules:\n'
        f'    %pip install -q "alexnet-lab @ git+{url}@{branch}"'
    )
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert "".join(code[0]["source"]) == expected
    assert [cell for cell in code if "setup" in cell["metadata"].get("tags", ())] == code[:1]


@pytest.mark.parametrize("chapter", _chapters(), ids=lambda file: file.stem)
def test_papers_are_in_the_references(chapter: Path) -> None:
    """A link to a paper that the bibliography does not know would lead past the reference list."""
    known = set(
        re.findall(r"url\s*=\s*\{(.*?)\}", (ROOT / "book/references.bib").read_text("utf-8"))
    )
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    links = re.findall(r"\]\((https?://[^)\s]+)\)", text)
    papers = {link for link in links if PAPERS.search(link)}
    assert papers
    assert papers <= known


def test_citations_lead_to_the_references(book: Path) -> None:
    for path in [path for path in toc_pages() if re.match(r"notebooks/[\dA]\d_", path)]:
        assert any(
            target.startswith("../book/references.html#ref-")
            for target in _page(book / path).targets
        )


def test_the_repository_is_named_in_one_place() -> None:
    """Everything in the book derives from one line; two metadata files agree with it."""
    url = _repository()["url"]
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert text.count(url) == 1
    assert url in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert url in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_no_page_loads_from_elsewhere(book: Path) -> None:
    """In the files as well as in the browser: no script, style, font or picture of another host."""
    for path in toc_pages():
        text = (book / path).read_text(encoding="utf-8")
        for host in (
            "unpkg.com",
            "jsdelivr",
            "cdnjs",
            "googleapis",
            "mathjax",
            "THEBE_JS_URL",
            "fontawesome",
        ):
            assert host not in text, f"{path} names {host}"


def test_every_chapter_links_words_to_the_glossary(book: Path) -> None:
    """Each entry once a page, or once a section where it lights up a part; never inside a fold."""
    for path in [path for path in toc_pages() if re.match(r"notebooks/\d\d_", path)]:
        soup = BeautifulSoup((book / path).read_text(encoding="utf-8"), "html.parser")
        words = soup.article.select("a.al-word")
        assert words, path
        places = [
            (word["href"], word.get("data-parts") and id(word.find_parent("section")))
            for word in words
        ]
        assert len(set(places)) == len(words), path
        assert all(len(word["title"]) > 20 for word in words), path
        assert not soup.select("details a.al-word, h2 a.al-word, figcaption a.al-word"), path


def test_no_two_figures_or_exercises_have_one_number(book: Path) -> None:
    """Of assignments each counts its own exercises from 1: those have no chapter's number."""
    pages: dict[str, list[str]] = {}
    for path in toc_pages():
        text = (book / path).read_text("utf-8")
        names = re.findall(r'id="((?:figure|exercise)-[a-z]?\d*-\d+)"', text)
        bold = re.findall(r"<strong>Figure\s([A-Z]?\d*)\.(\d+)\.</strong>", text)
        assert {f"figure-{page}-{n}".lower() for page, n in bold} == {
            name for name in names if name.startswith("figure")
        }, f"{path}: a caption without its figure"
        for name in names:
            pages.setdefault(name, []).append(path)
    assert {name: of for name, of in pages.items() if len(of) > 1} == {}
    assert len(pages) > 120
    assert {"figure-l-1", "figure-g-1", "figure-a0-1", "exercise-0-1"} <= pages.keys()
