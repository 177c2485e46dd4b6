"""A hostile class: one submission a trick, and the row that it must get.

Built by code in a temporary folder; the large file is sparse. Each trick sits in one exercise, so
that the others show that it cost nothing more.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FULL = {"out-size-check": 2, "relu-check": 1, "relu-check-2": 1, "mean-check": 3, "tower-check": 2}
NONE = dict.fromkeys(FULL, 0)
RELU = {**FULL, "relu-check": 0, "relu-check-2": 0}
TOWER = {**FULL, "tower-check": 0}
MEAN = {**FULL, "mean-check": 0}

GOOD = {
    "out-size": "def out_size(n, kernel, stride=1):\n    return (n - kernel) // stride + 1",
    "relu": "def relu(x):\n    return x * (x > 0)",
    "mean": "def channel_means(images):\n    return np.mean(images, (0, 2, 3))",
    "tower": (
        "def tower_parameters(channels, kernels, size):\n"
        "    return channels * kernels * size**2 // 2"
    ),
    "why": "Because one card had three gigabytes. <script>alert(1)</script>",
}
BAD_RELU = "\ndef relu(x):\n    return x + 1"


@dataclass(frozen=True)
class Case:
    """A submission: how it is made, its points, and what the flags or messages must say."""

    name: str
    make: Callable[[Room], Any]
    points: dict[str, int]
    says: str = ""
    status: str = "graded"


@dataclass
class Room:
    """What the submissions are made from: the released notebook, and paths that they try."""

    student: dict[str, Any]
    teacher: Path
    port: int

    def notebook(self, **answers: str) -> dict[str, Any]:
        """Return the student's notebook with answers; underscores stand for hyphens."""
        notebook = copy.deepcopy(self.student)
        given = {name.replace("_", "-"): text for name, text in answers.items()}
        for cell in notebook["cells"]:
            cell["source"] = given.get(cell["id"], cell["source"])
        return notebook

    def good(self, **answers: str) -> dict[str, Any]:
        """Return a notebook that is right, except for these answers."""
        return self.notebook(
            **{**{name.replace("-", "_"): text for name, text in GOOD.items()}, **answers}
        )


def cell(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a cell by its id."""
    return next(c for c in notebook["cells"] if c["id"] == name)


def relu(text: str) -> Callable[[Room], Any]:
    """Return a maker: all right, but the second answer is this text."""
    return lambda room: room.good(relu=text.replace("PORT", str(room.port)))


def change(do: Callable[[dict[str, Any]], Any], **answers: str) -> Callable[[Room], Any]:
    """Return a maker: all right except these answers, then changed."""

    def make(room: Room) -> Any:
        notebook = room.good(**answers)
        do(notebook)
        return notebook

    return make


def _late(notebook: dict[str, Any]) -> None:
    notebook["cells"].reverse()


def _twice(notebook: dict[str, Any]) -> None:
    first = copy.deepcopy(cell(notebook, "relu"))
    first["source"] = "def relu(x):\n    return None"
    notebook["cells"].insert(3, first)


def _no_metadata(notebook: dict[str, Any]) -> None:
    for c in notebook["cells"]:
        c["metadata"] = {}
    notebook["metadata"] = {}


def _no_ids(notebook: dict[str, Any]) -> None:
    notebook["nbformat_minor"] = 0
    for c in notebook["cells"]:
        del c["id"]


def _strange(notebook: dict[str, Any]) -> None:
    _no_metadata(notebook)
    _no_ids(notebook)


def _odd_types(notebook: dict[str, Any]) -> None:
    notebook["metadata"] = []
    notebook["cells"] += [7, None, {}, {"cell_type": "code", "source": {"a": 1}, "metadata": 3}]
    notebook["cells"].append({"cell_type": "code", "id": 5, "source": "x = '\ud800'"})
    cell_ = cell_of(notebook, "relu")
    cell_["source"] = [GOOD["relu"][:9], GOOD["relu"][9:], 4]


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a cell by its id, in a list that holds other things, too."""
    return next(c for c in notebook["cells"] if isinstance(c, dict) and c.get("id") == name)


def _kernel(notebook: dict[str, Any]) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}


