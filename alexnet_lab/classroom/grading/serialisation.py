"""Plain data between the process of the answers and the process of the checks.

What an answer returns is made into JSON on its side and built anew on the other: numbers, texts,
lists, arrays, tensors, and layers of `torch.nn`. Nothing else passes, so no object of a student's
own class, with its own ``==`` or ``__torch_function__``, ever stands in a comparison.
"""

from __future__ import annotations

import base64
import math
import sys
from typing import Any

import numpy as np
import torch
from torch import nn

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
        *(torch.complex64, torch.complex128),
    )
}
KINDS = "biufc"  # NumPy's: booleans, integers, floats, complex numbers
MOST_BYTES = 64 << 20
DEEPEST = 12
_LAYERS = "torch.nn.modules."


class NotSerialisableError(Exception):
    """A value that is none of those that can pass; the message says what it is."""


def encode(value: Any, deep: int = 0) -> Any:
    """Return a value as what JSON can hold.

    Parameters
    ----------
    value : object
        None, bool, int, float, complex, str, list, tuple, set, range, dict, array, tensor,
        a layer of `torch.nn`, a generator of random numbers.

    Raises
    ------
    NotSerialisableError
        For anything else, also inside a list.
    """
    if deep > DEEPEST:
        raise NotSerialisableError(f"a structure more than {DEEPEST} levels deep")
    inner = deep + 1
    if value is None or isinstance(value, (bool, str)):
        return value if value is None or isinstance(value, bool) else ["s", str(value)]
    if isinstance(value, int):
        return ["i", hex(int(value))]
    if isinstance(value, float) and not isinstance(value, np.generic):
        return ["f", float(value).hex()]
    if isinstance(value, complex) and not isinstance(value, np.generic):
        return ["c", value.real.hex(), value.imag.hex()]
    if isinstance(value, torch.Tensor):
        return _tensor(value)
    if isinstance(value, (np.ndarray, np.generic)):
        return _array(value)
    if isinstance(value, (list, range)):
        return ["l", [encode(item, inner) for item in value]]
    if isinstance(value, tuple):
        return ["t", [encode(item, inner) for item in value]]
    if isinstance(value, (set, frozenset)):
        return ["e", [encode(item, inner) for item in value]]
    if isinstance(value, dict):
        return ["d", [[encode(k, inner), encode(v, inner)] for k, v in value.items()]]
    if isinstance(value, np.random.Generator):
        return ["g", encode(value.bit_generator.state, inner)]
    if isinstance(value, torch.Generator):
        return ["G", _tensor(value.get_state())]
    if isinstance(value, nn.Module):
        return _layer(value, inner)
    raise NotSerialisableError(f"an object of class {type(value).__name__!r}")


def _tensor(value: torch.Tensor) -> Any:
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
        plain = value.detach().cpu().resolve_conj().resolve_neg()
        name = str(plain.dtype).removeprefix("torch.")
        if name not in DTYPES or plain.layout != torch.strided:
            raise NotSerialisableError(f"a tensor of type {name}, layout {plain.layout}")
        flat = plain.contiguous().flatten()
        data = b"" if not flat.numel() else flat.view(torch.uint8).numpy().tobytes()
    return ["T", name, list(plain.shape), _text(data)]


