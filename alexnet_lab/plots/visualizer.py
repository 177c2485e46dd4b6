"""`AlexNetVisualizer`: the pictures of one model, one call each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from .. import analysis
from ..analysis._batch import one_image
from ..errors import UserError
from .filters import plot_filters
from .maps import plot_feature_maps
from .pictures import plot_attribution, plot_receptive_field

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_METHODS: dict[str, Callable[..., analysis.Attribution]] = {
    "saliency": analysis.saliency,
    "integrated_gradients": analysis.integrated_gradients,
    "guided_backprop": analysis.guided_backprop,
    "deconvnet": analysis.deconvnet,
    "gradcam": analysis.gradcam,
    "guided_gradcam": analysis.guided_gradcam,
    "occlusion": analysis.occlusion,
}


class AlexNetVisualizer:
    """Draws the filters, the feature maps and the attributions of one model.

    Every method takes ``ax=None`` and returns the Axes; none shows, saves or closes a figure.

    Parameters
    ----------
    model : torch.nn.Module
        AlexNet, or any network of convolutions. It is left as it was.
    preprocess : callable, optional
        Makes a photograph into the model's input, (3, H, W). Default: the model's own
        ``preprocess``, or what networks of its kind are fed by custom. ``alexnet_lab.preprocess``
        is that of 2012.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> viz = al.AlexNetVisualizer(al.models.alexnet_mini())
    >>> viz.plot_conv_filters(layer="conv1", num_filters=16).get_title()
    'conv1: 16 of 64 kernels 3×5×5'
    """

    def __init__(self, model: nn.Module, preprocess: Callable[[Any], Tensor] | None = None) -> None:
        self.model = model
        self.preprocess = preprocess or getattr(model, "preprocess", None)

    def plot_conv_filters(
        self,
        layer: str = "conv1",
        num_filters: int | None = 16,
        ax: Axes | None = None,
        **options: Any,
    ) -> Axes:
        """Draw the kernels of a convolution, one tower below the other.

        Parameters
        ----------
        layer : str
            A convolution.
        num_filters : int or None
            How many, the same number of each tower; None for all.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.
        **options
            ``sort``, ``contrast`` and ``columns`` of `plot_filters`.
        """
        found = analysis.filters(self.model, layer)
        return plot_filters(found, ax, num_filters=num_filters, **options)

    def plot_feature_maps(
        self,
        image: Any,
        layer: str = "conv2",
        num_maps: int | None = 16,
        ax: Axes | None = None,
        **options: Any,
    ) -> Axes:
        """Draw what a layer answers to an image.

        Parameters
        ----------
        image : torch.Tensor or photograph
            The model's input, (3, H, W) or (1, 3, H, W); or a photograph (its ``pixels``, an array,
            a PIL image) for `preprocess`.
        layer : str
            A layer that has maps. ``"conv2"`` is before the ReLU, ``"relu2"`` after it.
        num_maps : int or None
            How many, the same number of each tower; None for all.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.
        **options
            ``contrast`` and ``columns`` of the function `plot_feature_maps`.
        """
        maps = analysis.activations(self.model, self._input(image), layer)[layer]
        towers = analysis.tower_count(self.model)
        towers = towers if maps.shape[1] % towers == 0 else 1
        options = {"title": f"feature maps of {layer}"} | options
        return plot_feature_maps(maps, ax, num_maps=num_maps, towers=towers, **options)

    def plot_attribution(
        self,
        image: Any,
        target: int | str | None = None,
        method: str = "saliency",
        ax: Axes | None = None,
        **options: Any,
    ) -> Axes:
        """Draw which pixels a class's score depends on, with the method's caution.

        Parameters
        ----------
        image : torch.Tensor or photograph
            As in `plot_feature_maps`.
        target : int or str, optional
            The class, by number or by name (of ``model.classes``); default: the one with the
            greatest score.
        method : str
            saliency, integrated_gradients, guided_backprop, deconvnet, gradcam, guided_gradcam or
            occlusion.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.
        **options
            For the method, such as ``layer=`` or ``steps=``.
        """
        if method not in _METHODS:
            raise UserError(f"unknown method {method!r}; known: {', '.join(_METHODS)}")
        x = self._input(image)
        found = _METHODS[method](self.model, x, target, **options)
        classes = getattr(self.model, "classes", ())
        number = int(found.target[0])
        name = classes[number] if number < len(classes) else ""
        return plot_attribution(found, x, ax, target_name=name)

    def plot_receptive_field(
        self, image: Any, layer: str = "conv5", y: int = 0, x: int = 0, ax: Axes | None = None
    ) -> Axes:
        """Draw which part of an image the unit at row `y`, column `x` of a layer sees."""
        picture = self._input(image)
        box = analysis.receptive_field(self.model, layer, y, x, tuple(picture.shape[1:]))
        return plot_receptive_field(box, picture, ax, label=f"{layer} ({y}, {x})")

    def _input(self, image: Any) -> Tensor:
        """Return the model's input, (1, 3, H, W), on its device."""
        return one_image(self.model, image, self.preprocess)
