"""Tours: a teacher's list, or the strongest path from the answer down to the pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...errors import UserError
from .arithmetic import report, strongest
from .stages import SOFTMAX, Stage

STOPS = 10


def strongest_path(stages: list[Stage], channel: int) -> list[dict[str, Any]]:
    """Return the reports of the units that bring the most, from a class down to one pixel."""
    path = [report(stages, SOFTMAX, channel)]
    while True:
        at = strongest(path[-1])
        if at is None:
            return path
        path.append(report(stages, *at))


def read_tour(given: Iterable[Any], stages: list[Stage]) -> list[dict[str, Any]]:
    """Read a teacher's tour.

    Parameters
    ----------
    given : iterable
        Stops ``(stage, channel, row, column, text)``; a sixth entry is a question that must be
        answered before going on: ``{"ask": …, "choices": [...], "right": 0, "why": …}``.

    Raises
    ------
    UserError
        When a stop is not written so, or its unit is not there.
    """
    tour = []
    for number, stop in enumerate(given, 1):
        parts = list(stop) if isinstance(stop, list | tuple) else []
        if len(parts) not in (5, 6) or not isinstance(parts[4], str):
            raise UserError(
                f"stop {number} of the tour is {stop!r}; write (stage, channel, row, column, text)"
            )
        found = report(stages, *parts[:4])
        question = _question(number, parts[5]) if len(parts) == 6 else None
        tour.append({"at": found["at"], "text": parts[4], "question": question})
    return tour


def _question(number: int, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not {"ask", "choices", "right"} <= set(given):
        raise UserError(
            f"the question of stop {number} is {given!r}; write {{'ask': …, 'choices': […],"
            " 'right': 0, 'why': …}"
        )
    choices, right = [str(one) for one in given["choices"]], given["right"]
    if right not in range(len(choices)):
        raise UserError(f"the question of stop {number}: right={right!r} is none of its choices")
    why = str(given.get("why", ""))
    return {"ask": str(given["ask"]), "choices": choices, "right": right, "why": why}


def default_tour(
    path: list[dict[str, Any]], stages: list[Stage], names: list[str], falls: dict[str, float]
) -> list[dict[str, Any]]:
    """Write a tour along the strongest path; every number in it is computed.

    Parameters
    ----------
    path : list of dict
        As `strongest_path` returns it.
    stages : list of Stage
        The network.
    names : list of str
        Of the classes.
    falls : dict of str to float
        The probability of the answer with a part off, by the part's name.
    """
    writer = _Writer(path, stages, names, falls)
    tour = []
    for found in _chosen(path):
        text = writer.text(found)
        tour.append({"at": found["at"], "text": text, "question": writer.question(found)})
    return tour


def _chosen(path: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose ten stops: answer, logits, pixels, all kinds once, then convolutions from below."""
    order: list[dict[str, Any]] = [path[0], path[-1]]
    seen = {path[0]["kind"], path[-1]["kind"], "relu"}
    weighted = [p for p in path if p["kind"] in ("conv", "fc")]
    order += [weighted[0], weighted[-1]]
    seen |= {weighted[0]["kind"], weighted[-1]["kind"]}
    order += [p for p in reversed(path) if p["kind"] not in seen and not seen.add(p["kind"])]  # type: ignore[func-returns-value]
    order += [p for p in reversed(weighted) if p["kind"] == "conv"][1:]
    order += [p for p in weighted if p["kind"] == "fc"][1:]
    kept = [id(p) for p in _unique(order)[:STOPS]]
    return [p for p in path if id(p) in kept]


