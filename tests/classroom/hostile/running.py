"""Answers that crash, never end, take too much, or reach for what is not theirs."""

from __future__ import annotations

from .making import BAD_RELU, FULL, GOOD, RELU, Case, change, helper, relu

CASES = [
    Case("100 MB output", relu("print('x' * 100_000_000)" + BAD_RELU), RELU, "kB of output"),
    Case(
        "endless output",
        relu("def relu(x):\n    while True:\n        print('x' * 10_000, flush=True)"),
        RELU,
        "kB of output",
    ),
    Case("20 GB", relu("x = np.ones((20, 1 << 27))" + BAD_RELU), RELU, "NameError"),
    Case("20 GB in a list", relu("x = [bytearray(1 << 30) for _ in range(20)]"), RELU, "relu"),
    Case(
        "500 MB in each of 12 processes",
        relu(
            "import os, time\ndef relu(x):\n    for _ in range(12):\n        if os.fork() == 0:\n"
            "            held = bytearray(b'x') * (500 << 20)\n            time.sleep(600)\n"
            "    time.sleep(600)"
        ),
        RELU,
        "all processes together took more than",
    ),
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
        "network",
        relu(
            "import socket\ns = socket.create_connection(('127.0.0.1', PORT), 3)\n" + GOOD["relu"]
        ),
        RELU,
        "NameError",
    ),
    Case("asks for input", relu("def relu(x):\n    return input()"), RELU, "StdinNotImplemented"),
    Case("warns on stderr", relu("import sys\nprint('!', file=sys.stderr)\n" + GOOD["relu"]), FULL),
    Case("helper crashes", change(helper("import os\nos._exit(1)")), FULL, "helper-0"),
]
