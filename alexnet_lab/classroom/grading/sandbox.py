"""The sandbox that a warm parent runs in: bubblewrap, docker, or none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import UserError
from ..settings import Settings
from . import container
from .protocol import Config

KINDS = ("auto", "bwrap", "docker", "none")
NOBODY = "65534"
MODULE = "alexnet_lab.classroom.grading.server"
PACKAGE = Path(__file__).resolve().parents[2]
# Where the folders in memory stand inside.
JOBS, PRIVATE = "/jobs", "/private"
_PROBE_SECONDS = 60
_LIBRARIES = ("lib", "lib32", "lib64", "libx32", "bin", "sbin")
_LOADER = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")


@dataclass(frozen=True)
class Sandbox:
    """One kind of sandbox, ready to start warm parents in.

    Attributes
    ----------
    kind : {"bwrap", "docker", "none"}
    words : str
        What the report says about it.
    image : str
        The container's image.
    engine : str
        Path of docker or podman.
    """

    kind: str
    words: str
    image: str = ""
    engine: str = ""
    folders: list[str] = field(default_factory=list, compare=False)
    containers: list[str] = field(default_factory=list, compare=False)

    def command(self, modules: list[str], settings: Settings) -> list[str]:
        """Return the command of a warm parent."""
        if self.kind == "none":
            jobs, private = (tempfile.mkdtemp(prefix="alexnet-lab-") for _ in range(2))
            self.folders.extend((jobs, private))
            config = Config(jobs, private, modules, settings)
            return [sys.executable, "-m", MODULE, config.dumps()]
        config = Config(JOBS, PRIVATE, modules, settings)
        if self.kind == "docker":
            name = container.new_name()
            self.containers.append(name)
            made = container.command(
                self.engine, self.image, name, settings, (JOBS, PRIVATE), self._inside()
            )
            return [*made, "python", "-m", MODULE, config.dumps()]
        return _bwrap(settings, [sys.executable, "-m", MODULE, config.dumps()])

    def environment(self) -> dict[str, str]:
        """Return all variables of what `command` starts.

        A container's client finds its daemon by the teacher's own variables, of which the container
        gets none. Elsewhere these are the warm parent's, and nothing of the teacher's is among
        them.
        """
        if self.kind == "docker":
            return dict(os.environ)
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": os.pathsep.join((str(PACKAGE.parent), *_elsewhere())),
            **self._inside(),
        }

    @staticmethod
    def _inside() -> dict[str, str]:
        return {
            "HOME": PRIVATE,
            "USER": "student",
            "LANG": "C.UTF-8",
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "JUPYTER_PLATFORM_DIRS": "1",
        }

    def clean(self) -> None:
        """Remove the folders that were made outside, and containers that are left."""
        while self.folders:
            shutil.rmtree(self.folders.pop(), ignore_errors=True)
        while self.containers:
            container.remove(self.engine, self.containers.pop())


def choose(kind: str, image: str = "") -> Sandbox:
    """Return a sandbox that works here.

    Parameters
    ----------
    kind : {"auto", "bwrap", "docker", "none"}
        ``auto`` is bubblewrap.
    image : str
        For docker, or podman in its place: one in which ``python -m alexnet_lab`` works.

    Raises
    ------
    UserError
        When it does not work here; with the way out.
    """
    if kind not in KINDS:
        raise UserError(f"unknown sandbox {kind!r}; known: {', '.join(KINDS)}")
    if kind == "none":
        return _none()
    if not sys.platform.startswith("linux") and kind != "docker":
        raise UserError("grading needs Linux; elsewhere --sandbox docker --image IMAGE")
    if kind == "docker":
        found = container.engine(image)
        words = f"{Path(found).name}, image {image}, no network, no capabilities, a user of its own"
        return Sandbox("docker", words, image, found)
    problem = _bwrap_problem()
    if problem:
        raise UserError(
            f"bubblewrap is not usable here ({problem}); install it (apt install bubblewrap), or "
            "--sandbox docker, or --sandbox none to run answers with all your own rights"
        )
    who = f"user {NOBODY}" if os.getuid() == 0 else f"user {os.getuid()}"
    return Sandbox("bwrap", f"bubblewrap, no network, no capabilities, {who}")


def _none() -> Sandbox:
    if not sys.platform.startswith("linux"):
        raise UserError("grading needs Linux; elsewhere --sandbox docker --image IMAGE")
    if os.getuid() == 0:
        raise UserError("answers are not run as root without a sandbox; use another user")
    return Sandbox("none", "none: answers ran with the network and with all of the grader's rights")


def _bwrap_problem() -> str:
    """Return why bubblewrap cannot be used, or nothing."""
    if not shutil.which("bwrap"):
        return "it is not installed"
    if os.getuid() == 0 and not shutil.which("setpriv"):
        return "setpriv is not installed"
    try:
        done = subprocess.run(
            _bwrap(Settings(), [sys.executable, "-S", "-c", "import os; print(os.getuid())"]),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode or done.stdout.strip() in ("", "0"):
        return (done.stderr.strip().splitlines() or ["it ends without a word"])[-1]
    return ""


def _elsewhere() -> list[str]:
    """Return folders of installed packages that lie outside the environment: a user's own, say."""
    inside = (sys.prefix, sys.base_prefix, "/usr")
    places = [p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    return [p for p in dict.fromkeys(places) if os.path.isdir(p) and not p.startswith(inside)]


def _bwrap(settings: Settings, command: list[str]) -> list[str]:
    """Return a command inside bubblewrap.

    Visible, and read-only: the system's libraries, Python, this package. Writable, in memory: two
    folders. As root the mounts are made with its rights, for Python may lie where only root can
    look; then the user changes to nobody, for good.
    """
    root = os.getuid() == 0
    size = str(settings.folder_mb << 20)
    made = ["bwrap", "--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid"]
    made += ["--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"]
    if not root:
        made += ["--unshare-user", "--cap-drop", "ALL"]
    made += ["--ro-bind", "/usr", "/usr"]
    for name in _LIBRARIES:
        path = Path("/") / name
        if path.is_symlink():
            made += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            made += ["--ro-bind", str(path), str(path)]
    # Before the folders below: Python or this package may lie in /tmp.
    made += ["--dev", "/dev", "--perms", "0555", "--tmpfs", "/tmp"]
    for seen in dict.fromkeys((*_LOADER, sys.base_prefix, sys.prefix, str(PACKAGE), *_elsewhere())):
        if os.path.exists(seen) and not seen.startswith("/usr/") and seen != "/usr":
            # bubblewrap makes missing parents for their owner only, here root.
            for parent in list(Path(seen).parents)[-2::-1]:
                made += ["--perms", "0755", "--dir", str(parent)]
            made += ["--ro-bind", seen, seen]
    for folder in (JOBS, PRIVATE):
        made += ["--perms", "1777", "--size", size, "--tmpfs", folder]
    made += ["--dir", "/proc"] if root else ["--proc", "/proc"]
    if not root:
        return [*made, "--remount-ro", "/", "--chdir", "/", "--", *command]
    # bubblewrap covers parts of the /proc that it mounts, and no process inside could then mount
    # one for its own namespace. So this one is mounted by hand, while there are rights to do it.
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    drop += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    script = 'mount -t proc -o nosuid,nodev,noexec proc /proc && exec "$@"'
    made += ["--remount-ro", "/", "--chdir", "/", "--", "/bin/sh", "-c", script, "sh"]
    return [*made, *drop, "--", *command]
