"""The exercises of the chapter on a model that leaves Python."""

import hashlib

import numpy as np

from dlcore.exercises.exercise import Exercise


def quantize(w):
    """Return (q, scale, zero): w as bytes, with a whole zero point.

    w: an array of any shape, not all of it 0.

    low and high are the smallest and the largest value of w, but low is at
    most 0 and high at least 0. scale = (high - low) / 255, zero =
    round(-low / scale), q = round(w / scale) + zero, clipped to 0 ... 255.
    q is an array of whole numbers of w's shape, scale a float, zero an int.
    """
    w = np.asarray(w, dtype="float64")
    low, high = min(w.min(), 0.0), max(w.max(), 0.0)
    scale = (high - low) / 255
    zero = int(np.rint(-low / scale))
    q = np.clip(np.rint(w / scale) + zero, 0, 255).astype("uint8")
    return q, float(scale), zero


def _quantize(w, steps=255, with_zero=True, rounded=np.rint, clip=True):
    """The solution with its typical mistakes as arguments."""
    w = np.asarray(w, dtype="float64")
    low, high = w.min(), w.max()
    if with_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / steps
    zero = int(rounded(-low / scale))
    q = rounded(w / scale) + zero
    return (np.clip(q, 0, 255) if clip else q % 256), float(scale), zero


