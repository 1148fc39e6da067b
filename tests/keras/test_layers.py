"""Every layer against Keras's: outputs, dx and every weight's gradient."""

import numpy as np
import pytest

from dlcore import Sequential, layers

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
    "gelu",
    "swish",
)

# (layer, arguments in both libraries, shape of one sample)
CASES = [
    *(("Dense", {"units": 5, "activation": a}, (4,)) for a in ACTIVATIONS),
    *(("Activation", {"activation": a}, (3, 4)) for a in ACTIVATIONS),
    ("Dense", {"units": 3, "use_bias": False}, (6,)),
    ("Dense", {"units": 1}, (1,)),
    ("Dense", {"units": 4, "activation": "tanh"}, (3, 5)),
    ("Dense", {"units": 4, "use_bias": False}, (2, 3, 5)),
    ("Flatten", {}, (3, 4, 2)),
    ("Flatten", {}, (5,)),
    ("Reshape", {"target_shape": (2, 6)}, (3, 4)),
    ("Reshape", {"target_shape": (3, -1, 2)}, (12,)),
    ("Dropout", {"rate": 0.0}, (7,)),
    ("Conv2D", {"filters": 3, "kernel_size": 3}, (6, 6, 1)),
    ("Conv2D", {"filters": 4, "kernel_size": 1}, (4, 5, 3)),
    ("Conv2D", {"filters": 2, "kernel_size": (2, 3)}, (7, 5, 2)),
    (
        "Conv2D",
        {"filters": 3, "kernel_size": 3, "activation": "relu"},
        (7, 8, 2),
    ),
    (
        "Conv2D",
        {"filters": 3, "kernel_size": 3, "activation": "softmax"},
        (5, 5, 2),
    ),
    (
        "Conv2D",
        {"filters": 2, "kernel_size": 3, "activation": "silu"},
        (5, 4, 1),
    ),
    (
        "Conv2D",
        {"filters": 2, "kernel_size": 3, "use_bias": False},
        (5, 6, 3),
    ),
    ("Conv2D", {"filters": 2, "kernel_size": 3, "strides": 2}, (7, 7, 2)),
    ("Conv2D", {"filters": 2, "kernel_size": 3, "strides": 2}, (8, 9, 1)),
    (
        "Conv2D",
        {"filters": 2, "kernel_size": 2, "strides": (3, 1)},
        (8, 6, 2),
    ),
    ("Conv2D", {"filters": 3, "kernel_size": 5}, (5, 5, 2)),
    *(
        (
            "Conv2D",
            {
                "filters": 3,
                "kernel_size": kernel,
                "strides": strides,
                "padding": "same",
                "activation": "relu",
            },
            shape,
        )
        for kernel, strides, shape in (
            (3, 1, (5, 5, 2)),
            (2, 1, (4, 5, 1)),
            (4, 1, (6, 5, 2)),
            (3, 2, (6, 7, 2)),
            ((5, 3), (2, 3), (7, 8, 1)),
            (5, 1, (3, 3, 1)),
            (1, 2, (5, 4, 2)),
            (2, 3, (7, 4, 2)),
        )
    ),
    *(
        (
            pool,
            {"pool_size": size, "strides": strides, "padding": padding},
            shape,
        )
        for pool in ("MaxPooling2D", "AveragePooling2D")
        for size, strides, padding, shape in (
            (2, None, "valid", (4, 6, 2)),
            (2, None, "valid", (5, 7, 3)),
            (2, None, "same", (5, 7, 2)),
            (3, 1, "valid", (5, 5, 2)),
            (3, 2, "valid", (7, 8, 1)),
            (3, 2, "same", (7, 8, 2)),
            ((2, 3), (1, 2), "same", (5, 6, 2)),
            (2, 3, "valid", (8, 8, 1)),
            ((3, 1), None, "valid", (6, 4, 2)),
            (1, 2, "same", (5, 4, 1)),
        )
    ),
    *(
        (f"Global{kind}Pooling2D", {}, shape)
        for kind in ("Average", "Max")
        for shape in ((4, 5, 3), (1, 1, 2))
    ),
    *(
        ("UpSampling2D", {"size": size}, shape)
        for size, shape in (
            (2, (3, 4, 2)),
            ((3, 1), (2, 5, 1)),
            ((2, 5), (1, 3, 3)),
            (4, (3, 2, 1)),
        )
    ),
    ("BatchNormalization", {}, (5,)),
    ("BatchNormalization", {"momentum": 0.6, "epsilon": 0.1}, (4, 3)),
    ("BatchNormalization", {"momentum": 0.0}, (5, 4, 3)),
    ("LayerNormalization", {}, (6,)),
    ("LayerNormalization", {"epsilon": 0.5}, (4, 5)),
    ("LayerNormalization", {}, (3, 4, 2)),
]


def name_of(value):
    if isinstance(value, dict):
        return "-".join(f"{v}" for v in value.values()) or "defaults"
    return str(value)


def close(ours, theirs, tolerance=2e-6):
    """Equal up to float32 rounding, measured against the largest number."""
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    scale = max(np.abs(theirs).max(), 1e-3)
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=tolerance)


