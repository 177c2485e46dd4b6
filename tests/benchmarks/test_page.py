"""The page on speed: that it is what the records say, and that it is written alike twice."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import _machine
import _page
import _record
import _text
import made
import pytest
from _chart import Axis, Chart, Series
from _list import BENCHMARKS, HERE


def tables(page: str) -> list[list[list[str]]]:
    found: list[list[list[str]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        lines = [[c.strip() for c in line.split("|")[1:-1]] for line in block.splitlines()]
        found.append([lines[0], *lines[2:]])
    return found


def drawings(page: str) -> list[ElementTree.Element]:
    found = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    return [ElementTree.fromstring(text) for text in found]


def test_the_committed_page_is_what_the_records_say(root, tmp_path):
    for written in _page.write_page(book=tmp_path):
        committed = root / "book" / written.relative_to(tmp_path)
        assert written.read_bytes() == committed.read_bytes(), (
            f"{committed} is not what the records make: python benchmarks/_page.py"
        )


def test_every_script_is_on_the_page(root):
    scripts = {p.stem for p in (root / "benchmarks").glob("[a-z]*.py")}
    assert scripts == {b.name for b in BENCHMARKS}
    page = _page.page([])
    assert all(f"## {b.title}\n" in page for b in BENCHMARKS)
    assert page.count("No record yet.") == len(BENCHMARKS)


def test_committed_records_are_whole(root):
    for path in sorted(_record.RECORDS.glob("*/*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        assert path.parent.name == record["benchmark"]
        assert path.stem == _record.slug(record["machine"])
        assert not record["options"].get("quick"), f"{path} is a try, not a measurement"
        assert str(root) not in path.read_text(encoding="utf-8")


def test_figures_are_those_of_the_records():
    other = made.machine("Intel(R) Xeon(R) Processor", features=["AMX"], date="2026-11-25")
    records = [made.step_record(), made.step_record(6.5, True, machine=other)]
    page = _page.page(records)
    about, glance, figures = tables(page)[:3]
    assert [row[0] for row in about[1:]] == ["AMD EPYC, AVX512_BF16", "Intel Xeon, AMX"]
    assert "Of 2 figures with a target, 1 meet it." in page
    assert [row[1:3] for row in glance[1:]] == [
        ["4.20 (4.10 to 5.20, 5 turns)", "ratio ≥ 6: **missed**"],
        ["6.50 (4.10 to 5.20, 5 turns)", "ratio ≥ 6: **met**"],
    ]
    assert figures[1][1:3] == ["2.00\u00a0s", "plain: 8.40\u00a0s"]
    # 8.4 s there, and 1.5 s of products here: the rest could gain no more than this.
    assert "would be 5.60 times as fast" in page


@pytest.mark.parametrize(("busy", "marked"), [(0.1, False), (1.7, True), (None, False)])
def test_a_busy_machine_is_marked(busy, marked):
    page = _page.page([made.step_record(machine=made.machine(busy=busy))])
    assert ("Made on a busy machine" in page) == marked
    assert (f"{busy} cores busy with other work" in page) == (busy is not None)


def test_processor_features_are_named():
    said = [_text.features({"features": f}) for f in (["AMX", "AVX-512"], ["AVX2"], [])]
    assert said == [
        "AMX, AVX-512",
        "neither AMX nor AVX-512; AVX2",
        "neither AMX nor AVX-512",
    ]
    cpuinfo = "model name\t: X\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16 amx_tile\n"
    assert _machine.features(cpuinfo) == ["AMX", "AVX512_BF16", "AVX-512", "AVX2"]
    assert _machine.features("flags : fpu avx2\n") == ["AVX2"]
    assert _machine.features("Features\t: fp asimd bf16 sve\n") == ["SVE", "BF16", "NEON"]


def test_roofline_says_what_its_record_says():
    page = _page.page([made.roofline_record()])
    assert "whole training step reaches 20.0 % (20.0 to 20.0) of" in page
    # 200 GFLOP in 0.6 s of products: a third of 1000 GFLOP/s; relu1 takes 0.1 s.
    assert "take 600 ms, at 33 % of that speed; the passes of all other layers 100 ms" in page
    (svg,) = drawings(page)
    assert svg.get("role") == "img"
    assert "1,000 GFLOP/s" in (svg.get("aria-label") or "")
    assert len([e for e in svg if (e.get("class") or "") == "mark one"]) == 2  # legend and conv1
    assert tables(page)[2][1][:2] == ["conv1", "forward"]


def test_scaling_says_what_its_record_says():
    page = _page.page([made.scaling_record()])
    images, batches, threads, workers = tables(page)[2:6]
    assert images[1] == ["64", "0.20 (0.20 to 0.20)", "0.15 (0.15 to 0.15)", "0.10"]
    # A batch of 1 takes a quarter of one of 32: an image's part is 8 times as large; 2 s for 32.
    assert batches[1][:3] == ["1", "8.00 (8.00 to 8.00)", "2.00"]
    assert threads[2] == ["2", "1.80", "1.90"]
    assert workers[1] == ["ours, no workers", "900", "3.00 (3.00 to 3.00)"]
    assert "a training step with 32 images consumes 16.0 images a second" in page
    assert len(drawings(page)) == 2


def test_what_was_not_measured_on_a_gpu_is_said():
    page = _page.page([made.gpu_record()])
    assert ["fp16", "it trains", "**not measured**", "no GPU"] in [
        r for t in tables(page) for r in t
    ]
    assert "AMD EPYC: no GPU here; torch 2.14.1" in page
    assert "## On a GPU\n" in _page.page([])


def test_machines_show_their_peaks():
    row = tables(_page.page([made.roofline_record()]))[0][1]
    assert row[3:] == ["1,000\u00a0GFLOP/s", "150\u00a0GFLOP/s", "10.0\u00a0GB/s"]


def test_points_lie_where_their_axes_say():
    chart = Chart(Axis("x", 1, 100, [1, 10, 100]), Axis("y", 0, 10, [0, 10], log=False))
    left, floor = chart.place((1, 0))
    right, top = chart.place((100, 10))
    assert chart.place((10, 5)) == (
        pytest.approx((left + right) / 2),
        pytest.approx((floor + top) / 2),
    )
    chart.series.append(Series("a & b", "one", [(1, 0), (10, 5)], mark="circle", line=True))
    drawn = ElementTree.fromstring(chart.svg('say "<"'))
    assert drawn.get("aria-label") == 'say "<"'
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in drawn.iter("circle")]
    assert circles[-2:] == [pytest.approx(chart.place(point)) for point in ((1, 0), (10, 5))]
    assert [text.text for text in drawn.iter("text")].count("a & b") == 1
    ticks = {text.text: float(text.get("x")) for text in drawn.iter("text")}
    assert (ticks["1"], ticks["100"]) == (pytest.approx(left), pytest.approx(right))


def test_a_record_goes_to_its_processor(tmp_path, monkeypatch):
    monkeypatch.setattr(_machine, "about", made.machine)
    record = _record.Record("import_time", {"rounds": 1, "data": tmp_path}, tmp_path)
    record.add({"what": "x", "value": 1 / 3, "unit": "s"})
    record.keep()
    (read,) = _record.read(tmp_path)
    assert (tmp_path / "import_time" / "amd-epyc-avx512-bf16.json").is_file()
    assert read["figures"] == [{"what": "x", "value": 0.33333, "unit": "s"}]
    assert read["options"] == {"rounds": 1, "data": "given"}
    _record.Record("import_time", {}, None).keep()  # keeps nothing
    assert len(_record.read(tmp_path)) == 1


def test_the_verdict_is_what_is_printed(capsys):
    figure = _machine.verdict("x", {"slow": [6.0, 8.0, 10.0], "fast": [2.0, 2.0, 2.0]}, 4)
    assert "ratio 4.0 (3.0 to 5.0 in 3 turns), target 4: PASS" in capsys.readouterr().out
    assert (figure["ratio"], figure["low"], figure["high"], figure["passed"]) == (4, 3, 5, True)


def test_one_that_fails_does_not_stop_the_others(tmp_path, monkeypatch, capsys):
    import _all
    from _list import Benchmark

    keeps = (
        "import sys, pathlib; p = pathlib.Path(sys.argv[2]) / 'good'; p.mkdir(parents=True);"
        "(p / 'a.json').write_text('{}')"
    )
    for name, text in {"bad": "raise SystemExit(3)", "good": keeps, "idle": ""}.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(Benchmark, "script", property(lambda self: tmp_path / f"{self.name}.py"))
    old = tmp_path / "records" / "idle"
    old.mkdir(parents=True)
    (old / "b.json").write_text(json.dumps({**made.step_record(), "benchmark": "idle"}))
    (old / "c.json").write_text(json.dumps({**made.step_record(), "benchmark": "bad"}))
    found = [
        _all.run(Benchmark(name, "", ""), tmp_path / "records", None, False)
        for name in ("bad", "idle")
    ]
    assert [(o.word, o.kept) for o in found] == [
        ("failed", "2026-11-22"),
        ("not measured", "2026-11-22"),
    ]
    good = _all.run(Benchmark("good", "", ""), tmp_path / "records", None, False)
    assert (good.word, good.kept) == ("recorded", None)
    assert "bad failed with exit code 3" in capsys.readouterr().out


def test_scripts_say_what_they_measure():
    for benchmark in BENCHMARKS:
        text = benchmark.script.read_text(encoding="utf-8")
        assert text.startswith('"""')
        assert "begin(parser, __file__)" in text
    assert HERE.name == "benchmarks"
