"""An unfinished run's folder, and who works on it."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...data import ImageData
from ...files import atomic_write
from ..records import provenance
from ..records.run import Run


class UnfinishedRun:
    """The folder of an unfinished run: when it began, and how long it has been worked on."""

    def __init__(self, folder: Path, setting: str, data: ImageData, resume: bool) -> None:
        self.folder = folder
        mark = {"setting": setting, "fingerprint": data.fingerprint}
        note = self._note()
        if note is None or not resume or {k: note.get(k) for k in mark} != mark:
            # Begun with other settings or data, or not to be continued.
            shutil.rmtree(folder, ignore_errors=True)
            note = {**mark, "started": provenance.now(), "seconds": 0.0}
        self.note: Mapping[str, Any] = note
        self.began = time.monotonic()
        self._write(note["seconds"])

    @property
    def started(self) -> str:
        """When the run began, UTC."""
        return str(self.note["started"])

    def seconds(self) -> float:
        """Return how long the run has been worked on, over all sessions that ended cleanly."""
        return float(self.note["seconds"]) + time.monotonic() - self.began

    def pause(self) -> None:
        """Keep the time."""
        self._write(self.seconds())

    def end(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _note(self) -> dict[str, Any] | None:
        try:
            return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _write(self, seconds: float) -> None:
        with atomic_write(self.folder / "run.json") as scratch:
            scratch.write_text(json.dumps({**self.note, "seconds": seconds}), encoding="utf-8")


@contextlib.contextmanager
def claimed(out: Path, run: Run) -> Iterator[bool]:
    """Claim a run, so that two queues share the work; gives False when another has it.

    The system frees the claim of a process that dies. Where there are no such locks (Windows) one
    queue at a time is assumed.
    """
    try:
        import fcntl
    except ImportError:
        yield True
        return
    target = out / "claims" / f"{run.own.experiment.folder}-{run.scale}-{run.name}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
