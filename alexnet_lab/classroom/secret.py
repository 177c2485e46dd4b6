"""Data of hidden checks, drawn from a secret of the course.

A teacher's source may be public: what a hidden check compares is then known to everyone, but not
the data on which it does. They come from a secret that is given when notebooks are released and
graded. From it and the exercise's name a seed is derived (HMAC-SHA-256), so that who sees the seed
of one exercise knows neither the secret nor any other seed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import UserError

if TYPE_CHECKING:
    import numpy as np

VARIABLE = "ALEXNET_LAB_COURSE_SECRET"
# Set in the sandbox: seeds are then only what the grader offers, one exercise at a time.
GRADING = "ALEXNET_LAB_GRADING"
# Without a secret hidden checks still run: at a reader's desk, under nbval, in the project's tests.
PUBLIC = "alexnet-lab: a public secret"

_offered: dict[str, int] = {}


def secret_rng(exercise: str) -> np.random.Generator:
    """Return a generator of the random numbers of one exercise's hidden check.

    Parameters
    ----------
    exercise : str
        The exercise's name, the ``grade_id`` of its answer cell.

    Returns
    -------
    numpy.random.Generator
        Seeded by the course's secret and the name: the same for every student of a course.

    Raises
    ------
    RuntimeError
        While a submission is graded, but not within a check of this exercise.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> rng = al.classroom.secret_rng("conv2d")
    >>> 0 <= int(rng.integers(10)) < 10
    True
    """
    import numpy as np

    if os.environ.get(GRADING):
        if exercise not in _offered:
            raise RuntimeError(
                f"the hidden data of {exercise!r} are there only while its check runs"
            )
        return np.random.default_rng(_offered[exercise])
    return np.random.default_rng(derive(os.environ.get(VARIABLE) or PUBLIC, exercise))


def derive(secret: str, exercise: str) -> int:
    """Return the seed of an exercise: 128 bits of HMAC-SHA-256."""
    digest = hmac.new(secret.encode(), f"exercise {exercise}".encode(), hashlib.sha256)
    return int.from_bytes(digest.digest()[:16], "big")


def fingerprint(secret: str) -> str:
    """Return eight characters that tell two secrets apart, and give neither away."""
    return hmac.new(secret.encode(), b"fingerprint", hashlib.sha256).hexdigest()[:8]


def code(secret: str, assignment: str, student: str) -> str:
    """Return eight letters and digits that stand for a student while a person marks.

    Nobody without the secret finds the student by them, and each assignment has others.

    Examples
    --------
    >>> from alexnet_lab.classroom.secret import code
    >>> code("a secret", "1-convolution", "ada") == code("a secret", "2-pooling", "ada")
    False
    """
    text = f"code {assignment}\0{student}".encode("utf-8", "surrogateescape")
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return base64.b32encode(digest)[:8].decode().lower()


def offer(seeds: Mapping[str, int]) -> None:
    """Make these seeds, and no others, what `secret_rng` gives; the grader calls it."""
    _offered.clear()
    _offered.update(seeds)


def read_secret(path: str | os.PathLike[str] | None) -> str:
    """Return the secret in a file, else that of the environment, else the public one.

    Raises
    ------
    UserError
        When the file cannot be read, or holds fewer than 16 characters.
    """
    if path is None:
        return os.environ.get(VARIABLE) or PUBLIC
    try:
        with open(path, encoding="utf-8") as file:
            secret = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the secret {os.fspath(path)!r}: {error}") from error
    if len(secret) < 16:
        raise UserError(
            f"the secret in {os.fspath(path)!r} has {len(secret)} characters, and needs 16; "
            "openssl rand -hex 16 makes one"
        )
    return secret
