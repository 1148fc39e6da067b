"""Normalisation: small arrays worked by hand."""

import numpy as np
import pytest

from dlcore import layers


def built(layer, shape, *weights):
    layer.build(shape, np.random.default_rng(0))
    if weights:
        layer.set_weights([np.array(w) for w in weights])
    return layer


def test_batch_normalization_while_training():
    """Column 1, 3: mean 2, variance 1; with epsilon 3 the root is 2."""
    layer = built(
        layers.BatchNormalization(momentum=0.9, epsilon=3),
        (1,),
        [10],
        [5],
        [0],
        [2],
    )
    x = np.array([[1], [3]], np.float32)
    np.testing.assert_allclose(layer.forward(x, True), [[0], [10]])
    # moving = 0.9 moving + 0.1 batch
    np.testing.assert_allclose(layer.moving_mean, [0.2], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [1.9], rtol=1e-6)
    dx = layer.backward(np.array([[1], [5]], np.float32))
    # n = -1/2, 1/2; dgamma = -1/2 + 5/2, dbeta = 1 + 5
    np.testing.assert_allclose(layer.dgamma, [2])
    np.testing.assert_allclose(layer.dbeta, [6])
    # dn = 10, 50; minus their mean 30: -20, 20; minus n mean(dn n):
    # mean(dn n) = (-5 + 25) / 2 = 10, n * 10 = -5, 5; over 2
    np.testing.assert_allclose(dx, [[-7.5], [7.5]])


def test_batch_normalization_while_predicting():
    """(x - 4) / sqrt(6 + 3) * 10 + 5, and dx = dy * 10 / 3."""
    layer = built(
        layers.BatchNormalization(epsilon=3), (1,), [10], [5], [4], [6]
    )
    y = layer.forward(np.array([[1], [7]], np.float32))
    np.testing.assert_allclose(y, [[-5], [15]])
    np.testing.assert_allclose(layer.moving_mean, [4])
    dx = layer.backward(np.array([[3], [6]], np.float32))
    np.testing.assert_allclose(dx, [[10], [20]])
    np.testing.assert_allclose(layer.dgamma, [3])
    np.testing.assert_allclose(layer.dbeta, [9])


def test_batch_normalization_starts_as_the_identity_almost():
    layer = built(layers.BatchNormalization(), (2,))
    y = layer.forward(np.array([[1, -2]], np.float32))
    np.testing.assert_allclose(y, np.array([[1, -2]]) / np.sqrt(1.001))
    assert layer.trainable_weights == ["gamma", "beta"]
    assert layer.count_params() == 8


@pytest.mark.parametrize("shape", [(3,), (4, 5, 3)])
def test_batch_normalization_leaves_mean_beta_and_deviation_gamma(shape):
    rng = np.random.default_rng(0)
    layer = built(
        layers.BatchNormalization(epsilon=0),
        shape,
        [1, 2, 3],
        [4, 5, 6],
        [0, 0, 0],
        [1, 1, 1],
    )
    x = rng.normal(7, 3, (50, *shape)).astype(np.float32)
    y = layer.forward(x, True)
    assert y.shape == layer.backward(y).shape == x.shape
    axes = tuple(range(y.ndim - 1))
    np.testing.assert_allclose(y.mean(axes), [4, 5, 6], atol=1e-4)
    np.testing.assert_allclose(y.std(axes), [1, 2, 3], rtol=1e-4)


def test_layer_normalization():
    """Row 1, 3: mean 2, variance 1; with epsilon 3 the root is 2."""
    layer = built(layers.LayerNormalization(epsilon=3), (2,), [10, 20], [5, 6])
    x = np.array([[1, 3], [13, 11]], np.float32)
    y = layer.forward(x)
    np.testing.assert_allclose(y, [[0, 16], [10, -4]])
    np.testing.assert_array_equal(layer.forward(x, True), y)
    dx = layer.backward(np.array([[1, 2], [0, 0]], np.float32))
    # dn = 10, 40; mean 25: -15, 15; mean(dn n) = (-5 + 20) / 2 = 7.5,
    # n * 7.5 = -3.75, 3.75; over 2
    np.testing.assert_allclose(dx, [[-5.625, 5.625], [0, 0]])
    np.testing.assert_allclose(layer.dgamma, [-0.5, 1])
    np.testing.assert_allclose(layer.dbeta, [1, 2])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(
    "kind", [layers.BatchNormalization, layers.LayerNormalization]
)
def test_one_type_of_float(kind, training, dtype):
    layer = kind()
    layer.dtype = np.dtype(dtype)
    built(layer, (4, 3))
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(dtype)
    y = layer.forward(x, training)
    assert y.dtype == layer.backward(y).dtype == dtype
    assert {weight.dtype for weight in layer.get_weights()} == {y.dtype}
