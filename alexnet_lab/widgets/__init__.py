"""Things to play with: one call gives a live view, a page that works without Python, and a picture.

=========================  =================================================================
`AblationBench`            parts switched off: predict what becomes of the answer, then look
`ActivationFunctions`      ReLU, tanh, sigmoid: value, slope, and what a deep stack of them does
`ActivationExplorer`       all maps of a network; of one unit field, kernel and arithmetic
`AttributionExplorer`      two maps of importance over one photograph, and how alike they are
`AugmentationExplorer`     a photograph's crops, reflections and colours; the votes of ten views
`PoolingExplorer`          windows over a feature map, the inputs that win, a picture that moves
`DropoutExplorer`          one mask, the mean over many, and what the test does instead
`TowerExplorer`            the two towers: which kernels see which maps, and what crosses
`TrainingExplorer`         recorded runs: curves with seeds and intervals, kernels along training
`TrainingBench`            small nets that you train: watch one, or race two on the same batches
`ConvolutionExplorer`      a window slides over an image, and its output map fills
`NetworkExplorer`          whole networks at any input size: shapes, parameters, work, memory
`FilterExplorer`           all kernels of a layer: sorted, enlarged, slice by slice
`RetrievalExplorer`        the nearest neighbours of an image in two spaces of features
`NetworkWalk`              the whole network on one photograph; any number opens, down to the pixels
`ResponseNormExplorer`     local response normalisation: channels that inhibit their neighbours
=========================  =================================================================

Each is a Jupyter widget (so it composes with ``VBox``, ``link``, ``observe``) and has a folder of
its own: ``widget.py``, ``view.js`` (its front end, a plain ES module), ``core.js`` (the arithmetic)
and ``style.css``. What they share is in ``_runtime``. The names are imported when they are first
used.
"""

from __future__ import annotations

import lazy_loader

# What is imported when is written in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
