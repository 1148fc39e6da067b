"""The bridge to Keras: same architecture, same weights, same steps."""

import os
import runpy
import sys
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from dlcore import Sequential, layers, losses, optimizers, plot
from dlcore.schedules import ExponentialDecay

with warnings.catch_warnings():
    # TensorFlow imports deprecated names of other packages.
    warnings.simplefilter("ignore")
    from dlcore import compare

mpl.use("Agg")
keras, tf = compare.keras, compare.tf

RNG = np.random.default_rng(0)
IMAGES = RNG.random((6, 8, 9, 2), dtype=np.float32)
WORDS = RNG.integers(0, 11, (6, 5))
ROWS = RNG.standard_normal((6, 4), dtype=np.float32)

#: Every layer that dlcore shares with Keras, in unusual settings.
STACKS = {
    "dense": (
        ROWS,
        lambda: [
            layers.Input((4,)),
            layers.Dense(5, activation="tanh", use_bias=False),
            layers.LayerNormalization(epsilon=0.01),
            layers.Dropout(0.4),
            layers.Dense(3),
            layers.Activation("softmax"),
        ],
    ),
    "valid": (
        IMAGES,
        lambda: [
            layers.Conv2D(
                3, (2, 3), strides=(2, 1), activation="relu",
                input_shape=(8, 9, 2),
            ),
            layers.BatchNormalization(momentum=0.7, epsilon=0.02),
            layers.MaxPooling2D((2, 3), strides=1),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
    ),
    "same": (
        IMAGES,
        lambda: [
            layers.Conv2D(
                4, 3, padding="same", use_bias=False, input_shape=(8, 9, 2)
            ),
            layers.AveragePooling2D((3, 2), padding="same"),
            layers.Reshape((-1, 5, 4)),
            layers.Conv2D(3, 1),
            layers.GlobalAveragePooling2D(),
            layers.Activation("softmax"),
        ],
    ),
    "words": (
        WORDS,
        lambda: [
            layers.Embedding(11, 4, input_shape=(5,)),
            layers.Dense(3, activation="sigmoid"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
    ),
}  # fmt: skip
LABELS = np.array([0, 1, 2, 2, 1, 0])


def stack(name, dtype="float32"):
    """The inputs and a model whose every weight is random."""
    x, make = STACKS[name]
    model = Sequential(make(), dtype=dtype)
    rng = np.random.default_rng(1)
    # Variances must stay positive, so all weights do.
    model.set_weights([rng.random(w.shape) for w in model.get_weights()])
    return x, model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", STACKS)
def test_the_twin_in_keras_gives_the_same_numbers(name, dtype):
    x, model = stack(name, dtype)
    twin = compare.to_keras(model)
    assert twin.count_params() == model.count_params()
    assert {w.dtype for w in twin.weights} <= {dtype}
    ours = model.predict(x)
    theirs = twin.predict(x, verbose=0)
    assert theirs.dtype == dtype
    # Keras keeps batch normalisation and softmax in float32 here and there.
    np.testing.assert_allclose(theirs, ours, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", STACKS)
def test_there_and_back_is_the_same_model(name):
    x, model = stack(name)
    back = compare.from_keras(compare.to_keras(model))
    kinds = [
        type(layer)
        for layer in model.layers
        if not isinstance(layer, layers.Input)
    ]
    assert [type(layer) for layer in back.layers] == kinds
    np.testing.assert_array_equal(back.predict(x), model.predict(x))


def test_the_layers_of_keras_keep_names_and_settings():
    _, model = stack("valid")
    twin = compare.to_keras(model)
    assert twin.name == model.name
    conv, norm, pool, *_ = twin.layers
    assert [layer.name for layer in twin.layers] == [
        layer.name for layer in model.layers
    ]
    assert (conv.filters, conv.kernel_size, conv.strides) == (
        3,
        (2, 3),
        (2, 1),
    )
    assert (norm.momentum, norm.epsilon) == (0.7, 0.02)
    assert (pool.pool_size, pool.strides) == ((2, 3), (1, 1))


def test_a_keras_model_made_by_hand_comes_over():
    twin = keras.Sequential(
        [
            keras.Input((8, 9, 2)),
            keras.layers.Conv2D(3, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.LayerNormalization(),
            keras.layers.Dense(2),
        ]
    )
    model = compare.from_keras(twin, seed=7)
    assert model.seed == 7
    np.testing.assert_allclose(
        model.predict(IMAGES), twin.predict(IMAGES, verbose=0), atol=1e-5
    )


def test_weights_are_copied_in_either_direction():
    _, model = stack("valid")
    twin = compare.to_keras(model)
    changed = [w + 1 for w in model.get_weights()]
    model.set_weights(changed)
    vector = model.vector
    compare.copy_weights(model, twin)
    for layer, theirs in zip(model.layers, twin.layers):
        for ours, copied in zip(layer.get_weights(), theirs.get_weights()):
            np.testing.assert_array_equal(copied, ours)
    model.set_weights([0 * w for w in changed])
    compare.copy_weights(twin, model)
    for ours, expected in zip(model.get_weights(), changed):
        np.testing.assert_array_equal(ours, expected)
    assert model.vector is vector and np.shares_memory(
        vector, model.layers[0].kernel
    )


def dense(units, inputs=3):
    return Sequential([layers.Dense(units, input_shape=(inputs,))])


def test_copying_into_another_shape_changes_nothing():
    source, target = dense(4), dense(5)
    before = target.vector.copy()
    with pytest.raises(
        ValueError, match=r"shapes .*\(3, 5\).* received .*\(3, 4\)"
    ):
        compare.copy_weights(source, target)
    np.testing.assert_array_equal(target.vector, before)


@pytest.mark.parametrize(
    "wrong", [Sequential([layers.Dense(3)]), None, "model"]
)
def test_to_keras_needs_a_built_model(wrong):
    with pytest.raises(ValueError, match="expects a built dlcore model"):
        compare.to_keras(wrong)


def sequential(*stack, shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), *stack])


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: None, TypeError, "keras.Sequential, received NoneType"),
        (lambda: dense(2), TypeError, "expects a keras.Sequential"),
        (
            lambda: keras.Sequential([keras.layers.Dense(2)]),
            ValueError,
            "expects a built model",
        ),
        (
            lambda: sequential(keras.layers.Dense(2), shape=(None, 3)),
            ValueError,
            "fixed input shape",
        ),
        (
            lambda: sequential(keras.layers.SpatialDropout2D(0.2, name="s")),
            ValueError,
            'layer "s" is a SpatialDropout2D, which dlcore does not have',
        ),
        (
            lambda: sequential(
                keras.layers.Conv2D(2, 3, dilation_rate=2, name="wide")
            ),
            ValueError,
            r'layer "wide" has dilation_rate=\(2, 2\)',
        ),
        (
            lambda: sequential(keras.layers.BatchNormalization(scale=False)),
            ValueError,
            "has scale=False",
        ),
        (
            lambda: sequential(keras.layers.Dense(2, kernel_regularizer="l2")),
            ValueError,
            "has kernel_regularizer=",
        ),
        (
            lambda: sequential(
                keras.layers.GlobalAveragePooling2D(
                    data_format="channels_first"
                )
            ),
            ValueError,
            "channels first",
        ),
    ],
)
def test_what_dlcore_lacks_is_refused(make, error, says):
    with pytest.raises(error, match=says):
        compare.from_keras(make())


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("mse", keras.losses.MeanSquaredError()),
        ("mae", keras.losses.MeanAbsoluteError()),
        (losses.Huber(delta=0.3), keras.losses.Huber(delta=0.3)),
        (
            losses.BinaryCrossentropy(True),
            keras.losses.BinaryCrossentropy(from_logits=True),
        ),
        (
            "categorical_crossentropy",
            keras.losses.CategoricalCrossentropy(),
        ),
        (
            losses.SparseCategoricalCrossentropy(from_logits=True),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        ),
    ],
)
def test_losses_keep_their_settings(loss, expected):
    twin = compare.keras_loss(loss)
    assert type(twin) is type(expected)
    y_true = np.eye(3, dtype=np.float32)[LABELS]
    if "Sparse" in type(expected).__name__:
        y_true = LABELS
    y_pred = RNG.random((6, 3), dtype=np.float32)
    assert float(twin(y_true, y_pred)) == float(expected(y_true, y_pred))


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (
            optimizers.SGD(0.3, momentum=0.8, nesterov=True),
            keras.optimizers.SGD,
        ),
        ("rmsprop", keras.optimizers.RMSprop),
        (
            optimizers.Adagrad(0.1, clipnorm=0.5, use_ema=True),
            keras.optimizers.Adagrad,
        ),
        (optimizers.Adam(0.1, 0.8, 0.9, 1e-3), keras.optimizers.Adam),
        (optimizers.AdamW(0.1, weight_decay=0.2), keras.optimizers.AdamW),
    ],
)
def test_optimizers_keep_their_settings(optimizer, expected):
    twin = compare.keras_optimizer(optimizer)
    assert type(twin) is expected
    config = optimizers.get(optimizer).get_config()
    for key, value in config.items():
        theirs = twin.get_config()[key]
        if value is None:
            assert theirs is None, key
        else:
            assert theirs == pytest.approx(value, rel=1e-6), key


