"""Files of ``torch.save``: only tensors, numbers and text come out, and no code of theirs runs.

``torch.load(weights_only=True)`` refuses a file as soon as it names a class that torch does not
know, such as the ``argparse.Namespace`` that so many checkpoints carry beside their weights. Here
every such name is stood in for by a `Placeholder`, through torch's own list of safe names: nothing
of the file's class is imported or called, and the weights beside it are read. What is more than
data even so (a whole network, ``os.system``) is refused by name.
"""

from __future__ import annotations

import _compat_pickle
import contextlib
import io
import pickle
import pickletools
import sys
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

from ..errors import UserError

#: The legacy format begins with a number of torch's own, as pickle writes it.
_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_MOST_PICKLE_BYTES = 64_000_000  # names and numbers only; the tensors lie beside it
#: Of Python's own library, the modules that hold data and nothing that acts.
_DATA = {
    "argparse", "array", "collections", "copyreg", "dataclasses", "datetime", "decimal", "enum",
    "fractions", "functools", "pathlib", "re", "time", "types", "typing", "uuid", "zoneinfo",
    "_codecs", "_collections",
}  # fmt: skip
_DATA_TYPES = {
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object",
    "range", "set", "slice", "str", "tuple",
}  # fmt: skip


class Placeholder:
    """Stands for an object whose class is not to be imported; it swallows all that it is given."""

    form: type = object

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make an empty object of the form that the file goes on to fill."""
        return object.__new__(cls) if cls.form is object else cls.form()

    def __init__(self, *_: Any, **__: Any) -> None:
        """Take anything."""

    def __setstate__(self, _: Any) -> None:
        """Take anything."""


def read_torch(file: Path) -> Any:
    """Return what `torch.save` wrote, with placeholders for all but plain data and tensors.

    Raises
    ------
    UserError
        For TorchScript, other archives, what is damaged, and what could run code.
    """
    pickled = _pickled(file)
    names = _names(pickled)
    acting = [name for name in names if _acts(*name)]
    if acting:
        raise UserError(
            f"{str(file)!r} refused: it holds {'.'.join(acting[0])}, and loading it could run code;"
            " save a state_dict() instead"
        )
    if not zipfile.is_zipfile(file) and _MAGIC not in pickled.getvalue()[:64]:
        raise UserError(
            f"{str(file)!r} refused: it is a pickle that torch.save did not write, and loading it"
            " could run code; save a state_dict() by torch.save"
        )
    stubs = [_placeholder(*name) for name in names]
    while True:
        try:
            return _load(file, stubs)
        except pickle.UnpicklingError as error:
            # A class that is filled like a dict or a list; torch's reader asks for the real thing.
            grown = [stub for stub in stubs if str(stub) in str(error) and stub.form is object]
            if not grown:
                raise UserError(_refusal(file, pickled, names)) from error
            for stub in grown:
                stub.form = list if "append" in str(error) else OrderedDict
        except Exception as error:  # on damaged files its unpickler raises whatever comes
            raise UserError(f"{str(file)!r} is not a torch file, or damaged") from error


def _placeholder(module: str, name: str) -> type[Placeholder]:
    # Torch's reader knows what it may make by the names that a class says of itself.
    return type(
        name.rpartition(".")[2], (Placeholder,), {"__module__": module, "__qualname__": name}
    )


def _load(file: Path, stubs: list[type[Placeholder]]) -> Any:
    # Opened here: given a path, torch reads what ends in .safetensors in another way. Its
    # warnings are about how the file was written, which its reader cannot change.
    with file.open("rb") as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.serialization.safe_globals(list[Any](stubs)):
            return torch.load(opened, map_location="cpu", weights_only=True)


def _refusal(file: Path, pickled: io.BytesIO, names: list[tuple[str, str]]) -> str:
    protocol = pickled.getvalue()[1:2]
    if protocol > b"\x02":
        return (
            f"{str(file)!r} refused: it was saved with pickle's protocol {protocol[0]}, which torch"
            " cannot read safely; save it again without pickle_protocol="
        )
    ours = {"torch", "builtins", *_DATA}
    strange = [".".join(name) for name in names if name[0].partition(".")[0] not in ours]
    return (
        f"{str(file)!r} refused: it holds {strange[0] if strange else 'more than weights'}, and"
        " loading it could run code; save a state_dict() instead"
    )


def _acts(module: str, name: str) -> bool:
    if module == "builtins":
        return name not in _DATA_TYPES
    room = module.partition(".")[0]
    return room in sys.stdlib_module_names and room not in _DATA


def _names(stream: io.BytesIO) -> list[tuple[str, str]]:
    """Return modules and names of all classes and functions, in order, without loading any."""
    names: dict[tuple[str, str], None] = {}
    # Where the pickles end, or damage begins, torch's reader will say which.
    with contextlib.suppress(Exception):
        for _ in range(4):  # the legacy format is four pickles, then the tensors
            texts: list[str] = []
            for code, given, _at in pickletools.genops(stream):
                if code.name in ("GLOBAL", "INST"):
                    names[_modern(*str(given).split(" ", 1))] = None
                elif code.name == "STACK_GLOBAL" and len(texts) >= 2:
                    names[_modern(*texts[-2:])] = None
                elif isinstance(given, str):
                    texts.append(given)
    return list(names)


def _modern(module: str, name: str) -> tuple[str, str]:
    # torch.save writes names as Python 2 had them.
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def _pickled(file: Path) -> io.BytesIO:
    with file.open("rb") as opened:
        if opened.read(2) != b"PK":
            opened.seek(0)
            return io.BytesIO(opened.read(_MOST_PICKLE_BYTES))
    try:
        with zipfile.ZipFile(file) as archive:
            entries = {info.filename: info for info in archive.infolist()}
            inner = _data_entry(file, entries)
            if entries[inner].file_size > _MOST_PICKLE_BYTES:
                raise UserError(f"{str(file)!r} is not a torch file, or damaged")
            return io.BytesIO(archive.read(inner))
    except UserError:
        raise
    except Exception as error:  # what zipfile raises for damaged archives
        raise UserError(f"{str(file)!r} is not a torch file, or damaged") from error


def _data_entry(file: Path, entries: dict[str, Any]) -> str:
    """Return the entry of a zip archive that torch pickled, or say what archive it is."""
    last = {name.rpartition("/")[2]: name for name in entries}
    if "constants.pkl" in last:
        raise UserError(
            f"{str(file)!r} is TorchScript, which is a program: open it by torch.jit.load and save"
            " its state_dict()"
        )
    if "data.pkl" in last:
        return last["data.pkl"]
    if any(name.endswith(".npy") for name in entries):
        what = "a NumPy archive (.npz)"
    elif "model.weights.h5" in last:
        what = "a Keras model"
    elif "archive_format" in last:
        what = "a program of torch.export"
    else:
        what = f"a zip archive of something else ({next(iter(entries), 'empty')})"
    raise UserError(
        f"{str(file)!r} is {what}, not a torch file; save the network's state_dict() by torch.save"
    )
