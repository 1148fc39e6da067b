"""The layers every network uses, in order of difficulty."""

import numpy as np

from .. import activations, initializers
from ..checks import below_one, flag, misfit, positive_int, shape
from .layer import Layer


def _target_shape(value, who):
    """A shape in which one size may be -1."""
    value = tuple(value) if isinstance(value, list) else value
    if isinstance(value, tuple) and value.count(-1) == 1:
        where = value.index(-1)
        shape((*value[:where], 1, *value[where + 1 :]), who)
        return value
    return shape(value, who)


class Input(Layer):
    """States the shape of one sample; passes it on unchanged."""

    shape: shape

    kinds = "fiu"

    def __post_init__(self):
        super().__post_init__()
        self.input_shape = self.shape

    def declare(self, input_shape):
        if input_shape != self.shape:
            raise misfit(self, f"the shape {self.shape}", input_shape)
        return input_shape

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = ()
        return x

    def backward(self, dy):
        self.recall(dy)
        return dy


class Activation(Layer):
    """y = f(x), element by element (softmax: over the last axis)."""

    activation: activations.get

    def forward(self, x, training=False):
        self.check_input(x)
        y = self.applied.function(x)
        self._saved = x if self.applied.keeps == "input" else y
        return y

    def backward(self, dy):
        return self.applied.backward(dy, self.recall(dy))


class Flatten(Layer):
    """(batch, height, width, channels) -> (batch, all of them)."""

    def declare(self, input_shape):
        return (int(np.prod(input_shape)),)

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = x.shape
        return x.reshape(len(x), *self.output_shape)

    def backward(self, dy):
        shape = self.recall(dy)
        return dy.reshape(shape)


class Reshape(Flatten):
    """(batch, *input_shape) -> (batch, *target_shape); one -1 is filled in."""

    target_shape: _target_shape

    def declare(self, input_shape):
        try:
            return np.empty(input_shape, bool).reshape(self.target_shape).shape
        except ValueError:
            size = np.prod(input_shape)
            expected = f"a target_shape of {size} elements for {input_shape}"
            raise misfit(self, expected, self.target_shape) from None


class Dense(Layer):
    """y = f(x W + b), with W: (inputs, units) and b: (units,).

    x: (batch, ..., inputs); y: (batch, ..., units). Only the last axis is
    mixed. Source: the formula o = f(Wx + b) for a batch of rows.
    """

    units: positive_int
    activation: activations.get = None
    use_bias: flag = True
    kernel_initializer: initializers.known = "glorot_uniform"
    bias_initializer: initializers.known = "zeros"

    def declare(self, input_shape):
        if not input_shape:
            raise misfit(self, "(batch, inputs)", "(batch,)")
        shape = (input_shape[-1], self.units)
        self.add_weight("kernel", shape, self.kernel_initializer)
        if self.use_bias:
            self.add_weight("bias", (self.units,), self.bias_initializer)
        return (*input_shape[:-1], self.units)

    def forward(self, x, training=False):
        self.check_input(x)
        z = x @ self.kernel
        if self.use_bias:
            z += self.bias
        y, kept = self.applied.forward(z)
        self._saved = x, kept
        return y

    def backward(self, dy):
        x, kept = self.recall(dy)
        dz = self.applied.backward(dy, kept)
        rows = dz.reshape(-1, self.units)
        np.matmul(x.reshape(-1, x.shape[-1]).T, rows, out=self.dkernel)
        if self.use_bias:
            np.add.reduce(rows, axis=0, out=self.dbias)
        if not self.needs_dx:
            return None
        # Few rows and a large W: OpenBLAS is faster at W dz^T than at dz W^T;
        # a step of M2 at batch 8 takes 5 % less.
        if self.kernel.size > 2**14 * len(rows):
            dx = (self.kernel @ rows.T).T.reshape(x.shape)
            return np.ascontiguousarray(dx)
        return dz @ self.kernel.T


class Dropout(Layer):
    """While training, sets a share `rate` of x to 0 and scales the rest.

    y = x * mask / (1 - rate): the expectation stays x, so that nothing
    needs to change when predicting. Srivastava et al. 2014.
    """

    rate: below_one

    def forward(self, x, training=False):
        self.check_input(x)
        if not training or self.rate == 0:
            self._saved = (None,)
            return x
        mask = self.rng.random(x.shape, dtype=np.float32) >= self.rate
        scale = mask * x.dtype.type(1 / (1 - self.rate))
        self._saved = (scale,)
        return x * scale

    def backward(self, dy):
        (scale,) = self.recall(dy)
        return dy if scale is None else dy * scale


class Embedding(Layer):
    """y = E[x]: each whole number picks a row of E: (input_dim, output_dim).

    x: (batch, ...) of whole numbers in [0, input_dim); y: x's shape with
    output_dim behind. Rows that were picked twice get both gradients.
    mask_zero: 0 is padding; recurrent layers behind this one skip it.
    """

    input_dim: positive_int
    output_dim: positive_int
    embeddings_initializer: initializers.known = "random_uniform"
    mask_zero: flag = False

    kinds = "iu"

    def declare(self, input_shape):
        shape = (self.input_dim, self.output_dim)
        self.add_weight("embeddings", shape, self.embeddings_initializer)
        return (*input_shape, self.output_dim)

    def check_input(self, x):
        super().check_input(x)
        if x.size and (x.min() < 0 or x.max() >= self.input_dim):
            expected = f"numbers from 0 to {self.input_dim - 1}"
            raise misfit(self, expected, f"{x.min()} to {x.max()}")

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = (x,)
        return self.embeddings[x]

    def backward(self, dy):
        (x,) = self.recall(dy)
        # Sorted, so that each number's rows are summed in one piece: np.add.at
        # takes two to three times as long (512 numbers of 3,000, size 48).
        order = np.argsort(x, axis=None, kind="stable")
        picked, starts = np.unique(x.ravel()[order], return_index=True)
        rows = dy.reshape(-1, self.output_dim)[order]
        self.dembeddings[...] = 0
        self.dembeddings[picked] = np.add.reduceat(rows, starts)
        return None  # a whole number has no derivative

    def next_mask(self, x):
        return x != 0 if self.mask_zero else None
