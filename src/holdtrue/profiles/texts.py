"""Texts in figures that cost microseconds: known words, frequent words, and how usual the sequence of letters is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

LONGEST = 2_000
"""Characters of a text that are read."""
MOST_WORDS = 20_000
"""Words of a vocabulary, 4 bytes each."""
FREQUENT = 50
"""The most frequent words, of which a text in the usual language has its share."""
PAIRS = 4096
"""Buckets that pairs of letters are counted in."""

_WORD = re.compile(r"[^\W\d_]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters.

    Example:
        >>> words_of("The house, built in 1965")
        ['the', 'house', 'built', 'in']
    """
    return _WORD.findall(text[:LONGEST].lower())


def vocabulary(lots: Iterable[Sequence[str]]) -> bytes:
    """Return the hashes of the words, the most frequent ones where they are too many: uint32, little-endian."""
    counts = Counter(word for words in lots for word in words)
    return _hashes(_most(counts, MOST_WORDS))


def frequent(lots: Iterable[Sequence[str]]) -> bytes:
    """Return the hashes of the most frequent words."""
    counts = Counter(word for words in lots for word in words)
    return _hashes(_most(counts, FREQUENT))


def shares_in(known: Collection[int], words: Sequence[str]) -> float | None:
    """Return the share of words that are known; None where there is no word.

    Example:
        >>> known = np.frombuffer(vocabulary([["a", "house"]]), dtype="<u4").tolist()
        >>> shares_in(known, ["a", "villa"])
        0.5
    """
    return sum(crc32(word.encode()) in known for word in words) / len(words) if words else None


def letter_table(texts: Iterable[str]) -> bytes:
    """Return log2 of how much likelier than by chance each bucket of pairs of letters is, float32, little-endian."""
    counts = np.full(PAIRS, 0.5)
    for text in texts:
        np.add.at(counts, _pairs(text), 1.0)
    scores: NDArray[np.float32] = np.log2(counts * (PAIRS / counts.sum())).astype("<f4")
    return scores.tobytes()


def likeness(table: NDArray[np.float64], text: str) -> float | None:
    """Return how usual the letters of a text are as they follow each other: the mean of the table over its pairs.

    Another language, capitals, or text that is none has less of it. None where there is no pair.

    Example:
        >>> english = ["the house has a large garden", "a garden and a garage", "the large house"] * 20
        >>> table = np.frombuffer(letter_table(english), dtype="<f4").astype(float)
        >>> likeness(table, "the garage") > likeness(table, "xkcd zqj vww")
        True
    """
    pairs = _pairs(text)
    return float(np.cumsum(table[pairs])[-1] / pairs.size) if pairs.size else None


def _pairs(text: str) -> NDArray[np.int64]:
    letters = np.frombuffer(text[:LONGEST].encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    return (letters[:-1] * 67 + letters[1:] * 31) % PAIRS


def _most(counts: Counter[str], most: int) -> list[str]:
    return sorted(counts, key=lambda word: (-counts[word], word))[:most]


def _hashes(words: Iterable[str]) -> bytes:
    return np.unique(np.array([crc32(word.encode()) for word in words], dtype="<u4")).tobytes()
