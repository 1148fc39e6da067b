"""Every loss against Keras's: the value and its gradient."""

import inspect

import numpy as np
import pytest

from dlcore import Sequential, layers, losses
from dlcore.activations import sigmoid, softmax

SHAPES = [(4, 3), (1, 2), (2, 5, 3), (7, 10)]


def value_and_gradient(tf, loss, y_true, y_pred, weights):
    y_pred = tf.constant(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        value = loss(y_true, y_pred, weights)
    return float(value), tape.gradient(value, y_pred).numpy()


def compare(
    keras, tf, name, arguments, y_true, y_pred, rtol=2e-6, weights=None
):
    ours = getattr(losses, name)(**arguments)
    theirs = getattr(keras.losses, name)(**arguments)
    kept = np.array(y_true), y_pred.copy()
    value, gradient = value_and_gradient(tf, theirs, y_true, y_pred, weights)
    received = ours(y_true, y_pred, weights)
    assert type(received) is float
    np.testing.assert_allclose(received, value, rtol=rtol, atol=1e-9)
    dy = ours.backward()
    assert dy.dtype == np.float32 and dy.shape == y_pred.shape
    scale = max(np.abs(gradient).max(), 1e-6)
    np.testing.assert_allclose(dy / scale, gradient / scale, atol=5e-6)
    np.testing.assert_array_equal(y_true, kept[0])
    np.testing.assert_array_equal(y_pred, kept[1])


@pytest.mark.parametrize("shape", [*SHAPES, (5, 1), (3, 4, 4, 2)])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("MeanSquaredError", {}),
        ("MeanAbsoluteError", {}),
        ("Huber", {}),
        ("Huber", {"delta": 0.3}),
    ],
)
def test_regression(keras, tf, rng, name, arguments, shape):
    y_true = rng.normal(size=shape).astype(np.float32)
    y_pred = 2 * rng.normal(size=shape).astype(np.float32)
    y_pred.flat[0] = y_true.flat[0]  # no error at all
    compare(keras, tf, name, arguments, y_true, y_pred)


@pytest.mark.parametrize("shape", [*SHAPES, (5, 1)])
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7, 1.0])
def test_binary(keras, tf, rng, shape, from_logits, soft, smoothing):
    y_true = rng.random(shape).astype(np.float32)
    if not soft:
        y_true = y_true.round()
    y_pred = 3 * rng.normal(size=shape).astype(np.float32)
    if not from_logits:
        y_pred = sigmoid(y_pred)
    arguments = {"from_logits": from_logits, "label_smoothing": smoothing}
    compare(keras, tf, "BinaryCrossentropy", arguments, y_true, y_pred)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("labels", ["sparse", "column", "one-hot", "soft"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7, 1.0])
def test_categorical(keras, tf, rng, shape, from_logits, labels, smoothing):
    classes = rng.integers(0, shape[-1], shape[:-1])
    y_true = {
        "sparse": classes,
        "column": classes[..., None],
        "one-hot": np.eye(shape[-1], dtype=np.float32)[classes],
        "soft": softmax(rng.normal(size=shape).astype(np.float32)),
    }[labels]
    name = "CategoricalCrossentropy"
    arguments = {"from_logits": from_logits, "label_smoothing": smoothing}
    if labels in ("sparse", "column"):
        name = "Sparse" + name
        del arguments["label_smoothing"]  # Keras has none for these
    y_pred = 3 * rng.normal(size=shape).astype(np.float32)
    if not from_logits:
        y_pred = softmax(y_pred)
    compare(keras, tf, name, arguments, y_true, y_pred)


@pytest.mark.parametrize("shape", SHAPES)
def test_divergence(keras, tf, rng, shape):
    y_true = softmax(3 * rng.normal(size=shape).astype(np.float32))
    y_pred = softmax(3 * rng.normal(size=shape).astype(np.float32))
    compare(keras, tf, "KLDivergence", {}, y_true, y_pred)
    one_hot = np.eye(shape[-1], dtype=np.float32)[y_true.argmax(-1)]
    compare(keras, tf, "KLDivergence", {}, one_hot, y_pred)


@pytest.mark.parametrize("name", losses.KINDS)
@pytest.mark.parametrize("shape", [(4, 3), (4, 5, 3)])
@pytest.mark.parametrize("weights", ["one", "each"])
def test_weights(keras, tf, rng, name, shape, weights):
    y_true = np.eye(3, dtype=np.float32)[rng.integers(0, 3, shape[:-1])]
    if "Sparse" in name:
        y_true = y_true.argmax(-1)
    y_pred = softmax(rng.normal(size=shape).astype(np.float32))
    if weights == "each":
        weights = rng.random(shape[:-1]).astype(np.float32)
    else:  # one a sample; with time, Keras wants the axis spelled out
        weights = rng.random(4).astype(np.float32)
        weights = np.broadcast_to(
            weights.reshape(4, *[1] * (len(shape) - 2)), shape[:-1]
        )
    compare(keras, tf, name, {}, y_true, y_pred, weights=weights)


