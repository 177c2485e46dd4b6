"""What the gradebooks of Canvas and Moodle do with a file that is imported, in their own rules.

Written after `lib/gradebook_importer.rb` of Canvas and `grade/import/csv/classes/load_data.php` of
Moodle: which headings they know, how a student is found, what a cell does, and what stops it all.
"""

from __future__ import annotations

import csv
import io
import re


class RefusedError(Exception):
    """The program takes nothing of the file."""


def canvas(data: bytes, class_: list[dict], assignments: dict[str, int]) -> dict:
    """Return grades by student's number and by assignment (a number, or the title of a new one).

    `class_` has number, sis, login, name; `assignments` has numbers by titles.
    """
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"))))
    head = rows[0]
    if not (len(head) > 3 and "Student" in head[0] and "ID" in head[1]):
        raise RefusedError("Invalid header row")
    student_columns, sis, login = 3, None, None
    if re.search(r"SIS\s+Login\s+ID", head[2]):
        login, student_columns = 2, 4
    elif re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3]):
        sis, login, student_columns = 2, 3, 5
    if "Section" not in head[student_columns - 1]:
        raise RefusedError("Invalid header row")
    columns = {}
    for title in head[student_columns:]:
        if re.search("(Current|Final) (Score|Points|Grade)|Override", title):
            continue
        numbered = re.fullmatch(r"(.*) \((\d+)\)", title)
        known = int(numbered[2]) if numbered and int(numbered[2]) in assignments.values() else None
        known = known or assignments.get(title)
        columns[head.index(title)] = known or title
    found: dict = {"possible": {}, "new students": []}
    for row in rows[1:]:
        if "Points Possible" in row[0]:
            found["possible"] = {name: row[place] for place, name in columns.items()}
            continue
        by = [s for s in class_ if row[1] and str(s["number"]) == row[1]]
        by = by or [s for s in class_ if sis and row[sis] and s["sis"] == row[sis]]
        by = by or [s for s in class_ if login and row[login] and s["login"] == row[login]]
        by = by or [s for s in class_ if s["name"] == row[0]]
        if not by:
            found["new students"].append(row[0])
            continue
        for place, name in columns.items():
            cell = row[place].strip()
            if cell and not re.fullmatch(r"-?[0-9.,]+%?|EX", cell):
                raise RefusedError(f"no score: {cell}")
            if cell:
                found.setdefault(by[0]["number"], {})[name] = float(cell)
    return found


def moodle(data: bytes, users: dict[str, str], column: str, most: float = 100) -> dict:
    """Return grades and feedback by user; `users` by what stands in the column that is mapped."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"))))
    head = [title.strip() for title in rows[0]]
    if len(set(head)) != len(head) or "" in head:
        raise RefusedError("columns")
    place = head.index(column)
    found: dict = {}
    for row in rows[1:]:
        if len(row) != len(head):
            raise RefusedError("csvloaderror")
        if row[place] not in users:
            raise RefusedError(f"usermappingerror {row[place]}")
        for title, cell in zip(head[2:], row[2:], strict=True):
            if title.endswith(" feedback"):
                found.setdefault(users[row[place]], {})[title] = cell
                continue
            if cell.strip() in ("", "-"):
                continue
            value = float(cell)  # unformat_float: false stops the import
            if value > most:
                raise RefusedError("gradevaluetoobig")
            found.setdefault(users[row[place]], {})[title] = value
    return found
