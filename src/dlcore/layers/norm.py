"""Normalisation: give activations mean 0 and variance 1, then learn both."""

import numpy as np

from ..checks import fraction, not_negative
from .layer import Layer


def _sum_columns(rows):
    """rows.sum(axis=0) as a matrix product: faster, and half the error.

    NumPy adds float32 rows one by one; BLAS adds in blocks.
    """
    return np.ones(len(rows), rows.dtype) @ rows


class _Normalization(Layer):
    """y = gamma n + beta, with n = (x - mean) / sqrt(var + epsilon).

    x, y: (batch, ..., features), seen as a matrix with a row for each place.
    A kind of normalisation says over what its `mean` runs, and its `centre`
    returns rows - mean, the variance, and whether both depend on x.
    """

    def declare(self, input_shape):
        self.add_weight("gamma", input_shape[-1:], "ones")
        self.add_weight("beta", input_shape[-1:], "zeros")
        return input_shape

    def forward(self, x, training=False):
        self.check_input(x)
        rows = x.reshape(-1, x.shape[-1])
        centred, variance, depend = self.centre(rows, training)
        scale = 1 / np.sqrt(variance + self.epsilon)
        n = centred * scale
        self._saved = n, scale, depend
        return (n * self.gamma + self.beta).reshape(x.shape)

    def backward(self, dy):
        """dx, less what mean and variance pass back.

        dx = (dn - mean(dn) - n mean(dn n)) / std, dn = dy gamma: Ioffe &
        Szegedy 2015, section 3.
        """
        n, scale, depend = self.recall(dy)
        rows = dy.reshape(n.shape)
        self.dgamma[...] = _sum_columns(rows * n)
        self.dbeta[...] = _sum_columns(rows)
        if not self.needs_dx:
            return None
        dn = rows * self.gamma
        if depend:
            dn = dn - self.mean(dn) - n * self.mean(dn * n)
        return (dn * scale).reshape(dy.shape)


class BatchNormalization(_Normalization):
    """y = gamma (x - mean) / sqrt(var + epsilon) + beta, per channel.

    Mean and variance (divided by n, not n - 1) are the batch's while
    training, and moving averages of those when predicting:
    moving = momentum * moving + (1 - momentum) * batch.
    x, y: (batch, ..., channels). Ioffe & Szegedy 2015, algorithm 1.
    """

    momentum: fraction = 0.99
    epsilon: not_negative = 1e-3

    def declare(self, input_shape):
        channels = super().declare(input_shape)[-1:]
        self.add_weight("moving_mean", channels, "zeros", trainable=False)
        self.add_weight("moving_variance", channels, "ones", trainable=False)
        return input_shape

    def mean(self, rows):
        return _sum_columns(rows) / rows.dtype.type(len(rows))

    def centre(self, rows, training):
        if not training:
            return rows - self.moving_mean, self.moving_variance, False
        mean = self.mean(rows)
        centred = rows - mean
        variance = self.mean(np.square(centred))
        moved = (self.moving_mean, mean), (self.moving_variance, variance)
        for moving, batch in moved:
            moving *= self.momentum
            moving += (1 - self.momentum) * batch
        return centred, variance, True


class LayerNormalization(_Normalization):
    """y = gamma (x - mean) / sqrt(var + epsilon) + beta, per sample.

    Mean and variance run over the last axis of each sample, so training and
    predicting are the same. x, y: (batch, ..., features). Ba et al. 2016.
    """

    epsilon: not_negative = 1e-3

    def mean(self, rows):
        return rows.mean(axis=-1, keepdims=True)

    def centre(self, rows, training):
        centred = rows - self.mean(rows)
        return centred, self.mean(np.square(centred)), True