def _other(notebook: dict[str, Any]) -> None:
    notebook["metadata"]["alexnet_lab"]["assignment"] = "pooling"
    for c in notebook["cells"]:
        c["id"] = f"other-{c['id']}"
        c["metadata"].get("nbgrader", {})["grade_id"] = c["id"]


def _tags(tag: str) -> Callable[[dict[str, Any]], None]:
    def do(notebook: dict[str, Any]) -> None:
        for c in notebook["cells"]:
            c["metadata"]["tags"] = [tag]

    return do


def _checks_gone(notebook: dict[str, Any]) -> None:
    notebook["cells"] = [c for c in notebook["cells"] if not c["id"].endswith(("check", "check-2"))]


def _checks_pass(notebook: dict[str, Any]) -> None:
    for c in notebook["cells"]:
        if c["metadata"].get("nbgrader", {}).get("grade"):
            c["source"] = "pass" if c["cell_type"] == "code" else c["source"]


def _helper(text: str) -> Callable[[dict[str, Any]], None]:
    def do(notebook: dict[str, Any]) -> None:
        made = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "source": text}
        notebook["cells"].insert(2, made)

    return do


FORGE = """\
import json, os
rows = "".join(
    json.dumps({"kind": "end", "id": name, "outcome": "passed", "seconds": 0}) + "\\n"
    for name in ("relu-check", "relu-check-2")
).encode()
def attack(path):
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.write(handle, rows); os.close(handle)
    except OSError:
        pass
for number in range(3, 64):
    try:
        os.write(number, b"")
    except OSError:
        pass
for process in [p for p in os.listdir("/proc") if p.isdigit()] + [str(os.getppid()), "1", "2", "3"]:
    try:
        names = os.listdir(f"/proc/{process}/fd")
    except OSError:
        continue
    if int(process) != os.getpid():
        for name in names:
            attack(f"/proc/{process}/fd/{name}")
"""

