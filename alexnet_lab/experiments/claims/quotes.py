"""The paper's sentences that the ledger judges, word for word, by the claim's label.

Copied from the quotations of the chapters.
"""

from __future__ import annotations

QUOTES: dict[str, tuple[str, str]] = {
    "1": (
        "caption of Fig. 1",
        (
            "A four-layer convolutional neural network with ReLUs (solid line) reaches a 25%"
            " training error rate on CIFAR-10 six times faster than an equivalent network with"
            " tanh neurons (dashed line)."
        ),
    ),
    "1b": (
        "caption of Fig. 1",
        "The magnitude of the effect demonstrated here varies with network architecture",
    ),
    "1c": (
        "caption of Fig. 1",
        (
            "networks with ReLUs consistently learn several times faster than equivalents with"
            " saturating neurons."
        ),
    ),
    "2": (
        "§3.3",
        (
            "We also verified the effectiveness of this scheme on the CIFAR-10 dataset: a"
            " four-layer CNN achieved a 13% test error rate without normalization and 11% with"
            " normalization."
        ),
    ),
    "3": (
        "§3.4",
        (
            "This scheme reduces the top-1 and top-5 error rates by 0.4% and 0.3%, respectively,"
            " as compared with the non-overlapping scheme s = 2, z = 2"
        ),
    ),
    "3b": (
        "§3.4",
        (
            "We generally observe during training that models with overlapping pooling find it"
            " slightly more difficult to overfit."
        ),
    ),
    "4": (
        "§4.2",
        "Without dropout, our network exhibits substantial overfitting.",
    ),
    "4b": (
        "§4.2",
        "Dropout roughly doubles the number of iterations required to converge.",
    ),
    "5": (
        "§4.1",
        (
            "Without this scheme, our network suffers from substantial overfitting, which would"
            " have forced us to use much smaller networks."
        ),
    ),
    "5b": (
        "§4.1",
        "This scheme reduces the top-1 error rate by over 1%.",
    ),
    "5c": (
        "§6, footnote to 37.5% and 17.0%",
        (
            "The error rates without averaging predictions over ten patches as described in"
            " Section 4.1 are 39.0% and 18.3%."
        ),
    ),
    "6": (
        "§3.2",
        (
            "This scheme reduces our top-1 and top-5 error rates by 1.7% and 1.2%, respectively,"
            " as compared with a net with half as many kernels in each convolutional layer trained"
            " on one GPU."
        ),
    ),
    "6c": (
        "§3.2",
        "The two-GPU net takes slightly less time to train than the one-GPU net.",
    ),
    "7": (
        "§6.1",
        (
            "The kernels on GPU 1 are largely color-agnostic, while the kernels on GPU 2 are"
            " largely color-specific. This kind of specialization occurs during every run and is"
            " independent of any particular random weight initialization (modulo a renumbering of"
            " the GPUs)."
        ),
    ),
    "8": (
        "§7",
        (
            "It is notable that our network's performance degrades if a single convolutional"
            " layer is removed. For example, removing any of the middle layers results in a loss"
            " of about 2% for the top-1 performance of the network."
        ),
    ),
    "9": (
        "§5",
        (
            "In other words, weight decay here is not merely a regularizer: it reduces the"
            " model's training error."
        ),
    ),
    "10": (
        "§5",
        (
            "This initialization accelerates the early stages of learning by providing the ReLUs"
            " with positive inputs."
        ),
    ),
    "13": (
        "§6.1",
        (
            "If two images produce feature activation vectors with a small Euclidean separation,"
            " we can say that the higher levels of the neural network consider them to be similar."
            " […] Notice that at the pixel level, the retrieved training images are generally not"
            " close in L2 to the query images in the first column."
        ),
    ),
}
