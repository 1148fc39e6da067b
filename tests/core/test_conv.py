"""Convolution and pooling: small images worked by hand."""

import numpy as np
import pytest

from dlcore import layers
from dlcore.gradcheck import check_layer

# The example of Goodfellow et al. 2016, figure 9.1, with numbers for its
# letters: a 3 x 4 image a..l, a 2 x 2 kernel w, x, y, z.
IMAGE = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
KERNEL = [[1, 10], [100, 1000]]


def image(rows):
    """Rows of numbers as a batch of one image with one channel."""
    return np.array(rows, np.float32)[None, :, :, None]


def plane(batch):
    assert batch.shape[0] == batch.shape[-1] == 1
    return batch[0, :, :, 0]


def check(layer, weights, x, y, dy, dx):
    x = image(x)
    layer.build(x.shape[1:], np.random.default_rng(0))
    layer.set_weights(weights)
    np.testing.assert_allclose(plane(layer.forward(x, True)), y)
    np.testing.assert_allclose(plane(layer.backward(image(dy))), dx)
    return layer


def test_convolution():
    """First number: 1*1 + 2*10 + 5*100 + 6*1000."""
    layer = check(
        layers.Conv2D(1, 2),
        [np.reshape(KERNEL, (2, 2, 1, 1)), [0]],
        IMAGE,
        [[6521, 7632, 8743], [10965, 12076, 13187]],
        [[1, 0, 0], [0, 0, 2]],
        # the kernel where dy is 1, twice the kernel where it is 2
        [[1, 10, 0, 0], [100, 1000, 2, 20], [0, 0, 200, 2000]],
    )
    # windows at dy = 1 and dy = 2: [1 2; 5 6] + 2 [7 8; 11 12]
    np.testing.assert_allclose(layer.dkernel[:, :, 0, 0], [[15, 18], [27, 30]])
    np.testing.assert_allclose(layer.dbias, [3])


def test_convolution_with_strides_and_bias():
    check(
        layers.Conv2D(1, 2, strides=(1, 2)),
        [np.reshape(KERNEL, (2, 2, 1, 1)), [0.5]],
        IMAGE,
        [[6521.5, 8743.5], [10965.5, 13187.5]],
        [[0, 0], [1, 0]],
        [[0, 0, 0, 0], [1, 10, 0, 0], [100, 1000, 0, 0]],
    )


def test_same_padding_puts_the_odd_rest_below_and_right():
    """A 2 x 2 kernel pads one row below and one column on the right."""
    check(
        layers.Conv2D(1, 2, padding="same", use_bias=False),
        [np.reshape(KERNEL, (2, 2, 1, 1))],
        [[1, 2], [3, 4]],
        [[1 + 20 + 300 + 4000, 2 + 400], [3 + 40, 4]],
        [[0, 1], [0, 0]],
        [[0, 1], [0, 100]],
    )


def test_channels_add_up_and_filters_stand_apart():
    layer = layers.Conv2D(2, 1)
    layer.build((1, 1, 3), np.random.default_rng(0))
    layer.set_weights([[[[[1, 4], [2, 5], [3, 6]]]], [10, 20]])
    x = np.array([[[[1, 10, 100]]]], np.float32)
    np.testing.assert_allclose(layer.forward(x), [[[[331, 674]]]])
    dx = layer.backward(np.array([[[[1, -1]]]], np.float32))
    np.testing.assert_allclose(dx, [[[[-3, -3, -3]]]])
    np.testing.assert_allclose(
        layer.dkernel[0, 0], [[1, -1], [10, -10], [100, -100]]
    )
    np.testing.assert_allclose(layer.dbias, [1, -1])


def test_max_pooling_and_ties():
    """Equal values: the first in reading order takes the gradient."""
    check(
        layers.MaxPooling2D(2),
        [],
        [[1, 3, 2, 2], [3, 0, 2, 2]],
        [[3, 2]],
        [[5, 7]],
        [[0, 5, 7, 0], [0, 0, 0, 0]],
    )


