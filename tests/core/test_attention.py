"""Attention against numbers worked by hand, and its gradients."""

import numpy as np
import pytest

from dlcore import Model, Sequential, gradcheck, load_model
from dlcore.layers import (
    Add,
    Dense,
    Embedding,
    Flatten,
    Input,
    LayerNormalization,
    MultiHeadAttention,
    PositionalEmbedding,
)
from dlcore.optimizers import Adam

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 6, 4))


def built(layer, *shapes, dtype="float64", **weights):
    """The layer, built for the shapes, with these weights."""
    layer.dtype = np.dtype(dtype)
    layer.build(list(shapes) if shapes[1:] else shapes[0], RNG)
    for name, value in weights.items():
        getattr(layer, name)[...] = value
    return layer


def one_head(**settings):
    """d = key_dim = 1 and weights 1: y = softmax(x x') x."""
    layer = MultiHeadAttention(1, 1, use_bias=False, **settings)
    names = ("query", "key", "value", "attention_output")
    return built(layer, (2, 1), **{name + "_kernel": 1 for name in names})


def test_by_hand():
    a, b = np.log(2), np.log(4)  # exp(a b) = 4^log 2
    y = one_head().forward(np.array([[[a], [b]]]))
    first = 2**a / (2**a + 2**b)  # exp(a a) against exp(a b)
    second = 4**a / (4**a + 4**b)
    expected = [first * a + (1 - first) * b, second * a + (1 - second) * b]
    np.testing.assert_allclose(y[0, :, 0], expected, rtol=1e-12)


def test_scores_are_divided_by_the_root_of_key_dim():
    """Vaswani et al. 2017, eq. 1: four equal sizes add up to 4 / sqrt(4)."""
    layer = built(
        MultiHeadAttention(1, 4, use_bias=False),
        (2, 1),
        query_kernel=1,
        key_kernel=1,
    )
    layer.forward(np.array([[[1.0], [2.0]]]))
    e = np.exp([2, 4])
    np.testing.assert_allclose(layer.scores[0, 0, 0], e / e.sum())
    assert layer.scores.shape == (1, 1, 2, 2)


def test_heads_stand_side_by_side():
    """Two heads are two layers of one head, whose answers are added."""
    both = built(MultiHeadAttention(2, 3), (6, 4))
    both.attention_output_bias[...] = 1
    parts = []
    for head in range(2):
        one = built(MultiHeadAttention(1, 3), (6, 4))
        for name in ("query", "key", "value"):
            for kind in ("_kernel", "_bias"):
                here = getattr(one, name + kind)
                here[...] = getattr(both, name + kind)[..., [head], :]
        one.attention_output_kernel[...] = both.attention_output_kernel[[head]]
        parts.append(one.forward(X))
    np.testing.assert_allclose(both.forward(X), sum(parts) + 1)


def test_a_causal_mask_hides_the_future():
    layer = built(MultiHeadAttention(2, 3, use_causal_mask=True), (6, 4))
    y = layer.forward(X)
    np.testing.assert_array_equal(np.triu(layer.scores, k=1), 0)
    np.testing.assert_array_equal(layer.scores[:, :, 0, 0], 1)
    later = X.copy()
    later[:, 4:] += 1
    again = layer.forward(later)
    np.testing.assert_array_equal(again[:, :4], y[:, :4])
    assert (again[:, 4:] != y[:, 4:]).any()


def test_a_causal_mask_for_a_longer_value():
    layer = built(
        MultiHeadAttention(1, 3, use_causal_mask=True), (2, 4), (3, 4)
    )
    layer.forward([X[:, :2], X[:, :3]])
    seen = layer.scores[0, 0] > 0
    np.testing.assert_array_equal(
        seen, [[True, False, False], [True, True, False]]
    )


def test_padding_changes_nothing():
    short = built(MultiHeadAttention(2, 3), (4, 4), dtype="float32")
    long = built(MultiHeadAttention(2, 3), (6, 4), dtype="float32")
    long.set_weights(short.get_weights())
    x = X.astype(np.float32)
    long.mask = np.arange(6) < np.full((3, 1), 4)
    np.testing.assert_allclose(
        long.forward(x)[:, :4], short.forward(x[:, :4]), atol=1e-6
    )
    np.testing.assert_array_equal(long.scores[:, :, :4, 4:], 0)
    assert long.next_mask(x) is long.mask


