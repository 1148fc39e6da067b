"""Checks of what a user passes, before anything changes.

A check is a function check(value, who) -> value. The value comes back ready
for use, or an error says who expected what and what was received.
"""

import difflib
from functools import partial

import numpy as np


def misfit(who, expected, received, kind=ValueError):
    """The one form of every error about a value: raise misfit(...)."""
    return kind(f"{who} expects {expected}, received {received}")


def positive_int(value, who, low=1):
    """value as int; TypeError unless it is whole, ValueError below low."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, np.integer)
    ):
        raise misfit(who, "a whole number", repr(value), TypeError)
    if value < low:
        raise misfit(who, f"a number above {low - 1}", value)
    return int(value)


count = partial(positive_int, low=0)


def number(value, who, low=-np.inf, high=np.inf, open_high=False):
    """value as float; ValueError outside [low, high], or [low, high)."""
    if isinstance(value, (bool, str)) or not np.isscalar(value):
        raise misfit(who, "a number", repr(value), TypeError)
    if isinstance(value, complex) or not (
        low <= value <= high and not (open_high and value == high)
    ):  # NaN lands here as well
        end = ")" if open_high else "]"
        raise misfit(who, f"a number in [{low:g}, {high:g}{end}", value)
    return float(value)


not_negative = partial(number, low=0)
fraction = partial(number, low=0, high=1)
below_one = partial(number, low=0, high=1, open_high=True)


def flag(value, who):
    """True or False; TypeError for anything else, so that "no" is not yes."""
    if not isinstance(value, (bool, np.bool_)):
        raise misfit(who, "True or False", repr(value), TypeError)
    return bool(value)


def text(value, who):
    """A string."""
    if not isinstance(value, str):
        raise misfit(who, "a string", repr(value), TypeError)
    return value


def pair(value, who):
    """3 -> (3, 3), (2, 3) -> (2, 3): heights and widths of windows."""
    if isinstance(value, (int, np.integer)):
        value = (value, value)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise misfit(who, "a number or a pair of numbers", repr(value))
    return tuple(positive_int(v, who) for v in value)


def shape(value, who):
    """A shape without the batch, as a tuple of positive ints."""
    if isinstance(value, (int, np.integer)):
        raise misfit(who, f"a tuple such as ({value},)", value)
    if not isinstance(value, (tuple, list)):
        raise misfit(who, "a tuple", repr(value), TypeError)
    return tuple(positive_int(size, who) for size in value)


def optional(check):
    """The check that also lets None through."""
    return lambda value, who: None if value is None else check(value, who)


def one_of(*names):
    """The check that lets only these names through."""
    table = {name: name for name in names}
    return lambda value, who: look_up(value, table, who)


def look_up(name, table, what):
    """table[name]; ValueError that lists the names and the nearest one."""
    if isinstance(name, str) and name in table:
        return table[name]
    near = difflib.get_close_matches(str(name), table, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise ValueError(
        f"unknown {what} {name!r}{hint}; known: {', '.join(sorted(table))}"
    )


def as_numbers(array, who):
    """An array of numbers; TypeError for strings, objects and the like."""
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        raise misfit(who, "numbers", f"dtype {array.dtype}", TypeError)
    return array


def as_float(array, who, dtype=None):
    """Numbers as floats: of this dtype, else their own, else float32."""
    array = as_numbers(array, who)
    if dtype is None and array.dtype not in (np.float32, np.float64):
        dtype = np.float32
    return array if dtype is None else array.astype(dtype, copy=False)


def whole_numbers(x, who):
    """x as int64; ValueError where a value is not a whole number."""
    array = np.asarray(x)
    if array.dtype.kind not in "iubf":
        raise misfit(who, "class numbers", f"dtype {array.dtype}")
    if array.dtype.kind == "f":
        bad = array[~(np.isfinite(array) & (np.floor(array) == array))]
        if bad.size:
            raise misfit(who, "whole class numbers", bad.flat[0])
    return array.astype(np.int64)


def check_range(classes, num_classes, who):
    """ValueError unless every class lies in [0, num_classes)."""
    bad = classes[(classes < 0) | (classes >= num_classes)]
    if bad.size:
        raise misfit(who, f"classes from 0 to {num_classes - 1}", bad.flat[0])
