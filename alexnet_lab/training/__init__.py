"""Training: one loop, the recipe of 2012 and a modern one, checkpoints, monitors.

::

    from alexnet_lab.training import RECIPE_2012, fit

    history = fit(model, train_batches, val_batches, RECIPE_2012.replace(epochs=10), out="runs/a")
    history.plot()

`RECIPE_2012` and `RECIPE_MODERN` are a `TrainConfig` each:

>>> from alexnet_lab.training import RECIPE_2012, RECIPE_MODERN
>>> RECIPE_2012.optimizer, RECIPE_MODERN.optimizer
('sgd2012', 'adamw')
"""

from ..weights import Weights as Weights
from ..weights import load_state as load_state
from ..weights import load_weights, save_weights
from .activation_monitors import activation_statistics, dead_units
from .callbacks import Callback, TensorBoardLog
from .checkpoint import Checkpoint
from .config import RECIPE_2012, RECIPE_MODERN, TrainConfig
from .diverged import DivergedError as DivergedError
from .evaluate import Evaluation as Evaluation
from .evaluate import evaluate, predict_ten_views
from .hardware import Hardware as Hardware
from .hardware import hardware
from .history import EpochRow as EpochRow
from .history import History as History
from .history import StepRow as StepRow
from .lasting import lasting_folder
from .loop import fit
from .meter import Meter
from .monitors import gradient_norms, update_ratio
from .optim import MomentumSGD2012, build_optimizer
from .optim import parameter_groups as parameter_groups
from .progress import Progress as Progress
from .recompute import checkpoint_activations
from .run import Run as Run
from .saved import SavedBytes as SavedBytes
from .saved import saved_for_backward
from .schedule import Cosine, OneCycle, Plateau, Step
from .schedule import Schedule as Schedule
from .schedule import build_schedule as build_schedule
from .stateful import StatefulBatches as StatefulBatches
from .timed import step_seconds
from .transfer import freeze, new_head, trainable_parameters, unfreeze

__all__ = [
    "RECIPE_2012",
    "RECIPE_MODERN",
    "TrainConfig",
    "fit",
    "hardware",
    "lasting_folder",
    "step_seconds",
    "Callback",
    "TensorBoardLog",
    "Meter",
    "evaluate",
    "predict_ten_views",
    "MomentumSGD2012",
    "build_optimizer",
    "Plateau",
    "Step",
    "OneCycle",
    "Cosine",
    "Checkpoint",
    "load_weights",
    "save_weights",
    "checkpoint_activations",
    "saved_for_backward",
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
