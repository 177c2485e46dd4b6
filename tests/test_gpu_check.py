"""The check of a machine with a GPU, on one without: verdicts, limits, report, and its code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "benchmarks")]

import gpu_check  # noqa: E402
import gpu_checks  # noqa: E402
from gpu_check import FAILED, NOT_MEASURED, PASSED, Check, Result  # noqa: E402
from training.stand_in import pretended_cuda  # noqa: E402

from alexnet_lab.training import hardware  # noqa: E402

CHECK = Check("towers-one", "it holds", 20)
GOOD = 'print(\'{"found": "all of it", "figures": [{"what": "x"}]}\')'


def test_all_limits_together_are_under_eight_minutes():
    assert sum(check.limit_s for check in gpu_check.CHECKS) < 8 * 60
    kinds = {check.name for check in gpu_check.CHECKS if not check.name.startswith("chapter ")}
    assert kinds == set(gpu_checks.CHECKS)
    for name in gpu_check.CHAPTERS:
        assert (ROOT / "notebooks" / f"{name}.ipynb").is_file()


@pytest.mark.parametrize(
    ("program", "device", "patience", "verdict", "why"),
    [
        (GOOD, "cuda", 1, PASSED, "all of it"),
        (GOOD, "cpu", 1, NOT_MEASURED, "no GPU; on the processor the same code runs: all of it"),
        ("assert False, 'off by 2'", "cuda", 1, FAILED, "off by 2"),
        ("raise SystemExit('1 GPU') if 0 else SystemExit(3)", "cuda", 1, NOT_MEASURED, ""),
        ("raise SystemExit(5)", "cuda", 1, FAILED, "exit 5"),
        ("import time; time.sleep(60)", "cuda", 0.05, FAILED, "took longer than 1 s"),
    ],
)
def test_verdicts(program, device, patience, verdict, why, tmp_path, monkeypatch):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "gpu_checks.py").write_text(program)
    monkeypatch.setattr(gpu_check, "ROOT", tmp_path)
    found = gpu_check.run(CHECK, device, patience)
    assert (found.verdict, found.why) == (verdict, why)
    assert found.figures == ([{"what": "x"}] if verdict == PASSED else [])


@pytest.mark.parametrize("check", [gpu_checks.towers_two, gpu_checks.fp16, gpu_checks.memory])
def test_what_a_processor_lacks_is_said(check):
    with pytest.raises(gpu_checks.NotHereError):
        check(hardware("cpu"))


def test_towers_on_a_device():
    with pretended_cuda():
        here = hardware()
        assert here.gpu
        assert "within" in gpu_checks.towers_one(here)["found"]


@pytest.mark.slow
def test_the_report(tmp_path, capsys, monkeypatch):
    """One check for real, one that fails; the report's two files, and the exit code."""
    limits = (Check("towers-one", "it holds", 300), Check("resume", "it holds too", 0.01))
    monkeypatch.setattr(gpu_check, "CHECKS", limits)
    assert gpu_check.main(["--device", "cpu", "--out", str(tmp_path)]) == 1
    assert "towers-one             not measured  no GPU" in capsys.readouterr().out
    report = json.loads((tmp_path / "report.json").read_text())
    verdicts = [check["verdict"] for check in report["data"]["checks"]]
    assert verdicts == [NOT_MEASURED, FAILED]
    assert "| **not measured** | no GPU;" in (tmp_path / "report.md").read_text()


def test_without_a_gpu_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert gpu_check.main(["towers"]) == 2
    assert "no GPU here; --device cpu" in capsys.readouterr().err


def test_the_table():
    row = gpu_check.table([Result("a", "b", PASSED, "c", 1.4)]).splitlines()[-1]
    assert row == "| a | b | **passed** | c | 1 |"
