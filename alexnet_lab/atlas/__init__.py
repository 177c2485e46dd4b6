"""The atlas: every convolutional unit of a trained network, with a picture and figures.

::

    from alexnet_lab.atlas.record import read_atlas, unit

    unit(read_atlas(Path("book/atlas/bvlc.json")), "conv5", 17)["on"]

On the command line: ``alexnet-lab atlas make``, which goes on where it was interrupted.
"""

from __future__ import annotations

import lazy_loader

# What is imported when is written in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
