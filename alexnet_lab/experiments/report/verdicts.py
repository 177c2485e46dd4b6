"""The verdicts as text: every row under every rule of choosing the learning rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...tables import percent
from ..claims.full_scale import imagenet_towers
from ..design.claim import BOOK, PAPER, STATUSES, UNDECIDED
from .ledger import Row
from .progress import Progress
from .words import interval

WHOSE = {PAPER: "The paper's own sentences", BOOK: "This book's own questions"}


def counts(found: Sequence[Row]) -> str:
    """Return how many rows have which verdict."""
    seen = Counter(row.status for row in found)
    return ", ".join(f"{seen[word]} {word}" for word in STATUSES if seen[word])


def verdict_table(found: Sequence[Row]) -> str:
    """Return every row's verdict, and what each rule of choosing the rate says."""
    lines = []
    for whose, title in WHOSE.items():
        mine = [row for row in found if row.claim.asks == whose]
        if not mine:
            continue
        lines += [title, ""]
        for row in mine:
            runs = f" (about {row.takes} more runs)" if row.takes else ""
            lines.append(f"{row.label:4}{row.status}{runs}")
            if row.finding.note:
                lines.append(f"      {row.finding.note}")
            for one in row.finding.by_rate:
                shown = interval(one.effect) if one.effect else one.note
                lines.append(f"      {one.rule}: {one.verdict}, {shown}")
            if row.experiment.name == "tower_colour":
                lines += [f"      at full scale, {one}" for one in imagenet_towers()]
            for outcome in row.controls:
                state = {True: "as it must", False: "FAILS", None: "not measured yet"}
                effect = outcome.finding.effect
                shown = f", {interval(effect)}" if effect else ""
                lines.append(f"      control, {outcome.kind}: {state[outcome.passed]}{shown}")
        share = sum(row.status == UNDECIDED for row in mine) / len(mine)
        lines += ["", f"{counts(mine)}; undecided: {percent(share)} of {len(mine)}", ""]
    return "\n".join(lines)


def progress_lines(first: Progress, now: Progress) -> str:
    """Return runs, hours and rows undecided: of the first edition's records, and of all."""
    return "\n".join(
        f"{title}: {part.runs} runs, {part.hours:.1f} h; undecided by today's rules: {part.share}"
        for title, part in (("Records of the first edition", first), ("All records", now))
    )
