"""Downloads of platforms to one notebook a student; archives that mean harm; late copies."""

from __future__ import annotations

import csv
import io
import json
import struct
import zipfile
from pathlib import Path

import canned
import pytest

from alexnet_lab.classroom import collect, grade
from alexnet_lab.classroom.people.lateness import read_policy
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError

ROSTER = """id,name,address,section,canvas
ada,Ada Lovelace,ada@example.org,A,9001
jm,Jürgen Müßig,jm@example.org,A,9002
eve,Eve Gone,eve@example.org,B,9003
bob,Bob Late,bob@example.org,B,9004
"""


def packed(*entries: tuple[str, bytes, tuple[int, ...]]) -> bytes:
    """Return an archive of names, bytes and times."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data, when in entries:
            archive.writestr(zipfile.ZipInfo(name, when), data)
    return file.getvalue()


@pytest.fixture
def place(tmp_path, src, student):
    """A folder of downloads, a roster, and what else a collection needs."""
    (tmp_path / "downloads").mkdir()
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return tmp_path


def run(place: Path, src: Path, **more):
    return collect(
        src, place / "downloads", place / "collected", roster=place / "roster.csv", **more
    )


def table(place: Path) -> dict[str, dict[str, str]]:
    with (place / "collected" / "collected.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["file"] or row["student"]: row for row in csv.DictReader(file)}


def test_an_archive_of_moodle(place, src, student) -> None:
    """Its times count; the newest of a student's; another notebook and a picture do not."""
    mine = [canned.answered(student, {"relu": f"relu = {n}"}) for n in range(3)]
    folder = "Ada Lovelace_77_assignsubmission_file_/"
    (place / "downloads" / "CS-1-Sample-55.zip").write_bytes(
        packed(
            (f"{folder}b.ipynb", mine[0], (2026, 11, 1, 11, 0, 0)),
            (f"{folder}a.ipynb", mine[1], (2026, 11, 1, 13, 0, 0)),
            (f"{folder}z.ipynb", b"{}", (2026, 11, 2, 13, 0, 0)),
            (f"{folder}photo.png", b"x", (2026, 11, 2, 13, 0, 0)),
            ("__MACOSX/x.ipynb", b"x", (2026, 11, 2, 13, 0, 0)),
            (
                "Ju\u0308rgen Müßig_78_assignsubmission_file_/w.zip",
                packed(("deep/../../etc/x.ipynb", mine[2], (1999, 1, 1, 0, 0, 0))),
                (2026, 11, 1, 11, 30, 0),
            ),
            ("Somebody Else_79_assignsubmission_file_/ada.ipynb", mine[2], (2026, 11, 1, 0, 0, 0)),
        )
    )
    done = run(place, src)
    assert str(done).startswith(
        "2 of 4 students have handed in; 6 files: 2 count, 3 are older copies or no submission, "
        "1 are nobody's\nnobody's: CS-1-Sample-55.zip/Somebody Else_79"
    )
    there = place / "collected" / "notebooks"
    assert sorted(path.name for path in there.iterdir()) == ["ada.ipynb", "jm.ipynb"]
    assert (there / "ada.ipynb").read_bytes() == mine[1]
    assert (there / "jm.ipynb").read_bytes() == mine[2]
    rows = {name.split("file_/")[-1]: row for name, row in table(place).items()}
    assert rows["a.ipynb"] | {"time": "2026-11-01 13:00:00", "counts": "yes"} == rows["a.ipynb"]
    assert rows["a.ipynb"]["note"] == "the newest of 2 copies"
    assert rows["b.ipynb"]["note"] == "an older copy"
    assert "not a notebook" in rows["z.ipynb"]["note"]
    # The archive in the archive has a student's own times: they do not count.
    assert rows["w.zip/deep/../../etc/x.ipynb"]["time"] == "2026-11-01 11:30:00"
    assert rows["eve"]["note"] == rows["bob"]["note"] == "nothing handed in"


def test_files_of_canvas_and_a_table_of_times(place, src, student) -> None:
    """Canvas tells that a copy is late and not by how much; the table does."""
    for number, name in enumerate(
        ("lovelaceada_9001_50_sample.ipynb", "lovelaceada_9001_41_sample-1.ipynb",
         "latebob_LATE_9004_60_sample.ipynb", "goneeve_9003_61_sample.ipynb")
    ):  # fmt: skip
        data = canned.answered(student, {"relu": f"relu = {number}"})
        (place / "downloads" / name).write_bytes(data)
    (place / "times.csv").write_text(
        "student,time,deadline\neve,2026-11-03 11:00,2026-11-04 12:00\nbob,2026-11-02 13:00,\n"
    )
    done = run(place, src)
    assert done.doubts == ()
    rows = table(place)
    assert rows["lovelaceada_9001_41_sample-1.ipynb"]["counts"] == "yes"
    late = rows["latebob_LATE_9004_60_sample.ipynb"]
    assert (late["late"], late["time"]) == ("yes", "")
    run(place, src, times=place / "times.csv")
    rows = table(place)
    assert rows["latebob_LATE_9004_60_sample.ipynb"]["time"] == "2026-11-02 13:00:00"
    assert rows["goneeve_9003_61_sample.ipynb"]["deadline"] == "2026-11-04 12:00:00"


