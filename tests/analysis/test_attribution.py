from __future__ import annotations

import captum.attr
import pytest
import torch
from torch import nn

from alexnet_lab import analysis
from alexnet_lab.errors import UserError

METHODS = {
    "saliency": analysis.saliency,
    "integrated gradients": analysis.integrated_gradients,
    "guided backprop": analysis.guided_backprop,
    "deconvnet": analysis.deconvnet,
    "gradcam": analysis.gradcam,
    "guided gradcam": analysis.guided_gradcam,
    "occlusion": analysis.occlusion,
}


@pytest.fixture
def x():
    return torch.randn(2, 3, 12, 16, generator=torch.Generator().manual_seed(0))


def out_of_place(model: nn.Module) -> nn.Module:
    for module in model.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return model.eval()


class Product(nn.Module):
    """Scores (a + 2b − c)·1 and relu(−a): gradients that are written down at once."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1, bias=False)
        self.conv.weight.data = torch.tensor([[1.0, 2, -1], [-1, 0, 0]])[:, :, None, None]
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.conv(x)).sum((2, 3))


def test_by_hand_on_one_pixel():
    x = torch.tensor([3.0, 1, 2])[:, None, None]  # scores 3 + 2 − 2 = 3 and 0
    model = Product()
    found = analysis.saliency(model, x)
    assert (found.target.tolist(), found.score.tolist()) == ([0], [3.0])
    assert found.values.flatten().tolist() == [1, 2, 1]  # absolute
    assert found.heatmap.tolist() == [[[2]]]
    ig = analysis.integrated_gradients(model, x, 0)
    torch.testing.assert_close(ig.values.flatten(), torch.tensor([3.0, 2, -2]))
    assert ig.heatmap.item() == pytest.approx(3)
    guided = analysis.guided_backprop(model, x, 1)  # the ReLU is shut
    assert guided.values.abs().sum() == 0
    hidden = analysis.occlusion(model, x, 0)
    assert hidden.heatmap.item() == pytest.approx(3)


@pytest.mark.filterwarnings("ignore:Setting backward hooks")
@pytest.mark.parametrize("name", METHODS)
def test_against_captum_itself(small, x, name):
    target = torch.tensor([4, 1])
    found = METHODS[name](small, x, target)
    # Oracle: captum on the same net, but with ReLUs that do not work in place.
    model = out_of_place(small)
    relu2 = model[4]
    x = x.clone().requires_grad_()
    if name == "saliency":
        expected = captum.attr.Saliency(model).attribute(x, target=target)
    elif name == "integrated gradients":
        expected = captum.attr.IntegratedGradients(model).attribute(x, target=target, n_steps=50)
    elif name == "guided backprop":
        expected = captum.attr.GuidedBackprop(model).attribute(x, target=target)
    elif name == "deconvnet":
        expected = captum.attr.Deconvolution(model).attribute(x, target=target)
    elif name == "gradcam":
        coarse = captum.attr.LayerGradCam(model, relu2).attribute(
            x, target=target, relu_attributions=True
        )
        torch.testing.assert_close(found.coarse, coarse)
        expected = captum.attr.LayerAttribution.interpolate(coarse, (12, 16), "bilinear")
    elif name == "guided gradcam":
        expected = captum.attr.GuidedGradCam(model, relu2).attribute(
            x, target=target, interpolate_mode="bilinear"
        )
    else:
        expected = captum.attr.Occlusion(model).attribute(
            x, (3, 1, 1), strides=(3, 1, 1), target=target, baselines=0, perturbations_per_eval=64
        )
    torch.testing.assert_close(found.values, expected.detach())
    assert found.method == name
    assert found.heatmap.shape == (2, 12, 16)
    assert expected.abs().sum() > 0


def test_gradcam_by_its_formula(small, x):
    # Selvaraju et al. 2017, eq. 1 and 2, with autograd as the oracle.
    found = analysis.gradcam(small, x, 2, layer="conv1")
    model = out_of_place(small)
    maps = model[0](x)
    scores = model[1:](maps)[:, 2].sum()
    (gradient,) = torch.autograd.grad(scores, maps)
    cam = (gradient.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).relu()
    torch.testing.assert_close(found.coarse, cam.detach())
    assert "6×8" in found.caution


def test_integrated_gradients_are_complete(small, x):
    found = analysis.integrated_gradients(small, x, baseline=0.3, steps=200)
    model = out_of_place(small)
    rise = model(x) - model(torch.full_like(x, 0.3))
    expected = rise.gather(1, found.target[:, None])[:, 0]
    torch.testing.assert_close(found.heatmap.sum((1, 2)), expected.detach(), atol=5e-3, rtol=0)
    assert found.delta.abs().max() < 5e-3


def test_the_class_is_the_networks_own_choice_unless_it_is_given(small, x):
    best = out_of_place(small)(x).argmax(1)
    assert analysis.saliency(small, x).target.tolist() == best.tolist()
    assert analysis.saliency(small, x, 3).target.tolist() == [3, 3]


@pytest.mark.parametrize("name", METHODS)
def test_each_says_what_it_may_not_be_taken_to_mean(small, x, name):
    found = METHODS[name](small, x[0])
    assert "et al. 20" in found.caution or "2016" in found.caution
    assert "{" not in found.caution
    assert repr(found).startswith(f"Attribution({name}")


@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_left_behind(small, broken, x, hooks, name):
    modes = [module.training for module in small.modules()]
    given = x.clone()
    METHODS[name](small, x)
    assert hooks(small) == 0
    assert [module.training for module in small.modules()] == modes
    assert small[1].inplace
    assert not x.requires_grad
    assert torch.equal(x, given)
    assert all(p.grad is None for p in small.parameters())
    with pytest.raises(RuntimeError, match="on purpose"):
        METHODS[name](broken, x)
    assert hooks(broken) == 0
    assert broken[1].inplace
    assert broken.training


class BreaksLater(nn.Module):
    """Fails at its second run: after captum has set its hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(inplace=True))
        self.runs = 0

    def forward(self, x):
        self.runs += 1
        if self.runs > 1:
            self.body(x)
            raise RuntimeError("broken on purpose")
        return self.body(x).mean((2, 3))


