"""Small public helpers: labels and names."""

import re

import numpy as np

from .checks import (
    check_range,
    misfit,
    optional,
    positive_int,
    whole_numbers,
)


def to_categorical(x, num_classes=None):
    """One-hot rows: class k becomes a row of zeros with a one at column k.

    x: class numbers, any shape; returns float32 of shape (*x.shape,
    num_classes). ValueError for a class outside [0, num_classes).
    """
    classes = whole_numbers(x, "to_categorical")
    if classes.size == 0:
        raise misfit("to_categorical", "labels", "none")
    n = optional(positive_int)(num_classes, "to_categorical num_classes")
    n = n or int(classes.max()) + 1
    check_range(classes, n, "to_categorical")
    return np.eye(n, dtype=np.float32)[classes]


def snake_case(name):
    """Conv2D -> conv2d, MaxPooling2D -> max_pooling2d, as Keras names."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
