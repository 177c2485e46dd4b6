"""What more workers gain in grading, from one record, in words."""

from __future__ import annotations

import _text as t


def grading(record: t.Record) -> str:
    """Return where the cores' time goes, and how much of what there is to gain is gained."""
    data = record["data"]
    one, all_, cores = data["one"], data["all"], data["cores"]
    busy = one["runs_core_s"] / one["steady_s"]
    return (
        f"On {t.processor(record)}, a submission takes {t.number(one['runs_core_s'])} core-seconds"
        " in two processes, forked from one that has loaded torch: the kernel that runs the"
        " answers, and nbval, which sends them and judges. For a part of the time both work, so"
        f" that one worker keeps {t.number(busy)} cores busy, and {cores} workers on {cores} cores"
        f" can be at most {t.number(data['most'])} times as fast. Measured:"
        f" **{t.number(data['steady_gain'])} times**. A batch begins with"
        f" {t.amount(one['start_s'], 's')} in which torch is loaded, whatever the number of"
        f" workers. With it, {data['students']} submissions are done {t.number(data['gain'])} times"
        " as fast; a larger class comes nearer to the figure before. On average"
        f" {t.number(all_['busy_cores'])} of {cores} cores were busy.\n"
    )
