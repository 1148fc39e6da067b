"""Initializers: bounds, spread and shapes, from the papers' formulas."""

import numpy as np
import pytest

from dlcore import initializers

SHAPES = [(400, 300), (5, 5, 60, 40)]
CUT = 0.87962566103423978  # deviation of a normal cut off at 2: Keras

# (name, bound, deviation) by the numbers of inputs and outputs
CASES = [
    ("zeros", lambda i, o: 0, lambda i, o: 0),
    ("ones", lambda i, o: 1, lambda i, o: 0),
    ("random_uniform", lambda i, o: 0.05, lambda i, o: 0.05 / 3**0.5),
    ("random_normal", None, lambda i, o: 0.05),
    (
        "glorot_uniform",
        lambda i, o: (6 / (i + o)) ** 0.5,
        lambda i, o: (2 / (i + o)) ** 0.5,
    ),
    (
        "glorot_normal",
        lambda i, o: 2 / CUT * (2 / (i + o)) ** 0.5,
        lambda i, o: (2 / (i + o)) ** 0.5,
    ),
    ("he_uniform", lambda i, o: (6 / i) ** 0.5, lambda i, o: (2 / i) ** 0.5),
    (
        "he_normal",
        lambda i, o: 2 / CUT * (2 / i) ** 0.5,
        lambda i, o: (2 / i) ** 0.5,
    ),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "bound", "deviation"), CASES)
def test_bounds_and_spread(name, bound, deviation, shape):
    fan_in, fan_out = {2: (400, 300), 4: (1500, 1000)}[len(shape)]
    w = initializers.get(name)(shape, np.random.default_rng(1))
    assert w.shape == shape
    expected = deviation(fan_in, fan_out)
    assert w.std() == pytest.approx(expected, rel=0.02)
    if name == "ones":
        assert (w == 1).all()
        return
    assert abs(w.mean()) <= 0.02 * expected
    if bound:
        limit = bound(fan_in, fan_out)
        assert np.abs(w).max() <= limit
        assert np.abs(w).max() == pytest.approx(limit, rel=0.002)


def test_glorot_limit_of_the_first_layer_of_the_digits_network():
    """784 pixels, 64 units: sqrt(6 / 848) = 0.0841."""
    w = initializers.glorot_uniform((784, 64), np.random.default_rng(0))
    assert 0.0840 < w.max() <= 0.0842
    assert -0.0842 <= w.min() < -0.0840


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), (1, 1)),
        ((7,), (7, 7)),
        ((784, 64), (784, 64)),
        ((3, 3, 1, 32), (9, 288)),
        ((5, 2, 4, 6), (40, 60)),
    ],
)
def test_fans(shape, expected):
    assert initializers.fans(shape) == expected


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 2, 3, 5)])
def test_orthogonal_rows_or_columns(shape):
    w = initializers.orthogonal(shape, np.random.default_rng(0))
    assert w.shape == shape
    w = w.reshape(-1, shape[-1])
    product = w @ w.T if w.shape[0] < w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_point_everywhere():
    """QR alone would give the diagonal one sign; Mezzadri 2007."""
    rng = np.random.default_rng(0)
    corners = [initializers.orthogonal((3, 3), rng)[0, 0] for _ in range(200)]
    assert 70 < sum(corner > 0 for corner in corners) < 130


@pytest.mark.parametrize("name", [case[0] for case in CASES] + ["orthogonal"])
def test_a_seed_decides_every_number(name):
    f = initializers.get(name)
    first, again, other = (
        f((6, 5), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    if name not in ("zeros", "ones"):
        assert (first != other).all()


def test_get_takes_names_and_functions():
    def halves(shape, rng):
        return np.full(shape, 0.5)

    assert initializers.get("he_normal") is initializers.he_normal
    assert initializers.get(halves) is halves
