"""Tables as people keep them: CSV from any spreadsheet, and CSV that any spreadsheet opens."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..errors import UserError
from ..files import atomic_write

# A spreadsheet takes a text that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_BYTES = 20_000_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Row(dict[str, str]):
    """One row, by the names of its columns; `place` says where it stands, for messages."""

    place: str = ""


def read_table(
    path: str | os.PathLike[str],
    needed: Sequence[str],
    known: Mapping[str, Sequence[str]],
) -> list[Row]:
    """Read a table, whatever program wrote it.

    Parameters
    ----------
    path : str or os.PathLike
        Comma, semicolon or tab between values; UTF-8, UTF-16, or what older spreadsheets write.
    needed : sequence of str
        Columns that must be there.
    known : mapping of str to sequence of str
        Columns by the name used here, each with other headings for the same. Case, spaces and
        signs in a heading do not matter. Columns that are not known are left out.

    Returns
    -------
    list of Row
        Every known column is in every row, empty where nothing stands. Empty rows are left out.

    Raises
    ------
    UserError
        When it cannot be read, or a column is missing; with the headings that are there.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError(
            f"cannot read {name!r}: {(error.strerror or str(error)).lower()}"
        ) from error
    if len(data) > MOST_BYTES:
        raise UserError(
            f"{name!r} is larger than {MOST_BYTES // 1_000_000} MB: no table of a class"
        )
    text = _text(data)
    if "\0" in text:
        raise UserError(f"{name!r} is not a table of text; save it as CSV")
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        lines = [(reader.line_num, [value.strip() for value in row]) for row in reader]
    except csv.Error as error:
        raise UserError(f"{name!r} is no CSV: {error}") from error
    lines = [(number, row) for number, row in lines if any(row)]
    if not lines:
        raise UserError(f"{name!r} is empty; its first row names the columns {', '.join(needed)}")
    headings = lines[0][1]
    columns = _columns(headings, known)
    missing = [column for column in needed if column not in columns]
    if missing:
        raise UserError(
            f"{name!r} has no column {missing[0]!r}; its first row has {', '.join(headings)[:200]}"
        )
    rows = []
    for number, values in lines[1:]:
        row = Row({c: _cell_of(values, columns.get(c)) for c in known})
        row.place = f"{Path(name).name}, line {number}"
        rows.append(row)
    return rows


def write_table(path: Path, rows: Iterable[Sequence[str]], *, spreadsheet: bool = True) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    rows : iterable of sequence of str
        The first names the columns.
    spreadsheet : bool
        For a person's spreadsheet: a byte-order mark, without which umlauts are misread, and no
        value that would be taken for a formula. False for files that another program imports.
    """
    with (
        atomic_write(path) as scratch,
        scratch.open("w", encoding="utf-8-sig" if spreadsheet else "utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        for row in rows:
            cells = [" ".join(str(value).split()) for value in row]
            writer.writerow([_harmless(cell) for cell in cells] if spreadsheet else cells)


def number(value: float) -> str:
    """Return a number as people write it: no more than two decimals, no zeros at the end.

    Examples
    --------
    >>> from alexnet_lab.classroom.tables import number
    >>> number(12.0), number(7.25), number(1 / 3)
    ('12', '7.25', '0.33')
    """
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def read_number(text: str) -> float | None:
    """Return the number that a person typed, with a point or a comma; else None."""
    if not re.fullmatch(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)", text):
        return None
    return float(text.replace(",", "."))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _text(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what spreadsheets on Windows wrote for decades


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _key(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading).casefold()


def _columns(headings: list[str], known: Mapping[str, Sequence[str]]) -> dict[str, int]:
    keys = [_key(heading) for heading in headings]
    found: dict[str, int] = {}
    for column, others in known.items():
        for wanted in (column, *others):
            if _key(wanted) in keys:
                found[column] = keys.index(_key(wanted))
                break
    return found


def _cell_of(values: list[str], place: int | None) -> str:
    value = values[place] if place is not None and place < len(values) else ""
    # The apostrophe that keeps a text from being a formula; `write_table` puts it there.
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA) else value
