"""Layers of several inputs: where paths of a network meet again."""

import numpy as np

from ..checks import misfit
from .layer import Layer


class _Merge(Layer):
    """What Add and Concatenate share: a list of inputs, one mask."""

    takes_several = True

    def check_shapes(self, shapes, alike):
        """ValueError unless there are several, and alike(shape) agrees."""
        several = isinstance(shapes, list) and all(shapes)
        if not several or len({alike(one) for one in shapes}) > 1:
            raise misfit(self, self.expects, shapes)

    def next_mask(self, x):
        """A moment counts if it does in every input that has a mask."""
        masks = [mask for mask in self.mask if mask is not None]
        return np.logical_and.reduce(masks) if masks else None


class Add(_Merge):
    """y = x_1 + x_2 + ...: each input gets dy. He et al. 2016 (residuals)."""

    expects = "several inputs of one shape"

    def declare(self, shapes):
        self.check_shapes(shapes, alike=lambda shape: shape)
        return shapes[0]

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = len(x)
        return sum(x[1:], start=x[0])

    def backward(self, dy):
        return [dy] * self.recall(dy)


class Concatenate(_Merge):
    """y = the inputs side by side, along the last axis."""

    expects = "several inputs that differ in the last size only"

    def declare(self, shapes):
        self.check_shapes(shapes, alike=lambda shape: shape[:-1])
        widths = [shape[-1] for shape in shapes]
        self._ends = np.cumsum(widths)[:-1]
        return (*shapes[0][:-1], sum(widths))

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = True
        return np.concatenate(x, axis=-1)

    def backward(self, dy):
        self.recall(dy)
        return np.split(dy, self._ends, axis=-1)
