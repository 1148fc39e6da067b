"""Data at the door: checked and cast once, so that no training step has to."""

import math
from typing import NamedTuple

import numpy as np

from .checks import as_float, as_numbers, instance, misfit, not_negative


class Data(NamedTuple):
    """Inputs, labels and what each sample counts, all of one length."""

    x: list  # arrays (samples, ...), one for each input of the model
    y: np.ndarray
    weight: np.ndarray | None = None

    def __len__(self):
        return len(self.y)

    def __getitem__(self, rows):
        weight = None if self.weight is None else self.weight[rows]
        return Data([x[rows] for x in self.x], self.y[rows], weight)


def as_input(x, dtype, integers=False):
    """One input as an array of dtype; whole numbers stay where they are due.

    ValueError or TypeError unless it holds at least one sample of finite
    numbers.
    """
    who = "the model's input"
    array = as_numbers(x, who) if integers else as_float(x, who, dtype)
    if array.ndim < (1 if integers else 2):
        expected = "samples of shape (batch, ...)"
        raise misfit("the model", expected, f"shape {array.shape}")
    if len(array) == 0:
        raise misfit("the model", "at least one sample", 0)
    return array


def as_weights(sample_weight, class_weight, y, output_shape):
    """What each sample counts, (samples,) or (samples, time); None: 1.

    class_weight: {class number: what its samples count}; a class that is
    not in it counts 1, as in Keras.
    """
    if sample_weight is None and class_weight is None:
        return None
    if sample_weight is not None and class_weight is not None:
        raise misfit("fit", "sample_weight or class_weight", "both")
    if class_weight is not None:
        instance(class_weight, dict, "class_weight", "a dict")
        known = range(max([2, *output_shape[-1:]]))
        if extra := [key for key in class_weight if key not in known]:
            raise misfit("class_weight", f"classes in {known}", extra)
        if y.ndim == len(output_shape):  # class numbers, not rows
            classes = y
        else:
            classes = y[..., 0] if y.shape[-1] == 1 else y.argmax(-1)
        sample_weight = np.ones(classes.shape)
        for key, weight in class_weight.items():
            weight = not_negative(weight, f"class_weight {key}")
            sample_weight[classes == key] = weight
    weight = as_float(sample_weight, "sample_weight", np.float64)
    allowed = {y.shape[:1], y.shape[:1] + output_shape[:-1]}
    if weight.shape not in allowed:
        raise misfit("sample_weight", f"a shape of {allowed}", weight.shape)
    if (weight < 0).any():
        raise misfit("sample_weight", "numbers from 0 on", weight.min())
    return weight


def split_off(data, share):
    """(all but the last share, the last share), before any shuffling."""
    cut = math.floor(len(data) * (1 - share))
    if not 0 < cut < len(data):
        expected = f"a share that leaves samples on both sides of {len(data)}"
        raise misfit("validation_split", expected, share)
    return data[:cut], data[cut:]
