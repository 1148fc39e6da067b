"""Every layer's and every loss's derivative, found in three ways.

By `backward`, which people derived; by measuring, coordinate by coordinate;
and by TensorFlow's GradientTape, on Keras's twin with the same weights. All
in float64. The chapter "Gradients of any layer" shows the table.
"""

import inspect
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from .. import activations, layers, losses
from ..gradcheck import numerical_gradient, relative_difference
from ..models import Model
from .backend import keras, tf
from .convert import to_keras
from .training import keras_loss

#: What has no derivative of its own, and why.
WITHOUT = {
    "Layer": "the base of all layers, computes nothing",
    "Input": "states a shape, passes everything on",
}

#: The functions that a layer can take as its activation.
ACTIVATIONS = [
    name
    for name, function in inspect.getmembers(activations, inspect.isfunction)
    if hasattr(activations, name + "_backward")
]

_IMAGE, _SEQUENCE = (6, 5, 2), (5, 3)
_WINDOWS = {"kernel_size": 3, "filters": 3}
_RECURRENT = (
    ({"units": 4}, _SEQUENCE),
    ({"units": 3, "return_sequences": True, "go_backwards": True}, _SEQUENCE),
    ({"units": 3, "return_state": True}, _SEQUENCE),
)

#: The settings that a layer is tried in: (arguments, shape of each input).
CASES = {
    "Dense": [({"units": 4, "activation": name}, (3,)) for name in ACTIVATIONS]
    + [({"units": 4, "use_bias": False}, (2, 3))],
    "Activation": [({"activation": name}, (2, 4)) for name in ACTIVATIONS],
    "Flatten": [({}, _IMAGE)],
    "Reshape": [({"target_shape": (5, -1)}, _IMAGE)],
    "Dropout": [({"rate": 0.4}, (7,))],
    "Embedding": [({"input_dim": 6, "output_dim": 3}, (4,))],
    "Conv2D": [
        (_WINDOWS | {"padding": padding, "strides": strides}, _IMAGE)
        for padding in ("valid", "same")
        for strides in (1, 2)
    ]
    + [(_WINDOWS | {"activation": "relu", "use_bias": False}, _IMAGE)],
    **{
        name: [
            ({}, _IMAGE),
            ({"pool_size": 3, "strides": 2, "padding": "same"}, _IMAGE),
            ({"pool_size": 2, "strides": 1}, _IMAGE),
        ]
        for name in ("MaxPooling2D", "AveragePooling2D")
    },
    "GlobalAveragePooling2D": [({}, _IMAGE)],
    "GlobalMaxPooling2D": [({}, _IMAGE)],
    "UpSampling2D": [({"size": (2, 3)}, _IMAGE)],
    "BatchNormalization": [({}, (4,)), ({}, _IMAGE)],
    "LayerNormalization": [({}, (4,)), ({}, _IMAGE)],
    "SimpleRNN": _RECURRENT,
    "LSTM": _RECURRENT,
    "GRU": [*_RECURRENT, ({"units": 3, "reset_after": False}, _SEQUENCE)],
    "Bidirectional": [
        ({"layer": layers.LSTM(3)}, _SEQUENCE),
        ({"layer": layers.GRU(2, return_sequences=True)}, _SEQUENCE),
    ],
    "MultiHeadAttention": [
        ({"num_heads": 2, "key_dim": 3}, _SEQUENCE),
        ({"num_heads": 2, "key_dim": 3, "use_causal_mask": True}, _SEQUENCE),
        ({"num_heads": 1, "key_dim": 4}, (4, 5), (3, 2)),
    ],
    "PositionalEmbedding": [({}, _SEQUENCE)],
    "Add": [({}, (3, 4), (3, 4))],
    "Concatenate": [({}, (3, 4), (3, 2))],
}


class Agreement(NamedTuple):
    """One layer or loss in one setting, and how well three ways agree."""

    name: str
    settings: str
    weights: int  # how many numbers it learns
    measured: float  # relative difference to the measured slopes
    tape: float  # relative difference to TensorFlow's


def of_layers(names=None, seed=0):
    """An Agreement for each layer of dlcore in each setting of CASES.

    names: which layers; all of `dlcore.layers.__all__` but those WITHOUT.

    Raises LookupError for a layer that has no case: none is forgotten.
    """
    names = layers.__all__ if names is None else names
    found = []
    for name in sorted(set(names) - set(WITHOUT)):
        if name not in CASES:
            raise LookupError(f"of_layers expects a case for {name}")
        for settings, *shapes in CASES[name]:
            layer = getattr(layers, name)(**settings)
            found.append(of_layer(layer, _text(settings), shapes, seed))
    return found


