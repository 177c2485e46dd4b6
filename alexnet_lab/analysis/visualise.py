"""Draw what a unit looks for: an image that excites it, found by climbing the gradient."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ._context import evaluating, home, hooked
from .layers import find_layer
from .table import InputSize, input_shape

Unit = int | tuple[int, int, int]


@dataclass(frozen=True, repr=False)
class Visualisation:
    """What `maximise` found.

    Attributes
    ----------
    image : torch.Tensor
        (3, H, W), within `span`, on the CPU.
    history : list of float
        The unit's activation before each step, and of the final image at the end.
    layer : str
        Name of the layer.
    unit : int or tuple of int
        Channel, or (channel, row, column).
    span : tuple of float
        Least and greatest value a pixel may have.
    stopped : str
        Why it ended: "all steps done", "no gradient", "interrupted" or "not finite".
    """

    image: Tensor
    layer: str
    unit: Unit
    span: tuple[float, float]
    history: list[float] = field(default_factory=list)
    stopped: str = "all steps done"

    def __repr__(self) -> str:
        rise = f"{self.history[0]:.3g} → {self.history[-1]:.3g}" if self.history else "no step"
        return f"Visualisation({self.layer}, unit {self.unit}: {rise}, {self.stopped})"


class _ReachedError(Exception):
    """Ends a forward pass at the layer of interest; what follows is not needed."""


def maximise(
    model: nn.Module,
    layer: str,
    unit: Unit,
    steps: int = 128,
    generator: torch.Generator | None = None,
    *,
    input_size: InputSize = None,
    span: tuple[float, float] = (-2.0, 2.0),
    step_size: float = 0.02,
    jitter: int | None = None,
    smoothness: float = 0.1,
) -> Visualisation:
    """Find an image to which one unit answers strongly (feature visualisation by optimisation).

    Starts from faint noise and climbs the gradient of the unit's activation. Two habits keep the
    result from being noise that means something to the network only: the image is shifted by a few
    pixels before each step, so that what it shows must survive that, and neighbouring pixels are
    held together by a penalty on their squared differences. Such a picture shows one thing that
    excites the unit, not the only one, and not what it met in training (Olah et al. 2017).

    Parameters
    ----------
    model : torch.nn.Module
        Any network; it runs in eval mode and is left as it was.
    layer : str
        Best a layer *before* its ReLU ("conv3", "fc8"): where a ReLU gives zero, nothing pulls.
    unit : int or tuple of int
        Channel (its mean over all places is climbed), or (channel, row, column) for one place.
    steps : int
        Gradient steps.
    generator : torch.Generator, optional
        For noise and shifts; a CPU generator. Default: a new one with seed 0. The same seed gives
        the same image.
    input_size : int or tuple of int, optional
        As in `layer_table`.
    span : tuple of float
        Pixels are kept between these. The default fits inputs normalised by the deviation; for
        0–255 minus the mean, as in 2012, give ``(-120, 130)`` or so.
    step_size : float
        Root mean square of a step, as a fraction of `span`. It falls to a tenth in the course.
    jitter : int
        Largest shift in pixels, along both axes. Default: a 32nd of the shorter side (7 of 224).
    smoothness : float
        Weight of that penalty against the unit; both gradients are brought to one length.

    Returns
    -------
    Visualisation
        Also after Ctrl-C, when the unit has no gradient, or when numbers stop being finite: then
        with the image reached so far.

    Raises
    ------
    UserError
        When there is no such layer or unit.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> net = al.models.alexnet_mini()
    >>> seen = al.analysis.maximise(net, "fc8", 3, steps=2)
    >>> tuple(seen.image.shape)
    (3, 32, 32)
    """
    low, high = span
    if steps < 0 or high <= low:
        raise UserError(f"steps={steps}, span={span}; give steps ≥ 0 and a span from low to high")
    generator = torch.Generator().manual_seed(0) if generator is None else generator
    module = find_layer(model, layer)
    device, dtype = home(model)
    shape = input_shape(model, input_size)
    jitter = min(shape[1:]) // 32 if jitter is None else jitter
    noise = torch.randn(1, *shape, generator=generator) * 0.02 * (high - low)
    image = ((low + high) / 2 + noise).clamp(low, high).to(device, dtype)
    history: list[float] = []
    stopped = "all steps done"
    with evaluating(model):
        try:
            for step in range(steps):
                dy, dx = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
                x = image.roll((dy, dx), (2, 3)).detach().requires_grad_()
                activation = _activation(model, module, x, layer, unit)
                (pull,) = torch.autograd.grad(activation, x)
                history.append(activation.item())
                if not pull.isfinite().all():
                    stopped = "not finite"
                    break
                if not pull.any():
                    stopped = "no gradient"
                    break
                ascent = _unit_rms(pull) - smoothness * _unit_rms(_roughness_gradient(x.detach()))
                size = step_size * (high - low) * (1 - 0.9 * step / steps)
                image = (x.detach() + size * _unit_rms(ascent)).roll((-dy, -dx), (2, 3))
                image = image.clamp(low, high)
        except KeyboardInterrupt:
            stopped = "interrupted"
        with torch.no_grad():
            history.append(_activation(model, module, image, layer, unit).item())
    return Visualisation(image[0].float().cpu(), layer, unit, span, history, stopped)


def _activation(model: nn.Module, module: nn.Module, x: Tensor, layer: str, unit: Unit) -> Tensor:
    """Run `model` up to `module`; return the unit's activation, for the one image."""
    found: list[Tensor] = []

    def stop(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        found.append(output[0])
        raise _ReachedError

    with hooked([module], after=stop), suppress(_ReachedError):
        model(x)
    if not found:
        raise UserError(f"layer {layer!r} does not run on this input")
    place = (unit,) if isinstance(unit, int) else tuple(unit)
    size = tuple(found[0].shape)
    if len(place) not in (1, len(size)) or any(
        not 0 <= p < n for p, n in zip(place, size, strict=False)
    ):
        raise UserError(f"no unit {unit} in {layer!r}, whose output is {'×'.join(map(str, size))}")
    return found[0][place].mean()


def _unit_rms(x: Tensor) -> Tensor:
    return x / x.square().mean().sqrt().clamp_min(1e-20)


def _roughness_gradient(x: Tensor) -> Tensor:
    """Return the gradient of half the squared differences between neighbouring pixels."""
    gradient = torch.zeros_like(x)
    for axis in (2, 3):
        step = x.diff(dim=axis)
        n = x.shape[axis]
        gradient.narrow(axis, 1, n - 1).add_(step)
        gradient.narrow(axis, 0, n - 1).sub_(step)
    return gradient
