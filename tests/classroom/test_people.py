"""Who is who, when they handed in, and what a person gave."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from alexnet_lab.classroom.people.account import account
from alexnet_lab.classroom.people.lateness import Lateness, read_policy, read_times
from alexnet_lab.classroom.people.marks import Mark, read_marks
from alexnet_lab.classroom.people.names import claim
from alexnet_lab.classroom.people.roster import file_name, id_of, read_roster
from alexnet_lab.classroom.tables import read_table, write_table
from alexnet_lab.errors import UserError

ROSTER = """\
id;name;address;section;login;canvas;github
s100;Ada Lovelace;ada@example.org;A;alove;9001;countess
s101;Jürgen Müßig;jm@example.org;A;jmuess;9002;
s102;Anna Maria Berg;amb@example.org;B;aberg;9003;anna-berg
s103;Anna Berg;ab@example.org;B;aberg2;9004;berg
s104;O'Neill, Seán;sean@example.org;B;so_neill;9005;
s105;Kim Lee;kim1@example.org;C;klee;;
s106;Kim Lee;kim2@example.org;C;klee2;;
"""


@pytest.fixture
def roster(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="cp1252")
    return read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    ("path", "student"),
    [
        # Moodle, with folders and without; the full name in either order; composed or not.
        ("Ada Lovelace_123_assignsubmission_file_/1-convolution.ipynb", "s100"),
        ("Lovelace Ada_123_assignsubmission_file/x.ipynb", "s100"),
        ("Ada Lovelace_123_assignsubmission_file_x.ipynb", "s100"),
        ("Ju\u0308rgen Müßig_7_assignsubmission_file_/x.ipynb", "s101"),
        ("Kim Lee_7_assignsubmission_file_/x.ipynb", None),
        ("Bob_7_assignsubmission_file_/Ada Lovelace_8_assignsubmission_file_s100.ipynb", None),
        # Canvas; a name of the student's own behind it changes nothing.
        ("lovelaceada_9001_5_1-convolution.ipynb", "s100"),
        ("lovelaceada_LATE_9001_5_1-convolution-2.ipynb", "s100"),
        ("lovelaceada_9001_5_muessigjuergen_9002_6_x.ipynb", "s100"),
        ("müßigjürgen_9002_5_x.ipynb", "s101"),
        ("bergannamaria_9003_5_x.ipynb", "s102"),
        ("bergannamaria_9003_5_x.zip/s100.ipynb", "s102"),
        ("oneillsean_9005_5_x.ipynb", "s104"),
        ("nobody_1_5_s100.ipynb", None),
        ("leekim_3_5_x.ipynb", None),
        ("bergannamaria_9999_5_x.ipynb", None),  # another of that name
        # Blackboard; an account with an underscore.
        ("Homework_1_alove_attempt_2026-11-01-10-00-00_x.ipynb", "s100"),
        ("Homework 1_so_neill_attempt_2026-11-01-10-00-00_jmuess_attempt_2.ipynb", "s104"),
        ("Homework_1_bob_attempt_2026-11-01-10-00-00_s100.ipynb", None),
        # GitHub Classroom; the longest account.
        ("hw1-submissions/hw1-countess/1-convolution.ipynb", "s100"),
        ("hw1-anna-berg/1-convolution.ipynb", "s102"),
        ("hw1-berg/1-convolution.ipynb", "s103"),
        # nbgrader, mail, people.
        ("s100/1-convolution/1-convolution.ipynb", "s100"),
        ("S101.ipynb", "s101"),
        ("ada@example.org.ipynb", "s100"),
        ("1-convolution s103 (1).ipynb", "s103"),
        ("Homework Anna Maria Berg.ipynb", "s102"),
        ("berg_anna_hw1.ipynb", "s103"),
        ("ada.ipynb", "s100"),  # what stands before the @
        ("Anna.ipynb", None),
        ("1-convolution.ipynb", None),
        ("s100/s101.ipynb", "s100"),
    ],
)  # fmt: skip
def test_whose_a_file_is(roster, path, student) -> None:
    found = claim(path, roster)
    assert (found.student.id if found.student else None) == student, found
    assert bool(found.problem) == (student is None)


def test_what_a_name_tells_of_time_and_order(roster) -> None:
    found = claim("Homework_1_alove_attempt_2026-11-01-10-00-05_x.ipynb", roster)
    assert found.time == dt.datetime(2026, 11, 1, 10, 0, 5)
    first, second = (claim(f"lovelaceada_LATE_9001_{n}.ipynb", roster) for n in ("7_x", "6_x-1"))
    assert second.late
    assert second.order > first.order
    assert claim("s100 (2).ipynb", roster).order > claim("s100 (1).ipynb", roster).order
    assert claim("s100 - Copy.ipynb", roster).order > claim("s100.ipynb", roster).order


def test_rosters_as_other_programs_write_them(tmp_path) -> None:
    texts = {
        "canvas": "Student,ID,SIS User ID,SIS Login ID,Section,Quiz (5)\n"
        "    Points Possible,,,,,10\n\"Lovelace, Ada\",9001,u1,ada,A,3\n",
        "moodle": "First name\tSurname\tID number\tEmail address\nAda\tLovelace\tu1\tada@x.org\n",
        "github": '"identifier","github_username","github_id","name"\n'
        '"u1","countess","7","Ada Lovelace"\n',
        "excel": "ID;Name\r\nu1;Ada Lovelace\r\n;\r\n",
    }  # fmt: skip
    for name, text in texts.items():
        file = tmp_path / f"{name}.csv"
        file.write_text(text, encoding="utf-16" if name == "moodle" else "utf-8-sig")
        (student,) = read_roster(file)
        assert (student.id, student.name) == ("u1", "Ada Lovelace"), name
    assert read_roster(tmp_path / "canvas.csv").students[0].accounts["canvas"] == "9001"
    assert read_roster(tmp_path / "github.csv").students[0].accounts["github"] == "countess"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("name,address\nAda,a@x\n", "no column 'id'; its first row has name, address"),
        ("id,name\n", "no students"),
        ("id,name\n,Ada\n", "line 2: no id for 'Ada'"),
        ("id,name\nx,Ada\nX,Bob\n", "line 3: the id 'X' is also in roster.csv, line 2"),
        ("id\0name\n", "not a table of text"),
    ],
)
def test_a_roster_that_cannot_be(tmp_path, text, says) -> None:
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(UserError, match=says.replace("(", r"\(")):
        read_roster(tmp_path / "roster.csv")


def test_names_of_files_come_back() -> None:
    for name in ("a/b", "../x", ".x", "ü%2F", "a b@c.org", "x.ipynb", "*?"):
        assert id_of(file_name(name)) == name
        assert "/" not in file_name(name)
        assert not file_name(name).startswith(".")


def test_tables_come_back_and_hold_no_formulas(tmp_path) -> None:
    random.seed(1)
    pieces = ["=1+1", "-x", "@a", "ü", 'a "b"', "a,b;c", "", "'", "+49", "x\ty"]
    rows = [["a", "b"]] + [[random.choice(pieces), f"{n}"] for n in range(50)]
    write_table(tmp_path / "t.csv", rows)
    text = (tmp_path / "t.csv").read_text(encoding="utf-8")
    assert text.startswith("\ufeff")
    assert "\n=" not in text
    back = read_table(tmp_path / "t.csv", ("a",), {"a": (), "b": ()})
    assert [[row["a"], row["b"]] for row in back] == [[" ".join(a.split()), b] for a, b in rows[1:]]


def test_lateness() -> None:
    policy = read_policy("2026-11-01T12:00+01:00", 15, 10, 25)
    due = policy.deadline
    minute = dt.timedelta(minutes=1)
    assert policy.days(due) == policy.days(due + 15 * minute) == 0
    assert policy.days(due + 16 * minute) == 1
    assert policy.days(due + 24 * 60 * minute) == 1
    assert policy.days(due + 24 * 60 * minute + minute) == 2
    assert policy.days(dt.datetime(2026, 11, 1, 12, 16)) == 1  # of the deadline's clock
    assert policy.days(dt.datetime(2026, 11, 1, 11, 16, tzinfo=dt.timezone.utc)) == 1
    assert policy.days(due + 16 * minute, due + dt.timedelta(days=3)) == 0
    assert [policy.penalty(n, of=20, has=20) for n in range(4)] == [0, 2, 4, 5]
    assert policy.penalty(9, of=20, has=1.5) == 1.5
    assert read_policy(None, 0, 0, 100) is None
    for wrong in (("tomorrow", 0, 0, 0), (None, 0, 5, 0), ("2026-11-01", 0, 101, 0)):
        with pytest.raises(UserError):
            read_policy(*wrong)
    assert isinstance(policy, Lateness)


def test_a_table_of_times(roster, tmp_path) -> None:
    file = tmp_path / "times.csv"
    file.write_text(
        "student,file,time,deadline\n"
        "s100,,2026-11-01 10:00,\ns101,x/1.ipynb,,\n,x/2.ipynb,2026-11-02T10:00Z,\n"
        "kim2@example.org,,,2026-11-09 12:00\n"
    )
    times = read_times(file, roster)
    assert times.by_student == {"s100": dt.datetime(2026, 11, 1, 10)}
    assert times.owners == {"x/1.ipynb": "s101"}
    assert list(times.by_file) == ["x/2.ipynb"]
    assert times.deadlines == {"s106": dt.datetime(2026, 11, 9, 12)}
    for line, says in (
        ("Kim Lee,,2026-11-01,", "may be any of s105, s106"),
        ("s10,,2026-11-01,", "line 2: 's10' is not on the roster; did you mean 's10"),
        ("s100,,1.11.2026,", "is not a time; write it as"),
        (",,2026-11-01,", "neither a student nor a file"),
    ):
        file.write_text(f"student,file,time,deadline\n{line}\n")
        with pytest.raises(UserError, match=says):
            read_times(file, roster)


def test_marks(tmp_path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("Student;Exercise;Points;Comment\nada;why;1,5;good\nbob;why;;see me\n;;;\n")
    second.write_text("student,exercise,points,comment\nADA,why,2,\nk7,5. Why,0,\nada,relu,1,ok\n")
    students = {"ada": "ada", "bob": "bob", "k7": "carol"}
    marks = read_marks(
        [first, second], students, {"why": 2.0, "relu-check": 1.0},
        {"5. Why": "why", "relu": "relu-check"},
    )  # fmt: skip
    assert marks.of("ada") == {
        "why": Mark(2.0, "good", "b.csv, line 2"),
        "relu-check": Mark(1.0, "ok", "b.csv, line 4"),
    }
    assert marks.of("bob")["why"] == Mark(None, "see me", "a.csv, line 3")
    assert marks.of("carol")["why"].points == 0
    assert marks.repeated == ("b.csv, line 2",)
    for line, says in (
        ("adda,why,1", "line 2: no student 'adda'; did you mean 'ada'"),
        ("ada,wy,1", "line 2: no exercise 'wy'; did you mean 'why'"),
        ("ada,why,3", "points '3' must be a number from 0 to 2"),
        ("ada,why,-1", "points '-1' must"),
        ("ada,why,good", "points 'good' must"),
        ("ada,why,nan", "points 'nan' must"),
    ):
        first.write_text(f"student,exercise,points\n{line}\n")
        with pytest.raises(UserError, match=says):
            read_marks([first], students, {"why": 2.0}, {})


def test_an_account_adds_up() -> None:
    policy = Lateness(dt.datetime(2026, 1, 1), percent=10.0)
    marks = {"why": Mark(3, "", ""), "b": Mark(1, "", ""), "c": Mark(None, "hm", "")}
    done = account(
        {"a": (3, 3), "b": (2, 2), "c": (0, 1)}, {"why": (True, 4), "how": (False, 2)}, marks,
        policy, 2,
    )  # fmt: skip
    assert (done.checks, done.changed, done.people) == (5, -1, 3)
    assert (done.before, done.penalty, done.total, done.of) == (7, 2.4, 4.6, 12)
    assert done.unmarked == ()  # nothing was written in the place of the other answer
