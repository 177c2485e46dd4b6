"""What grading may cost: limits of a submission, and how much is read."""

from __future__ import annotations

from dataclasses import dataclass

MEBI = 1 << 20
LINE = 3  # file descriptor of the kernel's end of the line to the checks


@dataclass(frozen=True)
class Settings:
    """Limits of one submission.

    Attributes
    ----------
    cell_seconds : float
        A cell that runs longer is interrupted, then killed.
    wall_seconds : float
        A whole run that takes longer is killed.
    budget_seconds : float
        When all runs of a submission have taken so long, no further one is begun.
    memory_mb : int
        What each process may allocate on top of the libraries that are loaded already.
    all_memory_mb : int
        What all processes of a submission may hold together; what they share counts in each.
    processes : int
        Processes and threads.
    file_mb : int
        The largest file that may be written.
    folder_mb : int
        All files together; they live in memory, and go with the submission.
    output_kb : int
        What one cell may print or show.
    submission_mb : int
        A larger submission is not read.
    """

    cell_seconds: float = 20.0
    wall_seconds: float = 180.0
    budget_seconds: float = 120.0
    memory_mb: int = 2048
    all_memory_mb: int = 4096
    processes: int = 256
    file_mb: int = 64
    folder_mb: int = 256
    output_kb: int = 1000
    submission_mb: int = 100
