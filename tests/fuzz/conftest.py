"""Print how many cases there were."""

from __future__ import annotations

from typing import Any

import pytest

from . import kit


@pytest.fixture(scope="session", autouse=True)
def _hangs_are_told(request: pytest.FixtureRequest) -> None:
    """Give the watchdog the true standard error, of which pytest's own watchdog has a copy."""
    try:
        from _pytest.faulthandler import fault_handler_stderr_fd_key as key

        kit.hang_log = request.config.stash.get(key, 2)
    except ImportError:  # another pytest keeps it elsewhere; then the hang is told to nobody
        return


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """After the full run: a line a kind."""
    if not kit.FULL:
        return
    for kind, counts in kit.tally.items():
        parts = ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items()))
        terminalreporter.write_line(f"{sum(counts.values()):,} {kind}: {parts}")
