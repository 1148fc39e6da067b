"""Recurrent layers against numbers worked by hand, and their gradients."""

import numpy as np
import pytest

from dlcore import Sequential, gradcheck, load_model
from dlcore.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Embedding,
    SimpleRNN,
)
from dlcore.optimizers import Adam

X = np.random.default_rng(0).normal(size=(3, 6, 4))
MASK = np.random.default_rng(1).random((3, 6)) > 0.4
KINDS = {
    "SimpleRNN": (SimpleRNN, {}),
    "LSTM": (LSTM, {}),
    "LSTM without forget bias": (LSTM, {"unit_forget_bias": False}),
    "GRU": (GRU, {}),
    "GRU, reset before": (GRU, {"reset_after": False}),
}
SETTINGS = [
    {},
    {"return_sequences": True},
    {"go_backwards": True},
    {"return_sequences": True, "go_backwards": True, "use_bias": False},
]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
def test_gradients(kind, settings, mask):
    cls, own = KINDS[kind]
    layer = cls(5, **own, **settings)
    layer.mask = mask
    assert gradcheck.check_layer(layer, X) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", SETTINGS[:2])
def test_gradients_of_both_directions(kind, settings):
    cls, own = KINDS[kind]
    layer = Bidirectional(cls(3, **own, **settings))
    layer.mask = MASK
    assert gradcheck.check_layer(layer, X) < 1e-5


def one_unit(layer, **weights):
    layer.dtype = np.dtype("float64")
    layer.build((2, 1), np.random.default_rng(0))
    for name, value in weights.items():
        getattr(layer, name)[...] = value
    return layer.forward(np.array([[[1.0], [2.0]]]))[0, 0]


def test_simple_rnn_by_hand():
    h = one_unit(SimpleRNN(1), kernel=0.5, recurrent_kernel=2, bias=0.1)
    first = np.tanh(0.5 * 1 + 0.1)
    assert h == pytest.approx(np.tanh(0.5 * 2 + 2 * first + 0.1))


def test_lstm_by_hand():
    # Gates in Keras's order: input, forget, cell, output.
    h = one_unit(
        LSTM(1),
        kernel=[[1, 0, 2, 0]],
        recurrent_kernel=[[0, 0, 0, 3]],
        bias=[0, 1, 0, 0],
    )
    c = sigmoid(1) * np.tanh(2)
    h1 = sigmoid(0) * np.tanh(c)
    c = sigmoid(1) * c + sigmoid(2) * np.tanh(4)
    assert h == pytest.approx(sigmoid(3 * h1) * np.tanh(c))


@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_by_hand(reset_after):
    # Gates in Keras's order: update z, reset r, candidate.
    h = one_unit(
        GRU(1, reset_after=reset_after),
        kernel=[[0, 1, 1]],
        recurrent_kernel=[[0, 0, 2]],
    )
    h1 = 0.5 * np.tanh(1)
    n = np.tanh(2 + sigmoid(2) * 2 * h1)
    assert h == pytest.approx(0.5 * h1 + 0.5 * n)


def test_the_forget_gate_starts_open():
    layer = LSTM(2)
    layer.build((3, 1), np.random.default_rng(0))
    np.testing.assert_array_equal(layer.bias, [0, 0, 1, 1, 0, 0, 0, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_padding_behind_changes_nothing(kind):
    cls, own = KINDS[kind]
    layer = cls(4, **own)
    layer.build((6, 4), np.random.default_rng(0))
    padded = X.astype(np.float32)
    padded[:, 4:] = 9
    layer.mask = np.arange(6) < np.full((3, 1), 4)
    masked = layer.forward(padded)
    short = cls(4, **own)
    short.build((4, 4), np.random.default_rng(0))
    np.testing.assert_array_equal(
        masked, short.forward(X[:, :4].astype(np.float32))
    )


def test_a_model_passes_the_mask_on():
    texts = np.array([[3, 1, 2, 0, 0], [2, 2, 1, 3, 1]])
    layers = [
        Embedding(4, 3, mask_zero=True, input_shape=(5,)),
        GRU(4, return_sequences=True),
        Bidirectional(LSTM(3)),
        Dense(2),
    ]
    model = Sequential(layers)
    longer = np.concatenate([texts, np.zeros((2, 3), int)], axis=1)
    other = Sequential(
        [
            Embedding(4, 3, mask_zero=True, input_shape=(8,)),
            GRU(4, return_sequences=True),
            Bidirectional(LSTM(3)),
            Dense(2),
        ]
    )
    other.set_weights(model.get_weights())
    np.testing.assert_allclose(
        model.forward(texts), other.forward(longer), atol=1e-6
    )
    assert layers[2].mask is not None
    assert layers[3].mask is None


def test_weights_are_views_and_survive_a_file(tmp_path):
    model = Sequential([Bidirectional(GRU(3), input_shape=(6, 4)), Dense(1)])
    both = model.layers[0]
    for part in (both.layer, both.twin):
        assert np.shares_memory(part.kernel, model.vector)
        assert np.shares_memory(part.drecurrent_kernel, model.gradient)
    model.compile("adam", "mse")
    model.fit(X, np.ones(3), epochs=2, verbose=0)
    model.save(tmp_path / "m.npz")
    again = load_model(tmp_path / "m.npz")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    a = model.fit(X, np.ones(3), epochs=3, initial_epoch=2, verbose=0)
    b = again.fit(X, np.ones(3), epochs=3, initial_epoch=2, verbose=0)
    assert a.history == b.history


def test_learns_which_came_first():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 8, 1))
    y = (x[:, 0, 0] > 0).astype(int)
    model = Sequential(
        [LSTM(8, input_shape=(8, 1)), Dense(1, activation="sigmoid")]
    )
    model.compile(Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=60, verbose=0).history
    assert history["accuracy"][-1] > 0.95


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: LSTM(0), ValueError, "LSTM units"),
        (
            lambda: GRU(2).build((4,), None),
            ValueError,
            r'GRU "gru" expects \(batch, time, features\)',
        ),
        (
            lambda: Bidirectional(Dense(2)),
            TypeError,
            "Bidirectional layer expects a recurrent layer",
        ),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
