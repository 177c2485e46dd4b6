"""What search engines read, and the drawing to download."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from served import toc_pages

import alexnet_lab as al

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def objects(book: Path, page: str) -> list[dict]:
    (text,) = BLOCK.findall((book / page).read_text(encoding="utf-8"))
    data = json.loads(text)
    assert data["@context"] == "https://schema.org"
    return data["@graph"]


@pytest.mark.parametrize("page", toc_pages())
def test_every_page_says_what_it_is(book: Path, page: str) -> None:
    about = objects(book, page)[0]
    html = (book / page).read_text(encoding="utf-8")
    heading = re.search(r"<h1>(.*?)<a class=\"headerlink", html, re.DOTALL)
    assert heading
    words = re.sub(r"<[^>]+>", "", heading[1])
    assert about["name"].split()[-1].rstrip(".") in words
    assert 20 < len(about["description"]) <= 202
    assert about["license"].startswith("https://")


def test_a_chapter_is_a_lesson_of_so_many_minutes(book: Path) -> None:
    (about, *_) = objects(book, "notebooks/05_pooling.html")
    assert about["@type"] == "LearningResource"
    assert re.fullmatch(r"PT\d+M", about["timeRequired"])


def own_pages(book: Path) -> dict[str, str]:
    """Return the titles of the pages that the page of misconceptions lists, by their files."""
    (steps,) = [
        one["itemListElement"]
        for one in objects(book, "book/misconceptions.html")
        if one["@type"] == "ItemList"
    ]
    return {"book/" + step["url"].rpartition("/")[2]: step["name"] for step in steps}


def test_each_misconception_has_a_page_of_its_own(book: Path) -> None:
    pages = own_pages(book)
    assert len(pages) == 15
    assert len(set(pages.values())) == 15
    whole = BeautifulSoup((book / "book/misconceptions.html").read_text("utf-8"), "html.parser")
    answers = [" ".join(fold.div.text.split()) for fold in whole.select(".al-device > details")]
    for (page, title), answer in zip(pages.items(), answers, strict=True):
        (faq,) = [one for one in objects(book, page) if one["@type"] == "FAQPage"]
        (asked,) = faq["mainEntity"]
        soup = BeautifulSoup((book / page).read_text(encoding="utf-8"), "html.parser")
        assert asked["name"] == title == soup.article.h1.find(string=True)
        assert soup.title.text.startswith(title)
        # The same words as in the quiz, open, and not asked twice.
        assert answer in " ".join(soup.article.text.split())
        choices = " ".join(soup.article.select_one("ul").text.split())  # however wide a blank
        assert asked["acceptedAnswer"]["text"].partition(".")[0] in choices
        assert not soup.article.select("details, [data-question]")
        # There and back.
        (there,) = whole.select(f'.bd-article a[href="{page.partition("/")[2]}"]')
        back = soup.select_one(".al-own-page a")["href"]
        assert back == f"misconceptions.html#{there.find_parent('section')['id']}"
    descriptions = {objects(book, page)[0]["description"] for page in pages}
    assert len(descriptions) == 15


def test_the_map_of_the_site_has_every_page_once_by_its_own_address(book: Path) -> None:
    tree = ElementTree.fromstring((book / "sitemap.xml").read_text(encoding="utf-8"))
    listed = [place.text or "" for place in tree.findall("{*}url/{*}loc")]
    root = objects(book, "book/index.html")[0]["isPartOf"]["url"]
    pages = [*toc_pages(), *own_pages(book)]
    assert sorted(listed) == sorted(root + page for page in pages)
    for page in own_pages(book):
        head = (book / page).read_text(encoding="utf-8").partition("</head>")[0]
        assert f'<link rel="canonical" href="{root}{page}"' in head


def test_the_drawing_to_download_has_the_networks_numbers(book: Path) -> None:
    file = book / "_static" / "alexnet-2012.svg"
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"var\(|color-mix|:is\(", text)  # what only browsers know
    words = {t.text for t in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}text")}
    for row in al.analysis.layer_table(al.models.alexnet_2012()).rows:
        if row.kind == "conv":
            maps, side, _ = row.shape_out
            assert f"{side}×{side}×{maps // 2}" in words
    landing = (book / "book" / "index.html").read_text(encoding="utf-8")
    assert 'href="../_static/alexnet-2012.svg"' in landing
