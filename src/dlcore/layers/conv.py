"""Convolution and pooling: one small window, moved over an image.

Images are (batch, height, width, channels). Every layer here looks at the
window's positions one by one: position (i, j) of all windows at once is one
strided slice of the image, and that slice is as large as the output.
"""

import numpy as np

from .. import activations, initializers
from ..checks import flag, misfit, one_of, optional, pair, positive_int
from .layer import Layer, with_batch

_IMAGES = "(batch, height, width, channels)"


class _Windows(Layer):
    """What convolution and pooling share: window, strides, padding."""

    def place_windows(self, input_shape):
        """Find how many windows fit; returns (rows, columns) of the output.

        "same" pads so that rows = ceil(height / stride); an odd rest goes
        below and to the right, as in TensorFlow.
        """
        if len(input_shape) != 3:
            raise misfit(self, _IMAGES, with_batch(input_shape))
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
        (top, bottom), (left, right) = self.border
        n, height, width, channels = x.shape
        shape = (n, height + top + bottom, width + left + right, channels)
        padded = np.full(shape, value, x.dtype)
        padded[:, top : top + height, left : left + width] = x
        return padded

    def crop(self, padded):
        """Undo pad."""
        height, width = self.input_shape[:2]
        (top, _), (left, _) = self.border
        return padded[:, top : top + height, left : left + width]

    def positions(self, padded):
        """For each position of the window: (i, j, slice of the image)."""
        rows, columns = self.output_shape[:2]
        down, right = self.strides
        for i in range(self.window[0]):
            for j in range(self.window[1]):
                yield (
                    i,
                    j,
                    padded[
                        :,
                        i : i + down * (rows - 1) + 1 : down,
                        j : j + right * (columns - 1) + 1 : right,
                    ],
                )


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

    @property
    def window(self):
        return self.kernel_size

    def declare(self, input_shape):
        count = self.place_windows(input_shape)
        shape = (*self.window, input_shape[-1], self.filters)
        self.add_weight("kernel", shape, self.kernel_initializer)
        if self.use_bias:
            self.add_weight("bias", (self.filters,), self.bias_initializer)
        return (*count, self.filters)

    def patches(self, x):
        """All windows of x as rows: (batch * rows * columns, W's inputs)."""
        rows, columns = self.output_shape[:2]
        shape = (len(x), rows, columns, *self.window, x.shape[-1])
        patches = np.empty(shape, x.dtype)
        for i, j, slice_ in self.positions(self.pad(x)):
            patches[:, :, :, i, j] = slice_
        return patches.reshape(len(x) * rows * columns, -1)

    def forward(self, x, training=False):
        self.check_input(x)
        patches = self.patches(x)
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
        kernel = self.kernel.reshape(-1, self.filters)
        dkernel = self.dkernel.reshape(kernel.shape)
        np.matmul(patches.T, dz, out=dkernel)
        if self.use_bias:
            np.add.reduce(dz, axis=0, out=self.dbias)
        if not self.needs_dx:
            return None
        return self.unpatch(dz @ kernel.T, len(dy))

    def unpatch(self, dpatches, batch):
        """Backward of patches: each pixel sums over the windows it is in."""
        height, width, channels = self.input_shape
        (top, bottom), (left, right) = self.border
        dx = np.zeros(
            (batch, height + top + bottom, width + left + right, channels),
            dpatches.dtype,
        )
        dpatches = dpatches.reshape(
            batch, *self.output_shape[:2], *self.window, channels
        )
        for i, j, slice_ in self.positions(dx):
            slice_ += dpatches[:, :, :, i, j]
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
        slices = [slice_ for _, _, slice_ in self.positions(padded)]
        y = slices[0].copy()
        for slice_ in slices[1:]:
            np.maximum(y, slice_, out=y)
        self._saved = padded, y
        return y

    def backward(self, dy):
        padded, y = self.recall(dy)
        dx = np.zeros_like(padded)
        free = np.ones(y.shape, bool)  # windows whose maximum is not found
        for (_, _, slice_), (_, _, dslice) in zip(
            self.positions(padded), self.positions(dx)
        ):
            first = (slice_ == y) & free
            free &= ~first
            dslice += dy * first
        return self.crop(dx)


class AveragePooling2D(_Pooling):
    """y = the mean of each window; pixels of the border do not count."""

    def declare(self, input_shape):
        self.output_shape = super().declare(input_shape)
        inside = self.pad(np.ones((1, *input_shape), self.dtype))
        self.count = sum(slice_ for _, _, slice_ in self.positions(inside))
        return self.output_shape

    def forward(self, x, training=False):
        self.check_input(x)
        padded = self.pad(x)
        self._saved = padded.shape
        return sum(slice_ for _, _, slice_ in self.positions(padded)) / (
            self.count
        )

    def backward(self, dy):
        dx = np.zeros(self.recall(dy), dy.dtype)
        share = dy / self.count
        for _, _, dslice in self.positions(dx):
            dslice += share
        return self.crop(dx)


class GlobalAveragePooling2D(Layer):
    """y = the mean of each channel over the whole image: (batch, channels)."""

    def declare(self, input_shape):
        if len(input_shape) != 3:
            raise misfit(self, _IMAGES, with_batch(input_shape))
        return input_shape[-1:]

    def forward(self, x, training=False):
        self.check_input(x)
        self._saved = x.shape
        return x.mean(axis=(1, 2))

    def backward(self, dy):
        shape = self.recall(dy)
        share = dy[:, None, None, :] / dy.dtype.type(shape[1] * shape[2])
        return np.broadcast_to(share, shape)
