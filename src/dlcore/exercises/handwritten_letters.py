"""Exercises of the chapter that reads letters."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def leak(n, held, r):
    """Return how likely a held-out image has a companion in the training.

    n: images in all. held: how many of them are held out at random, without
    looking at the writer; the other n - held train. r: how often each writer
    has written each letter, at least 2; n > r, 0 < held < n.

    Companions of an image are the r - 1 other images of the same letter by
    the same writer. The probability that at least one of them is among the
    training images, for an image that is held out.
    """
    alone = 1.0
    for k in range(r - 1):
        alone *= max(held - 1 - k, 0) / (n - 1 - k)
    return 1 - alone


def leak_with_itself(n, held, r):
    alone = 1.0
    for k in range(r):
        alone *= max(held - k, 0) / (n - k)
    return 1 - alone


class Leak(Exercise):
    """Find how often a random split leaks the writer."""

    solution = leak
    hints = (
        "Ask for the opposite first: all r - 1 companions are held out too.",
        "One image is held out already. So held - 1 of the other n - 1 "
        "places are held out, and the first companion is in one of them with "
        "probability (held - 1) / (n - 1).",
        "If it is, held - 2 of n - 2 are left for the second companion, and "
        "so on. Multiply r - 1 such fractions (a factor below 0 counts as "
        "0), and take the product from 1.",
    )
    misconceptions = (
        (
            "gives the opposite",
            lambda n, held, r: 1 - leak(n, held, r),
            "This is the probability that no companion is in the training. "
            "Take it from 1.",
        ),
        (
            "asks for one companion only",
            lambda n, held, r: (n - held) / (n - 1),
            "That is the probability for one companion. There are r - 1, "
            "and one of them in the training is enough.",
        ),
        (
            "counts the image as its own companion",
            leak_with_itself,
            "There are r factors here, one too many. The image itself is "
            "held out for certain.",
        ),
        (
            "draws with replacement",
            lambda n, held, r: 1 - (held / n) ** (r - 1),
            "With every image that is held out one place is gone, so the "
            "fractions change from companion to companion.",
        ),
    )

    def inputs(self, rng):
        yield 4, 2, 2
        yield 4160, 832, 4
        yield 10, 2, 4
        for _ in range(5):
            n, r = int(rng.integers(8, 60)), int(rng.integers(2, 6))
            yield n, int(rng.integers(1, n)), r


def folds(writer, k):
    """Return the number of the part, 0 to k - 1, for each image.

    writer: (n,) whole numbers, who wrote each image, in any order and with
        gaps. k: how many parts, at most as many as there are writers.

    All images of a writer are in one part. The writers in the order of their
    numbers take the parts in turn: the first gets 0, the second 1, and after
    k - 1 comes 0 again. Returns (n,) int64.
    """
    _, place = np.unique(writer, return_inverse=True)
    return place % k


def folds_in_order_of_appearance(writer, k):
    _, first, place = np.unique(writer, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place] % k


def folds_in_blocks(writer, k):
    numbers, place = np.unique(writer, return_inverse=True)
    return place * k // len(numbers)


class Folds(Exercise):
    """Cut data into parts so that no writer is in two of them."""

    solution = folds
    hints = (
        "The part depends on the writer alone. Which place has a writer "
        "among the different numbers, sorted?",
        "`np.unique(writer)` has the different numbers, sorted. With "
        "`return_inverse=True` it also tells the place of each image's "
        "writer among them.",
        "The place modulo k is the part.",
    )
    misconceptions = (
        (
            "deals out the images",
            lambda writer, k: np.arange(len(writer)) % k,
            "Here the images take turns, so a writer is in several parts. "
            "That is the leak of this chapter.",
        ),
        (
            "trusts the numbers to have no gaps",
            lambda writer, k: np.asarray(writer) % k,
            "The writers' numbers have gaps: if all of them are even, two "
            "parts become one. Take the place among the sorted numbers.",
        ),
        (
            "cuts blocks of writers",
            folds_in_blocks,
            "The first writers are all in one part here. They were to take "
            "turns: 0, 1, 2, ...",
        ),
        (
            "goes by the order of the images",
            folds_in_order_of_appearance,
            "The first writer is the one with the smallest number, not the "
            "one whose image comes first.",
        ),
    )

    def inputs(self, rng):
        yield np.array([4, 4, 2, 8, 2, 6]), 2
        for writers, k in (5, 2), (7, 3), (12, 4):
            numbers = 2 * rng.choice(30, size=writers, replace=False)
            yield rng.permutation(np.repeat(numbers, 4)), k


def top_k(p, y, k):
    """Return the share of images whose class is among the k most likely.

    p: (n, classes) probabilities; in a row no two are equal. y: (n,) class
        numbers. k: a whole number from 1 to the number of classes.
    """
    own = p[np.arange(len(y)), y]
    return np.mean((p > own[:, np.newaxis]).sum(axis=1) < k)


def top_k_exactly(p, y, k):
    own = p[np.arange(len(y)), y]
    return np.mean((p > own[:, np.newaxis]).sum(axis=1) == k - 1)


def top_k_least(p, y, k):
    return np.mean((np.argsort(p)[:, :k] == y[:, np.newaxis]).any(axis=1))


def top_k_more(p, y, k):
    own = p[np.arange(len(y)), y]
    return np.mean((p > own[:, np.newaxis]).sum(axis=1) <= k)


class TopK(Exercise):
    """Count an answer as right if the class is among the first k."""

    solution = top_k
    hints = (
        "How many classes of a row are more likely than the true one? With "
        "none, the first answer is right.",
        "`p[np.arange(len(y)), y]` has the probability of the true class "
        "for each row. Compare the rows with it, and count.",
        "Right are the rows with fewer than k more likely classes.",
    )
    misconceptions = (
        (
            "asks for the k-th place alone",
            top_k_exactly,
            "This counts only the classes that are in place k. The places "
            "before it count too.",
        ),
        (
            "takes the least likely classes",
            top_k_least,
            "argsort begins with the smallest. These are the k classes that "
            "the network believes least.",
        ),
        (
            "allows one place too many",
            top_k_more,
            "A class with k more likely ones before it is in place k + 1.",
        ),
        (
            "compares the probability with 1 / k",
            lambda p, y, k: np.mean(p[np.arange(len(y)), y] >= 1 / k),
            "How likely the class is does not matter, only how many are "
            "more likely.",
        ),
    )

    def inputs(self, rng):
        p = np.array([[0.6, 0.3, 0.1], [0.2, 0.45, 0.35], [0.1, 0.2, 0.7]])
        for k in 1, 2, 3:
            yield p, np.array([0, 2, 0]), k
        for k in 1, 3, 5:
            p = rng.random((40, 8))
            yield p / p.sum(axis=1, keepdims=True), rng.integers(8, size=40), k


def slant(x, s):
    """Return the images with every row moved to the side.

    x: (n, 28, 28) images, 0 is paper. s: how much, a number.

    Row r moves by round(s * (14 - r)) pixels to the right (to the left if
    that is negative), so that the letter leans to the right for s > 0. Paper
    comes in at the side, and what is moved out of the image is lost.
    """
    leaning = np.zeros_like(x)
    for r in range(28):
        d = round(s * (14 - r))
        if d >= 0:
            leaning[:, r, d:] = x[:, r, : 28 - d]
        else:
            leaning[:, r, :d] = x[:, r, -d:]
    return leaning


def slant_round_the_edge(x, s):
    rows = [np.roll(x[:, r], round(s * (14 - r)), axis=1) for r in range(28)]
    return np.stack(rows, axis=1)


def slant_truncating(x, s):
    leaning = np.zeros_like(x)
    for r in range(28):
        d = int(s * (14 - r))
        columns = np.arange(28)
        inside = (columns - d >= 0) & (columns - d < 28)
        leaning[:, r, inside] = x[:, r, columns[inside] - d]
    return leaning


class Slant(Exercise):
    """Lean letters over, to train on more hands than there are."""

    solution = slant
    hints = (
        "`np.zeros_like(x)` is paper. Fill it row by row, for all images at "
        "once: `x[:, r]` has the shape (n, 28).",
        "Moved by d > 0 to the right, the first 28 - d pixels of a row "
        "become its last: `new[:, r, d:] = x[:, r, : 28 - d]`.",
        "For d < 0 it is the other way round. d = 0 fits the first case: "
        "`[:, r, :0]` would be empty.",
    )
    misconceptions = (
        (
            "lets the ink come in again",
            slant_round_the_edge,
            "What leaves the image on one side comes in on the other: "
            "np.roll does that. Paper should come in.",
        ),
        (
            "leans to the other side",
            lambda x, s: slant(x, -s),
            "The letters lean to the left for s > 0. The upper rows, with "
            "r < 14, must move to the right.",
        ),
        (
            "moves columns instead of rows",
            lambda x, s: slant(x.transpose(0, 2, 1), s).transpose(0, 2, 1),
            "Here the columns move up and down. Axis 1 counts the rows.",
        ),
        (
            "cuts off instead of rounding",
            slant_truncating,
            "int() cuts the fraction off. round() takes the nearest pixel.",
        ),
    )

    def inputs(self, rng):
        bar = np.zeros((1, 28, 28), np.uint8)
        bar[0, 4:24, 14] = 255
        yield bar, 0.5
        for s in 0.25, -0.3, 1.0, 0.0:
            yield rng.integers(256, size=(3, 28, 28)).astype(np.uint8), s
