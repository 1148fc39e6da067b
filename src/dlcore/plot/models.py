"""What the diagrams need to know of a model, be it dlcore's or Keras's."""

from math import prod


def layers(function, model):
    """Return the model's layers without input layers; it must be built."""
    found = [
        layer
        for layer in getattr(model, "layers", [])
        if kind(layer) not in ("Input", "InputLayer")
    ]
    if not found:
        raise ValueError(
            f"{function} expects a model with layers, received {model!r}"
        )
    for layer in found:
        if output_shape(layer) is None:
            raise ValueError(
                f"{function} expects a built model, but layer "
                f'"{layer.name}" has no shape yet'
            )
    return found


def kind(layer):
    """Return the class name, such as "Dense"."""
    return type(layer).__name__


def output_shape(layer):
    """Return the shape a layer gives, without the batch; None if not built."""
    # Keras has symbolic tensors with the batch, dlcore plain shapes.
    try:
        return tuple(layer.output.shape[1:])
    except AttributeError:
        return getattr(layer, "output_shape", None)


def input_shape(layer):
    """Return the shape a layer takes, without the batch."""
    try:
        return tuple(layer.input.shape[1:])
    except AttributeError:
        return tuple(layer.input_shape)


def parameters(layer):
    """Return how many numbers the layer's weights hold."""
    return sum(prod(weight.shape) for weight in layer.get_weights())


def times(shape):
    """Return (26, 26, 32) as "26×26×32"."""
    return "×".join(map(str, shape))
