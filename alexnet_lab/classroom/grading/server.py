"""The warm parent: it imports the libraries once, and forks for each submission.

It runs inside the sandbox and never sees a submission. For each it makes an empty folder and two
processes: the *kernel*, in namespaces of its own where the system allows it, which will run the
answers; and the *runner*, which then reads the notebook from the grader, has nbval execute it, and
writes rows back. The kernel is forked before the notebook is read, so hidden checks and seeds are
in no memory that answers can reach. When the runner is done all processes are killed, and the
folder goes.

``python -m alexnet_lab.classroom.grading.server CONFIG`` with JSON: see `protocol.Config`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..running import imports
from ..secret import GRADING
from ..settings import LINE
from . import confine, tampering
from .protocol import NO_JOB, Config, cores, say

ALWAYS = ("numpy", "numpy.testing", "torch", "torch.testing", "matplotlib.pyplot")
KERNEL = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "comm"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.debugger"),
    *("IPython.core.logger", "IPython.core.oinspect", "IPython.extensions.storemagic"),
    *("pygments.formatters.terminal256", "tornado.platform.asyncio"),
)
RUNNER = (
    *(
        "alexnet_lab.classroom.grading.runner",
        "jupyter_client",
        "zmq",
        "alexnet_lab.classroom.secret",
    ),
    *("_pytest.helpconfig", "_pytest.skipping"),
)
COMMON = ("/dev/shm", "/tmp", "/var/tmp", "/run")


@dataclass(frozen=True)
class Slot:
    """One submission's place: folder, connection, kernel."""

    folder: Path
    connection: dict[str, Any]
    kernel: int


def main(text: str) -> int:
    """Serve submissions until the grader hangs up."""
    config = Config.loads(text)
    confine.undumpable()
    confine.die_with_parent()
    if os.getuid() == 0:
        sys.stderr.write("the sandbox would run answers as root\n")
        return 1
    ask, tell = os.dup(0), os.dup(1)
    with open(os.devnull, "rb+", buffering=0) as null:
        os.dup2(null.fileno(), 0)
        os.dup2(null.fileno(), 1)
    os.environ.update(HOME=config.private, TMPDIR=config.private, MPLCONFIGDIR=config.private)
    _warm(config)
    nested = _nested()
    say(tell, kind="warm", nested=nested, cores=cores())
    number = 0
    while _serve(config, number, ask, tell, nested) and nested:
        number += 1
    return 0


def _warm(config: Config) -> None:
    with imports.without(imports.GRAMMARS, imports.DEBUGGER):
        for name in (*KERNEL, *RUNNER):
            importlib.import_module(name)
    for name in (*ALWAYS, *config.modules):
        # A source may import what this machine has not; its own cell will say so.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    rehearse()
    prepare(config)
    settle()
    tampering.remember()
    gc.collect()
    gc.freeze()


def rehearse() -> None:
    """Compile nbformat's schema, which each runner would have to, and once is enough."""
    import nbformat

    nbformat.validate(nbformat.v4.new_notebook())


def prepare(config: Config) -> None:
    """Do the part of pytest's start that is the same for all notebooks."""
    from ..running import nbval_kernel
    from .runner import graded

    nbval_kernel.prepare(graded(config), config.private, config.settings.cell_seconds)


def settle() -> None:
    """Import what torch imports late, where that exchanges functions of torch.

    The first optimizer imports ``torch._dynamo``, which wraps ``torch.manual_seed``: in a kernel
    that would look as if an answer had replaced it.
    """
    if "torch" in sys.modules:
        with contextlib.suppress(ImportError):
            importlib.import_module("torch._dynamo")


def _nested() -> bool:
    def probe() -> int:
        confine.undumpable(False)
        return 0 if confine.new_namespaces() else 1

    return os.waitpid(confine.fork(probe), 0)[1] == 0


