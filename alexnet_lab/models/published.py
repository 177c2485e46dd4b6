"""A trained network that others publish: found, fetched, told from others, opened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..data.cache import cache_folder
from ..data.download import Remote, UnreachableError, fetch, locked, writing
from ..errors import UserError
from ..files import atomic_write
from ..weights import check_finite, check_state, load_state, load_weights
from ..weights.foreign import foreign_reader
from .berkeley import ConvStack
from .preprocessing import Preprocess

#: Names a file or a folder in which published weights are looked for first.
VARIABLE = "ALEXNET_LAB_WEIGHTS"
ILSVRC = "ILSVRC-2012: 1.2 million photographs of 1,000 classes"


@dataclass(frozen=True)
class Published:
    """A trained network that others publish.

    Attributes
    ----------
    name : str
        For `alexnet_lab.load_pretrained`.
    title, trained_on, licence : str
        What it is.
    remotes : tuple of Remote
        Files that hold all of it, the preferred one first. Their digests are the makers': of the
        ONNX model zoo's manifest, of the model's page at Berkeley, of torchvision's file name.
    parameters : int
        How many there are; a file has four bytes for each.
    builder : callable
        Makes the untrained network.
    preprocess : Preprocess
        Makes a photograph into its input.
    biases : dict
        Layer to mean and standard deviation of its biases: tells the network whatever the file.
    colours : tuple of float, optional
        Mean absolute weight of conv1 for red, green and blue, where files may have them in reverse.
    stacks : tuple of str
        Names under which the convolutional layers alone are known.
    """

    name: str
    title: str
    licence: str
    remotes: tuple[Remote, ...]
    parameters: int
    builder: Callable[[], nn.Module] = field(repr=False)
    preprocess: Preprocess = field(repr=False)
    biases: dict[str, tuple[float, float]] = field(repr=False)
    colours: tuple[float, float, float] | None = field(default=None, repr=False)
    stacks: tuple[str, ...] = ()
    trained_on: str = ILSVRC

    @property
    def megabytes(self) -> float:
        """Size of a download."""
        return 4 * self.parameters / 1e6

    @property
    def folder(self) -> Path:
        """Where a download is kept."""
        if self.name == "torchvision":  # torch's own place: torchvision finds it as well
            return Path(torch.hub.get_dir()) / "checkpoints"
        return cache_folder() / "weights"

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of its files, the whole ones first."""
        return (*(remote.name for remote in self.remotes), *self.stacks)

    def find(self) -> Path | None:
        """Return its file on this machine, or None."""
        named = os.environ.get(VARIABLE)
        places = [Path(named).expanduser()] if named else []
        if named and not places[0].exists():
            raise UserError(f"{VARIABLE} names {named!r}, where nothing is")
        for place in (*places, self.folder, cache_folder() / "weights"):
            if place.is_file() and place.name in self.file_names:
                return place
            for name in self.file_names:
                if (place / name).is_file():
                    return place / name
        return None

    def load(self) -> Any:
        """Open its file on this machine, downloaded if need be.

        A download is checked by its digest, and fetched again when it is damaged; any other file is
        told by its shapes and biases.
        """
        path = self.find()
        if path is None or self._is_download(path):
            return self.open(self.fetch(), check=False)
        return self.open(path)

    def _is_download(self, path: Path) -> bool:
        return path.parent == self.folder and any(path.name == r.name for r in self.remotes)

    def fetch(self, pause: Callable[[float], object] | None = None) -> Path:
        """Download its preferred file, or the next one; what is there and whole is not fetched.

        Raises
        ------
        UserError
            One line: what is missing, how large it is, how to bring it by hand.
        """
        reasons = []
        here = [remote for remote in self.remotes if (self.folder / remote.name).is_file()]
        for remote in here or self.remotes:
            try:
                return fetch(remote, self.folder, pause=pause)
            except UnreachableError as error:
                reasons.append(f"{remote.url.split('/')[2]}: {error}")
        raise UserError(
            f"the weights of {self.name!r} ({self.megabytes:.0f} MB) are not here and could not be"
            f" downloaded ({'; '.join(reasons)}); where there is a network, fetch"
            f" {self.remotes[0].url}, then: alexnet-lab weights fetch {self.name} --from FILE"
        )

    def bring(self, source: Path) -> Path:
        """Check a file, or the first fitting one of a folder, and copy it to where it is kept.

        Raises
        ------
        UserError
            When there is none, or it is damaged or of another network.
        """
        file = source
        if source.is_dir():
            inside = [source / name for name in self.file_names if (source / name).is_file()]
            if not inside:
                raise UserError(f"folder {str(source)!r} has none of {', '.join(self.file_names)}")
            file = inside[0]
        self.verify(file)
        target = self.folder / file.name
        with writing(self.folder), locked(self.folder, file.name):
            if not (target.exists() and target.samefile(file)):
                with atomic_write(target) as scratch:
                    shutil.copyfile(file, scratch)
        return target

    def verify(self, path: Path) -> str:
        """Say how a file is known to be right: by digest, or by its shapes and biases.

        Raises
        ------
        UserError
            When it is damaged or of another network.
        """
        for remote in self.remotes:
            if remote.name == path.name and remote.matches(path):
                kind = remote.digest.partition(":")[0]
                return f"{kind.upper()} as published"
        made = self.open(path)
        whole = "all layers" if made.classes else "the convolutional layers"
        return f"{whole}: shapes and biases as they should be; no digest is published for this file"

    def remove(self) -> list[Path]:
        """Remove its files from where downloads are kept, and return which; others stay."""
        found = [self.folder / name for name in self.file_names if (self.folder / name).is_file()]
        parts = [self.folder / f"{remote.name}.part" for remote in self.remotes]
        for path in (*found, *parts):
            path.unlink(missing_ok=True)
        return found

    def open(self, path: Path, check: bool = True) -> Any:
        """Build the network with the weights in a file; a conv stack where only that is in it.

        Parameters
        ----------
        path : pathlib.Path
            The file.
        check : bool
            Whether to tell by the biases that it is this network; shapes are checked in any case.
        """
        source = str(path)
        reader = foreign_reader(path)
        state = reader(path) if reader else load_weights(path).state
        state = {name: value.float() for name, value in state.items()}
        if check:
            self.check(state, source)
        with torch.device("meta"):
            model: Any = self.builder()
        if not any(name.startswith("classifier.") for name in state):
            model = ConvStack(model)
        check_state(model, state, source=source)
        check_finite(state, source=source)
        model.to_empty(device="cpu")
        load_state(model, self._in_rgb(state), source=source)
        model.preprocess, model.trained_on = self.preprocess, self.trained_on
        model.classes = () if isinstance(model, ConvStack) else imagenet_classes()
        model.towers = getattr(getattr(model, "config", None), "towers", 1)
        model.description = {"name": self.builder.__name__, "options": {}}
        return model.eval()

    def check(self, state: dict[str, Tensor], source: str) -> None:
        """Raise a UserError when these are not its weights."""
        for layer, (mean, spread) in self.biases.items():
            bias = state.get(f"{layer}.bias")
            found = None if bias is None else (float(bias.mean()), float(bias.std(correction=0)))
            off = 1.0 if found is None else max(abs(found[0] - mean), abs(found[1] - spread))
            if off > 0.01 * spread:
                raise UserError(
                    f"{source!r} is not {self.name!r}, or damaged: the biases of {layer} are not"
                    " those of that network"
                )

    def _in_rgb(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Turn conv1's channels round where they are blue, green, red, as in Caffe."""
        name = "features.conv1.weight"
        if self.colours is None:
            return state
        found = state[name].abs().mean((0, 2, 3))
        wanted = torch.tensor(self.colours)
        turned = (found.flip(0) - wanted).abs().sum() < (found - wanted).abs().sum()
        return state | {name: state[name].flip(1)} if turned else state


def imagenet_classes() -> tuple[str, ...]:
    """Return the names of the 1,000 classes of ILSVRC-2012, in the order of their WordNet ids."""
    from torchvision.models import AlexNet_Weights

    return tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])