def _unique(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({id(one): one for one in found}.values())


class _Writer:
    """Sentences about units, from their numbers."""

    def __init__(
        self,
        path: list[dict[str, Any]],
        stages: list[Stage],
        names: list[str],
        falls: dict[str, float],
    ) -> None:
        self.path, self.names, self.falls = path, names, falls
        self.stages = {stage.name: stage for stage in stages}
        self.first_conv = next((s.name for s in stages if s.kind == "conv"), "")
        self.asked: set[str] = set()

    def text(self, found: dict[str, Any]) -> str:
        write = getattr(self, f"_{found['kind']}", self._other)
        return write(found)

    def _softmax(self, found: dict[str, Any]) -> str:
        name, count = self.names[found["at"][1]], len(self.names)
        return (
            f"The answer: {name}, {_percent(found['value'])}. The network knows {count} classes and"
            " must share 100 % among them; each share comes from one number, the class’s logit. Why"
            " this answer? The strongest path leads down to the pixels, one step a press."
        )

    def _fc(self, found: dict[str, Any]) -> str:
        name, channel = found["at"][0], found["at"][1]
        inputs = len(found["terms"]) + found["rest"]["count"]
        what = f"the logit of {self.names[channel]}" if name == self._last_fc() else "this unit"
        return (
            f"In {name}, {what} is a weighted sum of {inputs:,} numbers,"
            f" {_signed(found['value'])} in all. The {len(found['terms'])} largest are listed;"
            " each is a door to the unit that it comes from. Nothing has a position here: the unit"
            " sees the whole photograph."
        )

    def _conv(self, found: dict[str, Any]) -> str:
        name, channel, row, column = found["at"]
        inputs = len(found["terms"]) + found["rest"]["count"]
        best = next((t for t in found["terms"] if t["part"] > 0), found["terms"][0])
        if name == self.first_conv:
            rows, columns = found["size"]
            return (
                f"{name}, channel {channel}: one kernel of {rows} × {columns} pixels in three"
                f" colours, laid on row {row}, column {column}. Blue counts with minus, red with"
                " plus; where photograph and kernel agree, the sum grows:"
                f" {_signed(found['value'])}."
            )
        return (
            f"{name}, channel {channel}, reads {inputs} maps through a window of"
            f" {found['size'][0]} × {found['size'][1]}. Channel {best['at'][1]} of {best['at'][0]}"
            f" brings the most, {_signed(best['part'])} of {_signed(found['value'])}."
        )

    def _pool(self, found: dict[str, Any]) -> str:
        name = found["at"][0]
        if found["mode"] == "mean":
            return f"{name} takes the mean of {found['counted']} numbers; the place gets coarser."
        return (
            f"{name} keeps the largest of {len(found['terms'])} numbers and forgets the rest. The"
            " next layer learns that something was found, and no longer exactly where."
        )

    def _lrn(self, found: dict[str, Any]) -> str:
        count = len(found["terms"])
        return (
            f"{found['at'][0]} divides by what {count} neighbouring channels show at the same"
            f" place: {found['before']:.3g} becomes {found['value']:.3g}. Strong neighbours make a"
            " unit quiet."
        )

    def _image(self, found: dict[str, Any]) -> str:
        _, channel, row, column = found["at"]
        colour = ("red", "green", "blue")[channel] if channel < 3 else f"channel {channel}"
        return (
            f"The pixels: the {colour} of row {row}, column {column} reaches the network as"
            f" {_signed(found['value'])}, once it is preprocessed. Between these pixels and the"
            " answer there is nothing but sums, maxima and divisions."
        )

    def _other(self, found: dict[str, Any]) -> str:
        before = found["terms"][0]["part"]
        return f"{found['at'][0]}: {before:.3g} goes in, {found['value']:.3g} comes out."

    def _last_fc(self) -> str:
        return next((p["at"][0] for p in self.path if p["kind"] == "fc"), "")

    def question(self, found: dict[str, Any]) -> dict[str, Any] | None:
        """Ask at three stops: what a logit is made of, what a channel does, what an edge does."""
        kind, name = found["kind"], found["at"][0]
        if kind == "fc" and kind not in self.asked:
            self.asked.add(kind)
            return self._ask_share(found)
        if f"{name}:{found['at'][1]}" in self.falls and "channel" not in self.asked:
            self.asked.add("channel")
            return self._ask_effect(
                f"With channel {found['at'][1]} of {name} switched off,",
                self.falls[f"{name}:{found['at'][1]}"],
                "Switch it off and look at the bars.",
            )
        edge = edge_of(found)
        if edge in self.falls and "edge" not in self.asked:
            self.asked.add("edge")
            share = found["terms"][0]["part"] / found["value"]
            return self._ask_effect(
                f"The first term is {_percent(share)} of this sum. With its edge cut (✂),",
                self.falls[edge],
                "A large part of one sum need not be a large part of the answer.",
            )
        return None

    def _ask_share(self, found: dict[str, Any]) -> dict[str, Any]:
        shown, value = sum(t["part"] for t in found["terms"]), found["value"]
        share = shown / value if value else 0.0
        count = len(found["terms"])
        return {
            "ask": f"How much of this number do the {count} largest terms make up?",
            "choices": ["less than a third", "a third to two thirds", "more than two thirds"],
            "right": 0 if share < 1 / 3 else 1 if share <= 2 / 3 else 2,
            "why": f"{_signed(shown)} of {_signed(value)}. A sum of many small terms, or of a few"
            " large ones: the list shows which.",
        }

    def _ask_effect(self, begin: str, after: float, end: str) -> dict[str, Any]:
        before, name = self.path[0]["value"], self.names[self.path[0]["at"][1]]
        change = after - before
        return {
            "ask": f"{begin} {name} …",
            "choices": [
                "falls by more than 20 points",
                "changes by less than 20 points",
                "rises by more than 20 points",
            ],
            "right": 0 if change < -0.2 else 2 if change > 0.2 else 1,
            "why": f"From {_percent(before)} to {_percent(after)}. {end}",
        }


def edge_of(found: dict[str, Any]) -> str:
    """Return the edge over which the largest term of a convolution comes, as `off` names it."""
    name, channel = found["at"][:2]
    return f"{name}:{channel}<{found['terms'][0]['at'][1]}" if found["terms"] else ""


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%"


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")
