"""Losses: how wrong a prediction is, as one number, and its derivative.

Every loss is a mean over the samples of a batch; `value` gives the summands
and `gradient` the derivative of the mean, so that it is already divided.
"""

import numpy as np

from .activations import log_softmax, sigmoid, softmax
from .utils import check_range, look_up, number, whole_numbers

#: Probabilities are kept this far from 0 and 1, as Keras does it.
EPSILON = 1e-7


class Loss:
    """loss(y_true, y_pred) -> float, then loss.backward() -> dL/dy_pred."""

    def __init__(self):
        self._saved = None

    def __call__(self, y_true, y_pred):
        y_pred = as_float(y_pred, f"{self} y_pred")
        y_true = self.check(y_true, y_pred.shape, y_pred.dtype)
        self._saved = y_true, y_pred
        return float(self.value(y_true, y_pred).mean())

    def backward(self):
        """dL/dy_pred for the last call, with the shape of y_pred."""
        if self._saved is None:
            raise RuntimeError(f"{self}: backward needs a call first")
        return self.gradient(*self._saved)

    def check(self, y_true, shape, dtype):
        """y_true ready for `value`; ValueError where it does not fit."""
        y_true = as_float(y_true, f"{self} y_true", dtype)
        if y_true.ndim == len(shape) - 1 and shape[-1] == 1:
            y_true = y_true[..., np.newaxis]
        if y_true.shape != shape:
            raise ValueError(
                f"{self} expects y_true of shape {shape}, like y_pred, "
                f"received {y_true.shape}{self.hint(y_true)}"
            )
        return y_true

    def hint(self, y_true):
        """What to add to the error about a shape that does not fit."""
        return ""

    def value(self, y_true, y_pred):
        """The loss of each sample: (batch, ...) without the last axis."""
        raise NotImplementedError

    def gradient(self, y_true, y_pred):
        """The derivative of the mean of `value` by y_pred."""
        raise NotImplementedError

    def get_config(self):
        """The constructor's arguments."""
        return {k: v for k, v in vars(self).items() if k != "_saved"}

    def __str__(self):
        return type(self).__name__


class MeanSquaredError(Loss):
    """L = mean((y_pred - y_true)^2)."""

    def value(self, y_true, y_pred):
        return _mean(np.square(y_pred - y_true))

    def gradient(self, y_true, y_pred):
        return (y_pred - y_true) * y_pred.dtype.type(2 / y_pred.size)


class MeanAbsoluteError(Loss):
    """L = mean(|y_pred - y_true|); the derivative at 0 is taken as 0."""

    def value(self, y_true, y_pred):
        return _mean(np.abs(y_pred - y_true))

    def gradient(self, y_true, y_pred):
        return np.sign(y_pred - y_true) / y_pred.dtype.type(y_pred.size)


class Huber(Loss):
    """Squared near zero, absolute far away: Huber 1964.

    With e = y_pred - y_true: e^2 / 2 where |e| <= delta, else
    delta |e| - delta^2 / 2; L is the mean.
    """

    def __init__(self, delta=1.0):
        super().__init__()
        self.delta = number(delta, "Huber delta", 0)

    def value(self, y_true, y_pred):
        error = np.abs(y_pred - y_true)
        near = np.minimum(error, self.delta)
        return _mean(near * (error - near / 2))

    def gradient(self, y_true, y_pred):
        error = np.clip(y_pred - y_true, -self.delta, self.delta)
        return error / y_pred.dtype.type(y_pred.size)


class BinaryCrossentropy(Loss):
    """L = -mean(t log p + (1 - t) log(1 - p)), t = y_true in [0, 1].

    y_pred is p, or with from_logits z where p = sigmoid(z).
    """

    def __init__(self, from_logits=False):
        super().__init__()
        self.from_logits = from_logits

    def check(self, y_true, shape, dtype):
        y_true = super().check(y_true, shape, dtype)
        if y_true.size and not (y_true.min() >= 0 and y_true.max() <= 1):
            raise ValueError(
                f"{self} expects y_true in [0, 1], "
                f"received {y_true.min():g} to {y_true.max():g}"
            )
        return y_true

    def value(self, y_true, y_pred):
        if self.from_logits:  # max(z, 0) - z t + log(1 + exp(-|z|))
            softened = np.log1p(np.exp(-np.abs(y_pred)))
            return _mean(np.maximum(y_pred, 0) - y_pred * y_true + softened)
        p = _clip(y_pred)
        return _mean(-(y_true * np.log(p) + (1 - y_true) * np.log(1 - p)))

    def gradient(self, y_true, y_pred):
        size = y_pred.dtype.type(y_pred.size)
        if self.from_logits:
            return (sigmoid(y_pred) - y_true) / size
        p = _clip(y_pred)
        return (p - y_true) / (p * (1 - p) * size) * _unclipped(y_pred)


