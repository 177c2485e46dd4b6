"""The form of a question: blockquote and fold, plain Markdown, told apart line by line.

book/authors.md documents it. What is nearly in the form is a `FormError`, which names what is
amiss; the book's build makes it a warning, which fails the build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .question import (
    COLUMNS,
    LETTERS,
    NUMBER,
    SHAPES,
    Choice,
    Drawn,
    Number,
    Slip,
    last_digit,
    read_number,
)

LABELS = ("Predict", "Check", "Question")
LABEL = rf"(?P<label>(?:{'|'.join(LABELS)})(?: [\w.]+)?)(?:, (?P<topic>[^*]+))?"
START = re.compile(rf"> \*\*{LABEL}\*\* [—–] (?P<rest>.*)")
CHOICE = re.compile(r"- (?P<letter>[A-Z])\. (?P<text>.+)")
FEEDBACK = re.compile(r"- \*\*(?P<name>[^*]+?)\*\*: (?P<text>.+)")
KEY = re.compile(r"\*\*(?P<letter>[A-Z])\.\*\*\s+(?P<text>.*)", re.DOTALL)
TOLERANCE = rf"\(± ?(?P<tolerance>{NUMBER})(?P<share> ?%)?\)"
UNIT = r"(?: (?P<unit>[^*(0-9]+?)|(?P<percent>%))"
VALUE = re.compile(
    rf"\*\*(?P<value>{NUMBER}){UNIT}?(?: {TOLERANCE})?\*\* [—–] (?P<text>.*)", re.DOTALL
)
DRAW = re.compile(r"\s*\*\(Draw: (?P<about>[^)]+)\)\*")
CURVE = re.compile(
    r"(?P<experiment>\w+), (?P<arm>[\w-]+), (?P<column>[a-z ]+)(?:; beside (?P<beside>[\w-]+))?"
)
FOLD = re.compile(
    r"<details>\s*<summary>(?P<summary>.*?)</summary>\s*(?P<body>.*?)\s*</details>", re.S
)


class FormError(ValueError):
    """A question that is nearly in the form; the message says which and what is amiss."""


@dataclass
class Block:
    """What stands in the text: the blockquote's lines, and the folds that follow it."""

    label: str
    topic: str
    lines: list[str]
    folds: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Form:
    """A question as its text says it; `reading` gives it an id and a page."""

    label: str
    topic: str
    kind: str
    prompt: str
    choices: tuple[Choice, ...] = ()
    number: Number | None = None
    slips: tuple[Slip, ...] = ()
    explanation: str = ""
    hint: str = ""
    drawn: Drawn | None = None


def blocks(text: str) -> Iterator[Block]:
    """Yield the questions of a Markdown text, each with the folds that belong to it."""
    lines = text.splitlines()
    place, fence = 0, ""
    while place < len(lines):
        line = lines[place]
        if mark := re.match(r"\s*(```+|~~~+|:::+)", line):  # an example of the form is none
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        match = None if fence else START.match(line)
        place += 1
        if match is None:
            continue
        block = Block(match["label"], match["topic"] or "", [match["rest"]])
        while place < len(lines) and lines[place].startswith(">"):
            block.lines.append(lines[place].removeprefix(">").removeprefix(" "))
            place += 1
        following = "\n".join(lines[place:]).lstrip("\n")
        while fold := FOLD.match(following):
            block.folds.append((fold["summary"].strip(), fold["body"].strip()))
            following = following[fold.end() :].lstrip("\n")
        yield block


def read(block: Block) -> Form:
    """Return what a block asks and answers.

    Raises
    ------
    FormError
        Where it is nearly in the form.
    """
    asked, items = _items(block.lines)
    prompt = "\n".join(asked).strip()
    choices = [_match(CHOICE, item, "a choice is `- A. text`") for item in items]
    answers = [body for summary, body in block.folds if summary == "Answer"]
    if len(answers) != 1:
        if choices:
            raise FormError(f"{prompt[:60]!r}: choices, and no fold with the summary Answer")
        return Form(block.label, block.topic, "old", prompt)
    hint = "\n\n".join(body for summary, body in block.folds if summary == "Hint")
    answer, said = _feedback(answers[0])
    form = Form(block.label, block.topic, "open", prompt, explanation=answer, hint=hint)
    value = VALUE.match(answer)
    if drawn := DRAW.search(prompt):
        form.kind, form.prompt = "drawn", DRAW.sub("", prompt).strip()
        form.drawn = _drawn(drawn["about"], said)
        return form
    if choices:
        form.kind = "choices"
        form.choices, form.explanation = _choices(prompt, choices, answer, said)
        return form
    if value:
        form.kind = "number"
        form.number, form.explanation = _number(value), value["text"].strip()
        form.slips = _slips(prompt, form.number, said)
        return form
    form.explanation = answers[0]  # a list in it is part of it
    return form


