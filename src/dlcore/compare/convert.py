"""The same architecture in the other library, and the weights copied.

Layers of both libraries have the same names and the same arguments, so a
layer is translated by its configuration; and their weights have the same order
and shapes (kernels HWIO), so they are copied as they are.
"""

import inspect
from dataclasses import fields

import numpy as np

from .. import layers
from ..models import Sequential
from .backend import keras

#: What Keras's layers say of themselves that changes no number here: names
#: and types, where weights start (they are copied), what holds for images.
_NO_MATTER = {
    "activity_regularizer",
    "batch_input_shape",
    "data_format",
    "dtype",
    "name",
    "optional",
    "quantization_config",
    "ragged",
    "seed",
    "sparse",
    "trainable",
}


def to_keras(model):
    """Return a Keras model with the model's layers and weights.

    model: a built dlcore model; its dtype is kept. A Sequential becomes one,
    unless it holds what Keras calls on two inputs (attention), or what gives
    several outputs there (states). The Keras model is not compiled;
    ``keras_optimizer`` and ``keras_loss`` translate the rest.

    Raises ValueError for a model that is not built.
    """
    if not getattr(model, "built", False):
        raise ValueError(
            f"to_keras expects a built dlcore model, received {model!r}"
        )
    dtype = str(model.dtype)
    inputs = []
    for shape, readers in zip(model.input_shapes, model._readers()):
        integers = any(layer.kinds == "iu" for layer in readers)
        inputs.append(keras.Input(shape, dtype="int32" if integers else None))
    if isinstance(model, Sequential) and not any(
        _attends(layer) or _gives_states(layer) for layer in model.layers
    ):
        twins = [_to_keras(x, dtype) for x in model.layers if not _states(x)]
        twin = keras.Sequential([*inputs, *twins], name=model.name)
        copy_weights(model, twin)
    else:
        places = list(inputs)
        for layer, sources in model.graph:
            read = [places[source] for source in sources]
            places.append(_called(layer, dtype, read))
        inputs = inputs if inputs[1:] else inputs[0]
        twin = keras.Model(inputs, places[-1], name=model.name)
    return twin


def from_keras(model, seed=0):
    """Return a dlcore Sequential with the Keras model's layers and weights.

    model: a built Keras Sequential of layers and settings that dlcore has.
    seed: what the dlcore model draws from when it is trained (shuffling).

    Raises TypeError for other kinds of models, and ValueError for a model
    that is not built and for a layer or a setting that dlcore lacks.
    """
    if not isinstance(model, keras.Sequential):
        raise TypeError(
            "from_keras expects a keras.Sequential, "
            f"received {type(model).__name__}"
        )
    if not model.built or not model.layers:
        raise ValueError(
            f'from_keras expects a built model with layers, but "{model.name}"'
            " has no input shape or no layers; start it with an Input"
        )
    shape = model.input_shape[1:]
    if None in shape:
        raise ValueError(
            f"from_keras expects a fixed input shape, received {shape}"
        )
    twin = Sequential(
        [_from_keras(layer) for layer in model.layers],
        name=model.name,
        seed=seed,
        dtype=str(model.variable_dtype),
    )
    twin.build(shape)
    copy_weights(model, twin)
    return twin


def copy_weights(source, target):
    """Copy all weights; both models can be dlcore's or Keras's.

    Raises ValueError if the shapes differ, before anything is written.
    """
    # The layers' order, and not the model's: dlcore and Keras agree on it.
    weights = [layer.get_weights() for layer in _weighted(source)]
    places = [layer.get_weights() for layer in _weighted(target)]
    received = [[w.shape for w in group] for group in weights]
    expected = [[w.shape for w in group] for group in places]
    if received != expected:
        raise ValueError(
            f"copy_weights expects, layer by layer, the shapes {expected}, "
            f"received {received}"
        )
    for layer, group in zip(_weighted(target), weights):
        layer.set_weights(group)


