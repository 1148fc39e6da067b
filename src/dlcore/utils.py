"""Small public helpers: labels and names."""

import re

import numpy as np

from . import checks
from .checks import misfit


def to_categorical(x, num_classes=None):
    """One-hot rows: class k becomes a row of zeros with a one at column k.

    x: class numbers, any shape; returns float32 of shape (*x.shape,
    num_classes). ValueError for a class outside [0, num_classes).
    """
    classes = checks.whole_numbers(x, "to_categorical")
    if classes.size == 0:
        raise misfit("to_categorical", "labels", "none")
    n = int(classes.max()) + 1 if num_classes is None else num_classes
    n = checks.positive_int(n, "to_categorical num_classes")
    checks.check_range(classes, n, "to_categorical")
    return np.eye(n, dtype=np.float32)[classes]


def snake_case(name):
    """Conv2D -> conv2d, MaxPooling2D -> max_pooling2d, as Keras names."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
