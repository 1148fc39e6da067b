"""Networks whose paths meet, weights and masks, against Keras step by step."""

import numpy as np
import pytest

import dlcore
from dlcore import compare, layers
from dlcore.utils import to_categorical

RNG = np.random.default_rng(8)
IMAGES = RNG.normal(size=(24, 8, 8, 2)).astype(np.float32)
POINTS = RNG.normal(size=(24, 3)).astype(np.float32)
WORDS = RNG.integers(0, 6, (24, 5))
CLASSES = RNG.integers(0, 3, 24)


def residual():
    inputs = layers.Input((8, 8, 2))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    y = layers.Conv2D(4, 3, padding="same")(layers.BatchNormalization()(x))
    y = layers.Concatenate()([inputs, layers.Add()([x, y, x])])
    y = layers.MaxPooling2D(2)(layers.Conv2D(3, 3, activation="relu")(y))
    y = layers.Dense(3, "softmax")(layers.Flatten()(y))
    return dlcore.Model(inputs, y)


def two_inputs():
    words, points = layers.Input((5,)), layers.Input((3,))
    x = layers.Embedding(6, 4, mask_zero=True)(words)
    x = layers.LSTM(4)(layers.Dense(4, "tanh")(x))
    y = layers.Add()([x, layers.Dense(4)(points)])
    return dlcore.Model([words, points], layers.Dense(3, "softmax")(y))


def tagger():
    return dlcore.Sequential(
        [
            layers.Embedding(6, 4, mask_zero=True, input_shape=(5,)),
            layers.GRU(4, return_sequences=True),
            layers.Dense(3, "softmax"),
        ]
    )


def twins(keras, make, loss="sparse_categorical_crossentropy"):
    ours = make()
    theirs = compare.to_keras(ours)
    ours.compile("sgd", loss)
    theirs.compile(keras.optimizers.SGD(), loss)
    return ours, theirs


def agree(ours, theirs):
    for mine, other in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "x"), [(residual, IMAGES), (two_inputs, [WORDS, POINTS])]
)
def test_ten_steps(keras, make, x):
    ours, theirs = twins(keras, make)
    for _ in range(10):
        mine = ours.train_on_batch(x, CLASSES)
        other = float(theirs.train_on_batch(x, CLASSES))
        assert mine == pytest.approx(other, rel=1e-5)
    agree(ours, theirs)


# Keras cannot multiply one weight a sample with a mask of moments;
# tests/core/test_training.py has that by hand.
@pytest.mark.parametrize("weighted", [None, "moments"])
def test_masked_sequences_with_weights(keras, weighted):
    ours, theirs = twins(keras, tagger)
    tags = RNG.integers(0, 3, WORDS.shape)
    weight = {
        None: None,
        "moments": RNG.random((24, 5)).astype(np.float32),
    }[weighted]
    for _ in range(5):
        mine = ours.train_on_batch(WORDS, tags, sample_weight=weight)
        other = theirs.train_on_batch(WORDS, tags, sample_weight=weight)
        assert mine == pytest.approx(float(other), rel=1e-5)
    agree(ours, theirs)


def classifier():
    return dlcore.Sequential(
        [layers.Dense(3, "softmax", input_shape=(3,))]
    )


@pytest.mark.parametrize(
    ("y", "loss"),
    [
        (CLASSES, "sparse_categorical_crossentropy"),
        (to_categorical(CLASSES), "categorical_crossentropy"),
        (to_categorical(CLASSES), "mse"),
    ],
)
@pytest.mark.parametrize(
    "how",
    [
        {"class_weight": {0: 2.0, 2: 0.1}},
        {"sample_weight": RNG.random(24).astype(np.float32)},
        {"validation_split": 0.3},
        {
            "validation_data": (
                POINTS[:5],
                slice(5),
                RNG.random(5).astype(np.float32),
            )
        },
    ],
    ids=lambda how: next(iter(how)),
)
def test_what_fit_takes(keras, y, loss, how):
    """Whole epochs, with a last batch that is smaller."""
    if "validation_data" in how:
        x, rows, weight = how["validation_data"]
        how = {"validation_data": (x, y[rows], weight)}
    ours, theirs = twins(keras, classifier, loss)
    settings = {"epochs": 3, "batch_size": 7, "shuffle": False, "verbose": 0}
    mine = ours.fit(POINTS, y, **settings, **how).history
    other = theirs.fit(POINTS, y, **settings, **how).history
    assert mine.keys() == other.keys()
    for name in mine:
        np.testing.assert_allclose(mine[name], other[name], rtol=1e-5)
    agree(ours, theirs)


@pytest.mark.parametrize("how", [{"clipnorm": 0.1}, {"global_clipnorm": 0.1}])
def test_clipping_by_weight_and_altogether(keras, how):
    ours, theirs = twins(keras, residual)
    ours.compile(
        dlcore.optimizers.SGD(**how), "sparse_categorical_crossentropy"
    )
    theirs.compile(
        keras.optimizers.SGD(**how), "sparse_categorical_crossentropy"
    )
    for _ in range(3):
        ours.train_on_batch(IMAGES, CLASSES)
        theirs.train_on_batch(IMAGES, CLASSES)
    agree(ours, theirs)


def test_evaluate_with_weights(keras):
    ours, theirs = twins(keras, classifier)
    weight = RNG.random(24).astype(np.float32)
    how = {"sample_weight": weight, "batch_size": 7, "verbose": 0}
    assert ours.evaluate(POINTS, CLASSES, **how) == pytest.approx(
        theirs.evaluate(POINTS, CLASSES, **how), rel=1e-5
    )


def test_attention_in_a_row_behind_an_input(keras):
    """Keras needs a graph for it; the Input in the row is no layer there."""
    ours = dlcore.Sequential(
        [
            layers.Input((5, 4)),
            layers.MultiHeadAttention(2, 3),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    theirs = compare.to_keras(ours)
    x = RNG.normal(size=(6, 5, 4)).astype(np.float32)
    np.testing.assert_allclose(
        ours.predict(x), theirs.predict(x, verbose=0), rtol=1e-4, atol=1e-6
    )