def _weighted(model):
    """The layers of a model that have weights."""
    return [layer for layer in model.layers if layer.get_weights()]


def _states(layer):
    """Whether a layer only states the input's shape."""
    return isinstance(layer, layers.Input)


def _attends(layer):
    return isinstance(layer, layers.MultiHeadAttention)


def _gives_states(layer):
    return getattr(getattr(layer, "layer", layer), "return_state", False)


def _called(layer, dtype, inputs):
    """What Keras's twin of the layer, with its weights, gives for these."""
    if _states(layer):
        return inputs[0]
    twin = _to_keras(layer, dtype)
    if _attends(layer):
        inputs = inputs * 2 if len(inputs) == 1 else inputs
        y = twin(*inputs, use_causal_mask=layer.use_causal_mask)
    elif hasattr(layer, "recurrent_kernel") and inputs[1:]:
        first = keras.ops.split(inputs[1], layer.states, axis=1)
        y = twin(inputs[0], initial_state=first)
    else:
        y = twin(inputs if len(inputs) > 1 else inputs[0])
    twin.set_weights(layer.get_weights())
    if _gives_states(layer):  # [y, h, c], or [y, h, c, h', c'] of two
        count = getattr(layer, "layer", layer).states
        states = [part for k in range(count) for part in y[1 + k :: count]]
        y = keras.ops.concatenate(states, axis=1)
    return y


def _to_keras(layer, dtype):
    """One layer in Keras; initializers play no role, weights are copied."""
    if isinstance(layer, layers.PositionalEmbedding):  # Keras has none
        return keras.layers.Lambda(
            lambda x: x + layer.positions,
            mask=lambda x, mask: mask,
            name=layer.name,
            dtype=dtype,
        )
    kind = getattr(keras.layers, type(layer).__name__)
    config = {
        key: value
        for key, value in layer.get_config().items()
        if not key.endswith("_initializer") and key != "use_causal_mask"
    }
    if "layer" in config:  # Bidirectional holds another one
        config["layer"] = _to_keras(layer.layer, dtype)
    return kind(dtype=dtype, **config)


def _from_keras(layer):
    """One layer in dlcore; what it cannot do is refused."""
    name = type(layer).__name__
    kind = getattr(layers, name, None)
    if kind is None:
        raise ValueError(
            f'from_keras: layer "{layer.name}" is a {name}, which dlcore '
            "does not have"
        )
    config, default = layer.get_config(), _defaults(type(layer))
    known = {field.name for field in fields(kind)} - {"input_shape"}
    arguments = {"name": layer.name}
    for key, value in config.items():
        if key.endswith("_initializer"):
            continue
        if key == "layer":  # Bidirectional holds another one
            arguments[key] = _from_keras(_inner(layer.forward_layer))
        elif key == "backward_layer" and _is_twin(layer):
            continue
        elif key in known:
            arguments[key] = value
        elif key not in _NO_MATTER and not _same(
            value, default.get(key, False)
        ):
            raise ValueError(
                f'from_keras: layer "{layer.name}" has {key}={value!r}, '
                f"which dlcore's {name} does not have"
            )
    if config.get("data_format") == "channels_first":
        raise ValueError(
            f'from_keras: layer "{layer.name}" has its channels first, '
            "dlcore expects them last"
        )
    return kind(**arguments)


def _inner(layer):
    """The layer before Bidirectional told it to blank what is masked."""
    settings = layer.get_config() | {"zero_output_for_mask": False}
    return type(layer).from_config(settings)


def _is_twin(layer):
    """Whether both directions of a Bidirectional have the same settings."""
    one, other = (
        part.get_config() | {"name": "", "go_backwards": False}
        for part in (layer.forward_layer, layer.backward_layer)
    )
    return one == other


def _defaults(kind):
    """The default arguments of a Keras layer."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    return {p.name: p.default for p in parameters}


def _same(value, default):
    """Whether a setting is the default; [-1] and -1 are the same axis."""
    return np.array_equal(np.ravel(value), np.ravel(default))
