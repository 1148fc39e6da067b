"""Exercises of the chapter "Semantic similarity"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def best_score(found, word, neighbour, total, k):
    """Return the dot product x at which the loss of one pair is smallest.

    found: how often the pair is found in the text, above 0.
    word, neighbour: how many pairs the word has, and how many the
        neighbour; total: all pairs together; all above 0.
    k: neighbours invented for each pair found. They are drawn in
        proportion to their number of pairs, so this pair is invented
        k * word * neighbour / total times.

    The loss is -found * log(s(x)) - invented * log(s(-x)), where s is the
    sigmoid. Returns a float.
    """
    return float(np.log(found * total / (word * neighbour)) - np.log(k))


class BestScore(Exercise):
    """Derive what skip-gram would answer if it could fit every pair."""

    solution = best_score
    hints = (
        "The slope of log s(x) is s(-x), and s(-x) = 1 - s(x). Write down "
        "the slope of the whole loss.",
        "The slope is -found · (1 - s(x)) + invented · s(x). Set it to zero "
        "and solve for s(x).",
        "From s(x) = found / (found + invented) follows x = log(found / "
        "invented). Put in how often the pair is invented.",
    )
    misconceptions = (
        (
            "forgets how many are invented",
            lambda found, word, neighbour, total, k: float(
                np.log(found * total / (word * neighbour))
            ),
            "This is the PMI itself. With k invented neighbours for each "
            "one found, a pair must be k times as frequent to break even.",
        ),
        (
            "subtracts k instead of its logarithm",
            lambda found, word, neighbour, total, k: float(
                np.log(found * total / (word * neighbour)) - k
            ),
            "k multiplies the number of invented pairs. Under the logarithm "
            "a factor becomes a summand log k, not k.",
        ),
        (
            "gives the probability",
            lambda found, word, neighbour, total, k: float(
                found / (found + k * word * neighbour / total)
            ),
            "This is s(x), the probability that the pair was found. The "
            "question is for x, before the sigmoid.",
        ),
        (
            "cuts at zero",
            lambda found, word, neighbour, total, k: float(
                max(0, np.log(found * total / (word * neighbour * k)))
            ),
            "Negative answers became 0. A dot product may be negative: only "
            "the P of PPMI cuts.",
        ),
    )

    def inputs(self, rng):
        yield 10, 100, 100, 1000, 1
        yield 1, 100, 100, 1000, 5
        for k in 2, 5, 15:
            word, neighbour = rng.integers(50, 500, size=2).tolist()
            yield int(rng.integers(1, 50)), word, neighbour, 10_000, k


def cooccurrence(sentence, size, window):
    """Return how often each word stands within the window of each other.

    sentence: (n,) word numbers from 0 to size - 1.
    window: how many places to the left, and as many to the right, belong
        to the window of a place. The place itself does not.

    Returns (size, size) counts: row = the word, column = the neighbour.
    """
    counts = np.zeros((size, size), dtype=int)
    for i, word in enumerate(sentence):
        for j, neighbour in enumerate(sentence):
            if i != j and abs(i - j) <= window:
                counts[word, neighbour] += 1
    return counts


def right_neighbours(sentence, size, window):
    counts = np.zeros((size, size), dtype=int)
    for i, word in enumerate(sentence):
        for neighbour in sentence[i + 1 : i + 1 + window]:
            counts[word, neighbour] += 1
    return counts


def with_itself(sentence, size, window):
    counts = cooccurrence(sentence, size, window)
    for word in sentence:
        counts[word, word] += 1
    return counts


def whole_width(sentence, size, window):
    return cooccurrence(sentence, size, window // 2)


def once_each(sentence, size, window):
    return np.minimum(cooccurrence(sentence, size, window), 1)


class Cooccurrence(Exercise):
    """Count the neighbours of each word in one sentence."""

    solution = cooccurrence
    hints = (
        "Two loops will do: over the places i, and over the places j of "
        "the same sentence.",
        "Place j is in the window of i if `i != j` and "
        "`abs(i - j) <= window`.",
        "Then add 1 to `counts[sentence[i], sentence[j]]`.",
    )
    misconceptions = (
        (
            "looks to the right only",
            right_neighbours,
            "Only neighbours on the right are counted. The window reaches "
            "as far to the left, so the table is symmetric.",
        ),
        (
            "counts a place as its own neighbour",
            with_itself,
            "Each place was counted as its own neighbour. A word meets "
            "itself only where it stands at two places.",
        ),
        (
            "takes the window as the whole width",
            whole_width,
            "`window` is the reach on each side, not the width of both "
            "sides together.",
        ),
        (
            "counts each pair once",
            once_each,
            "Two words that meet three times count three times. These are "
            "only zeros and ones.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0, 1, 2, 1]), 3, 1
        yield np.array([2]), 3, 2
        for window in 2, 3, 5:
            yield rng.integers(5, size=12), 5, window


def _cosines(vectors):
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


def nearest(vectors, row, k):
    """Return the k rows that are most similar to one row, best first.

    vectors: (n, d), one in each row, none of them zero.
    row: the number of a row. k: a whole number below n.

    Similar is meant in the sense of the cosine. The row itself is not
    among them. Returns (k,) row numbers.
    """
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = directions @ directions[row]
    scores[row] = -np.inf
    return np.argsort(-scores)[:k]


def nearest_by_dot(vectors, row, k):
    scores = vectors @ vectors[row]
    scores[row] = -np.inf
    return np.argsort(-scores)[:k]


def nearest_by_distance(vectors, row, k):
    distances = ((vectors - vectors[row]) ** 2).sum(axis=1)
    distances[row] = np.inf
    return np.argsort(distances)[:k]


def least_similar(vectors, row, k):
    scores = _cosines(vectors)[row]
    scores[row] = np.inf
    return np.argsort(scores)[:k]


class Nearest(Exercise):
    """Find the nearest words of a word."""

    solution = nearest
    hints = (
        "Divide each row by its length first. Then a dot product is a cosine.",
        "`scores = directions @ directions[row]` has one cosine for each "
        "row. Which of them is always 1?",
        "Set `scores[row]` to minus infinity, and take the first k of "
        "`np.argsort(-scores)`.",
    )
    misconceptions = (
        (
            "finds the row itself",
            lambda vectors, row, k: np.argsort(-_cosines(vectors)[row])[:k],
            "The first answer is the row itself. It is always the most "
            "similar, and tells us nothing.",
        ),
        (
            "takes dot products",
            nearest_by_dot,
            "These are the largest dot products. Long rows win them "
            "whatever their direction.",
        ),
        (
            "takes distances",
            nearest_by_distance,
            "These are the smallest distances. Two rows of one direction "
            "and different lengths are far apart, and yet have the cosine "
            "1.",
        ),
        (
            "sorts the wrong way round",
            least_similar,
            "These are the rows that are least similar: `argsort` begins "
            "with the smallest.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[1.0, 0], [9, 8], [3, 0.1], [0, 1]]), 0, 2
        for n in 5, 8, 30:
            lengths = np.exp(rng.normal(size=(n, 1)))
            yield rng.normal(size=(n, 4)) * lengths, int(rng.integers(n)), 3


def shared_neighbours(first, second, k):
    """Return how much two embeddings agree on who is near whom.

    first: (n, d), second: (n, e): two vectors for each of the same n words.
    k: a whole number below n.

    For each word: the share of its k nearest words by first (cosine, without
    the word itself) that are also among its k nearest by second. Returns the
    mean over all words, a float from 0 to 1.
    """
    shares = []
    for word in range(len(first)):
        others = set(nearest(second, word, k))
        shares.append(len(others & set(nearest(first, word, k))) / k)
    return float(np.mean(shares))


def shared_with_itself(first, second, k):
    a, b = (np.argsort(-_cosines(x))[:, :k] for x in (first, second))
    return float(np.mean([len({*x} & {*y}) / k for x, y in zip(a, b)]))


def same_places(first, second, k):
    same = [
        nearest(first, word, k) == nearest(second, word, k)
        for word in range(len(first))
    ]
    return float(np.mean(same))


def over_the_union(first, second, k):
    shares = []
    for i in range(len(first)):
        a, b = set(nearest(first, i, k)), set(nearest(second, i, k))
        shares.append(len(a & b) / len(a | b))
    return float(np.mean(shares))


class SharedNeighbours(Exercise):
    """Measure whether two embeddings agree, though their numbers do not."""

    solution = shared_neighbours
    hints = (
        "Your function `nearest` gives the k nearest words of one word. "
        "Ask it twice for each word.",
        "`set(a) & set(b)` are the words in both lists.",
        "Divide the size of the common set by k, and take the mean over "
        "the words.",
    )
    misconceptions = (
        (
            "counts the word itself",
            shared_with_itself,
            "Each word is among its own neighbours here. It is common to "
            "all embeddings, so this agreement comes for free.",
        ),
        (
            "wants the same order",
            same_places,
            "This compares place by place. A word that is second here and "
            "third there is shared all the same.",
        ),
        (
            "divides by the union",
            over_the_union,
            "This divides by all words in either list. The share asked for "
            "is of the k words in the first.",
        ),
    )

    def inputs(self, rng):
        first = np.array([[5.0, 1], [4, 2], [0, 3]])
        yield first, np.array([[1.0, 2], [0, 3], [3, 1]]), 1
        for n, k in (8, 3), (12, 4), (20, 5):
            first = rng.normal(size=(n, 3))
            yield first, first + 0.7 * rng.normal(size=(n, 3)), k
