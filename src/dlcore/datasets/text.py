"""From sentences to whole numbers: words, a vocabulary, rows of one length."""

import re
from collections import Counter

import numpy as np

from dlcore.datasets import checks

#: The first two entries of every vocabulary: no word, and an unknown one.
PADDING, UNKNOWN = "", "?"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[^\w\s]")


def words(text):
    """The words of a text in lower case; a sign is a word of its own.

    "Don't panic!" -> ["don't", "panic", "!"]
    """
    return _WORD.findall(text.lower())


def vocabulary(texts, size):
    """The most frequent words of these texts; word number i is at place i.

    The list begins with PADDING (0) and UNKNOWN (1) and holds `size` entries
    at most. Words of equal frequency stand in the order of the alphabet, so
    that the list depends on the texts alone, not on their order.
    """
    size = checks.count("vocabulary size", size, 3)
    counts = Counter(word for text in texts for word in words(text))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    ranked = [word for word in ranked if word != UNKNOWN]
    return [PADDING, UNKNOWN, *ranked[: size - 2]]


def encode(texts, vocabulary, length):
    """Each text as a row of word numbers: int64, (texts, length).

    A longer text loses its end; a shorter one is followed by 0 (padding).
    """
    length = checks.count("encode length", length)
    number = {word: i for i, word in enumerate(vocabulary)}
    rows = np.zeros((len(texts), length), np.int64)
    for row, text in zip(rows, texts):
        known = [number.get(word, 1) for word in words(text)[:length]]
        row[: len(known)] = known
    return rows
