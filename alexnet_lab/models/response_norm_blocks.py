"""The two spellings of local response normalisation: plain operators, and blocks.

Spelt plainly, each step of the formula walks through all maps in main memory, and the power is the
slowest walk. In `blocked`

* a block of the batch that fits the cache goes through all steps before the next one is touched;
* the window is a sum of shifted copies of one padded buffer: nothing is subtracted, so nothing
  cancels, and one code serves NCHW (shift by a map) and channels_last (shift by an element);
* the gradient is the closed form, which computes the denominator again instead of keeping it: only
  the input is remembered between forward and backward;
* u^(-3/4) is two reciprocal square roots, not a power.

Arguments are those of `alexnet_lab.models.response_norm.local_response_norm`, already checked, with
``scale`` for α'.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

# Elements of a block for each thread, so that its buffers (four of these, in float32) stay in the
# second and third level of the cache. Smaller blocks are no faster, and make the threads wait for
# each other more often, which is dear on a machine that has other work.
_BLOCK = 2**19


def plain(x: Tensor, size: int, scale: float, beta: float, k: float, groups: int) -> Tensor:
    """Spell the formula in differentiable operators that every exporter knows."""
    a = _widened(x)
    u = k + scale * _plain_window(a * a, size // 2, size, groups)
    return (a * u.pow(-beta)).to(x.dtype)


def _plain_window(z: Tensor, before: int, size: int, groups: int) -> Tensor:
    """Sum `size` adjacent channels of a tower, beginning `before` channels earlier."""
    towers = z.unflatten(1, (groups, -1)).flatten(3)  # (N, groups, C / groups, places)
    channels = towers.shape[2]
    padded = F.pad(towers, (0, 0, before, size - 1 - before))
    total = padded.narrow(2, 0, channels)
    for shift in range(1, size):
        total = total + padded.narrow(2, shift, channels)
    return total.reshape(z.shape)


def blocked(x: Tensor, size: int, scale: float, beta: float, k: float, groups: int) -> Tensor:
    """Compute it block by block, with the gradient in closed form; twice differentiable."""
    result: Tensor = _Blocked.apply(x, size, scale, beta, k, groups)
    return result


class _Blocked(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, size: int, scale: float, beta: float, k: float, groups: int) -> Tensor:
        x = _dense(x)
        y = torch.empty_like(x)
        squares = _Window(x, size, groups, before=size // 2, margin=k / size)
        for source, target in zip(_blocks(x, groups), _blocks(y, groups), strict=True):
            a = _widened(source)
            b = target if target.dtype == a.dtype else a  # half precision: in place, then round
            _times_power(a, _denominator(squares, a, scale), beta, out=b)
            if b is not target:
                target.copy_(b)
        return y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, *ctx.constants = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        # With u = k + α' Σ a² and s = u^-β:  ∂b_j/∂a_i = s_i [i = j] − 2 α' β a_i a_j s_j / u_j
        # for i in the window of j. Seen from i, these j are the window mirrored.
        (x,) = ctx.saved_tensors
        size, scale, beta, k, groups = ctx.constants
        factor = -2 * scale * beta
        before, after = size // 2, (size - 1) // 2
        if torch.is_grad_enabled():  # create_graph=True: the gradient shall be differentiable
            a = _widened(x)
            u = k + scale * _plain_window(a * a, before, size, groups)
            direct = grad * u.pow(-beta)
            indirect = a * _plain_window(direct * a / u, after, size, groups)
            return (direct + factor * indirect).to(x.dtype), None, None, None, None, None
        x = _dense(x)
        dx = torch.empty_like(x)
        if grad.stride() != x.stride():
            grad = torch.empty_like(x).copy_(grad)
        squares = _Window(x, size, groups, before, margin=k / size)
        terms = _Window(x, size, groups, after, margin=0.0)
        terms.total = squares.total  # by then u is used up, and its place is in the cache
        blocks = (_blocks(tensor, groups) for tensor in (x, grad, dx))
        for source, slope, target in zip(*blocks, strict=True):
            a, g = _widened(source), _widened(slope)
            d = target if target.dtype == g.dtype else g
            u = _denominator(squares, a, scale)
            term = torch.div(a, u.rows, out=terms.rows(len(a)))
            _times_power(g, u, beta, out=d)
            term.mul_(d)
            d.addcmul_(a, terms.sum(len(a)).rows, value=factor)
            if d is not target:
                target.copy_(d)
        return dx, None, None, None, None, None


class _Sum(NamedTuple):
    rows: Tensor  # (block, groups, channels, places), a view into flat
    flat: Tensor  # contiguous: rows and what lies between them


class _Window:
    """Sums over `size` adjacent channels, for one block of rows at a time.

    The rows lie in one flat buffer with margins between them. So a shift of the whole buffer is a
    shift of each row, and what falls over the end of a row falls on its margin.
    """

    def __init__(self, x: Tensor, size: int, groups: int, before: int, margin: float) -> None:
        block, groups, channels, places = next(_blocks(x, groups)).shape
        buffer = _widened(x.new_empty(block, groups, channels + size - 1, places))
        self.padded = torch.full_like(buffer, margin)
        self.total = buffer
        self.margin = buffer.new_full((), margin)
        self.size, self.before, self.channels = size, before, channels

    def rows(self, block: int) -> Tensor:
        """Return the place for what is to be summed, (block, groups, channels, places)."""
        return self.padded[:block].narrow(2, self.before, self.channels)

    def sum(self, block: int) -> _Sum:
        """Sum over the windows; the next call overwrites the result."""
        padded, total = self.padded[:block].view(-1), self.total[:block]
        places = total.shape[3]
        reach = (self.size - 1) * places
        flat = total.view(-1)[: len(padded) - reach]
        shifted = [padded[shift : shift + len(flat)] for shift in range(0, reach + 1, places)]
        if self.size == 1:
            flat.copy_(padded)
        else:
            torch.add(shifted[0], shifted[1], out=flat)
        for terms in shifted[2:]:
            flat.add_(terms)
        return _Sum(total.narrow(2, 0, self.channels), flat)


def _denominator(squares: _Window, a: Tensor, scale: float) -> _Sum:
    """Return u = k + α' Σ a²; each of the `size` terms, margins too, brings its share of k."""
    torch.addcmul(squares.margin, a, a, value=scale, out=squares.rows(len(a)))
    return squares.sum(len(a))


