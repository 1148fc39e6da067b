"""ConvPool gives what Conv2D and MaxPooling2D give one after the other."""

import numpy as np
import pytest

from dlcore import Sequential
from dlcore.layers import Activation, Conv2D, Dense, Flatten, MaxPooling2D
from dlcore.layers.fused import ConvPool, fuse

RNG = np.random.default_rng(0)


def built(shape, conv, pool):
    conv.build(shape, np.random.default_rng(1))
    pool.build(conv.output_shape, None)
    return conv, pool


@pytest.mark.parametrize("n", [1, 8, 13])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("window", [2, 3, (2, 1)])
@pytest.mark.parametrize(
    "activation, use_bias", [(None, True), ("relu", True), ("tanh", False)]
)
@pytest.mark.parametrize("shape", [(12, 11, 3), (13, 13, 1)])
def test_equals_the_two_layers(
    n, padding, strides, window, activation, use_bias, shape
):
    conv, pool = built(
        shape,
        Conv2D(5, 3, strides, padding, activation, use_bias),
        MaxPooling2D(window),
    )
    x = RNG.normal(size=(n, *shape)).astype(np.float32)
    y = pool.forward(conv.forward(x))
    dy = RNG.normal(size=y.shape).astype(np.float32)
    expected = [conv.backward(pool.backward(dy)), conv.dkernel.copy()]
    expected += [conv.dbias.copy()] if use_bias else []
    both = ConvPool(conv, pool)
    for training in (True, False):
        conv.dkernel[...] = np.nan  # written, never added to
        np.testing.assert_allclose(both.forward(x, training), y, atol=1e-5)
        received = [both.backward(dy), conv.dkernel]
        received += [conv.dbias] if use_bias else []
        for a, b in zip(expected, received, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_the_first_of_equal_values_gets_the_gradient():
    conv, pool = built((4, 4, 1), Conv2D(1, 1), MaxPooling2D(2))
    both = ConvPool(conv, pool)
    conv.kernel[...] = 1
    x = np.zeros((1, 4, 4, 1), np.float32)
    x[0, :, :, 0] = [[0, 7, 0, 0], [7, 7, 3, 3], [0, 0, 0, 1], [5, 0, 1, 1]]
    np.testing.assert_array_equal(
        both.forward(x, True)[0, :, :, 0], [[7, 3], [5, 1]]
    )
    dx = both.backward(np.array([[[[1.0], [2]], [[3], [4]]]], np.float32))
    np.testing.assert_array_equal(
        dx[0, :, :, 0],
        [[0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 4], [3, 0, 0, 0]],
    )


@pytest.mark.parametrize(
    "layers",
    [
        [Conv2D(2, 3, activation="silu"), MaxPooling2D(2)],  # not rising
        [Conv2D(2, 3, activation="softmax"), MaxPooling2D(2)],
        [Conv2D(2, 3), MaxPooling2D(2, strides=1)],  # windows overlap
        [Conv2D(2, 2), MaxPooling2D(2, padding="same")],  # has a border
        [Conv2D(2, 3), Activation("relu"), MaxPooling2D(2)],
    ],
)
def test_leaves_alone_what_does_not_fit(layers):
    shape = (8, 8, 1)
    for layer in layers:
        shape = layer.build(shape, np.random.default_rng(0))
    assert fuse(layers) == layers


def test_a_model_uses_it_and_still_shows_its_layers():
    model = Sequential(
        [
            Conv2D(3, 3, activation="relu", input_shape=(8, 8, 1)),
            MaxPooling2D(2),
            Flatten(),
            Dense(2),
        ]
    )
    assert [type(stage) for stage in model._stages] == [
        ConvPool,
        Flatten,
        Dense,
    ]
    assert [type(layer) for layer in model.layers][:2] == [
        Conv2D,
        MaxPooling2D,
    ]
    x = RNG.normal(size=(5, 8, 8, 1)).astype(np.float32)
    y = x
    for layer in model.layers:
        y = layer.forward(y)
    np.testing.assert_allclose(model.forward(x), y, atol=1e-5)


def test_backward_needs_forward_and_input_is_checked():
    both = ConvPool(*built((8, 8, 1), Conv2D(2, 3), MaxPooling2D(2)))
    with pytest.raises(RuntimeError, match="conv2d.*forward first"):
        both.backward(np.zeros((1, 3, 3, 2), np.float32))
    with pytest.raises(ValueError, match=r"\(batch, 8, 8, 1\).*\(2, 9, 8, 1"):
        both.forward(np.zeros((2, 9, 8, 1), np.float32))
