"""SIGTERM and SIGHUP end a command as Ctrl-C does: nothing is left half written."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterable, Iterator
from typing import Any

#: What a batch system sends before it kills, and a terminal that is closed.
TERMINATING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Interrupted(KeyboardInterrupt):
    """An interrupt by a signal; `code` is the exit code, 128 and the signal's number."""

    def __init__(self, message: str = "", number: int = signal.SIGINT) -> None:
        super().__init__(message)
        self.code = 128 + int(number)


def interrupt(number: int, frame: Any) -> None:
    """Raise what Ctrl-C raises."""
    raise Interrupted(number=number)


@contextlib.contextmanager
def handled(handler: Any, numbers: Iterable[int] = TERMINATING) -> Iterator[None]:
    """Handle signals inside the block; what was set up to be ignored (nohup) still is."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in numbers:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
