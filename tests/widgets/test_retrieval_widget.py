"""RetrievalExplorer: its traits, its bad input, and what it shows against torch's distances."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import torch
from examples import EXAMPLES, retrieval_case
from PIL import Image

from alexnet_lab.errors import UserError
from alexnet_lab.widgets import RetrievalExplorer


def test_neighbours_and_precision_are_torchs() -> None:
    case = retrieval_case()
    made = RetrievalExplorer(**case, offered=[4, 2], most=5)
    for name, (query, bank) in case["spaces"].items():
        distances = torch.cdist(query.double(), bank.double())
        order = distances.argsort(dim=1)[:, :5]
        right = case["bank_labels"][order] == case["labels"][:, None]
        for k in range(5):
            wanted = right[:, : k + 1].double().mean()
            assert made.precision[name][k] == pytest.approx(float(wanted), abs=1e-4)
        for place, index in enumerate((4, 2)):
            made.query = place
            found = made.neighbours(name)
            wanted = distances[index, order[index]].tolist()
            assert [d for _, d, _ in found] == pytest.approx(wanted, rel=1e-3)
            assert [ok for *_, ok in found] == right[index].tolist()
            classes = [case["classes"][label] for label in case["bank_labels"][order[index]]]
            assert [name for name, *_ in found] == classes


def test_offers_the_first_of_each_class() -> None:
    made = RetrievalExplorer(**retrieval_case())
    assert [q["label"] for q in made.images["queries"]] == [0, 1, 2]
    assert "An image of red" in made.describe()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"asked": torch.rand(6, 3, 8, 8)}, "asked: give images as a uint8 tensor"),
        ({"bank": torch.zeros(30, 8, 8, dtype=torch.uint8)}, "bank of shape (30, 8, 8)"),
        ({"labels": [0, 1]}, "2 labels for 6 images"),
        ({"bank_labels": [7] * 30}, "bank_labels go up to 7; there are 3 classes"),
        ({"spaces": {}}, "at least one space"),
        ({"spaces": {"a": torch.rand(6, 2)}}, "space 'a': give (vectors of asked"),
        ({"spaces": {"a": (torch.rand(5, 2), torch.rand(30, 2))}}, "5 and 30 vectors for 6 and 30"),
        ({"spaces": {"a": (torch.rand(6, 2), torch.rand(30, 3))}}, "(Q, D) and (N, D)"),
        ({"spaces": {"a": (torch.rand(6, 2) / 0, torch.rand(30, 2))}}, "not a finite number"),
        ({"most": 31}, "most=31: give 1 to 24"),
        ({"offered": [6]}, "offered=[6]: choose some of 0 to 5"),
        ({"space": "fc7"}, "space = 'fc7'; known: colour, noise"),
        ({"count": 7}, "count = 7 is not in 1 to 6"),
        ({"query": 3}, "query = 3 is not in 0 to 2"),
    ],
)
def test_nonsense_is_one_line(change: dict, word: str) -> None:
    with pytest.raises(UserError) as said:
        RetrievalExplorer(**{**retrieval_case(), **change})
    assert word in str(said.value)
    assert "\n" not in str(said.value)


@pytest.mark.browser
def test_mouse_and_keyboard_show_the_right_neighbours(show: Any) -> None:
    made = EXAMPLES["retrieval"]()
    seen = show(made)

    def agrees() -> None:
        seen.settle()
        for place, space in enumerate((made.space, made.space2)):
            entries = seen.number().locator("ol").nth(place).locator("li")
            wanted = made.neighbours(space)
            assert entries.count() == len(wanted) == made.count
            for entry, (name, distance, right) in zip(entries.all(), wanted, strict=True):
                mark, said, number = entry.inner_text().split()
                assert (mark, said) == ("✓" if right else "–", name)
                assert float(number) == pytest.approx(distance, rel=6e-3)
            words = seen.number().locator(".al-w-retrieval-words").nth(place).inner_text()
            hits = sum(right for *_, right in wanted)
            assert words.startswith(f"{hits} of {made.count} are right; over all 6 questions ")
            mean = float(words.rsplit(" questions ")[1].split()[0])
            share = made.precision[space][made.count - 1]
            assert mean == pytest.approx(share * made.count, rel=6e-3)

    agrees()
    seen.choose("search with", "2: green")
    made.query = 1
    agrees()
    seen.button("Next image").click()
    made.query = 2
    agrees()
    seen.button("Next image").click()
    made.query = 0
    agrees()
    seen.slider("neighbours").focus()
    for _ in range(2):
        seen.page.keyboard.press("ArrowLeft")
    made.count = 4
    agrees()
    seen.choose("first space", "noise")
    made.space = "noise"
    agrees()
    assert "both spaces" not in seen.number().inner_text()
    seen.choose("second space", "colour")
    made.space2 = "colour"
    agrees()
    both = [{tile for tile, *_ in made.found[s][0][:4]} for s in ("noise", "colour")]
    assert f"{len(both[0] & both[1])} of 4 are neighbours in both" in seen.number().inner_text()


@pytest.mark.browser
def test_pictures_are_those_of_the_neighbours(show: Any) -> None:
    """The three colours, as the sheet holds them and as the page shows them."""
    made = EXAMPLES["retrieval"]()
    seen = show(made)
    for query in range(3):  # red, green, blue
        seen.choose("search with", f"{query + 1}: {made.images['classes'][query]}")
        seen.settle()
        shot = seen.number().locator(".al-w-retrieval-asked .al-w-retrieval-picture").screenshot()
        red, green, blue = Image.open(BytesIO(shot)).convert("RGB").resize((1, 1)).getpixel((0, 0))
        assert max(range(3), key=[red, green, blue].__getitem__) == query
