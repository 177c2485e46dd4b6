"""Broken files of weights: opened, or refused in one line that names the file; nothing is run."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save

from alexnet_lab import models, training
from alexnet_lab.cli._network import open_network
from alexnet_lab.cli._resume import record
from alexnet_lab.training.checkpoint import Checkpoint

from .kit import attempt, broken, cases, tree

KIND = "broken checkpoints"
OPTIONS = {"channels": [4, 4, 4, 4, 4], "hidden": [8, 8], "input_size": 64, "num_classes": 3}
NAMES = ("weights.safetensors", "x.pth", "x.safetensors", "ünï.pt")
ran: list[str] = []


class Evil:
    """What a pickle could do to whoever opens it."""

    def __reduce__(self) -> Any:
        return ran.append, ("code was run",)


class Files(dict[str, bytes]):
    """Whole files, which no report of a failure need print."""

    def __repr__(self) -> str:
        return f"{len(self)} files"


def tiny() -> Any:
    torch.manual_seed(0)
    return models.build("alexnet_mini", **OPTIONS)


@pytest.fixture(scope="module")
def about() -> dict[str, Any]:
    return {
        "model": {"name": "alexnet_mini", "options": OPTIONS},
        "classes": ["a", "b", "c"],
        "preprocess": {"mean": [1.0, 2.0, 3.0], "std": None, "size": 64, "resize": 73},
    }


@pytest.fixture(scope="module")
def wholes(about, tmp_path_factory) -> Files:
    """Return sound files: weights, a checkpoint, torch's two formats."""
    folder = tmp_path_factory.mktemp("sound")
    model = tiny()
    training.save_weights(folder / "weights.safetensors", model, about)
    optimizer = training.MomentumSGD2012(model.parameters(), lr=0.1)
    sum(p.sum() for p in model.parameters()).backward()
    optimizer.step()
    moment = Checkpoint(
        model.state_dict(),
        optimizer.state_dict(),
        {"torch": torch.get_rng_state()},
        {"about": about, "position": {"step": 1}},
    )
    moment.save(folder)
    found = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix == ".safetensors"}
    for name, old in (("zip", False), ("legacy", True)):
        buffer = io.BytesIO()
        torch.save(model.state_dict(), buffer, _use_new_zipfile_serialization=not old)
        found[name] = buffer.getvalue()
    return Files(found)


#: JSON of any kind, for places where something else belongs.
things = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(("alexnet_mini", "alexnet_2012", "resnet", "../x", "cifar_80sec", 10**9)),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
PLACES = (
    ("model",),
    ("model", "name"),
    ("model", "options"),
    *(("model", "options", name) for name in (*OPTIONS, "kernels", "norm", "dropout", "ünï")),
    ("classes",),
    ("preprocess",),
    *(("preprocess", name) for name in ("mean", "std", "size", "resize")),
)


@st.composite
def files(draw: Any, wholes: dict[str, bytes], about: dict[str, Any]) -> bytes:
    """Draw a file."""
    how = draw(
        st.sampled_from(("bytes", "bytes", "record", "record", "tensors", "header", "pickle"))
    )
    if how == "bytes":
        return draw(broken(st.sampled_from(sorted(wholes.values(), key=len))))
    if how == "pickle":
        return draw(st.sampled_from(pickles()))
    if how == "header":
        return header(draw)
    state = dict(tiny().state_dict())
    told: Any = json.loads(json.dumps(about))
    metadata: dict[str, str] = {"format": draw(st.sampled_from(("alexnet-lab 1", "other")))}
    if how == "record":
        *above, last = draw(st.sampled_from(PLACES))
        place = told
        for name in above:
            place = place[name]
        place[last] = draw(things)
        text = json.dumps({"about": draw(st.sampled_from((told, told, told, draw(things))))})
        metadata["record"] = draw(
            st.sampled_from((text, text, text[:-3], "[]", "3", '{"about": 3}'))
        )
    else:
        metadata["record"] = json.dumps({"about": told})
        change(draw, state)
    if draw(st.integers(0, 5)) == 0:
        plan = {"groups": [], "numbers": {}}
        metadata["optimizer"] = draw(
            st.sampled_from((json.dumps(plan), "", "[]", "{}", '{"groups":3}'))
        )
        state = {f"model.{name}": value for name, value in state.items()}
        state["optimizer.x"] = torch.zeros(1)
    return save(state, metadata)


def change(draw: Any, state: dict[str, torch.Tensor]) -> None:
    """Change a tensor: its type, shape, values, or whether it is there."""
    name = draw(st.sampled_from(sorted(state)))
    value = state[name]
    how = draw(st.sampled_from(("dtype", "shape", "nan", "missing", "extra", "empty", "flat")))
    if how == "dtype":
        kinds = (
            torch.int64,
            torch.bool,
            torch.float64,
            torch.bfloat16,
            torch.complex64,
            torch.uint8,
        )
        state[name] = value.to(draw(st.sampled_from(kinds)))
    elif how == "shape":
        state[name] = torch.zeros(draw(st.lists(st.integers(0, 7), max_size=5)))
    elif how == "nan":
        state[name] = torch.full_like(value, draw(st.sampled_from((float("nan"), float("inf")))))
    elif how == "missing":
        del state[name]
    elif how == "extra":
        state[draw(st.text(max_size=9)) or "x"] = torch.zeros(2)
    elif how == "empty":
        state.clear()
    else:
        state[name] = value.flatten()


