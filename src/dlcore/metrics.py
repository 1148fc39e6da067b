"""Metrics: plain functions f(y_true, y_pred) -> float, for people to read."""

import numpy as np

from .utils import check_range, look_up, positive_int, whole_numbers


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Share of outputs on the right side of the threshold."""
    y_true, y_pred = _same_shape(y_true, y_pred, "binary_accuracy")
    return float(np.mean((y_pred > threshold) == (y_true > threshold)))


def categorical_accuracy(y_true, y_pred):
    """Share of samples whose largest output is the one-hot label's."""
    y_true, y_pred = _same_shape(y_true, y_pred, "categorical_accuracy")
    return float(np.mean(y_true.argmax(-1) == y_pred.argmax(-1)))


def sparse_categorical_accuracy(y_true, y_pred):
    """Share of samples whose largest output is the class's number."""
    classes = _classes(y_true, y_pred, "sparse_categorical_accuracy")
    return float(np.mean(classes == np.asarray(y_pred).argmax(-1)))


def top_k_accuracy(y_true, y_pred, k=5):
    """Share of samples whose class is among the k largest outputs."""
    classes = _classes(y_true, y_pred, "top_k_accuracy")
    k = positive_int(k, "top_k_accuracy k")
    own = np.take_along_axis(np.asarray(y_pred), classes[..., None], -1)
    return float(np.mean((np.asarray(y_pred) > own).sum(-1) < k))


def mean_squared_error(y_true, y_pred):
    """mean((y_pred - y_true)^2), in squared units of y."""
    y_true, y_pred = _same_shape(y_true, y_pred, "mean_squared_error")
    return float(np.mean(np.square(y_pred - y_true)))


def root_mean_squared_error(y_true, y_pred):
    """The root of mean_squared_error, in units of y."""
    return float(np.sqrt(mean_squared_error(y_true, y_pred)))


def mean_absolute_error(y_true, y_pred):
    """mean(|y_pred - y_true|), in units of y."""
    y_true, y_pred = _same_shape(y_true, y_pred, "mean_absolute_error")
    return float(np.mean(np.abs(y_pred - y_true)))


def confusion_matrix(y_true, y_pred, num_classes=None):
    """Counts: row = true class, column = predicted class.

    y_true, y_pred: class numbers of the same shape. Returns int64 of shape
    (num_classes, num_classes).
    """
    y_true = whole_numbers(y_true, "confusion_matrix y_true").ravel()
    y_pred = whole_numbers(y_pred, "confusion_matrix y_pred").ravel()
    if y_true.shape != y_pred.shape or y_true.size == 0:
        raise ValueError(
            "confusion_matrix expects as many predictions as labels, at "
            f"least one, received {y_pred.size} and {y_true.size}"
        )
    n = num_classes or int(max(y_true.max(), y_pred.max())) + 1
    check_range(y_true, n, "confusion_matrix y_true")
    check_range(y_pred, n, "confusion_matrix y_pred")
    return np.bincount(y_true * n + y_pred, minlength=n * n).reshape(n, n)


def precision(y_true, y_pred, threshold=0.5):
    """Share of positive predictions that are right; 0 if there are none."""
    hits, predicted, _ = _positives(y_true, y_pred, threshold, "precision")
    return float(hits / predicted) if predicted else 0.0


def recall(y_true, y_pred, threshold=0.5):
    """Share of positive samples that were found; 0 if there are none."""
    hits, _, true = _positives(y_true, y_pred, threshold, "recall")
    return float(hits / true) if true else 0.0


def _positives(y_true, y_pred, threshold, who):
    y_true, y_pred = _same_shape(y_true, y_pred, who)
    true, predicted = y_true > threshold, y_pred > threshold
    return (true & predicted).sum(), predicted.sum(), true.sum()


def _same_shape(y_true, y_pred, who):
    """Both as arrays of one shape; a missing last axis of 1 is added."""
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim == y_pred.ndim - 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., np.newaxis]
    if y_true.shape != y_pred.shape or y_true.size == 0:
        raise ValueError(
            f"{who} expects labels and predictions of one shape, at least "
            f"one each, received {y_true.shape} and {y_pred.shape}"
        )
    return y_true, y_pred


def _classes(y_true, y_pred, who):
    """y_true as class numbers that fit the last axis of y_pred."""
    classes, shape = whole_numbers(y_true, who), np.shape(y_pred)
    if classes.ndim == len(shape) and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if classes.shape != shape[:-1] or classes.size == 0:
        raise ValueError(
            f"{who} expects class numbers of shape {shape[:-1]}, at least "
            f"one, received {classes.shape}"
        )
    check_range(classes, shape[-1], who)
    return classes


_TABLE = {
    "binary_accuracy": binary_accuracy,
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "top_k_accuracy": top_k_accuracy,
    "mean_squared_error": mean_squared_error,
    "mse": mean_squared_error,
    "root_mean_squared_error": root_mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "mae": mean_absolute_error,
    "precision": precision,
    "recall": recall,
}


def get(metric, y_true, y_pred_shape):
    """(name, function) for a Keras name or a function.

    "accuracy" becomes the kind that fits the data, as in Keras: binary for
    one output, categorical for one-hot labels, else sparse.
    """
    if callable(metric):
        return getattr(metric, "__name__", str(metric)), metric
    if metric in ("accuracy", "acc"):
        if y_pred_shape[-1] == 1:
            return metric, binary_accuracy
        if np.shape(y_true) == tuple(y_pred_shape):
            return metric, categorical_accuracy
        return metric, sparse_categorical_accuracy
    return metric, look_up(metric, _TABLE, "metric")