def test_what_cannot_be_told_is_said_and_can_be_told(place, src, student) -> None:
    for name in ("ada.ipynb", "x/ada lovelace.ipynb", "mystery.ipynb"):
        path = place / "downloads" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(canned.answered(student, {"relu": name}))
    done = run(place, src)
    assert "ada: which copy is newer is not known" in str(done)
    assert "nobody's: mystery.ipynb (nothing in its path is on the roster)" in str(done)
    (place / "times.csv").write_text(
        "student,file,time\nbob,mystery.ipynb,\n,ada.ipynb,2026-11-02\n"
        ",x/ada lovelace.ipynb,2026-11-01\n"
    )
    done = run(place, src, times=place / "times.csv")
    assert done.doubts == ()
    assert {name for name, row in table(place).items() if row["counts"]} == {
        "ada.ipynb", "mystery.ipynb"
    }  # fmt: skip
    (place / "times.csv").write_text("student,file\nbob,mysterious.ipynb\n")
    with pytest.raises(UserError, match=r"names 'mysterious.ipynb', and no download"):
        run(place, src, times=place / "times.csv")


def test_archives_that_mean_harm(place, src, student, monkeypatch) -> None:
    """Paths that lead out, links, bombs, passwords, damage: a row each, and nothing elsewhere."""
    monkeypatch.setattr("alexnet_lab.classroom.term.downloads.MOST_MB", 2)
    good = canned.answered(student, {"relu": "relu = 1"})
    when = (2026, 11, 1, 11, 0, 0)
    link = zipfile.ZipInfo("ada.ipynb", when)
    link.external_attr = 0o120777 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada.ipynb", b" " * (3 << 20))
    locked = bytearray(packed(("ada.ipynb", good, when)))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place_of = locked.index(mark) + at
        locked[place_of : place_of + 2] = struct.pack("<H", 1)
    damaged = bytearray(packed(("ada.ipynb", good, when)))
    damaged[60:70] = b"0123456789"
    nested = packed(("ada.ipynb", good, when))
    for level in range(4):
        nested = packed((f"{level}.zip", nested, when))
    for name, data, says in (
        ("link", file.getvalue(), "a symbolic link"),
        ("bomb", bomb.getvalue(), "larger than 2 MB"),
        ("locked", bytes(locked), "password"),
        ("damaged", bytes(damaged), "damaged"),
        ("nested", nested, "too deep"),
        ("no archive", b"PK", "not an archive"),
    ):
        path = place / "downloads" / f"ada {name}.zip"
        path.write_bytes(data)
        (place / "downloads" / "up.zip").write_bytes(packed(("../../../bob.ipynb", good, when)))
        run(place, src)
        assert any(says in row["note"] for row in table(place).values()), (name, table(place))
        path.unlink()
    assert len(list(place.rglob("bob.ipynb"))) == 1
    assert not list(place.parent.glob("bob.ipynb"))
    assert (place / "collected" / "notebooks" / "bob.ipynb").read_bytes() == good