def _items(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part lines into those before the list, and the list's items with their further lines."""
    start = next((i for i, line in enumerate(lines) if re.match(r"- [A-Z]\. ", line)), len(lines))
    items: list[str] = []
    for line in lines[start:]:
        if line.startswith("- "):
            items.append(line)
        elif line.strip() and items:
            items[-1] += f" {line.strip()}"
    return lines[:start], items


def _match(pattern: re.Pattern[str], text: str, rule: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise FormError(f"{text[:60]!r}: {rule}")
    return match


def _feedback(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Part an answer into its explanation and the list `- **B**: …` at its end."""
    lines = body.splitlines()
    starts = [i for i, line in enumerate(lines) if FEEDBACK.match(line)]
    if not starts:
        return body.strip(), []
    said: list[list[str]] = []
    for line in lines[starts[0] :]:
        match = FEEDBACK.match(line)
        if match:
            said.append([match["name"], match["text"]])
        elif line.strip():
            said[-1][1] += f" {line.strip()}"
    return "\n".join(lines[: starts[0]]).strip(), [(name, text) for name, text in said]


def _choices(
    prompt: str, found: list[re.Match[str]], answer: str, said: list[tuple[str, str]]
) -> tuple[tuple[Choice, ...], str]:
    where = f"{prompt[:60]!r}"
    letters = [match["letter"] for match in found]
    if letters != list(LETTERS[: len(letters)]) or len(letters) < 2:
        raise FormError(f"{where}: choices are A., B., C. in order, not {', '.join(letters)}")
    key = KEY.match(answer)
    if key is None or key["letter"] not in letters:
        raise FormError(f"{where}: the answer begins with the key's letter, `**A.** …`")
    wrong = [letter for letter in letters if letter != key["letter"]]
    if [name for name, _ in said] != wrong:
        listed = ", ".join(wrong)
        raise FormError(f"{where}: after the explanation a list, `- **B**: …`, with {listed}")
    texts = dict(said) | {key["letter"]: key["text"].strip()}
    made = (
        Choice(
            match["letter"],
            match["text"].strip(),
            texts[match["letter"]],
            match["letter"] == key["letter"],
        )
        for match in found
    )
    return tuple(made), key["text"].strip()


def _drawn(about: str, said: list[tuple[str, str]]) -> Drawn:
    match = CURVE.fullmatch(about)
    if match is None or match["column"] not in COLUMNS:
        known = ", ".join(COLUMNS)
        raise FormError(
            f"{about!r}: a drawn question names an experiment, one of its arms and a column,"
            f" `*(Draw: dropout, half, test error)*`; columns: {known}"
        )
    strays = [name for name, _ in said if name not in SHAPES]
    if strays:
        raise FormError(f"{strays[0]!r} is not a shape of a curve; known: {', '.join(SHAPES)}")
    return Drawn(
        match["experiment"], match["arm"], match["column"], match["beside"] or "", tuple(said)
    )


def _number(match: re.Match[str]) -> Number:
    value, tolerance = read_number(match["value"]), last_digit(match["value"])
    if match["tolerance"]:
        tolerance = read_number(match["tolerance"])
        unit_is_percent = (match["percent"] or match["unit"] or "").startswith("%")
        # Of 62 % (± 2 %) the tolerance is two points; of 1.4 million (± 10 %) it is a share.
        if match["share"] and not unit_is_percent:
            tolerance *= abs(value) / 100
    unit = (match["percent"] or match["unit"] or "").strip()
    return Number(value, match["value"], unit, tolerance)


def _slips(prompt: str, number: Number, said: list[tuple[str, str]]) -> tuple[Slip, ...]:
    where, values = f"{prompt[:60]!r}", []
    for name, _ in said:
        match = re.match(NUMBER, name)
        if match is None:
            raise FormError(f"{where}: {name!r} is not a number, and the answer is one")
        values.append(read_number(match[0]))
        if number.is_right(values[-1]):
            raise FormError(f"{where}: {name} is listed as wrong, and is within the tolerance")
    slips = []
    for place, (value, (name, text)) in enumerate(zip(values, said, strict=True)):
        others = [number.value, *values[:place], *values[place + 1 :]]
        gap = min(abs(value - other) for other in others)
        if gap == 0:
            raise FormError(f"{where}: {name} is listed twice")
        # Less than half way, so that no number lies within two of them.
        slips.append(Slip(value, name, text, min(number.tolerance, 0.49 * gap)))
    return tuple(slips)
