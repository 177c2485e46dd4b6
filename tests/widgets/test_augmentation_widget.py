"""AugmentationExplorer: its bad input, and what it shows against the package and the network."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from examples import EXAMPLES, TinyNet, tiny_photo

from alexnet_lab.data import PCAColour, pca_colour, photograph, preprocess, ten_views
from alexnet_lab.errors import UserError
from alexnet_lab.widgets import AugmentationExplorer
from alexnet_lab.widgets._runtime.pack import square
from alexnet_lab.widgets.augmentation.widget import _pixels


def stored(made: AugmentationExplorer) -> torch.Tensor:
    """Return the photograph that the page has: (3, side, side), 0–255."""
    return torch.from_numpy(_pixels(made.photo)).permute(2, 0, 1).float()


def test_ten_views_get_the_networks_own_votes() -> None:
    made = EXAMPLES["augmentation"]()
    model = TinyNet()
    x = stored(made) - torch.tensor(model.preprocess.mean).view(3, 1, 1)
    with torch.no_grad():
        wanted = model(ten_views(x, made.crop)).softmax(1)
    torch.testing.assert_close(made.ten_views(), wanted)
    assert made.class_ == made.probabilities().mean((0, 1, 2)).argmax()
    assert made.votes["classes"] == ["red one", "green one", "blue one"]


def test_the_photograph_is_cut_as_the_package_cuts_it() -> None:
    for name in ("cat", "temple"):
        picture = photograph(name)
        wanted = preprocess(picture, size=256, mean=None).permute(1, 2, 0).numpy()
        np.testing.assert_array_equal(square(picture, 256), wanted)
    # What JPEG loses is little.
    made = AugmentationExplorer(photograph("temple"))
    assert (stored(made).permute(1, 2, 0).numpy() - wanted).std() < 6
    assert len(made.photo) < 60_000


def test_the_models_mode_is_left_alone_and_no_model_is_needed() -> None:
    model = TinyNet().train()
    AugmentationExplorer(tiny_photo(), model=model, side=32, crop=28)
    assert model.training
    made = AugmentationExplorer(tiny_photo(), side=32, crop=28)
    assert made.votes == {}
    assert "50 of" in made.describe() or "one of its 50 crops" in made.describe()
    with pytest.raises(UserError, match="give model="):
        made.probabilities()


@pytest.mark.parametrize(
    ("image", "options", "word"),
    [
        (np.zeros((4, 4), np.uint8), {}, "shape (4, 4)"),
        (np.zeros((40, 40, 3), np.float32), {}, "float32"),
        (np.zeros((0, 40, 3), np.uint8), {}, "shape (0, 40, 3)"),
        (np.zeros((1, 90, 3), np.uint8), {}, "too narrow"),
        ("photo.pdf", {}, "shape ()"),
        (None, {"crop": 40}, "crop=40"),
        (None, {"crop": 4}, "crop=4"),
        (None, {"top": 5}, "top = 5 is not in 0 to 4"),
        (None, {"class_": 1}, "no class 1"),
        (None, {"colours_of": "data"}, "give pca="),
        (None, {"model": torch.nn.Flatten()}, "no preprocess"),
        (None, {"pca": object()}, "eigenvalues"),
    ],
)
def test_nonsense_is_one_line(image: Any, options: dict, word: str) -> None:
    given = tiny_photo() if image is None else image
    with pytest.raises(UserError) as said:
        AugmentationExplorer(given, **{"side": 32, "crop": 28, **options})
    assert word in str(said.value)
    assert "\n" not in str(said.value)


@pytest.mark.browser
def test_mouse_and_keyboard_cut_what_the_package_cuts(show: Any) -> None:
    made = EXAMPLES["augmentation"]()
    seen = show(made)
    photo = stored(made)

    def given_matches(top: int, left: int, mirrored: bool) -> None:
        """The second canvas shows that crop, enlarged smoothly: compared by means of its parts."""
        seen.settle()
        address = seen.number().locator("canvas").nth(1).evaluate("c => c.toDataURL()")
        shown = torch.from_numpy(_pixels(address)).permute(2, 0, 1).float()
        crop = photo[:, top : top + 28, left : left + 28]
        crop = crop.flip(2) if mirrored else crop
        parts = torch.nn.functional.adaptive_avg_pool2d
        torch.testing.assert_close(parts(shown, 7), parts(crop, 7), atol=6, rtol=0)

    assert (made.top, made.left) == (2, 2)
    given_matches(2, 2, False)
    assert seen.text(".al-w-augmentation-words") == "One of 50 crops and reflections: (4 + 1)² × 2."
    seen.number().get_by_role("application").focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "ArrowUp"):
        seen.page.keyboard.press(key)
    assert (
        seen.slider("from the left").input_value(),
        seen.slider("from the top").input_value(),
    ) == (
        "3",
        "0",
    )
    given_matches(0, 3, False)
    seen.number().get_by_role("checkbox", name="mirrored").check()
    given_matches(0, 3, True)
    # Drag the frame to the left and down.
    box = seen.number().locator("canvas").first.bounding_box()
    seen.page.mouse.move(box["x"] + 100, box["y"] + 100)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + 98, box["y"] + 103, steps=3)
    seen.page.mouse.up()
    given_matches(3, 1, True)
    seen.page.mouse.move(box["x"] + 60, box["y"] + 60)  # no longer held
    given_matches(3, 1, True)


@pytest.mark.browser
def test_colours_are_those_of_the_package(show: Any) -> None:
    made = EXAMPLES["augmentation"]()
    seen = show(made)
    own = pca_colour(stored(made).byte()[None])
    data = PCAColour(torch.tensor(made.pca["eigenvalues"]), torch.tensor(made.pca["eigenvectors"]))

    def shift() -> list[float]:
        seen.settle()
        words = seen.number().locator(".al-w-augmentation-words").nth(1).inner_text()
        found = re.search(r"gets \((\S+), (\S+), (\S+)\)", words).groups()
        return [float(text.replace("−", "-")) for text in found]

    def wanted(noise: PCAColour, literal: bool = False) -> list[float]:
        plain = PCAColour(noise.eigenvalues, noise.eigenvectors, 1.0, literal)
        alphas = torch.tensor([[0.1, -0.05, 0.0]]).double()
        return plain.apply(torch.zeros(1, 3, 1, 1), alphas).flatten().tolist()

    assert "No colour is shifted" in seen.number().inner_text()
    for name, value in (("α1", "0.1"), ("α2", "-0.05")):
        seen.slider(name).fill(value)
    assert shift() == pytest.approx(wanted(own), rel=1e-2, abs=0.02)
    seen.choose("α times", "λ (as printed)")
    assert shift() == pytest.approx(wanted(own, literal=True), rel=1e-2, abs=0.02)
    assert "are clipped" in seen.number().inner_text()
    seen.choose("directions of", "the data set")
    seen.choose("α times", "√λ (2012 source)")
    assert shift() == pytest.approx(wanted(data), rel=1e-2, abs=0.02)
    seen.button("No colour noise").click()
    seen.settle()
    assert "No colour is shifted" in seen.number().inner_text()
    table = seen.number().locator("table").first.locator("td").all_inner_texts()
    pixels = stored(made).reshape(3, -1).double().numpy()
    found = [float(text.replace(",", "").replace("−", "-")) for text in table]
    np.testing.assert_allclose(found, np.cov(pixels, bias=True).flatten(), atol=0.51)


@pytest.mark.browser
def test_views_are_pressed_and_votes_are_the_networks(show: Any) -> None:
    made = EXAMPLES["augmentation"]()
    seen = show(made)
    views = made.ten_views()
    buttons = seen.number().locator(".al-w-augmentation-view")
    assert buttons.count() == 10
    for name, class_ in (("green one", 1), ("blue one", 2)):
        seen.choose("probability of", name)
        seen.settle()
        for place, chance in enumerate(views[:, class_].tolist()):
            label = buttons.nth(place).get_attribute("aria-label")
            share = int(re.search(r"(\d+) %", label).group(1))
            assert share == pytest.approx(100 * chance, abs=0.51)
            assert label.endswith(made.votes["classes"][views[place].argmax()])
    # By keyboard: the mirror image's top left view is the photograph's top right corner.
    buttons.nth(5).focus()
    seen.page.keyboard.press("Enter")
    assert seen.slider("from the left").input_value() == "4"
    assert seen.slider("from the top").input_value() == "0"
    assert seen.number().get_by_role("checkbox", name="mirrored").is_checked()
    seen.settle()
    assert buttons.nth(5).get_attribute("aria-pressed") == "true"
    assert seen.page.evaluate("document.activeElement.className").startswith("al-w-button")
    words = seen.number().locator(".al-w-augmentation-words").last.inner_text()
    mean = int(re.search(r"the answer of §4.1, (\d+)\s%", words).group(1))
    assert mean == pytest.approx(100 * float(views[:, 2].mean()), abs=0.51)


@pytest.mark.browser
def test_training_draws_place_reflection_and_colour(show: Any) -> None:
    seen = show(EXAMPLES["augmentation"]())
    names = ("from the left", "from the top", "α1", "α2", "α3")
    drawn = set()
    for _ in range(4):
        seen.button("Draw as in training").click()
        drawn.add(tuple(seen.slider(name).input_value() for name in names))
    assert len(drawn) == 4
    assert all(0 <= int(d[0]) <= 4 and abs(float(d[2])) <= 0.3 for d in drawn)


@pytest.mark.browser
def test_a_damaged_photograph_is_said_in_one_line(show: Any) -> None:
    made = EXAMPLES["augmentation"]()
    made.photo = "data:image/jpeg;base64,AAAA"
    made.still = lambda: EXAMPLES["augmentation"]().still()
    seen = show(made)
    assert (
        seen.number().get_by_role("alert").inner_text() == "The photograph cannot be decoded here."
    )


@pytest.mark.browser
def test_a_moment_can_be_linked_to(show: Any) -> None:
    at = (
        "#augmentation.top=4&augmentation.left=1&augmentation.mirrored=true&augmentation.alpha1=0.2"
    )
    seen = show(EXAMPLES["augmentation"](), at=at)
    assert seen.slider("from the top").input_value() == "4"
    assert seen.slider("α1").input_value() == "0.2"
    assert seen.number().get_by_role("checkbox", name="mirrored").is_checked()


@pytest.mark.browser
def test_colours_can_be_left_out(show: Any) -> None:
    made = AugmentationExplorer(tiny_photo(), model=TinyNet(), side=32, crop=28, colour=False)
    seen = show(made)
    assert seen.number().get_by_role("slider", name="α1").count() == 0
    assert "Then move α1" not in seen.number().inner_text()
    before = seen.text(".al-w-augmentation-words >> nth=-1")
    seen.button("Draw as in training").click()
    seen.settle()
    assert seen.text(".al-w-augmentation-words >> nth=-1") != before
