"""Layer: a function with weights, and the derivative of that function."""

from dataclasses import KW_ONLY

import numpy as np

from .. import initializers
from ..checks import misfit, optional, shape, text
from ..configured import Configured
from ..utils import snake_case


class Call:
    """A layer, and what it is called on: a place in a Model's graph."""

    def __init__(self, layer, sources):
        self.layer, self.sources = layer, sources


class Layer(Configured):
    """y = f(x; weights), with backward the way from dL/dy to dL/dx.

    A layer has four duties. Its annotations name its arguments. `build`
    learns the input's shape and declares weights with `add_weight`.
    `forward` maps x to y and keeps what backward needs. `backward`
    **writes** (never adds) dL/dweight into the layer's gradients and
    returns dL/dx. Neither changes the array that it is given.

    name: shown in errors and summaries. input_shape: shape of one sample,
    without the batch, for the first layer of a model.
    """

    _: KW_ONLY
    name: optional(text) = None
    input_shape: optional(shape) = None

    #: The type of weights and activations; a model sets it before building.
    dtype = np.dtype("float32")
    #: False where nobody asks for dL/dx: backward then returns None.
    needs_dx = True
    #: Which moments of a sequence count, (batch, time); None: all of them.
    mask = None
    #: The shape of y without the batch, once the layer is built.
    output_shape = None

    def __post_init__(self):
        super().__post_init__()
        self.name = self.name or snake_case(type(self).__name__)
        # A model may move the last activation into the loss.
        self.applied = getattr(self, "activation", None)
        self.trainable_weights = []  # names, in Keras's order
        self.state_weights = []  # not trained: moving averages
        self._saved = None

    def __call__(self, *inputs):
        """Place the layer in the graph of a Model, behind these inputs.

        inputs: an Input or what a layer returned, or several of them (a
        list will do) for a layer that takes several.
        """
        if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)):
            inputs = inputs[0]
        for source in inputs:
            if not isinstance(source, (Call, Layer)):
                raise misfit(
                    f"{self} call", "an Input or another layer's call",
                    repr(type(source).__name__), TypeError,
                )
        return Call(self, tuple(inputs))

    def build(self, input_shape, rng):
        """Declare the weights for inputs of this shape (without batch).

        input_shape: a tuple; a list of them for a layer of several inputs.
        rng: the layer's own np.random.Generator. Returns the output's shape.
        """
        who = f"{type(self).__name__} input_shape"
        if isinstance(input_shape, list):
            self.input_shape = [shape(one, who) for one in input_shape]
        else:
            self.input_shape = shape(input_shape, who)
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
            raise misfit(
                f'{self} weight "{name}"',
                f"an initializer that returns shape {tuple(shape)}",
                values.shape,
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
            raise misfit(self, f"weights of shapes {expected}", received)
        for name, array in zip(names, arrays):
            getattr(self, name)[...] = array

    def count_params(self):
        """How many numbers the layer's weights hold."""
        names = self.trainable_weights + self.state_weights
        return sum(getattr(self, name).size for name in names)

    def check_input(self, x):
        """ValueError unless x is (batch, *input_shape), or a list of such."""
        if self.output_shape is None:
            raise RuntimeError(f"{self} must be built before it is used")
        if isinstance(self.input_shape, list):
            received = [array.shape[1:] for array in x]
            if received != self.input_shape or len({len(a) for a in x}) > 1:
                raise misfit(self, self.input_shape, [a.shape for a in x])
        elif x.shape[1:] != self.input_shape or x.ndim == 0:
            raise misfit(self, with_batch(self.input_shape), x.shape)

    def recall(self, dy):
        """What forward kept; an error if it has not run, or dy misfits."""
        if self._saved is None:
            raise RuntimeError(f"{self}: backward needs forward first")
        if dy.shape[1:] != self.output_shape:
            expected = with_batch(self.output_shape)
            raise misfit(f"{self} backward", expected, dy.shape)
        return self._saved

    def next_mask(self, x):
        """The mask for the layer behind this one, whose input was x."""
        return self.mask

    def get_config(self):
        """The constructor's arguments, from which it can be made again.

        Not the input's shape: the model knows that of its first layer.
        """
        config = super().get_config()
        del config["input_shape"]
        return config

    def __str__(self):
        return f'{type(self).__name__} "{self.name}"'


def with_batch(shape):
    """(28, 28) as "(batch, 28, 28)", for error texts."""
    return "(" + ", ".join(["batch", *map(str, shape)]) + ")"
