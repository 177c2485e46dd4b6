"""JupyterLab on a port of its own, with a kernel that runs this tree; nothing of it is left."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120  # far more than a start takes, for machines with other work

# What a first start would ask or fetch, and cells that are drawn only when they are scrolled to.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


def until(found: Callable[[], Any], what: str) -> Any:
    """Ask again and again until the answer is true; return it."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE_S} s in vain for {what}")


def is_running(process: int) -> bool:
    """Return whether a process exists (and is no zombie that only waits to be counted)."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


class Kernel:
    """A second client of the kernel that a notebook in the browser runs on."""

    def __init__(self, connection: Path) -> None:
        from jupyter_client import BlockingKernelClient

        self.client = BlockingKernelClient(connection_file=str(connection))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE_S)

    def run(self, code: str) -> str:
        """Run a cell; return what it printed."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "error":
                said.append("\n".join(content["traceback"]))
            elif message["msg_type"] == "stream":
                said.append(content["text"])

        self.client.execute_interactive(code, output_hook=hear, timeout=PATIENCE_S)
        return "".join(said).strip()

    def value(self, expression: str) -> Any:
        """Return what an expression is in the kernel, by way of JSON."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))


class Lab:
    """A running server; `address` opens a notebook, `kernel` talks to what runs it."""

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self.folder, self.url, self.token = folder, url, token

    def address(self, notebook: str) -> str:
        """Return where the notebook is alone on the page."""
        return f"{self.url}doc/tree/{notebook}?token={self.token}"

    def kernel(self) -> Kernel:
        """Return a client of the one kernel, once it is there."""
        files = (self.folder / "runtime").glob
        return Kernel(until(lambda: next(files("kernel-*.json"), None), "a kernel"))


@contextmanager
def start_lab(folder: Path) -> Iterator[Lab]:
    """Start JupyterLab in `folder`; when the block ends, the server and its kernels have."""
    for name, values in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    token = secrets.token_hex(16)
    own = {
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
        "JUPYTER_CONFIG_DIR": folder / "config",
        "JUPYTERLAB_SETTINGS_DIR": folder / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
        "IPYTHONDIR": folder / "ipython",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}",  # with the examples
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.port=0"]
    command += ["--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    log = folder / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            command,
            env={**os.environ, **{name: str(value) for name, value in own.items()}},
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    try:

        def started() -> Path | None:
            assert server.poll() is None, log.read_text(encoding="utf-8")[-2000:]
            return next((folder / "runtime").glob("jpserver-*.json"), None)

        found = until(started, "JupyterLab")
        yield Lab(folder, json.loads(found.read_text(encoding="utf-8"))["url"], token)
    finally:
        server.send_signal(signal.SIGTERM)  # it ends its kernels before itself
        try:
            server.wait(timeout=PATIENCE_S / 4)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
