"""What grader, warm parent and runner say to one another: settings, jobs, rows."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import asdict, dataclass, field
from typing import Any

from ..settings import Settings

NO_JOB = 3  # the runner's exit code when the grader has hung up


@dataclass(frozen=True)
class Config:
    """What the grader tells the warm parent.

    Attributes
    ----------
    jobs, private : str
        Two folders in memory: the kernel works in the one and does not see the other.
    modules : list of str
        Imported once; what the assignment's own cells import.
    settings : Settings
    """

    jobs: str
    private: str
    modules: list[str] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)

    def dumps(self) -> str:
        """Return the configuration as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Config:
        """Read what `dumps` wrote."""
        found = json.loads(text)
        return cls(**{**found, "settings": Settings(**found["settings"])})


def frame(job: dict[str, Any]) -> bytes:
    """Return a job as the bytes that the runner reads: a length, then JSON."""
    text = json.dumps(job).encode()
    return struct.pack(">Q", len(text)) + text


def say(tell: int, **row: Any) -> None:
    """Write one row to the grader."""
    line = memoryview((json.dumps(row) + "\n").encode())
    while line:
        line = line[os.write(tell, line) :]


def cores() -> float:
    """Return the core-seconds that this process took, and all those that it has waited for."""
    return sum(os.times()[:4])
