"""Rendered colour pictures: one object of six kinds on a real photograph.

The objects are drawn by formulas, so this is a toy problem. The backgrounds
are cut from the two photographs that scikit-learn ships (china.jpg and
flower.jpg, CC BY 2.0, see the README beside them).
"""

import functools
import importlib.util
from pathlib import Path

import numpy as np

from dlcore.datasets import checks

#: The kinds of objects; y counts them from 0.
OBJECTS = ("disc", "square", "triangle", "ring", "cross", "star")
PHOTOS = ("china", "flower")
_SIDE = 32
_TURN = 2 * np.pi


def objects_on_photos(
    n=1000, seed=0, *, part="train", distance=(0, 3), hues=None, photos=None
):
    """Draw n pictures; return x, y and where the object is.

    x: (n, 32, 32, 3) float32 from 0 to 1; y: (n,) int64, places in OBJECTS,
    which take turns (0, 1, ..., 5, 0, ...); masks: (n, 32, 32) float32, how
    much of each pixel the object covers.

    Colour, size (radius 6 to 9 pixels), angle (up to 0.3, that is 17 degrees,
    either way) and light come by chance. The backgrounds are darkened to 0.6
    of their light, so that the object is the brighter of the two.

    part: "train" takes backgrounds from the left three fifths of the
        photographs, "test" from the rest.
    distance: (least, most) pixels from the middle of the picture to the
        middle of the object, at most 9, in any direction.
    hues: six hues from 0 to 1, one for each kind (red 0, green 1/3, blue
        2/3), from which an object's own differs by at most 0.05; or None,
        any hue for any object.
    photos: six of "china" and "flower", the background of each kind; or
        None, either for any object.

    Raises ValueError or TypeError for other arguments, ImportError without
    scikit-learn, with what to install.
    """
    n = checks.count("n", n)
    if part not in ("train", "test"):
        raise ValueError(f'part expects "train" or "test", received {part!r}')
    least, most = _pair(distance)
    hues = _six("hues", hues)
    photos = _six("photos", photos)
    rng = np.random.default_rng(seed)
    y = np.arange(n) % len(OBJECTS)

    which = rng.integers(2, size=n)
    if photos is not None:
        which = np.array([_photo_number(one) for one in photos])[y]
    x = _backgrounds(which, part, rng)

    hue = rng.random(n)
    if hues is not None:
        spread = rng.uniform(-0.05, 0.05, n)
        hue = np.array([checks.spread("hues", one) for one in hues])[y]
        hue = hue + spread
    u, v, radius = _own_coordinates(n, least, most, rng)
    masks = np.empty((n, _SIDE, _SIDE))
    for k, shape in enumerate(_SHAPES):
        kind = y == k
        masks[kind] = shape(u[kind], v[kind])
    # The shapes give distances; an edge is one pixel wide.
    masks = np.clip(0.5 - masks * radius[:, None, None], 0, 1)

    direction = _TURN * rng.random((n, 1, 1))
    light = 1 + 0.3 * (np.cos(direction) * u + np.sin(direction) * v)
    colour = _rgb(hue, rng.uniform(0.3, 0.9, n), rng.uniform(0.7, 1, n))
    ink = colour[:, None, None] * light[..., None]
    x += masks[..., None] * (ink - x)
    x += 0.02 * rng.standard_normal(x.shape)
    x = np.clip(x, 0, 1).astype(np.float32)
    return x, y, masks.astype(np.float32)


def _pair(distance):
    """Return the two numbers of distance, in order and at most 9."""
    try:
        least, most = distance
    except (TypeError, ValueError):
        raise TypeError(
            f"distance expects a pair (least, most), received {distance!r}"
        ) from None
    least, most = (checks.spread("distance", one) for one in (least, most))
    if not least <= most <= 9:
        raise ValueError(
            "distance expects 0 <= least <= most <= 9, "
            f"received ({least:g}, {most:g})"
        )
    return least, most


def _six(name, values):
    """Return values as a list with one item a kind, or None."""
    if values is None:
        return None
    values = list(values)
    if len(values) != len(OBJECTS):
        raise ValueError(
            f"{name} expects {len(OBJECTS)} items, one for each kind, "
            f"received {len(values)}"
        )
    return values


