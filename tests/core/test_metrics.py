"""Metrics: counted by hand."""

import numpy as np
import pytest

from dlcore import metrics

ROWS = [[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]
ONE_HOT = [[0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]]
P = [0.9, 0.5, 0.4, 0.8, 0.6]  # 0.5 is not above the threshold
T = [1, 1, 1, 0, 1]

CASES = [
    (metrics.categorical_accuracy, (ONE_HOT, ROWS), 0.75),
    (metrics.categorical_accuracy, ([ONE_HOT], [ROWS]), 0.75),
    (metrics.sparse_categorical_accuracy, ([1, 2, 2, 0], ROWS), 0.75),
    (metrics.sparse_categorical_accuracy, ([[1, 2, 2, 0]], [ROWS]), 0.75),
    (metrics.sparse_categorical_accuracy, ([[1], [2], [2], [0]], ROWS), 0.75),
    (metrics.top_k_accuracy, ([1, 2, 2, 2], ROWS, 1), 0.5),
    (metrics.top_k_accuracy, ([1, 2, 2, 2], ROWS, 2), 0.75),
    (metrics.top_k_accuracy, ([1, 2, 2, 2], ROWS), 1.0),
    (metrics.binary_accuracy, (T, P), 0.4),
    (metrics.binary_accuracy, (T, P, 0.3), 0.8),
    (metrics.binary_accuracy, (T, np.reshape(P, (5, 1))), 0.4),
    (metrics.precision, (T, P), 2 / 3),
    (metrics.recall, (T, P), 0.5),
    (metrics.precision, (T, P, 0.7), 0.5),
    (metrics.recall, (T, P, 0.85), 0.25),
    (metrics.precision, (T, [0, 0, 0, 0, 0]), 0.0),
    (metrics.recall, ([0, 0], [1, 0]), 0.0),
    (metrics.mean_squared_error, ([[1, 2]], [[3, 3]]), 2.5),
    (metrics.root_mean_squared_error, ([3, 1], [0, 5]), 12.5**0.5),
    (metrics.mean_absolute_error, ([[1, 2]], [[3, 1]]), 1.5),
]


@pytest.mark.parametrize(("metric", "arguments", "expected"), CASES)
def test_metric(metric, arguments, expected):
    y_true, y_pred, *rest = arguments
    received = metric(np.array(y_true), np.array(y_pred), *rest)
    assert type(received) is float
    assert received == pytest.approx(expected)


def test_confusion_matrix_has_true_classes_as_rows():
    matrix = metrics.confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 0])
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [2, 0, 1]])
    assert metrics.confusion_matrix([0], [1], num_classes=4).shape == (4, 4)


@pytest.mark.parametrize(
    ("y_true", "shape", "expected"),
    [
        (np.zeros((4, 1)), (4, 1), "binary_accuracy"),
        (np.zeros(4), (4, 1), "binary_accuracy"),
        (np.zeros((4, 3)), (4, 3), "categorical_accuracy"),
        (np.zeros(4), (4, 3), "sparse_categorical_accuracy"),
        (np.zeros((4, 5)), (4, 5, 3), "sparse_categorical_accuracy"),
        (np.zeros((4, 5, 3)), (4, 5, 3), "categorical_accuracy"),
        (np.zeros((3, 3)), (3, 3), "categorical_accuracy"),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc"])
def test_accuracy_becomes_the_kind_that_fits(name, y_true, shape, expected):
    label, function = metrics.get(name, y_true, shape)
    assert label == name
    assert function.__name__ == expected


def test_get_takes_names_and_functions():
    y = np.zeros((1, 2))
    for name in ("mse", "mean_squared_error"):
        assert metrics.get(name, y, (1, 2)) == (
            name,
            metrics.mean_squared_error,
        )
    for name in ("mae", "mean_absolute_error"):
        assert metrics.get(name, y, (1, 2))[1] is metrics.mean_absolute_error

    def mine(y_true, y_pred):
        return 1.0

    assert metrics.get(mine, y, (1, 2)) == ("mine", mine)
