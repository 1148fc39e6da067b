"""Normalisation: give activations mean 0 and variance 1, then learn both."""

import numpy as np

from ..checks import fraction, not_negative
from .layer import Layer


def _dx_of_normalised(dn, n, scale, mean):
    """Backward through n = (x - mean(x)) * scale, scale = 1 / std(x).

    The mean and the deviation depend on x too; what they pass back is what
    is subtracted here. Ioffe & Szegedy 2015, section 3.
    """
    return scale * (dn - mean(dn) - n * mean(dn * n))


def _sum_columns(rows):
    """rows.sum(axis=0) as a matrix product: faster, and half the error.

    NumPy adds float32 rows one by one; BLAS adds in blocks.
    """
    return np.ones(len(rows), rows.dtype) @ rows


def _mean_columns(rows):
    return _sum_columns(rows) / rows.dtype.type(len(rows))


def _mean_last(x):
    return x.mean(axis=-1, keepdims=True)


class BatchNormalization(Layer):
    """y = gamma (x - mean) / sqrt(var + epsilon) + beta, per channel.

    Mean and variance (divided by n, not n - 1) are the batch's while
    training, and moving averages of those when predicting:
    moving = momentum * moving + (1 - momentum) * batch.
    x, y: (batch, ..., channels). Ioffe & Szegedy 2015, algorithm 1.
    """

    momentum: fraction = 0.99
    epsilon: not_negative = 1e-3

    def declare(self, input_shape):
        channels = input_shape[-1:]
        self.add_weight("gamma", channels, "ones")
        self.add_weight("beta", channels, "zeros")
        self.add_weight("moving_mean", channels, "zeros", trainable=False)
        self.add_weight("moving_variance", channels, "ones", trainable=False)
        return input_shape

    def forward(self, x, training=False):
        self.check_input(x)
        rows = x.reshape(-1, x.shape[-1])
        if training:
            mean = _mean_columns(rows)
            variance = _mean_columns(np.square(rows - mean))
            for moving, batch in (
                (self.moving_mean, mean),
                (self.moving_variance, variance),
            ):
                moving *= self.momentum
                moving += (1 - self.momentum) * batch
        else:
            mean, variance = self.moving_mean, self.moving_variance
        scale = 1 / np.sqrt(variance + self.epsilon)
        n = (rows - mean) * scale
        self._saved = n, scale, training
        return (n * self.gamma + self.beta).reshape(x.shape)

    def backward(self, dy):
        n, scale, training = self.recall(dy)
        rows = dy.reshape(n.shape)
        self.dgamma[...] = _sum_columns(rows * n)
        self.dbeta[...] = _sum_columns(rows)
        if not self.needs_dx:
            return None
        dx = rows * self.gamma * scale
        if training:  # the moving averages do not depend on x
            dn = rows * self.gamma
            dx = _dx_of_normalised(dn, n, scale, _mean_columns)
        return dx.reshape(dy.shape)


class LayerNormalization(Layer):
    """y = gamma (x - mean) / sqrt(var + epsilon) + beta, per sample.

    Mean and variance run over the last axis of each sample, so training and
    predicting are the same. x, y: (batch, ..., features). Ba et al. 2016.
    """

    epsilon: not_negative = 1e-3

    def declare(self, input_shape):
        self.add_weight("gamma", input_shape[-1:], "ones")
        self.add_weight("beta", input_shape[-1:], "zeros")
        return input_shape

    def forward(self, x, training=False):
        self.check_input(x)
        centred = x - _mean_last(x)
        scale = 1 / np.sqrt(_mean_last(np.square(centred)) + self.epsilon)
        n = centred * scale
        self._saved = n, scale
        return n * self.gamma + self.beta

    def backward(self, dy):
        n, scale = self.recall(dy)
        axes = tuple(range(dy.ndim - 1))
        np.sum(dy * n, axis=axes, out=self.dgamma)
        np.sum(dy, axis=axes, out=self.dbeta)
        if not self.needs_dx:
            return None
        return _dx_of_normalised(dy * self.gamma, n, scale, _mean_last)