def _photo_number(name):
    if name not in PHOTOS:
        raise ValueError(
            f'photos expects "china" or "flower", received {name!r}'
        )
    return PHOTOS.index(name)


@functools.cache
def _photographs():
    """Both photographs at half their size: (2, 213, 320, 3) from 0 to 1."""
    # Importing scikit-learn takes seconds; its files are all we need.
    found = importlib.util.find_spec("sklearn")
    if found is None:
        raise ImportError(
            "objects_on_photos expects the package scikit-learn, which ships "
            "the photographs; install it with: pip install 'dlcore[datasets]'"
        )
    from PIL import Image

    folder = Path(found.origin).parent / "datasets" / "images"
    both = []
    for name in PHOTOS:
        with Image.open(folder / f"{name}.jpg") as photo:
            pixels = np.asarray(photo, dtype=float) / 255
        pixels = pixels[:426].reshape(213, 2, 320, 2, 3)
        both.append(pixels.mean(axis=(1, 3)))
    return np.stack(both)


def _backgrounds(which, part, rng):
    """Cut a window from the chosen photograph, sometimes mirrored."""
    photos, n = _photographs(), len(which)
    border = photos.shape[2] * 3 // 5
    first, end = (0, border) if part == "train" else (border, photos.shape[2])
    rows = rng.integers(photos.shape[1] - _SIDE + 1, size=n)
    columns = rng.integers(first, end - _SIDE + 1, size=n)
    windows = [
        photos[k, r : r + _SIDE, c : c + _SIDE]
        for k, r, c in zip(which, rows, columns, strict=True)
    ]
    x = 0.6 * np.stack(windows)
    mirrored = rng.random(n) < 0.5
    x[mirrored] = x[mirrored, :, ::-1]
    return x


def _own_coordinates(n, least, most, rng):
    """Each pixel as the object sees it: moved, turned, in radii."""
    away, where = rng.uniform(least, most, n), _TURN * rng.random(n)
    angle, radius = rng.uniform(-0.3, 0.3, n), rng.uniform(6, 9, n)
    place = np.arange(_SIDE) - (_SIDE - 1) / 2
    right = place - (away * np.cos(where))[:, None]
    down = place - (away * np.sin(where))[:, None]
    right = (right / radius[:, None])[:, None, :]
    down = (down / radius[:, None])[:, :, None]
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    return cos * right + sin * down, cos * down - sin * right, radius


def _rgb(hue, saturation, value):
    """HSV to RGB: (n,) each -> (n, 3)."""
    wheel = (6 * hue[:, None] + np.array([0, 4, 2])) % 6
    pure = np.clip(np.abs(wheel - 3) - 1, 0, 1)
    return value[:, None] * (1 - saturation[:, None] * (1 - pure))


# Each shape: about the distance from its edge, negative inside, in radii.


def _disc(u, v):
    return np.hypot(u, v) - 0.85


def _square(u, v):
    return np.maximum(np.abs(u), np.abs(v)) - 0.75


def _triangle(u, v):
    slope = np.sqrt(3) / 2
    return np.maximum(u, -0.5 * u + slope * np.abs(v)) - 0.5


def _ring(u, v):
    return np.abs(np.hypot(u, v) - 0.72) - 0.2


def _cross(u, v):
    u, v = np.abs(u), np.abs(v)
    return np.maximum(np.minimum(u, v) - 0.27, np.maximum(u, v) - 0.95)


def _star(u, v):
    """Fold the five points into half of one; its edge is a straight line."""
    fifth = _TURN / 5
    angle = np.arctan2(v, u)
    angle = np.abs(angle - fifth * np.round(angle / fifth))
    r = np.hypot(u, v)
    inner = 0.42 * np.array([np.cos(fifth / 2), np.sin(fifth / 2)])
    edge = inner - np.array([1, 0])
    length = np.hypot(*edge)
    normal = np.array([edge[1], -edge[0]]) / length
    return normal[0] * (r * np.cos(angle) - 1) + normal[1] * r * np.sin(angle)


_SHAPES = (_disc, _square, _triangle, _ring, _cross, _star)
