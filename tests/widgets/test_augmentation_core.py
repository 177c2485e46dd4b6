"""The page's crops, colours and views against alexnet_lab.data and numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from node import run_node

from alexnet_lab.data import PCAColour, pca_colour, ten_views

CORE = "augmentation/core.js"


def picture(height: int = 20, width: int = 26, seed: int = 0) -> torch.Tensor:
    """Return uint8 (3, H, W) whose channels go together, as in a photograph."""
    draw = torch.Generator().manual_seed(seed)
    light = torch.randint(30, 200, (1, height, width), generator=draw)
    noise = torch.randint(-30, 31, (3, height, width), generator=draw)
    return (light + noise * torch.tensor([1, 0.5, 2]).view(3, 1, 1)).clamp(0, 255).byte()


def given(image: torch.Tensor) -> dict:
    rgba = torch.cat([image, torch.full_like(image[:1], 255)]).permute(1, 2, 0)
    return {
        "width": image.shape[2],
        "height": image.shape[1],
        "data": rgba.flatten().tolist(),
    }


def taken(found: dict) -> torch.Tensor:
    rgba = torch.tensor(found["data"], dtype=torch.uint8)
    return rgba.view(found["height"], found["width"], 4).permute(2, 0, 1)[:3]


def test_ten_views_are_the_packages() -> None:
    for shape in ((20, 26), (16, 16), (21, 17)):
        image = picture(*shape)
        body = """
        return core.tenViews(given, 15).map((place) => {
          const view = core.crop(given, place, 15);
          return { ...view, data: [...view.data] };
        });
        """
        found = [taken(view) for view in run_node(CORE, body, given(image))]
        assert torch.equal(torch.stack(found), ten_views(image, 15))


def test_variants_of_the_papers_sizes() -> None:
    body = "return core.variants({ width: 256, height: 256 }, 224)"
    assert run_node(CORE, body, {}) == 33 * 33 * 2 == 2178


def test_colours_are_numpys_and_the_packages() -> None:
    image = picture(30, 40)
    body = """
    const { mean, covariance } = core.colours(given);
    return { mean, covariance, ...core.eigen(covariance) };
    """
    found = run_node(CORE, body, given(image))
    pixels = image.reshape(3, -1).double().numpy()
    assert found["mean"] == pytest.approx(pixels.mean(1).tolist())
    np.testing.assert_allclose(found["covariance"], np.cov(pixels, bias=True), rtol=1e-9)
    wanted = pca_colour(image[None])
    np.testing.assert_allclose(found["eigenvalues"], wanted.eigenvalues, rtol=1e-4)
    np.testing.assert_allclose(found["eigenvectors"], wanted.eigenvectors, atol=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_eigenvectors_of_any_covariance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(3, 3)) * [100, 10, 0.1]
    matrix = factors @ factors.T
    found = run_node(CORE, "return core.eigen(given.matrix)", {"matrix": matrix.tolist()})
    values, vectors = np.array(found["eigenvalues"]), np.array(found["eigenvectors"])
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-6 * values[0])
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-9)
    assert all(column[np.abs(column).argmax()] > 0 for column in vectors.T)


def test_grey_has_one_direction() -> None:
    grey = torch.randint(0, 256, (1, 8, 8), generator=torch.Generator().manual_seed(0)).byte()
    body = "return core.eigen(core.colours(given).covariance)"
    found = run_node(CORE, body, given(grey.expand(3, 8, 8)))
    assert found["eigenvalues"][1:] == pytest.approx([0, 0], abs=1e-6)
    assert [row[0] for row in found["eigenvectors"]] == pytest.approx([3**-0.5] * 3)


@pytest.mark.parametrize("literal", [False, True])
def test_colour_noise_is_the_packages(literal: bool) -> None:
    image = picture()
    noise = pca_colour(image[None], literal=literal)
    alphas = [0.08, -0.15, 0.2]
    case = {
        "picture": given(image),
        "alphas": alphas,
        "pca": {
            "eigenvalues": noise.eigenvalues.tolist(),
            "eigenvectors": noise.eigenvectors.tolist(),
        },
        "scale": "literal" if literal else "deviation",
    }
    body = """
    const shift = core.colourShift(given.alphas, given.pca, given.scale);
    const { data, clipped, ...size } = core.recoloured(given.picture, shift);
    return { shift, clipped, data: [...data], ...size };
    """
    found = run_node(CORE, body, case)
    plain = PCAColour(noise.eigenvalues, noise.eigenvectors, 1.0, literal)
    wanted = plain.apply(image[None].float(), torch.tensor([alphas]).double())[0]
    difference = (wanted - image.float())[:, 0, 0]
    assert found["shift"] == pytest.approx(difference.tolist(), rel=1e-3, abs=1e-3)
    assert found["clipped"] == pytest.approx(((wanted < 0) | (wanted > 255)).double().mean())
    shown = taken(found).float()
    assert (shown - wanted.clamp(0, 255)).abs().max() <= 0.5 + 1e-3


def test_normal_numbers_have_the_papers_deviation() -> None:
    body = """
    let state = 1;  // a plain congruence is random enough here
    const next = () => { state = (state * 48271) % 2147483647; return state / 2147483647; };
    return Array.from({ length: 3000 }, () => core.normals(next)).flat();
    """
    drawn = torch.tensor(run_node(CORE, body, {}))
    assert abs(drawn.mean()) < 0.005
    assert drawn.std() == pytest.approx(0.1, rel=0.05)
    assert (drawn.abs() < 0.1).double().mean() == pytest.approx(0.683, abs=0.02)


def test_a_turned_cube_keeps_its_lengths() -> None:
    body = "return [[0, 0, 0], [255, 0, 0], [9, 80, 200]].map((c) => core.project(c, 0.7))"
    black, red, other = (np.array(p) for p in run_node(CORE, body, {}))
    assert np.linalg.norm(red - black) == pytest.approx(255)
    assert np.linalg.norm(other - black) == pytest.approx(np.linalg.norm([9, 80, 200]))


def test_votes() -> None:
    rows = torch.rand(10, 4, generator=torch.Generator().manual_seed(0)).softmax(1)
    found = run_node(CORE, "return core.votes(given.rows)", {"rows": rows.tolist()})
    assert found["mean"] == pytest.approx(rows.mean(0).tolist())
    assert found["tops"] == rows.argmax(1).tolist()
    assert found["top"] == rows.mean(0).argmax()


@pytest.mark.parametrize(
    ("change", "size", "word"),
    [
        ({"data": [1, 2]}, 1, "2 bytes make no picture"),
        ({}, 0, "a crop of 0"),
        ({}, 3, "3 × 3 does not fit a picture of 2 × 2"),
    ],
)
def test_nonsense_is_one_line(change: dict, size: int, word: str) -> None:
    case = {"picture": {"width": 2, "height": 2, "data": [0] * 16, **change}, "size": size}
    assert word in run_node(CORE, "return core.problem(given.picture, given.size)", case)
