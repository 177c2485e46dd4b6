"""What was measured on GPUs, from the records of ``tools/gpu_check.py``, and what was not."""

from __future__ import annotations

from collections.abc import Sequence

import _text as t

HEAD = """\
## On a GPU

What this project says of GPUs, checked: each check runs in a process of its own, with a time \
limit. Where no GPU was at hand, the verdict is *not measured*, and the last column says whether \
the same code ran on the processor. What a training costs on a T4, an L4 and an A100 is predicted \
from their data sheets in [Train the real thing](../notebooks/00_real_thing.ipynb).
"""


def gpu(records: Sequence[t.Record]) -> str:
    """Return the section: a table for each record."""
    parts = [HEAD]
    for record in records:
        data, machine = record["data"], record["machine"]
        body = [
            (check["name"], check["what"], f"**{check['verdict']}**", check["why"] or "–")
            for check in data["checks"]
        ]
        parts.append(t.table(("Check", "What it holds", "Verdict", "Found"), body))
        parts.append(
            f"- {machine['processor']}: {data['device']}; torch {machine['torch']},"
            f" {machine['date']}; took {t.amount(record['seconds'], 's')}.\n"
        )
    parts += [] if records else ["Nothing measured yet.\n"]
    parts.append("```bash\npython tools/gpu_check.py --record\n```\n")
    return "\n".join(parts)