def test_from_downloads_to_totals(place, src, student, sample, monkeypatch, capsys) -> None:
    """As typed: collect, grade, marks by a person, a late copy; marks live through every run."""
    canned.install(monkeypatch)
    right = sample.ANSWERS | {"why": "Because of a second card."}
    picture = {"image/png": "iVBORw0KGgo="}
    wrong = right | {"relu": canned.WRONG, "why": "<b>I</b> do not know."}
    with_picture = json.loads(canned.answered(student, wrong))
    next(c for c in with_picture["cells"] if c["id"] == "why")["attachments"] = {"p": picture}
    downloads = place / "downloads"
    (downloads / "s.zip").write_bytes(
        packed(
            ("Ada Lovelace_1_assignsubmission_file_/s.ipynb",
             canned.answered(student, right), (2026, 11, 1, 11, 0, 0)),
            ("Bob Late_2_assignsubmission_file_/s.ipynb",
             json.dumps(with_picture).encode(), (2026, 11, 2, 13, 0, 0)),
            ("Jürgen Müßig_3_assignsubmission_file_/s.ipynb",
             json.dumps(student).encode(), (2026, 11, 1, 11, 0, 0)),
        )
    )  # fmt: skip
    report, collected = place / "report", place / "collected"
    first = ["assignment", "collect", str(src), str(downloads), "--out", str(collected)]
    assert main([*first, "--roster", str(place / "roster.csv")]) == 0
    command = ["assignment", "grade", str(src), str(collected), "--out", str(report)]
    command += ["--roster", str(place / "roster.csv"), "--deadline", "2026-11-01 12:00"]
    command += ["--grace-minutes", "10", "--penalty-percent", "10"]
    capsys.readouterr()
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "marks: 0 given; 2 answers wait for a person" in said
    assert "roster: 4 students, 1 without a file; 0 files of nobody" in said
    assert "late: 1 students, 2.2 points" in said
    assert rows(report, "total") == {"ada": "9", "bob": "4.8", "jm": "0", "eve": "0"}
    # The sheet: both answers, no names, the scheme beside, the picture shown, nothing run.
    sheet = (report / "marking" / "why.html").read_text(encoding="utf-8")
    assert "One point for naming the second graphics card." in sheet
    assert "&lt;b&gt;I&lt;/b&gt; do not know." in sheet
    assert "data:image/png;base64,iVBORw0KGgo=" in sheet
    assert not [name for name in ("Ada", "ada", "Bob", "bob") if f"{name} " in sheet]
    with (report / "marking" / "to-mark.csv").open(encoding="utf-8-sig") as file:
        waiting = list(csv.DictReader(file))
    assert [row["exercise"] for row in waiting] == ["why", "why"]
    codes = {e["student"]["id"]: e["code"] for e in entries(report)}
    assert {row["student"] for row in waiting} == {codes["ada"], codes["bob"]}
    # A person marks, by code, by name and for a check; the grader never writes the file.
    marks = report / "marks.csv"
    typed = (
        f"student,exercise,points,comment\n{codes['ada']},why,2,Exactly.\n"
        "Bob Late,why,0.5,Which card?\nbob,relu-check-2,1,rightly without a copy\n"
        "eve,why,1,spoken\n"
    )
    marks.write_text(typed, encoding="utf-8")
    for _ in range(2):
        assert main(command) == 0
    assert marks.read_text(encoding="utf-8") == typed
    said = capsys.readouterr().out
    assert "marks: 4 given; 0 answers wait for a person" in said
    assert rows(report, "total") == {"ada": "11", "bob": "6.3", "jm": "0", "eve": "1"}
    assert rows(report, "points") == {"ada": "9", "bob": "7", "jm": "0", "eve": "0"}
    assert rows(report, "why") == {"ada": "2", "bob": "0.5", "jm": "", "eve": "1"}
    bob = next(e for e in entries(report) if e["student"]["id"] == "bob")
    page = (report / bob["page"]).read_text(encoding="utf-8")
    assert "6.3 of 11 points in all" in page
    assert "less 2.2, for it came 2 days late" in page
    assert "Which card?" in page
    assert "rightly without a copy" in page
    text = (report / "grades.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert "Jürgen Müßig".encode() in text
    # A mark that belongs nowhere stops the run before anything is written.
    marks.write_text(f"{typed}adda,why,1,\n", encoding="utf-8")
    assert main(command) == 2
    assert "marks.csv, line 6: no student 'adda'" in capsys.readouterr().err
    # So does a notebook that is not the collected one.
    marks.write_text(typed, encoding="utf-8")
    (collected / "notebooks" / "ada.ipynb").write_bytes(canned.answered(student, right, other=1))
    assert main(command) == 2
    assert "run alexnet-lab assignment collect again" in capsys.readouterr().err


def entries(report: Path) -> list[dict]:
    return json.loads((report / "grades.json").read_text(encoding="utf-8"))["submissions"]


def rows(report: Path, column: str) -> dict[str, str]:
    with (report / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row[column] for row in csv.DictReader(file)}


def test_a_roster_without_collecting(place, src, student, monkeypatch) -> None:
    """The folder of a platform, graded as it is; but two files of a student need collecting."""
    canned.install(monkeypatch)
    folder = place / "downloads"
    (folder / "lovelaceada_9001_50_s.ipynb").write_bytes(json.dumps(student).encode())
    (folder / "stranger.ipynb").write_bytes(json.dumps(student).encode())
    options = {"roster": place / "roster.csv"}
    done = grade(src, folder, place / "report", **options)
    assert "roster: 4 students, 3 without a file; 1 files of nobody" in str(done)
    (folder / "lovelaceada_9001_51_s-1.ipynb").write_bytes(json.dumps(student).encode())
    with pytest.raises(UserError, match="'ada' has 2 files; alexnet-lab assignment collect"):
        grade(src, folder, place / "report", **options)
    with pytest.raises(UserError, match="a deadline needs the times"):
        grade(src, folder, place / "report", late=read_policy("2026-11-01", 0, 0, 0))