def _check_classes(loss, shape):
    """ValueError for one output: its softmax is 1 whatever the weights."""
    if shape[-1] < 2:
        raise ValueError(
            f"{loss} expects two outputs or more, received {shape[-1]}; "
            "for one output use binary_crossentropy"
        )


class CategoricalCrossentropy(Loss):
    """L = -mean over samples of sum_k t_k log p_k, t = y_true one-hot.

    y_pred is p: (batch, ..., classes), divided by its sum as Keras does, or
    with from_logits z where p = softmax(z).
    """

    def __init__(self, from_logits=False):
        super().__init__()
        self.from_logits = from_logits

    def check(self, y_true, shape, dtype):
        _check_classes(self, shape)
        y_true = super().check(y_true, shape, dtype)
        if y_true.size and (
            y_true.min() < 0 or abs(y_true.sum(axis=-1) - 1).max() > 1e-3
        ):
            raise ValueError(
                f"{self} expects each row of y_true to be probabilities "
                f"that sum to 1, received e.g. {y_true.reshape(-1)[:10]}"
            )
        return y_true

    def hint(self, y_true):
        return (
            "; for class numbers use sparse_categorical_crossentropy, "
            "or to_categorical"
        )

    def value(self, y_true, y_pred):
        if self.from_logits:
            return -(y_true * log_softmax(y_pred)).sum(axis=-1)
        p = _clip(y_pred / y_pred.sum(axis=-1, keepdims=True))
        return -(y_true * np.log(p)).sum(axis=-1)

    def gradient(self, y_true, y_pred):
        samples = y_pred.dtype.type(y_pred.size // y_pred.shape[-1])
        if self.from_logits:
            total = y_true.sum(axis=-1, keepdims=True)
            return (softmax(y_pred) * total - y_true) / samples
        total = y_pred.sum(axis=-1, keepdims=True)
        p = y_pred / total
        dp = -y_true / _clip(p) * _unclipped(p)
        back = (dp * p).sum(axis=-1, keepdims=True)
        return (dp - back) / (total * samples)


class SparseCategoricalCrossentropy(Loss):
    """L = -mean over samples of log p_k, k = y_true, the class's number.

    y_true: (batch, ...) whole numbers in [0, classes), or with a last axis
    of 1. y_pred as in CategoricalCrossentropy.
    """

    def __init__(self, from_logits=False):
        super().__init__()
        self.from_logits = from_logits

    def check(self, y_true, shape, dtype):
        _check_classes(self, shape)
        array = np.asarray(y_true)
        if array.ndim == len(shape) and array.shape[-1] == 1:
            array = array[..., 0]
        if array.shape != shape[:-1]:
            raise ValueError(
                f"{self} expects class numbers of shape {shape[:-1]}, "
                f"received {array.shape}; for one-hot rows use "
                "categorical_crossentropy"
            )
        classes = whole_numbers(array, f"{self} y_true")
        if classes.size:
            check_range(classes, shape[-1], f"{self} y_true")
        return classes

    def value(self, y_true, y_pred):
        log_p = log_softmax(self._logits(y_pred))
        return -np.take_along_axis(log_p, y_true[..., None], -1)[..., 0]

    def gradient(self, y_true, y_pred):
        dz = softmax(self._logits(y_pred))
        rows = dz.reshape(-1, dz.shape[-1])
        rows[np.arange(len(rows)), y_true.ravel()] -= 1
        rows /= rows.dtype.type(len(rows))
        if self.from_logits:
            return dz
        return dz / _clip(y_pred) * _unclipped(y_pred)

    def _logits(self, y_pred):
        """Keras takes softmax(log p), which divides p by its sum."""
        return y_pred if self.from_logits else np.log(_clip(y_pred))


def as_float(array, who, dtype=None):
    """array as floats (its own kind, or dtype); TypeError for objects."""
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{who} expects numbers, received dtype {array.dtype}")
    if dtype is None and array.dtype not in (np.float32, np.float64):
        dtype = np.float32
    return array if dtype is None else array.astype(dtype, copy=False)


def _mean(values):
    """The mean over a sample's outputs, which are its last axis."""
    return values.mean(axis=-1) if values.ndim > 1 else values


def _clip(p):
    return np.clip(p, EPSILON, 1 - EPSILON, dtype=p.dtype)


def _unclipped(p):
    """1 where clip lets the gradient through, 0 where p was cut off."""
    low, high = p.dtype.type(EPSILON), p.dtype.type(1 - EPSILON)
    return (p >= low) & (p <= high)


_CLASSES = (
    MeanSquaredError,
    MeanAbsoluteError,
    Huber,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
_TABLE = {
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "huber": Huber,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
} | {cls.__name__: cls for cls in _CLASSES}


def get(loss):
    """A loss for Keras's name; an object is itself."""
    if isinstance(loss, Loss):
        return loss
    return look_up(loss, _TABLE, "loss")()


def from_config(name, config):
    """The loss of this class name, with get_config's arguments."""
    return look_up(name, _TABLE, "loss")(**config)
