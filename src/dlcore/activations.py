"""Activations: a table of functions, each with its derivative.

Most derivatives need the output y alone (relu, sigmoid, tanh, softmax), so
the layer keeps y and can overwrite the input z: an array and a pass saved.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .checks import look_up


def linear(z, out=None):
    """y = z."""
    return z


def linear_backward(dy, y):
    """dz = dy."""
    return dy


def relu(z, out=None):
    """y = max(z, 0)."""
    return np.maximum(z, 0, out=out)


def relu_backward(dy, y):
    """dz = dy where y > 0, else 0 (the derivative at 0 is taken as 0)."""
    return dy * (y > 0)


def leaky_relu(z, out=None):
    """y = z where z > 0, else 0.2 z (Keras's slope)."""
    return np.maximum(z, 0.2 * z, out=out)


def leaky_relu_backward(dy, y):
    """dz = dy where y > 0, else 0.2 dy; y has the sign of z."""
    return np.where(y > 0, dy, 0.2 * dy)


def elu(z, out=None):
    """y = z where z > 0, else exp(z) - 1."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def elu_backward(dy, y):
    """dz = dy where y > 0, else dy (y + 1), since exp(z) = y + 1."""
    return np.where(y > 0, dy, dy * (y + 1))


def sigmoid(z, out=None):
    """y = 1 / (1 + exp(-z)), written so that no exponent overflows."""
    small = np.exp(-np.abs(z))
    top = np.where(z >= 0, 1, small)
    small += 1
    return np.divide(top, small, out=out)


def sigmoid_backward(dy, y):
    """dz = dy y (1 - y)."""
    return dy * (y * (1 - y))


def tanh(z, out=None):
    """y = tanh(z)."""
    return np.tanh(z, out=out)


def tanh_backward(dy, y):
    """dz = dy (1 - y^2)."""
    return dy * (1 - y * y)


def softplus(z, out=None):
    """y = log(1 + exp(z)), a smooth relu."""
    return np.logaddexp(z, 0, out=out)


def softplus_backward(dy, y):
    """dz = dy (1 - exp(-y)), which is dy sigmoid(z)."""
    return dy * -np.expm1(-y)


def softmax(z, out=None):
    """y_k = exp(z_k) / sum_j exp(z_j), over the last axis.

    The largest z is subtracted first: the ratio stays, no exponent is
    positive, so nothing overflows.
    """
    y = np.subtract(z, z.max(axis=-1, keepdims=True), out=out)
    y = np.exp(y, out=out)
    y /= y.sum(axis=-1, keepdims=True)
    return y


def softmax_backward(dy, y):
    """dz = y (dy - sum_k dy_k y_k): the Jacobian never stands in memory."""
    return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


def log_softmax(z):
    """log softmax(z) without ever forming a zero to take the log of."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def silu(z, out=None):
    """y = z sigmoid(z)."""
    return z * sigmoid(z)


def silu_backward(dy, z):
    """dz = dy s (1 + z (1 - s)), s = sigmoid(z)."""
    s = sigmoid(z)
    return dy * (s * (1 + z * (1 - s)))


class Activation(NamedTuple):
    """A function with its derivative; `keeps` says what backward needs."""

    name: str
    function: Callable
    derivative: Callable
    keeps: str = "output"

    def forward(self, z):
        """Return (y, kept); z may be overwritten, so the caller owns it."""
        if self.keeps == "input":
            return self.function(z), z
        y = self.function(z, out=z)
        return y, y

    def backward(self, dy, kept):
        """dL/dz from dL/dy and what forward kept."""
        return self.derivative(dy, kept)


_TABLE = {
    entry.name: entry
    for entry in (
        Activation("linear", linear, linear_backward),
        Activation("relu", relu, relu_backward),
        Activation("leaky_relu", leaky_relu, leaky_relu_backward),
        Activation("elu", elu, elu_backward),
        Activation("sigmoid", sigmoid, sigmoid_backward),
        Activation("tanh", tanh, tanh_backward),
        Activation("softplus", softplus, softplus_backward),
        Activation("softmax", softmax, softmax_backward),
        Activation("silu", silu, silu_backward, keeps="input"),
    )
}


def get(activation, who="activation"):
    """The table's entry for a Keras name, for None, or for a function."""
    if isinstance(activation, Activation):
        return activation
    if activation is None:
        return _TABLE["linear"]
    name = getattr(activation, "__name__", activation)
    return look_up(name, _TABLE, who)
