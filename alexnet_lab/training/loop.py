"""The training loop's one function, `fit`; the loop itself is `alexnet_lab.training.run.Run`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sized
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ..errors import UserError
from ..weights import WEIGHTS, save_weights
from . import checkpoint, distributed
from .callbacks import Callback, TensorBoardLog, as_callback
from .checkpoint import Checkpoint
from .config import TrainConfig
from .history import History
from .imitated_bf16 import fast_bf16
from .memory import freed_memory_kept
from .modes import autocast, choose_device
from .progress import Progress, choose_progress
from .randomness import private_randomness
from .recompute import checkpoint_activations
from .run import Run


def fit(
    model: nn.Module,
    train_batches: Iterable[tuple[Tensor, Tensor]],
    val_batches: Iterable[tuple[Tensor, Tensor]] | None,
    config: TrainConfig,
    *,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    about: dict[str, Any] | None = None,
    progress: bool | str | Progress | None = None,
    tensorboard: str | os.PathLike[str] | None = None,
    callbacks: Iterable[Callback | Callable[[Run], Any]] = (),
    data_parallel: bool | None = None,
) -> History:
    """Train a model; it ends in eval mode, on the device that it was trained on.

    Parameters
    ----------
    model : nn.Module
        Images (N, 3, H, W) to logits (N, classes). Trained in place; frozen parameters stay.
    train_batches, val_batches : iterable of (Tensor, Tensor)
        Images and labels (N,), int64; the former with a ``len()``. See `StatefulBatches`. Without
        `val_batches` there is no validation, and "plateau" looks at the training error.
    config : TrainConfig
        How to train.
    out : str or os.PathLike, optional
        Folder of the run: ``checkpoint.safetensors`` at the end of every epoch (and more often if
        `config` says so), ``record.json``, and at the end ``weights.safetensors``. Nothing is
        written without it.
    resume : bool
        Go on from the checkpoint in `out`, bit for bit; start afresh if there is none yet.
    about : dict, optional
        What `load_weights` tells of the model, e.g.
        ``{"model": {"name": "alexnet_mini", "options": {"num_classes": 10}}, "classes": […]}``.
    progress : None, bool, str or Progress
        See `alexnet_lab.training.progress.choose_progress`; by default it finds out.
    tensorboard : str or os.PathLike, optional
        Folder for a TensorBoard log.
    callbacks : iterable of Callback or function
        Listeners; a plain function is called with the run after each epoch.
    data_parallel : bool, optional
        Share each batch among the processes of ``torchrun``. By default, if it started us. With
        False each process trains a model, or a part of one, of its own: give each its own `out`.

    Returns
    -------
    History

    Raises
    ------
    UserError
        One line: a loss that is not finite, a run that is already there, a checkpoint that does
        not fit, …

    Examples
    --------
    >>> import torch
    >>> from alexnet_lab.training import TrainConfig, fit
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
    >>> batches = [(torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))]
    >>> history = fit(net, batches, batches, TrainConfig(epochs=2), progress=False)
    >>> len(history.epochs)
    2
    """
    if not isinstance(train_batches, Sized):
        kind = type(train_batches).__name__
        raise UserError(f"training batches of type {kind} have no len(); give a list or a loader")
    if not len(train_batches):
        raise UserError("there is no training batch; is the batch size larger than the data set?")
    if resume and out is None:
        raise UserError("resume needs the folder of the run: out=…")
    folder = None if out is None else Path(out)
    found = folder is not None and checkpoint.exists(folder)
    if found and not resume:
        raise UserError(f"{str(out)!r} already holds a run; resume it, or choose another folder")
    device = choose_device(config.device)
    autocast(device, config.precision)  # refuses early what the device cannot do
    parallel = distributed.launched() if data_parallel is None else data_parallel
    listeners = [as_callback(listener) for listener in callbacks]
    first = not parallel or distributed.is_first()
    if tensorboard is not None and first:
        listeners.append(TensorBoardLog(tensorboard))
    with ExitStack() as stack:
        if parallel:
            device = distributed.setup(device)
        if device.type == "cpu":
            stack.enter_context(freed_memory_kept())
        stack.enter_context(fast_bf16(device, config.precision))  # for the backward pass, too
        stack.enter_context(private_randomness(config.seed, device, parallel))
        if config.checkpoint_activations:
            stack.enter_context(checkpoint_activations(model))
        bar = choose_progress(progress if first else False)
        run = Run(
            model,
            train_batches,
            val_batches,
            config,
            device,
            out=folder,
            about=about or {},
            progress=bar,
            data_parallel=parallel,
        )
        run.callbacks = listeners
        stack.callback(bar.close)
        for listener in listeners:
            stack.callback(listener.on_end, run)
        if folder is not None and first:
            checkpoint.sweep(folder)
        if found and folder is not None:
            run.resume(Checkpoint.load(folder))
        run.train()
        model.eval()
        if folder is not None and first:
            save_weights(folder / WEIGHTS, model, run.about)
    return run.history
