"""How the lab network is trained: sizes of images one after the other, and one recipe for all."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import UserError
from ..training import TrainConfig


@dataclass(frozen=True)
class Phase:
    """A part of the training, at one size of images; a run of `fit`.

    Parameters
    ----------
    name : str
        Folder of the run.
    size : int
        Side of the images in pixels.
    epochs : int
        Passes over the data.
    lr : float
        Highest learning rate.
    warmup : float
        Share of the steps, 0–1, in which the rate rises.
    final_factor : float
        Share of `lr`, 0–1, that the phase ends at.
    """

    name: str
    size: int
    epochs: int
    lr: float
    warmup: float = 0.15
    final_factor: float = 0.0


@dataclass(frozen=True)
class LabRecipe:
    """How the lab network is trained; every number is a choice of ours, not the paper's.

    Parameters
    ----------
    seed : int
        Of weights, order and augmentation.
    phases : tuple of Phase
        One after the other; between two, the network grows.
    batch_size : int
        As in the paper (§5).
    hidden : tuple of int
        Units of fc6 and fc7: a small head, for few classes.
    dropout : float
        Share of their units that is dropped, 0–1.
    weight_decay : float
        More than the paper's 0.0005: there are far fewer images, and far fewer steps.
    conv1_decay : float
        conv1 decays by so much more. Frequencies that the photographs do not have give no
        gradient, so only decay takes the initial noise out of conv1's kernels. In 2012 rate times
        decay came to about 2 over the whole training; a short training needs a larger decay for
        the same.
    least_area : float
        Random crops take from this part of an image to all of it.
    label_smoothing : float
        See `TrainConfig`.

    Examples
    --------
    >>> from alexnet_lab.lab import LabRecipe
    >>> [phase.size for phase in LabRecipe().phases]
    [100, 128, 224]
    """

    seed: int = 0
    phases: tuple[Phase, ...] = (
        Phase("coarse", 100, 12, 0.025, 0.05, 0.7),
        Phase("medium", 128, 10, 0.0175, 0.02, 0.4),
        Phase("full", 224, 7, 0.007, 0.02),
    )
    batch_size: int = 128
    hidden: tuple[int, ...] = (512, 512)
    dropout: float = 0.4
    weight_decay: float = 1e-3
    conv1_decay: float = 5e-3
    least_area: float = 0.35
    label_smoothing: float = 0.05

    def phase(self, name: str) -> Phase:
        """Return the phase of this name.

        Raises
        ------
        UserError
            When there is none.
        """
        for phase in self.phases:
            if phase.name == name:
                return phase
        known = ", ".join(phase.name for phase in self.phases)
        raise UserError(f"no phase {name!r} in this recipe; known: {known}")

    def config(self, name: str) -> TrainConfig:
        """Return the training configuration of the phase of this name."""
        phase = self.phase(name)
        return TrainConfig(
            epochs=phase.epochs,
            lr=phase.lr,
            momentum=0.9,
            nesterov=True,
            optimizer="sgd",
            schedule="onecycle",
            warmup=phase.warmup,
            final_factor=phase.final_factor,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            clip_norm=5.0,
            precision="bf16",
            channels_last=True,
            seed=self.seed,
        )

    def shortened(self, share: float, *, seed: int | None = None) -> LabRecipe:
        """Return the recipe with `share` (0–1) of each phase's epochs, at least one."""
        phases = tuple(
            replace(phase, epochs=max(1, round(share * phase.epochs))) for phase in self.phases
        )
        return replace(self, phases=phases, seed=self.seed if seed is None else seed)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON holds them."""
        return asdict(self) | {
            "phases": [asdict(phase) for phase in self.phases],
            "hidden": list(self.hidden),
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> LabRecipe:
        """Build from `to_dict`'s result."""
        phases = tuple(Phase(**phase) for phase in fields["phases"])
        return cls(**fields | {"phases": phases, "hidden": tuple(fields["hidden"])})


#: The recipe of the network of ten classes, on Imagenette alone.
TEN_CLASSES = LabRecipe(
    phases=(Phase("small", 128, 26, 0.02), Phase("full", 224, 6, 0.006)),
    hidden=(256, 256),
    dropout=0.5,
    weight_decay=2e-3,
    conv1_decay=0.0,
)

#: The recipes that the command line knows by name.
RECIPES = {"210": LabRecipe(), "10": TEN_CLASSES}
