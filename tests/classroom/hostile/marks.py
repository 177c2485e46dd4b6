"""Answers that want points which they have not earned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .making import BAD_RELU, FULL, GOOD, MEAN, RELU, TOWER, Case, change, relu


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
        "asserts stripped",  # they are executed where no transformer of an answer is
        relu(
            "import ast\nclass Strip(ast.NodeTransformer):\n"
            "    def visit_Assert(self, node):\n        return ast.Pass()\n"
            "get_ipython().ast_transformers.append(Strip())" + BAD_RELU
        ),
        RELU,
        "gave",
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
        "your code stops with an error on data of a hidden check",
    ),
    Case(
        "caller's frame",
        relu(
            "import sys\ndef relu(x):\n"
            "    for depth in range(1, 30):\n"
            "        here = sys._getframe(depth)\n"
            "        for known in (here.f_locals, here.f_globals):\n"
            "            for word in ('secret_values', 'hidden_expected', 'got'):\n"
            "                if word in known:\n                    return known[word]\n"
            "        if here.f_back is None:\n            return x + 1"
        ),
        RELU,
    ),
    Case(
        "all objects",
        relu(
            "import gc\ndef relu(x):\n    for thing in gc.get_objects():\n"
            "        if isinstance(thing, dict) and 'secret_values' in thing:\n"
            "            return torch.tensor(thing['secret_values'])\n    return x + 1"
        ),
        RELU,
        "gave",
    ),
    Case(
        "int shadowed",
        change(
            lambda n: None,
            out_size="class Yes(float):\n    __eq__ = lambda s, o: True\n    __hash__ = None\n"
            "int = lambda v: Yes()\ndef out_size(*a, **k):\n    return Yes()",
        ),
        {**FULL, "out-size-check": 0},
        "out_size(7, 3, 2) should be 3",
    ),
    Case(
        "tensor with a will of its own",
        relu(
            "class Cheat(torch.Tensor):\n    @classmethod\n"
            "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
            "        if func in (torch.equal, torch.allclose):\n            return True\n"
            "        return super().__torch_function__(func, types, args, kwargs or {})\n"
            "def relu(x):\n    return (x + 1).as_subclass(Cheat)"
        ),
        RELU,
        "gave",
    ),
    Case(
        "the package patched",
        relu("al.classroom.secret_rng = lambda name: np.random.default_rng(0)" + BAD_RELU),
        RELU,
        "gave",
    ),
    Case(
        "hidden data in an exception's name",
        change(
            lambda n: None,
            out_size="def out_size(n, kernel, stride=1):\n    if n == 7:\n        return 3\n"
            "    raise type(f'leaked {n}', (Exception,), {})()",
        ),
        {**FULL, "out-size-check": 0},
        "your code stops with an error on data of a hidden check",
    ),
    Case(
        "source of the check",
        relu(
            "def relu(x):\n    import sys, linecache\n    here, texts = sys._getframe(1), []\n"
            "    while here:\n        texts += linecache.getlines(here.f_code.co_filename)\n"
            "        here = here.f_back\n"
            "    raise ValueError('leaked ' * ('secret_values' in str(texts)))"
        ),
        RELU,
        "ValueError",
    ),
    Case(
        "the line to the checks",
        relu(
            "import os\nfor number in range(3, 64):\n    try:\n"
            "        os.write(number, b'\\x00' * 7 + b'\\x0d' + b'{\"number\": 0}')\n"
            "    except OSError:\n        pass" + BAD_RELU
        ),
        RELU,
        "relu",
    ),
    Case(
        "the line closed",
        relu("import os\nos.close(3)" + BAD_RELU),
        RELU,
        "relu",
    ),
    Case(
        "default type changed",
        relu("torch.set_default_dtype(torch.float64)\n" + GOOD["relu"]),
        FULL,
    ),
    Case(
        "teacher's files",
        lambda r: r.good(tower=f"text = open({str(r.teacher)!r}).read()\nexec(text)"),
        TOWER,
        "NameError",
    ),
    Case("forged rows", relu(FORGE + BAD_RELU), RELU, "gave"),
    Case(
        "runner's memory",
        relu(
            "import os\nfor p in filter(str.isdigit, os.listdir('/proc')):\n"
            "    if p != os.readlink('/proc/self'):\n"
            "        for name in ('mem', 'environ', 'maps'):\n"
            "            try:\n                open(f'/proc/{p}/{name}', 'rb').read(1)\n"
            "                raise SystemError('readable')\n"
            "            except OSError:\n                pass\n" + GOOD["relu"]
        ),
        FULL,
    ),
]
