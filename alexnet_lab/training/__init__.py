"""Training: one loop, the recipe of 2012 and a modern one, checkpoints, monitors.

::

    from alexnet_lab.training import RECIPE_2012, fit

    history = fit(model, train_batches, val_batches, RECIPE_2012.replace(epochs=10), out="runs/a")
    history.plot()
"""

from ..weights import Weights, load_state, load_weights, save_weights
from .callbacks import Callback, TensorBoardLog
from .checkpoint import Checkpoint
from .config import RECIPE_2012, RECIPE_MODERN, TrainConfig
from .diverged import DivergedError
from .evaluate import Evaluation, evaluate, predict_ten_views
from .history import EpochRow, History, StepRow
from .loop import fit
from .monitors import activation_statistics, dead_units, gradient_norms, update_ratio
from .optim import MomentumSGD2012, build_optimizer, parameter_groups
from .placed import PlacedBatches
from .progress import Progress
from .recompute import checkpoint_activations
from .run import Run
from .saved import SavedBytes, saved_for_backward
from .schedule import Cosine, OneCycle, Plateau, Schedule, Step, build_schedule
from .transfer import freeze, new_head, trainable_parameters, unfreeze

__all__ = [
    "RECIPE_2012",
    "RECIPE_MODERN",
    "TrainConfig",
    "fit",
    "Run",
    "DivergedError",
    "PlacedBatches",
    "History",
    "EpochRow",
    "StepRow",
    "Callback",
    "TensorBoardLog",
    "Progress",
    "evaluate",
    "Evaluation",
    "predict_ten_views",
    "MomentumSGD2012",
    "parameter_groups",
    "build_optimizer",
    "Schedule",
    "Plateau",
    "Step",
    "OneCycle",
    "Cosine",
    "build_schedule",
    "Checkpoint",
    "Weights",
    "load_weights",
    "load_state",
    "save_weights",
    "checkpoint_activations",
    "saved_for_backward",
    "SavedBytes",
    "activation_statistics",
    "dead_units",
    "gradient_norms",
    "update_ratio",
    "freeze",
    "unfreeze",
    "new_head",
    "trainable_parameters",
]


def __dir__() -> list[str]:
    return __all__
