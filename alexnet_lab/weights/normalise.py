"""One state dict out of what people wrap around it: keys, wrappers' prefixes, counters, more.

A training script saves ``{"epoch": 5, "model_state_dict": …}`` under a key of its own choice, and
its names carry what was wrapped around the network: ``module.`` (DataParallel), ``_orig_mod.``
(torch.compile), ``_fsdp_wrapped_module.``, ``model.`` (a Lightning module's attribute). All of
this comes off here, for files of torch.save and safetensors alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from torch import Tensor

from ..errors import UserError

#: Parts of names that wrappers add, wherever in a name they stand.
WRAPPERS = {
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
}  # fmt: skip
#: Names that a class of one's own gives to the network in it.
_HOLDERS = {"model", "net", "network", "backbone", "encoder", "student", "classifier_model"}
#: Keys under which the trained weights themselves usually lie.
_CUSTOMARY = {"state_dict", "model_state_dict", "model", "net", "network", "state", "weights"}
#: Copies beside the trained weights, which come second: running averages, other moments.
_SECOND = re.compile(
    r"(?<![a-z])(ema|swa|avg|averag|shadow|teacher|momentum|target|best|init|old|prev)", re.I
)
_COUNTER = re.compile(r"(n_averaged|num_updates|total_ops|total_params|step|epoch|decay)$")
_DEEPEST, _LONGEST = 12, 100

Shapes = Mapping[str, tuple[int, ...]]


class Found(NamedTuple):
    """A dict of tensors in a file.

    Attributes
    ----------
    key : str
        Where it lay, e.g. ``"payload.checkpoint.state"``; ``""`` for the file itself.
    state : dict of str to Tensor
        By name.
    joined : bool
        Whether it was put together from dicts that lay beside each other.
    """

    key: str
    state: dict[str, Tensor]
    joined: bool = False


def dicts_of_tensors(tree: Any) -> list[Found]:
    """Return every dict in `tree` that could be a state dict, those of optimizers left out."""
    return list(_dicts(tree, "", 0))


def _dicts(node: Any, key: str, depth: int) -> Iterator[Found]:
    if depth > _DEEPEST:
        return
    if isinstance(node, (list, tuple)):
        for index, value in enumerate(node[:_LONGEST]):
            yield from _dicts(value, f"{key}[{index}]", depth + 1)
    if not isinstance(node, dict) or _is_optimizer(node):
        return
    own = {name: v for name, v in node.items() if isinstance(name, str) and isinstance(v, Tensor)}
    if any(value.ndim for value in own.values()):
        yield Found(key, own)
    parts: dict[str, Tensor] = {}
    for name, value in node.items():
        if isinstance(value, (dict, list, tuple)):
            where = f"{key}.{name}" if key else str(name)
            for inside in _dicts(value, where, depth + 1):
                if inside.key == where and not inside.joined:
                    parts |= {f"{name}.{inner}": v for inner, v in inside.state.items()}
                yield inside
    if not own and len({name.partition(".")[0] for name in parts}) > 1:
        yield Found(key, parts, joined=True)  # {"features": …, "classifier": …}


def _is_optimizer(node: dict[Any, Any]) -> bool:
    return "param_groups" in node and "state" in node


def _unwrapped(state: dict[str, Tensor]) -> dict[str, Tensor]:
    made = {
        ".".join(part for part in name.split(".") if part not in WRAPPERS): value
        for name, value in state.items()
    }
    # Where two names become one, a part of that name is the network's own.
    return made if len(made) == len(state) else state


def fitting(found: list[Found], wanted: Shapes) -> list[Found]:
    """Return each place of `found` where all of `wanted` lies, its names as they are wanted.

    Tensors in the same dict under other prefixes (a loss's weights, a metric's counts) are left
    out; an unknown name among the network's own is not.
    """
    for joined in (False, True):
        for change in (dict, _unwrapped):
            states = [(f.key, change(f.state)) for f in found if f.joined == joined]
            places = [
                Found(
                    ".".join(filter(None, (key, prefix.rstrip(".")))), _taken(state, prefix, wanted)
                )
                for key, state in states
                for prefix in _prefixes(state, wanted)
                if not _strange(state, prefix, wanted)
            ]
            if places:
                return places
    return []


def _taken(state: dict[str, Tensor], prefix: str, wanted: Shapes) -> dict[str, Tensor]:
    return {name: state[prefix + name] for name in wanted}


def _prefixes(state: dict[str, Tensor], wanted: Shapes) -> list[str]:
    first = next(iter(wanted), "")
    starts = [n.removesuffix(first) for n in state if n == first or n.endswith(f".{first}")]
    return [start for start in starts if all(start + name in state for name in wanted)]


def _strange(state: dict[str, Tensor], prefix: str, wanted: Shapes) -> list[str]:
    return [
        name
        for name, value in state.items()
        if name.startswith(prefix)
        and name.removeprefix(prefix) not in wanted
        and not is_counter(name, value)
    ]


def is_counter(name: str, value: Tensor) -> bool:
    """Tell whether an entry counts something (averages, operations) and is no weight."""
    return value.numel() == 1 and _COUNTER.search(name) is not None


def choose(found: list[Found], source: str) -> Found:
    """Return the one dict that holds the trained weights.

    Raises
    ------
    UserError
        When several may be meant.
    """
    rest = found
    for better in (
        lambda f: not f.joined,
        lambda f: any(value.ndim > 1 for value in f.state.values()),
        lambda f: not _SECOND.search(f.key),
        lambda f: f.key.rpartition(".")[2] in {"", *_CUSTOMARY},
        lambda f: f.key in {"", "state_dict", "model"},
    ):
        rest = [f for f in rest if better(f)] or rest
    if len(rest) > 1:
        names = ", ".join(repr(f.key) for f in rest[:5])
        raise UserError(f"{source} holds several state dicts ({names}); save one of them by itself")
    return rest[0]


def plain(found: Found) -> dict[str, Tensor]:
    """Return a state dict without counters and without what wrappers put before its names.

    Which other common beginnings are a wrapper's, and which are a part's (``features.``), only a
    network can tell: see `fitting`.
    """
    state = _unwrapped({n: v for n, v in found.state.items() if not is_counter(n, v)})
    while True:
        heads = {name.partition(".")[0] for name in state}
        if len(heads) != 1 or not heads <= _HOLDERS or not all("." in name for name in state):
            return state
        state = {name.partition(".")[2]: value for name, value in state.items()}


_QUANTISED = "quantised weights; save the network as it was before it was quantised"
_PECULIAR = {
    r"(^|[._])lora_": "LoRA adapters, not a network's weights; merge them into the network"
    " (merge_and_unload) and save that",
    r"_packed_params|(^|\.)(qweight|qzeros|absmax|SCB|zero_point)$": _QUANTISED,
    r"\.(weight_g|weight_v)$|(^|\.)parametrizations\.": "reparametrised weights; take the"
    " parametrisation off (torch.nn.utils.parametrize.remove_parametrizations) and save again",
    r"\.weight_(orig|mask)$": "pruned weights; make the pruning permanent"
    " (torch.nn.utils.prune.remove) and save again",
}


def peculiar(state: Mapping[str, Tensor]) -> str:
    """Say what weights are that no network takes as they are; "" when nothing strikes."""
    for pattern, what in _PECULIAR.items():
        if any(re.search(pattern, name) for name in state):
            return what
    quantised = any(value.is_quantized or value.is_sparse for value in state.values())
    return _QUANTISED if quantised else ""
