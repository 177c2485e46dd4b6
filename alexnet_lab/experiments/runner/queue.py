"""The queue: the missing runs are done, one after the other, by one process or several."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UserError
from ..design.experiment import Experiment
from ..records.store import Library, cache
from .schedule import in_order

Say = Callable[[str], Any]


class Sources:
    """Where data come from, loaded once.

    Parameters
    ----------
    given : mapping of str to str
        Kind of data ("cifar10", "imagenette", "tiny-imagenet") to a name or folder for `load_data`.
    cache : path, optional
        As in `load_data`.
    say : callable
        Told what is being read.
    """

    def __init__(
        self,
        given: Mapping[str, str] | None = None,
        cache: str | os.PathLike[str] | None = None,
        say: Say = lambda text: None,
    ) -> None:
        self.given, self.cache, self.say = dict(given or {}), cache, say
        self._loaded: dict[tuple[str, int | None], Any] = {}

    def load(self, experiment: Experiment, scale: str) -> Any:
        """Return the data of an experiment at a scale."""
        from ...data import load_data, photo_patches

        spec = experiment.scale(scale)
        kind = spec.data or experiment.data
        key = (self.given.get(kind, kind), spec.size)
        if key not in self._loaded:
            if key[0] == "photo-patches" and scale == "smoke":
                self._loaded[key] = photo_patches(spec.size or 32, train=140, val=56)
            else:
                self.say(f"reading {key[0]}")
                self._loaded[key] = load_data(key[0], spec.size, cache=self.cache)
        return self._loaded[key]


def run_missing(
    experiments: Sequence[Experiment],
    scale: str,
    *,
    library: Library | None = None,
    sources: Sources | None = None,
    out: str | os.PathLike[str] | None = None,
    arms: Iterable[str] | None = None,
    seeds: Iterable[int] | None = None,
    resume: bool = True,
    minutes: float | None = None,
    device: str = "auto",
    progress: bool | None = None,
    say: Say = print,
) -> int:
    """Do the missing runs, one after the other, until none is left or the time is over.

    Several processes may work on the same folders: each run is done by one.

    Parameters
    ----------
    experiments : sequence of Experiment
        Of which the runs are done, in the order of `in_order`.
    scale : str
        "smoke", "laptop" or "gpu".
    library : Library, optional
        Where records are.
    sources : Sources, optional
        Where data are.
    out : path, optional
        Folder of unfinished runs; in the cache without it.
    arms, seeds : iterable, optional
        Only these.
    resume : bool
        Go on with unfinished runs; otherwise they are begun again.
    minutes : float, optional
        Stop cleanly after so many; the run that is then under way can be resumed.
    device : str
        As in `TrainConfig`.
    progress : bool, optional
        See `fit`.
    say : callable
        Told a line for each run.

    Returns
    -------
    int
        How many runs were finished.
    """
    from .run import OutOfTimeError, execute
    from .unfinished import claimed

    library = library or Library()
    sources = sources or Sources(say=say)
    folder = cache() / "runs" if out is None else Path(out)
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    arms, seeds = list(arms) if arms else None, list(seeds) if seeds is not None else None
    able, done = list(experiments), 0
    while able and (deadline is None or time.monotonic() < deadline):
        others_work = False
        for run in in_order(able, scale, library, arms=arms, seeds=seeds):
            with claimed(folder, run) as mine:
                if not mine or library.done(run):
                    others_work |= not mine
                    continue
                try:
                    data = sources.load(run.experiment, scale)
                    record = execute(
                        run,
                        data,
                        folder,
                        resume=resume,
                        deadline=deadline,
                        device=device,
                        progress=progress,
                    )
                except OutOfTimeError:
                    say(f"{run.path.with_suffix('')}: stopped, to be resumed")
                    return done
                except UserError as error:
                    # Data or weights that are not here: the other experiments need not wait.
                    if len(experiments) == 1:
                        raise
                    say(f"{run.experiment.name}: left out: {error}")
                    able.remove(run.experiment)
                    break
                library.write(run, record)
                say(f"{run.path.with_suffix('')}: {_result(record)}")
                done += 1
                break
        else:
            if not others_work:
                break
            wait()  # what another process finishes may make further runs ready
    return done


def wait() -> None:
    """Let the other processes work for a while."""
    time.sleep(5)


def _result(record: Mapping[str, Any]) -> str:
    if record["diverged"]:
        return f"{record['diverged']} ({record['seconds']:.0f} s)"
    parts = [
        f"{name.replace('_', ' ')} {100 * record['epochs'][name][-1]:.1f} %"
        for name in ("train_error", "val_error")
        if record["epochs"].get(name)
    ]
    return f"{', '.join(parts) or 'computed'} ({record['seconds']:.0f} s)"
