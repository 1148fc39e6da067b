"""Activations: a table of functions, each with its derivative.

Most derivatives need the output y alone (relu, sigmoid, tanh, softmax), so
the layer keeps y and can overwrite the input z: an array and a pass saved.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from .checks import look_up, misfit


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
    return np.maximum(z, np.multiply(z, 0.2), out=out)


def leaky_relu_backward(dy, y):
    """dz = dy where y > 0, else 0.2 dy; y has the sign of z."""
    return np.where(y > 0, dy, 0.2 * dy)


def elu(z, out=None):
    """y = z where z > 0, else exp(z) - 1."""
    return np.maximum(z, np.expm1(np.minimum(z, 0.0)), out=out)


def elu_backward(dy, y):
    """dz = dy where y > 0, else dy (y + 1), since exp(z) = y + 1."""
    return dy * np.minimum(y + 1, 1)


def sigmoid(z, out=None):
    """y = 1 / (1 + exp(-z)), written so that no exponent overflows."""
    small = np.exp(np.minimum(z, np.multiply(z, -1.0)))  # exp(-|z|)
    top = np.where(np.greater_equal(z, 0), 1, small)
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
    return np.logaddexp(z, 0.0, out=out)


def softplus_backward(dy, y):
    """dz = dy (1 - exp(-y)), which is dy sigmoid(z)."""
    return dy * -np.expm1(-y)


def _largest(z):
    """max(z) over the last axis, as a float so that bytes cannot wrap."""
    return np.maximum.reduce(z, axis=-1, keepdims=True) * 1.0


def softmax(z, out=None):
    """y_k = exp(z_k) / sum_j exp(z_j), over the last axis.

    The largest z is subtracted first: the ratio stays, no exponent is
    positive, so nothing overflows.
    """
    y = np.subtract(z, _largest(z), out=out)
    y = np.exp(y, out=out)
    y /= y.sum(axis=-1, keepdims=True)
    return y


def softmax_backward(dy, y):
    """dz = y (dy - sum_k dy_k y_k): the Jacobian never stands in memory."""
    return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


def log_softmax(z):
    """log softmax(z) without ever forming a zero to take the log of."""
    shifted = z - _largest(z)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def silu(z):
    """y = z sigmoid(z)."""
    return z * sigmoid(z)


def silu_backward(dy, z):
    """dz = dy s (1 + z (1 - s)), s = sigmoid(z)."""
    s = sigmoid(z)
    return dy * (s * (1 + z * (1 - s)))


#: The Chebyshev series of (1 + 2x) exp(x^2) erfc(x), x >= 0, in the variable
#: (x - 3.75) / (x + 3.75): Shepherd & Laframboise 1981, Math. Comp. 36.
_ERFC = (
    1.1775789345674018, -0.0045900545806464773, -0.084249133366517916,
    0.059209939998191891, -0.026658668435305752, 0.0090749976707052651,
    -0.0024131635404176082, 0.00049077583652580863, -6.9169733025012064e-5,
    4.13902798607301e-6, 7.7403830661985e-7, -2.1886401049234e-7,
    1.0764999465671e-8, 4.5219598112183e-9, -7.75440020883e-10,
    -6.3180883409e-11, 2.8687950109e-11, 1.94558686e-13, -9.65469675e-13,
    3.2525481e-14, 3.3478119e-14, -1.864563e-15, -1.250795e-15, 7.4e-17,
    5.1e-17,
)


@cache
def _erfc_polynomial(dtype):
    """The series as a polynomial, highest power first, for Horner's rule."""
    terms = 12 if dtype == np.float32 else len(_ERFC)  # else below rounding
    return np.polynomial.chebyshev.cheb2poly(_ERFC[:terms])[::-1].tolist()


def _normal(z):
    """Phi(z) = (1 + erf(z / sqrt 2)) / 2, and its derivative."""
    z = np.clip(z, -40.0, 40.0)  # from there on Phi is 0 or 1
    x = np.abs(z) * 0.5**0.5
    t = (x - 3.75) / (x + 3.75)
    scaled = np.zeros_like(t)
    for coefficient in _erfc_polynomial(t.dtype):
        scaled *= t
        scaled += coefficient
    bell = np.exp(-0.5 * z * z)
    tail = 0.5 * bell * scaled / (1 + 2 * x)
    return np.where(z > 0, 1 - tail, tail), bell * (2 * np.pi) ** -0.5


def gelu(z):
    """y = z Phi(z), Phi the normal distribution: Hendrycks & Gimpel 2016.

    Phi is exact to the rounding of the dtype.
    """
    return z * _normal(z)[0]


def gelu_backward(dy, z):
    """dz = dy (Phi(z) + z Phi'(z))."""
    share, slope = _normal(z)
    return dy * (share + z * slope)


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
    f.__name__: Activation(
        f.__name__, f, globals()[f.__name__ + "_backward"],
        keeps="input" if f in (silu, gelu) else "output",
    )
    for f in (linear, relu, leaky_relu, elu, sigmoid, tanh, softplus, softmax,
              silu, gelu)
}
_TABLE["swish"] = _TABLE["silu"]


def get(activation, who="activation"):
    """The table's entry for a Keras name, None, or a function from here."""
    if isinstance(activation, Activation):
        return activation
    if activation is None:
        return _TABLE["linear"]
    entry = look_up(getattr(activation, "__name__", activation), _TABLE, who)
    if callable(activation) and activation is not entry.function:
        expected = "a name or a function of dlcore.activations"
        raise misfit(who, expected, activation)
    return entry
