"""Checks of what the drawing functions receive."""

import numpy as np


def numbers(function, name, value):
    """Return ``value`` as a finite array of numbers that is not empty."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or array.size == 0:
        raise ValueError(
            f"{function} expects {name} to hold numbers, "
            f"received {array.dtype} of shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{function} expects {name} to hold finite numbers, "
            "received NaN or infinity"
        )
    return array


def plane(function, x):
    """Return ``x`` as points of the plane, shape (n, 2)."""
    x = numbers(function, "x", x)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(
            f"{function} expects x of shape (n, 2), received {x.shape}"
        )
    return x


def labels(function, name, y, n=None):
    """Return class numbers of shape (n,); one column or one-hot also do."""
    y = numbers(function, name, y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    elif y.ndim == 2 and np.isin(y, (0, 1)).all() and (y.sum(1) == 1).all():
        y = y.argmax(axis=1)
    if y.ndim != 1 or (n is not None and len(y) != n):
        shape = "(n,)" if n is None else f"({n},)"
        raise ValueError(
            f"{function} expects {name} of shape {shape}, received {y.shape}"
        )
    whole = y.astype(np.int64)
    if (whole != y).any() or (whole < 0).any():
        wrong = y[(whole != y) | (whole < 0)][0]
        raise ValueError(
            f"{function} expects {name} to hold class numbers 0, 1, 2, ..., "
            f"received {wrong}"
        )
    return whole


def names(function, name, values, n):
    """Return ``values`` as a list of ``n`` strings."""
    values = [str(value) for value in values]
    if len(values) != n:
        raise ValueError(
            f"{function} expects {n} {name}, received {len(values)}"
        )
    return values
