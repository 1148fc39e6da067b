"""Metrics against Keras's."""

import numpy as np
import pytest

from dlcore import metrics

TOP_K = "sparse_top_k_categorical_accuracy"

CASES = [
    ("binary_accuracy", "BinaryAccuracy", {}),
    ("binary_accuracy", "BinaryAccuracy", {"threshold": 0.3}),
    ("categorical_accuracy", "CategoricalAccuracy", {}),
    ("sparse_categorical_accuracy", "SparseCategoricalAccuracy", {}),
    (TOP_K, "SparseTopKCategoricalAccuracy", {"k": 1}),
    (TOP_K, "SparseTopKCategoricalAccuracy", {"k": 3}),
    (TOP_K, "SparseTopKCategoricalAccuracy", {}),
    ("top_k_categorical_accuracy", "TopKCategoricalAccuracy", {"k": 2}),
    ("top_k_categorical_accuracy", "TopKCategoricalAccuracy", {}),
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
    if "sparse" not in ours:
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


@pytest.mark.parametrize("name", metrics._TABLE)
def test_keras_knows_the_name(keras, name):
    assert keras.metrics.get(name) is not None


@pytest.mark.parametrize("k", [1, 2, 3])
def test_equal_outputs_share_a_place(keras, k):
    y_pred = np.array([[0.2, 0.6, 0.2, 0.0]] * 4, np.float32)
    metric = keras.metrics.SparseTopKCategoricalAccuracy(k=k)
    metric.update_state(np.arange(4), y_pred)
    received = getattr(metrics, TOP_K)(np.arange(4), y_pred, k)
    assert received == float(metric.result())


@pytest.mark.parametrize("threshold", [0.25, 0.3, 0.5, 0.7])
def test_outputs_at_the_threshold(keras, threshold):
    y_pred = np.array([0.25, 0.3, 0.5, 0.7, 0.9], np.float32)
    y_true = np.ones(5)
    metric = keras.metrics.BinaryAccuracy(threshold=threshold)
    metric.update_state(y_true[:, None], y_pred[:, None])
    received = metrics.binary_accuracy(y_true, y_pred, threshold)
    assert received == pytest.approx(float(metric.result()))


def keras_auc(keras, y_true, y_pred):
    metric = keras.metrics.AUC()
    metric.update_state(y_true, y_pred)
    return float(metric.result())


@pytest.mark.parametrize("spread", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("size", [40, 2000])
def test_auc_within_the_error_of_the_thresholds(keras, rng, spread, size):
    """Keras cannot order outputs between the same two of 200 thresholds.

    It counts such pairs as equal, half each; so it may miss by half of them.
    """
    y_true = rng.integers(0, 2, size)
    z = spread * (rng.normal(size=size) + y_true)
    y_pred = (1 / (1 + np.exp(-z))).astype(np.float32)
    between = np.ceil(y_pred * 199)  # thresholds 0, 1/199, ..., 1
    yes = np.bincount(between[y_true == 1].astype(int), minlength=200)
    no = np.bincount(between[y_true == 0].astype(int), minlength=200)
    error = (yes * no).sum() / (yes.sum() * no.sum()) / 2
    received = metrics.auc(y_true, y_pred)
    assert 0.5 < received < 1
    assert abs(received - keras_auc(keras, y_true, y_pred)) <= error + 1e-6


def test_auc_of_outputs_that_thresholds_tell_apart(keras, rng):
    y_true = rng.integers(0, 2, 300)
    y_pred = (rng.integers(0, 199, 300) + 0.5).astype(np.float32) / 199
    expected = keras_auc(keras, y_true, y_pred)
    assert metrics.auc(y_true, y_pred) == pytest.approx(expected, abs=1e-6)
