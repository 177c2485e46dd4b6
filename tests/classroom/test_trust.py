"""What passes between answers and checks, and what an answer may not use."""

from __future__ import annotations

import json
import linecache
import os
import random
import socket
import threading
import types

import numpy as np
import pytest
import torch
from torch import nn

from alexnet_lab.classroom import broken_rule
from alexnet_lab.classroom.authoring.release import released_source, student_notebook
from alexnet_lab.classroom.authoring.rules import broken
from alexnet_lab.classroom.authoring.source import read_source
from alexnet_lab.classroom.grading import answers
from alexnet_lab.classroom.grading.line import Answer, AnswerError, Line
from alexnet_lab.classroom.grading.serialisation import NotSerialisableError, decode, encode
from alexnet_lab.classroom.grading.submission import read_submission
from alexnet_lab.classroom.matching import matched, plain_text


def passed(value):
    return decode(json.loads(json.dumps(encode(value))))


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -(2**80), 1.5, float("inf"), 2 - 1j, "ü", [1, (2.0, "a")], {3: [None]}, {1, 2}],
)
def test_plain_values_pass(value) -> None:
    assert passed(value) == value
    assert type(passed(value)) is type(value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.bool, torch.complex64])
def test_tensors_pass(dtype) -> None:
    for tensor in (torch.arange(6).reshape(2, 3).T, torch.zeros(0, 3), torch.tensor(3)):
        given = tensor.to(dtype)
        got = passed(given)
        assert (got.dtype, got.shape) == (given.dtype, given.shape)
        assert torch.equal(got, given)


def test_arrays_pass() -> None:
    for array in (np.arange(6.0).reshape(2, 3)[:, ::-1], np.float32(2), np.zeros((0, 2), ">i2")):
        got = passed(array)
        assert type(got) is type(array)
        assert np.array_equal(got, array)


def test_layers_pass_and_compute_the_same() -> None:
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.BatchNorm2d(4),
        nn.LocalResponseNorm(5, 1e-3, 0.7, 2.0), nn.MaxPool2d(3, 2), nn.Dropout(0.3), nn.Flatten(),
        nn.Linear(64, 2),
    ).eval()  # fmt: skip
    x = torch.randn(2, 3, 9, 9)
    assert torch.equal(passed(net)(x), net(x))
    assert passed(nn.Dropout(0.25).train()).training


def test_nothing_of_a_students_own_passes() -> None:
    class Own(nn.Module):
        pass

    class Equal:
        __eq__ = lambda *_: True  # noqa: E731
        __hash__ = None

    for value in (
        Own(),
        Equal(),
        [Equal()],
        nn.Sequential(Own()),
        object,
        lambda: 1,
        np.array([{}]),
    ):
        with pytest.raises(NotSerialisableError):
            encode(value)
    deep: list = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(NotSerialisableError, match="levels deep"):
        encode(deep)


