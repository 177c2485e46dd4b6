"""A folder for checkpoints that is still there when the machine is gone."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from ..errors import UserError

_DRIVE = Path("/content/drive")  # where Colab mounts the reader's Google Drive


def lasting_folder(name: str, keep: str | os.PathLike[str] | None = None) -> Path:
    """Return a folder for a run that outlives this runtime, made if it is not there.

    Parameters
    ----------
    name : str
        Of the run; a folder's name.
    keep : path, optional
        Where folders of runs lie. By default, on Colab, ``alexnet-lab`` on the reader's Google
        Drive, which Colab asks leave to mount; anywhere else ``runs`` in the present folder.

    Returns
    -------
    Path

    Raises
    ------
    UserError
        When the folder cannot be made, or the Drive is not mounted.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> al.training.lasting_folder("tried", keep="my-runs").as_posix()
    'my-runs/tried'
    """
    if name in ("", "..") or Path(name).name != name:
        raise UserError(f"{name!r} is not a folder name")
    if keep is not None:
        home = Path(keep)
    elif "google.colab" in sys.modules:
        home = _mounted() / "MyDrive" / "alexnet-lab"
    else:
        home = Path("runs")
    try:
        (home / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(
            f"cannot make the folder {str(home / name)!r} ({reason}); choose another by keep="
        ) from error
    return home / name


def _mounted() -> Path:
    try:
        importlib.import_module("google.colab.drive").mount(str(_DRIVE))
    except Exception as error:  # refused, or no Drive; Colab raises several kinds
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise UserError(
            f"Google Drive is not mounted ({reason}); allow it, or give a folder by keep="
        ) from error
    return _DRIVE
