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
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import UserError
from ..files import atomic_write

FORMAT = "alexnet-lab 1"
CHECKPOINT = "checkpoint.safetensors"
WEIGHTS = "weights.safetensors"
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
            "record": json.dumps(self.record),
            "optimizer": json.dumps(plan),
        }
        write_safetensors(Path(folder) / CHECKPOINT, tensors, metadata)
        readable = {"format": FORMAT, "machine": machine(), **self.record}
        with atomic_write(Path(folder) / RECORD) as scratch:
            scratch.write_text(json.dumps(readable, indent=1), encoding="utf-8")

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
        plan = json.loads(metadata["optimizer"])
        state: dict[int, dict[str, Any]] = {
            int(index): dict(values) for index, values in plan["numbers"].items()
        }
        for key, value in with_prefix(tensors, "optimizer.").items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        return cls(
            model=with_prefix(tensors, "model."),
            optimizer={"state": state, "param_groups": plan["groups"]},
            rng=with_prefix(tensors, "rng."),
            record=json.loads(metadata["record"]),
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


def save_weights(
    path: str | os.PathLike[str], model: nn.Module, about: dict[str, Any] | None = None
) -> None:
    """Write a model's weights as safetensors, whole or not at all.

    Parameters
    ----------
    path : str or os.PathLike
        The file, by custom ``*.safetensors``.
    model : nn.Module
        Its state dict is written.
    about : dict, optional
        What someone needs to rebuild and use the model, as JSON holds it; kept in the file's
        metadata. By custom ``{"model": {"name": …, "options": {…}}, "classes": […], …}``.
    """
    metadata = {"format": FORMAT, "record": json.dumps({"about": about or {}})}
    write_safetensors(Path(path), dict(model.state_dict()), metadata)


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


def write_safetensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors and metadata, whole or not at all; tied tensors are written twice."""
    seen: set[int] = set()
    plain = {}
    for name, tensor in tensors.items():
        value = tensor.detach().contiguous()
        if value.untyped_storage().data_ptr() in seen:
            value = value.clone()
        seen.add(value.untyped_storage().data_ptr())
        plain[name] = value
    with atomic_write(path) as scratch:
        try:
            save_file(plain, scratch, metadata)
        except SafetensorError as error:  # a full disk, among others
            raise UserError(f"cannot write {str(path)!r}: {error}") from error


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read all tensors and the metadata of a file."""
    if not path.is_file():
        raise UserError(f"no such file: {str(path)!r}")
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise UserError(f"{str(path)!r} is not a safetensors file, or damaged: {error}") from error


def with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names start with `prefix`, which is taken off."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
