"""Gradient checks: all layers pass, and a planted mistake does not."""

import numpy as np
import pytest

from dlcore import Sequential, gradcheck, layers
from dlcore.layers import Activation, BatchNormalization, Conv2D, Dense

ACTIVATIONS = (
    "linear",
    "relu",
    "leaky_relu",
    "elu",
    "sigmoid",
    "tanh",
    "softplus",
    "softmax",
    "silu",
)

CASES = [
    *((lambda a=a: Dense(4, a), (5,)) for a in ACTIVATIONS),
    *((lambda a=a: Activation(a), (2, 5)) for a in ACTIVATIONS),
    *(
        (lambda a=a: Conv2D(3, 2, activation=a), (4, 3, 2))
        for a in ACTIVATIONS
    ),
    (lambda: Dense(3, use_bias=False), (2, 4)),
    (lambda: layers.Flatten(), (3, 2, 2)),
    (lambda: layers.Reshape((2, -1)), (3, 4)),
    (lambda: layers.Dropout(0.4), (10,)),
    (lambda: layers.Input((4,)), (4,)),
    (lambda: Conv2D(2, 3, padding="same"), (5, 4, 2)),
    (lambda: Conv2D(2, 3, 2, "same", use_bias=False), (6, 5, 1)),
    (lambda: Conv2D(2, (2, 3), (2, 1)), (7, 5, 2)),
    (lambda: layers.MaxPooling2D(2), (5, 4, 2)),
    (lambda: layers.MaxPooling2D(3, 2, "same"), (6, 5, 2)),
    (lambda: layers.AveragePooling2D(2), (5, 4, 2)),
    (lambda: layers.AveragePooling2D(3, 2, "same"), (6, 5, 2)),
    (lambda: layers.GlobalAveragePooling2D(), (3, 4, 2)),
    (lambda: BatchNormalization(), (4,)),
    (lambda: BatchNormalization(0.5, 0.1), (3, 2, 4)),
    (lambda: layers.LayerNormalization(), (5,)),
    (lambda: layers.LayerNormalization(0.1), (3, 5)),
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("make", "shape"), CASES)
def test_layers_are_right(make, shape, training):
    x = np.random.default_rng(1).normal(size=(4, *shape))
    difference = gradcheck.check_layer(make(), x, training=training)
    assert difference < 1e-6


def test_embedding_is_right():
    x = np.random.default_rng(1).integers(0, 5, (4, 3))
    assert gradcheck.check_layer(layers.Embedding(5, 2), x) < 1e-9


def planted(base, *arguments, **mistakes):
    """A layer whose methods are partly replaced by wrong ones."""
    return type("Wrong", (base,), mistakes)(*arguments)


def forget_dy(self, dy):
    return Dense.backward(self, np.ones_like(dy))


def wrong_sign(self, dy):
    return -Dense.backward(self, dy)


def half_too_much(self, dy):
    return 1.5 * Dense.backward(self, dy)


def transposed(self, dy):
    dx = Dense.backward(self, dy)
    self.dkernel[...] = self.dkernel.T.copy()
    return dx


def no_bias_gradient(self, dy):
    dx = Dense.backward(self, dy)
    self.dbias[...] = 0
    return dx


def adds_instead_of_writing(self, dy):
    kept = self.dkernel.copy() + 1
    dx = Dense.backward(self, dy)
    self.dkernel += kept
    return dx


def mean_is_constant(self, dy):
    """Batch normalisation without the way through mean and variance."""
    _, scale, *_ = self.recall(dy)
    BatchNormalization.backward(self, dy)
    return dy * self.gamma * scale


@pytest.mark.parametrize(
    ("base", "backward"),
    [
        (Dense, forget_dy),
        (Dense, wrong_sign),
        (Dense, half_too_much),
        (Dense, transposed),
        (Dense, no_bias_gradient),
        (Dense, adds_instead_of_writing),
    ],
)
def test_a_planted_mistake_is_found(base, backward):
    x = np.random.default_rng(1).normal(size=(4, 3))
    layer = planted(base, 3, backward=backward)
    assert gradcheck.check_layer(layer, x) > 0.1
    model = Sequential(
        [Dense(3, input_shape=(3,)), planted(base, 3, backward=backward)],
        dtype="float64",
    )
    model.compile("sgd", "mse")
    assert gradcheck.check_model(model, x, x) > 0.1


def test_forgotten_parts_of_a_normalisation_are_found():
    x = np.random.default_rng(1).normal(size=(4, 3))
    layer = planted(BatchNormalization, backward=mean_is_constant)
    assert gradcheck.check_layer(layer, x) > 0.1


def test_check_layer_leaves_the_layer_and_x_alone():
    x = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    layer, kept = Dense(2), x.copy()
    layer.build((3,), np.random.default_rng(0))
    weights = layer.get_weights()
    gradcheck.check_layer(layer, x)
    np.testing.assert_array_equal(x, kept)
    assert layer.dtype == layer.kernel.dtype == np.float32
    for a, b in zip(layer.get_weights(), weights):
        np.testing.assert_array_equal(a, b)


def image_model(last="softmax", dtype="float64"):
    return Sequential(
        [
            Conv2D(3, 3, activation="relu", input_shape=(6, 6, 1)),
            layers.MaxPooling2D(2),
            BatchNormalization(),
            layers.Dropout(0.3),
            layers.Flatten(),
            Dense(4, "tanh"),
            Dense(3, last),
        ],
        dtype=dtype,
    )


