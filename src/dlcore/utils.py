"""Small helpers that several modules share: labels, names and look-ups."""

import difflib
import re

import numpy as np


def to_categorical(x, num_classes=None):
    """One-hot rows: class k becomes a row of zeros with a one at column k.

    x: class numbers, any shape; returns float32 of shape (*x.shape,
    num_classes). ValueError for a class outside [0, num_classes).
    """
    classes = whole_numbers(x, "to_categorical")
    if classes.size == 0:
        raise ValueError("to_categorical expects labels, received none")
    if num_classes is None:
        num_classes = int(classes.max()) + 1
    check_range(classes, num_classes, "to_categorical")
    return np.eye(num_classes, dtype=np.float32)[classes]


def whole_numbers(x, who):
    """x as int64; ValueError where a value is not a whole number."""
    array = np.asarray(x)
    if array.dtype.kind not in "iubf":
        raise ValueError(
            f"{who} expects class numbers, received dtype {array.dtype}"
        )
    if array.dtype.kind == "f":
        bad = array[~(np.isfinite(array) & (np.floor(array) == array))]
        if bad.size:
            raise ValueError(
                f"{who} expects whole class numbers, received {bad.flat[0]}"
            )
    return array.astype(np.int64)


def check_range(classes, num_classes, who):
    """ValueError unless every class lies in [0, num_classes)."""
    if classes.min() < 0 or classes.max() >= num_classes:
        bad = classes[(classes < 0) | (classes >= num_classes)]
        raise ValueError(
            f"{who} expects classes from 0 to {num_classes - 1}, "
            f"received {bad.flat[0]}"
        )


def snake_case(name):
    """Conv2D -> conv2d, MaxPooling2D -> max_pooling2d, as Keras names."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def look_up(name, table, what):
    """table[name]; ValueError that lists the names and the nearest one."""
    if isinstance(name, str) and name in table:
        return table[name]
    near = difflib.get_close_matches(str(name), table, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise ValueError(
        f"unknown {what} {name!r}{hint}; known: {', '.join(sorted(table))}"
    )


def positive_int(value, who):
    """value as int; ValueError unless it is a whole number above zero."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, np.integer)
    ):
        raise TypeError(f"{who} expects a whole number, received {value!r}")
    if value < 1:
        raise ValueError(f"{who} expects a number above 0, received {value}")
    return int(value)


def number(value, who, low=-np.inf, high=np.inf, open_high=False):
    """value as float; ValueError outside [low, high], or [low, high)."""
    if isinstance(value, (bool, str)) or not np.isscalar(value):
        raise TypeError(f"{who} expects a number, received {value!r}")
    inside = low <= value <= high and not (open_high and value == high)
    if not inside:  # NaN lands here as well
        end = ")" if open_high else "]"
        raise ValueError(
            f"{who} expects a number in [{low:g}, {high:g}{end}, "
            f"received {value}"
        )
    return float(value)


def pair(value, who):
    """3 -> (3, 3), (2, 3) -> (2, 3): heights and widths of windows."""
    if isinstance(value, (int, np.integer)):
        value = (value, value)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(
            f"{who} expects a number or a pair of numbers, received {value!r}"
        )
    return tuple(positive_int(v, who) for v in value)
