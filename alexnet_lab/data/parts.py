"""Names of folders that read like a part of a data set: train, TEST, valid2017, "Copy of train"."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence

_PARTS = {
    "train": "train training trainings trn entrainement apprentissage entrenamiento addestramento"
    " treino treinamento",
    "val": "val vals valid validation validate validating validierung validierungs validacion"
    " validazione validacao validatie vld dev devel eval evaluate evaluation holdout heldout",
    "test": "test tests testing tst prueba pruebas teste",
}
_KIND = {word: kind for kind, words in _PARTS.items() for word in words.split()}
# Too short to mean a part alone; they do beside another word: imagesTr, labels_ts (nnU-Net).
_SHORT = {"tr": "train", "ts": "test", "te": "test", "va": "val"}
# Words that leave a name the name of a part.
_FILLER_WORDS = (
    "set sets data dataset datasets images image imgs img pictures picture pics pic photos photo"
    " frames samples sample files folder dir split splits part parts subset copy copies of backup"
    " bak old new orig original originals final clean cleaned small big large full all mini tiny my"
    " the our seg cls raw resized cropped aug augmented jpg jpeg png rgb gray grey bw v ver version"
    " labels label labelled labeled unlabelled unlabeled only and x y daten bilder kopie von copie"
    " copia public private phase stage step"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
# A letter at the end, set apart from what is before it: trainA, test_b.
_LETTER = re.compile(r"(?<=[a-z])[A-Z]$|[\W_]\w$")
_FOLD = re.compile(r"(k?folds?|cv|splits?|shards?)\d+")


_ROLE_WORDS = (
    "images image imgs img pictures photos jpegimages masks mask labels label annotations"
    " annotation annots segmentation segmentations segmentationclass groundtruth gt bboxes depth"
)
_ROLES = frozenset(_ROLE_WORDS.split())


def are_roles(names: Sequence[str]) -> bool:
    """Tell whether folders read like pictures and what was drawn over them: images, masks.

    Examples
    --------
    >>> from alexnet_lab.data.parts import are_roles
    >>> are_roles(["images", "masks"]), are_roles(["images", "ant"])
    (True, False)
    """
    plain = ("".join(c for c in name.casefold() if c.isalpha()) for name in names)
    return len(names) > 1 and all(name in _ROLES for name in plain)


@functools.cache
def part_of(name: str) -> str | None:
    """Say which part of a data set a folder's name reads like.

    Parameters
    ----------
    name : str
        The folder's name, without the way to it.

    Returns
    -------
    {"train", "val", "test", "fold", "several"} or None
        "fold" for one of several numbered parts, "several" for a name such as "train_test"; None
        for what reads like the name of a class.

    Examples
    --------
    >>> from alexnet_lab.data.parts import part_of
    >>> [part_of(name) for name in ("TEST", "training_set", "val2017", "Copy of train (1)")]
    ['test', 'train', 'val', 'train']
    >>> [part_of(name) for name in ("trains", "test tube", "invalid", "fold3", "imagesTr")]
    [None, None, None, 'fold', 'train']
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in plain if c.isalnum())
    if _FOLD.fullmatch(plain):
        return "fold"
    letters = re.sub(r"\d", "", plain)
    kinds = _kinds(letters) if len(letters) <= 60 else None
    if not kinds:
        bare = _LETTER.sub("", name)
        return part_of(bare) if bare != name else None
    found = set(kinds)
    if found == {"train", "val"} and "split" not in letters:  # trainval: both to train on
        return "train"
    return kinds[0] if len(found) == 1 else "several"


def _kinds(letters: str) -> tuple[str, ...] | None:
    """Take a name apart into words that are known; return the kinds of parts among them."""

    @functools.cache
    def apart(rest: str) -> tuple[str, ...] | None:
        if not rest:
            return ()
        for length in range(len(rest), 0, -1):
            word = rest[:length]
            kind = _KIND.get(word) or (_SHORT.get(word) if word != letters else None)
            if kind is None and word not in _FILLERS:
                continue
            below = apart(rest[length:])
            if below is not None:
                return (kind, *below) if kind else below
        return None

    return apart(letters)