def test_a_subclass_comes_out_as_a_tensor() -> None:
    class Cheat(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return True

    got = passed(torch.zeros(3).as_subclass(Cheat))
    assert type(got) is torch.Tensor
    assert torch.equal(got, torch.zeros(3))


def test_forged_messages_are_refused() -> None:
    """What comes may be anything that JSON can hold."""
    draw = random.Random(0)
    forged: list = [
        7, [], ["x"], ["T", "float32", [2], ""], ["T", "float32", [-1], "AA"], ["a", "O", [1], ""],
        ["a", "f8", [10**9], ""], ["m", "os", "system", ["d", []], [], [], []], ["i", "zz"], "text",
        ["m", "torch.nn.modules.linear", "F", ["d", []], [], [], []], ["d", [[["l", []], None]]],
    ]  # fmt: skip
    whole = json.dumps(encode([torch.ones(2), {"a": np.ones(3)}, nn.Linear(2, 2)]))
    for _ in range(300):
        place = draw.randrange(len(whole))
        text = whole[:place] + draw.choice('[]{}"0a,:-') + whole[place + 1 :]
        try:
            forged.append(json.loads(text))
        except ValueError:
            continue
    for message in forged:
        try:
            decode(message)
        except NotSerialisableError:
            continue
    with pytest.raises(NotSerialisableError):
        decode(["m", "os", "system", ["d", []], [], [], []])


@pytest.fixture
def line(monkeypatch):
    """Return the trusted end of a line, whose other end serves names of a room in a thread."""
    ours, theirs = socket.socketpair()
    room = types.SimpleNamespace()
    monkeypatch.setattr(
        answers, "found", lambda path: getattr(room, path[0]) if path[0] != answers.WATCH else ""
    )
    copy = os.dup(theirs.fileno())
    server = threading.Thread(target=answers.serve, args=(copy,), daemon=True)
    server.start()
    yield Line(ours), room
    Line(ours).close()
    server.join(10)
    os.close(copy)
    theirs.close()
    ours.close()


def test_a_call_changes_its_arguments_on_both_sides(line) -> None:
    end, room = line

    def change(array, tensor, many, net, draws):
        array += 1
        tensor.mul_(2)
        many.append(7)
        with torch.no_grad():
            net.weight.zero_()
        return draws.random()

    room.change = change
    array, tensor, many, net = np.zeros(2), torch.ones(2), [1], nn.Linear(2, 2)
    draws = np.random.default_rng(5)
    got = end.call(["change"], (array, tensor, many, net, draws), {})
    assert array.tolist() == [1, 1]
    assert tensor.tolist() == [2, 2]
    assert many == [1, 7]
    assert not net.weight.any()
    same = np.random.default_rng(5)
    assert got == same.random()
    assert draws.random() == same.random()  # it went on there, so it went on here


def test_what_an_answer_raises_is_data(line) -> None:
    end, room = line

    def bad(kind):
        raise type(kind, (KeyError,), {})("words")

    room.bad = bad
    with pytest.raises(KeyError) as caught:
        end.call(["bad"], ("KeyError",), {})
    assert isinstance(caught.value, AnswerError)
    with pytest.raises(AnswerError) as caught:
        end.call(["bad"], ("Secret42",), {})
    assert not isinstance(caught.value, KeyError)
    assert caught.value.name == "Secret42"
    room.odd = lambda: object()
    with pytest.raises(AnswerError, match="numbers, lists, arrays"):
        end.call(["odd"], (), {})


def test_an_answer_calls_a_function_of_the_check(line) -> None:
    end, room = line
    room.twice = lambda f, x: f(f(x))

    def square(x):
        return x * x

    square.__module__ = "__main__"
    assert end.call(["twice"], (square, 3.0), {}) == 81.0


def test_an_answer_gives_back_a_function(line) -> None:
    end, room = line
    room.made = None
    kept = answers._kept
    before = len(kept)
    room.make = lambda: abs
    got = end.call(["make"], (), {})
    assert isinstance(got, Answer)
    assert kept[before:] == [abs]


NUMPY = ["torch", "alexnet_lab"]
# As the given cell of an assignment: who uses one of its functions does not use the others.
HELPERS = """
def mine(x):
    y = torch.relu(x)
    return y

def near(a):
    return abs(a) < 1

def by_way(x):
    return mine(x)

table = [torch.zeros]
"""


@pytest.mark.parametrize(
    ("answer", "without", "helpers", "says"),
    [
        ("def f(x):\n    return np.maximum(x, 0)", NUMPY, [], ""),
        ("def f(x):\n    return F.relu(x)", NUMPY, [], "without torch (line 2)"),
        ("import torch as t\ndef f(x):\n    return t.relu(x)", NUMPY, [], "without torch"),
        ("import os, torch\n", NUMPY, [], "without torch"),
        ("from torch.nn import functional as G\nf = G.relu", NUMPY, [], "without torch"),
        ("f = __import__('torch').relu", NUMPY, [], "without __import__"),
        ("import sys\nf = sys.modules['torch'].relu", NUMPY, [], "without sys"),
        ("def f(x):\n    F = len(x)\n    return F", NUMPY, [], ""),
        ("def f(x, nn):\n    return nn + x", NUMPY, [], ""),
        (
            "def f(x):\n    return mine(x)",
            NUMPY,
            ["def mine(x):\n    return torch.relu(x)"],
            "torch",
        ),
        ("def f(x):\n    return x", NUMPY, ["def mine(x):\n    return torch.relu(x)"], ""),
        ("def f(x):\n    return near(x)", NUMPY, [HELPERS], ""),
        ("def f(x):\n    return by_way(x)", NUMPY, [HELPERS], "torch"),
        ("def f(x):\n    y = x\n    return y", NUMPY, [HELPERS], ""),
        ("def f(mine):\n    return mine(2)", NUMPY, [HELPERS], ""),
        ("def f(x):\n    mine = x\n    return mine", NUMPY, [HELPERS], ""),
        ("def f(x):\n    return table[x]", NUMPY, [HELPERS], "torch"),
        ("def f(x):\n    return t.relu(x)", NUMPY, [HELPERS, "import torch as t"], "torch"),
        ("f = small_net", ["small_net"], [], "without small_net"),
        ("f = lambda x, w: F.conv2d(x, w, groups=2)", ["groups="], [], "argument groups"),
        ("f = lambda x, w: F.conv2d(x, w, None, 1, 0, 1, 2)", ["groups="], [], "argument groups"),
        ("f = lambda x, w: F.conv2d(x, w, **{'groups': 2})", ["groups="], [], "argument groups"),
        ("f = lambda x, w, g: F.conv2d(*x, *g)", ["groups="], [], "argument groups"),
        ("def f(x, groups):\n    return x.chunk(groups, 1)", ["groups="], [], ""),
        ("def f(x:", NUMPY, [], ""),
        ("f = al.analysis.features", ["alexnet_lab.analysis"], [], "without al.analysis"),
        ("f = al.models.AlexNet", ["alexnet_lab.analysis"], [], ""),
    ],
)
def test_rules_are_read_in_the_syntax_tree(answer, without, helpers, says) -> None:
    found = broken(answer, without, helpers)
    assert says in found
    assert bool(found) == bool(says)


@pytest.mark.parametrize("answer", ["mine(x)", "near(x)", "torch.relu(x)", "x"])
def test_a_notebook_says_at_once_what_check_says(answer) -> None:
    """IPython keeps the text of each cell where `inspect` looks for it."""
    space = {"__name__": "__main__"}
    texts = [HELPERS.replace("torch.zeros", "abs"), f"def f(x):\n    return {answer}\n"]
    try:
        for number, text in enumerate(texts):
            cell = f"<cell {number} of a notebook>"
            linecache.cache[cell] = (len(text), None, text.splitlines(True), cell)
            exec(compile(text, cell, "exec"), space)
        assert broken_rule(space["f"], *NUMPY) == broken(texts[1], NUMPY, texts[:1])
    finally:
        for number in range(len(texts)):
            linecache.cache.pop(f"<cell {number} of a notebook>")
    assert bool(broken(texts[1], NUMPY, texts[:1])) == (answer in ("mine(x)", "torch.relu(x)"))
    assert not broken_rule(abs, *NUMPY)
    assert not broken_rule(eval("lambda x: torch.relu(x)"), *NUMPY)  # its text is lost


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_cells_are_known_without_their_ids(src, lost) -> None:
    assignment = read_source(src)
    notebook = json.loads(json.dumps(student_notebook(assignment)))
    cells = notebook["cells"]
    names = [c["id"] for c in cells]
    for cell in cells:
        if lost:
            cell["id"] = f"x{random.Random(cell['id']).random()}"
        if lost > 1:
            cell["metadata"] = {}
        if lost > 2 and cell["cell_type"] == "code":
            cell["source"] = cell["source"].replace("\n", "\r\n") + "\n\n"
    got = matched(cells, assignment, lambda cell: released_source(assignment, cell))
    known = [name if name in got else "" for name in names]
    assert got == known
    assert set(assignment.stubs) <= set(got)


def test_a_pasted_picture_is_kept(src) -> None:
    assignment = read_source(src)
    notebook = json.loads(json.dumps(student_notebook(assignment)))
    written = assignment.written[0].grade_id
    cell = next(c for c in notebook["cells"] if c["id"] == written)
    cell["attachments"] = {
        "a.png": {"image/png": "iVBORw0KGgo="},
        "b.svg": {"image/svg+xml": "<svg onload='x'/>"},
        "c.png": {"image/png": '"><script>'},
    }
    taken = read_submission(json.dumps(notebook).encode(), assignment)
    assert taken.pictures[written] == [("image/png", "iVBORw0KGgo=")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_notebook_is_read_in_any_of_unicodes_forms(src, encoding) -> None:
    """PowerShell writes what is sent to a file as UTF-16."""
    assignment = read_source(src)
    text = json.dumps(student_notebook(assignment), ensure_ascii=False)
    taken = read_submission(text.encode(encoding), assignment)
    assert set(taken.answers) == set(assignment.stubs)


def test_plain_text() -> None:
    assert plain_text("a  \r\nb\n\n") == plain_text("a\nb")
    assert plain_text("  a") != plain_text("a")
