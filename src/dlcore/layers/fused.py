"""ConvPool: a Conv2D and the MaxPooling2D behind it, in one pass.

The same numbers as the two layers one after the other; without it a step
of the book's CNN takes 1.6 times as long (batch 32).
Bias and relu rise with their input, so the largest of four values stays the
largest: both can wait until the pooling has left a quarter of the numbers.
A model chooses this way by itself; the layers stay what one reads.
"""

import numpy as np

from .conv import Conv2D, MaxPooling2D, windows
from .layer import Layer

#: Activations that never fall: max first, activation later, is the same.
_RISING = ("linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh")
#: Outputs at a time (360 KB), so that those of one place fit in the cache.
_CHUNK = 90_000


class ConvPool:
    """forward and backward of conv and pool; the weights are conv's.

    A place is one of the positions in the pool's window: for a pool of 2 x 2
    there are four. All windows of one place are one matrix product.
    """

    recall = Layer.recall
    next_mask = Layer.next_mask

    def __init__(self, conv, pool):
        self.conv, self.pool = conv, pool
        self.output_shape = pool.output_shape
        self._saved = None
        self.places = list(np.ndindex(*pool.window))
        self.chunk = max(1, _CHUNK // int(np.prod(pool.output_shape)))

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
        conv = self.conv
        conv.check_input(x)
        self.batch = conv.batch
        padded = conv.pad(x)
        kernel = conv.kernel.reshape(-1, conv.filters)
        top = np.empty((len(x), *self.output_shape), x.dtype)
        kept = [] if training else None
        for chunk in self._chunks(x):
            highest = top[chunk].reshape(-1, conv.filters)
            patches = self._patches(padded[chunk])
            highest[...] = patches[0] @ kernel
            rises = []  # where a place is higher than all before it
            for place in patches[1:]:
                z = place @ kernel
                if training:
                    rises.append(z > highest)
                np.maximum(highest, z, out=highest)
            if training:
                kept.append((patches, rises))
        if conv.use_bias:
            top += conv.bias
        y, kept_by_activation = conv.applied.forward(top)
        self._saved = x, kept, kept_by_activation
        return y

    def backward(self, dy):
        conv = self.conv
        x, kept, kept_by_activation = self.recall(dy)
        if kept is None:  # predicting keeps the input only
            self.forward(x, training=True)
            return self.backward(dy)
        dtop = conv.applied.backward(dy, kept_by_activation)
        if conv.use_bias:
            rows = dtop.reshape(-1, conv.filters)
            np.add.reduce(rows, axis=0, out=conv.dbias)
        dkernel = conv.dkernel.reshape(-1, conv.filters)
        dkernel[...] = 0
        dpadded = np.zeros_like(conv.pad(x)) if conv.needs_dx else None
        for chunk, (patches, rises) in zip(self._chunks(x), kept):
            rest = dtop[chunk].reshape(-1, conv.filters)
            for k in reversed(range(len(patches))):
                dz = rest * rises[k - 1] if k else rest  # the last rise wins
                rest = rest - dz
                dkernel += patches[k].T @ dz
                if conv.needs_dx:
                    self._spread(dz, dpadded[chunk], k)
        return conv.crop(dpadded) if conv.needs_dx else None

    def _chunks(self, x):
        """Slices of the batch."""
        for start in range(0, len(x), self.chunk):
            yield slice(start, start + self.chunk)

    def _patches(self, padded):
        """For each place all windows as rows.

        Places above each other read from the same, taller windows.
        """
        down, right = self.conv.strides
        tall, wide = self.pool.window
        height, width = self.conv.window
        size = (height + down * (tall - 1), width)
        columns = [
            windows(padded[:, :, b * right :], self.output_shape[:2], size,
                    (down * tall, right * wide))
            for b in range(wide)
        ]
        row = width * padded.shape[-1]
        return [
            columns[b][:, a * down * row : (a * down + height) * row]
            for a, b in self.places
        ]

    def _spread(self, dz, dpadded, k):
        """Backward of place k: each pixel sums over the windows it is in."""
        rows, columns = self.output_shape[:2]
        down, right = np.multiply(self.conv.strides, self.pool.window)
        a, b = np.multiply(self.conv.strides, self.places[k])
        for i, j in np.ndindex(*self.conv.window):
            part = dpadded[:, a + i :: down, b + j :: right]
            part = part[:, :rows, :columns]
            part += (dz @ self.conv.kernel[i, j].T).reshape(part.shape)
