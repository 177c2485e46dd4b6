"""AlexNet Lab: the network of 2012, taken apart.

``import alexnet_lab as al`` costs nothing: the parts below are imported when they are first used.

========================  ==========================================================
``al.models``             the networks, their layers, weights
``al.data``               photographs, data sets, augmentation, ten views
``al.training``           one training loop, the recipe of 2012, checkpoints, monitors
``al.analysis``           tables, activations, receptive fields, attribution, features
``al.inference``          open any network or checkpoint, describe it, predict with it
``al.plots``              pictures of all these
``al.widgets``            explorers: things to play with, in a notebook and in the book's pages
``al.experiments``        what this project trained and measured
``al.lab``                the network that ships: its record, and how it is made
``al.atlas``              every convolutional unit: a picture, and what it does in photographs
``al.classroom``          assignments: released, checked, graded
``al.quiz``               the questions of the chapters: read, exported, reported
========================  ==========================================================
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

# What is imported when is written once, in __init__.pyi, which type checkers read as well.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
