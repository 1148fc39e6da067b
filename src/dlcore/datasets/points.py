"""Points in the plane with a class each: toy problems one can look at.

All functions return ``x: (n, 2) float32`` and ``y: (n,) int64``. The classes
take turns (``y = 0, 1, 0, 1, ...``), so that any beginning of the data is
balanced. ``noise`` is the standard deviation of a Gaussian that moves every
point; with ``noise=0`` the points lie exactly on the shape.
"""

import numpy as np

from dlcore.datasets import checks


def xor(n=200, noise=0.15, seed=0):
    """Clouds around (0,0), (0,1), (1,0), (1,1); class = exclusive or.

    The corners take turns in this order, so ``xor(4, noise=0)`` is the truth
    table. No straight line separates the classes (Minsky & Papert 1969).
    """
    n, noise, rng = _arguments(n, noise, seed)
    corner = np.arange(n) % 4
    a, b = corner // 2, corner % 2
    return _moved(np.stack([a, b], axis=1), noise, rng), a ^ b


def spirals(n=300, classes=2, noise=0.02, seed=0, turns=0.75):
    """Arms of a spiral, one a class, evenly turned against each other.

    A point at radius r in (0, 1] of arm k has the angle
    ``2 pi (turns * r + k / classes)`` (before the noise).
    """
    n, noise, rng = _arguments(n, noise, seed)
    classes = checks.count("classes", classes, least=2)
    turns = checks.spread("turns", turns)
    y = np.arange(n) % classes
    radius = 1 - rng.random(n)  # in (0, 1]: never the common centre
    angle = 2 * np.pi * (turns * radius + y / classes)
    arms = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _moved(arms, noise, rng), y


def moons(n=200, noise=0.1, seed=0):
    """Two half circles of radius 1 that reach into each other.

    Class 0 is the upper half of the circle around (0, 0), class 1 the lower
    half of the circle around (1, 0.5).
    """
    n, noise, rng = _arguments(n, noise, seed)
    y = np.arange(n) % 2
    angle = np.pi * rng.random(n)
    up = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    down = np.array([1, 0.5]) - up
    return _moved(np.where(y[:, None] == 0, up, down), noise, rng), y


def circles(n=200, noise=0.08, seed=0, inner=0.5):
    """A circle of radius 1 (class 0) around one of radius ``inner`` (class 1).

    ``inner`` lies between 0 and 1.
    """
    n, noise, rng = _arguments(n, noise, seed)
    inner = checks.spread("inner", inner)
    if not 0 < inner < 1:
        raise ValueError(
            f"inner expects a radius between 0 and 1, received {inner}"
        )
    y = np.arange(n) % 2
    angle = 2 * np.pi * rng.random(n)
    radius = np.where(y == 0, 1, inner)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _moved(ring, noise, rng), y


def blobs(n=300, classes=3, noise=0.3, seed=0):
    """Gaussian clouds whose centres are spread evenly on the unit circle.

    The first centre is the top of the circle; the others follow clockwise.
    """
    n, noise, rng = _arguments(n, noise, seed)
    classes = checks.count("classes", classes, least=2)
    y = np.arange(n) % classes
    angle = np.pi / 2 - 2 * np.pi * y / classes
    centre = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _moved(centre, noise, rng), y


def _arguments(n, noise, seed):
    """Check what all generators take; return n, noise and a generator."""
    return (
        checks.count("n", n),
        checks.spread("noise", noise),
        np.random.default_rng(seed),
    )


def _moved(x, noise, rng):
    """Return the points as float32, each moved by Gaussian noise."""
    return (x + noise * rng.standard_normal(x.shape)).astype(np.float32)
