"""Recurrent layers against numbers worked by hand, and their gradients."""

import numpy as np
import pytest

from dlcore import Model, Sequential, gradcheck, load_model
from dlcore.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Embedding,
    Input,
    SimpleRNN,
)
from dlcore.optimizers import Adam

X = np.random.default_rng(0).normal(size=(3, 6, 4))
MASK = np.random.default_rng(1).random((3, 6)) > 0.4
KINDS = {
    "SimpleRNN": (SimpleRNN, {}),
    "LSTM": (LSTM, {}),
    "GRU": (GRU, {}),
    "GRU, reset before": (GRU, {"reset_after": False}),
}
SETTINGS = [
    {},
    {"return_sequences": True},
    {"go_backwards": True},
    {"return_sequences": True, "go_backwards": True},
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
def test_gradients_of_states(kind, mask):
    cls, own = KINDS[kind]
    for layer in (
        cls(5, return_state=True, **own),
        Bidirectional(cls(3, return_state=True, **own)),
    ):
        layer.mask = mask
        assert gradcheck.check_layer(layer, X) < 1e-5


def encoder_decoder(cls, own, sequences):
    """Two texts; the second is read from where the first one ended."""
    one, two = Input((6,)), Input((5,))
    state = cls(4, return_state=True, **own)(
        Embedding(7, 3, mask_zero=True)(one)
    )
    y = cls(4, return_sequences=sequences, **own)(
        [Embedding(7, 3, mask_zero=True)(two), state]
    )
    return Model([one, two], Dense(2)(y), dtype="float64")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sequences", [True, False])
def test_gradients_flow_from_decoder_to_encoder(kind, sequences):
    rng = np.random.default_rng(3)
    model = encoder_decoder(*KINDS[kind], sequences)
    model.compile("sgd", "mse")
    x = [rng.integers(0, 7, (3, 6)), rng.integers(0, 7, (3, 5))]
    y = rng.normal(size=(3, *model.output_shape))
    assert gradcheck.check_model(model, x, y) < 1e-6
    encoder = next(x for x in model.layers if hasattr(x, "recurrent_kernel"))
    assert np.abs(encoder.drecurrent_kernel).max() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_read_in_two_parts_is_read_at_once(kind):
    cls, own = KINDS[kind]
    whole, first, second = (cls(4, return_state=True, **own) for _ in "123")
    x = X.astype(np.float32)
    whole.build((6, 4), np.random.default_rng(0))
    first.build((2, 4), np.random.default_rng(0))
    width = 4 * whole.states
    second.build([(4, 4), (width,)], np.random.default_rng(0))
    state = first.forward(x[:, :2])
    assert state.shape == (3, width)
    received = second.forward([x[:, 2:], state])
    np.testing.assert_array_equal(received, whole.forward(x))
    dy = np.ones((3, width), np.float32)
    dx, dstate = second.backward(dy)
    np.testing.assert_allclose(
        np.concatenate([first.backward(dstate), dx], axis=1),
        whole.backward(dy),
        atol=1e-6,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_state_is_the_answer(kind):
    cls, own = KINDS[kind]
    answer, state = cls(4, **own), cls(4, return_state=True, **own)
    for layer in answer, state:
        layer.build((6, 4), np.random.default_rng(0))
    np.testing.assert_array_equal(
        state.forward(X)[:, :4], answer.forward(X)
    )


def test_both_directions_put_h_before_c():
    layer = Bidirectional(LSTM(2, return_state=True))
    layer.build((6, 4), np.random.default_rng(0))
    y = layer.forward(X)
    ahead, back = layer.layer.forward(X), layer.twin.forward(X)
    expected = [ahead[:, :2], back[:, :2], ahead[:, 2:], back[:, 2:]]
    np.testing.assert_array_equal(y, np.concatenate(expected, axis=1))


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_and_nothing_given_changes(kind):
    cls, own = KINDS[kind]
    layer = cls(4, return_sequences=True, **own)
    layer.build((6, 4), np.random.default_rng(0))
    x = X.astype(np.float32)
    y = layer.forward(x)
    dy = np.ones_like(y)
    dx = layer.backward(dy)
    first = layer.dkernel.copy()
    np.testing.assert_array_equal(layer.backward(dy), dx)
    np.testing.assert_array_equal(layer.dkernel, first)  # written, not added
    assert y.dtype == dx.dtype == layer.dkernel.dtype == np.float32
    np.testing.assert_array_equal(x, X.astype(np.float32))
    np.testing.assert_array_equal(dy, 1)


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
        (
            lambda: LSTM(2).build([(4, 3), (2,)], None),
            ValueError,
            r"that and \(batch, 4\), received \[\(4, 3\), \(2,\)\]",
        ),
        (
            lambda: LSTM(2, return_state=True, return_sequences=True),
            ValueError,
            "return_state or return_sequences, received both",
        ),
        (
            lambda: Bidirectional(GRU(2)).build([(4, 3), (2,)], None),
            ValueError,
            "Bidirectional .* one input, received 2",
        ),
        (
            lambda: GRU(2, activation="softmax"),
            ValueError,
            "unknown GRU activation 'softmax'; known: tanh",
        ),
        (
            lambda: LSTM(2, recurrent_activation="silu"),
            ValueError,
            "unknown LSTM recurrent_activation 'silu'; known: sigmoid",
        ),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def drawn(shape, seed=5):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def built(layer, shape):
    layer.build(shape, np.random.default_rng(0))
    return layer


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_going_backwards_is_reading_the_sequence_turned_round(kind):
    x, dy = drawn((2, 5, 3)), drawn((2, 5, 4), 6)
    there = built(kind(4, return_sequences=True), (5, 3))
    back = built(kind(4, return_sequences=True, go_backwards=True), (5, 3))
    y = there.forward(np.ascontiguousarray(x[:, ::-1]))
    np.testing.assert_allclose(back.forward(x), y, rtol=1e-6)
    assert not np.allclose(back.forward(x), there.forward(x))
    there.forward(np.ascontiguousarray(x[:, ::-1]))
    np.testing.assert_allclose(
        back.backward(dy), there.backward(dy)[:, ::-1], rtol=1e-5)


@pytest.mark.parametrize("how", [
    {}, {"return_sequences": True}, {"return_state": True}])
@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_both_directions_are_two_layers_side_by_side(kind, how):
    """Each with weights of its own; states of one sort next to each other."""
    x = drawn((2, 5, 3))
    both = built(Bidirectional(kind(4, **how)), (5, 3))
    names = both.trainable_weights
    assert names == ["forward_kernel", "forward_recurrent_kernel",
                     "forward_bias", "backward_kernel",
                     "backward_recurrent_kernel", "backward_bias"]
    weights = both.get_weights()
    assert not np.allclose(weights[0], weights[3])
    there, back = (built(kind(4, **how), (5, 3)) for _ in range(2))
    there.set_weights(weights[:3])
    back.set_weights(weights[3:])
    a = there.forward(x)
    b = back.forward(np.ascontiguousarray(x[:, ::-1]))
    if "return_sequences" in how:
        b = b[:, ::-1]
    if "return_state" in how and kind is LSTM:  # h, h, c, c
        parts = a[:, :4], b[:, :4], a[:, 4:], b[:, 4:]
    else:
        parts = a, b
    np.testing.assert_allclose(
        both.forward(x), np.concatenate(parts, axis=-1), rtol=1e-6)
    both.needs_dx = False
    assert both.backward(np.ones_like(both.forward(x))) is None


def test_masked_moments_of_both_directions_answer_zero():
    both = built(Bidirectional(GRU(2, return_sequences=True)), (3, 1))
    x = drawn((1, 3, 1))
    assert np.all(both.forward(x) != 0)
    both.mask = np.array([[True, True, False]])
    y = both.forward(x)
    assert np.all(y[0, :2] != 0) and not y[0, 2].any()
    np.testing.assert_array_equal(both.next_mask(x), both.mask)


def test_both_directions_have_a_half_of_the_models_vector_each():
    model = Sequential([Bidirectional(GRU(2), input_shape=(3, 1))])
    (both,) = model.layers
    for name in both.trainable_weights:
        weight, own = getattr(both, name), getattr(both, "d" + name)
        assert np.shares_memory(weight, model.vector)
        assert np.shares_memory(own, model.gradient)
    assert not np.shares_memory(both.forward_bias, both.backward_bias)
    assert both.layer.kernel is both.forward_kernel
    assert both.twin.kernel is both.backward_kernel
    flat = np.concatenate([weight.ravel() for weight in model.get_weights()])
    np.testing.assert_array_equal(flat, model.vector)
