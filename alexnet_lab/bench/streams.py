"""Random numbers that are the same in a page and in Python: a race has the same batches in both.

The twin of ``widgets/training_bench/core.js``; a test holds the two together.
"""

from __future__ import annotations

import numpy as np

# What a stream is for.
WEIGHTS, ORDER, SHIFTS, MASKS, TRAIN, VAL = range(1, 7)
_ALL = 0xFFFFFFFF


def key_of(*numbers: int) -> int:
    """Return 32 bits that whole numbers lead to: the seed of a stream."""
    found = 0x9E3779B9
    for number in numbers:
        found = ((found ^ (number & _ALL)) * 0x85EBCA6B) & _ALL
        found ^= found >> 13
        found = (found * 0xC2B2AE35) & _ALL
        found ^= found >> 16
    return found


def uniform(count: int, *key: int) -> np.ndarray:
    """Return uniform numbers in [0, 1), float64: mulberry32 of a stream."""
    steps = np.arange(1, count + 1, dtype=np.uint64)
    state = ((key_of(*key) + steps * 0x6D2B79F5) & _ALL).astype(np.uint32)
    with np.errstate(over="ignore"):
        t = (state ^ (state >> 15)) * (state | np.uint32(1))
        t ^= t + (t ^ (t >> 7)) * (t | np.uint32(61))
    return (t ^ (t >> 14)) / 4294967296


def normal(count: int, *key: int) -> np.ndarray:
    """Return normal numbers, float64: Box and Muller's of pairs of a stream."""
    pairs = uniform(2 * count, *key).reshape(count, 2)
    return np.sqrt(-2 * np.log1p(-pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])


def shuffled(count: int, *key: int) -> np.ndarray:
    """Return the numbers below `count` in an order of a stream."""
    return np.argsort(uniform(count, *key), kind="stable")
