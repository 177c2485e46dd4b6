"""The classroom: assignments are released, checked by students and graded, and nbval runs them.

============================  ======================================================
`secret_rng`                  data of a hidden check, drawn from the course's secret
`broken_rule`                 what an answer uses though its exercise forbids it
`read_source`                 a teacher's source, read and held to the rules
`release`                     source to student's notebook
`check`                       a student's own check, visible parts only
`collect`                     downloads of a platform to a notebook a student
`grade`                       a folder of submissions to grades and pages
`Lateness`                    deadline, grace and penalty
`compare`                     what two gradings say differently
`alike`                       submissions that are more alike than people who work alone make them
`statistics`                  what a class found hard, check by check
`export`                      gradebooks for Canvas and Moodle, and a folder of feedback a student
============================  ======================================================
"""

from __future__ import annotations

import lazy_loader

# Importing the room costs nothing: a notebook on Colab needs `secret_rng` and neither nbval nor
# pytest.
# What is imported when is written in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
