"""The ledger as a page of the book, with its data beside it. Nothing in it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import atomic_write
from ..claims.full_scale import imagenet_towers
from ..claims.registry import find, names
from ..design.claim import BOOK, PAPER, STATUSES
from ..design.experiment import Experiment
from ..records.store import Library
from .arm_table import arm_table
from .csv_files import arms_csv, claims_csv
from .figure import draw_relu_tanh
from .ledger import Outcome, Row, rows, summary
from .progress import progress
from .shared import shared_arms
from .words import cell_text, effect, interval, seeds, span, table

HEAD = """\
# The ledger

This page shows what the paper claims and what our runs found. Every row is judged by a rule, from \
records that anyone can make again. The rules were written before the runs of this edition; where \
older records count, the row says so. "Undecided" is a result, too: the row then shows how many \
more runs a decision would take.

This page is written by `alexnet-lab experiment report` from the records in the package; no \
number in it is typed by hand. Its data: [claims as CSV](ledger/claims.csv), [arms as \
CSV](ledger/arms.csv), [all as JSON](ledger/ledger.json).

## How to read it

- **reproduced**: the whole interval is on the claim's side of no effect, and the effect is at \
least half of what the paper claims, in the paper's own setting; or the statement is exact.
- **reproduced at small scale**: the same with less data or a smaller net than the paper's.
- **contradicted**: the whole interval is on the other side of no effect, at this scale.
- **smaller than claimed**: the whole interval lies below half of what the paper claims, but not \
wholly on the other side of no effect.
- **undecided**: none of these; the row shows how many runs a decision would take.
- **cannot be tested**, with the reason.

Each arm is run at every learning rate of its grid, with the same seeds; effects are differences \
(or ratios) seed by seed. A row is judged under every rule by which the rates could be chosen: \
each arm at its best rate by the last epoch, each at its best by the best epoch (for each seed, \
the rate that the *other* seeds choose), and both arms at each rate that they share. **A verdict \
that depends on the rule is undecided.** A row is also undecided if its controls fail: a placebo, \
the same network with other seeds, must show no effect; and a change whose effect is known must \
show it. Records are looked at after 3, 6, 12 and 24 seeds, and the intervals are wider to allow \
for this: all looks together, not each of them, are wrong in 5 % of experiments without an \
effect. [The design](evidence-design.md) was written before the runs of this edition and explains \
all this row by row. Of twenty rows without any effect, one would still seem to show one.

Intervals of rows without looks are 95 %: Student's t over three runs in rows 7 and 11; over \
three sets of queries of one network in row 13, which says nothing about another network; in row \
14 they are the least and the greatest value. The difference in rows 7 and 15 has no sign, since \
either tower may have the colour; its interval is cut at 0, and the signed difference stands \
below it. Where a run ended before what it waited for, a value is a bound ("at least"), and the \
interval is open on that side.

