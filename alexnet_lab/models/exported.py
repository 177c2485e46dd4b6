"""Read an ONNX file that `alexnet_lab.export` wrote, as a file of weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError
from ..weights import Opened
from ..weights.normalise import Found


def read_exported(path: Path) -> Opened | None:
    """Return the weights of an ONNX file under the names of a state dict, and what it says.

    Returns
    -------
    Opened or None
        None for a file that does not say which network it holds: another program wrote it.

    Raises
    ------
    UserError
        When the file does not exist, is damaged, or the package ``onnx`` is missing.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
        from onnx.numpy_helper import to_array
    except ImportError as error:
        raise UserError("reading ONNX needs the onnx package: pip install onnx") from error
    if not path.is_file():
        raise UserError(f"no such file: {str(path)!r}")
    try:
        model = onnx.load(str(path), load_external_data=False)
        about = json.loads({p.key: p.value for p in model.metadata_props}.get("about", "{}"))
        if not isinstance(about, dict) or not {"model", "layers"} <= about.keys():
            return None
        stored = {one.name: torch.tensor(to_array(one)) for one in model.graph.initializer}
        state = {
            parameter: _weight(stored, layer["tensors"][part])
            for layer in about["layers"]
            for part, parameter in layer.get("parameters", {}).items()
        }
    except (DecodeError, ValueError, KeyError, OSError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise UserError(f"{str(path)!r} is not an ONNX file, or damaged: {reason}") from error
    return Opened(repr(str(path)), [Found("", _whole(state))], about)


def _weight(stored: dict[str, Tensor], name: str) -> Tensor:
    if f"{name}.int8" in stored:
        return stored[f"{name}.int8"].float() * stored[f"{name}.scale"]
    return stored[f"{name}.f16" if f"{name}.f16" in stored else name].float()


def _whole(state: dict[str, Any]) -> dict[str, Any]:
    # A batch norm counts its batches; nothing that it does in eval mode depends on the count.
    counts = {
        name.replace("running_mean", "num_batches_tracked"): torch.tensor(0)
        for name in state
        if name.endswith(".running_mean")
    }
    return state | counts
