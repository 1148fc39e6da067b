"""Initializers: functions f(shape, rng) that return a weight's first values.

All draw in float64; the layer stores them in its own dtype. Deep networks
keep their signal only if the spread fits the number of inputs (fan_in) and
outputs (fan_out): Glorot & Bengio 2010, eq. 16, and He et al. 2015, eq. 10.
"""

import numpy as np

from .checks import look_up, misfit

# Standard deviation of a standard normal cut off at two standard deviations;
# Keras divides by it, so that the cut values have the intended spread.
_CUT_STDDEV = 0.87962566103423978


def zeros(shape, rng):
    """All 0: right for biases, fatal for kernels (see: symmetry)."""
    return np.zeros(shape)


def ones(shape, rng):
    """All 1: the scale of a normalisation layer."""
    return np.ones(shape)


def random_uniform(shape, rng):
    """Uniform in [-0.05, 0.05], Keras's default."""
    return rng.uniform(-0.05, 0.05, shape)


def random_normal(shape, rng):
    """Normal with standard deviation 0.05, Keras's default."""
    return rng.normal(0.0, 0.05, shape)


def glorot_uniform(shape, rng):
    """Uniform in [-a, a], a = sqrt(6 / (fan_in + fan_out))."""
    fan_in, fan_out = fans(shape)
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape, rng):
    """Truncated normal, variance 2 / (fan_in + fan_out)."""
    fan_in, fan_out = fans(shape)
    return _truncated_normal(shape, np.sqrt(2.0 / (fan_in + fan_out)), rng)


def he_uniform(shape, rng):
    """Uniform in [-a, a], a = sqrt(6 / fan_in)."""
    limit = np.sqrt(6.0 / fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(shape, rng):
    """Truncated normal, variance 2 / fan_in."""
    return _truncated_normal(shape, np.sqrt(2.0 / fans(shape)[0]), rng)


def orthogonal(shape, rng):
    """Orthonormal columns (or rows) of a random matrix: Saxe et al. 2014."""
    if len(shape) < 2:
        raise misfit("orthogonal", "a shape of rank 2 or more", shape)
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    square = rng.normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(square)
    q = q * np.sign(np.diag(r))  # without this, q is not uniform
    return (q.T if rows < columns else q).reshape(shape)


def fans(shape):
    """(fan_in, fan_out) of a kernel: its last two axes are in and out.

    A convolution's kernel (height, width, in, out) counts every position.
    """
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    positions = int(np.prod(shape[:-2]))
    return shape[-2] * positions, shape[-1] * positions


def _truncated_normal(shape, stddev, rng):
    """Normal values, drawn again where they lie beyond two deviations."""
    values = rng.normal(size=shape)
    while (far := np.abs(values) > 2.0).any():
        values[far] = rng.normal(size=int(far.sum()))
    return values * (stddev / _CUT_STDDEV)


_TABLE = {
    f.__name__: f
    for f in (
        zeros, ones, random_uniform, random_normal, glorot_uniform,
        glorot_normal, he_uniform, he_normal, orthogonal,
    )
}


def get(initializer, who="initializer"):
    """The function for a Keras name; a function f(shape, rng) is itself."""
    if callable(initializer):
        return initializer
    return look_up(initializer, _TABLE, who)


def known(initializer, who):
    """The name or function itself, once it is known to exist."""
    get(initializer, who)
    return initializer