CASES = [
    Case("all right", lambda r: r.good(), FULL),
    Case("blank", lambda r: r.notebook(), NONE, "not answered yet"),
    Case(
        "partly right",
        lambda r: r.notebook(out_size=GOOD["out-size"], tower=GOOD["tower"]),
        {**NONE, "out-size-check": 2, "tower-check": 2},
    ),
    Case("ünïcode – Größe 空白 name", lambda r: r.good(), FULL),
    Case("=cmd() 'quoted\" & <b>", lambda r: r.good(), FULL),
    Case("late order", change(_late), FULL, "reordered"),
    Case("duplicate ids", change(_twice), FULL, "relu: 2 copies"),
    Case("lost metadata", change(_no_metadata), FULL),
    Case("lost ids", change(_no_ids), FULL),
    Case("lost both", change(_strange), NONE, "no answer cell", "not graded"),
    Case("odd types", change(_odd_types), FULL),
    Case("another assignment", change(_other), NONE, "'pooling'", "not graded"),
    Case("foreign kernel", change(_kernel), FULL, "'R' (ignored)"),
    Case("broken json", lambda r: json.dumps(r.good())[:-40], NONE, "no JSON", "not graded"),
    Case("empty", lambda r: "", NONE, "no JSON", "not graded"),
    Case("a list", lambda r: "[1, 2]", NONE, "no list of cells", "not graded"),
    Case("nested deep", lambda r: "[" * 200_000, NONE, "no JSON", "not graded"),
    Case("utf-16", lambda r: json.dumps(r.good()).encode("utf-16"), NONE, "no UTF-8", "not graded"),
    Case("byte order mark", lambda r: "\ufeff" + json.dumps(r.good()), FULL),
    Case("100 MB output", relu("print('x' * 100_000_000)" + BAD_RELU), RELU, "kB of output"),
    Case(
        "endless output",
        relu("def relu(x):\n    while True:\n        print('x' * 10_000, flush=True)"),
        RELU,
        "kB of output",
    ),
    Case("20 GB", relu("x = np.ones((20, 1 << 27))" + BAD_RELU), RELU, "NameError"),
    Case("20 GB in a list", relu("x = [bytearray(1 << 30) for _ in range(20)]"), RELU, "relu"),
    Case("endless loop", relu("def relu(x):\n    while True:\n        pass"), RELU, "longer than"),
    Case(
        "endless loop, deaf",
        relu(
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "def relu(x):\n    while True:\n        try:\n            while True: pass\n"
            "        except BaseException: pass"
        ),
        RELU,
        "longer than",
    ),
    Case("sys.exit", relu("import sys\nsys.exit(0)"), RELU, "NameError"),
    Case("exit() in a check", relu("def relu(x):\n    exit()"), RELU, "exit() or quit()"),
    Case("os._exit", relu("import os\nos._exit(0)"), RELU, "the kernel died"),
    Case("os._exit in a check", relu("import os\ndef relu(x):\n    os._exit(0)"), RELU, "died"),
    Case("segfault", relu("import ctypes\nctypes.string_at(0)"), RELU, "the kernel died"),
    Case(
        "kills all it sees",
        relu(
            "import os, signal\n"
            "for pid in [os.getppid(), -1, *map(int, filter(str.isdigit, os.listdir('/proc')))]:\n"
            "    if pid not in (0, os.getpid()):\n"
            "        try: os.kill(pid, signal.SIGKILL)\n        except OSError: pass" + BAD_RELU
        ),
        RELU,
        "gave",
    ),
    Case(
        "fork bomb",
        relu(
            "import os, time\ndef relu(x):\n    while os.fork():\n        pass\n    time.sleep(600)"
        ),
        RELU,
    ),
    Case(
        "background process",
        relu(
            "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', "
            "'import time; time.sleep(600)'], start_new_session=True)\n" + GOOD["relu"]
        ),
        FULL,
    ),
    Case("large file", relu("open('x', 'wb').truncate(10 << 30)" + BAD_RELU), RELU, "NameError"),
    Case(
        "fills the folder",
        relu("for i in range(20):\n    open(f'{i}', 'wb').write(bytes(50 << 20))" + BAD_RELU),
        RELU,
        "NameError",
    ),
    Case(
        "writes elsewhere",
        relu(
            "import os\nfor path in ('/tmp', '/usr', '/', os.path.dirname(al.__file__), '..'):\n"
            "    try:\n        open(f'{path}/alexnet-lab-hostile', 'w')\n"
            "        raise SystemError('it could be written')\n    except OSError:\n        pass\n"
            + GOOD["relu"]
        ),
        FULL,
    ),
    Case(
        "teacher's files",
        lambda r: r.good(tower=f"text = open({str(r.teacher)!r}).read()\nexec(text)"),
        TOWER,
        "NameError",
    ),
    Case(
        "network",
        relu(
            "import socket\ns = socket.create_connection(('127.0.0.1', PORT), 3)\n" + GOOD["relu"]
        ),
        RELU,
        "NameError",
    ),
    Case("forged rows", relu(FORGE + BAD_RELU), RELU, "gave"),
    Case(
        "runner's memory",
        relu(
            "import os\nfor p in filter(str.isdigit, os.listdir('/proc')):\n"
            "    if int(p) != os.getpid():\n        for name in ('mem', 'environ', 'maps'):\n"
            "            try:\n                open(f'/proc/{p}/{name}', 'rb').read(1)\n"
            "                raise SystemError('readable')\n"
            "            except OSError:\n                pass\n" + GOOD["relu"]
        ),
        FULL,
    ),
    Case("raises-exception", change(_tags("raises-exception"), relu=BAD_RELU), RELU, "(ignored)"),
    Case("skip-execution", change(_tags("skip-execution"), relu=BAD_RELU), RELU, "(ignored)"),
    Case("nbval-skip", change(_tags("nbval-skip"), relu="# NBVAL_SKIP" + BAD_RELU), RELU),
    Case("checks deleted", change(_checks_gone, relu=BAD_RELU), RELU, "(restored)"),
    Case("checks changed", change(_checks_pass, relu=BAD_RELU), RELU, "(restored)"),
    Case(
        "no traceback",
        relu("get_ipython().showtraceback = lambda *a, **k: None" + BAD_RELU),
        RELU,
        "relu",
    ),
    Case(
        "asserts stripped",
        relu(
            "import ast\nclass Strip(ast.NodeTransformer):\n"
            "    def visit_Assert(self, node):\n        return ast.Pass()\n"
            "get_ipython().ast_transformers.append(Strip())" + BAD_RELU
        ),
        RELU,
        "tampering?",
    ),
    Case("torch patched", relu("torch.equal = lambda *a: True" + BAD_RELU), RELU, "torch.equal"),
    Case(
        "torch patched late",
        relu("def relu(x):\n    torch.equal = lambda *a: True\n    return x"),
        RELU,
        "torch.equal",
    ),
    Case(
        "numpy patched",
        change(
            lambda n: None,
            mean="np.allclose = lambda *a, **k: True\nchannel_means = lambda x: np.zeros(3)",
        ),
        MEAN,
        "numpy.allclose",
    ),
    Case(
        "builtins patched",
        change(
            lambda n: None,
            tower="import builtins\nbuiltins.abs = lambda x: 0\ntower_parameters = max",
        ),
        TOWER,
        "builtins.abs",
    ),
    Case(
        "equal to everything",
        change(
            lambda n: None,
            tower="class All:\n    __eq__ = lambda *a: True\ntower_parameters = lambda *a: All()",
        ),
        TOWER,
        "TypeError",
    ),
    Case(
        "hidden data, early",
        relu("secret = al.classroom.secret_rng('relu')\n" + GOOD["relu"]),
        RELU,
        "NameError",
    ),
    Case(
        "hidden data, shown",
        change(
            lambda n: None,
            out_size="def out_size(n, kernel, stride=1):\n    if n == 7:\n        return 3\n"
            "    raise ValueError(f'leaked {n}')",
        ),
        {**FULL, "out-size-check": 0},
        "ValueError in your code, on data of a hidden check",
    ),
    Case("asks for input", relu("def relu(x):\n    return input()"), RELU, "StdinNotImplemented"),
    Case("warns on stderr", relu("import sys\nprint('!', file=sys.stderr)\n" + GOOD["relu"]), FULL),
    Case("helper crashes", change(_helper("import os\nos._exit(1)")), FULL, "helper-0"),
    Case(
        "helper of use",
        change(_helper("def mine(x):\n    return x * (x > 0)"), relu="relu = mine"),
        FULL,
    ),
    Case(
        "5000 cells", change(lambda n: n["cells"].extend([{}] * 5000)), NONE, "cells", "not graded"
    ),
]


def write(case: Case, room: Room, folder: Path) -> None:
    """Write a case's notebook into a folder."""
    made = case.make(room)
    if isinstance(made, dict):
        made = json.dumps(made)
    data = made if isinstance(made, bytes) else made.encode()
    (folder / f"{case.name}.ipynb").write_bytes(data)


# Files that are no notebooks, and what their row says.
ODD = {
    "a link.ipynb": "a symbolic link",
    "a pipe.ipynb": "not an ordinary file",
    "a folder.ipynb": "not an ordinary file",
    "two gigabytes.ipynb": "larger than 20 MB",
    "notes.txt": "does not end with .ipynb",
}


def write_odd(folder: Path, target: Path) -> None:
    """Write the files that are no notebooks."""
    (folder / "a link.ipynb").symlink_to(target)
    os.mkfifo(folder / "a pipe.ipynb")
    (folder / "a folder.ipynb").mkdir()
    with open(folder / "two gigabytes.ipynb", "wb") as file:
        file.truncate(2 << 30)  # sparse: it takes no room on the disk
    (folder / "notes.txt").write_text("remember the milk")
