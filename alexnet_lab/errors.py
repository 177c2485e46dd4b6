"""What a user did wrong, said in one line."""

from __future__ import annotations


class UserError(ValueError):
    """Bad input: the message names the offending value and the way out, in one line.

    The command line prints it after ``alexnet-lab:`` and exits with 2; a notebook shows it as any
    ``ValueError``.
    """


class Note(UserWarning):
    """What a user should know of the input, and that stops nothing: one line.

    The command line prints it after ``alexnet-lab: note:``; a notebook shows it as a warning.
    """
