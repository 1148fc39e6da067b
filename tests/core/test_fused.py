"""Convolution and pooling in one pass: the same as one after the other."""

import numpy as np
import pytest

from dlcore import Sequential, gradcheck
from dlcore.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from dlcore.layers.fused import ConvPool

RNG = np.random.default_rng(4)

# (arguments of Conv2D, window of the pool, shape of one image)
CASES = [
    ({"kernel_size": 3, "activation": "relu"}, 2, (8, 8, 1)),
    ({"kernel_size": 3, "activation": "relu"}, 2, (9, 7, 2)),
    ({"kernel_size": (2, 3), "activation": "tanh"}, (3, 2), (10, 9, 2)),
    ({"kernel_size": 3, "padding": "same"}, 2, (7, 8, 2)),
    (
        {"kernel_size": 2, "strides": (2, 1), "activation": "leaky_relu"},
        (1, 3),
        (9, 8, 1),
    ),
    (
        {"kernel_size": 3, "use_bias": False, "activation": "sigmoid"},
        2,
        (6, 6, 3),
    ),
    ({"kernel_size": 1, "activation": "elu", "strides": 2}, 2, (9, 9, 2)),
]


def pair(arguments, window, shape, dtype="float64"):
    conv, pool = Conv2D(5, **arguments), MaxPooling2D(window)
    for layer in (conv, pool):
        layer.dtype = np.dtype(dtype)
        shape = layer.build(shape, np.random.default_rng(0))
    conv.set_weights([RNG.normal(size=w.shape) for w in conv.get_weights()])
    return conv, pool


@pytest.mark.parametrize(("arguments", "window", "shape"), CASES)
@pytest.mark.parametrize("count", [0, 1, 5, 9])
@pytest.mark.parametrize("training", [False, True])
def test_same_numbers(arguments, window, shape, count, training):
    conv, pool = pair(arguments, window, shape)
    assert ConvPool.fits(conv, pool)
    fused = ConvPool(conv, pool)
    fused.chunk = 4  # so that some batches are several chunks
    # whole numbers: ties for the maximum, which the first place wins
    x = RNG.integers(-2, 3, (count, *shape)).astype(float)
    expected = pool.forward(conv.forward(x, training), training)
    dy = RNG.normal(size=expected.shape)
    dx = conv.backward(pool.backward(dy))
    gradients = [getattr(conv, "d" + n) for n in conv.trainable_weights]
    kept = [g.copy() for g in gradients]
    for gradient in gradients:  # backward writes, never adds
        gradient[...] = np.nan
    given = x.copy(), dy.copy()
    np.testing.assert_allclose(fused.forward(x, training), expected)
    np.testing.assert_allclose(fused.backward(dy), dx, atol=1e-12)
    for gradient, other in zip(gradients, kept):
        np.testing.assert_allclose(gradient, other, atol=1e-12)
    np.testing.assert_array_equal(x, given[0])
    np.testing.assert_array_equal(dy, given[1])
    conv.needs_dx = False
    assert fused.backward(dy) is None


def test_what_is_joined():
    def conv(**settings):
        layer = Conv2D(2, 3, **settings)
        layer.build((9, 9, 1), np.random.default_rng(0))
        return layer

    def pool(*settings):
        layer = MaxPooling2D(*settings)
        layer.build((7, 7, 2), None)
        return layer

    class Mine(Conv2D):
        pass

    assert ConvPool.fits(conv(), pool())
    assert ConvPool.fits(conv(activation="relu"), pool(3))
    assert not ConvPool.fits(conv(activation="softmax"), pool())
    assert not ConvPool.fits(conv(activation="silu"), pool())
    assert not ConvPool.fits(conv(), pool(3, 2))
    assert not ConvPool.fits(conv(), pool(2, None, "same"))
    assert not ConvPool.fits(Mine(2, 3), pool())
    assert not ConvPool.fits(conv(), Dropout(0.1))
    assert not ConvPool.fits(pool(), conv())


def test_a_model_that_joins_them_passes_the_gradient_check():
    model = Sequential(
        [
            Conv2D(3, 2, activation="relu", input_shape=(9, 9, 1)),
            MaxPooling2D(2),
            Conv2D(4, 2, activation="tanh"),
            MaxPooling2D((3, 1)),
            Flatten(),
            Dense(2),
        ],
        dtype="float64",
    )
    model.compile("sgd", "mse")
    x, y = RNG.normal(size=(11, 9, 9, 1)), RNG.normal(size=(11, 2))
    assert gradcheck.check_model(model, x, y) < 1e-6


def test_errors_name_the_layer():
    fused = ConvPool(*pair({"kernel_size": 3}, 2, (6, 6, 1)))
    with pytest.raises(RuntimeError, match=r"conv2d.*forward first"):
        fused.backward(np.ones((1, 2, 2, 5)))
    with pytest.raises(ValueError, match=r'"conv2d" expects \(batch, 6, 6, 1'):
        fused.forward(np.ones((1, 5, 6, 1)))
    fused.forward(np.ones((2, 6, 6, 1)))
    with pytest.raises(ValueError, match=r"expects \(2, 2, 2, 5\)"):
        fused.backward(np.ones((2, 2, 3, 5)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_type_of_float(dtype):
    fused = ConvPool(*pair({"kernel_size": 3}, 2, (8, 8, 1), dtype))
    y = fused.forward(np.ones((2, 8, 8, 1), dtype), True)
    assert y.dtype == fused.backward(np.ones_like(y)).dtype == dtype
