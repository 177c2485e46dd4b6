"""What there is to compute with: asked once, at the beginning of a chapter."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..errors import UserError
from .modes import choose_device

# From this generation on (Ampere) a GPU computes bfloat16 as fast as float16. Older ones, such as
# Colab's T4 (7.5), imitate it slowly.
_BF16_SINCE = (8, 0)


@dataclass(frozen=True)
class Hardware:
    """The device of a session, and how to use it; made by `hardware`.

    Attributes
    ----------
    device : str
        "cuda:0" or "cpu": what `TrainConfig`, `alexnet_lab.data.Batches` and ``.to()`` take.
    name : str
        The GPU's, as its driver tells; "" on a processor.
    memory : int
        Bytes of the GPU; 0 on a processor.
    count : int
        How many GPUs there are.
    precision : str
        For `TrainConfig`: "bf16" on a GPU that is made for it, "fp16" on an older one, "float32"
        on a processor.
    """

    device: str
    name: str = ""
    memory: int = 0
    count: int = 0
    precision: str = "float32"

    @property
    def gpu(self) -> bool:
        """Whether there is one."""
        return self.device != "cpu"

    @property
    def pair(self) -> tuple[str, str]:
        """A device for each of two towers: two GPUs where there are two, else the same twice."""
        return ("cuda:0", "cuda:1") if self.count > 1 else (self.device, self.device)

    def __repr__(self) -> str:
        if not self.gpu:
            return "on the processor (cpu), in float32"
        others = "" if self.count < 2 else f", the first of {self.count}"
        return f"{self.device}, {self.name}, {self.memory / 1e9:.0f} GB{others}; {self.precision}"


def hardware(wish: str = "auto", *, precision: str = "auto") -> Hardware:
    """Find out what there is to compute with.

    Parameters
    ----------
    wish : str
        "auto" takes a GPU if there is one; "cpu" or "cuda:1" asks for that.
    precision : str
        "auto" takes what the GPU trains fastest in. "float32" asks for float32 proper, for looking
        at a trained network: also from Ampere on, where cuDNN would round the factors to ten bits
        (TF32), a network then answers what it answers on a processor, within 1e-4.

    Returns
    -------
    Hardware
        Its repr says in a line what was found.

    Raises
    ------
    UserError
        For a device that is not there, or another precision.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.training.hardware("cpu")
    on the processor (cpu), in float32
    """
    if precision not in ("auto", "float32"):
        raise UserError(f"unknown precision {precision!r}; known: auto, float32")
    if precision == "float32":
        torch.backends.cudnn.allow_tf32 = False
    device = choose_device(wish)
    if device.type != "cuda":
        return Hardware(str(device))
    device = torch.device(f"cuda:{device.index or 0}")
    about = torch.cuda.get_device_properties(device)
    if precision == "auto":
        precision = "bf16" if (about.major, about.minor) >= _BF16_SINCE else "fp16"
    return Hardware(
        str(device),
        about.name,
        about.total_memory,
        torch.cuda.device_count(),
        precision,
    )