In the first edition of this ledger each arm had the rate that one short run with one seed had \
chosen. Where new runs are missing, these old runs still show an effect, under "each at the rate \
of a short pilot"; it is not judged. Each record keeps the version of the rule under which it was \
made.
"""


def write_ledger(library: Library, folder: Path) -> list[Path]:
    """Write ``ledger.md``, and its data and figure under ``ledger/``.

    Parameters
    ----------
    library : Library
        The records.
    folder : pathlib.Path
        The book's folder.

    Returns
    -------
    list of pathlib.Path
        What was written.
    """
    found = rows(library)
    arms = [
        {"experiment": e.name, "scale": s, **row}
        for e, s in _experiments(found)
        for row in arm_table(e, s, library)
    ]
    figure = draw_relu_tanh(library, folder / "ledger" / "relu_tanh.svg")
    everything = {"claims": [row.to_dict() for row in found], "arms": arms}
    texts = {
        folder / "ledger.md": page(library, found, figure),
        folder / "ledger" / "ledger.json": json.dumps(everything, indent=1, ensure_ascii=False)
        + "\n",
        folder / "ledger" / "claims.csv": claims_csv(found),
        folder / "ledger" / "arms.csv": arms_csv(arms),
    }
    for path, text in texts.items():
        with atomic_write(path) as scratch:
            scratch.write_text(text, encoding="utf-8")
    return [*texts, *([folder / "ledger" / "relu_tanh.svg"] if figure else [])]


def page(library: Library, found: Sequence[Row], figure: str | None) -> str:
    """Return the page as Markdown; `figure` is the alternative text, None without a figure."""
    parts = [HEAD, "## At a glance\n", _counts(found)]
    for whose, title in ((PAPER, "The paper's own sentences"), (BOOK, "This book's own questions")):
        mine = [row for row in found if row.claim.asks == whose]
        parts += [f"### {title}\n", _overview(mine)] if mine else []
    parts.append(_SEEN_BEFORE if any(row.rule_is_newer for row in found) else "")
    parts += [_progress(library, found), _shared(found)]
    for experiment, scale in _experiments(found):
        mine = [row for row in found if row.experiment.name == experiment.name]
        parts.append(_section(experiment, scale, mine, library))
        if experiment.name == "relu_tanh" and figure:
            parts.append(f"![{figure}](ledger/relu_tanh.svg)\n")
    return "\n".join(parts)


def _experiments(found: Iterable[Row]) -> list[tuple[Experiment, str]]:
    scales = {row.experiment.name: row.scale for row in reversed(list(found))}
    return [(find(name), scales[name]) for name in names() if name in scales]


def _counts(found: Sequence[Row]) -> str:
    parts = [f"{sum(row.status == word for row in found)} {word}" for word in STATUSES]
    return f"Of {len(found)} claims: {', '.join(parts)}.\n"


_SEEN_BEFORE = (
    "† All records of this row were seen before its present rule was written: the verdict is not"
    " the test of a prediction.\n"
)


def _progress(library: Library, found: Sequence[Row]) -> str:
    names_ = ("those of the first edition", "all, with the runs of this edition")
    body = [
        (name, str(part.runs), f"{part.hours:.1f}", part.share)
        for name, part in zip(names_, progress(library, found), strict=True)
    ]
    head = ("Records", "Runs", "Hours", "Rows undecided by today's rules")
    return (
        "### How far the runs have come\n\n"
        "The first edition called no row undecided: it had no such verdict.\n\n" + table(head, body)
    )


def _overview(found: Sequence[Row]) -> str:
    # The verdict stands second: on a phone the last columns lie out of sight.
    head = ("Claim", "Verdict", "Here, with seeds", "There")
    body = [
        (
            f"{row.label}. {row.claim.text}",
            f"**{row.status}**" + " †" * row.rule_is_newer,
            f"{effect(row)} ({seeds(row.finding.effect)})" if row.finding.effect else effect(row),
            row.claim.figure or "–",
        )
        for row in found
    ]
    return table(head, body)


def _shared(found: Sequence[Row]) -> str:
    shown = {experiment.name: scale for experiment, scale in _experiments(found)}
    groups = [
        " = ".join(f"{arm.title} (row {experiment.number})" for experiment, arm in group)
        for group in shared_arms(shown)
    ]
    if not groups:
        return ""
    lines = "\n".join(f"- {group}" for group in groups)
    return (
        "### Shared arms\n\nThese arms are the same network with the same data, training and seeds:"
        f" their records are equal, and not separate evidence.\n\n{lines}\n"
    )


def _section(experiment: Experiment, scale: str, mine: Sequence[Row], library: Library) -> str:
    lines = [f"## {experiment.title}\n"]
    if experiment.withdrawn:
        lines.append(f"{experiment.withdrawn}\n")
    for row in mine:
        lines.append(f"**{row.label}. {row.claim.text}** ({row.claim.source}.)\n")
        if row.claim.untestable:
            lines.append(f"- **{row.status}**: {row.claim.untestable}.\n")
            continue
        lines.append(f"- The rule: {row.claim.statement}")
        result = effect(row) if row.finding.effect else f"{effect(row)} so far"
        takes = f", about {row.takes} more runs" if row.takes else ""
        lines.append(f"- The records: {result}: **{row.status}**{takes}.")
        if row.finding.note:
            lines.append(f"- Note: {row.finding.note}.")
        lines += [f"- {_control(outcome)}" for outcome in row.controls]
        if row.rule_changed:
            lines.append(
                f"- {row.rule_changed} of {row.have} records were made under another version of the"
                " rule, which was changed later."
            )
        lines.append("")
        if row.finding.by_rate:
            rates = [
                (one.rule, one.verdict, interval(one.effect) if one.effect else one.note)
                for one in row.finding.by_rate
            ]
            lines.append(table(("Rule for choosing the rate", "Verdict", "Interval"), rates))
        if experiment.name == "tower_colour":
            lines.append(_full_scale())
        if row.finding.details:
            body = [(what, interval(x), seeds(x)) for what, x in row.finding.details]
            unit = row.finding.unit.split()[0]  # points, or times
            lines.append(table((f"More, in {unit}", "Interval", "Seeds"), body))
    arms = arm_table(experiment, scale, library)
    if any(arm["seeds"] for arm in arms):
        lines.append(_arms(experiment, arms))
    records = [r for part in library.results(experiment, scale).records.values() for r in part]
    if records:
        lines.append(_provenance(records))
    lines.append(f"```bash\n{mine[0].command}\n```\n")
    return "\n".join(lines)


def _full_scale() -> str:
    body = [
        (one.network, *(f"{share:.1f} %" for share in one.shares), interval(one.gap), f"{one.p:g}")
        for one in imagenet_towers()
    ]
    head = ("Trained on ImageNet", "First tower", "Second tower", "Difference in points", "p")
    return (
        "At full scale the towers do split: in both networks of this kind that Berkeley's group"
        " trained on ImageNet, of which we have only the kernels. The shares of colour are weighted"
        " by the kernels' norms, intervals are a bootstrap over kernels, p is the share of 9,999"
        " random deals of the kernels that differ as much. The verdict above is about our scale:"
        f" ten classes.\n\n{table(head, body)}"
    )


def _control(outcome: Outcome) -> str:
    names = {"placebo": "Placebo", "positive": "Positive control"}
    said = {True: "passed", False: "**failed**", None: "not measured yet"}
    x = outcome.finding.effect
    shown = f": {interval(x)} {outcome.finding.unit}" if x else ""
    return f"{names[outcome.kind]}{shown}, {said[outcome.passed]}."


def _arms(experiment: Experiment, arms: Sequence[dict[str, Any]]) -> str:
    body = []
    measured = [arm for arm in arms if arm["seeds"]]
    for arm in measured:
        rate = "–" if arm["lr"] is None else f"{arm['lr']:g}"
        rate = f"**{rate}**" if arm["best"] else rate
        cells = [cell_text(arm[title], what) for title, what in experiment.shown]
        mark = "*" * arm["lr_at_edge_of_grid"]
        body.append((arm["title"], rate + mark, str(len(arm["seeds"])), *cells))
    text = table(("Arm", "Learning rate", "Seeds", *(title for title, _ in experiment.shown)), body)
    text += "\nBold: the rate with the best result of the arm, as far as it is measured.\n"
    if left := len({arm["arm"] for arm in arms} - {arm["arm"] for arm in measured}):
        text += f"{left} of {len({arm['arm'] for arm in arms})} arms have no run yet.\n"
    if any(arm["lr_at_edge_of_grid"] for arm in measured):
        text += "\\* The smallest or the largest rate of the grid: the grid is widened beyond it.\n"
    return text


def _provenance(records: Sequence[Mapping[str, Any]]) -> str:
    about = summary(records)
    prints = ", ".join(f"`{p[:12]}`" for p in about["fingerprints"])
    images = " or ".join(f"{n:,}" for n in about["images"])
    where = ", ".join(about["cpus"] if about["devices"] == ["cpu"] else about["devices"])
    return (
        f"{len(records)} run{'s' * (len(records) != 1)} on {', '.join(about['data'])} ({images}"
        f" training images, fingerprint {prints}); {where}; torch {', '.join(about['torch'])};"
        f" {span(about['mean_seconds'])} a run, {span(about['seconds'])} in all.\n"
    )
