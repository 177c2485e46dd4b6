"""Local response normalisation (§3.3 of the paper), without the brake.

b_i = a_i / (k + α' Σ_j a_j²)^β, summed over ``size`` adjacent maps at the same place.

The values and gradients are those of ``torch.nn.LocalResponseNorm``; the time is not. Spelt
plainly, each step of the formula walks through all maps in main memory, and the power is the
slowest walk of all. Here

* a block of the batch that fits the cache goes through all steps before the next block is touched;
* the window is a sum of shifted copies of one padded buffer: nothing is subtracted, so nothing
  cancels, and one code serves NCHW (shift by a map) and channels_last (shift by an element);
* the gradient is the closed form. It computes the denominator again instead of keeping it, so that
  only the input is remembered between forward and backward;
* x^(-3/4) is two reciprocal square roots, not a power.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from alexnet_lab.errors import UserError

# Elements a block. Half of it a core, times the four buffers in use, stays near the second-level
# cache; much less, and the overhead of calling an operator shows.
_BLOCK = 2**18

_HALF = (torch.float16, torch.bfloat16)  # computed in float32


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
        Activations; at least three dimensions, channels in the second (as torch has it). float16
        and bfloat16 are computed in float32.
    size : int
        n, the number of adjacent maps in the window: for map i those from ``i - n // 2`` to
        ``i + (n - 1) // 2`` that exist, as in torch. For odd n this is the paper's window; for
        even n the paper's formula runs to ``i + n // 2`` and so counts n + 1 maps.
    alpha, beta, k : float
        Constants of the formula. The paper's are 1e-4, 0.75 and 2.
    groups : int
        Towers: the window does not reach from one into another. In 2012 there were two, of 48 maps
        each in conv1 (``layers-145.cfg:35-45``).
    divide_alpha : bool
        True: α' = alpha / size, as in torch and in the 2012 source (``layer.py:1183``).
        False: α' = alpha, the formula of §3.3 read literally.

    Returns
    -------
    Tensor
        Shape, dtype and memory format of `x`, also under autocast.

    Raises
    ------
    UserError
        If a size is below one, the channels do not divide into `groups`, or `x` is not a batch of
        floating-point maps.
    """
    _check(size, groups)
    if x.dim() < 3:
        raise UserError(f"a response norm needs (N, C, ...) maps, not shape {tuple(x.shape)}")
    if not x.is_floating_point():
        raise UserError(f"a response norm needs floating-point maps, not {x.dtype}; use x.float()")
    if x.shape[1] % groups:
        raise UserError(f"{x.shape[1]} channels do not divide into groups={groups} towers")
    if x.numel() == 0:
        return x
    scale = alpha / size if divide_alpha else alpha
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or torch.onnx.is_in_onnx_export():
        # A compiler fuses plain operators better than blocks, and an exported graph has no blocks.
        return _plain(x, size, scale, beta, k, groups)
    return _BlockedResponseNorm.apply(x, size, scale, beta, k, groups)


class LocalResponseNorm(nn.Module):
    """Local response normalisation as a layer; see `local_response_norm` for shapes and errors.

    Parameters
    ----------
    size, alpha, beta, k
        Constants of the formula in §3.3; the defaults are the paper's.
    groups : int
        Towers that do not see each other: 2 for the net of 2012, where C = 96 means two times 48.
    divide_alpha : bool
        Whether alpha is divided by `size` (torch, the 2012 source) or not (the paper's formula).

    Examples
    --------
    >>> import torch
    >>> LocalResponseNorm(size=1, alpha=1.0, beta=1.0, k=1.0)(torch.ones(1, 2, 1)).flatten()
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
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
        self.groups = groups
        self.divide_alpha = divide_alpha

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `x`, shape (N, C, ...), to the same shape, dtype and memory format."""
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
        if self.groups != 1:
            text += f", groups={self.groups}"
        return text if self.divide_alpha else f"{text}, divide_alpha=False"


def _check(size: int, groups: int) -> None:
    if size < 1:
        raise UserError(f"size={size} is no window of maps; give at least 1 (the paper's is 5)")
    if groups < 1:
        raise UserError(f"groups={groups} towers cannot be; give at least 1")


