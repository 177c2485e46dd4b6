"""Checkpoints: one safetensors file that holds all that resuming needs, and a record beside it.

``checkpoint.safetensors`` in the run's folder holds the weights (``model.*``), the optimizer's
tensors (``optimizer.*``) and the generators (``rng.*``); its metadata holds the rest as JSON. It
is one file, replaced at one stroke: a kill leaves the old checkpoint or the new one, never a mix.
``record.json`` says the same in plain text for people and other programs; nothing reads it back.
There is no pickle anywhere.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError
from ..files import atomic_write, json_text
from ..weights import (
    CHECKPOINT,
    FORMAT,
    WEIGHTS,
    read_record,
    read_safetensors,
    with_prefix,
    write_safetensors,
)

RECORD = "record.json"


@dataclass
class Checkpoint:
    """A moment of a training run.

    Parameters
    ----------
    model : dict of str to Tensor
        The model's state dict.
    optimizer : dict
        The optimizer's state dict.
    rng : dict of str to Tensor
        Generator states, named by when and on which process.
    record : dict
        All else, as JSON holds it: config, position, history, schedule, scaler, about.

    Examples
    --------
    >>> import torch
    >>> from alexnet_lab.training import Checkpoint, TrainConfig, fit
    >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
    >>> batches = [(torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))]
    >>> history = fit(net, batches, None, TrainConfig(epochs=1), out="run", progress=False)
    >>> sorted(Checkpoint.load("run").model)
    ['1.bias', '1.weight']
    """

    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    rng: dict[str, Tensor]
    record: dict[str, Any]

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write to `folder`, whole or not at all."""
        tensors = {f"model.{name}": value for name, value in self.model.items()}
        tensors |= {f"rng.{name}": value for name, value in self.rng.items()}
        numbers: dict[str, dict[str, Any]] = {}
        for index, state in self.optimizer["state"].items():
            for name, value in state.items():
                if isinstance(value, Tensor):
                    tensors[f"optimizer.{index}.{name}"] = value
                else:
                    numbers.setdefault(str(index), {})[name] = value
        plan = {"groups": self.optimizer["param_groups"], "numbers": numbers}
        metadata = {
            "format": FORMAT,
            "record": json_text(self.record, "the record of the run"),
            "optimizer": json_text(plan, "the optimizer's state"),
        }
        write_safetensors(Path(folder) / CHECKPOINT, tensors, metadata)
        readable = {"format": FORMAT, "machine": machine(), **self.record}
        with atomic_write(Path(folder) / RECORD) as scratch:
            scratch.write_text(
                json_text(readable, "the record of the run", indent=1), encoding="utf-8"
            )

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Checkpoint:
        """Read what `save` wrote.

        Raises
        ------
        UserError
            When there is no checkpoint, or the file is damaged or of another kind.
        """
        path = Path(folder) / CHECKPOINT
        tensors, metadata = read_safetensors(path)
        if metadata.get("format") != FORMAT or "optimizer" not in metadata:
            raise UserError(f"{str(path)!r} holds no checkpoint of this program ({FORMAT})")
        try:
            plan = json.loads(metadata["optimizer"])
            state: dict[int, dict[str, Any]] = {
                int(index): dict(values) for index, values in plan["numbers"].items()
            }
            for key, value in with_prefix(tensors, "optimizer.").items():
                index, name = key.split(".", 1)
                state.setdefault(int(index), {})[name] = value
            optimizer = {"state": state, "param_groups": [dict(group) for group in plan["groups"]]}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UserError(f"{str(path)!r} is damaged: what it says of the optimizer") from error
        record = read_record(metadata)
        if not record:
            raise UserError(f"{str(path)!r} is damaged: it has no record of its run")
        return cls(
            model=with_prefix(tensors, "model."),
            optimizer=optimizer,
            rng=with_prefix(tensors, "rng."),
            record=record,
        )


def exists(folder: str | os.PathLike[str]) -> bool:
    """Tell whether `folder` holds a checkpoint."""
    return (Path(folder) / CHECKPOINT).is_file()


def sweep(folder: str | os.PathLike[str]) -> None:
    """Remove the scratch files of writes that a kill cut short."""
    for name in (CHECKPOINT, WEIGHTS, RECORD):
        stem, _, suffix = name.rpartition(".")
        for leftover in Path(folder).glob(f".{stem}-*.{suffix}"):
            leftover.unlink(missing_ok=True)


def restore_optimizer(optimizer: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """Load an optimizer's state, each tensor in the memory format of its parameter.

    Files hold tensors row by row. In another memory format the same sum may be taken by other
    instructions, which round otherwise: the run would not go on bit for bit.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state = {
        index: {
            name: torch.empty_like(parameters[index]).copy_(value)
            if isinstance(value, Tensor) and value.shape == parameters[index].shape
            else value
            for name, value in values.items()
        }
        for index, values in saved["state"].items()
    }
    optimizer.load_state_dict({"state": state, "param_groups": saved["param_groups"]})


def machine() -> dict[str, Any]:
    """Return the versions and the hardware that a record of a run names."""
    cuda = torch.cuda.is_available()
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if cuda else None,
    }
