from __future__ import annotations

import pytest
import torch
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import activations, image_patch, layer_table, receptive_field
from alexnet_lab.errors import UserError


def positive(model: nn.Module) -> nn.Module:
    """Give every weight a positive value, and pool by means, so that each input pixel counts."""
    for parameter in model.parameters():
        nn.init.uniform_(parameter, 0.5, 1.0)
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.MaxPool2d):
                mean = nn.AvgPool2d(child.kernel_size, child.stride, ceil_mode=child.ceil_mode)
                setattr(parent, name, mean)
    return model.double()


def seen(model: nn.Module, shape: tuple[int, ...], layer: str, y: int, x: int):
    """Oracle: the rows and columns with a gradient that is not zero."""
    image = torch.ones(1, *shape, dtype=torch.float64, requires_grad=True)
    unit = activations(model, image, layer, grad=True)[layer][0, 0, y, x]
    (gradient,) = torch.autograd.grad(unit, image)
    rows, columns = (gradient[0].abs().sum((0, axis)).nonzero() for axis in (2, 1))
    return (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)


def assert_agrees(model, shape, layer, y, x):
    box = receptive_field(model, layer, y, x, shape).clipped
    assert (box.top, box.left, box.bottom, box.right) == seen(model, shape, layer, y, x)


@pytest.mark.parametrize("layer", ["conv1", "pool1", "conv2", "conv3"])
def test_against_the_gradient_on_a_small_net_that_is_not_square(layer):
    model = positive(
        nn.Sequential(
            nn.Conv2d(3, 2, (5, 3), stride=(3, 2), padding=(2, 0)),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(2, 2, 3, padding=1),
            nn.Conv2d(2, 2, (1, 4), padding="valid"),
        )
    )
    shape = (3, 31, 23)  # conv1 11 × 11, pool1 5 × 5, conv3 5 × 2: nothing is rounded away
    rows, columns = layer_table(model, shape)[layer].shape_out[1:]
    for y in {0, 1, rows // 2, rows - 1}:
        for x in {0, 1, columns - 1}:
            assert_agrees(model, shape, layer, y, x)


def test_with_holes_and_rounding_the_gradient_stays_inside_the_box():
    model = positive(
        nn.Sequential(nn.Conv2d(3, 2, 3, stride=2), nn.Conv2d(2, 2, 3, padding=1, dilation=2))
    )
    shape = (3, 12, 16)
    rows, columns = layer_table(model, shape)["conv2"].shape_out[1:]
    for y in range(rows):
        for x in range(columns):
            box = receptive_field(model, "conv2", y, x, shape).clipped
            top, left, bottom, right = seen(model, shape, "conv2", y, x)
            assert box.top <= top < bottom <= box.bottom
            assert box.left <= left < right <= box.right
    # Away from the edges the two agree.
    assert_agrees(model, shape, "conv2", 1, 2)


@pytest.fixture(scope="module")
def of_2012():
    # Without its normalisation, which mixes channels and not places; its head is of no interest.
    model = positive(al.models.AlexNet(2, norm="none", towers=1, hidden=(2, 2)))
    return model, layer_table(model)


@pytest.mark.parametrize("layer", ["conv1", "pool1", "conv2", "conv3", "conv5", "pool5"])
def test_against_the_gradient_on_the_network_of_2012(of_2012, layer):
    model, table = of_2012
    last = table[layer].shape_out[1] - 1  # where conv1's padding at the bottom and right is seen
    assert_agrees(model, (3, 224, 224), layer, last, last // 2)
    assert_agrees(model, (3, 224, 224), layer, 0, last)


def test_alexnets_conv1_rounds_up_beyond_the_edge():
    box = receptive_field(al.models.AlexNet(10, hidden=(8, 8)), "conv1", 54, 0)
    assert (box.top, box.bottom, box.left, box.right) == (216, 227, 0, 11)
    assert (box.clipped.bottom, box.height, box.clipped.height, box.width) == (224, 11, 8, 11)


def test_a_fully_connected_unit_sees_all():
    model = nn.Sequential(nn.Conv2d(3, 2, 3, stride=2), nn.Flatten(), nn.Linear(2 * 3 * 5, 4))
    box = receptive_field(model, "fc2", input_size=(7, 11))
    assert (box.top, box.left, box.bottom, box.right) == (0, 0, 7, 11)


def test_image_patch_is_the_image_with_padding_around():
    model = nn.Sequential(nn.Conv2d(3, 1, 3, padding=1), nn.Conv2d(1, 1, 3, padding=1))
    image = torch.arange(3.0 * 6 * 8).reshape(3, 6, 8)
    # By hand: a 5×5 field from −2.
    inner = image_patch(image, model, "conv2", 2, 3)
    torch.testing.assert_close(inner, image[:, 0:5, 1:6])
    corner = image_patch(image[None], model, "conv2", 0, 7, fill=-1)
    assert corner.shape == (3, 5, 5)
    torch.testing.assert_close(corner[:, 2:, :3], image[:, 0:3, 5:8])
    assert (corner[:, :2] == -1).all()
    assert (corner[:, :, 3:] == -1).all()


def test_a_convolution_over_its_patch_gives_the_unit():
    model = nn.Sequential(nn.Conv2d(3, 2, 5, stride=2, padding=2))
    image = torch.randn(3, 12, 9, generator=torch.Generator().manual_seed(0))
    maps = activations(model, image[None], "conv1")["conv1"]
    patch = image_patch(image, model, "conv1", 5, 1)
    value = (model[0].weight * patch).sum((1, 2, 3)) + model[0].bias
    torch.testing.assert_close(value, maps[0, :, 5, 1])


def test_errors_name_the_way_out():
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(4))
    with pytest.raises(UserError, match=r"unit \(6, 0\).*'conv1', which is 6×8"):
        receptive_field(model, "conv1", 6, 0, (8, 10))
    with pytest.raises(UserError, match="not one box"):
        receptive_field(model, "pool1", 0, 0, (8, 10))
    with pytest.raises(UserError, match="give one image"):
        image_patch(torch.zeros(2, 3, 8, 8), model, "conv1")
