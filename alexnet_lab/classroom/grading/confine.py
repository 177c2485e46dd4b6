"""Linux's own means to take rights from a process: namespaces, capabilities, limits.

Used inside the sandbox, where all is set up and nothing is trusted: each submission's kernel gets
namespaces of its own, in which the other processes of the sandbox cannot be seen or signalled.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Callable

from ..settings import MEBI, Settings

NEWNS, NEWIPC, NEWUSER, NEWPID = 0x20000, 0x8000000, 0x10000000, 0x20000000
MS_REC, MS_PRIVATE, MS_NOSUID, MS_NODEV, MS_BIND = 0x4000, 0x40000, 2, 4, 4096
MS_RDONLY, MS_REMOUNT = 1, 32
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
LAST_CAPABILITY = 63


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def undumpable(on: bool = True) -> None:
    """Let no process of the same user look into this one's memory or descriptors (or again do)."""
    with contextlib.suppress(AttributeError):  # not Linux
        _libc().prctl(PR_SET_DUMPABLE, 0 if on else 1, 0, 0, 0)


def die_with_parent() -> None:
    """Be killed when the parent dies."""
    _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def new_namespaces() -> bool:
    """Enter new user, mount and IPC namespaces; children get a new PID namespace.

    Returns
    -------
    bool
        False where the system does not allow it; nothing has changed then.
    """
    uid, gid = os.getuid(), os.getgid()
    if _libc().unshare(NEWUSER | NEWNS | NEWPID | NEWIPC) != 0:
        return False
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    _mount(b"none", b"/", None, MS_REC | MS_PRIVATE)
    return True


def cover(folder: str, size_mb: int = 1) -> None:
    """Put an empty folder, in memory, over a folder; only in a new mount namespace."""
    options = f"size={size_mb}m,mode=700".encode()
    _mount(b"tmpfs", folder.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options)


def bind(source: str, target: str) -> None:
    """Show a folder at another place as well; only in a new mount namespace."""
    _mount(source.encode(), target.encode(), None, MS_BIND)


def only_writable(folder: str, around: str) -> None:
    """Make `around` read-only except `folder` in it; only in a new mount namespace."""
    bind(around, around)
    bind(folder, folder)
    _mount(b"none", around.encode(), None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def own_proc() -> bool:
    """Mount the PID namespace's own ``/proc``; False where the system does not allow it."""
    return _libc().mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV, None) == 0


def _mount(
    source: bytes, target: bytes, kind: bytes | None, flags: int, options: bytes | None = None
) -> None:
    if _libc().mount(source, target, kind, flags, options) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {target.decode()}: {os.strerror(number)}")


def no_capabilities() -> None:
    """Give up all capabilities, and every way to get some."""
    libc = _libc()
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3
    if libc.capset(header, (ctypes.c_uint32 * 6)()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"capset: {os.strerror(number)}")


def limit(settings: Settings) -> None:
    """Set the limits of a process and all that it starts."""
    with open("/proc/self/statm", encoding="ascii") as file:
        loaded = int(file.read().split()[0]) * resource.getpagesize()
    _at_most(resource.RLIMIT_AS, loaded + settings.memory_mb * MEBI)
    _at_most(resource.RLIMIT_FSIZE, settings.file_mb * MEBI)
    _at_most(resource.RLIMIT_NPROC, settings.processes)
    _at_most(resource.RLIMIT_CPU, int(settings.wall_seconds) + 5)
    _at_most(resource.RLIMIT_CORE, 0)
    _at_most(resource.RLIMIT_NOFILE, 1024)


def _at_most(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def close_all_but(keep: set[int]) -> None:
    """Close every descriptor that is not to be kept."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in keep:
            with contextlib.suppress(OSError):
                os.close(int(name))


def fork(body: Callable[[], int]) -> int:
    """Run `body` in a child that ends with what it returns, whatever happens; return the pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 70  # EX_SOFTWARE
    try:
        code = body()
    except BaseException as error:  # nothing may fall back into the parent's code
        with contextlib.suppress(Exception):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)