def header(draw: Any) -> bytes:
    """Return a safetensors file whose header lies: about lengths, offsets, types, names."""
    length = draw(st.sampled_from((None, None, 0, 1, 2**31, 2**63, 2**64 - 1, 100_000_000)))
    entry = {
        "dtype": draw(st.sampled_from(("F32", "F64", "I8", "F8_E5M2", "X", ""))),
        "shape": draw(st.lists(st.sampled_from((0, 1, 2, 3, 2**40, -1)), max_size=4)),
        "data_offsets": draw(st.lists(st.sampled_from((0, 1, 8, 24, 2**50, -4)), max_size=3)),
    }
    text = json.dumps({draw(st.text(max_size=9)): entry, "__metadata__": draw(things)}).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + bytes(24)


def pickles() -> list[bytes]:
    """Return files of torch.save and others that would run code, bombs, and what is no state."""
    made = [pickle.dumps(Evil(), protocol) for protocol in range(2, 6)]
    for value in (
        Evil(),
        {"state_dict": Evil()},
        [1],
        3,
        {1: torch.zeros(1)},
        {"a": 1},
        {},
        tiny(),
    ):
        for old in (False, True):
            buffer = io.BytesIO()
            torch.save(value, buffer, _use_new_zipfile_serialization=not old)
            made.append(buffer.getvalue())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", bytes(20_000_000))
    made += [bomb.getvalue(), b"PK\x03\x04", b"\x80", b"\x80\x04]" * 9, b"PK\x03\x04" + bytes(99)]
    nested = b"\x80\x02" + b"]" * 5_000 + b"a" * 4_999 + b"."
    return [*made, nested]


@cases(quick=60, full=200)
@given(
    draw=st.data(), name=st.sampled_from(NAMES), way=st.sampled_from(("network", "load", "go on"))
)
def test_broken_checkpoints(tmp_path_factory, wholes, about, draw, name, way) -> None:
    folder = tmp_path_factory.getbasetemp() / "checkpoint"
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    path = folder / ("checkpoint.safetensors" if way == "go on" else name)
    path.write_bytes(draw.draw(files(wholes, about)))
    before = tree(folder)
    if way == "network":  # as predict, features, export and summary do
        image = torch.zeros(3, 90, 120, dtype=torch.uint8)

        def look() -> Any:
            network = open_network(str(path))
            return network.probabilities([image])

        attempt(KIND, look, path.name)
    elif way == "load":
        attempt(KIND, lambda: training.load_weights(path, tiny()), path.name)
        attempt(f"{KIND}, as load_pretrained", lambda: models.load_pretrained(path), path.name)
    else:
        attempt(KIND, lambda: Checkpoint.load(folder), path.name)
        attempt(f"{KIND}, as --resume", lambda: record(folder), path.name)
    assert tree(folder) == before
    assert not ran


def test_the_sound_ones_are_opened(wholes, tmp_path) -> None:
    """Else the test above shows nothing."""
    for name, content in wholes.items():
        path = tmp_path / name
        path.write_bytes(content)
        training.load_weights(path, tiny())
    open_network(str(tmp_path / "weights.safetensors"))
    assert Checkpoint.load(tmp_path).record["position"] == {"step": 1}
    assert load_file(tmp_path / "weights.safetensors")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Any:
    """Return a run that was stopped after one of three epochs, and how to go on with it."""
    folder = tmp_path_factory.mktemp("stopped")
    torch.manual_seed(0)
    batches = [(torch.randn(4, 3), torch.tensor([0, 1, 0, 1])) for _ in range(3)]

    def go(epochs: int, resume: bool) -> Any:
        torch.manual_seed(0)
        config = training.TrainConfig(epochs=epochs, schedule="plateau", device="cpu")
        net = torch.nn.Linear(3, 2)
        return training.fit(net, batches, None, config, out=folder, resume=resume)

    go(1, resume=False)
    return folder, go, (folder / "checkpoint.safetensors").read_bytes()


@cases(quick=40, full=200)
@given(place=st.tuples(st.integers(0, 30), st.integers(0, 30)), thing=things, drop=st.booleans())
def test_going_on_from_a_broken_record(stopped, place, thing, drop) -> None:
    folder, go, whole = stopped
    path = folder / "checkpoint.safetensors"
    path.write_bytes(whole)
    tensors, metadata = load_file(path), dict(safe_open(path, "pt").metadata())
    told = json.loads(metadata["record"])
    name = sorted(told)[place[0] % len(told)]
    within = told
    if isinstance(told[name], dict) and told[name] and place[1]:
        within = told[name]
        name = sorted(within)[place[1] % len(within)]
    if drop:
        del within[name]
    else:
        within[name] = thing
    metadata["record"] = json.dumps(told)
    path.write_bytes(save(tensors, metadata))
    broken_one = path.read_bytes()
    if attempt("broken records of runs", lambda: go(2, resume=True)) is None:
        assert path.read_bytes() == broken_one
