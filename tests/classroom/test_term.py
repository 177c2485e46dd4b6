"""A term: 120 students, six assignments, marks in three rounds, two regrades, killed ten times."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import canned
import importers
import pytest
import term as terms

from alexnet_lab.classroom import Lateness, collect, compare, export, grade
from alexnet_lab.classroom.people.collected import read_collected

POLICY = Lateness(terms.DEADLINE, percent=terms.PERCENT)


class Killer:
    """Runs a step in a process that dies within its n-th write, and then the step again."""

    def __init__(self) -> None:
        self.killed = 0

    def __call__(self, step: Callable[[], object], write: int) -> None:
        pid = os.fork()
        if pid == 0:
            left, real = [write], os.fsync

            def fsync(handle: int) -> None:
                left[0] -= 1
                if left[0] < 0:
                    os._exit(137)
                real(handle)

            os.fsync = fsync
            try:
                step()
            finally:
                os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code == 137, f"the step ended before its write {write}"
        self.killed += 1


def entries(term: terms.Term, name: str) -> dict[str, dict]:
    data = json.loads((term.folder / f"report-{name}" / "grades.json").read_text(encoding="utf-8"))
    return {e["student"]["id"]: e for e in data["submissions"]}


def hold(term: terms.Term, name: str) -> None:
    """Compare every number of a report with what was worked out apart from it."""
    found = entries(term, name)
    assert set(found) == {who for who, _ in term.students}
    for who, done in term.handed[name].items():
        account = found[who]["account"]
        wanted = (done.checks, done.before, done.penalty, done.total)
        got = (found[who]["points"], account["before"], account["penalty"], account["total"])
        assert got == pytest.approx(wanted), (name, who)
        assert account["unmarked"] == (["why"] if done.wrote and done.mark is None else [])
        assert (found[who]["status"] == "graded") == bool(done.copies)
        assert bool(account["note"]) == (bool(done.copies) and not _timed(name, done))


def _timed(name: str, done: terms.Handed) -> bool:
    """Whether a time is known: Moodle's archive has all, for Canvas the table has late ones."""
    return int(name[0]) % 2 == 1 or (done.late > 0 and done.told)


@pytest.mark.slow
def test_a_term(tmp_path: Path, sample, student, monkeypatch, capsys) -> None:
    term = terms.make(tmp_path, sample.source())
    broken: set[str] = set()
    ran = canned.install(monkeypatch, broken)
    kill = Killer()

    def collecting(name: str) -> object:
        return collect(
            tmp_path / f"{name}.ipynb", tmp_path / f"downloads-{name}", tmp_path / f"in-{name}",
            roster=tmp_path / "roster.csv", times=tmp_path / f"times-{name}.csv",
        )  # fmt: skip

    def grading(name: str, *regrade: str) -> object:
        return grade(
            tmp_path / f"{name}.ipynb", tmp_path / f"in-{name}", tmp_path / f"report-{name}",
            roster=tmp_path / "roster.csv", late=POLICY, regrade=regrade,
        )  # fmt: skip

    for number, name in enumerate(terms.NAMES):
        terms.download(term, name, student, sample.ANSWERS)
        if number in (0, 1):  # killed while the notebooks are written, and before the table
            kill(lambda name=name: collecting(name), 7 if number else 60)
        done = collecting(name)
        present = [who for who, _ in term.students if term.handed[name][who].copies]
        assert sum(copy.counts for copy in done.copies) == len(present)
        assert len(done.copies) == len(present) + term.older[name] + 1  # one is a guest's
        handed, _ = read_collected(tmp_path / f"in-{name}" / "collected.csv")
        assert sorted(handed) == present
        names = sorted(path.name for path in (tmp_path / f"in-{name}" / "notebooks").iterdir())
        assert names == [f"{who}.ipynb" for who in present]
        if number == 2:
            broken.add("relu-check")
        if number in (0, 3):  # killed in the middle of grading: what is done is not done again
            before = len(ran)
            kill(lambda name=name: grading(name), 40)
            grading(name)
            assert len(ran) - before == len(present) - 40
        elif number in (1, 4):  # killed among the pages
            kill(lambda name=name: grading(name), len(present) + 30)
        before = len(ran)
        grading(name)
        assert len(ran) == before + (0 if number in (0, 1, 3, 4) else len(present))
        term.codes[name] = {who: entry["code"] for who, entry in entries(term, name).items()}
        if number == 2:
            broken.clear()
        else:
            hold(term, name)
    # A check was wrong; it is mended, and its exercise alone is graded again.
    third = terms.NAMES[2]
    kill(lambda: grading(third, "relu"), 50)
    grading(third, "relu")
    hold(term, third)
    changed = {c.student for c in compare(tmp_path / f"report-{third}").changes}
    assert changed == {who for who, h in term.handed[third].items() if "relu" in h.right}
    # One student is graded again, and nothing is different.
    before = len(ran)
    who = next(w for w, h in term.handed[terms.NAMES[4]].items() if h.copies)
    grading(terms.NAMES[4], who)
    assert len(ran) == before + 1
    hold(term, terms.NAMES[4])
    # A person marks in three rounds.
    for round_ in range(3):
        for number, name in enumerate(terms.NAMES):
            terms.mark(term, name, round_)
            typed = (tmp_path / f"report-{name}" / "marks.csv").read_bytes()
            if (round_, number) in ((0, 5), (1, 2)):
                kill(lambda name=name: grading(name), 20)
            grading(name)
            hold(term, name)
            assert (tmp_path / f"report-{name}" / "marks.csv").read_bytes() == typed
    assert len(ran) == before + 1  # marks run nothing
    reports = [tmp_path / f"report-{name}" for name in terms.NAMES]
    kill(lambda: export(reports, tmp_path / "out"), 100)
    done = export(reports, tmp_path / "out")
    assert (done.students, done.waiting) == (120, 0)
    assert kill.killed == 10
    _account_for(term, tmp_path / "out")
    with capsys.disabled():
        _print(term)


