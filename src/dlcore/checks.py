"""Checks of what a user passes, before anything changes.

A check is a function check(value, who) -> value. The value comes back ready
for use, or an error says who expected what and what was received.
"""

import difflib
import sys
from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from os import PathLike
from pathlib import Path

import numpy as np


def misfit(who, expected, received, kind=ValueError):
    """The one form of every error about a value: raise misfit(...)."""
    return kind(f"{who} expects {expected}, received {received}")


def instance(value, kinds, who, expected):
    """The value itself; TypeError unless it is an object of these kinds."""
    if not isinstance(value, kinds):
        shown = repr(value)
        received = shown if len(shown) < 60 else type(value).__name__
        raise misfit(who, expected, received, TypeError)
    return value


#: Python and NumPy count these among the whole numbers.
_NO_NUMBERS = (bool, np.bool_, np.timedelta64)


def positive_int(value, who, low=1, high=2**31):
    """value as int; TypeError unless whole, ValueError outside [low, high)."""
    if isinstance(value, _NO_NUMBERS) or not isinstance(value, Integral):
        raise misfit(who, "a whole number", repr(value), TypeError)
    if not low <= value < high:
        expected = f"a number above {low - 1}, below {high:g}"
        raise misfit(who, expected, value)
    return int(value)


count = partial(positive_int, low=0)


def number(value, who, low=-np.inf, high=np.inf, open_high=False):
    """value as float; ValueError outside [low, high], or [low, high).

    inf is no number, nor is an int that no float can hold.
    """
    if isinstance(value, _NO_NUMBERS) or not isinstance(value, Real):
        raise misfit(who, "a number", repr(value), TypeError)
    value = float(value) if isinstance(value, np.generic) else value
    if not (
        low <= value <= high
        and not (open_high and value == high)
        and abs(value) <= sys.float_info.max
    ):  # NaN lands here as well
        end = ")" if open_high or high == np.inf else "]"
        raise misfit(who, f"a number in [{low:g}, {high:g}{end}", value)
    return float(value)


not_negative = partial(number, low=0)
fraction = partial(number, low=0, high=1)
below_one = partial(number, low=0, high=1, open_high=True)


def flag(value, who):
    """True or False; TypeError for anything else, so that "no" is not yes."""
    return bool(instance(value, (bool, np.bool_), who, "True or False"))


def text(value, who):
    """A string."""
    return instance(value, str, who, "a string")


def path(value, who):
    """A Path; TypeError for what is none, such as the number of a file."""
    return Path(instance(value, (str, PathLike), who, "a path"))


def function(value, who):
    """Something that can be called."""
    return instance(value, Callable, who, "a function")


def sequence(value, who, expected="a list"):
    """A list or a tuple."""
    return instance(value, (list, tuple), who, expected)


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
    sizes = sequence(value, who, "a tuple")
    return tuple(positive_int(size, who) for size in sizes)


def listed(value, who):
    """A list; None is an empty one."""
    return [] if value is None else [*sequence(value, who)]


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
    try:
        array = np.asarray(array)
    except ValueError:
        raise misfit(who, "rows of one length", "different ones") from None
    if array.dtype.kind not in "fiub":
        raise misfit(who, "numbers", f"dtype {array.dtype}", TypeError)
    return array


def as_float(array, who, dtype=None):
    """Finite floats: of this dtype, else of their own, else float32."""
    array = as_numbers(array, who)
    if dtype is None:
        own = array.dtype in (np.float32, np.float64)
        dtype = array.dtype if own else np.float32
    with np.errstate(over="ignore"):  # inf is found in a moment
        array = array.astype(dtype, copy=False)
    if not np.isfinite(array).all():
        index = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        received = f"{array[index]} at index {index} of shape {array.shape}"
        raise misfit(who, "finite numbers", received)
    return array


def check_array(array, who, kinds="f"):
    """TypeError unless this is an array of floats, or of `kinds`."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in kinds:
        numbers = {"f": "floats", "iu": "whole numbers"}.get(kinds, "numbers")
        received = getattr(array, "dtype", type(array).__name__)
        raise misfit(who, f"an array of {numbers}", received, TypeError)


def whole_numbers(x, who):
    """x as int64; ValueError where a value is not a whole number."""
    array = as_numbers(x, who)
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
        bad = array[~((np.abs(array) < 2**53) & (np.floor(array) == array))]
        if bad.size:
            raise misfit(who, "whole class numbers", bad.flat[0])
    return array.astype(np.int64)


def class_numbers(y_true, shape, who, hint=""):
    """Whole numbers from 0 to the last size of this shape, which they lack.

    A last axis of 1 in its place goes.
    """
    classes = whole_numbers(y_true, who)
    if classes.shape == (*shape[:-1], 1):
        classes = classes[..., 0]
    if not shape or classes.shape != shape[:-1]:
        expected = f"class numbers of shape {shape[:-1]}"
        raise misfit(who, expected, f"{classes.shape}{hint}")
    check_range(classes, shape[-1], who)
    return classes


def same_shape(y_true, shape, who, hint=""):
    """y_true of y_pred's shape; a missing last axis of 1 is added."""
    if y_true.ndim == len(shape) - 1 and shape[-1] == 1:
        y_true = y_true[..., np.newaxis]
    if y_true.shape != shape:
        expected = f"y_true of shape {shape}, like y_pred"
        raise misfit(who, expected, f"{y_true.shape}{hint}")
    return y_true


def shares(y_true, who):
    """y_true, all of it in [0, 1]."""
    if not ((y_true >= 0) & (y_true <= 1)).all():
        received = f"{y_true.min():g} to {y_true.max():g}"
        raise misfit(who, "labels in [0, 1]", received)
    return y_true


def check_range(classes, num_classes, who):
    """ValueError unless every class lies in [0, num_classes)."""
    bad = classes[(classes < 0) | (classes >= num_classes)]
    if bad.size:
        raise misfit(who, f"classes from 0 to {num_classes - 1}", bad.flat[0])
