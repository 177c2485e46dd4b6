"""bfloat16 on a processor that has no instructions for it: the same rounding, a tenth of the time.

Such a processor multiplies bfloat16 matrices one number after the other. Numbers of bfloat16 are
also float32 numbers, and where the instructions exist they add up in float32, too: so factors are
widened, multiplied in float32 and only the result is rounded. It differs from the instructions in
the order of the sums, which no two processors share.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

_OPS = torch.ops.aten
# conv2d, linear and matmul arrive whole in inference mode, and in parts where gradients are needed.
_PRODUCTS = {
    _OPS.conv2d.default,
    _OPS.convolution.default,
    _OPS.convolution_backward.default,
    _OPS.linear.default,
    _OPS.matmul.default,
    _OPS.addmm.default,
    _OPS.mm.default,
    _OPS.bmm.default,
}


class _RoundedProducts(TorchDispatchMode):
    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        narrow = func in _PRODUCTS and any(
            isinstance(x, Tensor) and x.dtype == torch.bfloat16 for x in args
        )
        if not narrow:
            return func(*args, **kwargs)
        wide = tree_map_only(Tensor, Tensor.float, args)
        return tree_map_only(Tensor, Tensor.bfloat16, func(*wide, **kwargs))


def has_bf16() -> bool:
    """Tell whether this processor multiplies matrices in bfloat16 as fast as in float32."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def fast_bf16(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    """Return the context in which products in "bf16" are fast on `device`, gradients included.

    It changes nothing on a GPU, for another precision, or on a processor with the instructions.
    """
    if device.type == "cpu" and precision == "bf16" and not has_bf16():
        return _RoundedProducts()
    return nullcontext()
