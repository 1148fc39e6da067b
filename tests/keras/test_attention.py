"""Attention against Keras's: outputs, dx, all gradients, the scores."""

import numpy as np
import pytest

from dlcore import Model, Sequential, compare, layers

RNG = np.random.default_rng(0)
QUERY = RNG.normal(size=(3, 6, 8)).astype(np.float32)
VALUE = RNG.normal(size=(3, 5, 7)).astype(np.float32)
KEY = RNG.normal(size=(3, 5, 4)).astype(np.float32)
# Rows with padding behind, with padding before, and with nothing at all.
QUERY_MASK = np.array([[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 1], [0] * 6]) > 0
VALUE_MASK = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [0] * 5]) > 0
KEY_MASK = np.array([[1, 0, 1, 1, 1], [1, 1, 1, 1, 0], [1] * 5]) > 0

INPUTS = {
    "self": ([QUERY], [QUERY_MASK]),
    "cross": ([QUERY, VALUE], [QUERY_MASK, VALUE_MASK]),
    "key": ([QUERY, VALUE, KEY], [QUERY_MASK, VALUE_MASK, KEY_MASK]),
}
SETTINGS = [
    {},
    {"use_bias": False},
]


def marked(tf, xs, masks):
    """What Keras's layer is called on; it takes the masks off again."""
    for x, mask in zip(xs, masks):
        if mask is not None:
            x._keras_mask = tf.constant(mask)
    return xs if xs[1:] else xs * 2


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_attention(tf, keras, inputs, settings, masked, causal):
    arrays, masks = INPUTS[inputs]
    masks = masks if masked else [None] * len(arrays)
    ours = layers.MultiHeadAttention(
        2, 3, **settings, use_causal_mask=causal
    )
    theirs = keras.layers.MultiHeadAttention(2, 3, **settings)
    one = len(arrays) == 1
    shapes = [array.shape[1:] for array in arrays]
    ours.build(shapes[0] if one else shapes, RNG)
    theirs_in = arrays * 2 if one else arrays
    theirs.build(*(array.shape for array in theirs_in))
    rng = np.random.default_rng(2)
    weights = [rng.normal(size=w.shape) * 0.5 for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)  # the same order and shapes
    ours.mask = masks[0] if one else masks
    y = ours.forward(arrays[0] if one else arrays)
    dy = rng.normal(size=y.shape).astype(np.float32)
    dx = ours.backward(dy)
    with tf.GradientTape() as tape:
        xs = [tf.constant(array) for array in arrays]
        tape.watch(xs)
        theirs_y = theirs(*marked(tf, xs, masks), use_causal_mask=causal)
        loss = tf.reduce_sum(theirs_y * dy)
    wanted = tape.gradient(loss, [*xs, *theirs.trainable_variables])
    received = [
        *([dx] if one else dx),
        *(getattr(ours, "d" + name) for name in ours.trainable_weights),
    ]
    np.testing.assert_allclose(y, theirs_y, atol=2e-6)
    for a, b in zip(received, wanted, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5)
    _, scores = theirs(
        *marked(tf, xs, masks),
        use_causal_mask=causal,
        return_attention_scores=True,
    )
    seeing = np.sum(scores, axis=-1) > 0  # else Keras's two ways differ
    assert seeing.any()
    np.testing.assert_allclose(
        ours.scores[seeing], np.array(scores)[seeing], atol=2e-6
    )


def test_initial_weights_have_keras_bounds(keras):
    ours = layers.MultiHeadAttention(2, 30)
    theirs = keras.layers.MultiHeadAttention(2, 30)
    ours.build((6, 40), np.random.default_rng(0))
    theirs.build((None, 6, 40), (None, 6, 40))
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(
            np.abs(a).max(), np.abs(b).max(), rtol=0.01
        )


def test_ten_steps_of_a_block(keras):
    """Positions, masks, causal and cross attention, trained side by side."""
    source, target = layers.Input((6,)), layers.Input((5,))
    read = layers.PositionalEmbedding()(
        layers.Embedding(9, 8, mask_zero=True)(source)
    )
    x = layers.PositionalEmbedding()(
        layers.Embedding(9, 8, mask_zero=True)(target)
    )
    own = layers.MultiHeadAttention(2, 4, use_causal_mask=True)(x)
    x = layers.LayerNormalization()(layers.Add()([x, own]))
    across = layers.MultiHeadAttention(2, 4)([x, read])
    x = layers.LayerNormalization()(layers.Add()([x, across]))
    ours = Model([source, target], layers.Dense(9, "softmax")(x))
    theirs = compare.to_keras(ours)
    texts = [RNG.integers(0, 9, (7, 6)), RNG.integers(1, 9, (7, 5))]
    tags = RNG.integers(0, 9, (7, 5))
    ours.compile("sgd", "sparse_categorical_crossentropy")
    theirs.compile(
        keras.optimizers.SGD(), "sparse_categorical_crossentropy"
    )
    for _ in range(10):
        mine = ours.train_on_batch(texts, tags)
        other = float(theirs.train_on_batch(texts, tags))
        assert mine == pytest.approx(other, rel=1e-5)


def test_a_row_of_layers_with_attention_goes_to_keras(keras):
    model = Sequential(
        [
            layers.PositionalEmbedding(input_shape=(6, 8)),
            layers.MultiHeadAttention(2, 4),
        ]
    )
    twin = compare.to_keras(model)
    np.testing.assert_allclose(model.predict(QUERY), twin(QUERY), atol=1e-6)
