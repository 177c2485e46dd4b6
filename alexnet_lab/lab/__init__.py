"""The network that this project trains and ships: making it, measuring it, releasing it.

::

    from alexnet_lab.lab import lab_record

    lab_record()["score"]      # what the shipped weights score

On the command line: ``alexnet-lab lab train | evaluate | record | card | page``.
"""

from __future__ import annotations

import lazy_loader

# What is imported when is written in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
