"""Real sentences in English, each with the mean of what people felt in it."""

import functools
import html
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

#: Where `make env` puts the files: see book/_tools/fetch_snippets.py.
FOLDER = Path(sys.prefix, "share", "dlcore", "snippets")
#: source -> its file
_FILES = {
    "amazon": "amazonReviewSnippets_GroundTruth.txt",
    "movies": "movieReviewSnippets_GroundTruth.txt",
    "nyt": "nytEditorialSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
}


class Snippets(NamedTuple):
    """Sentences and what is known of each; all fields have one length."""

    texts: list  # str
    ratings: np.ndarray  # float64, -4 (very negative) to 4 (very positive)
    sources: np.ndarray  # str: "amazon", "movies", "nyt" or "tweets"
    documents: np.ndarray  # str: the review or article, "nyt 12"


def snippets():
    """23,703 sentences, each rated by about 20 people.

    From product reviews (3,708), film reviews (10,605), newspaper editorials
    (5,190) and tweets (4,200): the data on which the word list VADER was
    evaluated, published with it under the MIT licence. Hutto & Gilbert 2014.
    The sentences of film reviews and tweets stand alone: each is a document
    of its own. They are as people wrote them, some rude.

    Raises FileNotFoundError, with what to do, where they were not fetched.
    """
    texts, ratings, sources, documents = _snippets()
    return Snippets([*texts], ratings.copy(), sources.copy(), documents.copy())


@functools.cache
def _snippets():
    """Read the files once."""
    rows = [
        (source, *line.split("\t", 2))
        for source, name in _FILES.items()
        for line in _read(FOLDER / name).strip().split("\n")
    ]
    sources, numbers, ratings, texts = zip(*rows)
    documents = [f"{s} {n.split('_')[0]}" for s, n in zip(sources, numbers)]
    return (
        [html.unescape(text).strip() for text in texts],
        np.array(ratings, np.float64),
        np.array(sources),
        np.array(documents),
    )


def _read(path):
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"snippets expects {path.name} in {path.parent}; fetch it with "
            "`make env`, or with `python book/_tools/fetch_snippets.py`"
        ) from error
