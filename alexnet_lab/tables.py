"""Small tables of results: aligned text in a terminal, real tables in a notebook and a page."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from .errors import UserError

# No colours of its own: text and rules take those of the page, so that both themes work.
_LOOK = "border-collapse:collapse;font-variant-numeric:tabular-nums;color:inherit"
_CELL = "padding:.15em .8em .15em 0"
_SENTENCE = "white-space:normal;min-width:14em"
SENTENCE = 34  # characters: a longer cell is read as a sentence, and has lines
COLUMNS = 88  # what a terminal, and a page on a laptop, show of a line
NARROWEST = 24  # characters, of a column that had to be broken into lines


@dataclass(frozen=True, repr=False)
class SmallTable:
    """Results in rows, with a head and perhaps a title. Its repr is the table.

    Attributes
    ----------
    heads : tuple of str
        Of the columns; the first column names the rows.
    rows : tuple of tuple of str
        One a row, as many cells as there are heads.
    title : str
        What stands above.
    note : str
        What stands below.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> found = al.analysis.small_table(["layer", "MACs"], [("conv1", "105 M"), ("fc8", "4 M")])
    >>> found.rows[1]
    ('fc8', '4 M')
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    note: str = ""

    def __repr__(self) -> str:
        table = aligned(fitted([self.heads, *self.rows]))
        return "\n".join(filter(None, (_filled(self.title), table, _filled(self.note))))

    def _repr_html_(self) -> str:
        return table_html(self)


def small_table(
    heads: Sequence[str | int], rows: Iterable[Sequence[object]], *, title: str = "", note: str = ""
) -> SmallTable:
    """Put results into a small table.

    Parameters
    ----------
    heads : sequence of str or int
        Of the columns; the first column names the rows.
    rows : iterable of sequences
        One a row. Format numbers as they are to be read: ``f"{share:.0%}"``.
    title, note : str
        What stands above and below.

    Returns
    -------
    SmallTable
        Text where it is printed, a table where it is the last line of a cell.

    Raises
    ------
    UserError
        When a row has more or fewer cells than there are heads, or there is no column.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.analysis.small_table(["layer", "1 image"], [("conv1", f"{55.38:.1f}"), ("fc6", 0.25)])
    layer  1 image
    conv1     55.4
    fc6       0.25
    """
    cells = tuple(tuple(map(str, row)) for row in rows)
    if not heads:
        raise UserError("a table without columns; name at least one")
    for row in cells:
        if len(row) != len(heads):
            raise UserError(f"a row of {len(row)} cells under {len(heads)} heads: {', '.join(row)}")
    return SmallTable(tuple(map(str, heads)), cells, title, note)


def percent(share: float, digits: int = 0) -> str:
    """Return a share as the book's pages write it: ``82.1 %``, with a space.

    Parameters
    ----------
    share : float
        1 for all.
    digits : int
        After the point.

    Examples
    --------
    >>> from alexnet_lab.tables import percent
    >>> percent(0.8206, 1)
    '82.1 %'
    """
    return f"{100 * share:.{digits}f} %"


class AsTable:
    """What shows itself as a small table: as text where it is printed, as a table in a page."""

    def _table(self) -> SmallTable:
        raise NotImplementedError

    def __repr__(self) -> str:
        return repr(self._table())

    def _repr_html_(self) -> str:
        return table_html(self._table())


def is_number(cell: str) -> bool:
    """Whether a cell is read as a number: such cells stand to the right."""
    if not cell or cell == "nan" or cell[-1] in "–?":
        return True
    return cell.lstrip("<>≥≤~ ±+-−(")[:1].isdigit()


def fitted(lines: Sequence[Sequence[str]], most: int = COLUMNS) -> list[list[str]]:
    """Return lines of cells that are no wider than `most`, if they can be: long cells go on below.

    Parameters
    ----------
    lines : sequence of sequences of str
        The first are the heads.
    most : int
        Characters of a line.
    """
    found = [list(line) for line in lines]
    for _ in found[0]:  # the widest column first, until it fits
        widths = [max(map(len, column)) for column in zip(*found, strict=True)]
        wide = widths.index(max(widths))
        room = max(NARROWEST, widths[wide] - (sum(widths) + 2 * (len(widths) - 1) - most))
        if room >= widths[wide]:
            break
        found = [line for each in found for line in _broken(each, wide, room)]
    return found


def _broken(line: list[str], at: int, room: int) -> list[list[str]]:
    parts = textwrap.wrap(line[at], room) or [""]
    empty = [""] * len(line)
    return [
        [*(line if not number else empty)[:at], part, *(line if not number else empty)[at + 1 :]]
        for number, part in enumerate(parts)
    ]


def _filled(text: str) -> str:
    return "\n".join(textwrap.fill(line, COLUMNS) for line in text.splitlines())


def aligned(lines: Sequence[Sequence[str]], right: Collection[int] | None = None) -> str:
    """Return lines of cells as text, a column below the other.

    Parameters
    ----------
    lines : sequence of sequences of str
        The first are the heads.
    right : collection of int, optional
        Columns whose cells stand to the right; those of numbers by default, except for the first.
    """
    columns = list(zip(*lines, strict=True))
    widths = [max(map(len, column)) for column in columns]
    if right is None:
        right = {k for k, column in enumerate(columns) if k and all(map(is_number, column[1:]))}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if k in right else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _as_prose_has_it(cell: str) -> str:
    """Return 82% as 82 %, -3 as −3, where a cell has numbers only: words may be somebody's own."""
    if any(map(str.isalpha, re.sub(r" to (?=[+-]?\d)", " ", cell))):
        return cell
    cell = re.sub(r"(?<=\d)%", "\N{NO-BREAK SPACE}%", cell)
    # Not the hyphen of 4096-1000, nor that of a date.
    return re.sub(r"(?<![\d%)\]])-(?=[\d.∞])", "\N{MINUS SIGN}", cell)


def table_html(table: SmallTable) -> str:
    """Return a table as HTML with scoped heads; it scrolls on a narrow page."""
    columns = list(zip(*table.rows, strict=True)) or [() for _ in table.heads]
    sides = [
        "right" if k and all(map(is_number, column)) else "left" for k, column in enumerate(columns)
    ]

    def cell(text: str, k: int, tag: str, scope: str = "") -> str:
        given = f' scope="{scope}"' if scope else ""
        look = f"text-align:{sides[k]};{_CELL}"
        look += f";{_SENTENCE}" if len(text) > SENTENCE else ""
        # A head without words heads nothing.
        kind, given = (tag, given) if text or tag == "td" else ("td", "")
        shown = escape(_as_prose_has_it(text), quote=False)
        return f'<{kind}{given} style="{look}">{shown}</{kind}>'

    heads = "".join(cell(text, k, "th", "col") for k, text in enumerate(table.heads))
    body = "".join(
        "<tr>"
        + cell(row[0], 0, "th", "row")
        + "".join(cell(text, k, "td") for k, text in enumerate(row[1:], 1))
        + "</tr>"
        for row in table.rows
    )
    title = escape(table.title, quote=False)
    caption = f'<caption style="text-align:left;color:inherit">{title}</caption>' if title else ""
    note = f"<p>{escape(table.note, quote=False)}</p>" if table.note else ""
    label = escape(table.title or ", ".join(filter(None, table.heads)))
    return (
        f'<div role="region" aria-label="{label}" tabindex="0" style="overflow-x:auto">'
        f'<table style="{_LOOK}">{caption}<thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{note}"
    )