def _plain(x: Tensor, size: int, scale: float, beta: float, k: float, groups: int) -> Tensor:
    """Spell the formula in differentiable operators that every exporter knows."""
    a = x.float() if x.dtype in _HALF else x
    denominator = k + scale * _plain_window(a * a, size // 2, size, groups)
    return (a * denominator.pow(-beta)).to(x.dtype)


def _plain_window(z: Tensor, before: int, size: int, groups: int) -> Tensor:
    """Sum `size` adjacent channels, beginning `before` channels earlier, within each group."""
    towers = z.unflatten(1, (groups, -1)).flatten(3)  # (N, groups, C / groups, places)
    channels = towers.shape[2]
    padded = F.pad(towers, (0, 0, before, size - 1 - before))
    total = padded.narrow(2, 0, channels)
    for shift in range(1, size):
        total = total + padded.narrow(2, shift, channels)
    return total.reshape(z.shape)


class _BlockedResponseNorm(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, size: int, scale: float, beta: float, k: float, groups: int) -> Tensor:
        x = _dense(x)
        y = torch.empty_like(x)
        squares = _Window(x, groups, size, size // 2, margin=k / size)
        for a, b in zip(_blocks(x, groups), _blocks(y, groups), strict=True):
            maps = a.to(squares.dtype)
            out = b if b.dtype == maps.dtype else maps
            u = _denominator(squares, maps, scale)
            _times_power(maps, u, beta, out)
            if out is maps:
                b.copy_(out)
        return y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, *ctx.constants = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        # With u = k + α' Σ a² and s = u^-β:  ∂b_j/∂a_i = s_i [i = j] - 2 α' β a_i a_j s_j / u_j
        # for i in the window of j. Seen from i, those j are the window mirrored.
        (x,) = ctx.saved_tensors
        size, scale, beta, k, groups = ctx.constants
        factor = -2 * scale * beta
        before, after = size // 2, (size - 1) // 2
        if torch.is_grad_enabled():  # someone wants second derivatives
            u = k + scale * _plain_window(x * x, before, size, groups)
            direct = grad * u.pow(-beta)
            indirect = x * _plain_window(direct * x / u, after, size, groups)
            return direct + factor * indirect, None, None, None, None, None
        x = _dense(x)
        dx = torch.empty_like(x)
        if grad.stride() != x.stride():
            grad = torch.empty_like(x).copy_(grad)
        squares = _Window(x, groups, size, before, margin=k / size)
        terms = _Window(x, groups, size, after, margin=0.0)
        blocks = (_blocks(t, groups) for t in (x, grad, dx))
        for a, g, d in zip(*blocks, strict=True):
            maps, slope = a.to(squares.dtype), g.to(squares.dtype)
            out = d if d.dtype == slope.dtype else slope
            u = _denominator(squares, maps, scale)
            term = torch.div(maps, u.rows, out=terms.rows(len(maps)))
            _times_power(slope, u, beta, out)
            term.mul_(out)
            indirect = terms.sum(len(maps))
            out.addcmul_(maps, indirect.rows, value=factor)
            if out is slope:
                d.copy_(out)
        return dx, None, None, None, None, None


class _Total(NamedTuple):
    """Sums of a window: `rows` (block, groups, channels, places) is a view into `flat`."""

    rows: Tensor
    flat: Tensor


class _Window:
    """Sums over `size` adjacent channels, for one block of rows at a time.

    The rows lie in one flat buffer with margins between them. A shift of the whole buffer is then a
    shift of each row, and what falls over a row's end falls on a margin.
    """

    def __init__(self, x: Tensor, groups: int, size: int, before: int, *, margin: float) -> None:
        block, groups, channels, places = next(_blocks(x, groups)).shape
        self.dtype = torch.float32 if x.dtype in _HALF else x.dtype
        shape = (block, groups, channels + size - 1, places)
        self.padded = x.new_full(shape, margin, dtype=self.dtype)
        self.total = x.new_empty(shape, dtype=self.dtype)
        self.size, self.before, self.channels, self.margin = size, before, channels, margin

    def rows(self, block: int) -> Tensor:
        """Return the place for what is to be summed, (block, groups, channels, places)."""
        return self.padded[:block].narrow(2, self.before, self.channels)

    def sum(self, block: int) -> _Total:
        """Sum the rows; the result is overwritten by the next call."""
        padded, total = self.padded[:block].view(-1), self.total[:block]
        places = total.shape[3]
        length = padded.numel() - (self.size - 1) * places
        flat = total.view(-1)[:length]
        if self.size == 1:
            flat.copy_(padded)
        else:
            torch.add(padded[:length], padded[places : places + length], out=flat)
        for shift in range(2 * places, self.size * places, places):
            flat.add_(padded[shift : shift + length])
        return _Total(total.narrow(2, 0, self.channels), flat)


def _denominator(squares: _Window, maps: Tensor, scale: float) -> _Total:
    """Return u = k + α' Σ a²: each of the `size` terms, margins too, brings its share of k."""
    share = squares.padded.new_tensor(squares.margin)
    torch.addcmul(share, maps, maps, value=scale, out=squares.rows(len(maps)))
    return squares.sum(len(maps))


def _times_power(values: Tensor, u: _Total, beta: float, out: Tensor) -> None:
    """Set `out` to values · u^-β; `u` is used up."""
    if beta == 0.75:
        u.flat.rsqrt_()  # u^(-1/2)
        torch.mul(values, u.rows, out=out)
        u.flat.rsqrt_()  # u^(1/4)
        out.div_(u.rows)
    else:
        u.flat.pow_(-beta)
        torch.mul(values, u.rows, out=out)


def _dense(x: Tensor) -> Tensor:
    """Return `x` with channels either just after the batch or last, without gaps."""
    if x.is_contiguous() or x.movedim(1, -1).is_contiguous():
        return x
    return x.contiguous()


def _blocks(x: Tensor, groups: int) -> Iterator[Tensor]:
    """Cut dense `x` into views (block, groups, channels of a group, places) that fit the cache."""
    if x.is_contiguous():
        rows = x.view(x.shape[0], groups, x.shape[1] // groups, -1)
    else:  # channels last: each place is a row of its own
        rows = x.movedim(1, -1).view(-1, groups, x.shape[1] // groups, 1)
    block = max(1, _BLOCK // rows[0].numel()) if x.device.type == "cpu" else len(rows)
    return iter(rows.split(block))