def test_overlapping_windows_add_their_gradients():
    check(
        layers.MaxPooling2D(2, strides=1),
        [],
        [[1, 2, 3], [4, 9, 5], [6, 7, 8]],
        [[9, 9], [9, 9]],
        [[1, 10], [100, 1000]],
        [[0, 0, 0], [0, 1111, 0], [0, 0, 0]],
    )


def test_max_pooling_never_picks_the_border():
    check(
        layers.MaxPooling2D(2, padding="same"),
        [],
        [[-1, -2, -3]],
        [[-1, -3]],
        [[1, 2]],
        [[1, 0, 2]],
    )


def test_rows_that_do_not_fill_a_window_are_left_out():
    check(
        layers.MaxPooling2D(2),
        [],
        [[1, 2, 9], [3, 4, 9], [9, 9, 9]],
        [[4]],
        [[1]],
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    )


def test_average_pooling():
    check(
        layers.AveragePooling2D(2),
        [],
        [[1, 3, 2, 2], [3, 1, 2, 6]],
        [[2, 3]],
        [[4, 8]],
        [[1, 1, 2, 2], [1, 1, 2, 2]],
    )


def test_average_pooling_does_not_count_the_border():
    check(
        layers.AveragePooling2D(2, padding="same"),
        [],
        [[1, 3, 5]],
        [[2, 5]],
        [[4, 8]],
        [[2, 2, 8]],
    )


def test_global_average_pooling():
    layer = layers.GlobalAveragePooling2D()
    assert layer.build((2, 2, 2), None) == (2,)
    x = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)
    np.testing.assert_allclose(layer.forward(x), [[3, 4]])
    dx = layer.backward(np.array([[4, 8]], np.float32))
    np.testing.assert_allclose(dx, np.broadcast_to([1, 2], (1, 2, 2, 2)))


def test_global_max_pooling_shares_the_gradient_among_equals():
    """Channel 0: 5 twice, each gets half of 4; channel 1: one largest."""
    layer = layers.GlobalMaxPooling2D()
    assert layer.build((2, 2, 2), None) == (2,)
    x = np.array([[[[5, -4], [1, -3]], [[5, -9], [2, -8]]]], np.float32)
    y = layer.forward(x)
    np.testing.assert_array_equal(y, [[5, -3]])
    dx = layer.backward(np.array([[4, 7]], np.float32))
    expected = [[[[2, 0], [0, 7]], [[2, 0], [0, 0]]]]
    np.testing.assert_array_equal(dx, expected)
    assert y.dtype == dx.dtype == np.float32


def test_up_sampling_repeats_pixels_and_adds_their_gradients():
    check(
        layers.UpSampling2D((2, 3)),
        [],
        [[1, 2]],
        [[1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 2]],
        [[1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60]],
        [[66, 165]],
    )


@pytest.mark.parametrize("kind", ["GlobalMaxPooling2D", "UpSampling2D"])
def test_images_only(kind):
    layer = getattr(layers, kind)()
    with pytest.raises(ValueError, match=r"expects \(batch, height, width, c"):
        layer.build((4, 4), None)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        # the source's network: 28 -> 26 -> 13
        (layers.Conv2D(32, (3, 3)), (28, 28, 1), (26, 26, 32)),
        (layers.MaxPooling2D((2, 2)), (26, 26, 32), (13, 13, 32)),
        # Dumoulin & Visin 2016: floor((i + 2p - k) / s) + 1
        (layers.Conv2D(1, 3, strides=2), (5, 6, 1), (2, 2, 1)),
        (layers.Conv2D(1, 3, strides=2, padding="same"), (5, 6, 1), (3, 3, 1)),
        (layers.Conv2D(1, 4, padding="same"), (5, 5, 2), (5, 5, 1)),
        (layers.AveragePooling2D((3, 2)), (7, 7, 4), (2, 3, 4)),
        (layers.MaxPooling2D(3, 2, "same"), (7, 8, 4), (4, 4, 4)),
        (layers.UpSampling2D(), (3, 4, 5), (6, 8, 5)),
        (layers.UpSampling2D((1, 3)), (3, 4, 5), (3, 12, 5)),
    ],
)
@pytest.mark.parametrize("count", [0, 2])
def test_output_shapes(layer, shape, expected, count):
    """Of an empty batch too."""
    assert layer.build(shape, np.random.default_rng(0)) == expected
    assert layer.output_shape == expected
    y = layer.forward(np.zeros((count, *shape), np.float32))
    assert y.shape == (count, *expected)
    assert layer.backward(np.ones_like(y)).shape == (count, *shape)


