"""Metrics: plain functions f(y_true, y_pred) -> float, for people to read."""

import numpy as np

from . import checks
from .checks import misfit, whole_numbers


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Share of outputs on the right side of the threshold."""
    true, yes = _answers(y_true, y_pred, threshold, "binary_accuracy")
    return float(np.mean(true == yes))


def categorical_accuracy(y_true, y_pred):
    """Share of samples whose largest output is the one-hot label's."""
    y_true, y_pred = _same_shape(y_true, y_pred, "categorical_accuracy")
    return float(np.mean(y_true.argmax(-1) == y_pred.argmax(-1)))


def sparse_categorical_accuracy(y_true, y_pred):
    """Share of samples whose largest output is the class's number."""
    who = "sparse_categorical_accuracy"
    classes, y_pred = _classes(y_true, y_pred, who)
    return float(np.mean(classes == y_pred.argmax(-1)))


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """Share of samples whose one-hot class is among the k largest outputs."""
    y_true, y_pred = _same_shape(y_true, y_pred, "top_k_categorical_accuracy")
    return sparse_top_k_categorical_accuracy(y_true.argmax(-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """Share of samples whose class is among the k largest outputs.

    Equal outputs share a place, so that all of them are in or none.
    """
    who = "sparse_top_k_categorical_accuracy"
    classes, y_pred = _classes(y_true, y_pred, who)
    own = np.take_along_axis(y_pred, classes[..., None], -1)
    k = checks.positive_int(k, f"{who} k")
    return float(np.mean((y_pred > own).sum(-1) < k))


def mean_squared_error(y_true, y_pred):
    """mean((y_pred - y_true)^2), in squared units of y."""
    y_true, y_pred = _same_shape(y_true, y_pred, "mean_squared_error")
    return float(np.mean(np.square(y_pred - y_true)))


def root_mean_squared_error(y_true, y_pred):
    """The root of mean_squared_error, in units of y."""
    y_true, y_pred = _same_shape(y_true, y_pred, "root_mean_squared_error")
    return float(np.sqrt(np.mean(np.square(y_pred - y_true))))


def mean_absolute_error(y_true, y_pred):
    """mean(|y_pred - y_true|), in units of y."""
    y_true, y_pred = _same_shape(y_true, y_pred, "mean_absolute_error")
    return float(np.mean(np.abs(y_pred - y_true)))


def confusion_matrix(y_true, y_pred, num_classes=None):
    """Counts: row = true class, column = predicted class.

    y_true, y_pred: class numbers of the same shape. Returns int64 of shape
    (num_classes, num_classes).
    """
    who = "confusion_matrix"
    y_true, y_pred = _same_shape(y_true, y_pred, who, whole_numbers)
    n = checks.optional(checks.positive_int)(num_classes, f"{who} num_classes")
    n = n or int(max(y_true.max(), y_pred.max())) + 1
    checks.check_range(y_true, n, f"{who} y_true")
    checks.check_range(y_pred, n, f"{who} y_pred")
    counts = np.bincount((y_true * n + y_pred).ravel(), minlength=n * n)
    return counts.reshape(n, n)


def precision(y_true, y_pred, threshold=0.5):
    """Share of positive predictions that are right; 0 if there are none."""
    true, yes = _answers(y_true, y_pred, threshold, "precision")
    right = true[yes]
    return float(right.mean()) if right.size else 0.0


def recall(y_true, y_pred, threshold=0.5):
    """Share of positive samples that were found; 0 if there are none."""
    true, yes = _answers(y_true, y_pred, threshold, "recall")
    found = yes[true]
    return float(found.mean()) if found.size else 0.0


def auc(y_true, y_pred):
    """Area under the ROC curve: how often a positive outscores a negative.

    Over all pairs of the two, where equal scores count half: exact (Hanley &
    McNeil 1982), while Keras's AUC sums up the curve at 200 thresholds.
    y_pred: scores of any size, logits too. ValueError unless there are both.
    """
    true, y_pred = _positives(y_true, y_pred, "auc")
    scores, others = y_pred[true], np.sort(y_pred[~true])
    if not (scores.size and others.size):
        raise misfit("auc", "positives and negatives", "one of them only")
    places = [others.searchsorted(scores, side) for side in ("left", "right")]
    return float(np.mean(places) / others.size)


def _positives(y_true, y_pred, who):
    """Which labels say yes, and the predictions; labels are in [0, 1]."""
    y_true, y_pred = _same_shape(y_true, y_pred, who)
    return checks.shares(y_true, who) > 0.5, y_pred


def _answers(y_true, y_pred, threshold, who):
    """Which labels say yes, and which predictions."""
    true, y_pred = _positives(y_true, y_pred, who)
    return true, y_pred > checks.number(threshold, f"{who} threshold")


def _same_shape(y_true, y_pred, who, check=checks.as_float):
    """Both as arrays of one shape; a missing last axis of 1 is added."""
    y_true, y_pred = (check(y, who) for y in (y_true, y_pred))
    _not_empty(y_pred, who)
    return checks.same_shape(y_true, y_pred.shape, who), y_pred


def _classes(y_true, y_pred, who):
    """y_true as class numbers that fit the last axis of y_pred."""
    y_pred = _not_empty(checks.as_float(y_pred, who), who)
    return checks.class_numbers(y_true, y_pred.shape, who), y_pred


def _not_empty(y_pred, who):
    if y_pred.size == 0:
        raise misfit(who, "one sample or more", f"shape {y_pred.shape}")
    return y_pred


_TABLE = {
    metric.__name__: metric
    for metric in (
        binary_accuracy, categorical_accuracy, sparse_categorical_accuracy,
        top_k_categorical_accuracy, sparse_top_k_categorical_accuracy,
        mean_squared_error, root_mean_squared_error, mean_absolute_error,
        precision, recall, auc,
    )
} | {"mse": mean_squared_error, "mae": mean_absolute_error}


def get(metric, y_true, y_pred_shape):
    """(name, function) for a Keras name or a function.

    "accuracy" becomes the kind that fits the data, as in Keras: binary for
    one output, categorical for one-hot labels, else sparse.
    """
    if callable(metric):
        return getattr(metric, "__name__", str(metric)), metric
    if isinstance(metric, str) and metric in ("accuracy", "acc"):
        if y_pred_shape[-1] == 1:
            return metric, binary_accuracy
        if np.shape(y_true) == tuple(y_pred_shape):
            return metric, categorical_accuracy
        return metric, sparse_categorical_accuracy
    known = _TABLE | {"accuracy": None}  # for the list in the error
    return metric, checks.look_up(metric, known, "metric")
