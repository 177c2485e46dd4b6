"""One training run: where it stands, how it takes a step, how it is saved and resumed.

A step is: take `accumulate` batches, sum their gradients with every sample weighing the same, clip,
step. After every step the run could be stopped and resumed bit for bit (same machine, same number
of threads): everything that the next step depends on is in the checkpoint.
"""

from __future__ import annotations

import functools
import itertools
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UserError
from ..weights import load_state
from . import checkpoint, distributed
from .checkpoint import Checkpoint
from .config import TrainConfig
from .diverged import diverged, require_sound
from .evaluate import evaluate
from .history import EpochRow, History, StepRow
from .modes import autocast, precise, to_device
from .optim import build_optimizer, set_learning_rate
from .position import Position, Sums, check_resumable
from .progress import Progress
from .randomness import capture, restore
from .schedule import build_schedule
from .stateful import StatefulBatches


class Listener(Protocol):
    """What a run calls; `Callback` documents it and is the class to derive from."""

    def on_step(self, run: Run) -> None: ...  # noqa: D102
    def on_epoch(self, run: Run) -> None: ...  # noqa: D102


class Run:
    """One training run: what callbacks see. Made by `fit`."""

    def __init__(
        self,
        model: nn.Module,
        train_batches: Any,
        val_batches: Iterable[Any] | None,
        config: TrainConfig,
        device: torch.device,
        *,
        out: Path | None,
        about: dict[str, Any],
        progress: Progress,
        data_parallel: bool,
    ) -> None:
        self.model = model.to(device)
        if config.channels_last:
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.train_batches, self.val_batches = train_batches, val_batches
        self.config, self.device = config, device
        self.out, self.about, self.progress = out, about, progress
        self.data_parallel = data_parallel
        self.parallel_model: Any = distributed.wrap(model, device) if data_parallel else model
        self.optimizer = build_optimizer(model, config)
        self.steps_per_epoch = math.ceil(len(train_batches) / config.accumulate)
        self.schedule = build_schedule(config, self.steps_per_epoch)
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "fp16")
        self.history = History()
        self.position = Position()
        self.callbacks: Sequence[Listener] = []
        self.stop = False
        # Of the processes that share a run, one writes. Processes with runs of their own all do.
        self.writes = not data_parallel or distributed.is_first()
        self._rng_at_epoch_start: dict[str, Tensor] = {}
        self._rng_to_resume: dict[str, Tensor] | None = None
        self._saved_at = time.monotonic()

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return self.position.epoch

    @property
    def rate(self) -> float:
        """Learning rate of the last step."""
        return self.position.lr

    @property
    def step(self) -> int:
        """Optimizer steps taken since the start of the run."""
        return self.position.step

    def train(self) -> None:
        """Go on from the present position to the end, or to the step where a callback stops it."""
        while self.position.epoch < self.config.epochs and not self.stop:
            self._train_epoch()
            if self.position.batch < len(self.train_batches):
                break  # stopped in the middle of an epoch
            self._end_epoch()

    def _train_epoch(self) -> None:
        config, position = self.config, self.position
        done = math.ceil(position.batch / config.accumulate)
        self.progress.start_epoch(position.epoch + 1, config.epochs, self.steps_per_epoch, done)
        self.model.train()
        batches = self._batches()
        clock = time.perf_counter()
        # Exactly as many as there are: asking once more than that could draw from a generator.
        while rest := len(self.train_batches) - position.batch:
            group = list(itertools.islice(batches, min(config.accumulate, rest)))
            if not group:
                raise UserError(
                    f"the batches ended after {position.batch}; their len() is"
                    f" {position.batch + rest}"
                )
            position.lr = config.lr * self.schedule.factor(position.step)
            set_learning_rate(self.optimizer, position.lr)
            sums = self._take_step(group)
            position.step += 1
            position.batch += len(group)
            position.in_epoch += sums
            position.in_interval += sums
            now = time.perf_counter()
            position.seconds, clock = position.seconds + now - clock, now
            if position.step % config.log_every == 0:
                mean = position.in_interval
                row = StepRow(position.step, position.lr, mean.mean_loss, mean.error)
                self.history.steps.append(row)
                position.in_interval = Sums()
            self.progress.step(sums.mean_loss)
            for callback in self.callbacks:
                callback.on_step(self)
            self.optimizer.zero_grad(set_to_none=True)
            if position.batch < len(self.train_batches) and (self.stop or self._save_is_due()):
                require_sound(self)
                self.save()
            if self.stop:
                break

    def _take_step(self, group: list[tuple[Tensor, Tensor]]) -> Sums:
        """Forward, backward and update on one group of batches."""
        config = self.config
        if self.data_parallel:
            group = [distributed.share(batch, self.train_batches) for batch in group]
        samples, world = sum(len(y) for _, y in group), 1
        if self.data_parallel:
            world = torch.distributed.get_world_size()
            samples = int(distributed.total(torch.tensor(samples), self.device))
        sums = torch.zeros(2, dtype=torch.float64)
        for index, (x, y) in enumerate(group):
            x, y = to_device(x, self.device, config.channels_last), y.to(self.device)
            # Gradients are averaged over processes once a step, with the group's last batch.
            waits = self.data_parallel and index < len(group) - 1
            with self.parallel_model.no_sync() if waits else nullcontext():
                with autocast(self.device, config.precision):
                    logits = self.parallel_model(x)
                loss = F.cross_entropy(
                    precise(logits), y, label_smoothing=config.label_smoothing, reduction="sum"
                )
                # The group's true size: in a partial group, too, every sample weighs the same.
                # DDP averages over processes, whose shares may differ by a sample: `world` makes
                # the average a sum.
                self.scaler.scale(loss * (world / samples)).backward()
            wrong = (logits.detach().argmax(dim=1) != y).sum()
            sums += torch.stack([loss.detach(), wrong.to(loss.dtype)]).cpu().double()
        if self.data_parallel:
            sums = distributed.total(sums, self.device)
        total_loss, total_wrong = sums.tolist()
        if not math.isfinite(total_loss):
            raise diverged(self, f"the loss is {total_loss} at step {self.position.step + 1}")
        if config.clip_norm is not None:
            self.scaler.unscale_(self.optimizer)
            clip = getattr(self.model, "clip_grad_norm_", None)  # a tower's, over both towers
            if clip is None:
                clip = functools.partial(nn.utils.clip_grad_norm_, self.model.parameters())
            clip(config.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return Sums(total_loss, total_wrong, samples)

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Open the epoch of the present position, from its batch on."""
        position, source = self.position, self.train_batches
        if self._rng_to_resume is None:
            self._rng_at_epoch_start = capture(self.device, source)
        else:
            restore(self._rng_at_epoch_start, self.device, source)
        if hasattr(source, "set_epoch"):
            source.set_epoch(position.epoch)
        skipped = position.batch
        if skipped and isinstance(source, StatefulBatches):
            source.load_state_dict({**source.state_dict(), "position": skipped})
            skipped = 0
        batches = iter(source)
        for _ in range(skipped):
            next(batches)
        if self._rng_to_resume is not None:
            restore(self._rng_to_resume, self.device, source)
            self._rng_to_resume = None
        return batches

    def _end_epoch(self) -> None:
        position, config = self.position, self.config
        train, validation = position.in_epoch, None
        require_sound(self, train.mean_loss)
        if self.val_batches is not None:
            validation = evaluate(
                self.model,
                self.val_batches,
                precision=config.precision,
                channels_last=config.channels_last,
                data_parallel=self.data_parallel,
            )
            require_sound(self, validation.loss, " on the validation images")
        row = EpochRow(
            epoch=position.epoch + 1,
            step=position.step,
            lr=position.lr,
            train_loss=train.mean_loss,
            train_error=train.error,
            val_loss=validation.loss if validation else None,
            val_error=validation.top1_error if validation else None,
            val_error_top5=validation.top5_error if validation else None,
            seconds=position.seconds,
            samples_per_second=train.samples / max(position.seconds, 1e-9),
        )
        self.history.epochs.append(row)
        self.schedule.end_epoch(row.train_error if row.val_error is None else row.val_error)
        position.next_epoch()
        self.progress.end_epoch(row)
        for callback in self.callbacks:
            callback.on_epoch(self)
        self.save()

    def _save_is_due(self) -> bool:
        every, seconds = self.config.checkpoint_every, self.config.checkpoint_seconds
        due = every is not None and self.position.step % every == 0
        if seconds is not None:
            late = torch.tensor(float(time.monotonic() - self._saved_at >= seconds))
            # Clocks differ; saving is a common act.
            due |= bool(distributed.total(late, self.device) if self.data_parallel else late)
        return due

    def save(self) -> None:
        """Write a checkpoint of this moment, between two steps; does nothing without `out`."""
        if self.out is None:
            return
        states = {
            **{f"now.{k}": v for k, v in capture(self.device, self.train_batches).items()},
            **{f"start.{k}": v for k, v in self._rng_at_epoch_start.items()},
        }
        by_rank = distributed.from_all(states) if self.data_parallel else [states]
        if self.writes:
            record = {
                "about": self.about,
                "config": self.config.to_dict(),
                "batches_per_epoch": len(self.train_batches),
                "position": self.position.to_dict(),
                "schedule": self.schedule.state_dict(),
                "scaler": self.scaler.state_dict(),
                "history": self.history.to_dict(),
            }
            rng = {f"{rank}.{k}": v for rank, all_ in enumerate(by_rank) for k, v in all_.items()}
            model, optimizer = dict(self.model.state_dict()), self.optimizer.state_dict()
            Checkpoint(model, optimizer, rng, record).save(self.out)
        if self.data_parallel:
            torch.distributed.barrier()  # whoever goes on finds this checkpoint, not the last one
        self._saved_at = time.monotonic()

    def resume(self, saved: Checkpoint) -> None:
        """Go back to the moment of a checkpoint."""
        record = saved.record
        try:
            check_resumable(record, self.config, len(self.train_batches))
            load_state(self.model, saved.model, source="the checkpoint")
            checkpoint.restore_optimizer(self.optimizer, saved.optimizer)
            self.schedule.load_state_dict(record["schedule"])
            self.scaler.load_state_dict(record["scaler"])
            self.history = History.from_dict(record["history"])
            self.position = Position.from_dict(record["position"])
        except UserError:
            raise
        except Exception as error:  # of a damaged record anything may come
            raise UserError(
                f"the checkpoint in {str(self.out)!r} is damaged: its record lacks something"
                f" ({type(error).__name__}: {' '.join(str(error).split())[:100]});"
                " begin anew in another folder"
            ) from error
        rank = torch.distributed.get_rank() if self.data_parallel else 0
        own = checkpoint.with_prefix(saved.rng, f"{rank}.") or checkpoint.with_prefix(
            saved.rng, "0."
        )
        now = checkpoint.with_prefix(own, "now.")
        if self.position.batch:
            self._rng_at_epoch_start = checkpoint.with_prefix(own, "start.")
            self._rng_to_resume = now
        else:
            restore(now, self.device, self.train_batches)
