"""Exercises of the chapter "How much of a network is needed"."""

# ruff: noqa: N803 (weights are W, as in the chapter's formulas)

import numpy as np

from dlcore.exercises.exercise import Exercise


def pruning_mask(W, share):
    """Return 1 where a weight stays and 0 where it goes, with W's shape.

    W: an array of any shape. share: from 0 to 1; of its n weights exactly
    floor(share * n) go, those of the smallest size |w|.

    Of weights of equal size the one that comes first in W.ravel() goes
    first.
    """
    order = np.argsort(np.abs(W).ravel(), kind="stable")
    mask = np.ones(W.size)
    mask[order[: int(share * W.size)]] = 0
    return mask.reshape(W.shape)


def mask_by(score, chosen=lambda order, count: order[:count]):
    """A mask that gives 0 to the chosen places, in the order of a score."""

    def wrong(W, share):
        order = np.argsort(score(W).ravel(), kind="stable")
        mask = np.ones(W.size)
        mask[chosen(order, int(share * W.size))] = 0
        return mask.reshape(W.shape)

    return wrong


def _all_that_equal_the_limit(W, share):
    sizes = np.abs(W)
    count = int(share * W.size)
    if count == 0:
        return np.ones(W.shape)
    return (sizes > np.sort(sizes.ravel())[count - 1]).astype(float)