def of_layer(layer, settings, shapes, seed=0, batch=4):
    """The Agreement of one layer for inputs of these shapes.

    layer: a new dlcore layer; it is built in float64, its weights are moved
    off their constants. settings: the text for the table. The loss is the
    sum of the outputs times fixed random numbers. Training is on: dropout
    has the same mask every time, batch normalisation takes the batch's mean.
    """
    rng = np.random.default_rng(seed)
    inputs = [layers.Input(shape) for shape in shapes]
    model = Model(inputs, layer(*inputs), dtype="float64", seed=seed)
    layer.needs_dx = True  # even with nothing before it
    for name in layer.trainable_weights:
        weight = getattr(layer, name)
        weight += 0.1 * rng.normal(size=weight.shape)
    whole = layer.kinds == "iu"
    xs = [
        rng.integers(0, layer.input_dim, (batch, *shape))
        if whole
        else rng.normal(size=(batch, *shape))
        for shape in shapes
    ]

    def forward(*xs):
        layer.rng = np.random.default_rng(seed)
        return layer.forward([*xs] if xs[1:] else xs[0], training=True)

    dy = rng.normal(size=forward(*xs).shape)
    dx = layer.backward(dy)
    gradients = [getattr(layer, "d" + n) for n in layer.trainable_weights]
    ours = [g.copy() for g in gradients]
    arrays = [getattr(layer, n) for n in layer.trainable_weights]
    if not whole:
        ours += dx if xs[1:] else [dx]
        arrays += xs
    measured = [
        _measured(array, lambda: (forward(*xs) * dy).sum()) for array in arrays
    ]
    theirs = _tape_of_layer(model, layer, xs, dy, forward)
    return Agreement(
        type(layer).__name__,
        settings,
        int(sum(weight.size for weight in arrays[: len(gradients)])),
        _difference(ours, measured),
        _difference(ours, theirs),
    )


def of_losses(seed=0):
    """An Agreement for each loss of dlcore, with and without from_logits."""
    found = []
    for kind in losses.KINDS.values():
        loss = kind()
        found.append(of_loss(loss, "", seed))
        if hasattr(loss, "from_logits"):
            settings = {"from_logits": True}
            found.append(of_loss(kind(**settings), _text(settings), seed))
    return found


def of_loss(loss, settings, seed=0, shape=(4, 3)):
    """The Agreement of one loss on random predictions of this shape."""
    rng = np.random.default_rng(seed)
    y_pred = rng.normal(size=shape)
    if not getattr(loss, "from_logits", False):
        y_pred = activations.softmax(y_pred)
    y_true = activations.softmax(rng.normal(size=shape))
    if isinstance(loss, losses.SparseCategoricalCrossentropy):
        y_true = y_true.argmax(axis=-1)
    loss(y_true, y_pred)
    ours = loss.backward()
    measured = numerical_gradient(lambda p: loss(y_true, p), y_pred)
    with _double():
        twin, p = keras_loss(loss), tf.constant(y_pred)
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = twin(tf.constant(y_true), p)
        theirs = tape.gradient(value, p).numpy()
    return Agreement(
        type(loss).__name__,
        settings,
        0,
        relative_difference(ours, measured),
        relative_difference(ours, theirs),
    )


def _tape_of_layer(model, layer, xs, dy, forward):
    """TensorFlow's gradients: of the weights, then of the inputs."""
    with _double():
        tensors = [tf.constant(x) for x in xs]
        floats = [t for t in tensors if t.dtype.is_floating]
        twin = to_keras(model)
        with tf.GradientTape() as tape:
            tape.watch(floats)
            if isinstance(layer, layers.Dropout):
                # Keras cannot draw our mask; the product with it is ours.
                y = tensors[0] * forward(np.ones_like(xs[0]))
            else:
                y = twin(tensors if xs[1:] else tensors[0], training=True)
            value = tf.reduce_sum(y * dy)
        weights = [weight.value for weight in twin.trainable_weights]
        found = tape.gradient(value, [*weights, *floats])
    return [tf.convert_to_tensor(gradient).numpy() for gradient in found]


@contextmanager
def _double():
    """Keras in float64: its inputs and losses too."""
    usual = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(usual)


def _measured(array, loss):
    """The slopes of the loss along each coordinate of an array in use."""
    kept = array.copy()

    def loss_of(value):
        array[...] = value
        return loss()

    found = numerical_gradient(loss_of, kept)
    array[...] = kept
    return found


def _difference(ours, theirs):
    """Of all arrays as one vector: some are 0 but for rounding.

    Such as the bias of attention's keys, which moves all scores alike.
    """
    if [one.shape for one in ours] != [one.shape for one in theirs]:
        return np.inf
    one, other = (np.concatenate([*map(np.ravel, x)]) for x in (ours, theirs))
    return relative_difference(one, other)


def _text(settings):
    """The arguments as one would write them."""
    return ", ".join(
        f"{key}={type(value).__name__}({value.units})"
        if isinstance(value, layers.Layer)
        else f"{key}={value!r}"
        for key, value in settings.items()
    )
