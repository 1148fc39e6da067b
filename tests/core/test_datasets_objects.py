"""Rendered objects on real photographs: what chance may and may not change."""

import sys

import numpy as np
import pytest

from dlcore import datasets
from dlcore.datasets import OBJECTS, objects, objects_on_photos


def test_shapes_and_ranges():
    x, y, masks = objects_on_photos(13, seed=0)
    assert x.shape == (13, 32, 32, 3) and x.dtype == np.float32
    assert masks.shape == (13, 32, 32) and masks.dtype == np.float32
    assert y.dtype == np.int64
    assert list(y) == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0]
    assert x.min() >= 0 and x.max() <= 1
    assert masks.min() == 0 and masks.max() == 1
    assert len(OBJECTS) == 6


def test_a_seed_gives_the_same_pictures_and_another_gives_others():
    first, again = objects_on_photos(6, seed=3), objects_on_photos(6, seed=3)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first[0], objects_on_photos(6, seed=4)[0])


# The areas of the shapes of radius 1, by school geometry.
FIFTH = np.pi / 5
AREAS = [
    np.pi * 0.85**2,
    1.5**2,
    3 * np.sqrt(3) / 4,
    np.pi * (0.92**2 - 0.52**2),
    2 * 0.54 * 1.9 - 0.54**2,
    5 * 0.42 * np.sin(FIFTH),
]


@pytest.mark.parametrize(
    ("shape", "area"), [*zip(objects._SHAPES, AREAS, strict=True)]
)
def test_each_shape_has_its_area(shape, area):
    place = (np.arange(800) + 0.5) / 400 - 1
    u, v = np.meshgrid(place, place)
    assert np.mean(shape(u, v) < 0) * 4 == pytest.approx(area, abs=0.01)


def test_the_mask_has_the_size_of_the_object():
    _, y, masks = objects_on_photos(600, seed=0)
    for k, area in enumerate(AREAS):
        least, most = 36 * area, 81 * area
        covered = masks[y == k].sum(axis=(1, 2))
        assert (covered > 0.93 * least).all()
        assert (covered < 1.07 * most).all()


def middles(masks):
    place = np.arange(32) - 15.5
    total = masks.sum(axis=(1, 2))
    right = (masks.sum(axis=1) * place).sum(axis=1) / total
    down = (masks.sum(axis=2) * place).sum(axis=1) / total
    return right, down


@pytest.mark.parametrize("distance", [(0, 0), (0, 3), (5, 6)])
def test_the_object_lies_at_the_distance(distance):
    _, _, masks = objects_on_photos(300, seed=1, distance=distance)
    right, down = middles(masks)
    away = np.hypot(right, down)
    assert away.min() > distance[0] - 0.3
    assert away.max() < distance[1] + 0.3
    if distance[0]:
        for values in right, down:  # in every direction
            assert values.min() < -4.5 and values.max() > 4.5


def hue_of(x, masks):
    """The hue of the object's mean colour, from 0 to 1."""
    colour = (x * masks[..., None]).sum(axis=(1, 2))
    red, green, blue = (colour / masks.sum(axis=(1, 2))[:, None]).T
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)
    return angle / (2 * np.pi) % 1


def test_each_kind_has_the_hue_that_is_given():
    hues = [0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6]
    x, y, masks = objects_on_photos(300, seed=0, hues=hues)
    found = hue_of(x, masks > 0.99)
    gap = (found - np.array(hues)[y] + 0.5) % 1 - 0.5
    assert np.abs(gap).max() < 0.09
    x, y, masks = objects_on_photos(300, seed=0)
    found = hue_of(x, masks > 0.99)
    assert np.histogram(found, bins=6, range=(0, 1))[0].min() > 25


def test_each_kind_stands_on_the_photograph_that_is_given(monkeypatch):
    """With a black photograph and a white one it can be seen."""
    both = np.zeros((2, 213, 320, 3))
    both[1] = 1
    monkeypatch.setattr(objects, "_photographs", lambda: both)
    photos = ["china", "flower", "flower", "china", "china", "flower"]
    x, y, masks = objects_on_photos(60, photos=photos)
    for picture, kind, mask in zip(x, y, masks, strict=True):
        light = 0.6 * (photos[kind] == "flower")
        assert np.abs(picture[mask == 0] - light).max() < 0.15
    x, y, masks = objects_on_photos(600)
    bright = np.array([p[m == 0].mean() > 0.3 for p, m in zip(x, masks)])
    for k in range(6):
        assert 0.3 < bright[y == k].mean() < 0.7


def test_the_photographs_are_the_files_at_half_their_size():
    photos = objects._photographs()
    assert photos.shape == (2, 213, 320, 3)
    assert photos.min() >= 0 and photos.max() <= 1
    sky, leaf = photos[0, 5, 5], photos[1, 5, 5]
    assert sky[2] > 0.8  # china.jpg has a bright sky, flower.jpg dark leaves
    assert leaf.max() < 0.3


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_parts_share_no_background(part, monkeypatch):
    """Photographs that are black left and white right give it away."""
    photos = np.zeros((2, 213, 320, 3))
    photos[:, :, 192:] = 1
    monkeypatch.setattr(objects, "_photographs", lambda: photos)
    x, _, masks = objects_on_photos(60, part=part)
    rest = x[masks == 0]
    expected = 0.0 if part == "train" else 0.6
    assert np.abs(rest - expected).max() < 0.15


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0}, ValueError, "n expects a whole number of at least 1"),
        ({"n": 2.5}, TypeError, "n expects a whole number"),
        ({"part": "all"}, ValueError, 'part expects "train" or "test"'),
        ({"distance": 3}, TypeError, "distance expects a pair"),
        ({"distance": (1, 2, 3)}, TypeError, "distance expects a pair"),
        ({"distance": (3, 2)}, ValueError, "least <= most <= 9"),
        ({"distance": (0, 9.5)}, ValueError, r"received \(0, 9.5\)"),
        ({"distance": (-1, 2)}, ValueError, "distance expects a finite"),
        ({"hues": [0.1] * 5}, ValueError, "hues expects 6 items"),
        ({"hues": ["red"] * 6}, TypeError, "hues expects a number"),
        ({"photos": ["china"]}, ValueError, "photos expects 6 items"),
        ({"photos": ["rome"] * 6}, ValueError, "received 'rome'"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        objects_on_photos(**({"n": 6} | arguments))


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    objects._photographs.cache_clear()
    with pytest.raises(ImportError, match=r"dlcore\[datasets\]"):
        datasets.objects_on_photos(6)
    objects._photographs.cache_clear()
