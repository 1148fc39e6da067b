"""Activations: published or hand-worked values, forward and backward."""

import numpy as np
import pytest

from dlcore import activations
from dlcore.activations import log_softmax
from dlcore.gradcheck import numerical_gradient, relative_difference

E = np.e
# (name, z, y, dL/dz for dL/dy = 2)
CASES = [
    ("linear", [-2, 0, 3], [-2, 0, 3], [2, 2, 2]),
    ("relu", [-2, 0, 3], [0, 0, 3], [0, 0, 2]),
    ("leaky_relu", [-2, 0, 3], [-0.4, 0, 3], [0.4, 0.4, 2]),
    ("elu", [-1, 0, 3], [1 / E - 1, 0, 3], [2 / E, 2, 2]),
    # sigmoid(ln 3) = 3/4, slope 3/4 * 1/4
    (
        "sigmoid",
        [-np.log(3), 0, np.log(3)],
        [0.25, 0.5, 0.75],
        [0.375, 0.5, 0.375],
    ),
    # tanh(ln 2) = (4 - 1) / (4 + 1) = 0.6, slope 1 - 0.36
    ("tanh", [-np.log(2), 0, np.log(2)], [-0.6, 0, 0.6], [1.28, 2, 1.28]),
    # softplus(ln 3) = ln 4; its slope is the sigmoid
    (
        "softplus",
        [-np.log(3), 0, np.log(3)],
        [np.log(4 / 3), np.log(2), np.log(4)],
        [0.5, 1, 1.5],
    ),
    # slope s + z s (1 - s)
    (
        "silu",
        [0, np.log(3)],
        [0, 0.75 * np.log(3)],
        [1, 2 * (0.75 + np.log(3) * 0.1875)],
    ),
]
NAMES = [case[0] for case in CASES] + ["softmax"]


@pytest.mark.parametrize(("name", "z", "y", "dz"), CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_derivatives(name, z, y, dz, dtype):
    activation = activations.get(name)
    received, kept = activation.forward(np.array(z, dtype))
    np.testing.assert_allclose(received, y, rtol=1e-6, atol=1e-7)
    dy = np.full(len(z), 2, dtype)
    back = activation.backward(dy, kept)
    np.testing.assert_allclose(back, dz, rtol=1e-6)
    assert received.dtype == back.dtype == dtype


def test_softmax_of_one_two_three():
    y = activations.get("softmax").function(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(
        y, [0.09003057, 0.24472847, 0.66524096], atol=5e-9
    )


def test_softmax_of_rows_and_its_derivative():
    z = np.log([[1.0, 3.0], [2.0, 2.0]])
    softmax = activations.get("softmax")
    y, kept = softmax.forward(z)
    np.testing.assert_allclose(y, [[0.25, 0.75], [0.5, 0.5]])
    # y (dy - sum dy y): first row, sum = 4 * 0.25 + 8 * 0.75 = 7
    dz = softmax.backward(np.array([[4.0, 8.0], [1.0, 1.0]]), kept)
    np.testing.assert_allclose(dz, [[-0.75, 0.75], [0, 0]], atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_slope_of_random_points(name):
    rng = np.random.default_rng(3)
    z, r = rng.normal(size=(2, 3, 4))
    activation = activations.get(name)
    _, kept = activation.forward(z.copy())
    measured = numerical_gradient(
        lambda z: (activation.function(z) * r).sum(), z
    )
    assert relative_difference(activation.backward(r, kept), measured) < 1e-8


@pytest.mark.parametrize("name", NAMES)
def test_functions_leave_their_input_alone(name):
    z = np.array([[-1.0, 2.0, 0.5]])
    activations.get(name).function(z)
    np.testing.assert_array_equal(z, [[-1.0, 2.0, 0.5]])


@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_are_numbers(name):
    function = activations.get(name).function
    z = [-2, 1, 3]
    np.testing.assert_allclose(
        function(np.array(z)), function(np.array(z, float))
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [100, 1e4, 1e38])
def test_large_inputs_stay_finite_and_silent(name, size):
    z = np.array([[-size, 0, size]], np.float32)
    activation = activations.get(name)
    y, kept = activation.forward(z)
    assert np.isfinite(y).all()
    assert np.isfinite(activation.backward(np.ones_like(y), kept)).all()


def test_log_softmax_where_a_log_of_zero_would_wait():
    np.testing.assert_allclose(
        log_softmax(np.array([[0.0, 1000.0], [0.0, np.log(3)]])),
        [[-1000, 0], [-np.log(4), np.log(0.75)]],
    )


def test_get_takes_names_none_functions_and_entries():
    relu = activations.get("relu")
    assert activations.get(activations.relu) is relu
    assert activations.get(relu) is relu
    assert activations.get(None) is activations.get("linear")
