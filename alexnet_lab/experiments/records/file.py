"""A record's file: read and checked, an old format brought up to date, laid out for a diff."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import UserError
from .migration import migrated

FORMAT = 2
_ASIDE = "move it to another folder, and the run is done again"


def read(path: Path) -> dict[str, Any]:
    """Read one record."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {(error.strerror or '').lower()}") from error
    except ValueError as error:
        raise UserError(f"{str(path)!r} is not a record: {_ASIDE}") from error
    if isinstance(record, dict) and record.get("format") == 1:
        record = migrated(record)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{str(path)!r} is not a record of format 1 or {FORMAT}: {_ASIDE}")
    return record


def dump(record: Mapping[str, Any]) -> str:
    """Return a record as text: a field a line, a list on one line, floats of five figures."""
    lines = [f" {json.dumps(k)}: {_text(v)}" for k, v in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _text(value: Any, depth: int = 0) -> str:
    if isinstance(value, Mapping) and depth < 1 and value:
        inner = [f"  {json.dumps(k)}: {_text(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inner) + "\n }"
    return json.dumps(value, ensure_ascii=False)


def rounded(value: Any, digits: int = 5) -> Any:
    """Return floats rounded to so many significant figures, also inside lists and mappings."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, Mapping):
        return {k: rounded(v, digits) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(v, digits) for v in value]
    return value
