from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import activations, features, nearest_neighbours
from alexnet_lab.errors import UserError


@pytest.fixture
def images():
    return torch.randn(5, 3, 12, 16, generator=torch.Generator().manual_seed(0))


def test_alexnet_gives_4096_numbers_after_the_relu():
    model = al.models.alexnet_2012()  # in training mode: dropout would be on
    x = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 60
    found = features(model, x)
    assert found.shape == (2, 4096)
    torch.testing.assert_close(found, activations(model, x, "relu7")["relu7"])
    torch.testing.assert_close(found, features(model, x, "fc7").relu())
    assert model.training


def test_tensors_and_batches_give_the_same(small, images):
    whole = features(small, images)
    assert whole.shape == (5, 24)
    for batches in (
        [images[:2], images[2:]],
        ((images[i : i + 1], torch.tensor([i])) for i in range(5)),
    ):
        torch.testing.assert_close(features(small, batches), whole)
    torch.testing.assert_close(features(small, images, batch_size=2), whole)
    assert features(small, images, "conv1").shape == (5, 4 * 6 * 8)


def test_nothing_is_left_behind(small, broken, images, hooks):
    modes = [module.training for module in small.modules()]
    features(small, images)
    assert [module.training for module in small.modules()] == modes
    assert hooks(small) == 0
    with pytest.raises(RuntimeError, match="on purpose"):
        features(broken, images, "conv1")
    assert hooks(broken) == 0


def test_errors_name_the_way_out(small, images):
    with pytest.raises(UserError, match="no images"):
        features(small, [])
    with pytest.raises(UserError, match="no fully connected layer; name a layer"):
        features(nn.Sequential(nn.Conv2d(3, 1, 1)), images)


def test_neighbours_against_sklearn():
    generator = torch.Generator().manual_seed(0)
    bank = torch.randn(40, 7, generator=generator)
    query = torch.cat([torch.randn(3, 7, generator=generator), bank[11:12]])
    found = nearest_neighbours(query, bank)
    oracle = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(bank.numpy())
    distances, indices = oracle.kneighbors(query.numpy())
    np.testing.assert_array_equal(found.indices.numpy(), indices)
    np.testing.assert_allclose(found.distances.numpy(), distances, atol=1e-5)
    assert found.indices[3, 0] == 11
    assert found.distances[3, 0] == 0  # exactly: a vector is at no distance from itself


def test_neighbours_of_one_vector_and_of_equal_ones():
    bank = torch.tensor([[3.0, 4], [0, 1], [0, -1], [9, 9]])
    found = nearest_neighbours(torch.zeros(2), bank, k=3)
    assert found.indices.tolist() == [[1, 2, 0]]
    assert found.distances.tolist() == [[1, 1, 5]]


def test_sizes_that_do_not_fit():
    with pytest.raises(UserError, match=r"k=6 neighbours of a bank of 2; give 1 to 2"):
        nearest_neighbours(torch.zeros(3), torch.zeros(2, 3))
    with pytest.raises(UserError, match=r"\(Q, D\) and \(N, D\)"):
        nearest_neighbours(torch.zeros(3), torch.zeros(2, 4))
