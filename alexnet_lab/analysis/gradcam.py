"""Grad-CAM and guided Grad-CAM: which parts of a layer's maps a score depends on.

References
----------
Selvaraju et al.: Grad-CAM, 2017.
"""

from __future__ import annotations

from torch import nn

from ..errors import UserError
from ._attribution import Attribution, Target, asking, needs_relu
from ._batch import Images
from .layers import find_layer, kind, named_layers


def _map_layer(model: nn.Module, layer: str | None) -> str:
    """Return the layer for Grad-CAM: the last convolution, after its ReLU."""
    if layer is not None:
        return layer
    names = list(named_layers(model).items())
    last = max((i for i, (_, m) in enumerate(names) if isinstance(m, nn.Conv2d)), default=None)
    if last is None:
        raise UserError(f"{type(model).__name__} has no convolution for Grad-CAM to look at")
    for name, module in names[last + 1 :]:
        if kind(module) == "relu":
            return name
        if kind(module) != "norm":
            break
    return names[last][0]


def gradcam(
    model: nn.Module, x: Images, target: Target = None, *, layer: str | None = None
) -> Attribution:
    """Return the maps of a layer, weighted by their mean gradient, summed, and cut at zero.

    Parameters
    ----------
    model, x, target
        As in `saliency`.
    layer : str, optional
        Default: the last convolution, after its ReLU if it has one (AlexNet: ``relu5``, 13×13).

    Returns
    -------
    Attribution
        Values ≥ 0, (N, 1, H, W), interpolated; `Attribution.coarse` is the map itself.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> found = al.analysis.gradcam(lab, photo, target="church")
    >>> found.layer, tuple(found.coarse.shape)
    ('relu5', (1, 1, 13, 13))
    """
    from captum.attr import LayerAttribution, LayerGradCam

    layer = _map_layer(model, layer)
    module = find_layer(model, layer)
    with asking(model, x, target) as asked:
        coarse = LayerGradCam(model, module).attribute(
            asked.x, target=asked.target, relu_attributions=True
        )
        if coarse.dim() != 4:
            raise UserError(f"layer {layer!r} gives no maps; Grad-CAM needs a convolution's")
        values = LayerAttribution.interpolate(coarse, asked.x.shape[2:], "bilinear")
        return asked.answer(values, "gradcam", layer=layer, coarse=coarse.detach())


def guided_gradcam(
    model: nn.Module, x: Images, target: Target = None, *, layer: str | None = None
) -> Attribution:
    """Return guided backprop, multiplied by the interpolated Grad-CAM of a layer.

    Parameters are those of `gradcam`; values (N, 3, H, W) have a sign.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> found = al.analysis.guided_gradcam(lab, photo, target="church")
    >>> found.layer
    'relu5'
    """
    from captum.attr import GuidedGradCam

    needs_relu(model, "guided Grad-CAM")
    layer = _map_layer(model, layer)
    module = find_layer(model, layer)
    with asking(model, x, target) as asked:
        values = GuidedGradCam(model, module).attribute(
            asked.x, target=asked.target, interpolate_mode="bilinear"
        )
        return asked.answer(values, "guided gradcam", layer=layer)
