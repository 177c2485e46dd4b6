"""The least time that a training step can take on a GPU, from its data sheet.

A pass of a layer computes, and it fetches and stores what it computes with. It takes at least as
long as the slower of the two would: its operations at the peak of the arithmetic, its bytes at the
peak of the memory (the roofline of Williams, Waterman and Patterson, 2009). No program is faster.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UserError
from .table_text import LayerTable
from .work import BYTES, passes, update_bytes


@dataclass(frozen=True)
class Accelerator:
    """A GPU as its maker's data sheet describes it.

    Attributes
    ----------
    name : str
        As Colab and others call it.
    flops_16, flops_32 : float
        Operations a second at the most, of matrix products in 16 bits (without sparsity) and in
        float32; a multiplication and an addition are two.
    bandwidth : float
        Bytes a second between memory and chip, at the most.
    memory : float
        Bytes.
    bf16 : bool
        Whether its fast 16 bits may be bfloat16; else they are float16 alone.
    source : str
        Address of the data sheet.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> [(gpu.name, gpu.bf16) for gpu in al.analysis.ACCELERATORS]
    [('T4', False), ('L4', True), ('A100', True)]
    """

    name: str
    flops_16: float
    flops_32: float
    bandwidth: float
    memory: float
    bf16: bool
    source: str


#: The GPUs that Colab lends. Peaks are the data sheets'; for 16 bits those without sparsity.
ACCELERATORS = (
    Accelerator(
        *("T4", 65e12, 8.1e12, 320e9, 16e9, False),
        "https://www.nvidia.com/en-us/data-center/tesla-t4/",
    ),
    Accelerator(
        # The sheet has 242 · 10¹² with sparsity, half of it without.
        *("L4", 121e12, 30.3e12, 300e9, 24e9, True),
        "https://www.nvidia.com/en-us/data-center/l4/",
    ),
    Accelerator(
        # The card with 40 GB, the one that Colab lends.
        *("A100", 312e12, 19.5e12, 1555e9, 40e9, True),
        "https://www.nvidia.com/en-us/data-center/a100/",
    ),
)


def least_step_seconds(
    table: LayerTable, batch: int, gpu: Accelerator, precision: str = "fp16"
) -> float:
    """Return the least time that one training step can take on a GPU.

    Parameters
    ----------
    table : LayerTable
        The network's.
    batch : int
        Images in the step.
    gpu : Accelerator
        For instance one of `ACCELERATORS`.
    precision : {"fp16", "bf16", "float32"}
        Of convolutions and products. The update reads and writes float32 in any case.

    Returns
    -------
    float
        Seconds: the passes' least times added up, for a program that runs them one after the
        other, and the update's. Predicted, not measured; feeding the GPU is not counted.

    Raises
    ------
    UserError
        For an unknown precision, or no image.

    Notes
    -----
    Operations and bytes are those of `alexnet_lab.analysis.work`; the roofline is that of
    Williams, Waterman and Patterson (2009), https://doi.org/10.1145/1498765.1498785.

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> with torch.device("meta"):  # shapes alone
    ...     table = al.layer_table(al.models.alexnet_2012())
    >>> for gpu in al.analysis.ACCELERATORS:
    ...     seconds = al.analysis.least_step_seconds(table, 128, gpu)
    ...     print(f"{gpu.name:5}{1e3 * seconds:.0f} ms")
    T4   18 ms
    L4   16 ms
    A100 4 ms
    """
    if precision not in ("fp16", "bf16", "float32"):
        raise UserError(f"unknown precision {precision!r}; known: fp16, bf16, float32")
    if batch < 1:
        raise UserError(f"batch {batch} must be at least 1")
    wide = precision == "float32"
    peak, factor = (gpu.flops_32, 4 / BYTES) if wide else (gpu.flops_16, 1.0)
    least = sum(
        max(work.flop / peak, factor * work.bytes / gpu.bandwidth) for work in passes(table, batch)
    )
    return least + update_bytes(table.total_parameters) / gpu.bandwidth
