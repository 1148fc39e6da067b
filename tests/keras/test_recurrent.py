"""Recurrent layers against Keras's: outputs, dx and all gradients."""

import numpy as np
import pytest

from dlcore import Model, Sequential, compare, layers

RNG = np.random.default_rng(5)
X = np.random.default_rng(0).normal(size=(3, 6, 4)).astype(np.float32)
MASK = np.random.default_rng(1).random((3, 6)) > 0.4

CASES = [
    (name, {"units": 5, **own, **settings}, mask)
    for name, own in (
        ("SimpleRNN", {}),
        ("LSTM", {}),
        ("GRU", {}),
        ("GRU", {"reset_after": False}),
    )
    for settings in (
        {},
        {"return_sequences": True},
        {"go_backwards": True, "return_sequences": True},
    )
    for mask in (None, MASK)
]


def agree(tf, ours, theirs, mask, first=()):
    """Same weights in both; y, dx and every gradient for a random dy.

    first: the states to start from; dL/d(state) is compared as well.
    """
    rng = np.random.default_rng(2)
    shape = X.shape[1:]
    state = np.concatenate(first, axis=1) if first else None
    ours.build([shape, state.shape[1:]] if first else shape, rng)
    theirs.build(X.shape)
    weights = [rng.normal(size=w.shape) * 0.5 for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    ours.mask = [mask, None] if first else mask
    y = ours.forward([X, state] if first else X, training=True)
    dy = rng.normal(size=y.shape).astype(np.float32)
    dx = ours.backward(dy)
    with tf.GradientTape() as tape:
        x, *first = (tf.constant(array) for array in (X, *first))
        tape.watch([x, *first])
        # A rolled-out loop, as ours is; the graph's loop has no gradient.
        theirs_y = theirs(
            x,
            mask=None if mask is None else tf.constant(mask),
            **({"initial_state": first} if first else {}),
        )
        if isinstance(theirs_y, (list, tuple)):  # [y, *states]
            theirs_y = tf.concat(order_of_ours(theirs_y[1:]), axis=1)
        loss = tf.reduce_sum(theirs_y * dy)
    wanted = tape.gradient(loss, [x, *first, *theirs.trainable_variables])
    if first:
        dx = [dx[0], *np.split(dx[1], len(first), axis=1)]
    received = [
        *(dx if first else [dx]),
        *(getattr(ours, "d" + name) for name in ours.trainable_weights),
    ]
    np.testing.assert_allclose(y, theirs_y, atol=2e-6)
    for a, b in zip(received, wanted, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)


def order_of_ours(states):
    """[h, c, h', c'] of two directions, as Keras has them: [h, h', c, c']."""
    return [states[i] for i in (0, 2, 1, 3)] if states[3:] else states


@pytest.mark.parametrize("name, arguments, mask", CASES)
def test_layer(tf, keras, name, arguments, mask):
    ours = getattr(layers, name)(**arguments)
    theirs = getattr(keras.layers, name)(**arguments)
    agree(tf, ours, theirs, mask)


STATES = [("SimpleRNN", 1), ("LSTM", 2), ("GRU", 1)]


@pytest.mark.parametrize("name, count", STATES)
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
def test_last_states(tf, keras, name, count, mask):
    arguments = {"units": 3, "return_state": True}
    ours = getattr(layers, name)(**arguments)
    theirs = getattr(keras.layers, name)(**arguments)
    agree(tf, ours, theirs, mask)
    ours = layers.Bidirectional(getattr(layers, name)(**arguments))
    theirs = keras.layers.Bidirectional(
        getattr(keras.layers, name)(**arguments)
    )
    agree(tf, ours, theirs, mask)


@pytest.mark.parametrize("name, count", STATES)
@pytest.mark.parametrize("settings", [{}, {"return_sequences": True},
                                      {"return_state": True}])
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
def test_first_states(tf, keras, name, count, settings, mask):
    if mask is not None:  # else Keras answers 0 until a moment counts
        mask = mask | (np.arange(6) == 0)
    rng = np.random.default_rng(4)
    first = [
        rng.normal(size=(3, 5)).astype(np.float32) for _ in range(count)
    ]
    ours = getattr(layers, name)(5, **settings)
    theirs = getattr(keras.layers, name)(5, **settings)
    agree(tf, ours, theirs, mask, first)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
def test_bidirectional(tf, keras, name, sequences, mask):
    arguments = {"units": 3, "return_sequences": sequences}
    ours = layers.Bidirectional(getattr(layers, name)(**arguments))
    theirs = keras.layers.Bidirectional(
        getattr(keras.layers, name)(**arguments)
    )
    agree(tf, ours, theirs, mask)


def test_initial_weights_have_keras_bounds(keras):
    for name in ("SimpleRNN", "LSTM", "GRU"):
        ours = getattr(layers, name)(8)
        theirs = getattr(keras.layers, name)(8)
        ours.build((5, 4), np.random.default_rng(0))
        theirs.build((None, 5, 4))
        for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            assert a.shape == b.shape
        np.testing.assert_array_equal(ours.bias, theirs.get_weights()[2])
        square = ours.recurrent_kernel
        np.testing.assert_allclose(square @ square.T, np.eye(8), atol=1e-5)


def test_a_model_goes_to_keras_and_back(keras):
    model = Sequential(
        [
            layers.Embedding(9, 4, mask_zero=True, input_shape=(6,)),
            layers.Bidirectional(layers.GRU(3, return_sequences=True)),
            layers.LSTM(5, go_backwards=True),
            layers.Dense(2),
        ]
    )
    texts = np.random.default_rng(0).integers(0, 9, (7, 6))
    twin = compare.to_keras(model)
    y = model.predict(texts)
    np.testing.assert_allclose(y, twin(texts), atol=1e-6)
    again = compare.from_keras(twin)
    np.testing.assert_array_equal(again.predict(texts), y)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_an_encoder_with_its_decoder_goes_to_keras(keras, name):
    kind = getattr(layers, name)
    source, target = layers.Input((6,)), layers.Input((5,))
    read = layers.Embedding(9, 3, mask_zero=True)(source)
    # Both directions, so that order of the states counts.
    state = layers.Bidirectional(kind(2, return_state=True))(read)
    written = layers.Embedding(9, 3)(target)
    y = kind(4, return_sequences=True)([written, state])
    model = Model([source, target], layers.Dense(9)(y))
    texts = [RNG.integers(0, 9, (7, 6)), RNG.integers(0, 9, (7, 5))]
    twin = compare.to_keras(model)
    np.testing.assert_allclose(
        model.predict(texts), twin(texts), atol=1e-6
    )


def test_states_at_the_end_go_to_keras(keras):
    model = Sequential([layers.LSTM(3, return_state=True, input_shape=(6, 4))])
    twin = compare.to_keras(model)
    np.testing.assert_allclose(model.predict(X), twin(X), atol=1e-6)


def test_two_different_directions_are_refused(keras):
    twin = keras.Sequential(
        [
            keras.Input((6, 4)),
            keras.layers.Bidirectional(
                keras.layers.LSTM(2),
                backward_layer=keras.layers.LSTM(3, go_backwards=True),
            ),
        ]
    )
    with pytest.raises(ValueError, match="backward_layer"):
        compare.from_keras(twin)


def test_settings_that_dlcore_lacks_are_refused(keras):
    twin = keras.Sequential(
        [keras.Input((6, 4)), keras.layers.LSTM(2, dropout=0.5)]
    )
    with pytest.raises(ValueError, match="dropout=0.5"):
        compare.from_keras(twin)
