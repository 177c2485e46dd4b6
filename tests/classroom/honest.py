# ruff: noqa: E501
"""Solutions of assignment 1 as different people write them: four ways an exercise, with variations.

In `«a¦b¦c»` each student takes one. A class that is drawn from them works alone; that its members
choose from the same few ways makes them more alike than real ones.
"""

from __future__ import annotations

import random
import re
import textwrap

HEADS = {
    "out-size": "def out_size(size, kernel, stride=1, padding=0, round_up=False):",
    "slide": "def slide(x, w, stride=1, padding=0):",
    "conv": "def conv(x, weight, bias, stride=1, padding=0):",
    "overhang": "def pad_as_2012(x, kernel, stride):",
    "cost": "def cost(maps_in, maps_out, kernel, rows, columns, groups=1):",
    "field": "def field(layers):",
}
WAYS = {
    "out-size": [
        """
        «full¦total¦padded» = size + 2 * padding
        if round_up:
            return «math.ceil((~ - kernel) / stride)¦-((kernel - ~) // stride)¦int(np.ceil((~ - kernel) / stride))» + 1
        return «(~ - kernel) // stride¦math.floor((~ - kernel) / stride)¦int((~ - kernel) / stride)» + 1
        """,
        """
        «room¦free¦rest» = size - kernel + «2 * padding¦padding + padding»
        places = «~ // stride¦divmod(~, stride)[0]¦int(~ / stride)»
        if round_up and «~ % stride¦~ % stride != 0¦places * stride < ~¦not ~ % stride == 0»:
            «places += 1¦places = places + 1»
        return «places + 1¦1 + places¦int(places) + 1»
        """,
        """
        rounding = «math.ceil if round_up else math.floor¦np.ceil if round_up else np.floor¦{True: math.ceil, False: math.floor}[bool(round_up)]»
        return int(rounding((size «+ 2 * padding - kernel¦- kernel + 2 * padding») / stride)) + 1
        """,
        """
        extra = «stride - 1 if round_up else 0¦(stride - 1) * int(round_up)¦round_up * (stride - 1)»
        «return ((size + 2 * padding - kernel + extra) // stride) + 1¦span = size + 2 * padding - kernel
        return (span + extra) // stride + 1¦n = size + 2 * padding
        return 1 + (n - kernel + extra) // stride»
        """,
    ],
    "slide": [
        """
        x = «np.pad(x, padding)¦np.pad(x, (padding, padding))¦np.concatenate([np.zeros(padding), x, np.zeros(padding)])»
        out = []
        for i in range(0, len(x) - len(w) + 1, stride):
            out.append(«np.sum(x[i:i + len(w)] * w)¦np.dot(x[i:i + len(w)], w)¦(x[i:i + len(w)] * w).sum()¦sum(a * b for a, b in zip(x[i:], w))»)
        return «np.array(out)¦np.asarray(out)¦np.array(out, dtype=float)»
        """,
        """
        if padding «> 0¦»:
            x = np.pad(x, padding«, mode="constant"¦»)
        n = «(x.size - w.size) // stride + 1¦1 + (len(x) - len(w)) // stride¦(x.shape[0] - w.shape[0]) // stride + 1»
        y = «np.zeros(n)¦np.zeros((n,))»
        for p in range(n):
            start = «p * stride¦stride * p»
            for j in range(len(w)):
                «y[p] += x[start + j] * w[j]¦y[p] = y[p] + w[j] * x[start + j]»
        return y
        """,
        """
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, padding), «len(w)¦w.shape[0]¦w.size»)
        return «windows[::stride] @ w¦(windows[::stride] * w).sum(axis=1)¦np.einsum("pk,k->p", windows[::stride], w)¦windows[::stride].dot(w)»
        """,
        """
        padded = np.pad(x, padding)
        «dense = np.correlate(padded, w, "valid")¦dense = np.convolve(padded, w[::-1], mode="valid")»
        return dense[::stride]
        """,
    ],
    "conv": [
        """
        k, c, h, w = weight.shape
        xp = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
        «oh = (xp.shape[1] - h) // stride + 1
        ow = (xp.shape[2] - w) // stride + 1¦oh, ow = [(n - m) // stride + 1 for n, m in zip(xp.shape[1:], (h, w))]»
        out = np.zeros((k, oh, ow))
        for f in range(k):
            for i in range(oh):
                for j in range(ow):
                    patch = xp[:, i * stride:i * stride + h, j * stride:j * stride + w]
                    out[f, i, j] = «np.sum(patch * weight[f]) + bias[f]¦(patch * weight[f]).sum() + bias[f]¦np.vdot(patch, weight[f]) + bias[f]»
        return out
        """,
        """
        pad = «(padding, padding)¦(padding,) * 2¦2 * (padding,)»
        x = np.pad(x, [(0, 0), pad, pad])
        views = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(1, 2))
        views = views[:, ::stride, ::stride]
        «y = np.einsum("cijhw,kchw->kij", views, weight)¦y = np.tensordot(weight, views, axes=([1, 2, 3], [0, 3, 4]))»
        return y + bias«[:, None, None]¦.reshape(-1, 1, 1)¦[:, np.newaxis, np.newaxis]»
        """,
        """
        _, height, width = x.shape
        big = np.zeros((x.shape[0], height + 2 * padding, width + 2 * padding))
        big[:, padding:padding + height, padding:padding + width] = x
        kh, kw = weight.shape«[2:]¦[-2:]»
        rows = «range(0, big.shape[1] - kh + 1, stride)¦np.arange(0, big.shape[1] - kh + 1, stride)»
        columns = range(0, big.shape[2] - kw + 1, stride)
        «maps = [[[(big[:, r:r + kh, c:c + kw] * f).sum() + b for c in columns] for r in rows] for f, b in zip(weight, bias)]¦maps = []
        for f, b in zip(weight, bias):
            maps.append([[np.sum(big[:, r:r + kh, c:c + kw] * f) + b for c in columns] for r in rows])»
        return np.array(maps)
        """,
        """
        x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
        filters, _, kh, kw = weight.shape
        oh, ow = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
        columns = «np.stack([x[:, i * stride:i * stride + kh, j * stride:j * stride + kw].ravel() for i in range(oh) for j in range(ow)])¦np.array([x[:, i * stride:i * stride + kh, j * stride:j * stride + kw].flatten() for i in range(oh) for j in range(ow)])»
        flat = «columns @ weight.reshape(filters, -1).T + bias¦columns.dot(weight.reshape(filters, -1).T) + bias»
        return «flat.T.reshape(filters, oh, ow)¦flat.reshape(oh, ow, filters).transpose(2, 0, 1)¦np.moveaxis(flat.reshape(oh, ow, -1), -1, 0)»
        """,
    ],
    "overhang": [
        """
        c, h, w = x.shape
        «bottom = (stride - (h - kernel) % stride) % stride
        right = (stride - (w - kernel) % stride) % stride¦bottom, right = (-(n - kernel) % stride for n in (h, w))»
        return np.pad(x, ((0, 0), (0, bottom), (0, right)))
        """,
        """
        def missing(n):
            «left = (n - kernel) % stride
            return stride - left if left else 0¦return math.ceil((n - kernel) / stride) * stride + kernel - n¦return -((kernel - n) // stride) * stride - (n - kernel)»
        return np.pad(x, [(0, 0), (0, missing(x.shape[1])), (0, missing(x.shape[2]))])
        """,
        """
        new = [x.shape[0]]
        for n in x.shape[1:]:
            places = «math.ceil((n - kernel) / stride)¦int(np.ceil((n - kernel) / stride))¦(n - kernel + stride - 1) // stride»
            new.append(places * stride + kernel)
        y = np.zeros(new«, x.dtype¦, dtype=x.dtype¦»)
        y[:, :x.shape[1], :x.shape[2]] = x
        return y
        """,
        """
        height, width = x.shape[1:]
        while (height - kernel) % stride «!= 0¦»:
            height += 1
        while (width - kernel) % stride «!= 0¦»:
            width += 1
        «return np.pad(x, ((0, 0), (0, height - x.shape[1]), (0, width - x.shape[2])))¦out = np.zeros((x.shape[0], height, width))
        out[:, :x.shape[1], :x.shape[2]] = x
        return out»
        """,
    ],
    "cost": [
        """
        per_kernel = «kernel * kernel * maps_in // groups¦kernel ** 2 * (maps_in // groups)¦(maps_in // groups) * kernel * kernel»
        weights = per_kernel * maps_out
        «macs = weights * rows * columns
        return weights, maps_out, macs¦return weights, maps_out, rows * columns * weights¦return (weights, maps_out, weights * (rows * columns))»
        """,
        """
        weights = «0¦int(0)»
        for _ in range(groups):
            weights += (maps_in // groups) * (maps_out // groups) * kernel ** 2
        return weights, maps_out, «weights * rows * columns¦rows * weights * columns»
        """,
        """
        n_weights = «maps_in * maps_out * kernel ** 2 // groups¦int(maps_out * maps_in * kernel * kernel / groups)¦maps_out * (maps_in // groups) * pow(kernel, 2)»
        n_biases = maps_out
        n_macs = «rows * columns * n_weights¦n_weights * rows * columns»
        return n_weights, n_biases, n_macs
        """,
        """
        shape = (maps_out, maps_in // groups, kernel, kernel)
        w = «math.prod(shape)¦int(np.prod(shape))¦np.zeros(shape).size»
        return w, maps_out, w * rows * columns
        """,
    ],
    "field": [
        """
        side, jump = 1, 1
        for «k, s in layers¦(k, s) in layers»:
            side = side + (k - 1) * jump
            jump = jump * s
        return side, jump
        """,
        """
        r = 1
        for kernel, stride in «reversed(layers)¦layers[::-1]¦list(layers)[::-1]»:
            r = «(r - 1) * stride + kernel¦r * stride + kernel - stride¦stride * (r - 1) + kernel»
        «j = 1
        for _, stride in layers:
            j *= stride
        return r, j¦return r, math.prod(s for _, s in layers)¦return r, int(np.prod([s for _, s in layers]))»
        """,
        """
        strides = [1]
        for _, s in layers:
            strides.append(strides[-1] * s)
        total = 1 + sum(«(k - 1) * j for (k, _), j in zip(layers, strides)¦[(k - 1) * j for (k, _), j in zip(layers, strides)]»)
        return total, strides[-1]
        """,
        """
        if «not layers¦len(layers) == 0»:
            return 1, 1
        *before, (k, s) = layers
        side, jump = field(before)
        return side + (k - 1) * jump, jump * s
        """,
    ],
}
_CHOICE = re.compile("«([^«»]*)»")


def solve(draw: random.Random) -> dict[str, str]:
    """Return one student's answers."""
    return {name: one(name, draw.choice(ways), draw) for name, ways in WAYS.items()}


def one(name: str, way: str, draw: random.Random) -> str:
    """Return one answer: a way, with everything chosen that is open in it."""
    text = textwrap.dedent(way).strip("\n")
    first: list[str] = []

    def take(match: re.Match[str]) -> str:
        first.append(draw.choice(match[1].split("¦")))
        return first[-1]

    while _CHOICE.search(text):
        text = _CHOICE.sub(take, text, count=1)
    text = text.replace("~", first[0] if first else "")
    return HEADS[name] + "\n" + textwrap.indent(text, "    ") + "\n"
