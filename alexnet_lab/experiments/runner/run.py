"""One run: from its description to its record."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...data import Batches, ImageData
from ...training import Callback, DivergedError, TrainConfig, evaluate, fit
from ..design.arm import Arm
from ..design.experiment import BASE, Experiment, Scale
from ..design.inputs import (
    Inputs,
    part_of,
    run_inputs,
    subset_of,
    training_transform,
    validation_transform,
)
from ..design.nets import build_net
from ..records import provenance
from ..records.file import FORMAT, rounded
from ..records.hashing import setting_hash
from ..records.run import Run
from .along import Along
from .unfinished import UnfinishedRun

INTERVAL_IMAGES = 10_000  # what the program of 2012 printed a training error for
EVALUATED = 10_000  # training images that are looked at again, without augmentation, at the end


class OutOfTimeError(Exception):
    """The minutes were over; the run can be resumed."""


def configuration(run: Run, device: str = "auto") -> TrainConfig:
    """Return how a run trains."""
    experiment, arm = run.experiment, run.arm
    assert arm is not None
    scale = experiment.scale(run.scale)
    options = BASE | dict(experiment.train) | dict(scale.train) | dict(arm.train)
    epochs = scale.choice_epochs if run.choice else scale.epochs
    epochs *= arm.part.passes if arm.part else 1
    drops = options.pop("drops", None)
    if drops:
        stones = sorted({max(1, round(share * epochs)) for share in drops} - {epochs})
        options |= {"schedule": "step", "milestones": tuple(stones)} if stones else {}
    every = max(1, min(INTERVAL_IMAGES, scale.train_images or INTERVAL_IMAGES) // scale.batch)
    assert run.lr is not None
    return TrainConfig(
        **options, epochs=epochs, lr=run.lr, seed=_seed(run), log_every=every, device=device
    )


def _seed(run: Run) -> int:
    return run.seed + (run.arm.seed_offset if run.arm else 0)


class _Watch(Callback):
    """Stop at the target, or when the time is over."""

    def __init__(self, target: float | None, deadline: float | None) -> None:
        self.target, self.deadline = target, deadline
        self.out_of_time = False

    def on_step(self, run: Any) -> None:
        steps = run.history.steps
        if self.target is not None and steps and steps[-1].error <= self.target:
            run.stop = True
        elif self.deadline is not None and time.monotonic() >= self.deadline:
            run.stop = self.out_of_time = True


def execute(
    run: Run,
    data: ImageData,
    out: Path,
    *,
    resume: bool = True,
    deadline: float | None = None,
    device: str = "auto",
    progress: bool | None = None,
) -> dict[str, Any]:
    """Do a run and return its record.

    Parameters
    ----------
    run : Run
        Which.
    data : ImageData
        The whole data set.
    out : pathlib.Path
        Folder of unfinished runs; this run's is below it, and is removed at the end.
    resume : bool
        Go on with an unfinished run; otherwise it is begun again.
    deadline : float, optional
        Stop cleanly when ``time.monotonic()`` comes to this.
    device : str
        As in `TrainConfig`.
    progress : bool, optional
        See `fit`.

    Raises
    ------
    OutOfTimeError
        At the deadline. Calling again goes on.
    """
    run = run.own
    unfinished = UnfinishedRun(
        out / run.path.with_suffix(""), setting_hash(run.setting), data, resume
    )
    scale = run.experiment.scale(run.scale)
    # The rules first: they are those that stood before the run.
    rules = rule_versions(run.experiment)
    about: dict[str, Any] = {"format": FORMAT, "experiment": run.experiment.folder}
    about |= {"arm": None if run.arm is None else run.arm.name, "scale": run.scale}
    about |= {"choice": run.choice, "seed": run.seed, "lr": run.lr}
    whole = data
    if run.arm is not None and run.arm.part is not None:
        whole = part_of(data, run.arm.part, _seed(run))
    inputs = run_inputs(whole, scale, choice=run.choice)
    if run.arm is None:
        assert run.experiment.compute is not None
        found: dict[str, Any] = {
            "config": {},
            "diverged": None,
            "budget": None,
            "epochs": {},
            "steps": {},
        }
        found["results"] = run.experiment.compute(run.seed, scale, inputs.data)
        used = "cpu"
    else:
        found, used = _train(run, inputs, unfinished, deadline, device, progress)
    about |= {
        "setting": run.setting,
        "setting_hash": setting_hash(run.setting),
        "rules": rules,
        "config": found.pop("config"),
        "data": {
            "name": data.name,
            "fingerprint": data.fingerprint,
            "train": len(inputs.data.train),
            "val": len(inputs.data.val),
            "size": data.size,
            "classes": inputs.data.num_classes,
        },
        "machine": provenance.machine(used),
        "versions": provenance.versions(),
        "started": unfinished.started,
        "finished": provenance.now(),
        "seconds": unfinished.seconds(),
    }
    unfinished.end()
    return rounded(about | found)


def rule_versions(experiment: Experiment) -> dict[str, int]:
    """Return the versions of the rules of all experiments that read its records."""
    from ..claims.registry import find, names

    readers = {
        e.name: e
        for e in (experiment, *map(find, names()))
        if experiment.folder in {e.folder, *_others(e)}
    }
    return {
        f"{name}.{index}": claim.rule_version
        for name, reader in sorted(readers.items())
        for index, claim in enumerate(reader.claims)
        if claim.rule is not None
    }


def _others(experiment: Experiment) -> set[str]:
    """Return the folders of other experiments' records that it reads for some arms."""
    arms = (*experiment.arms, *experiment.control_arms)
    return {arm.same_as.experiment.folder for arm in arms if arm.same_as is not None}


