"""Activations: published or hand-worked values, forward and backward."""

import math

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
    # P(x) and Z(x) from Abramowitz & Stegun 1964, table 26.1
    (
        "gelu",
        [-1, 0, 1, 2],
        [-(1 - 0.841344746068543), 0, 0.841344746068543, 1.954499736103642],
        [
            2 * (1 - 0.841344746068543 - 0.241970724519143),
            1,
            2 * (0.841344746068543 + 0.241970724519143),
            2 * (0.977249868051821 + 2 * 0.053990966513188),
        ],
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
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16])
def test_bytes_do_not_wrap(name, dtype):
    function = activations.get(name).function
    z = np.array([100, 3, 7]).astype(dtype)
    if dtype != np.uint8:
        z[0] = -128
    np.testing.assert_allclose(
        function(z), function(z.astype(float)), rtol=2e-3, atol=1e-5
    )  # tanh of bytes comes back with 16 bits


@pytest.mark.parametrize("name", NAMES)
def test_lists_are_arrays(name):
    function = activations.get(name).function
    z = [[-2.0, 0.5, 3.0]]
    np.testing.assert_array_equal(function(z), function(np.array(z)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (2, 0, 3), (1,)])
def test_no_axis_and_no_numbers(name, dtype, shape):
    activation = activations.get(name)
    z = np.full(shape, 0.75, dtype)
    if name == "softmax" and shape == (0,):  # shares of nothing
        with pytest.raises(ValueError, match="zero-size"):
            activation.forward(z)
        return
    y, kept = activation.forward(z.copy())
    dz = activation.backward(np.ones_like(z), kept)
    for array in (y, dz, activation.function(z)):
        assert np.shape(array) == shape and array.dtype == dtype


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [100, 1e4, 1e38])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_inputs_stay_finite_and_silent(name, size, dtype):
    z = np.array([[-size, 0, size]], dtype)
    activation = activations.get(name)
    y, kept = activation.forward(z)
    assert np.isfinite(y).all()
    dz = activation.backward(np.ones_like(y), kept)
    assert np.isfinite(dz).all()
    assert y.dtype == dz.dtype == dtype


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "silu", "gelu"])
def test_far_from_zero_the_slope_is_that_of_a_line(name):
    """Where exp has nothing to say: y = z on the right, flat on the left."""
    z = np.array([-1e4, 1e4], np.float32)
    activation = activations.get(name)
    y, kept = activation.forward(z.copy())
    dz = activation.backward(np.ones_like(y), kept)
    left = {"leaky_relu": (-2e3, 0.2), "elu": (-1, 0)}.get(name, (0, 0))
    np.testing.assert_allclose([y[0], dz[0]], left, rtol=1e-6)
    assert y[1] == z[1] and dz[1] == 1


# Phi(z) by the C library's erfc; z / sqrt(2) is rounded there as well.
@pytest.mark.parametrize(
    ("dtype", "rounding"), [(np.float32, 2.0**-24), (np.float64, 2.0**-53)]
)
def test_gelu_is_exact_to_rounding(dtype, rounding):
    z = np.linspace(-12, 12, 4001).astype(dtype)
    exact = np.array([math.erfc(-x / math.sqrt(2)) / 2 for x in z.tolist()])
    share = activations.gelu(z).astype(float)[z != 0] / z[z != 0].astype(float)
    z, exact = z[z != 0].astype(float), exact[z != 0]
    # Into the left tail, exp takes the rounding of z^2 / 2, and so does erfc.
    assert (np.abs(share - exact) <= rounding * (8 + 3 * z * z) * exact).all()
    assert np.abs(share - exact).max() <= 4 * rounding


def test_gelu_of_tiny_numbers_is_half_of_them():
    z = np.array([-1e-300, -1e-20, 1e-20, 1e-300])
    np.testing.assert_allclose(activations.gelu(z), z / 2, rtol=1e-15)


@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus",
             "softmax"],
)  # fmt: skip
def test_a_result_can_be_written_where_its_argument_stands(name):
    z = np.array([[-1.0, 0.5, 2.0], [3.0, 1.0, -4.0]])
    expected = getattr(activations, name)(z.copy())
    y = getattr(activations, name)(z, out=z)
    assert y is z
    np.testing.assert_array_equal(z, expected)


def test_a_layer_writes_over_its_sums_where_the_output_is_enough():
    z = np.array([[-1.0, 2.0]])
    y, kept = activations.get("tanh").forward(z)
    assert y is z and kept is z
    z = np.array([[-1.0, 2.0]])
    y, kept = activations.get("gelu").forward(z)
    assert y is not z and kept is z
    np.testing.assert_array_equal(z, [[-1.0, 2.0]])


def test_log_softmax_works_along_the_last_axis_of_three():
    z = np.log(np.array([[[1.0, 3.0], [1.0, 1.0]], [[1.0, 1.0], [9.0, 1.0]]]))
    np.testing.assert_allclose(
        np.exp(log_softmax(z)),
        [[[0.25, 0.75], [0.5, 0.5]], [[0.5, 0.5], [0.9, 0.1]]],
    )


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
    assert activations.get("swish") is activations.get("silu")
    assert activations.get("swish").name == "silu"
    assert activations.get(activations.gelu).keeps == "input"


def test_get_takes_no_function_for_its_name_alone():
    def relu(z):
        return np.maximum(z, 1)

    with pytest.raises(ValueError, match="act expects .* dlcore.activations"):
        activations.get(relu, "act")
    with pytest.raises(ValueError, match="unknown act 'mine'.*known: elu"):
        activations.get("mine", "act")
