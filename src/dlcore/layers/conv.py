"""Convolution and pooling: one small window, moved over an image.

Images are (batch, height, width, channels). Every layer here looks at the
window's positions one by one: position (i, j) of all windows at once is one
strided slice of the image, and that slice is as large as the output.
"""

from functools import reduce

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .. import activations, initializers
from ..checks import flag, misfit, one_of, optional, pair, positive_int
from .layer import Layer, with_batch


def check_images(layer, input_shape):
    """ValueError unless one sample is (height, width, channels)."""
    if len(input_shape) != 3:
        expected = "(batch, height, width, channels)"
        raise misfit(layer, expected, with_batch(input_shape))


def windows(images, count, size, strides):
    """All windows of images as rows: (batch * rows * columns, numbers).

    count: (rows, columns) of windows. They are read where they lie, one
    over the other, and copied once: a third of the time of a loop over a
    window's pixels (32 channels).
    """
    batch, down, right, channel = images.strides
    view = as_strided(
        images, (len(images), *count, *size, images.shape[-1]),
        (batch, down * strides[0], right * strides[1], down, right, channel),
    )
    numbers = np.prod(view.shape[3:])
    if images.shape[-1] == 1:  # pixel by pixel: predicting M2 takes 7 % less
        return view.transpose(3, 4, 5, 0, 1, 2).reshape(numbers, -1).T
    return view.reshape(-1, numbers)


