"""Where a line may end: `alexnet_book.spacing`; in explorers, its twin in JavaScript."""

from __future__ import annotations

import pytest
from alexnet_book.spacing import HYPHENED, is_prose, together
from node import run_node

KEPT = [
    ("fell to 15.3 % of", "fell to 15.3_% of"),
    ("8 MB in 3 s, or 12 ms", "8_MB in 3_s, or 12_ms"),
    ("61 M weights", "61_M weights"),
    ("a 9 × 9 matrix", "a 9_×_9 matrix"),
    ("55 × 55 × 96 units", "55_×_55_×_96 units"),
    ("9216 → 4096 → 1000", "9216_→_4096_→_1000"),
    ("768 – 256 – 14, a range", "768_–_256_–_14, a range"),
    ("of outputs, × 10⁻¹⁵ (3 / 3)", "of outputs, ×_10⁻¹⁵ (3_/_3)"),
    ("with z = 3, s = 2", "with z_=_3, s_=_2"),
    ("with β = 0.75, or n ≤ -2", "with β_=_0.75, or n_≤_-2"),
    ("−0.76 [−3.39, 1.87] points", "−0.76_[−3.39,_1.87] points"),
    ("at least 2.2 [2.2, ∞) times, (−∞, 0.3]", "at least 2.2_[2.2,_∞) times, (−∞,_0.3]"),
    ("from N(0, 0.01), at 3 (16, 7)", "from N(0,_0.01), at 3 (16,_7)"),
    ("see [1] and [ask, 2]", "see [1] and [ask, 2]"),
    ("Figure 2 of chapter 10, layer 3", "Figure_2 of chapter_10, layer_3"),
    ("the last row of a chapter", "the last row of a chapter"),
    ("a bitmap 3 and subunit 4", "a bitmap 3 and subunit 4"),
    ("3 small steps of 5 minutes", "3 small steps of 5 minutes"),
    ("In 2012 Krizhevsky", "In 2012 Krizhevsky"),
]


@pytest.mark.parametrize(("written", "kept"), KEPT)
def test_what_belongs_together_stays_in_a_line(written: str, kept: str) -> None:
    assert together(written) == kept.replace("_", "\N{NO-BREAK SPACE}")


def test_explorers_have_the_same_rule() -> None:
    body = "return given.map(core.together);"
    found = run_node("_runtime/spacing-core.js", body, [written for written, _ in KEPT])
    assert found == [together(written) for written, _ in KEPT]


def test_a_name_keeps_its_number() -> None:
    text = "On CIFAR-10 a t-interval of the top-5 error; 96-256-384 kernels, color-agnostic"
    assert HYPHENED.findall(text) == ["CIFAR-10", "t-interval", "top-5", "96-256-384"]


@pytest.mark.parametrize(
    ("printed", "prose"),
    [
        ("the first kernel 0.577, the secret one 0.000\n", True),
        ("relu1  42%   relu2  17%\n", True),  # one line has nothing below it
        ("relu1: 16 units\nloss 2.65\n", True),
        ("layer  parameters\nconv1       0.1%\n", False),
        ("tensor([[0.1, 0.2],\n        [0.3, 0.4]])\n", False),
        (" 2012: 1\ntoday: 2\n", False),
    ],
)
def test_words_are_told_from_columns(printed: str, prose: bool) -> None:
    assert is_prose(printed) == prose
