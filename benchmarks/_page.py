"""The book's page on speed, written from the records; nothing in it is typed.

python benchmarks/_page.py [--records FOLDER] [--page FOLDER]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import _text as t
from _gpu_page import gpu
from _grading_page import grading
from _list import BENCHMARKS, Benchmark
from _machine import machine as machine_line
from _record import RECORDS, read
from _roofline_page import roofline
from _scaling_page import scaling

from alexnet_lab.files import atomic_write

BOOK = Path(__file__).resolve().parents[1] / "book"

HEAD = """\
# Speed

How fast are the network of 2012 and this project's programs? Every figure is shown beside a \
peer, with the machine that measured it. [Chapter 14](../notebooks/14_speed.ipynb) explains what \
determines these figures.

This page is written by `make bench` from the records of the benchmarks; no number in it is typed \
by hand. Its data: [all records as JSON](speed/records.json).

## How to read it

- Both sides of a **ratio** are timed in turn in one run, so whatever else the machine does \
affects both alike. The ratio is the median of the turns' ratios; the smallest and the largest \
follow in brackets. Above one, ours is faster.
- A ratio belongs to a **processor**. A processor with AMX has units that multiply whole tiles of \
bfloat16 numbers; one with AVX512_BF16 multiplies them in vectors; one with AVX-512 alone, or \
with neither, speeds up only float32. So there is one record for each pair of benchmark and \
processor.
- A **target** was set beforehand. Targets that are missed stay on the page.
- **Busy** means that other programs used the cores at the same time. Such figures will be \
replaced.
- No test depends on speed: speed is measured only here.
"""


def write_page(folder: Path = RECORDS, book: Path | None = None) -> list[Path]:
    """Write ``speed.md`` and its data ``speed/records.json``.

    Parameters
    ----------
    folder : Path
        The records.
    book : Path, optional
        The book's folder; default: that of this repository.

    Returns
    -------
    list of Path
        What was written.
    """
    records, book = read(folder), book or BOOK
    texts = {
        book / "speed.md": page(records),
        book / "speed" / "records.json": json.dumps(records, indent=1, ensure_ascii=False) + "\n",
    }
    for path, text in texts.items():
        with atomic_write(path) as scratch:
            scratch.write_text(text, encoding="utf-8")
    return list(texts)


def page(records: Sequence[t.Record]) -> str:
    """Return the page as Markdown."""
    parts = [HEAD, "## The machines\n", machines(records), "## At a glance\n", glance(records)]
    parts.append(gpu([record for record in records if record["benchmark"] == "gpu_check"]))
    for benchmark in BENCHMARKS:
        mine = [record for record in records if record["benchmark"] == benchmark.name]
        parts.append(section(benchmark, mine))
    return "\n".join(parts)


def machines(records: Sequence[t.Record]) -> str:
    """Return one row a processor, with the newest of its records."""
    newest: dict[str, t.Record] = {}
    of_processors = [record for record in records if record["benchmark"] != "gpu_check"]
    for record in sorted(of_processors, key=lambda r: (r["machine"]["date"], r["benchmark"])):
        newest[t.processor(record)] = record
    peaks = {t.processor(r): r for r in records if r["benchmark"] == "roofline"}
    body = []
    for name, record in sorted(newest.items()):
        machine, measured = record["machine"], peaks.get(name)
        rates = ["not measured yet"] * 3
        if measured:
            name, data = t.where(measured), measured["data"]
            rates = [
                t.amount(data[key] / 1e9, unit)
                for key, unit in (
                    ("peak_flops", "GFLOP/s"),
                    ("float32_flops", "GFLOP/s"),
                    ("bandwidth", "GB/s"),
                )
            ]
        body.append((name, t.features(machine), str(machine["cores"]), *rates))
    head = ("Processor", "Has", "Cores", "Products, bfloat16", "Products, float32", "Copies")
    return t.table(head, body)


def glance(records: Sequence[t.Record]) -> str:
    """Return every figure that has a target."""
    body = []
    for benchmark in BENCHMARKS:
        for record in records:
            if record["benchmark"] != benchmark.name:
                continue
            for figure in record["figures"]:
                if figure.get("target"):
                    found = t.ratio(figure)
                    if not figure["target"].startswith("ratio"):
                        found = t.ours(figure)
                    body.append((figure["what"], found, t.verdict(figure), t.where(record)))
    met = sum(f.get("passed") is True for r in records for f in r["figures"] if f.get("target"))
    text = f"Of {len(body)} figures with a target, {met} meet it.\n\n"
    return text + t.table(("What", "Figure", "Target", "Processor"), body)


def section(benchmark: Benchmark, records: Sequence[t.Record]) -> str:
    """Return the section of one benchmark."""
    parts = [f"## {benchmark.title}\n", benchmark.compares + "\n"]
    if not records:
        parts.append("No record yet.\n")
    parts += [figures(records)] if any(r["figures"] for r in records) else []
    extra = {
        "training_step": bound,
        "roofline": roofline,
        "scaling": scaling,
        "grading": grading,
    }.get(benchmark.name)
    if extra:
        parts += [extra(record) for record in records if record["data"]]
    parts += [provenance(record) for record in records]
    data = " --data FOLDER" if benchmark.data else ""
    command = f"python benchmarks/{benchmark.name}.py{data}"
    parts.append(f"```bash\n{command}\n```\n")
    return "\n".join(parts)


def figures(records: Sequence[t.Record]) -> str:
    """Return the figures of one benchmark on all processors."""
    body, notes = [], []
    for record in records:
        for figure in record["figures"]:
            peer = figure.get("peer") or "–"
            if figure.get("peer_value") is not None:
                peer += f": {t.amount(figure['peer_value'], figure['unit'])}"
            row = (figure["what"], t.ours(figure), peer, t.ratio(figure), t.verdict(figure))
            body.append((*row, t.where(record)))
            if figure.get("note"):
                notes.append(f"- {figure['what']}: {figure['note']}.")
    head = ("What", "Figure", "Beside", "Ratio", "Target", "Processor")
    return t.table(head, body) + ("\n" + "\n".join(notes) + "\n" if notes else "")


def bound(record: t.Record) -> str:
    """Return what the processor's products leave to gain in a training step."""
    plain, own = (record["data"][side] for side in ("plain", "ours"))
    limit = plain["step_s"] / own["products_s"]

    def told(side: dict[str, float]) -> str:
        products, step = side["products_s"], side["step_s"]
        rest = t.amount(step - products, "s")
        return f"{t.amount(products, 's')}, and all the rest {rest}"

    return (
        f"On {t.processor(record)}, convolutions and matrix products take {told(plain)}, in the"
        f" plain step; in ours {told(own)}. If all the rest took no time, a step would be"
        f" {t.number(limit)} times as fast as the plain one: no further gain is possible"
        " there without faster products.\n"
    )


def provenance(record: t.Record) -> str:
    """Return the machine's line, the options, and a mark where other work ran beside."""
    options = " ".join(
        f"--{key.replace('_', '-')}" + ("" if value is True else f" {_words(value)}")
        for key, value in record["options"].items()
        if value not in (None, False)
    )
    seconds = record.get("seconds")
    text = f"- {machine_line(record['machine'])}"
    text += f"; options `{options}`" if options else ""
    text += f"; took {t.amount(seconds, 's')}" if seconds else ""
    if record.get("source"):
        text += f". {record['source']}"
    if t.is_busy(record):
        text += ". **Made on a busy machine; to be replaced**"
    return text + ".\n"


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=Path, default=RECORDS)
    parser.add_argument("--page", type=Path, help="the book's folder (default: book/)")
    options = parser.parse_args()
    for path in write_page(options.records, options.page):
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