def _serve(config: Config, number: int, ask: int, tell: int, nested: bool) -> bool:
    """Serve one submission; return whether there was one."""
    folder = Path(config.jobs) / f"box-{number}"
    _empty(config.jobs)
    folder.mkdir(mode=0o700)
    connection = {
        "transport": "ipc",
        "ip": str(folder / ".kernel"),
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
        **dict(
            zip(
                ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"),
                range(1, 6),
                strict=True,
            )
        ),
    }
    (folder / ".kernel.json").write_text(json.dumps(connection), encoding="utf-8")
    read, write = os.pipe()
    ours, theirs = (end.detach() for end in socket.socketpair())
    close = {ask, tell, read, ours}
    jail = confine.fork(lambda: _jail(config, folder, (write, theirs), close, nested))
    os.close(write)
    os.close(theirs)
    kernel = int(os.read(read, 32) or 0)
    os.close(read)
    slot = Slot(folder, connection, kernel)
    runner = confine.fork(lambda: _run(config, slot, ask, tell, ours))
    os.close(ours)
    status = os.waitpid(runner, 0)[1]
    # The jail waits for the kernel and ends with it: then nothing of the submission is left, and
    # what its processes took is in `cores`.
    with contextlib.suppress(ProcessLookupError):
        if kernel:
            os.kill(kernel, signal.SIGKILL)
    os.waitpid(jail, 0)
    _empty(config.jobs)
    _empty(config.private, but="fontlist")
    served = os.waitstatus_to_exitcode(status) != NO_JOB
    if served:
        say(tell, kind="done", code=os.waitstatus_to_exitcode(status), cores=cores())
    return served


def _empty(folder: str, but: str = "\0") -> None:
    for entry in os.scandir(folder):
        if entry.name.startswith(but):
            continue
        if entry.is_dir(follow_symlinks=False):
            os.chmod(entry.path, 0o700)
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)


def _run(config: Config, slot: Slot, ask: int, tell: int, line: int) -> int:
    from . import runner

    os.chdir(config.private)
    return runner.run(ask, tell, line, slot.connection, slot.kernel, config)


def _jail(
    config: Config, folder: Path, keep: tuple[int, int], close: set[int], nested: bool
) -> int:
    """Start the kernel, in new namespaces, tell its pid, and wait for its end."""
    write, line = keep
    for descriptor in close:
        os.close(descriptor)
    # Only a process that may be looked into can map its user; nothing is in its memory yet.
    confine.undumpable(False)
    if nested and not confine.new_namespaces():
        return 71
    pid = confine.fork(lambda: _kernel(config, folder, line, nested))
    os.close(line)  # else nobody would see that the kernel has hung up
    confine.undumpable()
    os.write(write, str(pid).encode())
    os.close(write)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _kernel(config: Config, folder: Path, line: int, nested: bool) -> int:
    """Become the kernel that will run the answers."""
    confine.die_with_parent()
    os.setsid()
    if nested:
        confine.only_writable(str(folder), config.jobs)
        confine.cover(config.private)
        # A container may have them; what one submission leaves there the next must not find.
        for common in COMMON:
            if os.access(common, os.W_OK) and not config.jobs.startswith(f"{common}/"):
                confine.cover(common, 64)
        confine.own_proc()
    confine.no_capabilities()
    os.dup2(1, 2)  # nothing that answers print by other ways goes anywhere
    os.dup2(line, LINE)
    confine.close_all_but({0, 1, 2, LINE})
    os.chdir(folder)
    here = str(folder)
    os.environ.update(
        {GRADING: "1", "HOME": here, "TMPDIR": here, "IPYTHONDIR": f"{here}/.ipython"},
        MPLCONFIGDIR=here,
    )
    confine.limit(config.settings)
    app = _app(str(folder / ".kernel.json"))
    app.initialize([])
    # Of an error its name and its words count. A traceback with source and colours takes a hundred
    # times as long, and a canary dies in almost every cell.
    assert app.shell
    app.shell.InteractiveTB.set_mode("Minimal")
    app.start()
    return 0


def _app(connection_file: str) -> Any:
    """Return ipykernel's application, set up here: no command line and no file is read for it."""
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config as Traits

    class Kernel(IPKernelApp):  # type: ignore[misc]
        def parse_command_line(self, argv: Any = None) -> None:
            pass

        def load_config_file(self, *given: Any, **named: Any) -> None:
            pass

    return Kernel.instance(
        connection_file=connection_file,
        capture_fd_output=False,
        log_level="CRITICAL",
        config=Traits({"HistoryManager": {"enabled": False}}),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