def pair(keras, rng, name, arguments, shape):
    """The same layer in both libraries, with the same random weights."""
    ours = getattr(layers, name)(**arguments)
    theirs = getattr(keras.layers, name)(**arguments)
    output_shape = ours.build(shape, np.random.default_rng(0))
    theirs.build((None, *shape))
    assert (None, *output_shape) == theirs.compute_output_shape((None, *shape))
    assert [w.shape for w in ours.get_weights()] == [
        w.shape for w in theirs.get_weights()
    ]
    weights = [
        rng.normal(size=w.shape).astype(np.float32) for w in ours.get_weights()
    ]
    if name == "BatchNormalization":  # its last weight is a variance
        weights[3] = np.abs(weights[3]) + 0.5
    ours.set_weights(weights)
    theirs.set_weights(weights)
    assert ours.count_params() == theirs.count_params()
    return ours, theirs


def run(tf, layer, x, dy, training):
    """Keras's outputs and gradients, dx first."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        if x.dtype == tf.float32:
            tape.watch(x)
        y = layer(x, training=training)
    wanted = [x] if x.dtype == tf.float32 else []
    wanted += layer.trainable_variables
    gradients = tape.gradient(y, wanted, output_gradients=tf.constant(dy))
    return y, [tf.convert_to_tensor(g).numpy() for g in gradients]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("name", "arguments", "shape"), CASES, ids=name_of)
def test_forward_and_backward(
    keras, tf, rng, name, arguments, shape, training
):
    ours, theirs = pair(keras, rng, name, arguments, shape)
    x = rng.normal(size=(3, *shape)).astype(np.float32)
    if "Pooling" in name:  # whole numbers: many ties for the maximum
        x = rng.integers(-2, 2, x.shape).astype(np.float32)
    kept = x.copy()
    dy = rng.normal(size=(3, *ours.output_shape)).astype(np.float32)
    dy_kept = dy.copy()
    y, (dx, *gradients) = run(tf, theirs, x, dy, training)
    close(ours.forward(x, training), y)
    for dweight in ours.trainable_weights:  # backward writes, never adds
        getattr(ours, "d" + dweight)[...] = np.nan
    close(ours.backward(dy), dx, 5e-6)
    received = [getattr(ours, "d" + n) for n in ours.trainable_weights]
    assert len(received) == len(gradients)
    for mine, other in zip(received, gradients):
        close(mine, other, 5e-6)
    for mine, other in zip(ours.get_weights(), theirs.get_weights()):
        close(mine, other)  # moving averages too
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(dy, dy_kept)


@pytest.mark.parametrize("shape", [(4,), (2, 3)])
def test_embedding_adds_up_repeated_rows(keras, tf, rng, shape):
    arguments = {"input_dim": 6, "output_dim": 3}
    ours, theirs = pair(keras, rng, "Embedding", arguments, shape)
    x = rng.integers(0, 4, (5, *shape))  # rows 4 and 5 are never picked
    dy = rng.normal(size=(5, *shape, 3)).astype(np.float32)
    y, (gradient,) = run(tf, theirs, x, dy, True)
    close(ours.forward(x), y, 0)
    for _ in range(2):  # writes, never adds
        assert ours.backward(dy) is None
        close(ours.dembeddings, gradient)
    assert not ours.dembeddings[4:].any()


@pytest.mark.parametrize("shape", [(4,), (5, 3, 2)])
def test_batch_normalization_keeps_keras_averages(keras, rng, shape):
    arguments = {"momentum": 0.9}
    ours, theirs = pair(keras, rng, "BatchNormalization", arguments, shape)
    for _ in range(6):
        x = rng.normal(1.5, 2.0, (7, *shape)).astype(np.float32)
        close(ours.forward(x, True), theirs(x, training=True))
    for mine, other in zip(ours.get_weights(), theirs.get_weights()):
        close(mine, other)
    close(ours.forward(x), theirs(x, training=False))


NAMES = [
    "Dense",
    "Conv2D",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "UpSampling2D",
    "BatchNormalization",
    "LayerNormalization",
    "Flatten",
    "Reshape",
    "Dropout",
    "Embedding",
    "Activation",
]


def test_layers_are_named_and_numbered_as_in_keras(keras):
    needed = {
        "Dense": {"units": 2},
        "Conv2D": {"filters": 2, "kernel_size": 3},
        "Reshape": {"target_shape": (2,)},
        "Dropout": {"rate": 0.5},
        "Embedding": {"input_dim": 2, "output_dim": 2},
        "Activation": {"activation": "relu"},
        "AveragePooling2D": {"pool_size": (2, 2)},
    }
    keras.backend.clear_session()
    ours = Sequential()
    for name in [*NAMES, "Dense", "Conv2D"]:
        layer = getattr(layers, name)(**needed.get(name, {}))
        theirs = getattr(keras.layers, name)(**needed.get(name, {}))
        ours.add(layer)
        assert layer.name == theirs.name
        for key, value in layer.get_config().items():
            if key.endswith("initializer"):
                continue  # Keras describes these by a dictionary
            assert theirs.get_config()[key] in (value, _listed(value))


def _listed(value):
    return list(value) if isinstance(value, tuple) else value
