"""Metrics against Keras's."""

import numpy as np
import pytest

from dlcore import metrics

CASES = [
    ("binary_accuracy", "BinaryAccuracy", {}),
    ("binary_accuracy", "BinaryAccuracy", {"threshold": 0.3}),
    ("categorical_accuracy", "CategoricalAccuracy", {}),
    ("sparse_categorical_accuracy", "SparseCategoricalAccuracy", {}),
    ("top_k_accuracy", "SparseTopKCategoricalAccuracy", {"k": 1}),
    ("top_k_accuracy", "SparseTopKCategoricalAccuracy", {"k": 3}),
    ("top_k_accuracy", "SparseTopKCategoricalAccuracy", {"k": 5}),
    ("mean_squared_error", "MeanSquaredError", {}),
    ("root_mean_squared_error", "RootMeanSquaredError", {}),
    ("mean_absolute_error", "MeanAbsoluteError", {}),
    ("precision", "Precision", {"threshold": 0.6}),
    ("recall", "Recall", {"threshold": 0.6}),
]


@pytest.mark.parametrize(("ours", "theirs", "arguments"), CASES)
def test_metric(keras, rng, ours, theirs, arguments):
    y_pred = rng.random((40, 8)).astype(np.float32)
    y_true = rng.integers(0, 8, 40)
    if "sparse" not in ours and "top_k" not in ours:
        y_true = np.eye(8, dtype=np.float32)[y_true]
    received = getattr(metrics, ours)(y_true, y_pred, **arguments)
    if theirs in ("Precision", "Recall"):
        arguments = {"thresholds": arguments["threshold"]}
    metric = getattr(keras.metrics, theirs)(**arguments)
    metric.update_state(y_true, y_pred)
    assert type(received) is float
    assert 0 < received < 1
    assert received == pytest.approx(float(metric.result()), rel=1e-5)


def test_confusion_matrix(tf, rng):
    y_true, y_pred = rng.integers(0, 5, (2, 60))
    np.testing.assert_array_equal(
        metrics.confusion_matrix(y_true, y_pred),
        tf.math.confusion_matrix(y_true, y_pred),
    )