def _array(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in KINDS:
        raise NotSerialisableError(f"an array of {array.dtype}")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    kind = "n" if isinstance(value, np.generic) else "a"
    return [kind, array.dtype.str, list(array.shape), _text(np.ascontiguousarray(array).tobytes())]


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise NotSerialisableError(f"more than {MOST_BYTES >> 20} MB of numbers")
    return base64.b64encode(data).decode()


def _layer(value: nn.Module, deep: int) -> Any:
    kind = type(value)
    if not kind.__module__.startswith(_LAYERS):
        raise NotSerialisableError(
            f"a module of class {kind.__name__!r}, which is not one of torch.nn"
        )
    options = {
        name: option
        for name, option in vars(value).items()
        if name not in _BASE and (option is None or isinstance(option, _OPTIONS))
    }
    return [
        "m",
        kind.__module__,
        kind.__name__,
        encode(options, deep),
        [[name, encode(p, deep)] for name, p in value._parameters.items()],
        [[name, encode(b, deep)] for name, b in value._buffers.items()],
        [[name, encode(child, deep)] for name, child in value._modules.items()],
    ]


_OPTIONS = (bool, int, float, str, tuple, list)
_BASE = frozenset(vars(nn.Module())) - {"training"}


def decode(code: Any) -> Any:
    """Build a value anew from what `encode` returned, on the trusting side of nobody.

    Raises
    ------
    NotSerialisableError
        When it is not what `encode` returns: nothing of it is believed.
    """
    try:
        return _decode(code, 0)
    except NotSerialisableError:
        raise
    except Exception as error:  # whatever a forged message makes NumPy or torch raise
        raise NotSerialisableError(f"a broken message ({type(error).__name__})") from error


def _decode(code: Any, deep: int) -> Any:
    if code is None or isinstance(code, bool):
        return code
    if deep > DEEPEST + 2 or not isinstance(code, list):
        raise NotSerialisableError("a broken message")
    kind, inner = code[0], deep + 1
    if kind in _SCALARS:
        return _SCALARS[kind](*code[1:])
    if kind in _LISTS:
        return _LISTS[kind](_decode(item, inner) for item in code[1])
    if kind == "d":
        return {_decode(k, inner): _decode(v, inner) for k, v in code[1]}
    if kind in ("a", "n"):
        return _built_array(*code)
    if kind == "T":
        return _built_tensor(*code[1:])
    if kind == "g":
        bits = np.random.PCG64()
        bits.state = _decode(code[1], inner)
        return np.random.Generator(bits)
    if kind == "G":
        made = torch.Generator()
        made.set_state(_decode(code[1], inner))
        return made
    if kind == "m":
        return _built_layer(code, inner)
    raise NotSerialisableError("a broken message")


_SCALARS: dict[str, Any] = {
    "s": str,
    "i": lambda text: int(text, 16),
    "f": float.fromhex,
    "c": lambda real, imag: complex(float.fromhex(real), float.fromhex(imag)),
}
_LISTS: dict[str, Any] = {"l": list, "t": tuple, "e": set}


def _built_array(kind: str, dtype: str, shape: list[int], text: str) -> Any:
    made = np.dtype(dtype)
    if made.kind not in KINDS or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise NotSerialisableError("a broken message")
    array = np.frombuffer(base64.b64decode(text), made)
    array = array.reshape(shape).copy()
    return array[()] if kind == "n" else array


def _built_tensor(name: str, shape: list[int], text: str) -> torch.Tensor:
    dtype = DTYPES[name]
    if not all(isinstance(n, int) and n >= 0 for n in shape):
        raise NotSerialisableError("a broken message")
    data = bytearray(base64.b64decode(text))
    if not math.prod(shape):
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(data, dtype=torch.uint8).clone().view(dtype).reshape(shape)


def _built_layer(code: list[Any], deep: int) -> nn.Module:
    _, module, name, options, parameters, buffers, children = code
    if not (isinstance(module, str) and module.startswith(_LAYERS)):
        raise NotSerialisableError("a broken message")
    kind = getattr(sys.modules[module], name)
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise NotSerialisableError("a broken message")
    made = kind.__new__(kind)
    nn.Module.__init__(made)
    for key, option in _decode(options, deep).items():
        # An option may not take the place of a method.
        if isinstance(key, str) and key not in _BASE and not hasattr(kind, key):
            vars(made)[key] = option
    for key, value in parameters:
        tensor = _decode(value, deep)
        made.register_parameter(key, None if tensor is None else nn.Parameter(tensor, False))
    for key, value in buffers:
        made.register_buffer(key, _decode(value, deep))
    for key, value in children:
        made.add_module(key, _decode(value, deep))
    return made
