"""From files to questions: notebooks and Markdown pages, one or a whole book's."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from pathlib import Path

from ..errors import UserError
from .form import FormError, blocks, read
from .question import Question

FOLDERS = ("notebooks", "book")


def read_questions(
    source: str | Path = ".", *, chapter: str | None = None, root: str | Path | None = None
) -> list[Question]:
    r"""Return the questions of a file, or of all chapters and pages of a book.

    Parameters
    ----------
    source : str or pathlib.Path
        A notebook, a Markdown page, or the folder that holds ``notebooks/`` and ``book/``.
    chapter : str, optional
        Of a folder, only this: a chapter's number (``5``, ``05``, ``A1``) or a page's name
        (``misconceptions``).
    root : str or pathlib.Path, optional
        What `Question.page` is relative to; the folder itself, or the file's parent's parent.

    Returns
    -------
    list of Question
        In the order in which a reader meets them.

    Raises
    ------
    UserError
        For a file that is not there or cannot be read, a chapter without questions, and a question
        that is nearly in the form.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from alexnet_lab.quiz import read_questions
    >>> page = Path(tempfile.mkdtemp(), "page.md")
    >>> _ = page.write_text(
    ...     "> **Predict** — Over 224 pixels?\n\n<details>\n<summary>Answer</summary>\n\n"
    ...     "**54** — counted.\n\n- **55**: that is 227 pixels.\n\n</details>\n"
    ... )
    >>> [(question.kind, question.number.value) for question in read_questions(page)]
    [('number', 54.0)]
    """
    path = Path(source)
    if path.is_file():
        return _file(path, Path(root) if root else path.resolve().parent.parent)
    if not path.exists():
        raise UserError(f"no such file or folder: {str(path)!r}")
    files = [
        file
        for folder in FOLDERS
        for pattern in ("*.ipynb", "*.md")
        for file in sorted((path / folder).glob(pattern))
    ]
    if not files:
        raise UserError(
            f"no chapters in {str(path)!r}: name a folder that holds notebooks/ and book/"
        )
    found = [question for file in files for question in _file(file, path)]
    if chapter is None:
        return found
    wanted = chapter.zfill(2) if chapter.isdecimal() else chapter
    known = sorted({question.chapter for question in found})
    if wanted.lower() not in (name.lower() for name in known):
        raise UserError(f"no questions in chapter {chapter!r}; known: {', '.join(known)}")
    return [question for question in found if question.chapter.lower() == wanted.lower()]


def texts_of(path: Path) -> list[str]:
    """Return the Markdown of a page, or of a notebook what stands between two code cells."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".ipynb":
            return [text]
        cells = json.loads(text)["cells"]
        groups = itertools.groupby(cells, key=lambda cell: cell["cell_type"] == "markdown")
        return [
            "\n\n".join("".join(c["source"]) for c in group) for is_text, group in groups if is_text
        ]
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {(error.strerror or '').lower()}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{str(path)!r} is not a notebook: nothing was read from it") from error


def name_of(path: Path) -> str:
    """Return what a file's questions are called after: ``05`` of ``05_pooling.ipynb``."""
    number = re.match(r"(\d\d|A\d)_", path.name)
    return number[1] if number else path.stem


def _file(path: Path, root: Path) -> list[Question]:
    try:
        page = path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        page = path.name
    found: list[Question] = []
    for text in texts_of(path):
        for block in blocks(text):
            try:
                form = read(block)
            except FormError as error:
                raise UserError(f"{page}: {error}") from error
            found.append(Question(_id(path, form.prompt), page, **vars(form)))
    seen: set[str] = set()
    for question in found:
        if question.id in seen:
            raise UserError(f"{page}: two questions with the same words: {question.prompt[:60]!r}")
        seen.add(question.id)
    return found


def _id(path: Path, prompt: str) -> str:
    # Markup and line breaks may change; the words decide.
    words = " ".join(re.sub(r"[*_`\s]+", " ", prompt).split()).lower()
    return f"{name_of(path)}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"
