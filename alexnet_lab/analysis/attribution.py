"""Which pixels a score depends on, by seven methods: captum behind one call each.

Every function takes ``(model, x, target)`` and returns an `Attribution`, which also says what it
may *not* be taken to mean. Scores are the model's outputs (logits), not probabilities.

References
----------
Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks, 2014 (saliency).
Zeiler, Fergus: Visualizing and Understanding Convolutional Networks, 2014 (occlusion, deconvnet).
Springenberg et al.: Striving for Simplicity, 2015 (guided backprop).
Selvaraju et al.: Grad-CAM, 2017.
Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks, 2017 (integrated gradients).
Adebayo et al.: Sanity Checks for Saliency Maps, 2018.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UserError
from ._attribution import Attribution, Target, asking, needs_relu
from ._batch import Images


def saliency(model: nn.Module, x: Images, target: Target = None) -> Attribution:
    """Return the absolute gradient of a class's score with respect to each pixel.

    Parameters
    ----------
    model : torch.nn.Module
        A classifier, (N, 3, H, W) → (N, classes). It is left as it was: modes, hooks, gradients.
    x : torch.Tensor
        (N, 3, H, W), or (3, H, W) for one image, as the model takes it; or pictures (arrays, PIL
        images, Photographs, paths) for its own preprocessing.
    target : int, str, sequence or torch.Tensor, optional
        Class for all images, or one each, (N,): numbers, or names of ``model.classes``. Default:
        the class with the greatest score.

    Returns
    -------
    Attribution
        Values ≥ 0, (N, 3, H, W).

    Raises
    ------
    UserError
        When shapes or classes do not fit the model. (So do all methods of this module.)

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> found = al.analysis.saliency(lab, photo, target="church")
    >>> tuple(found.values.shape), bool((found.values >= 0).all())
    ((1, 3, 224, 224), True)
    """
    from captum.attr import Saliency

    with asking(model, x, target) as asked:
        values = Saliency(model).attribute(asked.x, target=asked.target)
        return asked.answer(values, "saliency")


def integrated_gradients(
    model: nn.Module,
    x: Images,
    target: Target = None,
    *,
    baseline: Tensor | float = 0.0,
    steps: int = 50,
    batch_size: int = 16,
) -> Attribution:
    """Return the gradients summed up along the straight path from a baseline to the image.

    The values add up to the score of the image minus the score of the baseline (completeness);
    `Attribution.delta` is the error.

    Parameters
    ----------
    model, x, target
        As in `saliency`.
    baseline : torch.Tensor or float
        The image that stands for "nothing", of one image's or the batch's shape. 0 is the mean of
        the training set for models that subtract it.
    steps : int
        Points on the path.
    batch_size : int
        Points that are computed at a time.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> x = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    >>> found = al.analysis.integrated_gradients(net, x, target=3, steps=20)
    >>> tuple(found.values.shape), tuple(found.delta.shape)
    ((1, 3, 32, 32), (1,))
    """
    from captum.attr import IntegratedGradients

    with asking(model, x, target) as asked:
        start = torch.as_tensor(baseline, dtype=asked.x.dtype, device=asked.x.device).expand_as(
            asked.x
        )
        values = IntegratedGradients(model).attribute(
            asked.x,
            baselines=start,
            target=asked.target,
            n_steps=steps,
            # captum cuts the path so that at least one point of each image fits into a batch.
            internal_batch_size=max(batch_size, len(asked.x)),
        )
        with torch.no_grad():
            from_score = model(start).gather(1, asked.target[:, None])[:, 0]
        delta = values.sum(dim=(1, 2, 3)) - (asked.score - from_score)
        return asked.answer(values, "integrated gradients", delta=delta.detach())


def guided_backprop(model: nn.Module, x: Images, target: Target = None) -> Attribution:
    """Return the gradient, of which only positive parts pass back through each ReLU.

    Parameters are those of `saliency`; values (N, 3, H, W) have a sign.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> found = al.analysis.guided_backprop(lab, photo, target="church")
    >>> tuple(found.values.shape)
    (1, 3, 224, 224)
    """
    from captum.attr import GuidedBackprop

    needs_relu(model, "guided backprop")
    with asking(model, x, target) as asked:
        values = GuidedBackprop(model).attribute(asked.x, target=asked.target)
        return asked.answer(values, "guided backprop")


def deconvnet(model: nn.Module, x: Images, target: Target = None) -> Attribution:
    """Return what a deconvolutional network rebuilds: ReLU applied to what flows back.

    Parameters are those of `saliency`; values (N, 3, H, W) have a sign.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> lab, photo = al.load_pretrained("lab"), al.photograph("temple")
    >>> found = al.analysis.deconvnet(lab, photo, target="church")
    >>> found.method
    'deconvnet'
    """
    from captum.attr import Deconvolution

    needs_relu(model, "deconvnet")
    with asking(model, x, target) as asked:
        values = Deconvolution(model).attribute(asked.x, target=asked.target)
        return asked.answer(values, "deconvnet")


def occlusion(
    model: nn.Module,
    x: Images,
    target: Target = None,
    *,
    patch: int | None = None,
    stride: int | None = None,
    fill: float = 0.0,
    batch_size: int = 16,
) -> Attribution:
    """Return how much the score falls when a square patch covers each place.

    Parameters
    ----------
    model, x, target
        As in `saliency`.
    patch : int, optional
        Side in pixels. Default: a seventh of the image's shorter side (32 of 224).
    stride : int, optional
        Step in pixels. Default: half the patch. A pixel under several patches gets their mean.
    fill : float
        Value of the patch; 0 is the mean grey for models that subtract the mean.
    batch_size : int
        Patches at a time, for each image.

    Returns
    -------
    Attribution
        (N, 3, H, W), the same in the three channels; positive where the patch hurt.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini().eval()
    >>> found = al.analysis.occlusion(net, torch.zeros(1, 3, 32, 32), target=3, patch=16)
    >>> tuple(found.values.shape)
    (1, 3, 32, 32)
    """
    from captum.attr import Occlusion

    with asking(model, x, target) as asked:
        channels, height, width = asked.x.shape[1:]
        side = max(1, min(height, width) // 7) if patch is None else patch
        step = max(1, side // 2) if stride is None else stride
        if not (1 <= step <= side <= min(height, width)):
            raise UserError(
                f"patch={side}, stride={step} on {height}×{width}; "
                "a patch fits into the image, and no step is longer than the patch"
            )
        with torch.no_grad():
            values = Occlusion(model).attribute(
                asked.x.detach(),
                sliding_window_shapes=(channels, side, side),
                strides=(channels, step, step),
                baselines=fill,
                target=asked.target,
                perturbations_per_eval=batch_size,
            )
        return asked.answer(values, "occlusion")