def test_schedules_come_over():
    optimizer = optimizers.SGD(ExponentialDecay(0.5, 10, 0.1))
    schedule = compare.keras_optimizer(optimizer)._learning_rate
    assert float(schedule(10)) == pytest.approx(0.05)
    assert float(schedule(20)) == pytest.approx(0.005)


def trainable(optimizer="adam", **arguments):
    model = Sequential(
        [
            layers.Dense(8, activation="relu", input_shape=(4,)),
            layers.Dense(3, activation="softmax"),
        ],
        **arguments,
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_both_libraries_train_alike(optimizer, shuffle):
    model = trainable(optimizer)
    start = model.vector.copy()
    result = compare.step_by_step(
        model, ROWS, LABELS, steps=7, batch_size=4, shuffle=shuffle
    )
    assert [len(part) for part in result] == [7, 7, 7]
    np.testing.assert_allclose(result.dlcore, result.keras, rtol=1e-5)
    assert max(result.difference) < 1e-5
    assert np.abs(model.vector - start).max() > 1e-4  # it was trained


def test_batches_cover_the_data_in_order_and_again():
    model = trainable("sgd")
    by_hand = trainable("sgd")
    result = compare.step_by_step(model, ROWS, LABELS, steps=3, batch_size=4)
    for part in (slice(0, 4), slice(4, 6), slice(0, 4)):
        by_hand.train_on_batch(ROWS[part], LABELS[part])
    np.testing.assert_array_equal(model.vector, by_hand.vector)
    assert len(set(result.dlcore)) == 3


def test_a_model_that_is_not_built_learns_its_shape():
    model = Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    result = compare.step_by_step(model, ROWS, LABELS, steps=1)
    assert result.dlcore == pytest.approx(result.keras, rel=1e-5)


def trained():
    model = trainable()
    model.train_on_batch(ROWS, LABELS)
    return model


def with_dropout():
    model = trainable()
    model.add(layers.Dropout(0.5))
    return model


@pytest.mark.parametrize(
    ("make", "x", "says"),
    [
        (lambda: dense(3, 4), ROWS, "expects a compiled dlcore model"),
        (trained, ROWS, "after 1 updates"),
        (with_dropout, ROWS, "received Dropout with rate 0.5"),
        (trainable, ROWS[:3], "received 3 inputs and 6 labels"),
        (trainable, ROWS[:0], "received 0 inputs and 6 labels"),
    ],
)
def test_step_by_step_refuses_what_cannot_agree(make, x, says):
    with pytest.raises(ValueError, match=says):
        compare.step_by_step(make(), x, LABELS)


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        losses.SparseCategoricalCrossentropy(),
        keras.losses.SparseCategoricalCrossentropy(),
        lambda y, p: -tf.math.log(tf.gather(p, y, batch_dims=1)),
    ],
)
@pytest.mark.parametrize("name", ["valid", "words"])
def test_gradients_agree_with_backward(name, loss):
    x, model = stack(name)
    model.compile("sgd", "sparse_categorical_crossentropy")
    twin = compare.to_keras(model)
    found = compare.gradients(twin, loss, x, LABELS)
    ours = losses.SparseCategoricalCrossentropy()
    ours(LABELS, model.forward(x))
    model.backward(ours.backward())
    expected = [
        getattr(layer, f"d{name}")
        for layer in model.layers
        for name in layer.trainable_weights
    ]
    assert len(found) == len(expected)
    for theirs, dweight in zip(found, expected):
        np.testing.assert_allclose(theirs, dweight, rtol=1e-4, atol=1e-6)


def test_gradients_know_training_from_predicting():
    x, model = stack("valid")
    twin = compare.to_keras(model)
    kernel, training = (
        compare.gradients(
            twin, "sparse_categorical_crossentropy", x, LABELS, training
        )[0]
        for training in (False, True)
    )
    assert np.abs(kernel - training).max() > 1e-6


def test_pictures_are_the_same_for_both_libraries():
    def words(draw, model, **arguments):
        found = [text.get_text() for text in draw(model, **arguments).texts]
        plt.close("all")
        return found

    _, model = stack("valid")
    twin = compare.to_keras(model)
    assert words(plot.architecture, twin) == words(plot.architecture, model)
    model = trainable()
    twin = compare.to_keras(model)
    assert words(plot.network, twin, weights=True) == words(
        plot.network, model, weights=True
    )


def test_without_tensorflow_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=r"pip install 'dlcore\[compare\]'"):
        runpy.run_path(sys.modules["dlcore.compare.backend"].__file__)


def test_the_log_of_tensorflow_is_kept_quiet():
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "2"
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
