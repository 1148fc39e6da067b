"""Layer: a function with weights, and the derivative of that function."""

import inspect

import numpy as np

from .. import initializers
from ..utils import positive_int, snake_case


class Layer:
    """y = f(x; weights), with backward the way from dL/dy to dL/dx.

    A layer has four duties. `__init__` stores its arguments. `build` learns
    the input's shape and declares weights with `add_weight`. `forward` maps
    x to y and keeps what backward needs. `backward` **writes** (never adds)
    dL/dweight into the layer's gradients and returns dL/dx.

    name: shown in errors and summaries. input_shape: shape of one sample,
    without the batch, for the first layer of a model.
    """

    #: The type of weights and activations; a model sets it before building.
    dtype = np.dtype("float32")
    #: False where nobody asks for dL/dx: backward then returns None.
    needs_dx = True
    #: Which moments of a sequence count, (batch, time); None: all of them.
    mask = None

    def __init__(self, name=None, input_shape=None):
        self.name = name or snake_case(type(self).__name__)
        self.input_shape = _shape(input_shape)
        self.output_shape = None
        self.trainable_weights = []  # names, in Keras's order
        self.state_weights = []  # not trained: moving averages
        self._saved = None

    def build(self, input_shape, rng):
        """Declare the weights for inputs of this shape (without batch).

        rng: the layer's own np.random.Generator. Returns the output's shape.
        """
        self.input_shape = _shape(input_shape)
        self.rng = rng
        self.trainable_weights, self.state_weights = [], []
        self.output_shape = self.declare(self.input_shape)
        return self.output_shape

    def declare(self, input_shape):
        """What a kind of layer does in build; returns the output's shape."""
        return input_shape

    def forward(self, x, training=False):
        """Map x: (batch, *input_shape) to y: (batch, *output_shape)."""
        raise NotImplementedError

    def backward(self, dy):
        """Write the weights' gradients, return dx with the shape of x."""
        raise NotImplementedError

    def add_weight(self, name, shape, initializer, trainable=True):
        """Create self.<name> and, if it is trained, self.d<name>."""
        values = np.asarray(initializers.get(initializer)(shape, self.rng))
        if values.shape != tuple(shape):
            raise ValueError(
                f'{self} weight "{name}" expects an initializer that returns '
                f"shape {tuple(shape)}, received {values.shape}"
            )
        setattr(self, name, values.astype(self.dtype))
        if trainable:
            setattr(self, "d" + name, np.zeros(shape, self.dtype))
            self.trainable_weights.append(name)
        else:
            self.state_weights.append(name)

    def place(self, vector, gradient):
        """Move the weights into flat arrays, of which they become views.

        vector, gradient: this layer's part of the model's two flat arrays.
        """
        start = 0
        for name in self.trainable_weights:
            weight = getattr(self, name)
            end = start + weight.size
            vector[start:end] = weight.ravel()
            setattr(self, name, vector[start:end].reshape(weight.shape))
            setattr(
                self, "d" + name, gradient[start:end].reshape(weight.shape)
            )
            start = end

    def get_weights(self):
        """Copies of all weights, trained ones first, in Keras's order."""
        names = self.trainable_weights + self.state_weights
        return [getattr(self, name).copy() for name in names]

    def set_weights(self, weights):
        """Write arrays into the weights; shapes must fit, nothing else."""
        names = self.trainable_weights + self.state_weights
        arrays = [np.asarray(weight) for weight in weights]
        expected = [getattr(self, name).shape for name in names]
        received = [array.shape for array in arrays]
        if expected != received:
            raise ValueError(
                f"{self} expects weights of shapes {expected}, "
                f"received {received}"
            )
        for name, array in zip(names, arrays):
            getattr(self, name)[...] = array

    def count_params(self):
        """How many numbers the layer's weights hold."""
        names = self.trainable_weights + self.state_weights
        return sum(getattr(self, name).size for name in names)

    def check_input(self, x):
        """ValueError unless x is (batch, *input_shape)."""
        if self.output_shape is None:
            raise RuntimeError(f"{self} must be built before it is used")
        if x.shape[1:] != self.input_shape or x.ndim == 0:
            raise ValueError(
                f"{self} expects {_with_batch(self.input_shape)}, "
                f"received {x.shape}"
            )

    def recall(self, dy):
        """What forward kept; an error if it has not run, or dy misfits."""
        if self._saved is None:
            raise RuntimeError(f"{self}: backward needs forward first")
        if dy.shape[1:] != self.output_shape:
            raise ValueError(
                f"{self} backward expects {_with_batch(self.output_shape)}, "
                f"received {dy.shape}"
            )
        return self._saved

    def next_mask(self, x):
        """The mask for the layer behind this one, whose input was x."""
        return self.mask

    def get_config(self):
        """The constructor's arguments, from which the layer can be rebuilt.

        An initializer that is a function has no name to store; it is left
        out, since a rebuilt layer gets its weights from the file anyway.
        """
        config = {"name": self.name}
        for key in constructor_arguments(type(self)):
            value = getattr(self, key)
            if isinstance(value, Layer):  # a layer that holds another
                value = [type(value).__name__, value.get_config()]
            value = getattr(value, "name", value)
            if not callable(value):
                config[key] = value
        return config

    def __repr__(self):
        config = self.get_config()
        given = [
            f"{key}={config[key]!r}"
            for key, parameter in constructor_arguments(type(self)).items()
            if config.get(key, "linear") not in (parameter.default, "linear")
        ]
        return f"{type(self).__name__}({', '.join(given)})"

    def __str__(self):
        return f'{type(self).__name__} "{self.name}"'


def constructor_arguments(cls):
    """Parameters of the constructors of cls and its bases, below Layer.

    Without self and the common ones; a base's come first.
    """
    found = {}
    for base in reversed(cls.__mro__[: cls.__mro__.index(Layer)]):
        if "__init__" in vars(base):
            found |= inspect.signature(base).parameters
    return {
        key: parameter
        for key, parameter in found.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and key not in ("name", "input_shape")
    }


def _shape(shape):
    """A shape as a tuple of positive ints; None stays None."""
    if shape is None:
        return None
    if isinstance(shape, (int, np.integer)):
        raise ValueError(
            f"input_shape expects a tuple such as ({shape},), received {shape}"
        )
    return tuple(positive_int(size, "input_shape") for size in shape)


def _with_batch(shape):
    """(28, 28) as "(batch, 28, 28)", for error texts."""
    return "(" + ", ".join(["batch", *map(str, shape)]) + ")"
