"""What search engines read, and the drawing to download."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
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


def test_the_misconceptions_are_questions_with_their_answers(book: Path) -> None:
    faq = objects(book, "book/misconceptions.html")[-1]
    assert faq["@type"] == "FAQPage"
    answers = {one["name"]: one["acceptedAnswer"]["text"] for one in faq["mainEntity"]}
    assert len(answers) == 15
    (fits,) = [text for name, text in answers.items() if "224" in name]
    assert fits.startswith("The source rounds up")


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
