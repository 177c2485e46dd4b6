"""The two spellings of local response normalisation: plain operators, and blocks.

Spelt plainly, each step of the formula walks through all maps in main memory, and the power is the
slowest walk. In `blocked`

* a block of the batch that fits the cache goes through all steps before the next one is touched, in
  buffers that are made once a call;
* the window is a sum of shifted copies of one padded buffer: nothing is subtracted, so nothing
  cancels, and one code serves NCHW (shift by a map) and channels_last (shift by an element). It
  grows by doubling: three sums make a window of five;
* the gradient is the closed form, which computes the denominator again instead of keeping it: only
  the input is remembered between forward and backward;
* u^(-3/4) is a reciprocal square root times its own square root, not a power.

Arguments are those of `alexnet_lab.models.response_norm.local_response_norm`, already checked, with
``scale`` for α'.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

# Elements of a block for each thread, so that its buffers (six of these, in float32) stay in the
# second level of the cache. In smaller blocks the threads wait for each other more often.
_BLOCK = 2**16


def plain(x: Tensor, size: int, scale: float, beta: float, k: float, groups: int) -> Tensor:
    """Spell the formula in differentiable operators that every exporter knows."""
    a = x.to(_wide(x.dtype))
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
        widened = _Widened(x)
        squares = cache(partial(_Window, like=x, size=size, before=size // 2, margin=k / size))
        for source, target in zip(_blocks(x, groups), _blocks(y, groups), strict=True):
            a = widened(source)
            u = _denominator(squares(source.shape), a, scale)
            _power(u, beta)
            if target.dtype == a.dtype:
                torch.mul(a, u.rows, out=target)
            else:
                target.copy_(a.mul_(u.rows))  # rounded once, at the end
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
            a = x.to(_wide(x.dtype))
            u = k + scale * _plain_window(a * a, before, size, groups)
            direct = grad * u.pow(-beta)
            indirect = a * _plain_window(direct * a / u, after, size, groups)
            return (direct + factor * indirect).to(x.dtype), None, None, None, None, None
        x = _dense(x)
        dx = torch.empty_like(x)
        if grad.stride() != x.stride():
            grad = torch.empty_like(x).copy_(grad)
        widened, widened_slope = _Widened(x), _Widened(x)
        window = partial(_Window, like=x, size=size)
        squares = cache(partial(window, before=before, margin=k / size))
        # By then u is used up, and its place is in the cache.
        terms = cache(
            lambda shape: window(shape, before=after, margin=0.0, scratch=squares(shape).scratch)
        )
        blocks = (_blocks(tensor, groups) for tensor in (x, grad, dx))
        for source, slope, target in zip(*blocks, strict=True):
            a, g = widened(source), widened_slope(slope)
            d = target if target.dtype == g.dtype else g
            u = _denominator(squares(source.shape), a, scale)
            term = terms(source.shape)
            torch.div(a, u.rows, out=term.rows)
            _power(u, beta)
            torch.mul(g, u.rows, out=d)
            term.rows.mul_(d)
            d.addcmul_(a, term.sum().rows, value=factor)
            if d is not target:
                target.copy_(d)
        return dx, None, None, None, None, None


class _Sum(NamedTuple):
    rows: Tensor  # (block, groups, channels, places), a view into flat
    flat: Tensor  # contiguous: rows and what lies between them
    spare: Tensor  # of flat's shape, free for what is made of it


class _Window:
    """Sums over `size` adjacent channels, for blocks of one shape, one at a time.

    The rows lie in one flat buffer with margins between them. So a shift of the whole buffer is a
    shift of each row, and what falls over the end of a row falls on its margin.
    """

    def __init__(
        self,
        shape: torch.Size,
        like: Tensor,
        size: int,
        before: int,
        margin: float,
        scratch: tuple[Tensor, Tensor] | None = None,
    ) -> None:
        block, groups, channels, places = shape
        padded = like.new_full(
            (block, groups, channels + size - 1, places), margin, dtype=_wide(like.dtype)
        )
        self.margin = padded.new_full((), margin)
        self.rows = padded.narrow(2, before, channels)  # the place for what is to be summed
        self.scratch = scratch or (torch.empty_like(padded), torch.empty_like(padded))
        self.additions: list[tuple[Tensor, Tensor, Tensor]] = []
        total = padded.view(-1)
        here, spare = padded, self.scratch[0]
        width = 1  # of the window so far, in channels
        for digit in format(size, "b")[1:]:
            here, spare = spare, self.scratch[1] if here is padded else here
            shift = width * places
            target = here.view(-1)[: len(total) - shift]
            self.additions.append((total[:-shift], total[shift:], target))
            total, width = target, 2 * width
            if digit == "1":
                target = total[: len(total) - places]
                self.additions.append((target, padded.view(-1)[width * places :], target))
                total, width = target, width + 1
        self.total = _Sum(here.narrow(2, 0, channels), total, spare.view(-1)[: len(total)])

    def sum(self) -> _Sum:
        """Sum over the windows; the next call overwrites the result."""
        for a, b, target in self.additions:
            torch.add(a, b, out=target)
        return self.total


def _denominator(squares: _Window, a: Tensor, scale: float) -> _Sum:
    """Return u = k + α' Σ a²; each of the `size` terms, margins too, brings its share of k."""
    torch.addcmul(squares.margin, a, a, value=scale, out=squares.rows)
    return squares.sum()


def _power(u: _Sum, beta: float) -> None:
    """Put u^-β in the place of u."""
    if beta == 0.75:
        u.flat.rsqrt_()  # u^(-1/2)
        u.flat.mul_(torch.sqrt(u.flat, out=u.spare))  # times u^(-1/4)
    else:
        u.flat.pow_(-beta)


class _Widened:
    """Blocks in the precision that is computed in: half precision copied to float32."""

    def __init__(self, x: Tensor) -> None:
        self.dtype = _wide(x.dtype)
        self.buffer = cache(partial(x.new_empty, dtype=self.dtype))

    def __call__(self, rows: Tensor) -> Tensor:
        return rows if rows.dtype == self.dtype else self.buffer(rows.shape).copy_(rows)


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


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
