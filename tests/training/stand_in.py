"""A stand-in for a CUDA device: computes on the CPU, and fails where devices would be mixed.

A `Pretended` tensor holds a tensor of the CPU and says that it is on ``cuda:0``. Each operation is
looked at by torch's dispatch (`TorchDispatchMode`): all its tensors have to be on one device, as on
a real GPU, where a number alone (no dimension) may come from the CPU. Only a copy that was asked
for (``x.to(device)``, ``x.cpu()``, ``x.copy_(y)``) crosses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

CUDA = torch.device("cuda", 0)
# A card of the generation of Colab's T4: float16, no bfloat16.
CARD = SimpleNamespace(name="a stand-in", total_memory=16 * 10**9, major=7, minor=5)
aten = torch.ops.aten
COPIES = {aten._to_copy.default, aten.copy_.default}


class Pretended(Tensor):
    """A tensor of the CPU that says it is elsewhere. For C++ it is on the meta device."""

    @staticmethod
    def __new__(cls, held: Tensor) -> Pretended:
        """Make the shell: a shape, strides and a type, no memory."""
        return torch.Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device="meta",
        )

    def __init__(self, held: Tensor) -> None:
        self.held = held

    @property
    def device(self) -> torch.device:
        """Where it pretends to be."""
        return CUDA

    @property
    def is_cuda(self) -> bool:
        """True, as of a tensor on a GPU."""
        return True

    def __repr__(self, **options: Any) -> str:
        return f"Pretended({self.held})"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute, whether or not the mode is on."""
        return computed(func, args, kwargs or {})

    def __format__(self, how: str) -> str:
        return format(self.held, how)

    def tolist(self) -> Any:
        """Return plain numbers: this waits for a GPU, and is a copy."""
        return self.held.tolist()


def computed(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Run an operation on what the tensors hold, or say that they are on two devices."""
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there = [tensor for tensor in tensors if isinstance(tensor, Pretended)]
    here = [tensor for tensor in tensors if not isinstance(tensor, Pretended) and tensor.dim()]
    if there and here and func not in COPIES:
        raise RuntimeError(f"{func}: expected all tensors on one device, found cuda:0 and cpu")
    asked = kwargs.get("device")
    if func is aten.copy_.default:
        onto_cuda = isinstance(args[0], Pretended)
    elif asked is not None:
        onto_cuda = torch.device(asked).type == "cuda"
    else:
        onto_cuda = bool(there)
    if asked is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    result = func(*tree_map(_held, args), **tree_map(_held, kwargs))
    # An operation in place returns what it was given.
    given = {id(tensor.held): tensor for tensor in there}

    def wrapped(value: Any) -> Any:
        if not isinstance(value, Tensor) or not onto_cuda:
            return value
        return given[id(value)] if id(value) in given else Pretended(value)

    return tree_map(wrapped, result)


def _held(value: Any) -> Any:
    return value.held if isinstance(value, Pretended) else value


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})


class _Numbered(TorchFunctionMode):
    """Gives "cuda" its number; torch would ask the driver which device is the current one.

    And says where ``x.to(other)`` goes, which in C++ is on the meta device; and takes numbers
    there that ``torch.tensor(…, device=…)`` would ask the driver to take.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.to and len(args) > 1 and isinstance(args[1], Tensor):
            args = (args[0], args[1].device, args[1].dtype, *args[2:])
        if func in (torch.tensor, torch.as_tensor) and (kwargs or {}).get("device") is not None:
            where = torch.device(_numbered(kwargs["device"]))
            return func(*args, **{**kwargs, "device": "cpu"}).to(where)
        return func(*tree_map(_numbered, args), **tree_map(_numbered, kwargs or {}))


def _numbered(value: Any) -> Any:
    return CUDA if isinstance(value, str | torch.device) and str(value) == "cuda" else value


@contextmanager
def pretended_cuda() -> Iterator[None]:
    """Let ``cuda`` be there, inside the block."""
    state = torch.Generator().manual_seed(0).get_state()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "_lazy_init", lambda: None)
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.cuda, "device_count", lambda: 1)
        patch.setattr(torch.cuda, "current_device", lambda: 0)
        patch.setattr(torch.cuda, "get_device_name", lambda device=CUDA: "a stand-in")
        patch.setattr(torch.cuda, "get_device_properties", lambda device=CUDA: CARD)
        patch.setattr(torch.cuda, "synchronize", lambda device=CUDA: None)
        patch.setattr(torch.cuda, "manual_seed_all", lambda seed: None)
        patch.setattr(torch.cuda, "get_rng_state", lambda device=CUDA: state)
        patch.setattr(torch.cuda, "set_rng_state", lambda state, device=CUDA: None)
        # Newer optimizers ask the driver whether a graph is being captured.
        check = "_accelerator_graph_capture_health_check"
        patch.setattr(torch.optim.Optimizer, check, lambda self: None, raising=False)
        patch.setattr(torch.optim.Optimizer, "_cuda_graph_capture_health_check", lambda self: None)
        overwrote = torch.__future__.get_overwrite_module_params_on_conversion()
        # A parameter cannot become another class in place; so a module gets new ones.
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        try:
            with _Mode(), _Numbered():
                yield
        finally:
            torch.__future__.set_overwrite_module_params_on_conversion(overwrote)
