"""Containers as a sandbox: docker, or podman, which takes the same options.

A program that starts a container is only its client: killing it leaves the container running. So
every container has a name of its own, and is removed by that.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess

from ...errors import UserError
from ..settings import Settings

ENGINES = ("docker", "podman")
# What the libraries themselves take, beside the answers' memory.
LIBRARIES_MB = 2048
# Beside the answers' processes: the warm parent, the runner, and their threads.
OWN_PROCESSES = 16
_FIRST_USER, _USERS = 20_000, 40_000
_SECONDS = 60


def engine(image: str) -> str:
    """Return the path of an engine that knows the image.

    Raises
    ------
    UserError
        When there is none, or it does not know it; with the way out.
    """
    if not image:
        raise UserError("--sandbox docker needs --image IMAGE, one with alexnet-lab[classroom]")
    path = next(filter(None, map(shutil.which, ENGINES)), None)
    if path is None:
        raise UserError("neither docker nor podman is installed; --sandbox bwrap needs no daemon")
    try:
        done = subprocess.run(
            [path, "image", "inspect", image],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"{path} does not answer; is its daemon running?") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise UserError(f"{path} does not know the image {image!r}: {said}")
    return path


def new_name() -> str:
    """Return a name for a container."""
    return f"alexnet-lab-{secrets.token_hex(8)}"


def command(
    engine: str,
    image: str,
    name: str,
    settings: Settings,
    folders: tuple[str, ...],
    environment: dict[str, str],
) -> list[str]:
    """Return the command that starts a container; what runs in it is to be added.

    Parameters
    ----------
    engine, image, name : str
    settings : Settings
    folders : tuple of str
        What is writable, each an empty folder in memory.
    environment : dict
        Variables inside, beside the image's own.
    """
    memory = f"{settings.all_memory_mb + LIBRARIES_MB}m"
    # The system counts the processes of a user in all containers together: were it one user, a
    # fork bomb in one container would forbid the others to start anything.
    user = str(_FIRST_USER + secrets.randbelow(_USERS))
    made = [engine, "run", "--rm", "--interactive", "--name", name, "--network", "none"]
    made += ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    made += ["--user", f"{user}:{user}", "--pids-limit", str(settings.processes + OWN_PROCESSES)]
    # No --init: the warm parent is the first process, which none inside can kill or look into.
    made += ["--memory", memory, "--memory-swap", memory, "--log-driver", "none"]
    for folder in folders:
        made += ["--tmpfs", f"{folder}:rw,mode=1777,size={settings.folder_mb}m"]
    for key, value in environment.items():
        made += ["--env", f"{key}={value}"]
    return [*made, image]


def remove(engine: str, name: str) -> None:
    """Kill a container with all that is in it, and remove it; nothing happens if it is gone."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [engine, "rm", "--force", "--volumes", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
