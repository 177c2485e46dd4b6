"""The lab network as a page runs it: what its small weights cost, measured with ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import as_file, files
from typing import Any

import torch
from torch import Tensor, nn

from ..data import ImageData
from ..errors import UserError
from ..models import load_pretrained
from ..models.export_onnx import OnnxNetwork, export_onnx
from .score import score

WEIGHTS = "int8"
RECORD = "page.json"
#: Sample photographs that a page offers, and which class of the lab network each of them shows. No
#: free photograph of its ten classes was found: docs/decisions/2026-11-30-photographs-offered.md.
SHOWS: dict[str, str | None] = dict.fromkeys(
    ("temple", "coffee", "cat", "motorcycle", "flower", "rocket", "clock", "coins")
)
PHOTOGRAPHS = tuple(SHOWS)


class OnnxModule(nn.Module):
    """An exported network as a module, so that `score` can measure it.

    Parameters
    ----------
    exported : OnnxNetwork
        Its switches stay on.
    model : torch.nn.Module
        Where it comes from; lends its preprocessing and classes.

    Raises
    ------
    UserError
        When ONNX Runtime is not installed.
    """

    def __init__(self, exported: OnnxNetwork, model: nn.Module) -> None:
        super().__init__()
        try:
            import onnxruntime
        except ImportError as error:
            raise UserError(
                "running ONNX needs the onnxruntime package: pip install onnxruntime"
            ) from error
        self.preprocess: Any = model.preprocess
        self.classes: Any = model.classes
        self._run = onnxruntime.InferenceSession(
            exported.data, providers=["CPUExecutionProvider"]
        ).run
        self._on = {
            name: torch.full(shape, float(not name.endswith(".slope"))).numpy()
            for name, shape in exported.switches.items()
        }

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        (logits,) = self._run(["logits"], {"input": x.contiguous().numpy(), **self._on})
        return torch.from_numpy(logits)


def page_export(model: nn.Module | None = None) -> OnnxNetwork:
    """Export the lab network as the page has it: small weights, with switches."""
    return export_onnx(model or load_pretrained("lab"), weights=WEIGHTS, switches=True)


def measure_page_network(data: ImageData) -> dict[str, Any]:
    """Measure what the page's file scores on the validation part of `data`.

    Returns
    -------
    dict
        Fractions ``single_view`` and ``top5`` of the file, ``shipped`` of the shipped weights in
        PyTorch on the same images, and what was measured: ``data``, ``images``, ``weights``,
        ``digest`` of the stored numbers, ``bytes`` of the file.
    """
    model = load_pretrained("lab")
    exported = page_export(model)
    found, full = score(OnnxModule(exported, model), data), score(model, data)
    return {
        "weights": WEIGHTS,
        "digest": digest(exported),
        "bytes": len(exported.data),
        "data": {"name": data.name, "fingerprint": data.fingerprint},
        "images": found.images,
        "single_view": found.single_view,
        "top5": found.top5,
        "shipped": full.single_view,
    }


def digest(exported: OnnxNetwork) -> str:
    """Return the SHA-256 of the stored numbers, whatever else the file says."""
    state = hashlib.sha256()
    for name, at in sorted(exported.stored.items()):
        count = int(torch.Size(at.shape).numel())
        width = int(at.dtype[-1])
        state.update(name.encode() + exported.data[at.offset : at.offset + count * width])
    return state.hexdigest()


def page_record() -> dict[str, Any]:
    """Return what `measure_page_network` found for the shipped weights."""
    with as_file(files("alexnet_lab.models") / "trained" / RECORD) as path:
        if not path.is_file():
            raise UserError("this version ships no record of the network in the page")
        return json.loads(path.read_text(encoding="utf-8"))
