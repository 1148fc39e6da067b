"""Layer: a function with weights, and the derivative of that function."""

from dataclasses import KW_ONLY

import numpy as np

from .. import checks, initializers
from ..checks import misfit, optional, shape, text
from ..configured import Configured
from ..utils import snake_case


class Call:
    """A layer, and what it is called on: a place in a Model's graph."""

    def __init__(self, layer, sources):
        self.layer, self.sources = layer, sources


class Weights:
    """What a layer and a model share: weights as a list, `variables`."""

    def get_weights(self):
        """Copies of all weights, trained ones first, in Keras's order."""
        return [weight.copy() for weight in self.variables]

    def set_weights(self, weights):
        """Write arrays such as get_weights returns; shapes must fit."""
        who = f"{self} weights"
        weights = checks.sequence(weights, self, "a list of weights")
        arrays = [checks.as_float(one, who, self.dtype) for one in weights]
        expected = [weight.shape for weight in self.variables]
        received = [array.shape for array in arrays]
        if expected != received:
            raise misfit(self, f"weights of shapes {expected}", received)
        for weight, array in zip(self.variables, arrays):
            weight[...] = array

    def count_params(self):
        """How many numbers all weights hold."""
        return sum(weight.size for weight in self.variables)


class Layer(Configured, Weights):
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
    #: The kinds of numbers it takes: "f" for floats, "iu" for whole ones.
    kinds = "f"
    #: True where the layer may be called on a list of inputs.
    takes_several = False
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
        expected = "an Input or another layer's call"
        for source in inputs:
            checks.instance(source, (Call, Layer), f"{self} call", expected)
        if len(inputs) != 1 and not (self.takes_several and inputs):
            raise misfit(self, "one input", f"{len(inputs)} inputs")
        return Call(self, tuple(inputs))

    def build(self, input_shape, rng):
        """Declare the weights for inputs of this shape (without batch).

        input_shape: a tuple; a list of them for a layer of several inputs.
        rng: the layer's own np.random.Generator; None for a fresh one.
        Returns the output's shape.
        """
        who = f"{type(self).__name__} input_shape"
        several = isinstance(input_shape, list)
        if several and not (self.takes_several and input_shape):
            raise misfit(self, "one input", f"{len(input_shape)} inputs")
        if several:
            input_shape = [shape(one, who) for one in input_shape]
        else:
            input_shape = shape(input_shape, who)
        optional(_generator)(rng, f"{self} rng")
        self.rng = np.random.default_rng(rng)
        self.trainable_weights, self.state_weights = [], []
        self.output_shape = self.declare(input_shape)
        self.input_shape = input_shape
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
            expected = f"an initializer that returns shape {tuple(shape)}"
            raise misfit(f'{self} weight "{name}"', expected, values.shape)
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
            for flat, own in (vector, name), (gradient, "d" + name):
                setattr(self, own, flat[start:end].reshape(weight.shape))
            start = end

    @property
    def variables(self):
        """All weights, trained ones first, in Keras's order."""
        names = self.trainable_weights + self.state_weights
        return [getattr(self, name) for name in names]

    def check_input(self, x):
        """An error unless x is (batch, *input_shape), or a list of such."""
        if self.output_shape is None:
            raise RuntimeError(f"{self} must be built before it is used")
        several = isinstance(self.input_shape, list)
        shapes = self.input_shape if several else [self.input_shape]
        arrays = x if several and isinstance(x, (list, tuple)) else [x]
        for array in arrays:
            checks.check_array(array, self, self.kinds)
        received = [array.shape for array in arrays]
        batch = received[0][:1] if received else ()
        if not batch or received != [batch + shape for shape in shapes]:
            expected = " and ".join(with_batch(shape) for shape in shapes)
            raise misfit(self, expected, " and ".join(map(str, received)))
        self.batch = batch

    def recall(self, dy):
        """What forward kept; an error if it has not run, or dy misfits."""
        if self._saved is None:
            raise RuntimeError(f"{self}: backward needs forward first")
        checks.check_array(dy, f"{self} backward")
        expected = self.batch + self.output_shape
        if dy.shape != expected:
            raise misfit(f"{self} backward", expected, dy.shape)
        return self._saved

    def next_mask(self, x):
        """The mask for the layer behind this one, whose input was x.

        None after several inputs, whose masks may differ, unless a kind of
        layer says more.
        """
        return None if isinstance(self.mask, list) else self.mask

    def get_config(self):
        """The constructor's arguments, from which it can be made again.

        Not the input's shape: the model knows that of its first layer.
        """
        config = super().get_config()
        del config["input_shape"]
        return config

    def __str__(self):
        return f'{type(self).__name__} "{self.name}"'


def _generator(value, who):
    """A source of random numbers."""
    expected = "a np.random.Generator"
    return checks.instance(value, np.random.Generator, who, expected)


def with_batch(shape):
    """(28, 28) as "(batch, 28, 28)", for error texts."""
    return "(" + ", ".join(["batch", *map(str, shape)]) + ")"
