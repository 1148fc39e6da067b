"""ConvPool: a Conv2D and the MaxPooling2D behind it, in one pass.

The same numbers as the two layers one after the other; without it a step
of the book's CNN takes 1.4 times as long.
Bias and relu rise with their input, so the largest of four values stays the
largest: both can wait until the pooling has left a quarter of the numbers.
A model chooses this way by itself; the layers stay what one reads.
"""

import numpy as np

from .conv import Conv2D, MaxPooling2D
from .layer import Layer

#: Activations that never fall: max first, activation later, is the same.
_RISING = ("linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh")
#: Images at a time, so that the sums before pooling stay few.
_CHUNK = 8


def fuse(layers):
    """The layers in order, each pair that fits as one ConvPool."""
    stages = []
    for layer in layers:
        if stages and ConvPool.fits(stages[-1], layer):
            layer = ConvPool(stages.pop(), layer)
        stages.append(layer)
    return stages


class ConvPool:
    """forward and backward of conv and pool; the weights are conv's."""

    recall = Layer.recall
    next_mask = Layer.next_mask

    def __init__(self, conv, pool):
        self.conv, self.pool = conv, pool
        self.output_shape = pool.output_shape
        self._saved = None

    def __str__(self):
        return f"{self.conv} with {self.pool}"

    @staticmethod
    def fits(first, second):
        """True for a Conv2D followed by a pooling without overlap."""
        return (
            type(first) is Conv2D
            and type(second) is MaxPooling2D
            and first.applied.name in _RISING
            and second.strides == second.window
            and not np.any(second.border)
        )

    def forward(self, x, training=False):
        conv, pool = self.conv, self.pool
        conv.check_input(x)
        padded = conv.pad(x)
        kernel = conv.kernel.reshape(-1, conv.filters)
        top = np.empty((len(x), *pool.output_shape), x.dtype)
        winner = np.zeros(top.shape, np.uint8)
        kept = []
        for start in range(0, len(x), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            patches = self._patches(padded[chunk])
            z = (patches @ kernel).reshape(-1, *top[chunk].shape)
            top[chunk] = z[0]
            for place in range(1, len(z)):
                if training:  # the last place that is higher than all before
                    higher = (z[place] > top[chunk]).view(np.uint8)
                    higher *= np.uint8(place)  # copyto(where=) is far slower
                    np.maximum(winner[chunk], higher, out=winner[chunk])
                np.maximum(top[chunk], z[place], out=top[chunk])
            if training:
                kept.append(patches)
        if conv.use_bias:
            top += conv.bias
        y, kept_by_activation = conv.applied.forward(top)
        self._saved = x, kept, winner, kept_by_activation
        return y

    def backward(self, dy):
        conv, pool = self.conv, self.pool
        x, kept, winner, kept_by_activation = self.recall(dy)
        if not kept:  # predicting keeps the input only
            self.forward(x, training=True)
            return self.backward(dy)
        dtop = conv.applied.backward(dy, kept_by_activation)
        if conv.use_bias:
            rows = dtop.reshape(-1, conv.filters)
            np.add.reduce(rows, axis=0, out=conv.dbias)
        kernel = conv.kernel.reshape(-1, conv.filters)
        dkernel = conv.dkernel.reshape(kernel.shape)
        dkernel[...] = 0
        dpadded = np.zeros_like(conv.pad(x)) if conv.needs_dx else None
        for k, patches in enumerate(kept):
            chunk = slice(k * _CHUNK, (k + 1) * _CHUNK)
            dz = np.stack(
                [
                    dtop[chunk] * (winner[chunk] == place)
                    for place in range(np.prod(pool.window))
                ]
            ).reshape(-1, conv.filters)
            dkernel += patches.T @ dz
            if conv.needs_dx:
                self._add_patches(dz @ kernel.T, dpadded[chunk])
        return conv.crop(dpadded) if conv.needs_dx else None

    def _patches(self, padded):
        """All windows as rows, those of one place in the pool together."""
        patches = np.empty(self._shape(padded), padded.dtype)
        for place, part in self._slices(padded):
            patches[place] = part
        return patches.reshape(-1, self.conv.kernel.size // self.conv.filters)

    def _add_patches(self, dpatches, dpadded):
        """Backward of _patches: each pixel sums over its windows."""
        dpatches = dpatches.reshape(self._shape(dpadded))
        for place, part in self._slices(dpadded):
            part += dpatches[place]

    def _shape(self, padded):
        """Places in the pool, images, rows, columns, window, channels."""
        count = (len(padded), *self.pool.output_shape[:2])
        window = (*self.conv.window, padded.shape[-1])
        return (*self.pool.window, *count, *window)

    def _slices(self, padded):
        """Each pixel of the window at each place in the pool."""
        rows, columns = self.pool.output_shape[:2]
        down, right = self.conv.strides
        for a, b in np.ndindex(*self.pool.window):
            for i, j in np.ndindex(*self.conv.window):
                yield (
                    (a, b, slice(None), slice(None), slice(None), i, j),
                    padded[
                        :,
                        a * down + i :: down * self.pool.window[0],
                        b * right + j :: right * self.pool.window[1],
                    ][:, :rows, :columns],
                )
