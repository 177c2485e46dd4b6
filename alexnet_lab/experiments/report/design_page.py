"""The design of the experiments as a page of the book: what each row takes, and what it would say.

Everything about a row is read from its declaration, so that the page cannot say other than what is
run. A changed design changes the page, and the page's history shows when.
"""

from __future__ import annotations

import math
from pathlib import Path

from ...files import atomic_write
from ...tables import percent
from ..claims.every_run import EveryRun
from ..claims.quotes import QUOTES
from ..claims.registry import find, names
from ..design.claim import BOOK, PAPER, Claim
from ..design.comparison import Comparison
from ..design.each_of import EachOf, arms_of, comparisons_of
from ..design.experiment import SEEDS, Experiment
from ..design.sequential import LOOKS, NOMINAL, spread_for
from ..records.run import Run
from ..records.store import SHIPPED, Library
from ..runner.estimate import estimate
from ..runner.schedule import CONTROL_LOOKS, ORDER
from .progress import FirstEdition
from .words import number, span, table

DATE = "30 November 2026"

_HEAD = f"""\
# The design of the experiments

This page was written on {DATE}, before the runs of this edition. For each row it states what the \
paper says, how small an effect would still interest us, what is compared, when we look at the \
results, and what each outcome would mean. The rows are written by `alexnet-lab experiment \
design` from the declarations that are run.

## What was wrong in the first edition

The first edition, of which RECORDS records are kept, had verdicts that did not hold:

- Each arm's learning rate came from one short run of one seed. The differences that decided the \
choice were smaller than their own error, and the rate changes the error by three to five points, \
more than most of the changes under test.
- "Not reproduced here" meant three things: the runs cannot tell, the effect is smaller, or the \
opposite is true.
- Two arms of row 8 were the same network. Rows 3, 8 and 9 shared a control and did not say \
so.
- The nets fitted their training images so badly that a regulariser could have no effect.
- ReLU against tanh was stopped one point of error before the goal.
- Questions of this book were mixed with the paper's claims as if they were the paper's.

The first edition's short runs decide where a grid begins. Its measured runs of rows 1, 3 \
to 6, 9 and 10 have the setting of this design and count as seeds 0 to 2, each at one rate of a \
grid: we had seen them before this page was written. That is a weakness of the first looks, and \
no row can be decided by them alone, since every rate of every arm is needed. The runs of rows 2, \
8 and 12, whose settings have changed, are shown as a pilot where nothing better is measured; \
they are not judged. Rows 7 and 14 are judged from records that we had seen when their present \
rules were written; the ledger marks them. In row 13, the precisions of the lab network and of the \
pixels had been seen, but not those of the untrained networks.

## The procedure

**Pairs.** The arms of a comparison run with the same seeds: the same order of the images, and \
the same initial weights where the layers are the same. We analyse the difference of each pair \
(of logarithms, for ratios of times), by Student's t for paired values.

**Rates.** Every arm runs at every learning rate of its grid, at full length. If a grid has more \
than three rates, it begins with the pilot's best rate and its neighbours; if an arm is best at \
an end, the grid is widened. A row is judged under every rule by which the rates could be chosen: \
each arm at its best by the last epoch; each at its best by the best epoch, where the rate for a \
seed is the one that the *other* seeds choose; and both arms at each rate that they share and at \
which both train (no run diverged, and the error is below the middle between guessing and the \
arm's best). The verdict is the one that all these rules give. If they give two, it is \
*undecided*. The test images are used to choose among about three rates; this affects both arms \
alike.

**Looks.** We look after {", ".join(map(str, LOOKS[:-1]))} and {LOOKS[-1]} seeds. Each look is \
held to an error of {percent(NOMINAL, 2)} (Pocock's boundary, computed for paired t-tests on so \
few seeds), so that all four together find an effect where there is none in 5 % of experiments. \
The intervals of the ledger are these, wider than 95 %. A row ends when it is decided, or after \
{LOOKS[-1]} seeds. There is no correction over rows: of twenty rows without any effect, one would \
still seem to show one. Since all rules must agree, this happens less often.

**Verdicts.** The smallest effect of interest is half of what the paper claims:

| Verdict | When | What it means |
| --- | --- | --- |
| reproduced, at small scale | the interval is above no effect, the estimate at or above that \
half | the paper's claim holds here |
| contradicted | the interval is below no effect, or beyond what "roughly" allows (4b) | here the \
opposite holds, or much more |
| smaller than claimed | the interval is below that half | here there is no effect, or too small \
a one |
| undecided | all other cases, or two rules disagree | more runs are needed; the ledger shows how \
many |

Where the paper gives no number, we chose the smallest effect of interest, and it is marked as \
ours. Where one comparison of several is enough for a verdict, each is held to its share of the \
error (Bonferroni).

**Controls.** Every experiment that trains has two controls, at one rate and with up to \
{LOOKS[CONTROL_LOOKS - 1]} seeds: a *placebo*, the control network with another stream of seeds, \
which must show no effect; and a *positive control*, half of the images or a tenth of the rate, \
whose effect is known and must show. If the controls of a row fail, the row is undecided.

**Runs that did not reach the goal.** A time that was not reached is at least as long as the run. \
The mean of such bounds is a bound of the mean; the interval is open on that side.

**Order and budget.** The row that is nearest to a decision comes first, with all its looks and \
its controls, so that a short budget decides something. A row is near if a look before the \
last would decide it, should its effect and its spread stay as its records show them so far. Of \
several such rows the quickest comes first, and the paper's come before the \
book's. Then comes the first look of every other row, then the second, and so on; within a \
look, rows {", ".join(ORDER)}, then the rest. (Until the evening \
of {DATE} the first look of every row came first. No new run had decided a row by then, and the \
order changes no rule.) Large effects are decided soonest, so they are too frequent among the \
rows that a short budget decides. The budget of this round is 24 hours of two cores. Rows that \
it does not decide are undecided.

**Does the procedure work?** `tests/experiments/test_sequential.py` runs the whole procedure on a \
thousand simulated experiments like row 8: three comparisons of one control, each arm at three \
rates, with looks and both controls. Without an effect it gives "reproduced" or "contradicted" in \
at most 5 % of them. With the paper's effect, and a standard deviation between paired runs of half \
of it, it decides in at least 80 %.
"""


