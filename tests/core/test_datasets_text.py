"""Rated sentences, and how a sentence becomes numbers."""

import numpy as np
import pytest

from dlcore import datasets
from dlcore.datasets import sentences

# Counts from the data's own README, read on 2026-11-22.
COUNTS = {"amazon": 3708, "movies": 10605, "nyt": 5190, "tweets": 4200}


def test_the_snippets_are_all_there():
    data = datasets.snippets()
    names, counts = np.unique(data.sources, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist())) == COUNTS
    n = sum(COUNTS.values())
    assert len(data.texts) == len(data.documents) == n
    assert data.ratings.shape == (n,)
    assert data.ratings.dtype == np.float64
    assert np.abs(data.ratings).max() <= 4


def test_a_snippet_is_read_as_its_file_says():
    data = datasets.snippets()
    first = data.sources.tolist().index("movies")
    assert data.texts[first].startswith("The Rock is destined to be the 21st")
    assert data.ratings[first] == 2.26666666667
    assert data.documents[first] == "movies 1"
    tweet = data.sources.tolist().index("tweets") + 2
    assert "last night & the love" in data.texts[tweet]  # not &amp;
    # Of 309 reviews and 500 articles, some left no sentence in the files.
    for source, count in ("amazon", 300), ("nyt", 498), ("tweets", 4200):
        own = data.documents[data.sources == source]
        assert len(set(own)) == count


def test_snippets_are_copies():
    first = datasets.snippets()
    first.ratings[0], first.texts[0] = 99, "changed"
    second = datasets.snippets()
    assert second.ratings[0] != 99
    assert second.texts[0] != "changed"


def test_missing_snippets_say_how_to_fetch_them(monkeypatch, tmp_path):
    monkeypatch.setattr(sentences, "FOLDER", tmp_path)
    sentences._snippets.cache_clear()
    with pytest.raises(FileNotFoundError, match=r"make env.*fetch_snippets"):
        datasets.snippets()
    sentences._snippets.cache_clear()


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Don't panic!", ["don't", "panic", "!"]),
        ("a 1950s film", ["a", "1950", "s", "film"]),
        ("It’s ''big''", ["it’s", "'", "'", "big", "'", "'"]),
        ("café_ole", ["café", "ole"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert datasets.words(text) == expected


def test_a_vocabulary_is_ordered_by_frequency_then_alphabet():
    texts = ["b a b", "c a b ?"]
    expected = ["", "?", "b", "a", "c"]
    assert datasets.vocabulary(texts, 10) == expected
    assert datasets.vocabulary(texts[::-1], 10) == expected
    assert datasets.vocabulary(texts, 3) == expected[:3]
    with pytest.raises(ValueError, match="vocabulary size .* 3, received 2"):
        datasets.vocabulary(texts, 2)


def test_encode_pads_at_the_end_and_cuts_there():
    rows = datasets.encode(["b x a", "", "a a a a"], ["", "?", "b", "a"], 3)
    assert rows.dtype == np.int64
    assert rows.tolist() == [[2, 1, 3], [0, 0, 0], [3, 3, 3]]
    with pytest.raises(ValueError, match="encode length .* 1, received 0"):
        datasets.encode(["a"], ["", "?"], 0)
    with pytest.raises(TypeError, match="whole number"):
        datasets.encode(["a"], ["", "?"], 2.5)
