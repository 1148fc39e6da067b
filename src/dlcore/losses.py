"""Losses: how wrong a prediction is, as one number, and its derivative.

Every loss is a mean over the samples of a batch; `value` gives the summands
and `gradient` the derivative of the mean, so that it is already divided.
"""

import numpy as np

from . import checks
from .activations import log_softmax, sigmoid, softmax
from .checks import as_float, misfit
from .configured import Configured
from .data import as_weights
from .utils import snake_case

#: Probabilities are kept this far from 0 and 1, as Keras does it.
EPSILON = 1e-7


class Loss(Configured):
    """loss(y_true, y_pred) -> float, then loss.backward() -> dL/dy_pred.

    sample_weight: (batch,), or one for each value. As in Keras the weighted
    values are divided by their number, not by the sum of the weights.
    """

    #: What to add to the error about labels of another shape.
    hint = ""
    _saved = None

    def __call__(self, y_true, y_pred, sample_weight=None):
        y_pred = as_float(y_pred, f"{self} y_pred")
        if y_pred.size == 0:
            raise misfit(f"{self} y_pred", "one sample or more", y_pred.shape)
        y_true = self.check(y_true, y_pred.shape, y_pred.dtype)
        weight = as_weights(sample_weight, None, y_true, y_pred.shape[1:])
        self._saved = y_true, y_pred, weight
        return float(weigh(self.value(y_true, y_pred), weight).mean())

    def backward(self):
        """dL/dy_pred for the last call, with the shape of y_pred."""
        if self._saved is None:
            raise RuntimeError(f"{self}: backward needs a call first")
        y_true, y_pred, weight = self._saved
        return weigh(self.gradient(y_true, y_pred), weight)

    def check(self, y_true, shape, dtype):
        """y_true ready for `value`; ValueError where it does not fit."""
        y_true = as_float(y_true, f"{self} y_true", dtype)
        return checks.same_shape(y_true, shape, self, self.hint)

    def value(self, y_true, y_pred):
        """The loss of each sample: (batch, ...) without the last axis."""
        raise NotImplementedError

    def gradient(self, y_true, y_pred):
        """The derivative of the mean of `value` by y_pred."""
        raise NotImplementedError


def weigh(array, weight):
    """Multiply the array in place; the weight's axes are its first ones."""
    if weight is not None:
        missing = (1,) * (array.ndim - weight.ndim)
        array *= weight.reshape(weight.shape + missing)
    return array


class MeanSquaredError(Loss):
    """L = mean((y_pred - y_true)^2)."""

    def value(self, y_true, y_pred):
        return _mean(np.square(y_pred - y_true))

    def gradient(self, y_true, y_pred):
        return (y_pred - y_true) * (2 / y_pred.size)


class MeanAbsoluteError(Loss):
    """L = mean(|y_pred - y_true|); the derivative at 0 is taken as 0."""

    def value(self, y_true, y_pred):
        return _mean(np.abs(y_pred - y_true))

    def gradient(self, y_true, y_pred):
        return np.sign(y_pred - y_true) / y_pred.size


class Huber(Loss):
    """Squared near zero, absolute far away: Huber 1964.

    With e = y_pred - y_true: e^2 / 2 where |e| <= delta, else
    delta |e| - delta^2 / 2; L is the mean.
    """

    delta: checks.not_negative = 1.0

    def value(self, y_true, y_pred):
        error = np.abs(y_pred - y_true)
        near = np.minimum(error, self.delta)
        return _mean(near * (error - near / 2))

    def gradient(self, y_true, y_pred):
        error = np.clip(y_pred - y_true, -self.delta, self.delta)
        return error / y_pred.size


class BinaryCrossentropy(Loss):
    """L = -mean(t log p + (1 - t) log(1 - p)), t = y_true in [0, 1].

    y_pred is p, or with from_logits z where p = sigmoid(z). With
    label_smoothing a, t = (1 - a) y_true + a / 2.
    """

    from_logits: checks.flag = False
    label_smoothing: checks.fraction = 0.0

    def check(self, y_true, shape, dtype):
        return checks.shares(super().check(y_true, shape, dtype), self)

    def value(self, y_true, y_pred):
        t = _smooth(y_true, self.label_smoothing, 2)
        if self.from_logits:  # max(z, 0) - z t + log(1 + exp(-|z|))
            softened = np.log1p(np.exp(-np.abs(y_pred)))
            return _mean(np.maximum(y_pred, 0) - y_pred * t + softened)
        p = _clip(y_pred)
        return _mean(-(t * np.log(p) + (1 - t) * np.log(1 - p)))

    def gradient(self, y_true, y_pred):
        t = _smooth(y_true, self.label_smoothing, 2)
        if self.from_logits:
            return (sigmoid(y_pred) - t) / y_pred.size
        p = _clip(y_pred)
        return (p - t) / (p * (1 - p) * y_pred.size) * _unclipped(y_pred)


