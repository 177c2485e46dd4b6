"""Maps of important pixels of sample photographs, of a network whose weights are not here."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..analysis import Attribution
from ..analysis.cautions import CAUTIONS
from ..errors import UserError
from ..files import atomic_write, json_text
from .answers import Answering, as_small, recorded_answers, untrained_like, with_recorded_head
from .deletions import CHEAP, METHODS, heat_of

PHOTOGRAPHS = ("coffee", "cat")
SIDE = 114  # of a stored map: half of the input's
PICTURE, RECORD = "marked.png", "marked.json"
_KEYS = {"Grad-CAM": "gradcam", "guided Grad-CAM": "guided gradcam"}


def write_marked(stack: Any, out: Path) -> Path:
    """Record maps of the first guess of a conv stack with the recorded linear layer.

    Beside each map stands that of a network with random convolutional layers and the same linear
    layer, for the same class.

    Parameters
    ----------
    stack : torch.nn.Module
        From `load_pretrained`.
    out : pathlib.Path
        The folder of the record; gets a picture, half the input's side for each map, and a JSON.
    """
    made, size = with_recorded_head(stack), recorded_answers().size
    head: Any = made.classifier[-1]
    random = Answering(untrained_like(stack), head, made.classes)
    methods = {name: METHODS[name] for name in CHEAP}
    rows, about = [], {}
    for name in PHOTOGRAPHS:
        x = as_small(made, name, size)
        with torch.inference_mode():
            logits = made(x[None])[0]
        first = int(logits.argmax())
        about[name] = [made.classes[first], first, round(float(logits[first]), 3)]
        for network in (made, random):
            found = heat_of(network, x, first, methods)
            rows.append(torch.cat([_small(heat) for heat in found.values()], 1))
    with atomic_write(out / PICTURE) as scratch:
        Image.fromarray(torch.cat(rows).numpy()).save(scratch, "PNG", optimize=True)
    record = {"version": 1, "photographs": about, "methods": CHEAP, "side": SIDE}
    with atomic_write(out / RECORD) as scratch:
        scratch.write_text(json_text(record, "the record") + "\n", encoding="utf-8")
    return out / RECORD


def recorded_maps(name: str, *, untrained: bool = False) -> dict[str, Attribution]:
    """Return which pixels of a sample photograph ``bvlc_alexnet`` looked at, by four methods.

    Parameters
    ----------
    name : str
        ``"coffee"`` or ``"cat"``.
    untrained : bool
        Of random convolutional layers instead, for the same class.

    Returns
    -------
    dict of str to Attribution
        By method: absolute values in shares of the greatest, (1, 1, 114, 114), of the class that
        `recorded_answers` names first.

    Raises
    ------
    UserError
        When there are no maps of this photograph.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> maps = al.atlas.recorded_maps("coffee")
    >>> tuple(maps["Grad-CAM"].values.shape)
    (1, 1, 114, 114)
    """
    folder = files("alexnet_lab.atlas") / "recorded"
    about = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    known = list(about["photographs"])
    if name not in known:
        raise UserError(f"no recorded maps of {name!r}; known: {', '.join(known)}")
    with (folder / PICTURE).open("rb") as file:
        sheet = torch.from_numpy(np.array(Image.open(file))).float() / 255
    _, target, score = about["photographs"][name]
    row = sheet.split(about["side"])[2 * known.index(name) + int(untrained)]
    found = {}
    for method, heat in zip(about["methods"], row.split(about["side"], 1), strict=True):
        key = _KEYS.get(method, method)
        found[method] = Attribution(
            heat[None, None], key, torch.tensor([target]), torch.tensor([score]), CAUTIONS[key]
        )
    return found


def _small(heat: Tensor) -> Tensor:
    """Return a map at half its side, in 0–255; the brightest half per cent of pixels is white."""
    small = F.interpolate(heat[None, None], (SIDE, SIDE), mode="area")[0, 0]
    top = small.flatten().kthvalue(round(0.995 * small.numel())).values.clamp_min(1e-30)
    return (255 * small / top).clamp(0, 255).round().to(torch.uint8)
