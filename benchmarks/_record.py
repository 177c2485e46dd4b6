"""What a benchmark leaves: a JSON file for each pair of benchmark and processor.

A script keeps its record only with ``--record``, which `make bench` gives: a try with other sizes
must not become the page's figure. ``records/<benchmark>/<processor>.json`` holds

``benchmark, machine, options, seconds``
    whose figures these are, where they come from (`_machine.about`), the options in force, and how
    long the script took;
``figures``
    a list of ``what`` was measured and its ``value`` in ``unit`` (with ``value_low`` and
    ``value_high``); where there is one, its ``peer`` with ``peer_value``; the median ``ratio``, how
    many times as good ours is, with ``low`` and ``high`` of so many ``turns``; the ``target`` in
    words and whether it was ``passed``; a ``note``;
``data``
    whatever else the page draws.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import _machine

from alexnet_lab.files import atomic_write

FORMAT = 1
RECORDS = Path(__file__).resolve().with_name("records")


class Record:
    """Collects the figures of one run of one benchmark.

    Parameters
    ----------
    name : str
        The benchmark's, as its file is called.
    options : dict
        The options in force.
    folder : Path or None
        Of all records; None keeps nothing.
    """

    def __init__(self, name: str, options: Mapping[str, Any], folder: Path | None) -> None:
        self.name, self.folder = name, folder
        self.options = {key: _plain(value) for key, value in options.items()}
        self.machine = _machine.about()
        self.figures: list[dict[str, Any]] = []
        self.data: dict[str, Any] = {}
        self._began = time.perf_counter()

    def add(self, figure: Mapping[str, Any]) -> None:
        """Take a figure; see the head of this file."""
        self.figures.append(dict(figure))

    def keep(self) -> None:
        """Write the record, if it is asked for."""
        if self.folder is None:
            return
        if self.machine["busy"] is not None:  # other work may have begun meanwhile
            self.machine["busy"] = max(self.machine["busy"], _machine.busy() or 0)
        path = self.folder / self.name / f"{slug(self.machine)}.json"
        write(path, self.to_dict())
        print(f"kept in {path}", flush=True)

    def to_dict(self) -> dict[str, Any]:
        """Return what is written, numbers rounded to five figures."""
        found = {
            "format": FORMAT,
            "benchmark": self.name,
            "machine": self.machine,
            "options": self.options,
            "seconds": time.perf_counter() - self._began,
            "figures": self.figures,
            "data": self.data,
        }
        return {key: rounded(value) for key, value in found.items()}


def begin(parser: argparse.ArgumentParser, file: str) -> tuple[argparse.Namespace, Record]:
    """Read a script's options and print the machine; return the options and an empty record."""
    parser.add_argument(
        "--record",
        type=Path,
        nargs="?",
        const=RECORDS,
        metavar="FOLDER",
        help="keep the figures as the record of this processor (default folder: records/)",
    )
    options = parser.parse_args()
    given = {key: value for key, value in vars(options).items() if key != "record"}
    record = Record(Path(file).stem, given, options.record)
    print(_machine.machine(record.machine), flush=True)
    return options, record


def slug(machine: Mapping[str, Any]) -> str:
    """Return a file's name for a processor: its model and the best that it can do."""
    words = re.sub(r"\((?:r|tm)\)|\bcpu\b|\bprocessor\b", " ", machine["processor"].lower())
    best = machine["features"][:1]
    return re.sub(r"[^a-z0-9]+", "-", " ".join([words, *best]).lower()).strip("-")


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record, whole or not at all."""
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    with atomic_write(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def read(folder: Path = RECORDS) -> list[dict[str, Any]]:
    """Return all records of a folder, in the order of their files' names."""
    paths = sorted(folder.glob("*/*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def rounded(value: Any) -> Any:
    """Return a value with its floats, at whatever depth, rounded to five figures."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value


def _plain(value: Any) -> Any:
    # A folder's name is nobody's business, and differs from machine to machine.
    return "given" if isinstance(value, Path) else value
