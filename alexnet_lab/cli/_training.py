"""One training run from the command line: data, network, recipe, folder."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .. import data as rooms
from .. import models, training
from ..errors import Note, UserError
from ..models.sharding import check_two_towers
from ..training.checkpoint import WEIGHTS, exists
from ..training.modes import autocast, choose_device
from ._load import load
from ._network import open_network
from ._options import model_options
from ._paths import require_writable
from ._plan import PHOTO_PATCHES_RESIZE, choose_config, choose_sizes, divides, model_defaults
from ._processes import Processes
from ._resume import check_length, check_resumed, nothing_to_resume
from ._signals import TERMINATING, handled, interrupt

_VAL_BATCH = 250


class Job:
    """What a user asked ``train`` for.

    Attributes
    ----------
    data : ImageData
        What is trained on.
    out : pathlib.Path
        The run's folder.
    about : dict
        What the weights' file says of the network: model, classes, preprocess, data, run.
    stopped : int
        Number of the signal by which the run was interrupted, and saved; 0 for none.
    """

    def __init__(self, args: argparse.Namespace, processes: Processes) -> None:
        self.args, self.processes, self.stopped = args, processes, 0
        # What costs nothing to find out comes before what takes minutes.
        device = choose_device(args.device)
        options = model_options(args.set) | ({"init": args.init} if args.init else {})
        self.start = open_network(args.weights, args.model) if args.weights else None
        self.description: dict[str, Any] = self.start.description if self.start else {}
        self._check_flags(options)
        size = self.start.preprocess.size if self.start else args.image_size
        name = self.start.description["name"] if self.start else args.model
        sizes = self.sizes = choose_sizes(args.data, name, size)
        self.config = choose_config(args, sizes)
        autocast(device, self.config.precision)
        if processes.kind == "towers" and self.config.precision == "fp16":
            raise UserError(
                "fp16 and --parallel towers do not go together: one tower may skip a step that the"
                " other takes; use --precision bf16"
            )
        self.augmentation = args.augmentation or ("modern" if args.recipe == "modern" else "2012")
        if self.augmentation not in rooms.AUGMENTATIONS:
            known = ", ".join(rooms.AUGMENTATIONS)
            raise UserError(f"unknown augmentation {self.augmentation!r}; known: {known}")
        options = {} if self.start else model_defaults(sizes, args.recipe, options)
        if not self.start:
            with torch.device("meta"):  # a wrong name or option, before the data are read
                built = models.build(sizes.model, **options)
            if self._towers:
                check_two_towers(built)
        tuned = "-tuned" if self.start else ""  # beside the run that it starts from
        self.out = args.out or Path("runs") / f"{self._data_name()}-{sizes.model}{tuned}"
        self.folder = self.out / f"tower{processes.rank}" if self._towers else self.out
        if exists(self.folder) and not args.resume:
            raise UserError(
                f"{str(self.out)!r} already holds a run; add --resume, or choose another --out"
            )
        if args.resume and not exists(self.folder):
            warnings.warn(nothing_to_resume(self.out, self.folder), Note, stacklevel=2)
        shows = processes.first and not args.quiet
        self.data = load(args.data, sizes.stored, args.limit, shows)
        self.model = self._build(options)
        self.about = self._describe()
        if args.resume and exists(self.folder):
            check_length(self.out, self.folder, self.config, args.data)
            check_resumed(self.out, self.folder, self.about, self._towers)
        require_writable(self.folder)

    @property
    def _towers(self) -> bool:
        return self.processes.kind == "towers"

    def _check_flags(self, options: dict[str, Any]) -> None:
        args = self.args
        if "num_classes" in options:
            raise UserError("the number of classes is the data's: leave --set num_classes out")
        if self.start is None:
            if args.new_head:
                raise UserError("--new-head is for --weights FILE")
            return
        for flag, given in (
            ("--image-size", args.image_size),
            ("--set or --init", options),
        ):
            if given:
                raise UserError(f"--weights decide the network: leave {flag} out")
        if self._towers:
            raise UserError("--parallel towers starts afresh: leave --weights out")

    def _data_name(self) -> str:
        data = self.args.data
        return data if data in rooms.DATA_SETS else Path(data).expanduser().resolve().name

    def _build(self, options: dict[str, Any]) -> nn.Module:
        classes = self.data.num_classes
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed)
            if self.start is None:
                name = self.sizes.model
                model = models.build(name, classes, **options)
                own = getattr(model, "config", None)
                options = {**options, "num_classes": classes}
                self.description = {"name": name, "options": own.to_dict() if own else options}
            else:
                model = self.start.model
                if self.args.new_head:
                    training.new_head(model, classes)
                elif self.start.num_classes != classes:
                    raise UserError(
                        f"{self.args.weights!r} has {self.start.num_classes} classes, the data"
                        f" {classes}: add --new-head"
                    )
                self.description["options"]["num_classes"] = classes
        if self.args.freeze:
            training.freeze(model, self.args.freeze)
        return model.train()

    def _describe(self) -> dict[str, Any]:
        data, sizes = self.data, self.sizes
        mean: list[float]
        std: list[float] | None
        if self.start is not None:
            how = self.start.preprocess
            mean, std, resize = list(how.mean), list(how.std) if how.std else None, how.resize
        else:
            divided = divides(self.description["options"].get("init"))
            mean, std = data.mean.tolist(), data.std.tolist() if divided else None
            resize = PHOTO_PATCHES_RESIZE if data.name == "photo-patches" else sizes.stored
        return {
            "model": self.description,
            "classes": list(data.classes),
            # The data come first, and how many: of two runs the first difference is told.
            "data": {
                "name": data.name,
                "images": [len(data.train), len(data.val)],
                "fingerprint": data.fingerprint,
            },
            "preprocess": {"mean": mean, "std": std, "resize": resize, "size": sizes.input},
            "run": {
                "batch_size": self.args.batch_size,
                "augmentation": self.augmentation,
                "recipe": self.args.recipe,
                "freeze": self.args.freeze,
                "parallel": self.processes.kind,
            },
        }

    def _batches(self, device: torch.device) -> tuple[rooms.Batches, rooms.Batches]:
        how, sizes, config = self.about["preprocess"], self.sizes, self.config
        mean, std = how["mean"], how["std"] or (1.0, 1.0, 1.0)
        extra: dict[str, Any] = {"padding": sizes.padding}
        if sizes.own:
            extra["scale"] = (0.4, 1.0)
        train = rooms.augmentation(
            self.augmentation, sizes.input, mean, std, data=self.data, **extra
        )
        still = rooms.augmentation("none", sizes.input, mean, std)
        rank, world = self._part()
        return (
            rooms.Batches(
                self.data.train,
                self.args.batch_size,
                train,
                shuffle=True,
                seed=config.seed,
                device=device,
                rank=rank,
                world_size=world,
            ),
            rooms.Batches(
                self.data.val, min(self.args.batch_size, _VAL_BATCH), still, device=device
            ),
        )

    def _part(self) -> tuple[int, int]:
        # Each process makes its own part of a batch where the parts come out as those of one
        # process; otherwise all make it whole, and `fit` shares it.
        world, size = self.processes.world, self.args.batch_size
        if self.processes.kind != "ddp" or size % world:
            return 0, 1
        rest = len(self.data.train) % size
        return (0, 1) if 0 < rest < world else (self.processes.rank, world)

    def train(self) -> training.History:
        """Train to the end, or to the interrupt; write the weights."""
        if self.processes.first and not self.args.quiet:
            self._announce()
        with self.processes.joined(choose_device(self.config.device)) as device:
            model, about, whole = self.model, self.about, None
            if self._towers:
                whole, model = model, models.build_tower(model, device=device)  # type: ignore[arg-type]
                about = {"tower": self.processes.rank, "whole": about}
            history = self._fit(model, about, device)
            if whole is not None:
                state = model.gather_state_dict()  # type: ignore[operator]
                if self.processes.first:
                    training.load_state(whole, state)
                    training.save_weights(self.out / WEIGHTS, whole, self.about)
        return history

    def _fit(
        self, model: nn.Module, about: dict[str, Any], device: torch.device
    ) -> training.History:
        train, val = self._batches(device)
        first, shown = self.processes.first, "rich" if sys.stderr.isatty() else "lines"
        progress = "silent" if self.args.quiet or not first else shown
        with self._graceful() as callbacks:
            return training.fit(
                model,
                train,
                val,
                self.config.replace(device=str(device)),
                out=self.folder,
                resume=self.args.resume,
                about=about,
                progress=progress,
                tensorboard=self.args.tensorboard if first else None,
                callbacks=callbacks,
                data_parallel=self.processes.kind == "ddp",
            )

    @contextmanager
    def _graceful(self) -> Iterator[list[Any]]:
        """Let the first signal end the run after its step, saved; the second at once.

        Several processes could be at different steps: they stop at once.
        """
        if threading.current_thread() is not threading.main_thread():
            yield []
            return
        if self.processes.kind != "one":
            with handled(signal.SIG_DFL, TERMINATING):  # a peer's message may never come
                yield []
            return
        job = self

        class Stop(training.Callback):
            def on_step(self, run: Any) -> None:
                run.stop = run.stop or bool(job.stopped)

            on_epoch = on_step

        def note(number: int, frame: Any) -> None:
            if job.stopped:
                interrupt(number, frame)
            job.stopped = number

        with handled(note, (signal.SIGINT, *TERMINATING)):
            yield [Stop()]

    def _announce(self) -> None:
        data, config, how = self.data, self.config, self.about["preprocess"]
        epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs} epochs"
        parameters = sum(p.numel() for p in self.model.parameters())
        print(
            f"data: {data.name}, {len(data.train):,} + {len(data.val):,} images of {data.size} ×"
            f" {data.size}, {data.num_classes} classes"
        )
        init = self.description["options"].get("init")
        print(
            f"network: {self.description['name']}, {parameters:,} parameters, input"
            f" {how['size']} × {how['size']}"
            + (f", init {init}" if init and not self.start else "")
            + (", divided by the standard deviation" if how["std"] else ", 0–255 minus the mean")
        )
        shared = "" if self.processes.kind == "one" else f", {self.processes.kind}"
        print(
            f"recipe: {self.args.recipe}, {epochs}, batches of"
            f" {self.args.batch_size}, {config.optimizer}, lr {config.lr:g} {config.schedule},"
            f" augmentation {self.augmentation}, {config.precision}{shared}",
            flush=True,
        )