def test_who_sees_nothing():
    """As in Keras: a mean of all."""
    layer = one_head()
    layer.mask = np.array([[False, True]])
    y = layer.forward(np.array([[[1.0], [3.0]]]))
    np.testing.assert_array_equal(layer.scores[0, 0], [[0.5, 0.5], [0, 1]])
    np.testing.assert_array_equal(y[0, :, 0], [2, 3])
    dx = layer.backward(np.array([[[1.0], [0.0]]]))
    np.testing.assert_array_equal(dx[0, :, 0], 0.5)


def test_self_attention_is_cross_attention_with_itself():
    alone = built(MultiHeadAttention(2, 3), (6, 4))
    for count in (2, 3):
        shared = built(MultiHeadAttention(2, 3), *[(6, 4)] * count)
        shared.set_weights(alone.get_weights())
        y = alone.forward(X)
        np.testing.assert_array_equal(shared.forward([X] * count), y)
        dx = shared.backward(np.cos(y))
        assert len(dx) == count
        np.testing.assert_allclose(sum(dx), alone.backward(np.cos(y)))


def test_a_tuple_of_inputs_is_as_good_as_a_list():
    layer = built(MultiHeadAttention(2, 3), (6, 4), (6, 4))
    y = layer.forward([X, X[::-1]])
    np.testing.assert_array_equal(layer.forward((X, X[::-1])), y)


def block(settings, inputs, causal, mask_zero):
    """Words into attention, with weights before it and behind it."""
    times = {"self": (6,), "cross": (6, 5), "key": (6, 5, 5)}[inputs]
    words = [Input((time,)) for time in times]
    read = [Embedding(7, 4, mask_zero=mask_zero)(one) for one in words]
    read[0] = PositionalEmbedding()(read[0])
    attention = MultiHeadAttention(
        2, 3, **settings, use_causal_mask=causal, name="attention"
    )
    x = LayerNormalization()(Add()([read[0], attention(read)]))
    return Model(words, Dense(2)(x), dtype="float64")


@pytest.mark.parametrize("inputs", ["self", "cross", "key"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"use_bias": False}],
    ids=["default", "no bias"],
)
@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
@pytest.mark.parametrize("mask_zero", [False, True], ids=["", "masked"])
def test_gradients(inputs, settings, causal, mask_zero):
    model = block(settings, inputs, causal, mask_zero)
    model.compile("sgd", "mse")
    rng = np.random.default_rng(1)
    x = [rng.integers(0, 7, (3, *shape)) for shape in model.input_shapes]
    x = x if x[1:] else x[0]
    y = rng.normal(size=(3, *model.output_shape))
    assert gradcheck.check_model(model, x, y) < 1e-6


def test_a_key_bias_moves_no_score():
    """It adds the same to all scores of a query: its gradient is 0."""
    layer = built(MultiHeadAttention(2, 3), (6, 4))
    y = layer.forward(X)
    layer.backward(np.cos(y))
    np.testing.assert_allclose(layer.dkey_bias, 0, atol=1e-14)
    assert np.abs(layer.dquery_bias).min() > 1e-6


def test_float32_stays_and_nothing_given_changes():
    layer = built(
        MultiHeadAttention(2, 3), (6, 4), dtype="float32"
    )
    x = X.astype(np.float32)
    layer.mask = np.arange(6) < np.array([[6], [4], [2]])
    y = layer.forward(x, training=True)
    dy = np.ones_like(y)
    dx = layer.backward(dy)
    first = layer.dquery_kernel.copy()
    np.testing.assert_array_equal(layer.backward(dy), dx)
    np.testing.assert_array_equal(layer.dquery_kernel, first)
    kinds = {a.dtype for a in (y, dx, layer.scores, layer.dvalue_kernel)}
    assert kinds == {np.dtype("float32")}
    np.testing.assert_array_equal(x, X.astype(np.float32))
    np.testing.assert_array_equal(dy, 1)
    layer.needs_dx = False
    assert layer.backward(dy) is None


def test_weights_are_views_and_survive_a_file(tmp_path):
    model = block({}, "cross", causal=True, mask_zero=True)
    attention = next(x for x in model.layers if x.name == "attention")
    for name in attention.trainable_weights:
        assert np.shares_memory(getattr(attention, name), model.vector)
        assert np.shares_memory(
            getattr(attention, "d" + name), model.gradient
        )
    model.compile("adam", "mse")
    rng = np.random.default_rng(1)
    x = [rng.integers(0, 7, (4, *shape)) for shape in model.input_shapes]
    model.fit(x, rng.normal(size=(4, 6, 2)), epochs=2, verbose=0)
    model.save(tmp_path / "m.npz")
    again = load_model(tmp_path / "m.npz")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