def test_parameters_of_the_first_convolution():
    """32 filters of 3 x 3 x 1 and 32 biases: 320."""
    layer = layers.Conv2D(32, (3, 3))
    layer.build((28, 28, 1), np.random.default_rng(0))
    assert layer.count_params() == 320


@pytest.mark.parametrize("layer", [
    layers.Conv2D(2, 2, activation="relu"),
    layers.Conv2D(2, 3, padding="same", activation="tanh"),
    layers.AveragePooling2D(2),
    layers.AveragePooling2D(3, padding="same"),
    layers.MaxPooling2D(2),
    layers.GlobalAveragePooling2D(),
    layers.GlobalMaxPooling2D(),
    layers.UpSampling2D(2),
], ids=str)
def test_gradients_have_the_dtype_of_the_images(layer):
    """And agree with slopes, on images higher than wide."""
    x = np.random.default_rng(1).normal(size=(3, 6, 4, 2))
    assert check_layer(layer, x) < 1e-6
    x = x.astype(np.float32)
    layer.build(x.shape[1:], np.random.default_rng(0))
    y = layer.forward(x)
    dx = layer.backward(np.ones_like(y))
    assert y.dtype == dx.dtype == np.float32


def test_a_convolution_goes_back_through_few_images_at_a_time():
    """Five images, of which two fit at once: dx of each is its own."""
    rng = np.random.default_rng(2)
    layer = layers.Conv2D(40, 3)
    layer.build((22, 22, 1), rng)
    x = rng.normal(size=(5, 22, 22, 1)).astype(np.float32)
    dy = rng.normal(size=(5, 20, 20, 40)).astype(np.float32)
    layer.forward(x)
    dx = layer.backward(dy)
    for i in range(5):
        layer.forward(x[i : i + 1])
        alone = layer.backward(dy[i : i + 1])
        np.testing.assert_allclose(dx[i : i + 1], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", [layers.Conv2D(2, 2), layers.Conv2D(
    2, 3, padding="same", use_bias=False)])
def test_nobody_asks_for_dx(layer):
    layer.needs_dx = False
    layer.build((4, 4, 1), np.random.default_rng(0))
    x = np.ones((2, 4, 4, 1), np.float32)
    assert layer.backward(np.ones_like(layer.forward(x))) is None


@pytest.mark.parametrize("size, stride, border", [
    (3, 1, (1, 1)), (4, 1, (1, 2)), (5, 1, (2, 2)), (6, 1, (2, 3)),
    (2, 2, (0, 0)), (2, 3, (0, 0)), (1, 2, (0, 0)),
])
def test_the_border_of_same(size, stride, border):
    """size - 1 in all for stride 1, the odd one below and to the right."""
    layer = layers.Conv2D(1, size, strides=stride, padding="same")
    layer.build((6, 6, 1), np.random.default_rng(0))
    assert layer.border == [border, border]
    valid = layers.Conv2D(1, size, strides=stride)
    valid.build((6, 6, 1), np.random.default_rng(0))
    assert valid.border == [(0, 0), (0, 0)]