class _Windows(Layer):
    """What convolution and pooling share: window, strides, padding."""

    def place_windows(self, input_shape):
        """Find how many windows fit; returns (rows, columns) of the output.

        "same" pads so that rows = ceil(height / stride); an odd rest goes
        below and to the right, as in TensorFlow.
        """
        check_images(self, input_shape)
        self.border, count = [], []
        for size, k, s in zip(input_shape, self.window, self.strides):
            if self.padding == "same":
                n = -(-size // s)
                missing = max((n - 1) * s + k - size, 0)
            else:
                n, missing = (size - k) // s + 1, 0
            if n < 1:
                expected = f"an image of at least {self.window}"
                raise misfit(self, expected, input_shape[:2])
            self.border.append((missing // 2, missing - missing // 2))
            count.append(n)
        return tuple(count)

    def pad(self, x, value=0):
        """x with its border; x itself where there is none."""
        if not np.any(self.border):
            return x
        border = ((0, 0), *self.border, (0, 0))
        return np.pad(x, border, constant_values=value)

    def crop(self, padded):
        """Undo pad."""
        height, width = self.input_shape[:2]
        (top, _), (left, _) = self.border
        return padded[:, top : top + height, left : left + width]

    def positions(self, padded):
        """For each position in the window, the pixels of all windows."""
        rows, columns = self.output_shape[:2]
        down, right = self.strides
        for i, j in np.ndindex(*self.window):
            yield padded[:, i::down, j::right][:, :rows, :columns]


class Conv2D(_Windows):
    """y[b, r, c, f] = f(sum over i, j, k of x[b, r+i, c+j, k] W[i, j, k, f]).

    W: (height, width, channels, filters), bias: (filters,). All windows are
    copied into one matrix of patches; then the sum is one matrix product.
    (Strictly a cross-correlation: the kernel is not flipped.)
    """

    filters: positive_int
    kernel_size: pair
    strides: pair = (1, 1)
    padding: one_of("valid", "same") = "valid"
    activation: activations.get = None
    use_bias: flag = True
    kernel_initializer: initializers.known = "glorot_uniform"
    bias_initializer: initializers.known = "zeros"

    def declare(self, input_shape):
        self.window = self.kernel_size
        count = self.place_windows(input_shape)
        shape = (*self.window, input_shape[-1], self.filters)
        self.add_weight("kernel", shape, self.kernel_initializer)
        if self.use_bias:
            self.add_weight("bias", (self.filters,), self.bias_initializer)
        return (*count, self.filters)

    def forward(self, x, training=False):
        self.check_input(x)
        count = self.output_shape[:2]
        patches = windows(self.pad(x), count, self.window, self.strides)
        z = patches @ self.kernel.reshape(-1, self.filters)
        if self.use_bias:
            z += self.bias
        y, kept = self.applied.forward(z)
        self._saved = patches, kept
        return y.reshape(len(x), *self.output_shape)

    def backward(self, dy):
        patches, kept = self.recall(dy)
        rows = dy.reshape(-1, self.filters)
        dz = self.applied.backward(rows, kept)
        np.matmul(patches.T, dz, out=self.dkernel.reshape(-1, self.filters))
        if self.use_bias:
            np.add.reduce(dz, axis=0, out=self.dbias)
        return self.spread(dz) if self.needs_dx else None

    def spread(self, dz):
        """dx: each pixel sums over the windows in which it lies."""
        size = int(np.prod(self.output_shape[:2]))
        dx = self.pad(np.zeros((len(dz) // size, *self.input_shape), dz.dtype))
        # Pixel by pixel of the window, and few images (128 KB) at a time: all
        # at once, backward takes 1.5 times as long (14 x 14 x 32, "same").
        few = max(1, 2**15 // (size * self.filters))
        for start in range(0, len(dx), few):
            rows = dz[start * size : (start + few) * size]
            parts = self.positions(dx[start : start + few])
            for place, part in zip(np.ndindex(*self.window), parts):
                part += (rows @ self.kernel[place].T).reshape(part.shape)
        return self.crop(dx)


class _Pooling(_Windows):
    """What max and average pooling share: their arguments and shapes."""

    pool_size: pair = (2, 2)
    strides: optional(pair) = None
    padding: one_of("valid", "same") = "valid"

    def __post_init__(self):
        super().__post_init__()
        self.window = self.pool_size
        self.strides = self.strides or self.pool_size

    def declare(self, input_shape):
        return (*self.place_windows(input_shape), input_shape[-1])


class MaxPooling2D(_Pooling):
    """y = the largest value of each window; its first place gets dy."""

    def forward(self, x, training=False):
        self.check_input(x)
        padded = self.pad(x, -np.inf)
        y = reduce(np.maximum, self.positions(padded))
        self._saved = padded, y
        return y

    def backward(self, dy):
        padded, y = self.recall(dy)
        dx = np.zeros_like(padded)
        free = np.ones(y.shape, bool)  # windows whose maximum is not found
        for part, dpart in zip(self.positions(padded), self.positions(dx)):
            first = (part == y) & free
            free &= ~first
            dpart += dy * first
        return self.crop(dx)


class AveragePooling2D(_Pooling):
    """y = the mean of each window; pixels of the border do not count."""

    def declare(self, input_shape):
        self.output_shape = super().declare(input_shape)
        inside = self.pad(np.ones((1, *input_shape), self.dtype))
        self.count = sum(self.positions(inside))
        return self.output_shape

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = x.shape
        return sum(self.positions(self.pad(x))) / self.count

    def backward(self, dy):
        dx = self.pad(np.zeros(self.recall(dy), dy.dtype))
        share = dy / self.count
        for part in self.positions(dx):
            part += share
        return self.crop(dx)


class _GlobalPooling(Layer):
    """(batch, height, width, channels) -> (batch, channels)."""

    def declare(self, input_shape):
        check_images(self, input_shape)
        return input_shape[-1:]


class GlobalAveragePooling2D(_GlobalPooling):
    """y = the mean of each channel over the whole image."""

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = x.shape
        return x.mean(axis=(1, 2))

    def backward(self, dy):
        shape = self.recall(dy)
        share = dy[:, None, None, :] / dy.dtype.type(shape[1] * shape[2])
        return np.broadcast_to(share, shape)


class GlobalMaxPooling2D(_GlobalPooling):
    """y = the largest value of each channel; equal ones share dy.

    (In MaxPooling2D the first of them takes all of it: so TensorFlow has
    it, there and here.)
    """

    def forward(self, x, training=False):
        self.check_input(x)
        y = x.max(axis=(1, 2), keepdims=True)
        self._saved = x == y
        return y[:, 0, 0]

    def backward(self, dy):
        largest = self.recall(dy)
        count = largest.sum(axis=(1, 2), dtype=dy.dtype)
        return largest * (dy / count)[:, None, None]


class UpSampling2D(Layer):
    """Larger images: each pixel is repeated; dx is the sum of its copies.

    size: how many times as high and as wide.
    """

    size: pair = (2, 2)

    def declare(self, input_shape):
        check_images(self, input_shape)
        height, width, channels = input_shape
        return height * self.size[0], width * self.size[1], channels

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = x.shape
        return x.repeat(self.size[0], axis=1).repeat(self.size[1], axis=2)

    def backward(self, dy):
        batch, height, width, channels = self.recall(dy)
        down, right = self.size
        copies = dy.reshape(batch, height, down, width, right, channels)
        return copies.sum(axis=(2, 4))