def test_learns_to_look_at_the_marked_moment():
    """The class is the sign of one of six numbers, the one with a mark."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 6, 2))
    mark = rng.integers(0, 6, 300)
    x[..., 0] = np.arange(6) == mark[:, np.newaxis]
    y = (x[np.arange(300), mark, 1] > 0).astype(int)
    for first, learns in ((MultiHeadAttention(1, 8), True), (Dense(2), False)):
        layers = [first, Flatten(), Dense(1, "sigmoid")]
        model = Sequential([Input((6, 2)), *layers])
        model.compile(Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
        history = model.fit(x, y, epochs=15, verbose=0).history
        assert (history["accuracy"][-1] > 0.9) is learns


def test_positions_by_hand():
    """Vaswani et al. 2017, section 3.5, d = 4: wavelengths 1 and 100."""
    layer = built(PositionalEmbedding(), (3, 4))
    y = layer.forward(np.zeros((1, 3, 4)))
    expected = [
        [0, 1, 0, 1],
        [0.8414709848, 0.5403023059, 0.0099998333, 0.9999500004],
        [0.9092974268, -0.4161468365, 0.0199986667, 0.9998000067],
    ]
    np.testing.assert_allclose(y[0], expected, atol=1e-9)


def test_positions_are_added_and_pass_the_gradient_on():
    layer = built(PositionalEmbedding(), (6, 5), dtype="float32")
    x = RNG.normal(size=(2, 6, 5)).astype(np.float32)
    y = layer.forward(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(
        y - x, np.broadcast_to(layer.positions, x.shape), atol=1e-6
    )
    assert layer.backward(y) is y
    assert layer.count_params() == 0
    with pytest.raises(RuntimeError, match="forward first"):
        built(PositionalEmbedding(), (6, 5)).backward(y)


def test_order_counts_with_positions_only():
    """Without positions, a swap of two moments swaps the answers."""
    plain = Sequential([MultiHeadAttention(2, 3, input_shape=(6, 4))])
    swapped = [1, 0, 2, 3, 4, 5]
    y = plain.predict(X)
    np.testing.assert_allclose(
        plain.predict(X[:, swapped]), y[:, swapped], atol=1e-6
    )
    placed = Sequential(
        [PositionalEmbedding(input_shape=(6, 4)), MultiHeadAttention(2, 3)]
    )
    y = placed.predict(X)
    assert np.abs(placed.predict(X[:, swapped]) - y[:, swapped]).max() > 1e-3


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: MultiHeadAttention(0, 3), ValueError, "num_heads"),
        (lambda: MultiHeadAttention(2, 3.5), TypeError, "key_dim"),
        (
            lambda: MultiHeadAttention(2, 3).build((4,), RNG),
            ValueError,
            r'"multi_head_attention" expects query \(batch, T, d\)',
        ),
        (
            lambda: MultiHeadAttention(2, 3).build(
                [(6, 4), (5, 4), (4, 4)], RNG
            ),
            ValueError,
            r"received \(\(6, 4\), \(4, 4\), \(5, 4\)\)",
        ),
        (
            lambda: MultiHeadAttention(2, 3).build([(6, 4)] * 4, RNG),
            ValueError,
            r'^MultiHeadAttention "multi_head_attention" expects x, '
            r"\[query, value\] or \[query, value, key\], received 4 inputs",
        ),
        (
            lambda: built(MultiHeadAttention(2, 3), (6, 4)).forward(X[:, 1:]),
            ValueError,
            r"expects \(batch, 6, 4\), received \(3, 5, 4\)",
        ),
        (
            lambda: built(MultiHeadAttention(2, 3), (6, 4), (6, 4)).forward(
                [X, X[1:]]
            ),
            ValueError,
            r"received .*\(3, 6, 4\).*\(2, 6, 4\)",
        ),
        (
            lambda: MultiHeadAttention(2, 3).forward(X),
            RuntimeError,
            "must be built",
        ),
        (
            lambda: PositionalEmbedding().build((4,), RNG),
            ValueError,
            r"expects \(batch, time, features\), received \(batch, 4\)",
        ),
    ],
)
def test_bad_input(make, error, words):
    with pytest.raises(error, match=words):
        make()
