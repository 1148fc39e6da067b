"""Rendered capital letters: drawn by a program, by pretended writers.

No person has written them. A letter is a few pen strokes through points of a
grid of 9 by 9 (x to the right, y downwards). A *writer* bends them: one of
several ways to make the letter, habits for each point, slant, breadth, pen,
round or sharp corners. Each sample of a writer differs a little from the
next. How much of each is the program's choice, so scores on these images say
nothing about handwriting; differences between scores are what to look at.

The images are made much as those of MNIST were (LeCun et al. 1998): the longer
side is 20 pixels, the centre of the pen's path the middle of 28 by 28.
"""

import functools

import numpy as np

from dlcore.datasets import checks

#: Ways to write each letter. Strokes are separated by commas, "48" is the
#: point x = 4, y = 8, and "~" begins a stroke that is round.
SHAPES = {
    "A": ["18 40 78, 25 65", "~18 12 40 72 78, 15 75"],
    "B": ["10 18, ~10 60 72 54 14, ~14 64 76 68 18",
          "10 18, ~10 50 62 44 24 54 76 58 18"],
    "C": ["~71 40 12 16 48 77", "~60 31 13 16 38 67"],
    "D": ["10 18, ~10 50 74 58 18", "20 28, ~00 50 74 58 08"],
    "E": ["70 10 18 78, 14 64", "~70 40 22 44 16 48 77"],
    "F": ["70 10 18, 14 64", "20 28, 00 70, 24 64"],
    "G": ["~71 40 12 16 48 77 74, 74 44", "~71 40 12 16 48 77 74",
          "~71 40 12 16 48 76, 45 75 78"],
    "H": ["10 18, 70 78, 14 74", "10 18, 70 78, 15 73"],
    "I": ["40 48", "40 48, 20 60, 28 68"],
    "J": ["~50 56 38 17", "~50 56 38 17, 30 70"],
    "K": ["10 18, 70 14 78", "10 18, 70 14, 34 78"],
    "L": ["10 18 78", "~10 16 28 68"],
    "M": ["08 00 45 80 88", "08 10 46 70 88", "~08 10 45 70 88"],
    "N": ["18 10 78 70", "~18 10 44 78 70"],
    "O": ["~40 12 16 48 76 72 40", "~50 21 14 27 58 75 62 30"],
    "P": ["10 18, ~10 60 72 54 14", "20 28, ~00 60 72 54 24"],
    "Q": ["~40 12 16 48 76 72 40, 55 88",
          "~50 21 14 27 58 75 62 30, ~46 66 78"],
    "R": ["10 18, ~10 60 72 54 14, 34 78", "~18 10 60 72 44 14, 24 78"],
    "S": ["~71 40 12 44 76 48 17", "~70 20 13 44 75 68 18"],
    "T": ["10 70, 40 48", "00 80, 40 48"],
    "U": ["~10 15 48 75 70", "~10 15 48 75 70, 70 78"],
    "V": ["10 48 70", "~10 25 48 65 70"],
    "W": ["00 28 43 68 80", "~00 06 28 44 68 86 80"],
    "X": ["10 78, 70 18", "~10 34 18, ~70 54 78"],
    "Y": ["10 44 70, 44 48", "10 44, 70 28", "~10 13 45 73 70, ~70 75 68 38"],
    "Z": ["10 70 18 78", "10 70 18 78, 24 64"],
}  # fmt: skip

_SIDE = 28  # pixels of an image
_BOX = 20  # pixels of the letter's longer side
_STEPS = 16  # places of the pen between two points of a stroke


def letters(writers=40, samples=4, seed=0):
    """Capital letters A to Z: ``x, y, writer``, rendered and shuffled.

    x: (n, 28, 28) uint8, 0 is paper and 255 is ink. y: (n,) int64, 0 for A to
        25 for Z. writer: (n,) int64, from 0 to writers - 1.
    writers: how many people are pretended. samples: how often each of them
        writes each letter, so that n = 26 * writers * samples.
    """
    writers = checks.count("writers", writers)
    samples = checks.count("samples", samples)
    rng = np.random.default_rng(seed)
    hand = _hands(writers, rng)
    x, y, writer = [], [], []
    for number, ways in enumerate(SHAPES.values()):
        way = rng.integers(len(ways), size=writers)
        for index, shape in enumerate(ways):
            who = np.flatnonzero(way == index)
            if not who.size:
                continue  # a way that none of these writers has
            images = _write(shape, hand[who], samples, rng)
            x.append(images)
            y.append(np.full(len(images), number))
            writer.append(np.repeat(who, samples))
    order = rng.permutation(26 * writers * samples)
    return tuple(np.concatenate(parts)[order] for parts in (x, y, writer))


