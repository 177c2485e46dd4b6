"""Folders of class folders as people have them: finding the pictures, telling the parts.

A folder whose name reads like a part of a data set (:func:`.parts.part_of`) is a part or is
refused; it is never a class. What is passed over is said in the notes of what was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import UserError
from .formats import described, is_companion, listed
from .parts import are_roles, part_of
from .walk import Looked, pictures_in, subfolders, walk

_DEEPEST = 8  # folders that hold nothing but one folder


@dataclass(frozen=True)
class Picture:
    """A picture file in a class folder."""

    path: str  # relative to the root, with /
    label: int


@dataclass(frozen=True)
class Found:
    """What a folder holds.

    Attributes
    ----------
    root : pathlib.Path
        Where the class folders or the parts are: the folder that was given, or one inside it.
    classes : tuple of str
        Their names.
    train, val : list of Picture
        `val` is None when the pictures are yet to be parted.
    notes : tuple of str
        What was passed over, and what was guessed, a line each.
    closed : tuple of str
        Folders that cannot be read.
    """

    root: Path
    classes: tuple[str, ...]
    train: list[Picture]
    val: list[Picture] | None
    notes: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def pictures(self) -> list[Picture]:
        """All pictures, training first."""
        return self.train + (self.val or [])


def find_pictures(root: Path) -> Found:
    """List the pictures of a folder of class folders, sorted by class and path.

    ``root/<class>/``, or ``root/train/<class>/`` and ``root/val/<class>/``, by these names or
    others that read like them; ``test`` validates where there is no ``val``. A folder that holds
    nothing but one folder is entered. Deeper folders belong to their class; hidden and system
    files are passed over in silence, other files that cannot be read with a note.

    Raises
    ------
    UserError
        When there are no class folders, a class without pictures, a folder that may be a part or a
        class, or a part that lacks what the other has.
    """
    if not root.is_dir():
        raise UserError(f"{str(root)!r} is not a folder")
    return _Search(root).found()


class _Search:
    """One search of a folder."""

    def __init__(self, root: Path) -> None:
        self.given = root
        self.looked = Looked()
        self.notes: list[str] = []
        self.others: list[str] = []
        self.closed: list[str] = []

    def found(self) -> Found:
        root = self._entered(self.given)
        parts = {name: part for name in subfolders(root) if (part := part_of(name))}
        found = self._parted(root, parts) if parts else self._unparted(root)
        if not all(map(is_companion, self.others)):
            self.notes.append(f"passed over in {str(root)!r}: {described(self.others)}")
        return replace(found, notes=tuple(self.notes), closed=tuple(sorted(self.closed)))

    # Going in

    def _entered(self, folder: Path, inside: str | None = None) -> Path:
        """Go into a folder that holds only the data set, such as an unpacked archive."""
        inner = self._inner(folder, _DEEPEST, inside)
        if inner is None or inner == folder:
            return folder
        filled = self.looked.filled(folder)
        beside = [name for name in subfolders(folder) if name not in filled]
        without = f"; no pictures in {_quoted(beside)}" if beside else ""
        self.notes.append(f"the data set is taken from {str(inner)!r}{without}")
        return inner

    def _inner(self, folder: Path, deepest: int, inside: str | None = None) -> Path | None:
        """Return the first folder inside that holds several folders of pictures, or parts.

        Inside a part a folder that reads like the same one is entered as well: train/train.
        """
        filled = self.looked.filled(folder)
        if len(filled) > 1 or deepest == 0:
            return folder
        if not filled:
            return None
        part = part_of(filled[0])
        if part and part != inside and not self._holds_parts(folder / filled[0]):
            return folder
        if pictures_in(folder):
            return None
        return self._inner(folder / filled[0], deepest - 1, inside)

    def _holds_parts(self, folder: Path) -> bool:
        """Tell whether a folder holds parts and nothing else: train/train and train/val."""
        filled = self.looked.filled(folder)
        return bool(filled) and all(part_of(name) for name in filled)

    # Without parts

    def _unparted(self, root: Path) -> Found:
        classes = self._classes(root)
        return Found(root, classes, self._pictures(root, root, classes), None)

    # With parts

    def _parted(self, root: Path, parts: dict[str, str]) -> Found:
        beside = [name for name in self.looked.filled(root) if name not in parts]
        trains = [name for name, part in parts.items() if part == "train"]
        odd = [name for name, part in parts.items() if part in ("fold", "several")]
        if beside and not any(self.looked.filled(root / name) for name in trains):
            raise self._two_readings(root, next(iter(parts)), beside)
        if odd:
            raise self._two_readings(root, odd[0], [])
        if not trains:
            raise UserError(
                f"{str(root)!r} has {_quoted(list(parts))}, which reads like a part, and no part to"
                " train on: name the folder of the training pictures 'train'; or, if it is a"
                f" class, rename it, e.g. to 'class_{next(iter(parts))}'"
            )
        train = self._only(root, trains, "training")
        validation = [name for name, part in parts.items() if part == "val"]
        test = [name for name, part in parts.items() if part == "test"]
        base = self._entered(root / train, "train")
        classes = self._classes(base)
        pictures = self._pictures(root, base, classes)
        if beside:
            self.notes.append(f"{_quoted(beside)} beside the parts: not used")
        if validation:
            if test:
                self.notes.append(f"{_quoted(test)}: not used, {validation[0]!r} validates")
            second = self._only(root, validation, "validation")
            return self._with_second(root, classes, pictures, second)
        test = [name for name in test if self._has_labels(root / name, classes)]
        if not test:
            return Found(root, classes, pictures, None)
        return self._with_second(root, classes, pictures, self._only(root, test, "test"))

    def _only(self, root: Path, names: list[str], what: str) -> str:
        filled = [name for name in names if self.looked.holds_pictures(root / name)] or names
        if len(filled) > 1:
            raise UserError(
                f"{str(root)!r} has {_quoted(filled)}, which all read like the {what} part: leave"
                " one of them there and move the others elsewhere; or, if they are classes, rename"
                f" them, e.g. to 'class_{filled[0]}'"
            )
        return filled[0]

    def _two_readings(self, root: Path, name: str, beside: list[str]) -> UserError:
        others = f", beside {_quoted(beside)}" if beside else ""
        return UserError(
            f"{name!r} in {str(root)!r}{others} may be a part or a class: if a part, let 'train'"
            f" and 'val' hold the class folders; if a class, rename it, e.g. to 'class_{name}'"
        )

    def _has_labels(self, folder: Path, classes: tuple[str, ...]) -> bool:
        """Tell whether a test part has class folders; one without is passed over, with a note."""
        inside = self.looked.filled(self._inner(folder, _DEEPEST, "test") or folder)
        if set(inside) & set(classes) or len(inside) > 1:
            return True
        count = len(walk(folder, folder).pictures)
        self.notes.append(
            f"{folder.name!r}: not used, its {_counted(count)} without class folders"
            " (one in five of the training pictures validates)"
        )
        return False

    def _with_second(
        self, root: Path, classes: tuple[str, ...], train: list[Picture], name: str
    ) -> Found:
        base = self._entered(root / name, part_of(name))
        if not self.looked.filled(base) and (flat := pictures_in(base)):
            raise UserError(
                f"{str(base)!r} has no class folders but {_counted(len(flat))} directly inside: put"
                " each into the folder of its class, by the list that came with them; or move the"
                " folder elsewhere, and one in five training pictures validates"
            )
        here = set(subfolders(base))
        strangers = sorted(here - set(classes))
        if strangers:
            near = [c for c in classes if c.strip().casefold() == strangers[0].strip().casefold()]
            hint = f" (train has {near[0]!r})" if near else ""
            raise UserError(
                f"class {strangers[0]!r} is in {str(base)!r} but not in train{hint}; "
                "both need the same class folders"
            )
        return Found(root, classes, train, self._pictures(root, base, classes))

    # Classes and pictures

    def _classes(self, folder: Path) -> tuple[str, ...]:
        classes = subfolders(folder)
        flat = pictures_in(folder)
        for name in classes:
            if part_of(name):
                raise self._two_readings(folder, name, [c for c in classes if c != name][:3])
        if not classes and flat:
            raise _lying_flat(folder, flat)
        if not classes:
            raise UserError(
                f"{str(folder)!r} holds no class folders; put the pictures of each class into a"
                " folder with the class's name"
            )
        if len(classes) == 1:
            raise UserError(
                f"{str(folder)!r} holds one class ({classes[0]!r}); there is nothing to tell apart,"
                " give it at least two class folders"
            )
        if are_roles(classes):
            raise UserError(
                f"{_quoted(list(classes))} in {str(folder)!r} read like pictures and what was drawn"
                " over them, not like classes: give a folder whose folders are classes; or, if they"
                f" are classes, rename them, e.g. to 'class_{classes[0]}'"
            )
        if flat:
            self.notes.append(
                f"{_counted(len(flat))} beside the class folders in {str(folder)!r}: not used"
            )
        return tuple(classes)

    def _pictures(self, root: Path, base: Path, classes: tuple[str, ...]) -> list[Picture]:
        found: list[Picture] = []
        empty: list[str] = []
        unread: list[str] = []
        for label, name in enumerate(classes):
            walked = walk(base / name, root)
            self.others += walked.others
            self.closed += walked.closed
            found += [Picture(path, label) for path in walked.pictures]
            if not walked.pictures and not walked.closed:
                empty.append(name)
                unread += walked.others
        if empty:
            more = f", nor {_quoted(empty[1:])}" if empty[1:] else ""
            inside = f" (only {described(unread)})" if unread else ""
            raise UserError(
                f"class {empty[0]!r} has no pictures in {str(base / empty[0])!r}{more}{inside}; put"
                " some there, or move what is no class elsewhere"
            )
        return found


def _lying_flat(folder: Path, pictures: list[str]) -> UserError:
    stems = [re.match(r"[^\W\d_]+(?=[\W\d_])", name) for name in pictures]
    kinds = sorted({stem[0] for stem in stems if stem})
    example = ""
    if all(stems) and 2 <= len(kinds) <= len(pictures) // 2:
        example = f", e.g. {pictures[0]!r} into '{folder.name}/{kinds[0]}/'"
    return UserError(
        f"{str(folder)!r} holds no class folders but {_counted(len(pictures))} directly inside: put"
        f" the pictures of each class into a folder with the class's name{example}"
    )


def _counted(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def _quoted(names: list[str]) -> str:
    return listed([repr(name) for name in names], 200)