@pytest.mark.slow
def test_a_small_term_in_the_sandbox(sandbox, tmp_path: Path, sample, student) -> None:
    """The same, real: an archive, answers that run, a late one, a mark, a check that is mended."""
    source = sample.source()
    cell = next(c for c in source["cells"] if c["id"] == "tower-check")
    right = cell["source"]
    cell["source"] = right.replace("got == 307200", "got == 307201")
    term = terms.make(tmp_path, source)
    name = terms.NAMES[0]
    term.handed[name] = {who: terms.Handed() for who, _ in term.students}
    ada, bob, eve = (term.handed[name][who] for who, _ in term.students[:3])
    ada.right, ada.copies, ada.wrote = set(terms.POINTS), 2, True
    bob.right, bob.copies, bob.late = {"relu", "tower"}, 1, 1.5
    eve.blank, eve.copies = set(terms.POINTS), 1
    terms.download(term, name, student, sample.ANSWERS)
    for path in (tmp_path / f"{n}.ipynb" for n in terms.NAMES[1:]):
        path.unlink()
    roster, collected = tmp_path / "roster.csv", tmp_path / "in"
    report = tmp_path / f"report-{name}"
    src = tmp_path / f"{name}.ipynb"
    collect(src, tmp_path / f"downloads-{name}", collected, roster=roster)
    grade(src, collected, report, roster=roster, late=POLICY, sandbox=sandbox)
    assert [e["points"] for e in list(entries(term, name).values())[:3]] == [7, 2, 0]
    cell["source"] = right
    src.write_text(json.dumps(source), encoding="utf-8")
    (report / "marks.csv").write_text(f"student,exercise,points\n{term.students[0][0]},why,1.5\n")
    ada.mark = 1.5
    grade(src, collected, report, roster=roster, late=POLICY, regrade=["tower"], sandbox=sandbox)
    hold(term, name)
    assert {c.what for c in compare(report).changes} == {
        *("tower-check", "mark of why", "total", "penalty")
    }


def _account_for(term: terms.Term, out: Path) -> None:
    """Hold what gradebooks would import to what was worked out."""
    class_ = [
        {"number": 7000 + n, "sis": who, "login": who, "name": name}
        for n, (who, name) in enumerate(term.students)
    ]
    canvas = importers.canvas((out / "canvas.csv").read_bytes(), class_, {})
    ids = {who: who for who, _ in term.students}
    moodle = importers.moodle((out / "moodle.csv").read_bytes(), ids, "ID number")
    assert canvas["new students"] == []
    assert set(canvas["possible"].values()) == {str(terms.OF)}
    with (out / "mail.csv").open(encoding="utf-8-sig", newline="") as file:
        mail = {row["id"]: row for row in csv.DictReader(file)}
    for n, (who, _) in enumerate(term.students):
        wanted = {name: h[who].total for name, h in term.handed.items() if h[who].copies}
        assert canvas.get(7000 + n, {}) == pytest.approx(wanted)
        got = {k: v for k, v in moodle[who].items() if not k.endswith(" feedback")}
        assert got == pytest.approx(wanted)
        assert {name for name in terms.NAMES if mail[who][name]} == set(wanted)
        pages = {path.stem for path in (out / "feedback" / who).glob("*.html")}
        assert pages == set(wanted)


def _print(term: terms.Term) -> None:
    print("\nassignment  files  count  older  nobody  absent  checks  people  late  total")
    for name in terms.NAMES:
        found = entries(term, name).values()
        count = sum(entry["status"] == "graded" for entry in found)
        columns = ("checks", "before", "penalty", "total")
        sums = [sum(entry["account"][column] for entry in found) for column in columns]
        people = sums[1] - sums[0]
        print(
            f"{name:10}  {count + term.older[name] + 1:5}  {count:5}  {term.older[name]:5}  {1:6}  "
            f"{len(found) - count:6}  {sums[0]:6g}  {people:6g}  {sums[2]:4.1f}  {sums[3]:.1f}"
        )
        assert sums[3] == pytest.approx(sum(h.total for h in term.handed[name].values()))