@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_left_when_captum_itself_is_interrupted(x, hooks, name):
    model = BreaksLater()
    with pytest.raises((RuntimeError, AssertionError)):
        METHODS[name](model, x)
    assert hooks(model) == 0
    assert model.body[1].inplace
    assert model.training


def test_hooks_of_others_stay(small, x):
    handle = small[0].register_forward_hook(lambda *_: None)
    analysis.guided_gradcam(small, x)
    assert len(small[0]._forward_hooks) == 1
    handle.remove()


def test_errors_name_the_way_out(small, x):
    with pytest.raises(UserError, match="target 5; this model has classes 0 to 4"):
        analysis.saliency(small, x, 5)
    with pytest.raises(UserError, match="3 targets for 2 images"):
        analysis.saliency(small, x, torch.tensor([0, 1, 2]))
    with pytest.raises(UserError, match=r"give \(N, 3, H, W\)"):
        analysis.saliency(small, x[0, 0])
    with pytest.raises(UserError, match="changes the gradient of ReLU modules"):
        analysis.guided_backprop(nn.Sequential(nn.Conv2d(3, 1, 1), nn.Tanh()), x)
    with pytest.raises(UserError, match="has no convolution"):
        analysis.gradcam(nn.Sequential(nn.Flatten(), nn.Linear(576, 2)), x)
    with pytest.raises(UserError, match="gives no maps"):
        analysis.gradcam(small, x, layer="fc3")
    with pytest.raises(UserError, match="patch=20"):
        analysis.occlusion(small, x, patch=20)
    with pytest.raises(UserError, match=r"one with \(N, classes\)"):
        analysis.saliency(small[:2], x)
