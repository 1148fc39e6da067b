"""Composed pictures: what lies where is what the labels say."""

import sys

import numpy as np
import pytest

from dlcore import datasets
from dlcore.datasets import composed


def test_shapes_types_and_ranges():
    x, y = datasets.scenes(12)
    assert x.shape == (12, 24, 24, 1) and x.dtype == np.float32
    assert y.shape == (12, 24, 24) and y.dtype == np.int64
    assert x.min() >= 0 and x.max() <= 1
    assert set(np.unique(y)) <= {0, 1, 2, 3}
    assert {1, 2, 3} <= set(np.unique(datasets.scenes(30)[1]))


def test_the_same_seed_gives_the_same_pictures():
    first, second = datasets.scenes(3, seed=4), datasets.scenes(3, seed=4)
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a, b)
    assert (datasets.scenes(3, seed=5)[0] != first[0]).any()


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_ink_is_brighter_than_the_photograph(count):
    x, y = datasets.scenes(40, count=count, seed=2)
    # Ink of share a on a background b of at most 0.8 is b + a (1 - b).
    assert x[y > 0].min() >= 0.4
    assert x[y > 0].mean() > 0.8 > x[y == 0].mean()
    per_picture = (y > 0).sum(axis=(1, 2))
    assert (per_picture > 0).all()
    assert per_picture.max() <= 100 * count


def test_digits_do_not_cover_each_other():
    rng = np.random.default_rng(0)
    for count in (2, 3, 4):
        for _ in range(20):
            taken = np.zeros((24, 24), int)
            for r, c in composed._places(count, rng):
                taken[r : r + 10, c : c + 10] += 1
            assert taken.max() == 1
            assert taken.sum() == 100 * count


def test_the_halves_of_a_digit_are_means_of_four_pixels():
    (x, y), _ = datasets.mnist_5k()
    images, labels = composed._digits(False)
    first = np.flatnonzero(np.isin(y, (0, 1, 4)))[0]
    assert (0, 1, 4)[labels[0]] == y[first]
    expected = x[first, 10:12, 10:12].mean() / 255
    assert images[0, 3, 3] == pytest.approx(expected)
    assert len(composed._digits(True)[0]) == 300  # 100 of each are held out


def test_only_the_photograph_that_was_named():
    flower = datasets.scenes(60, photographs="flower")[0]
    china = datasets.scenes(60, photographs=["china"])[0]
    assert abs(float(flower.mean()) - float(china.mean())) > 0.05


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"n": 0}, ValueError, "n expects .* at least 1, received 0"),
        ({"n": 2.5}, TypeError, "n expects a whole number"),
        ({"n": 1, "count": 5}, ValueError, "at most 4 digits, received 5"),
        ({"n": 1, "photographs": "paris"}, ValueError, "received 'paris'"),
        ({"n": 1, "photographs": []}, ValueError, r"received \[\]"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        datasets.scenes(**arguments)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    composed._photograph.cache_clear()
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        datasets.scenes(1)
    composed._photograph.cache_clear()