def _train(
    run: Run,
    inputs: Inputs,
    unfinished: UnfinishedRun,
    deadline: float | None,
    device: str,
    progress: bool | None,
) -> tuple[dict[str, Any], str]:
    experiment, arm = run.experiment, run.arm
    assert arm is not None
    scale = experiment.scale(run.scale)
    config = configuration(run, device)
    side = {"input_size": inputs.crop} if arm.model != "cifar_80sec" else {}
    options = side | dict(scale.options) | dict(arm.options)
    model = build_net(arm.model, inputs.data.num_classes, options, config.seed)
    data = inputs.data
    layout = torch.channels_last if config.channels_last else torch.contiguous_format
    train_images = subset_of(data.train, round(arm.images_share * len(data.train)))
    train = Batches(
        train_images,
        scale.batch,
        training_transform(inputs, arm, scale),
        shuffle=True,
        drop_last=True,
        seed=config.seed,
        memory_format=layout,
    )
    val = Batches(data.val, 250, validation_transform(inputs, arm), memory_format=layout)
    watch = _Watch(None if run.choice else experiment.stop_at, deadline)
    along = None
    if experiment.along is not None and not run.choice:
        along = Along(unfinished.folder / "along.json", experiment.along, experiment.along_every)
        along.start(model)
    diverged, history = None, None
    try:
        history = fit(
            model,
            train,
            val,
            config,
            out=unfinished.folder / "fit",
            resume=True,
            progress=progress,
            callbacks=[watch, *([] if along is None else [along])],
            data_parallel=False,
        )
    except DivergedError as error:  # a result like any other
        diverged = str(error).partition(":")[0]
    if watch.out_of_time:
        unfinished.pause()
        raise OutOfTimeError
    used = str(next(model.parameters()).device)
    results: dict[str, Any] = {}
    if diverged is None and not run.choice:
        results = _results(model, inputs, arm, scale, config, experiment)
        if along is not None:
            results["along"] = along.found(config.epochs * len(train))
    rows = [] if history is None else history.epochs
    columns = ("train_loss", "train_error", "val_loss", "val_error", "lr", "seconds")
    found: dict[str, Any] = {
        "config": config.to_dict(),
        "diverged": diverged,
        "budget": config.epochs * len(train),
        "epochs": {name: [getattr(row, name) for row in rows] for name in columns},
        "steps": {},
        "results": results,
    }
    if experiment.keep_steps and history is not None:
        errors = [row.error for row in history.steps]
        found["steps"] = {"every": config.log_every, "error": rounded(errors, 4)}
    elif experiment.keep_steps:
        found["steps"] = {"every": config.log_every, "error": []}
    return found, used


def _results(
    model: nn.Module,
    inputs: Inputs,
    arm: Arm,
    scale: Scale,
    config: TrainConfig,
    experiment: Experiment,
) -> dict[str, Any]:
    """Return what is measured at the end of a run, besides its epochs."""
    again = subset_of(inputs.data.train, EVALUATED)
    batches = Batches(again, 250, validation_transform(inputs, arm))
    seen = evaluate(model, batches, precision=config.precision, channels_last=config.channels_last)
    results = {"train_error": seen.top1_error, "train_loss": seen.loss}
    if experiment.after is not None:
        results |= experiment.after(model, inputs, arm, config)
    return results
