"""Settings side by side: the fields in which they differ, as a small table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import UserError
from ..tables import AsTable, SmallTable, small_table

_ABSENT = "–"


@dataclass(frozen=True, repr=False)
class FieldTable(AsTable):
    """The fields in which several settings differ. Its repr is the table.

    Attributes
    ----------
    names : tuple of str
        What the settings are called, from left to right.
    rows : mapping of str to tuple
        By field, in the order of the settings: the value that each of them has.
    same : int
        How many fields all of them agree in.
    """

    names: tuple[str, ...]
    rows: Mapping[str, tuple[Any, ...]]
    same: int

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __getitem__(self, field: str) -> tuple[Any, ...]:
        if field not in self.rows:
            raise UserError(f"no difference in {field!r}; differing: {', '.join(self.rows)}")
        return self.rows[field]

    def _table(self) -> SmallTable:
        rows = [(field, *map(_text, values)) for field, values in self.rows.items()]
        note = f"alike in {self.same} other field{'s' * (self.same != 1)}"
        return small_table(("", *self.names), rows, note=note)


def compare_fields(settings: Mapping[str, Any]) -> FieldTable:
    """Return the fields in which settings differ.

    Parameters
    ----------
    settings : mapping of str to TrainConfig, AlexNetConfig, mapping, …
        By name: mappings, or objects whose ``to_dict()`` returns one.

    Returns
    -------
    FieldTable
        A field that one of them does not have counts as a difference; it is shown as "–".

    Raises
    ------
    UserError
        For fewer than two settings, or something without fields.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.analysis.compare_fields({"then": {"lr": 0.01, "wd": 0}, "now": {"lr": 0.001, "wd": 0}})
        then    now
    lr  0.01  0.001
    alike in 1 other field
    """
    if len(settings) < 2:
        raise UserError(f"{len(settings)} settings; two or more can be compared")
    parts = {name: _fields(name, given) for name, given in settings.items()}
    known = list(dict.fromkeys(field for part in parts.values() for field in part))
    all_rows = {f: tuple(part.get(f, _ABSENT) for part in parts.values()) for f in known}
    rows = {f: values for f, values in all_rows.items() if any(v != values[0] for v in values)}
    return FieldTable(tuple(settings), rows, len(known) - len(rows))


def _fields(name: str, given: Any) -> Mapping[str, Any]:
    made = given.to_dict() if hasattr(given, "to_dict") else given
    if not isinstance(made, Mapping):
        raise UserError(f"{name!r} is a {type(given).__name__}, which has no fields to compare")
    return made


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "-".join(map(str, value)) or _ABSENT
    return str(value)