def write_design(folder: Path) -> Path:
    """Write the page into the book's folder."""
    path = folder / "evidence-design.md"
    with atomic_write(path) as scratch:
        scratch.write_text(design_page(), encoding="utf-8")
    return path


def design_page() -> str:
    """Return the page as Markdown."""
    first = sum(1 for _ in FirstEdition(SHIPPED, also=()).all())
    parts = [_HEAD.replace("RECORDS", str(first))]
    for whose, title in (
        (PAPER, "The paper's own sentences"),
        (BOOK, "This book's own questions"),
    ):
        parts.append(f"## {title}\n")
        for name in names():
            experiment = find(name)
            for index, claim in enumerate(experiment.claims):
                if claim.asks == whose:
                    parts.append(_row(experiment, index, claim))
    return "\n".join(parts)


def _row(experiment: Experiment, index: int, claim: Claim) -> str:
    label = experiment.label(index)
    lines = [f"### {label}. {claim.text}\n"]
    if label in QUOTES:
        where, words = QUOTES[label]
        lines.append(f"> {words} (paper, {where})\n")
    else:
        lines.append(f"Source: {claim.source}.\n")
    if claim.untestable:
        lines.append(f"Cannot be tested: {claim.untestable}.\n")
        return "\n".join(lines)
    lines.append(f"{claim.statement}\n")
    if experiment.withdrawn and index == 0:
        lines.append(f"{experiment.withdrawn}\n")
    if arms_of(claim.rule):
        lines.append(table(("What", "How"), _facts(experiment, claim)))
    else:
        lines.append(
            "Not sequential: a computation, or a property of each run"
            f" (rule version {claim.rule_version}).\n"
        )
    return "\n".join(lines)


def _facts(experiment: Experiment, claim: Claim) -> list[tuple[str, str]]:
    library = Library("nowhere", also=())
    arms = arms_of(claim.rule)
    runs = [
        Run(experiment, "laptop", experiment.arm(arm), seed, rate)
        for arm in arms
        for rate in library.rates(experiment, "laptop", experiment.arm(arm))
        for seed in SEEDS[: LOOKS[0]]
    ]
    shown = "; ".join(experiment.arm(arm).title for arm in arms[:6])
    pairs = comparisons_of(claim.rule)
    cost = span(sum(map(estimate, runs)))
    return [
        *(_compared(claim, pairs) if pairs else _of_each_run(claim)),
        ("Arms", shown + "…" * (len(arms) > 6)),
        *_shared(experiment),
        ("Comparisons", _number_of(claim, pairs) if pairs else "none: each run by itself"),
        ("First look", f"{len(runs)} runs, at most {cost} of two quiet cores"),
        *(_last_look(pairs[0]) if pairs else ()),
        ("Rule version", str(claim.rule_version)),
    ]


def _shared(experiment: Experiment) -> list[tuple[str, str]]:
    said = [
        f"{arm.title} is {same.experiment.arm(same.arm).title} of row {same.experiment.number}"
        for arm in (*experiment.arms, *experiment.control_arms)
        if (same := arm.same_as) is not None and "laptop" in same.scales
    ]
    return [("Runs that are done once, for two rows", "; ".join(said))] if said else []


def _of_each_run(claim: Claim) -> list[tuple[str, str]]:
    assert isinstance(claim.rule, EveryRun)
    return [("Smallest effect of interest", f"{number(claim.rule.least)} (ours)")]


def _compared(claim: Claim, pairs: tuple[Comparison, ...]) -> list[tuple[str, str]]:
    first = pairs[0]
    theirs = "paper" if claim.asks == PAPER else "source"
    whose = "ours" if first.paper is None else f"half of the {theirs}'s"
    claimed = claim.figure or f"{number(first.paper or 0)} {first.unit}"
    claimed = "no number" if first.paper is None else claimed
    # Where the question is this book's own, nobody has claimed a number.
    line = [(f"The {theirs}'s effect", claimed)]
    return [
        *(line if first.paper is not None or claim.asks == PAPER else ()),
        ("Smallest effect of interest", f"{number(first.smallest)} ({whose})"),
    ]


def _number_of(claim: Claim, pairs: tuple[Comparison, ...]) -> str:
    together = isinstance(claim.rule, EachOf) or len(pairs) > 1
    return f"{len(pairs)}, each at its share of the error" if together else "1"


def _last_look(first: Comparison) -> list[tuple[str, str]]:
    half = math.log(first.smallest) if first.ratio else first.smallest
    spread = number(spread_for(half, LOOKS[-1], first.family))
    said = f"pairs spread by {spread} or less" + " (of logarithms)" * first.ratio
    return [("Last look decides if", said)]