class PruningMask(Exercise):
    """Mark which weights a pruned matrix keeps."""

    solution = pruning_mask
    hints = (
        "You need the order of the sizes, not a limit: with a limit, equal "
        "sizes go or stay together.",
        '`np.argsort(np.abs(W).ravel(), kind="stable")` lists the places '
        "from the smallest size on, and keeps equal ones in their order.",
        "Begin with a row of ones, set the first `int(share * W.size)` of "
        "these places to 0, and reshape it to W's shape.",
    )
    misconceptions = (
        (
            "forgets the size",
            mask_by(lambda W: W),
            "The most negative weights go first here. A weight of -3 does "
            "as much as one of 3: order by the absolute value.",
        ),
        (
            "takes the largest away",
            mask_by(np.abs, lambda order, count: order[::-1][:count]),
            "You take away the largest weights and keep the smallest.",
        ),
        (
            "drops all that equal the limit",
            _all_that_equal_the_limit,
            "Where several weights are exactly as large as the limit, all "
            "of them go. Exactly floor(share * n) must.",
        ),
        (
            "takes the share as what stays",
            lambda W, share: pruning_mask(W, 1 - share),
            "The share says how much goes. You keep that much.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[3.0, -1.0], [0.5, -4.0]]), 0.5
        yield np.array([1.0, 1.0, -1.0, 2.0]), 0.5
        yield np.array([0.2, 0.1, 0.3]), 0.0
        yield np.array([0.2, -0.1, 0.3]), 1.0
        yield rng.normal(size=(4, 5)), 0.33
        yield rng.normal(size=(3, 2, 2)), 0.75
        yield rng.integers(-3, 4, size=(5, 5)).astype(float), 0.6


def round_trip(W, bits):
    """Return the weights after rounding to `bits` bits, symmetrically.

    W: an array of floats. bits: a whole number, 2 or more.

    The marks are multiples of a step s, and the largest |w| has the number
    2^(bits - 1) - 1. Each weight goes to the nearest mark. If all weights
    are 0, they stay 0.
    """
    s = np.abs(W).max() / (2 ** (bits - 1) - 1)
    if s == 0:
        return np.zeros(W.shape)
    return s * np.rint(W / s)


def trip_by(step, rounding=np.rint):
    """A way there and back with another step, or another rounding."""

    def wrong(W, bits):
        s = step(W, bits)
        return np.zeros(W.shape) if s == 0 else s * rounding(W / s)

    return wrong


def _step(W, bits):
    return np.abs(W).max() / (2 ** (bits - 1) - 1)


class RoundTrip(Exercise):
    """Round weights to few bits, and come back."""

    solution = round_trip
    hints = (
        "With b bits the largest number is 2^(b - 1) - 1. For 8 bits that "
        "is 127.",
        "The step is s = max|W| / (2^(b - 1) - 1). What is W in steps?",
        "`s * np.rint(W / s)`, and zeros where s is 0. The bound is s / 2, "
        "which is max|W| / (2^b - 2).",
    )
    misconceptions = (
        (
            "spends all bits on one side",
            trip_by(lambda W, bits: np.abs(W).max() / (2**bits - 1)),
            "This uses 2^b - 1 marks above zero, and as many below. That "
            "needs one bit more: the sign has one too.",
        ),
        (
            "cuts off instead of rounding",
            trip_by(_step, np.trunc),
            "The fraction is dropped. A weight then moves by up to a whole "
            "step, twice what the bound allows.",
        ),
        (
            "rounds down",
            trip_by(_step, np.floor),
            "Each weight goes to the mark below it. The nearest one may be "
            "above, and the bound s / 2 is broken.",
        ),
        (
            "takes the largest weight, not the largest size",
            trip_by(lambda W, bits: abs(W.max()) / (2 ** (bits - 1) - 1)),
            "The step comes from the largest weight. A negative one may be "
            "larger in size, and has no number then.",
        ),
        (
            "stays with the whole numbers",
            lambda W, bits: np.rint(W / (_step(W, bits) or 1)),
            "These are the numbers q. The way back multiplies by s.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0.7, -0.26, 0.1, 0.0]), 4
        yield np.array([0.4, -1.0, 0.3]), 2
        yield np.zeros((2, 2)), 8
        yield rng.normal(size=(3, 4)), 8
        yield rng.normal(size=(3, 4)), 3
        yield -np.abs(rng.normal(size=5)), 5


def largest_rank(n, m):
    """Return the largest r with which two factors are really cheaper.

    n, m: inputs and units of the kernel, whole numbers. The factors are
    n x r and r x m. Cheaper means fewer multiply-adds for one input, not
    equally many. Returns a whole number, 0 if no rank pays.
    """
    return (n * m - 1) // (n + m)


class LargestRank(Exercise):
    """Find where two narrow matrices stop paying."""

    solution = largest_rank
    hints = (
        "The kernel costs n m multiply-adds. What do the two factors cost, "
        "one after the other?",
        "They cost n r + r m = r (n + m). When is that below n m?",
        "So r must be below n m / (n + m). If that is a whole number, the "
        "largest r is one less: `(n * m - 1) // (n + m)`.",
    )
    misconceptions = (
        (
            "allows a draw",
            lambda n, m: n * m // (n + m),
            "Where n + m divides n m, this rank costs exactly as much as "
            "the kernel. It is to be cheaper.",
        ),
        (
            "takes the full rank",
            lambda n, m: min(n, m),
            "With this rank the product can be any matrix, but the two "
            "factors cost more than the kernel alone.",
        ),
        (
            "rounds up",
            lambda n, m: -(-n * m // (n + m)),
            "You round up. This rank costs as much as the kernel, or more.",
        ),
        (
            "multiplies the two costs",
            lambda n, m: max(
                r for r in range(n * m) if r == 0 or n * r * r * m < n * m
            ),
            "The factors are applied one after the other. Their costs n r "
            "and r m add; they do not multiply.",
        ),
    )

    def inputs(self, rng):
        yield 784, 64
        yield 4, 4
        yield 3, 6
        yield 2, 2
        yield 1, 50
        for _ in range(4):
            n, m = rng.integers(2, 300, size=2)
            yield int(n), int(m)


def frontier(sizes, accuracies):
    """Return the numbers of the methods that no other one beats.

    sizes, accuracies: lists of one length; no two methods agree in both.
    Method j beats method i if it is at most as large and at least as
    accurate, and differs from it.

    Returns a list of whole numbers, by growing size.
    """
    order = sorted(range(len(sizes)), key=lambda i: (sizes[i], -accuracies[i]))
    best, kept = -np.inf, []
    for i in order:
        if accuracies[i] > best:
            best = accuracies[i]
            kept.append(i)
    return kept


def _equal_accuracies_stay(sizes, accuracies):
    order = sorted(range(len(sizes)), key=lambda i: (sizes[i], -accuracies[i]))
    best, kept = -np.inf, []
    for i in order:
        if accuracies[i] >= best:
            best = accuracies[i]
            kept.append(i)
    return kept


class Frontier(Exercise):
    """Find the methods that no other one beats."""

    solution = frontier
    hints = (
        "Walk from the smallest method to the largest. When is the next "
        "one worth its bytes?",
        "It is on the frontier if it is more accurate than all that are "
        "smaller. Remember the best accuracy so far.",
        "Sort the numbers by (size, -accuracy), so that of two equally "
        "large ones the better comes first.",
    )
    misconceptions = (
        (
            "keeps what is as good as a smaller one",
            _equal_accuracies_stay,
            "A method that is larger and only equally accurate is beaten: "
            "the smaller one gives the same for less.",
        ),
        (
            "keeps all, sorted",
            lambda sizes, accuracies: sorted(
                range(len(sizes)), key=lambda i: (sizes[i], -accuracies[i])
            ),
            "All methods are there, in order. Those that are larger and no "
            "better than another one must go.",
        ),
        (
            "returns the best only",
            lambda sizes, accuracies: [int(np.argmax(accuracies))],
            "You return the most accurate method. A smaller, less accurate "
            "one is on the frontier too, unless something beats it.",
        ),
        (
            "takes the best accuracy for each byte",
            lambda sizes, accuracies: [
                int(np.argmax(np.divide(accuracies, sizes)))
            ],
            "Accuracy divided by size picks a single method, mostly the "
            "smallest. The frontier holds all that no other one beats.",
        ),
    )

    def inputs(self, rng):
        yield [200, 50, 10], [0.93, 0.93, 0.9]
        yield [5, 9, 9, 20], [0.8, 0.7, 0.9, 0.95]
        yield [7], [0.5]
        yield [3, 2, 1], [0.9, 0.8, 0.7]
        for n in (6, 10):
            sizes = rng.permutation(100)[:n] + 1
            yield sizes.tolist(), rng.integers(80, 95, n).tolist()
