"""Checks of the arguments that all generators share."""

import math
import operator


def count(name, value, least=1):
    """Return ``value`` as an int of at least ``least``, or raise."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} expects a whole number, received {value!r}"
        ) from None
    if number < least:
        raise ValueError(
            f"{name} expects a whole number of at least {least}, "
            f"received {number}"
        )
    return number


def spread(name, value):
    """Return ``value`` as a finite float of at least 0, or raise."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} expects a number of at least 0, received {value!r}"
        ) from None
    if not (math.isfinite(number) and number >= 0):
        raise ValueError(
            f"{name} expects a finite number of at least 0, received {number}"
        )
    return number
