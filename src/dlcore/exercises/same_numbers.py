"""The exercises of the chapter that compares two libraries' numbers."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def sum_bound(terms, bits=24):
    """Return how far the sum of terms, added in order, can be off.

    terms: (n,) numbers, n at least 1. bits: binary digits of the number
        format, 24 for float32; one rounding errs by at most 2**-bits of
        its result.

    The bound is to first order and for any order of the terms:
    (n - 1) * 2**-bits * (sum of the absolute values). Returns a float.
    """
    sizes = np.abs(np.asarray(terms, dtype="float64"))
    return float((len(sizes) - 1) * 2.0**-bits * sizes.sum())


class SumBound(Exercise):
    """Bound the rounding error of a sum."""

    solution = sum_bound
    hints = (
        "How many additions do n terms need? Each of them rounds once.",
        "A partial sum is never larger than the sum of all absolute values. "
        "So no rounding errs by more than u times that.",
        "Compute in float64: `np.abs(np.asarray(terms, dtype='float64'))`.",
    )
    misconceptions = (
        (
            "counts the terms, not the additions",
            lambda terms, bits=24: len(terms)
            * 2.0**-bits
            * np.abs(np.asarray(terms, dtype="float64")).sum(),
            "n terms need n - 1 additions. A single term is not rounded.",
        ),
        (
            "lets signs cancel",
            lambda terms, bits=24: (len(terms) - 1)
            * 2.0**-bits
            * abs(np.asarray(terms, dtype="float64").sum()),
            "Positive and negative terms cancel here, but the errors of "
            "their partial sums do not. Take absolute values first.",
        ),
        (
            "uses the spacing instead of half of it",
            lambda terms, bits=24: (len(terms) - 1)
            * 2.0 ** (1 - bits)
            * np.abs(np.asarray(terms, dtype="float64")).sum(),
            "This is twice the bound. 2**(1 - bits) is the distance of two "
            "neighbours at 1; rounding errs by at most half of it.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0, -1.0, 0.5]), 24
        yield np.array([3.0]), 24
        yield np.array([1.0, -2.0]), 53
        for n in (10, 1000):
            yield rng.normal(size=n), 24
            yield rng.normal(size=n).astype("float32"), 11


def careful_sum(terms):
    """Return the sum of float32 terms by Kahan's method, in float32.

    terms: (n,) float32 numbers, n at least 1.

    With total and dropped at 0, for each term t in order:
    y = t - dropped; new = total + y; dropped = (new - total) - y;
    total = new. All of it in float32. Returns an np.float32.
    """
    total = dropped = np.float32(0)
    for t in terms:
        y = t - dropped
        new = total + y
        dropped = (new - total) - y
        total = new
    return total


def plain_sum(terms):
    total = np.float32(0)
    for t in terms:
        total = total + t
    return total


def wrong_sign(terms):
    total = dropped = np.float32(0)
    for t in terms:
        y = t + dropped
        new = total + y
        dropped = (new - total) - y
        total = new
    return total


class CarefulSum(Exercise):
    """Add float32 numbers and lose next to nothing."""

    solution = careful_sum
    hints = (
        "Two numbers are carried along: the total, and what the last "
        "addition has dropped.",
        "`(new - total)` is what has really been added. Compared with `y`, "
        "which should have been added, it tells what was dropped.",
        "Start both at `np.float32(0)`. A Python `0.0` is float64 on its own "
        "and would hide the effect.",
    )
    misconceptions = (
        (
            "only adds",
            plain_sum,
            "This is the plain sum. What each addition drops is lost.",
        ),
        (
            "has the sign the wrong way round",
            wrong_sign,
            "The sign is the wrong way round: (new - total) - y is too much "
            "of what was added, so it is subtracted from the next term.",
        ),
    )

    def inputs(self, rng):
        # At 2**24 a float32 is two away from its neighbour: adding 1 is lost.
        for small in ([1.0] * 3, [1.0] * 4000, [1.9, 0.6] * 2000):
            yield (np.array([2.0**24, *small], dtype="float32"),)
        yield (np.array([2.5], dtype="float32"),)
        yield (rng.normal(size=100).astype("float32"),)


def first_difference(a, b, tolerance):
    """Return (step, array) of the first difference.

    a, b: two runs, each a list of steps, each step a list of arrays, in the
        same order and of the same shapes.
    tolerance: how large a difference may be, relative to the largest
        absolute value of that array in a; an array of zeros in a allows
        no difference at all.

    Steps and arrays count from 0. Within the first step that differs, the
    first array that does. (len(a), 0) if there is no difference.
    """
    for step, (ours, theirs) in enumerate(zip(a, b)):
        for array, (x, y) in enumerate(zip(ours, theirs)):
            if np.abs(x - y).max() > tolerance * np.abs(x).max():
                return step, array
    return len(a), 0


def without_sizes(a, b, tolerance):
    for step, (ours, theirs) in enumerate(zip(a, b)):
        for array, (x, y) in enumerate(zip(ours, theirs)):
            if (x - y).max() > tolerance * np.abs(x).max():
                return step, array
    return len(a), 0


def absolute(a, b, tolerance):
    for step, (ours, theirs) in enumerate(zip(a, b)):
        for array, (x, y) in enumerate(zip(ours, theirs)):
            if np.abs(x - y).max() > tolerance:
                return step, array
    return len(a), 0


def arrays_first(a, b, tolerance):
    for array in range(len(a[0]) if a else 0):
        for step, (ours, theirs) in enumerate(zip(a, b)):
            x, y = ours[array], theirs[array]
            if np.abs(x - y).max() > tolerance * np.abs(x).max():
                return step, array
    return len(a), 0


class FirstDifference(Exercise):
    """Find where two runs part."""

    solution = first_difference
    hints = (
        "Two loops: over the steps, and within a step over the arrays.",
        "`np.abs(x - y).max()` is the largest difference, and "
        "`tolerance * np.abs(x).max()` how large it may be.",
        "Return as soon as a difference is too large; return (len(a), 0) "
        "behind both loops.",
    )
    misconceptions = (
        (
            "forgets the sign",
            without_sizes,
            "A difference can be negative. Take its absolute value before "
            "the largest.",
        ),
        (
            "compares with the tolerance alone",
            absolute,
            "The tolerance is relative: a gradient of a millionth may not "
            "differ by a thousandth of itself only because it is small.",
        ),
        (
            "looks through one array after the other",
            arrays_first,
            "The first step counts before the first array. Loop over the "
            "steps outside, over the arrays inside.",
        ),
    )

    def inputs(self, rng):
        def run(steps=4):
            return [
                [rng.normal(size=(3, 2)), 1e-4 * rng.normal(size=2)]
                for _ in range(steps)
            ]

        def copied(a):
            return [[x.copy() for x in step] for step in a]

        a = run()
        yield a, copied(a), 1e-6
        b = copied(a)
        b[3][0][1, 1] -= 0.5
        yield a, b, 1e-6
        b = copied(a)
        b[2][1][0] += 1e-5
        b[3][0] += 1
        yield a, b, 1e-3
        b = copied(a)
        b[1][1] *= 1 + 1e-8
        b[3][0] *= 1 + 1e-4
        yield a, b, 1e-6
        zeros = [[np.zeros(3)]]
        yield zeros, [[np.array([0.0, 1e-30, 0.0])]], 0.1