class _OfRows(Loss):
    """A loss whose y_true holds a row of probabilities for each sample."""

    hint = "; for class numbers: sparse_categorical_crossentropy"

    def check(self, y_true, shape, dtype):
        _check_classes(self, shape)
        y_true = super().check(y_true, shape, dtype)
        bad = (y_true < 0).any(-1) | (np.abs(y_true.sum(-1) - 1) > 1e-3)
        if bad.any():
            expected = "rows of y_true to be probabilities that sum to 1"
            raise misfit(self, expected, y_true[bad][0])
        return y_true


class CategoricalCrossentropy(_OfRows):
    """L = -mean over samples of sum_k t_k log p_k, t = y_true one-hot.

    y_pred is p: (batch, ..., classes), divided by its sum as Keras does, or
    with from_logits z where p = softmax(z). With label_smoothing a,
    t = (1 - a) y_true + a / classes: Szegedy et al. 2016, section 7.
    """

    from_logits: checks.flag = False
    label_smoothing: checks.fraction = 0.0

    def value(self, y_true, y_pred):
        t = _smooth(y_true, self.label_smoothing, y_true.shape[-1])
        if self.from_logits:
            return -(t * log_softmax(y_pred)).sum(axis=-1)
        return -(t * np.log(_clip(y_pred / _total(y_pred)))).sum(axis=-1)

    def gradient(self, y_true, y_pred):
        t = _smooth(y_true, self.label_smoothing, y_true.shape[-1])
        samples = y_pred.size // y_pred.shape[-1]
        if self.from_logits:
            return (softmax(y_pred) - t) / samples
        p = y_pred / _total(y_pred)
        dp = -t / _clip(p) * _unclipped(p)
        back = (dp * p).sum(axis=-1, keepdims=True)
        return (dp - back) / (_total(y_pred) * samples)


class KLDivergence(_OfRows):
    """L = mean over samples of sum_k t_k log(t_k / p_k).

    t = y_true and p = y_pred, (batch, ..., classes), are kept in [1e-7, 1]
    as Keras does it. Kullback & Leibler 1951.
    """

    def value(self, y_true, y_pred):
        t, p = _clip(y_true, 1), _clip(y_pred, 1)
        return (t * np.log(t / p)).sum(axis=-1)

    def gradient(self, y_true, y_pred):
        dp = -_clip(y_true, 1) / _clip(y_pred, 1) * _unclipped(y_pred, 1)
        return dp / (y_pred.size // y_pred.shape[-1])


class SparseCategoricalCrossentropy(Loss):
    """L = -mean over samples of log p_k, k = y_true, the class's number.

    y_true: (batch, ...) whole numbers in [0, classes), or with a last axis
    of 1. y_pred as in CategoricalCrossentropy.
    """

    from_logits: checks.flag = False

    def check(self, y_true, shape, dtype):
        _check_classes(self, shape)
        hint = "; for one-hot: categorical_crossentropy"
        return checks.class_numbers(y_true, shape, f"{self} y_true", hint)

    def value(self, y_true, y_pred):
        log_p = log_softmax(self._logits(y_pred))
        return -np.take_along_axis(log_p, y_true[..., None], -1)[..., 0]

    def gradient(self, y_true, y_pred):
        dz = softmax(self._logits(y_pred))
        dz -= np.arange(dz.shape[-1]) == y_true[..., None]  # one-hot
        dz /= y_true.size
        if self.from_logits:
            return dz
        return dz / _clip(y_pred) * _unclipped(y_pred)

    def _logits(self, y_pred):
        """Keras takes softmax(log p), which divides p by its sum."""
        return y_pred if self.from_logits else np.log(_clip(y_pred))


def _check_classes(loss, shape):
    """ValueError for one output: its softmax is 1 whatever the weights."""
    if len(shape) < 2 or shape[-1] < 2:
        expected = "y_pred (batch, ..., classes) of two outputs or more"
        hint = f"{shape}; for one output: binary_crossentropy"
        raise misfit(loss, expected, hint)


def _smooth(y_true, share, classes):
    """The labels moved by this share towards equal probabilities."""
    return y_true * (1 - share) + share / classes if share else y_true


def _mean(values):
    """The mean over a sample's outputs, which are its last axis."""
    return values.mean(axis=-1) if values.ndim > 1 else values


def _total(p):
    """The sum of each row, or 1 where it is 0 and nothing can be divided."""
    total = p.sum(axis=-1, keepdims=True)
    return total + (total == 0)


def _clip(p, high=1 - EPSILON):
    return np.clip(p, EPSILON, high)


def _unclipped(p, high=1 - EPSILON):
    """1 where clip lets the gradient through, 0 where p was cut off."""
    return (p >= EPSILON) & (p <= high)


_ALL = (
    MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossentropy,
    CategoricalCrossentropy, KLDivergence, SparseCategoricalCrossentropy,
)
_SHORT = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError",
          "kld": "KLDivergence", "bce": "BinaryCrossentropy"}
#: name -> class, for `rebuilt`.
KINDS = {kind.__name__: kind for kind in _ALL}
_TABLE = KINDS | {snake_case(name): kind for name, kind in KINDS.items()}
_TABLE |= {short: KINDS[name] for short, name in _SHORT.items()}


def get(loss):
    """A loss for Keras's name; an object is itself."""
    if isinstance(loss, Loss):
        return loss
    return checks.look_up(loss, _TABLE, "loss")()