@pytest.mark.parametrize("name", losses._TABLE)
def test_keras_knows_the_name(keras, name):
    assert keras.losses.get(name) is not None


def test_arguments_stand_where_keras_has_them(keras):
    for name, kind in losses.KINDS.items():
        theirs = inspect.signature(getattr(keras.losses, name)).parameters
        ours = inspect.signature(kind).parameters
        assert list(ours) == list(theirs)[: len(ours)]
        for argument, parameter in ours.items():
            assert parameter.default == theirs[argument].default


def test_probabilities_that_do_not_sum_to_one_are_divided(keras, tf, rng):
    y_pred = rng.uniform(0.1, 3.0, (6, 4)).astype(np.float32)
    classes = rng.integers(0, 4, 6)
    name = "CategoricalCrossentropy"
    one_hot = np.eye(4, dtype=np.float32)[classes]
    compare(keras, tf, name, {}, one_hot, y_pred)
    y_pred /= 3.1  # sparse clips first: below 1 nothing is cut
    compare(keras, tf, "Sparse" + name, {}, classes, y_pred)


EXTREME = np.array(
    [[0, 1], [1, 0], [1e-9, 1 - 1e-9], [1e-7, 1 - 1e-7], [0.5, 0.5]],
    np.float32,
)


@pytest.mark.parametrize("column", [0, 1])
def test_probabilities_of_zero_and_one(keras, tf, column):
    classes = np.full(5, column)
    one_hot = np.eye(2, dtype=np.float32)[classes]
    name = "CategoricalCrossentropy"
    compare(keras, tf, name, {}, one_hot, EXTREME)
    compare(keras, tf, "Sparse" + name, {}, classes, EXTREME)
    compare(keras, tf, "BinaryCrossentropy", {}, one_hot, EXTREME)
    compare(keras, tf, "KLDivergence", {}, one_hot, EXTREME)
    smooth = {"label_smoothing": 0.1}
    compare(keras, tf, name, smooth, one_hot, EXTREME)
    compare(keras, tf, "BinaryCrossentropy", smooth, one_hot, EXTREME)


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("size", [30, 200, 1e4])
def test_large_logits(keras, tf, column, size):
    y_pred = size * np.array([[1, -1], [-1, 1], [1, 1]], np.float32)
    classes = np.full(3, column)
    one_hot = np.eye(2, dtype=np.float32)[classes]
    name, logits = "CategoricalCrossentropy", {"from_logits": True}
    compare(keras, tf, name, logits, one_hot, y_pred)
    compare(keras, tf, "Sparse" + name, logits, classes, y_pred)
    compare(keras, tf, "BinaryCrossentropy", logits, one_hot, y_pred)


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("softmax", "categorical_crossentropy"),
        ("softmax", "sparse_categorical_crossentropy"),
        ("sigmoid", "binary_crossentropy"),
    ],
)
@pytest.mark.parametrize("scale", [1, 50])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_of_a_model_and_its_gradient(
    keras, tf, rng, activation, loss, scale, smoothing
):
    """The fused path against Keras, which takes the logits as well."""
    ours, theirs = losses.get(loss), keras.losses.get(loss)
    if smoothing and "sparse" not in loss:
        kind, arguments = type(ours).__name__, {"label_smoothing": smoothing}
        theirs = getattr(keras.losses, kind)(**arguments)
        ours = type(ours)(**arguments)
    loss, our_loss = theirs, ours
    x = scale * rng.normal(size=(6, 4)).astype(np.float32)
    classes = rng.integers(0, 3, 6)
    y = classes
    if "Sparse" not in str(our_loss):
        y = np.eye(3, dtype=np.float32)[classes]
    ours = Sequential([layers.Dense(3, activation, input_shape=(4,))])
    ours.compile("sgd", our_loss)
    dense = keras.layers.Dense(3, activation)
    dense.build((None, 4))
    dense.set_weights(ours.get_weights())
    with tf.GradientTape() as tape:
        value = loss(y, dense(x))
        value = tf.reduce_mean(value)
    gradients = tape.gradient(value, dense.trainable_variables)
    before = ours.get_weights()
    received = ours.train_on_batch(x, y)
    np.testing.assert_allclose(received, float(value), rtol=2e-6)
    for weight, gradient, layer_gradient in zip(
        before, gradients, (ours.layers[0].dkernel, ours.layers[0].dbias)
    ):
        assert weight.shape == gradient.shape
        np.testing.assert_allclose(
            layer_gradient, gradient, rtol=1e-5, atol=1e-6 * scale
        )
