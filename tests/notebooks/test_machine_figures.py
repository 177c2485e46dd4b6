"""Figures that depend on the machine: what is printed agrees with the sentences beside it.

A check cell holds every other number each time a chapter is executed. A cell tagged `machine`
keeps the figures of the day on which they were measured, and no check cell may ask for a speed. So
here the published outputs are compared with the published sentences, and nothing is timed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from chapters import Chapter, chapters


@dataclass(frozen=True)
class Claim:
    """A sentence of a chapter, the printed figures that it is about, and what it says of them."""

    chapter: str
    sentence: str
    printed: str
    holds: Callable[..., bool]


CLAIMS = [
    Claim(
        "14",
        '"matrix products" and "all the rest" are large',
        r"convolutions +(\d+)%\nmatrix products +(\d+)%\npooling +(\d+)%\nall the rest +(\d+)%",
        lambda conv, matrix, pool, rest: (
            matrix + rest > 50 and min(matrix, rest) > 2 * pool and conv + pool < matrix + rest
        ),
    ),
    Claim(
        "14",
        "So a batch should make fc6 much cheaper per image, and conv3 only a little cheaper.",
        r"fc6: .*, ([\d.]+) times as fast per image\nconv3: .*, ([\d.]+) times as fast",
        lambda fc6, conv3: fc6 > 2.5 and 0.95 < conv3 < 2 and fc6 > 2 * conv3,
    ),
    Claim(
        "14",
        "does far more with each number than the others, local response normalisation",
        r"torch's +([\d.]+) ReLUs\nours +([\d.]+) ReLUs\na ReLU +([\d.]+) ReLUs",
        lambda torch, ours, relu: torch > 2 * ours and ours >= relu == 1,
    ),
    Claim(
        "14",
        "crops and flips a whole batch as one tensor",
        r"time one by one, over time at once: ([\d.]+)",
        lambda ratio: ratio > 1.5,
    ),
    Claim(
        "14",
        "How fast would 90 passes over 1.2 million images be",
        r"this machine: ([\d.]+) times the speed of 2012",
        lambda speed: speed > 0,
    ),
    Claim(
        "14",
        "These figures are for the machine that ran the cells.",
        r"cpu: ([\d.]+) images a second",
        lambda speed: speed > 0,
    ),
    Claim(
        "14",
        "how much could the forward pass gain on your machine",
        r"at most ([\d.]+) times as fast",
        lambda gain: gain > 1,
    ),
    Claim(
        "00_real_thing",
        "how many images a second it learns from",
        r"epoch 1/\d+, step \d+ of \d+: (\d+) images a second",
        lambda speed: speed > 0,
    ),
]


def printed(chapter: Chapter) -> list[str]:
    """Return what each cell tagged `machine` prints."""
    texts = []
    for cell in chapter.cells:
        if "machine" in cell.metadata.get("tags", ()):
            streams = [out.text for out in cell.outputs if out.output_type == "stream"]
            texts.append("".join(streams))
    return [text for text in texts if text]


def of(name: str) -> Chapter:
    (found,) = [chapter for chapter in chapters() if chapter.path.stem.startswith(name)]
    return found


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.printed[:24])
def test_a_printed_figure_says_what_its_sentence_says(claim: Claim) -> None:
    chapter = of(claim.chapter)
    assert claim.sentence in chapter.prose
    (match,) = [found for text in printed(chapter) if (found := re.search(claim.printed, text))]
    figures = [float(figure) for figure in match.groups()]
    assert claim.holds(*figures), (claim.sentence, figures)


def test_every_figure_of_a_machine_has_its_sentence() -> None:
    for chapter in chapters():
        known = [c.printed for c in CLAIMS if chapter.path.stem.startswith(c.chapter)]
        for text in printed(chapter):
            assert any(re.search(pattern, text) for pattern in known), (chapter.path.name, text)
