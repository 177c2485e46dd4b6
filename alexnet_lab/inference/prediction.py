"""What a network says of pictures, and how far that is to be believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, overload

from ..errors import UserError
from .network import Network, open_network
from .pictures import entries, is_one

#: Below this the network itself holds its first answer for more likely wrong than right.
DOUBTFUL = 0.5


@dataclass(frozen=True)
class Guess:
    """A class and its probability, 0–1."""

    label: str
    index: int
    probability: float


@dataclass(frozen=True, repr=False)
class Prediction:
    """What a network says of one picture. Its repr is a table.

    Attributes
    ----------
    image : str
        The picture's name.
    top : tuple of Guess
        The most probable classes, the first first.
    num_classes : int
        How many classes the network knows. It answers with one of them whatever the picture shows.
    known : str
        These classes in words.
    """

    image: str
    top: tuple[Guess, ...]
    num_classes: int
    known: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.top[0].label

    @property
    def probability(self) -> float:
        """The probability of `label`, 0–1."""
        return self.top[0].probability

    @property
    def doubtful(self) -> bool:
        """Whether that is below `DOUBTFUL`: more likely wrong than right."""
        return self.probability < DOUBTFUL

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "image": self.image,
            "predictions": [
                {"class": g.label, "index": g.index, "probability": g.probability} for g in self.top
            ],
            "classes_known": self.num_classes,
            "doubtful": self.doubtful,
        }

    def __str__(self) -> str:
        rows = [f"{100 * guess.probability:6.1f} %  {guess.label}" for guess in self.top]
        if self.doubtful:
            rows[0] += f"  (doubtful: below {100 * DOUBTFUL:.0f} %)"
        return "\n".join([self.image, *rows])

    def __repr__(self) -> str:
        return f"{self}\n{self.caution}".rstrip()

    @property
    def caution(self) -> str:
        """A line on what the network can answer at all; "" when every class is shown."""
        if len(self.top) >= self.num_classes:
            return ""
        return f"The network knows {self.known}. Whatever a picture shows, it names one of them."


@overload
def predict(
    images: list[Any] | tuple[Any, ...],
    network: Any = ...,
    *,
    top: int = ...,
    ten_crop: bool = ...,
    batch_size: int = ...,
) -> list[Prediction]: ...
@overload
def predict(
    images: Any, network: Any = ..., *, top: int = ..., ten_crop: bool = ..., batch_size: int = ...
) -> Prediction: ...
def predict(
    images: Any,
    network: Any = "lab",
    *,
    top: int = 5,
    ten_crop: bool = False,
    batch_size: int = 32,
) -> Any:
    """Say what is to be seen in pictures.

    A network knows the classes that it was trained on and answers with one of them whatever it is
    shown; ``load_pretrained("lab").classes`` lists those of ``"lab"``, and a photograph of anything
    else gets a wrong answer, perhaps a confident one. `Prediction.caution` says what is known, and
    `Prediction.doubtful` tells when the network itself is not sure.

    Parameters
    ----------
    images : path, PIL image, Photograph, numpy.ndarray, torch.Tensor, or several of these
        One picture, a list of them, a folder, or a batch, (N, H, W, 3) as an array, (N, 3, H, W)
        as a tensor, uint8 in 0–255. A word that is no path names a sample photograph.
    network : str, os.PathLike, torch.nn.Module or Network
        What `open_network` takes: ``"lab"``, ``"imagenet"``, a path, a model.
    top : int
        How many classes.
    ten_crop : bool
        Average the probabilities over the ten views of §4.1 rather than take the central crop.
    batch_size : int
        Pictures at a time.

    Returns
    -------
    Prediction or list of Prediction
        One for one picture, else a list.

    Raises
    ------
    UserError
        When a picture cannot be read, or the network cannot be opened.

    Examples
    --------
    >>> import alexnet_lab as al
    >>> found = al.predict("cat")
    >>> found.label in al.load_pretrained("lab").classes
    True
    >>> found.doubtful == (found.probability < al.inference.DOUBTFUL)
    True
    >>> [p.image for p in al.predict(["cat", "coffee"], top=1)]
    ['cat', 'coffee']
    """
    if top < 1 or batch_size < 1:
        raise UserError(f"top={top}, batch_size={batch_size}; give 1 or more")
    found = entries(images)  # a wrong path is told before a network is opened
    opened = open_network(network)
    answers: list[Prediction] = []
    for start in range(0, len(found), batch_size):
        batch = found[start : start + batch_size]
        answers += answer(opened, batch, top, ten_crop)
    return answers[0] if is_one(images) else answers


def answer(
    network: Network, batch: Iterable[tuple[str, Any]], top: int = 5, ten_crop: bool = False
) -> list[Prediction]:
    """Return the predictions for one batch of names and pictures."""
    names, images = zip(*batch, strict=True)
    probabilities = network.probabilities(images, ten_crop)
    best = probabilities.topk(min(top, probabilities.shape[1]), dim=1)
    return [
        Prediction(
            name,
            tuple(Guess(network.name(i), i, p) for i, p in zip(indices, values, strict=True)),
            probabilities.shape[1],
            network.known,
        )
        for name, values, indices in zip(
            names, best.values.tolist(), best.indices.tolist(), strict=True
        )
    ]
