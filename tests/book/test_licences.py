"""Every file that the built book brings along has a row in LICENSES.md."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import licences


def test_every_file_has_its_licence(book: Path) -> None:
    static = book / "_static"
    files = [f.relative_to(static).as_posix() for f in static.rglob("*") if f.is_file()]
    patterns = [pattern for part in licences.BOOK_PARTS for pattern in part.files]
    # A pattern's star crosses folders, but no pattern without a folder may reach into one.
    bare = [
        file
        for file in files
        if not any(fnmatch(file, p) and ("/" in p or "/" not in file) for p in patterns)
    ]
    assert bare == []


def test_licences_stand_beside_what_asks_for_it(book: Path) -> None:
    for file in ("fonts/OFL.txt", "network/onnxruntime-LICENSE.txt"):
        assert (book / "_static" / file).is_file()
