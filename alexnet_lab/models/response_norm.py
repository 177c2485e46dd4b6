"""Local response normalisation (§3.3 of the paper), without the brake.

b_i = a_i / (k + α' Σ_j a_j²)^β, summed over ``size`` adjacent maps at the same place.

Values and gradients are those of ``torch.nn.LocalResponseNorm``. How they come at a fraction of its
time is told in ``response_norm_blocks``; ``benchmarks/response_norm.py`` measures it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UserError
from .response_norm_blocks import blocked, plain


def local_response_norm(
    x: Tensor,
    size: int = 5,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 2.0,
    *,
    groups: int = 1,
    divide_alpha: bool = True,
) -> Tensor:
    """Divide each activation by the energy of its neighbours in adjacent maps.

    Parameters
    ----------
    x : Tensor, shape (N, C, ...)
        Maps: at least three dimensions, the second of them channels, as in torch. float16 and
        bfloat16 are computed in float32.
    size : int
        n, the number of adjacent maps in a window: for map i those from ``i - n // 2`` to
        ``i + (n - 1) // 2`` that exist, as in torch. For odd n this is the paper's window; for
        even n the paper's formula runs to ``i + n // 2`` and so counts n + 1 maps.
    alpha, beta, k : float
        Constants of the formula. The paper's are 1e-4, 0.75 and 2.
    groups : int
        Towers: no window reaches from one into another. In 2012 there were two, of 48 maps each
        in conv1 (``layers-145.cfg:35-45``).
    divide_alpha : bool
        True: α' = alpha / size, as in torch and in the 2012 source (``layer.py:1183``).
        False: α' = alpha, the formula of §3.3 read literally.

    Returns
    -------
    Tensor
        Of the shape, dtype and memory format of `x`, also under autocast.

    Raises
    ------
    UserError
        If `size` or `groups` is below one, the channels cannot be shared out among the towers, or
        `x` is not a batch of floating-point maps.
    """
    _check(size, groups)
    if x.dim() < 3 or not x.is_floating_point():
        raise UserError(
            f"a response norm needs floating-point maps (N, C, ...), not {x.dtype} of shape "
            f"{tuple(x.shape)}"
        )
    if x.shape[1] % groups:
        raise UserError(f"{x.shape[1]} maps cannot be shared out among groups={groups} towers")
    scale = alpha / size if divide_alpha else alpha
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or torch.onnx.is_in_onnx_export():
        # A compiler fuses plain operators better than we do; an exported graph should have no loop.
        return plain(x, size, scale, beta, k, groups)
    if x.numel() == 0:
        return x
    return blocked(x, size, scale, beta, k, groups)


class LocalResponseNorm(nn.Module):
    """Local response normalisation as a layer; see `local_response_norm` for shapes and errors.

    Parameters
    ----------
    size, alpha, beta, k
        Constants of the formula in §3.3; the defaults are the paper's.
    groups : int
        Towers that do not see each other: 2 in the net of 2012, whose 96 maps are two times 48.
    divide_alpha : bool
        Whether alpha is divided by `size` (torch, the 2012 source) or not (the paper's formula).

    Examples
    --------
    >>> import torch
    >>> import alexnet_lab as al
    >>> norm = al.models.LocalResponseNorm(size=1, alpha=1.0, beta=1.0, k=1.0)
    >>> norm(torch.ones(1, 2, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 2.0,
        *,
        groups: int = 1,
        divide_alpha: bool = True,
    ) -> None:
        super().__init__()
        _check(size, groups)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k
        self.groups, self.divide_alpha = groups, divide_alpha

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `x`, (N, C, ...), to the same shape, dtype and memory format."""
        return local_response_norm(
            x,
            self.size,
            self.alpha,
            self.beta,
            self.k,
            groups=self.groups,
            divide_alpha=self.divide_alpha,
        )

    def extra_repr(self) -> str:
        """Return the constants, for ``print(model)``."""
        text = f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
        text += f", groups={self.groups}" if self.groups != 1 else ""
        return text if self.divide_alpha else f"{text}, divide_alpha=False"


def _check(size: int, groups: int) -> None:
    if size < 1 or groups < 1:
        raise UserError(f"size={size} and groups={groups} must be at least 1; the paper: 5 and 2")
