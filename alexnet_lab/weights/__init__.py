"""Files of weights: written whole or not at all, and read without running what is in them.

Weights are safetensors; the metadata may say, as JSON, what someone needs to rebuild and use the
network. Files of ``torch.save`` are read too, whatever they wrap around the state dict.
"""

from .fit import check_finite, check_state, load_state
from .normalise import Found, choose, fitting, plain
from .opening import Opened, Weights, check_usual, load_weights, open_weights, state_for
from .store import (
    CHECKPOINT,
    FORMAT,
    WEIGHTS,
    read_record,
    read_safetensors,
    save_weights,
    with_prefix,
    write_safetensors,
)

__all__ = [
    "CHECKPOINT",
    "FORMAT",
    "WEIGHTS",
    "Found",
    "Opened",
    "Weights",
    "check_finite",
    "check_state",
    "check_usual",
    "choose",
    "fitting",
    "load_state",
    "load_weights",
    "open_weights",
    "plain",
    "read_record",
    "read_safetensors",
    "save_weights",
    "state_for",
    "with_prefix",
    "write_safetensors",
]