RNG = np.random.default_rng(2)
X = RNG.normal(size=(5, 6, 6, 1))
CLASSES = RNG.integers(0, 3, 5)


@pytest.mark.parametrize(
    ("last", "loss", "y"),
    [
        ("softmax", "sparse_categorical_crossentropy", CLASSES),
        ("softmax", "categorical_crossentropy", np.eye(3)[CLASSES]),
        ("sigmoid", "binary_crossentropy", np.eye(3)[CLASSES]),
        ("softmax", "mse", np.eye(3)[CLASSES]),
        ("linear", "huber", np.eye(3)[CLASSES]),
        ("linear", "mae", np.eye(3)[CLASSES]),
    ],
)
def test_models_are_right(last, loss, y):
    model = image_model(last)
    model.compile("sgd", loss)
    before = model.get_weights()
    assert gradcheck.check_model(model, X, y) < 1e-6
    for a, b in zip(model.get_weights(), before):
        np.testing.assert_array_equal(a, b)


def test_models_of_whole_numbers_are_right():
    model = Sequential(
        [
            layers.Embedding(7, 3, input_shape=(4,)),
            layers.Flatten(),
            Dense(2),
        ],
        dtype="float64",
    )
    model.compile("sgd", "mse")
    x = RNG.integers(0, 7, (5, 4))
    assert gradcheck.check_model(model, x, np.ones((5, 2))) < 1e-6


def test_check_model_asks_for_float64():
    model = image_model(dtype="float32")
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match='expects dtype="float64"'):
        gradcheck.check_model(model, X, np.eye(3)[CLASSES])


def test_numerical_gradient():
    """L = x0^2 x1 + 3 x1 at (2, 5): 2 x0 x1 = 20 and x0^2 + 3 = 7."""
    x = np.array([2, 5])
    gradient = gradcheck.numerical_gradient(
        lambda x: x[0] ** 2 * x[1] + 3 * x[1], x
    )
    np.testing.assert_allclose(gradient, [20, 7], rtol=1e-9)
    np.testing.assert_array_equal(x, [2, 5])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([3, 4], [3, 4], 0),
        ([0, 0], [0, 0], 0),
        ([3, 4], [0, 0], 1),
        ([3, 4], [-3, -4], 2),
        ([3, 4], [6, 8], 0.5),
        (1.0, 1.1, 0.1 / 1.1),
    ],
)
def test_relative_difference(a, b, expected):
    assert gradcheck.relative_difference(a, b) == pytest.approx(expected)


class Watched(layers.Dense):
    """A Dense that tells what it was given."""

    def forward(self, x, training=False):
        seen.append((self.kernel.copy(), self.bias.copy(), x.copy(), training))
        return super().forward(x, training)


seen = []


def test_what_a_layer_is_checked_with():
    seen.clear()
    layer, x = Watched(40, bias_initializer="ones"), np.ones((2, 3))
    small = gradcheck.check_layer(layer, x)
    assert not layer.trainable_weights  # a copy was built
    # once for r, then 5 directions of kernel, bias and x, forth and back
    assert len(seen) == 1 + 2 * 5 * 3
    assert all(training is True for *_, training in seen)
    assert all(a.dtype == np.float64 for *arrays, _ in seen for a in arrays)
    # 1 from the initializer, shaken by a tenth: each another number
    bias = seen[0][1]
    assert len(set(bias)) == 40
    assert abs(bias.mean() - 1) < 0.1 and 0.05 < bias.std() < 0.15
    assert gradcheck.check_layer(layer, x, 0, 5) == small
    assert gradcheck.check_layer(layer, x, 1, 5) != small
    seen.clear()
    gradcheck.check_layer(layer, x, directions=2, training=False)
    assert len(seen) == 1 + 2 * 2 * 3 and not any(t for *_, t in seen)


def test_what_a_model_is_checked_with():
    model = Sequential([Watched(2, input_shape=(3,))], dtype="float64")
    model.compile("sgd", "mse")
    x, y = np.ones((2, 3)), np.zeros((2, 2))
    seen.clear()
    small = gradcheck.check_model(model, x, y)
    assert len(seen) == 1 + 2 * 5
    assert all(training is True for *_, training in seen)
    assert gradcheck.check_model(model, x, y, 0, 5) == small
    assert gradcheck.check_model(model, x, y, 1, 5) != small


def test_a_layer_within_another_is_copied_too():
    inner = layers.LSTM(2)
    gradcheck.check_layer(layers.Bidirectional(inner), np.ones((1, 2, 3)))
    assert inner.output_shape is None


def test_directions_are_counted():
    text = "^directions expects a number above 0, below .*, received 0$"
    with pytest.raises(ValueError, match=text):
        gradcheck.check_layer(layers.Dense(2), np.ones((1, 3)), directions=0)


def test_the_relative_difference_is_taken_in_float64():
    """Bytes would wrap, and squares of large float32 are infinite."""
    zero, one = np.uint8([0]), np.uint8([1])
    for a, b in ((zero, one), (one, zero), ([0], one), (one, [0])):
        assert gradcheck.relative_difference(a, b) == 1
    a, b = np.float32([1e30]), np.float32([3e30])
    for pair in ((a, b), (b, a), (a, [3e30]), ([1e30], b)):
        assert gradcheck.relative_difference(*pair) == pytest.approx(2 / 3)