def _times_power(values: Tensor, u: _Sum, beta: float, out: Tensor) -> None:
    """Set `out` to values · u^-β, and use up `u`."""
    if beta == 0.75:
        u.flat.rsqrt_()  # u^(-1/2)
        torch.mul(values, u.rows, out=out)
        u.flat.rsqrt_()  # u^(1/4)
        out.div_(u.rows)
    else:
        u.flat.pow_(-beta)
        torch.mul(values, u.rows, out=out)


def _widened(x: Tensor) -> Tensor:
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _dense(x: Tensor) -> Tensor:
    """Return `x` without gaps, its channels either just after the batch or last."""
    if x.is_contiguous() or x.movedim(1, -1).is_contiguous():
        return x
    return x.contiguous()


def _blocks(x: Tensor, groups: int) -> Iterator[Tensor]:
    """Cut dense `x` into views (block, groups, C / groups, places) that fit the cache."""
    if x.is_contiguous():
        rows = x.view(x.shape[0], groups, x.shape[1] // groups, -1)
    else:  # channels last: each place is a row of its own
        rows = x.movedim(1, -1).view(-1, groups, x.shape[1] // groups, 1)
    block = len(rows)
    if x.device.type == "cpu":  # a GPU has no use for blocks
        block = max(1, _BLOCK * torch.get_num_threads() // rows[0].numel())
    return iter(rows.split(block))