def _hands(writers, rng):
    """A row for each writer: slant, turn, breadth, pen, round, overshoot."""
    normal, uniform = rng.standard_normal, rng.random
    return np.stack(
        [
            0.12 + 0.2 * normal(writers),  # to the right, as most people do
            0.06 * normal(writers),
            np.exp(0.16 * normal(writers)),
            0.6 + 0.5 * uniform(writers),
            uniform(writers),
            0.06 * normal(writers),
        ],
        axis=1,
    )


def _write(shape, hand, samples, rng):
    """Images (len(hand) * samples, 28, 28) of one way to write a letter."""
    places, ends, is_round, (straight, curved) = _strokes(shape)
    n, points = len(hand) * samples, len(places)
    habit = 0.55 * rng.standard_normal((len(hand), points, 2))
    hand = np.repeat(hand, samples, axis=0)
    slant, turn, breadth, pen, rounding, over = hand.T[:, :, None]
    slant = slant + 0.04 * rng.standard_normal((n, 1))
    turn = turn + 0.03 * rng.standard_normal((n, 1))
    over = over + 0.03 * rng.standard_normal((n, 1))
    dots = places + np.repeat(habit, samples, axis=0)
    dots += 0.22 * rng.standard_normal((n, points, 2))
    # Overshoot: a stroke begins and ends beyond its point, or short of it.
    dots = dots + over[..., None] * (ends @ dots)
    softness = np.where(is_round, 0.55 + 0.45 * rounding, 0.4 * rounding)
    path = straight @ dots
    path = path + softness[..., None] * (curved @ dots - path)
    across, down = path[..., 0] * breadth - path[..., 1] * slant, path[..., 1]
    across, down = across - turn * down, down + turn * across
    return _ink(across, down, pen)


@functools.cache
def _strokes(shape):
    """Points, what extends the ends, which path is round, and two paths.

    A path is a matrix: path @ points are the places of the pen. The first
    goes straight from point to point. The second is the smooth curve of
    Catmull & Rom (1974) through the same points.
    """
    strokes = [stroke.strip() for stroke in shape.split(",")]
    counts = [len(stroke.split()) for stroke in strokes]
    places = np.array(
        [
            [float(mark) for mark in point.lstrip("~")]
            for stroke in strokes
            for point in stroke.split()
        ]
    )
    total = sum(counts)
    ends = np.zeros((total, total))
    straight, curved, is_round = [], [], []
    t = np.arange(_STEPS + 1)[:, None] / _STEPS
    first = 0
    for stroke, count in zip(strokes, counts, strict=True):
        last = first + count - 1
        ends[first, [first, first + 1]] = 1, -1
        ends[last, [last, last - 1]] = 1, -1
        unit = np.eye(total)
        for k in range(first, last):
            a, b = unit[k], unit[k + 1]
            # At an end the curve has the direction of its last piece.
            into = (b - unit[k - 1]) / 2 if k > first else b - a
            out = (unit[k + 2] - a) / 2 if k + 1 < last else b - a
            straight.append((1 - t) * a + t * b)
            curved.append(
                (2 * t**3 - 3 * t**2 + 1) * a
                + (t**3 - 2 * t**2 + t) * into
                + (3 * t**2 - 2 * t**3) * b
                + (t**3 - t**2) * out
            )
            is_round += [stroke.startswith("~")] * (_STEPS + 1)
        first = last + 1
    paths = np.concatenate(straight), np.concatenate(curved)
    return places, ends, np.array(is_round), paths


def _ink(across, down, pen):
    """Images of pen places (n, places): a soft round pen of width `pen`.

    A piece of length s at (a, d) leaves at pixel (row, column) the ink
    s exp(-((column - a)^2 + (row - d)^2) / (2 pen^2)) / (pen sqrt(2 pi)),
    which along a straight line adds up to 1 in its middle.
    """
    pieces = (len(across), -1, _STEPS + 1)
    a, d = across.reshape(pieces), down.reshape(pieces)
    middle = [
        (v[..., 1:] + v[..., :-1]).reshape(len(v), -1) / 2 for v in (a, d)
    ]
    length = np.hypot(np.diff(a), np.diff(d)).reshape(len(a), -1)
    side = np.maximum(np.ptp(across, axis=1), np.ptp(down, axis=1))
    scale = ((_BOX - 2 * pen[:, 0]) / side)[:, None]
    pixels = np.arange(_SIDE, dtype=np.float32)
    soft = []
    for v in middle:
        centre = np.average(v, axis=1, weights=length)[:, None]
        v = _SIDE / 2 + scale * (v - centre)
        gap = (v[..., None].astype(np.float32) - pixels) / pen[..., None]
        soft.append(np.exp(-0.5 * gap**2))
    left = (scale * length / (pen * np.sqrt(2 * np.pi)))[..., None]
    ink = np.swapaxes(soft[1] * left, 1, 2) @ soft[0]
    return (255 * np.minimum(1.8 * ink, 1)).astype(np.uint8)
