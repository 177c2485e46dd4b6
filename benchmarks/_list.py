"""The benchmarks, in the page's order: what each compares, and how to try it in little time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Benchmark:
    """One script of this folder.

    Attributes
    ----------
    name : str
        Its file, without suffix.
    title : str
        The heading of its section.
    compares : str
        What it compares with what, in a sentence.
    quick : tuple of str
        Options that make it a try of a minute at most; its figures are not for quoting.
    data : bool
        Whether it measures nothing unless ``--data`` is given.
    """

    name: str
    title: str
    compares: str
    quick: tuple[str, ...] = ()
    data: bool = False

    @property
    def script(self) -> Path:
        """The file."""
        return HERE / f"{self.name}.py"


BENCHMARKS = (
    Benchmark(
        "training_step",
        "A training step",
        "A training step of the 2012 net at 224², from stored images to updated weights: the plain"
        " version (torchvision's transforms, torch's response norm, float32) and ours.",
        ("--batch", "4", "--repeats", "1"),
    ),
    Benchmark(
        "roofline",
        "The roofline",
        "Each pass of each layer of the 2012 net, and the whole training step, beside the highest"
        " speeds at which this processor multiplies (matrix products of the best size) and copies.",
        ("--quick",),
    ),
    Benchmark(
        "scaling",
        "How cost grows",
        "A training step and a forward pass beside one of 224² and 32 images, with other images,"
        " batches and threads; and loaders with and without workers.",
        ("--quick",),
    ),
    Benchmark(
        "response_norm",
        "Response normalisation",
        "torch's local response norm and ours, forward and backward, float32.",
        ("--batch", "4", "--rounds", "1"),
    ),
    Benchmark(
        "data_loading",
        "Batches from stored images",
        "A DataLoader over JPEG files with torchvision's transforms and our batches: shuffled,"
        " cropped, mirrored, normalised.",
        ("--images", "280", "--batches", "2", "--turns", "1"),
    ),
    Benchmark(
        "cifar_80sec",
        "CIFAR-10 with the net of 80 seconds",
        "The net that took 80 seconds on a GPU of 2012, trained on CIFAR-10 on a CPU; its step"
        " beside the same step in float32 with a DataLoader.",
        data=True,
    ),
    Benchmark(
        "cli_end_to_end",
        "From the command line",
        "Train and predict with the commands as typed, including the start of Python.",
        ("--epochs", "1"),
    ),
    Benchmark(
        "import_time",
        "Importing",
        "`import torch, alexnet_lab` beside `import torch`.",
        ("--rounds", "1"),
    ),
    Benchmark(
        "page_network",
        "The lab network in the browser",
        "All layers of a picture beside the convolutions alone, in headless Chromium; a camera.",
        ("--rounds", "2"),
    ),
    Benchmark(
        "page_training",
        "Training in the browser",
        "A step of the training bench's nets in headless Chromium beside torch's on one thread, and"
        " beside the best convolution of the same thread; a race, its frames, its memory; and ten"
        " seeds in the page beside the same ten by torch.",
        ("--rounds", "2", "--minutes", "0", "--seeds", "0", "--race", "0"),
    ),
    Benchmark(
        "page_weight",
        "The first load of a page",
        "What headless Chromium asks for before a reader does anything, compressed; every page of"
        " the built book.",
        ("book/index.html",),
    ),
    Benchmark(
        "control_to_paint",
        "From a key press to the picture",
        "Every explorer in headless Chromium: from a key press on a control to the end of the frame"
        " that shows the result.",
        ("--only", "pooling", "--presses", "6"),
    ),
    Benchmark(
        "kill_and_resume",
        "Runs that are killed and resumed",
        "A run that is killed again and again, beside one that is not: here the weights must be"
        " identical, and speed does not matter.",
        ("--kills", "1", "--small"),
    ),
    Benchmark(
        "grading",
        "Grading",
        "A submission graded in the sandbox beside a plain nbval run of the same notebook, by one"
        " worker and by as many as there are cores.",
        ("--class", "4", "--rounds", "1"),
    ),
)
