"""The classroom: assignments are released, checked by students and graded, and nbval runs them.

============================  ======================================================
`secret_rng`                  data of a hidden check, drawn from the course's secret
`read_source`                 a teacher's source, read and held to the rules
`release`                     source to student's notebook
`check`                       a student's own check, visible parts only
`grade`                       a folder of submissions to grades and pages
============================  ======================================================
"""

from __future__ import annotations

import lazy_loader

# Importing the room costs nothing: a notebook on Colab needs `secret_rng` and neither nbval nor
# pytest.
# What is imported when is written in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
