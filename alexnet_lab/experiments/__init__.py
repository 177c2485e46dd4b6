"""What this project trained and measured, and the programs that did.

::

    from alexnet_lab.experiments import find, names

    find("relu_tanh").claims[0].statement      # the verdict rule, fixed before the runs

On the command line: ``alexnet-lab experiment list | run NAME | queue | report``.
"""

from __future__ import annotations

import lazy_loader

# What is imported when is written in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
