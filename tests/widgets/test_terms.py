"""Words of the glossary that name a part of an explorer: the parts are there, and light up."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from examples import EXAMPLES
from playwright.sync_api import expect

STATIC = Path(__file__).parents[2] / "book" / "_static"
ENTRY = re.compile(r"\n((?:[^\n ][^\n]*\n)+)  [^\n]*\{parts\}`([^`]+)`\n")
WORDS = """parts => {
  const line = document.createElement("p");
  line.append("It has ", ...parts.flatMap((part, i) => {
    const word = document.createElement("a");
    Object.assign(word, { className: "al-word", href: "#g", title: `Meaning ${i}.` });
    word.textContent = `word ${i}`;
    word.dataset.parts = part;
    return [word, ", "];
  }), "and more.");
  document.querySelector("h1").after(line);
}"""


def named(root: Path) -> dict[str, list[str]]:
    """Return the parts of each entry, by all its words."""
    text = (root / "book" / "glossary.md").read_text(encoding="utf-8")
    return {words.strip(): parts.split(", ") for words, parts in ENTRY.findall(text)}


def test_twenty_words_name_a_part_in_a_chapter_that_uses_them(root: Path) -> None:
    chapters = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        raw = path.read_text(encoding="utf-8")
        cells = [c for c in json.loads(raw)["cells"] if c["cell_type"] == "markdown"]
        prose = "\n".join("".join(cell["source"]) for cell in cells)
        prose = re.sub(r"(?ms)^#+ .*?$|<details>.*?</details>|`[^`]*`|\]\([^)]*\)", " ", prose)
        chapters.append((raw, prose))
    used = []
    for words, parts in named(root).items():
        finder = re.compile(rf"\b({'|'.join(map(re.escape, words.splitlines()))})(s|es)?\b", re.I)
        held = [
            prose
            for raw, prose in chapters
            if any(f'data-widget=\\"{part.split()[0]}\\"' in raw for part in parts)
        ]
        assert any(map(finder.search, held)), f"{words!r}: no chapter with its explorer uses it"
        used.append(words)
    assert len(used) >= 20


@pytest.mark.browser
@pytest.mark.slow
def test_parts_are_there_and_light_up(show: Any, root: Path) -> None:
    parts = [part for listed in named(root).values() for part in listed]
    widgets = sorted({part.split()[0] for part in parts})
    seen = show(*(EXAMPLES[name]() for name in widgets))
    page = seen.page
    missing = page.evaluate(
        """parts => parts.filter((part) => {
          const [widget, ...inside] = part.split(" ");
          const box = document.querySelector(`[data-widget=${widget}]`);
          return ![...box.querySelectorAll(inside.join(" "))].some((e) => e.checkVisibility());
        })""",
        parts,
    )
    assert missing == []
    # One word a part, as a chapter has them.
    page.evaluate(WORDS, parts)
    page.add_style_tag(path=STATIC / "alexnet-lab-pages.css")
    page.add_script_tag(path=STATIC / "terms.js")
    page.evaluate("document.dispatchEvent(new Event('DOMContentLoaded'))")
    lit = page.locator(".al-lit")
    words = page.locator("a.al-word")
    note = page.locator(".al-term")
    place = parts.index(next(part for part in parts if part.startswith("pooling .")))
    word = words.nth(place)
    page.evaluate("scrollTo(0, 0)")
    word.hover()
    expect(note).to_contain_text(f"Meaning {place}.")
    expect(lit).to_have_count(1)
    assert lit.evaluate("part => Boolean(part.closest('[data-widget=pooling]'))")
    page.mouse.move(5, 700)
    expect(note).to_have_count(0)
    expect(lit).to_have_count(0)
    # By keyboard: shown by going there, held by Enter, led there, ended by Escape.
    words.nth(place - 1).focus()
    page.keyboard.press("Tab")
    expect(note).to_contain_text(f"Meaning {place}.")
    page.keyboard.press("Enter")
    expect(word).to_have_attribute("aria-expanded", "true")
    assert word.get_attribute("aria-describedby") == note.get_attribute("id")
    found = Axe().run(page, context="main > p").response["violations"]
    assert [(each["id"], [n["html"] for n in each["nodes"]]) for each in found] == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(lit).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(lit).to_have_count(0)
    expect(word).to_have_attribute("aria-expanded", "false")
    # By a tap, and again: shown, and away. It does not leave the page.
    for shown in ("true", "false"):
        word.dispatch_event("click")
        expect(word).to_have_attribute("aria-expanded", shown)
    assert "#g" not in page.url
    # At the right edge of a phone the entry stays in the window.
    page.set_viewport_size({"width": 360, "height": 640})
    for each in range(len(parts)):
        words.nth(each).dispatch_event("click")
        box = note.bounding_box()
        assert 0 <= box["x"] <= 360 - box["width"], each
