"""Whole trainings against Keras: equal weights, equal batches."""

import numpy as np
import pytest

import dlcore
from dlcore import layers
from dlcore.datasets import mnist_5k


def reference_mlp(module):
    return module.Sequential(
        [
            module.layers.Dense(64, activation="relu"),
            module.layers.Dense(32, activation="relu"),
            module.layers.Dense(10, activation="softmax"),
        ]
    )


def reference_cnn(module):
    return module.Sequential(
        [
            module.layers.Conv2D(32, (3, 3), activation="relu"),
            module.layers.MaxPooling2D((2, 2)),
            module.layers.Flatten(),
            module.layers.Dense(128, activation="relu"),
            module.layers.Dense(10, activation="softmax"),
        ]
    )


def digits(count, shape):
    """Real digits, from 0 to 1."""
    (x, y), _ = mnist_5k()
    x = (x[:count] / 255).astype(np.float32)
    return x.reshape(count, *shape), y[:count]


def twins(keras, architecture, shape, optimizer, loss, metrics=None):
    """The model in both libraries, with dlcore's weights."""
    ours, theirs = architecture(dlcore), architecture(keras)
    ours.build(shape)
    theirs.build((None, *shape))
    theirs.set_weights(ours.get_weights())
    ours.compile(optimizer, loss, metrics=metrics or [])
    theirs.compile(optimizer, loss, metrics=metrics)
    return ours, theirs


@pytest.mark.parametrize(
    ("architecture", "shape", "loss"),
    [
        (reference_mlp, (784,), "categorical_crossentropy"),
        (reference_cnn, (28, 28, 1), "sparse_categorical_crossentropy"),
    ],
    ids=["mlp", "cnn"],
)
def test_25_steps_of_the_reference_models(keras, architecture, shape, loss):
    ours, theirs = twins(keras, architecture, shape, "adam", loss)
    assert ours.count_params() == theirs.count_params()
    x, y = digits(25 * 32, shape)
    if loss == "categorical_crossentropy":
        y = np.eye(10, dtype=np.float32)[y]
    losses = []
    for start in range(0, len(x), 32):
        batch = slice(start, start + 32)
        expected = theirs.train_on_batch(x[batch], y[batch])
        losses.append(ours.train_on_batch(x[batch], y[batch]))
        assert losses[-1] == pytest.approx(float(expected), rel=1e-5)
    assert losses[-1] < 0.7 * losses[0]
    for mine, other in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(mine, other, atol=1e-4)
    np.testing.assert_allclose(
        ours.predict(x[:50]), theirs.predict(x[:50], verbose=0), atol=1e-4
    )


def small(module):
    return module.Sequential(
        [
            module.layers.Dense(6, activation="tanh"),
            module.layers.Dense(3, activation="softmax"),
        ]
    )


def small_binary(module):
    return module.Sequential(
        [
            module.layers.Dense(6, activation="tanh"),
            module.layers.Dense(1, activation="sigmoid"),
        ]
    )


def small_logits(module):
    return module.Sequential([module.layers.Dense(3)])


def small_image(module):
    return module.Sequential(
        [
            module.layers.Reshape((3, 4, 1)),
            module.layers.Conv2D(4, 2, padding="same", activation="relu"),
            module.layers.BatchNormalization(momentum=0.5),
            module.layers.AveragePooling2D((2, 2), padding="same"),
            module.layers.LayerNormalization(),
            module.layers.GlobalAveragePooling2D(),
            module.layers.Activation("tanh"),
            module.layers.Dense(3, activation="softmax"),
        ]
    )


def labels(kind, rng, n):
    classes = rng.integers(0, 3, n)
    return {
        "sparse": classes,
        "one-hot": np.eye(3, dtype=np.float32)[classes],
        "binary": (classes > 1).astype(np.float32),
        "numbers": rng.normal(size=(n, 3)).astype(np.float32),
    }[kind]


@pytest.mark.parametrize(
    ("architecture", "kind", "loss", "metrics"),
    [
        (
            small,
            "one-hot",
            "categorical_crossentropy",
            ["accuracy", "categorical_accuracy"],
        ),
        (small, "sparse", "sparse_categorical_crossentropy", ["acc"]),
        (small_binary, "binary", "binary_crossentropy", ["accuracy"]),
        (small_logits, "numbers", "mean_squared_error", ["mae", "mse"]),
        (small_logits, "numbers", "huber", None),
        (small, "one-hot", "mean_absolute_error", None),
        (small_image, "sparse", "sparse_categorical_crossentropy", ["acc"]),
    ],
)
def test_fit_evaluate_and_predict(
    keras, rng, architecture, kind, loss, metrics
):
    """Batches of 8 from 30 samples: the last one is smaller."""
    ours, theirs = twins(keras, architecture, (12,), "rmsprop", loss, metrics)
    x = rng.normal(size=(30, 12)).astype(np.float32)
    y = labels(kind, rng, 30)
    validation = x[:9], y[:9]
    settings = {
        "epochs": 3,
        "batch_size": 8,
        "shuffle": False,
        "verbose": 0,
        "validation_data": validation,
    }
    history = ours.fit(x, y, **settings)
    expected = theirs.fit(x, y, **settings)
    assert history.epoch == expected.epoch
    assert set(history.history) == set(expected.history)
    for key, values in expected.history.items():
        np.testing.assert_allclose(
            history.history[key], values, rtol=1e-4, err_msg=key
        )
    np.testing.assert_allclose(
        ours.predict(x, batch_size=7),
        theirs.predict(x, batch_size=7, verbose=0),
        atol=2e-5,
    )
    received = ours.evaluate(x, y, batch_size=7, verbose=0)
    expected = theirs.evaluate(x, y, batch_size=7, verbose=0)
    assert isinstance(received, list) == isinstance(expected, list)
    np.testing.assert_allclose(received, expected, rtol=1e-4)
    received = ours.evaluate(x, y, verbose=0, return_dict=True)
    expected = theirs.evaluate(x, y, verbose=0, return_dict=True)
    assert set(received) == set(expected)


def test_dropout_keeps_the_share_and_the_mean_that_keras_keeps(keras):
    x = np.ones((400, 50), np.float32)
    ours = layers.Dropout(0.3)
    ours.build((50,), np.random.default_rng(0))
    theirs = keras.layers.Dropout(0.3, seed=0)
    for y in (ours.forward(x, True), theirs(x, training=True).numpy()):
        kept = y != 0
        assert kept.mean() == pytest.approx(0.7, abs=0.01)
        np.testing.assert_allclose(y[kept], 1 / 0.7, rtol=1e-6)
