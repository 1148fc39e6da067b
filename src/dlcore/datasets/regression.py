"""Numbers to predict from one number: a line and a sine wave with noise.

Both return ``x: (n, 1) float32`` and ``y: (n, 1) float32``, the shapes that
``Dense(1)`` takes and gives. ``noise`` is the standard deviation of the
Gaussian that is added to y (never to x).
"""

import numpy as np

from dlcore.datasets import checks


def line(n=50, slope=2.0, intercept=1.0, noise=0.2, seed=0):
    """``y = slope * x + intercept + noise``, x uniform in [-1, 1]."""
    n = checks.count("n", n)
    noise = checks.spread("noise", noise)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 1))
    return _noisy(x, slope * x + intercept, noise, rng)


def sine(n=50, noise=0.1, seed=0):
    """``y = sin(x) + noise``, x uniform in [-pi, pi]."""
    n = checks.count("n", n)
    noise = checks.spread("noise", noise)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-np.pi, np.pi, (n, 1))
    return _noisy(x, np.sin(x), noise, rng)


def _noisy(x, y, noise, rng):
    """Return x and y plus noise, both as float32."""
    y = y + noise * rng.standard_normal(y.shape)
    return x.astype(np.float32), y.astype(np.float32)
