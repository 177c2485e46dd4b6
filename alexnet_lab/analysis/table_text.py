"""What `layer_table` returns: the rows with their sums, as aligned text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from ..errors import UserError
from ..tables import aligned
from .geometry import Pair
from .layers import unknown_layer
from .rows import LayerRow, Shape

_HEADINGS = (
    "layer",
    "in",
    "out",
    "kernel",
    "stride",
    "pad",
    "groups",
    "weights",
    "biases",
    "MACs",
    "memory",
    "sees",
)
_NOTE = (
    "memory: the layer's output for one image as float32. "
    "sees: the receptive field in input pixels, padding included."
)
_NOTE_PAD = " pad a+b: a at the top and left, b at the bottom and right."


@dataclass(frozen=True, repr=False)
class LayerTable:
    """The rows of `layer_table`, with their sums; it prints as a table.

    ``table["conv1"]`` is the row of that layer, ``table[0]`` the first; a table has a length and
    can be iterated over.
    """

    rows: tuple[LayerRow, ...]
    input_shape: Shape
    model_name: str = field(default="model")

    @property
    def total_parameters(self) -> int:
        """Weights and biases of all layers (a layer that is used twice counts once)."""
        return self.total_weights + self.total_biases

    @property
    def total_weights(self) -> int:
        """Weights of all layers."""
        return sum(row.weights for row in self.rows)

    @property
    def total_biases(self) -> int:
        """Biases of all layers."""
        return sum(row.biases for row in self.rows)

    @property
    def total_macs(self) -> int:
        """Multiply-accumulates for one image."""
        return sum(row.macs for row in self.rows)

    @property
    def total_activation_bytes(self) -> int:
        """Float32 outputs of all layers for one image, as if no layer worked in place."""
        return sum(row.activation_bytes for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[LayerRow]:
        return iter(self.rows)

    def __getitem__(self, layer: str | int) -> LayerRow:
        if isinstance(layer, int):
            return self.rows[layer]
        for row in self.rows:
            if row.name == layer:
                return row
        raise UserError(unknown_layer(layer, [row.name for row in self.rows]))

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def readable_bytes(count: int) -> str:
    """Return a number of bytes in B, kB or MB (powers of ten), to three figures or so."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.2f} MB"


def _square(pair: Pair | None) -> str:
    return "" if pair is None else f"{pair[0]}×{pair[1]}"


def _one(pair: Pair | None) -> str:
    if pair is None:
        return ""
    return str(pair[0]) if pair[0] == pair[1] else _square(pair)


def _pad(row: LayerRow) -> str:
    if row.padding is None or row.padding == row.padding_after:
        return _one(row.padding)
    return f"{_one(row.padding)}+{_one(row.padding_after)}"


def _sees(row: LayerRow, table: LayerTable) -> str:
    found = row.receptive_field
    if found is None:
        return "–"
    # A field that covers the image because it belongs to a unit that sees every place.
    if found.jump == (0, 0) and found.covers(*table.input_shape[-2:]):
        return "whole image"
    return _square(found.size)


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


def _cells(table: LayerTable) -> list[list[str]]:
    return [
        [
            row.name,
            "×".join(map(str, row.shape_in)),
            "×".join(map(str, row.shape_out)),
            _square(row.kernel),
            _one(row.stride),
            _pad(row),
            str(row.groups or ""),
            _count(row.weights),
            _count(row.biases),
            _count(row.macs),
            readable_bytes(row.activation_bytes),
            _sees(row, table),
        ]
        for row in table.rows
    ]


def _totals(table: LayerTable) -> list[str]:
    memory = readable_bytes(table.total_activation_bytes)
    sums = (_count(table.total_weights), _count(table.total_biases), _count(table.total_macs))
    return ["total", "", "", "", "", "", "", *sums, memory, ""]


def _title(table: LayerTable) -> str:
    return (
        f"{table.model_name} on an input of {'×'.join(map(str, table.input_shape))}: "
        f"{table.total_parameters:,} parameters, {table.total_macs:,} MACs"
    )


def _note(table: LayerTable) -> str:
    return _NOTE + (_NOTE_PAD if any("+" in _pad(row) for row in table.rows) else "")


def as_text(table: LayerTable) -> str:
    """Return the table as lines of aligned text."""
    cells = [list(_HEADINGS), *_cells(table), _totals(table)]
    head, *rows, totals = aligned(cells, range(1, len(_HEADINGS))).splitlines()
    rule = "-" * max(map(len, (head, *rows, totals)))
    return "\n".join((_title(table), rule, head, rule, *rows, rule, totals, _note(table)))


# No colours of its own: text and rules take those of the page, so that both themes work.
_CELL = "text-align:right;padding:.15em .4em;white-space:nowrap"
_FIRST = "text-align:left;padding:.15em .4em;font-weight:600"
_RULE = "border-top:1px solid currentColor"


def _line(cells: list[str], style: str = "") -> str:
    head = f'<th scope="row" style="{_FIRST};{style}">{escape(cells[0])}</th>'
    rest = "".join(f'<td style="{_CELL};{style}">{escape(cell)}</td>' for cell in cells[1:])
    return f"<tr>{head}{rest}</tr>"


def as_html(table: LayerTable) -> str:
    """Return the table as HTML with a caption and scoped headers; it scrolls on a narrow page."""
    title = escape(_title(table))
    heads = "".join(
        f'<th scope="col" style="{_FIRST if i == 0 else _CELL}">{name}</th>'
        for i, name in enumerate(_HEADINGS)
    )
    body = "".join(_line(cells) for cells in _cells(table))
    look = "border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.8em;color:inherit"
    # The note stands outside of what scrolls, so that its lines are as long as the page is wide.
    return (
        f'<div role="region" aria-label="{title}" tabindex="0" style="overflow-x:auto">'
        f'<table style="{look}"><caption style="text-align:left;color:inherit">{title}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
        f"<tfoot>{_line(_totals(table), _RULE)}</tfoot></table></div>"
        f'<p style="font-size:.8em">{escape(_note(table), quote=False)}</p>'
    )