class Quantize(Exercise):
    """Turn weights into bytes so that zero stays zero."""

    solution = quantize
    hints = (
        "Begin with `low = min(w.min(), 0)`. Why must zero lie in the range?",
        "Between 256 numbers lie 255 steps.",
        "`np.rint` rounds to the nearest whole number, and `np.clip(q, 0, "
        "255)` keeps it in a byte.",
    )
    misconceptions = (
        (
            "leaves zero out of the range",
            lambda w: _quantize(w, with_zero=False),
            "If all weights are positive, zero is no byte here, and the zero "
            "point is no byte either. Take 0 into the range first.",
        ),
        (
            "takes 256 steps",
            lambda w: _quantize(w, steps=256),
            "There are 256 bytes, but only 255 steps between them.",
        ),
        (
            "cuts instead of rounding",
            lambda w: _quantize(w, rounded=np.trunc),
            "Without rounding the error is up to a whole step, twice as "
            "much. `astype(int)` cuts as well.",
        ),
        (
            "lets a byte run over",
            lambda w: _quantize(w, clip=False),
            "Rounding twice can give 256, which as a byte is 0: the largest "
            "weight becomes the smallest. Clip first.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([-1.0, 0.0, 0.5, 1.0]),)
        yield (np.array([2.0, 3.0, 5.1]),)
        yield (np.array([-4.0, -1.0]),)
        # -low / scale = 127.5 rounds up, and so does high / scale.
        yield (np.array([-1.0, 1.0]),)
        for _ in range(3):
            yield (rng.normal(size=(3, 4)).astype("float32"),)


def sum_error(x, scale):
    """Return how far weighted sums can be off when weights are bytes.

    x: (n, d) inputs. scale: the step of the weights' bytes; each weight is
        off by at most half of it.

    Returns (n,): for each row the largest possible error of x @ w.
    """
    return scale / 2 * np.abs(x).sum(axis=1)


class SumError(Exercise):
    """Bound what rounding the weights does to a weighted sum."""

    solution = sum_error
    hints = (
        "The error of the sum is the sum over i of x_i times the error of "
        "w_i.",
        "It is largest when every error has the sign of its x_i.",
    )
    misconceptions = (
        (
            "takes a whole step",
            lambda x, scale: scale * np.abs(x).sum(axis=1),
            "Rounding goes to the nearer of two neighbours. So a weight is "
            "off by half a step at most.",
        ),
        (
            "lets signs cancel",
            lambda x, scale: scale / 2 * np.abs(x.sum(axis=1)),
            "The error of a weight can have either sign. Where x is "
            "negative, the worst error is negative too.",
        ),
        (
            "gives the typical error",
            lambda x, scale: scale / 2 * np.sqrt((x**2).sum(axis=1)),
            "The root of the squares tells how errors of random signs grow. "
            "Asked is the worst case, with all signs against you.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[1.0, -1.0], [2.0, 0.0]]), 0.5
        yield np.zeros((1, 3)), 0.1
        for n in (1, 4):
            yield rng.normal(size=(n, 30)), 0.003


def verdict(data, size, sha):
    """Return what a reader should think of the content of a file.

    data: the bytes that were read. size: how many there should be. sha: the
    SHA-256 that they should have, as 64 hex digits.

    "whole", "cut short" (fewer bytes), "too long" (more), or "changed" (as
    many, but others).
    """
    if len(data) < size:
        return "cut short"
    if len(data) > size:
        return "too long"
    if hashlib.sha256(data).hexdigest() != sha:
        return "changed"
    return "whole"


class Verdict(Exercise):
    """Refuse a file that is not what it was."""

    solution = verdict
    hints = (
        "`len(data)` counts bytes. Ask the cheap question first.",
        "`hashlib.sha256(data).hexdigest()` gives 64 hex digits.",
    )
    misconceptions = (
        (
            "counts the bytes only",
            lambda data, size, sha: (
                "cut short"
                if len(data) < size
                else "too long"
                if len(data) > size
                else "whole"
            ),
            "One flipped bit does not change the length. Only the checksum "
            "sees it.",
        ),
        (
            "asks the checksum alone",
            lambda data, size, sha: (
                "whole"
                if hashlib.sha256(data).hexdigest() == sha
                else "changed"
            ),
            "True, but it says less than it could. Who reads 'cut short' "
            "knows to copy the file again.",
        ),
        (
            "compares a few digits",
            lambda data, size, sha: (
                "changed"
                if len(data) == size
                and hashlib.sha256(data).hexdigest()[:4] != sha[:4]
                else verdict(data, size, hashlib.sha256(data).hexdigest())
            ),
            "Four digits are 65,536 possibilities. Another file with the "
            "same four is found in a moment. Compare all of them.",
        ),
    )

    def inputs(self, rng):
        data = b"one neuron"
        sha = hashlib.sha256(data).hexdigest()
        yield data, len(data), sha
        yield data[:4], len(data), sha
        yield data + b"s", len(data), sha
        yield b"one Neuron", len(data), sha
        yield data, len(data), sha[:4] + "0" * 60
        yield b"", 0, hashlib.sha256(b"").hexdigest()
        for _ in range(2):
            data = rng.bytes(100)
            yield data, 100, hashlib.sha256(data).hexdigest()


def percentile(times, percent):
    """Return the smallest time within which `percent` of all answers came.

    times: (n,) times of n answers in any order, n at least 1.
    percent: a whole number from 1 to 100.

    At least percent / 100 * n of the times are as small as the result or
    smaller, and the result is one of the times.
    """
    rank = -(-percent * len(times) // 100)
    return np.sort(times)[rank - 1]


class Percentile(Exercise):
    """Find the time within which nearly all answers come."""

    solution = percentile
    hints = (
        "Sort the times. The first k of n sorted times are k / n of all.",
        "The k that you need is percent * n / 100, rounded up.",
        "Rounded up in whole numbers: `-(-percent * n // 100)`. Places count "
        "from 0.",
    )
    misconceptions = (
        (
            "takes the next place",
            lambda times, percent: np.sort(times)[
                min(percent * len(times) // 100, len(times) - 1)
            ],
            "Places count from 0. The place k holds the time number k + 1.",
        ),
        (
            "forgets to sort",
            lambda times, percent: np.asarray(times)[
                -(-percent * len(times) // 100) - 1
            ],
            "The times are in the order of the requests. Sort them first.",
        ),
        (
            "lies between two times",
            lambda times, percent: np.percentile(times, percent),
            "`np.percentile` draws a line between two times. No answer took "
            "that long. Asked is one of the times.",
        ),
        (
            "rounds down",
            lambda times, percent: np.sort(times)[
                max(percent * len(times) // 100, 1) - 1
            ],
            "Fewer than that share of the answers came within this time. "
            "Round the rank up.",
        ),
    )

    def inputs(self, rng):
        yield np.array([3.0, 1.0, 2.0, 4.0]), 50
        yield np.array([5.0, 7.0]), 99
        yield np.array([2.0]), 1
        yield rng.exponential(size=100), 7
        for percent in (1, 50, 95, 99, 100):
            yield rng.exponential(size=37), percent


def largest_batch(fixed, each, limit):
    """Return how many images one request may hold at most.

    fixed: microseconds that any request takes. each: microseconds that
    every image in it adds. limit: microseconds that an answer may take.
    All are whole numbers, each at least 1.

    The largest count with fixed + count * each at most limit; 0 if not even
    one image is possible. Returns an int.
    """
    return max((limit - fixed) // each, 0)


class LargestBatch(Exercise):
    """Fill a request without making its sender wait too long."""

    solution = largest_batch
    hints = (
        "How much of the limit is left after the fixed part?",
        "`//` divides and drops the rest. A negative count is no count.",
    )
    misconceptions = (
        (
            "forgets the fixed part",
            lambda fixed, each, limit: limit // each,
            "The fixed part is paid once, however full the request is. It "
            "comes off the limit first.",
        ),
        (
            "pays the fixed part for each image",
            lambda fixed, each, limit: limit // (fixed + each),
            "That is the count of single requests within the limit. In one "
            "request the fixed part is paid once.",
        ),
        (
            "always sends one",
            lambda fixed, each, limit: max((limit - fixed) // each, 1),
            "If one image takes longer than the limit, the answer is 0. "
            "Somebody has to know.",
        ),
        (
            "rounds to the nearest",
            lambda fixed, each, limit: max(
                int((limit - fixed) / each + 0.5), 0
            ),
            "Half an image too many is too late. Round down.",
        ),
    )

    def inputs(self, rng):
        yield 1000, 100, 10_000
        yield 600, 250, 1_000
        yield 5_000, 10, 4_000
        yield 900, 50, 949
        for fixed, each, limit in rng.integers(1, 5_000, (4, 3)).tolist():
            yield fixed, each, limit + fixed
