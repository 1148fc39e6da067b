"""Metrics: counted by hand."""

import numpy as np
import pytest

from dlcore import metrics

ROWS = [[0.1, 0.7, 0.2], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]
ONE_HOT = [[0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]]
P = [0.9, 0.5, 0.4, 0.8, 0.6]  # 0.5 is not above the threshold
T = [1, 1, 1, 0, 1]

TOP_K = metrics.sparse_top_k_categorical_accuracy

# Hanley & McNeil 1982, table I: readings of 109 scans from "definitely
# normal" (1) to "definitely abnormal" (5), of 58 normal and 51 abnormal
# patients; the paper's area is 0.893.
SCANS = [5 * [0] + 5 * [1], 2 * [1, 2, 3, 4, 5]]
COUNTS = [33, 6, 6, 11, 2, 3, 2, 2, 11, 33]

CASES = [
    (metrics.categorical_accuracy, (ONE_HOT, ROWS), 0.75),
    (metrics.categorical_accuracy, ([ONE_HOT], [ROWS]), 0.75),
    (metrics.sparse_categorical_accuracy, ([1, 2, 2, 0], ROWS), 0.75),
    (metrics.sparse_categorical_accuracy, ([[1, 2, 2, 0]], [ROWS]), 0.75),
    (metrics.sparse_categorical_accuracy, ([[1], [2], [2], [0]], ROWS), 0.75),
    (TOP_K, ([1, 2, 2, 2], ROWS, 1), 0.5),
    (TOP_K, ([1, 2, 2, 2], ROWS, 2), 0.75),
    (TOP_K, ([1, 2, 2, 2], ROWS), 1.0),
    (TOP_K, ([[1], [2], [2], [2]], ROWS, 2), 0.75),
    # equal outputs share the second place: both are in
    (TOP_K, ([0, 1, 2], [[0.2, 0.6, 0.2]] * 3, 2), 1.0),
    (TOP_K, ([0, 1, 2], [[0.2, 0.6, 0.2]] * 3, 1), 1 / 3),
    (metrics.top_k_categorical_accuracy, (ONE_HOT, ROWS, 1), 0.75),
    (metrics.top_k_categorical_accuracy, (ONE_HOT, ROWS, 2), 1.0),
    (metrics.top_k_categorical_accuracy, (ONE_HOT, ROWS), 1.0),
    (metrics.binary_accuracy, (T, P), 0.4),
    (metrics.binary_accuracy, (T, P, 0.3), 0.8),
    (metrics.binary_accuracy, (T, np.reshape(P, (5, 1))), 0.4),
    (metrics.precision, (T, P), 2 / 3),
    (metrics.recall, (T, P), 0.5),
    (metrics.precision, (T, P, 0.7), 0.5),
    (metrics.recall, (T, P, 0.85), 0.25),
    (metrics.precision, (T, [0, 0, 0, 0, 0]), 0.0),
    (metrics.recall, ([0, 0], [1, 0]), 0.0),
    # a threshold at or beyond the labels leaves them what they are
    (metrics.binary_accuracy, ([0, 1], [0.5, 1.5], 1), 1.0),
    (metrics.precision, ([0, 1], [0.5, 1.5], 1), 1.0),
    (metrics.recall, ([0, 1], [-0.5, 0.0], -0.1), 1.0),
    (metrics.binary_accuracy, ([True, False], [0.7, 0.2]), 1.0),
    (metrics.binary_accuracy, ([0.9, 0.2], [0.7, 0.6]), 0.5),
    (metrics.binary_accuracy, (1, 0.7), 1.0),
    # 2 of the 4 pairs in order and 2 equal; 3 of 4; none
    (metrics.auc, ([0, 0, 1, 1], [1, 3, 3, 3]), 0.75),
    (metrics.auc, ([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]), 0.75),
    (metrics.auc, ([[0], [1], [1]], [[2.0], [-1], [0]]), 0.0),
    (metrics.auc, ([0, 1], [-1e4, 1e4]), 1.0),
    (metrics.auc, ([False, True, True], [7, 7, 7]), 0.5),
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
    column = metrics.confusion_matrix([0, 1], [[0.0], [0.0]])
    np.testing.assert_array_equal(column, [[1, 0], [1, 0]])


def test_auc_of_a_published_table():
    y_true, y_pred = np.repeat(SCANS, COUNTS, axis=1)
    assert len(y_true) == 109
    assert metrics.auc(y_true, y_pred) == pytest.approx(0.893, abs=5e-4)


def test_auc_counts_the_pairs():
    rng = np.random.default_rng(6)
    y_true, y_pred = rng.integers(0, 2, 40), rng.integers(0, 9, 40)
    yes, no = y_pred[y_true == 1], y_pred[y_true == 0]
    right = [(a > b) + (a == b) / 2 for a in yes for b in no]
    assert metrics.auc(y_true, y_pred) == pytest.approx(np.mean(right))
    order = rng.permutation(40)
    again = metrics.auc(y_true[order], y_pred[order])
    assert again == metrics.auc(y_true, y_pred)
    grown = metrics.auc(y_true, np.exp(y_pred))  # any growing function
    assert grown == metrics.auc(y_true, y_pred)


@pytest.mark.parametrize("label", [0, 1])
def test_auc_of_one_class(label):
    with pytest.raises(ValueError, match="auc expects positives and neg"):
        metrics.auc([label] * 3, [0.1, 0.5, 0.9])


@pytest.mark.parametrize(
    "name", ["binary_accuracy", "precision", "recall", "auc"]
)
@pytest.mark.parametrize("labels", [[1, 2], [-1, 1], [0, np.nan], [0, 1.5]])
def test_labels_that_say_neither_yes_nor_no(name, labels):
    with pytest.raises(ValueError, match=f"{name} expects (labels in|finite)"):
        getattr(metrics, name)(labels, [0.2, 0.7])


NAMES = [name for name in metrics._TABLE if name not in ("mse", "mae")]


@pytest.mark.parametrize("name", [*NAMES, "confusion_matrix"])
@pytest.mark.parametrize(
    "bad",
    [
        np.array(["a", "b"]),
        np.array([0, 1], object),
        np.array([0, 1], complex),
    ],
)
def test_what_is_no_number(name, bad):
    function, good = getattr(metrics, name), np.array([0, 1])
    for pair in ((bad, good), (good, bad)):
        with pytest.raises((TypeError, ValueError), match=f"{name} expects"):
            function(*pair)


@pytest.mark.parametrize("name", [*NAMES, "confusion_matrix"])
@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [
        ([], []),
        (np.ones((2, 3)), np.ones((3, 2))),
        (np.ones(3), np.ones((3, 3, 3))),
        (np.ones((3, 3, 1)), np.ones((3, 3))),
        (1, np.ones((2, 2, 2))),
    ],
)
def test_shapes_that_do_not_fit(name, y_true, y_pred):
    with pytest.raises(ValueError, match=f"{name} expects .* received"):
        getattr(metrics, name)(y_true, y_pred)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.float16])
def test_labels_and_outputs_of_any_type(name, dtype):
    y_true = np.array([[0, 1], [1, 0], [1, 0]])
    y_pred = np.array([[1, 0], [1, 0], [0, 1]])
    if "sparse" in name:
        y_true = y_true.argmax(-1)
    function = getattr(metrics, name)
    expected = function(y_true.astype(float), y_pred.astype(float))
    received = function(y_true.astype(dtype), y_pred.astype(dtype))
    assert received == pytest.approx(expected, rel=1e-6)


def test_a_number_alone_has_no_classes():
    for name in ("sparse_categorical_accuracy", TOP_K.__name__):
        with pytest.raises(ValueError, match="expects class numbers"):
            getattr(metrics, name)(0, 1.0)


@pytest.mark.parametrize("classes", [0, -1, 1.5, True])
def test_number_of_classes(classes):
    with pytest.raises((TypeError, ValueError), match="num_classes expects"):
        metrics.confusion_matrix([0], [0], classes)


def test_thresholds_compare_in_the_type_of_the_outputs():
    """float32(0.3) is not above 0.3, as in Keras."""
    y_pred = np.array([0.3], np.float32)
    assert metrics.binary_accuracy([0], y_pred, threshold=0.3) == 1.0


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
    assert metrics.get("auc", y, (1, 1)) == ("auc", metrics.auc)
    for name in NAMES:
        assert metrics.get(name, y, (1, 2))[1] is getattr(metrics, name)
    with pytest.raises(ValueError, match="unknown metric 'top_k'"):
        metrics.get("top_k", y, (1, 2))


def test_the_five_largest_count_if_nothing_else_is_said():
    scores = np.array([[6.0, 5, 4, 3, 2, 1]] * 2)
    classes = [4, 5]  # the fifth place, the sixth
    one_hot = np.eye(6)[classes]
    assert metrics.sparse_top_k_categorical_accuracy(classes, scores) == 0.5
    assert metrics.top_k_categorical_accuracy(one_hot, scores) == 0.5


def test_moments_are_samples():
    """(batch, time, classes): only the last axis is a row of outputs."""
    scores = np.array([[[3.0, 2, 1], [1, 2, 3]], [[1, 3, 2], [2, 1, 3]]])
    classes = np.array([[0, 0], [2, 1]])  # places 1, 3, 2, 3
    one_hot = np.eye(3)[classes]
    assert metrics.sparse_categorical_accuracy(classes, scores) == 0.25
    assert metrics.categorical_accuracy(one_hot, scores) == 0.25
    top = metrics.sparse_top_k_categorical_accuracy
    assert [top(classes, scores, k) for k in (1, 2, 3)] == [0.25, 0.5, 1]
    top = metrics.top_k_categorical_accuracy
    assert [top(one_hot, scores, k) for k in (1, 2, 3)] == [0.25, 0.5, 1]


def test_half_a_label_is_no():
    assert metrics.binary_accuracy([0.5, 0.75], [0.0, 1.0]) == 1


def test_names_of_functions_and_of_what_has_none():
    def mine(y_true, y_pred):
        return 0.5

    class Own:
        def __call__(self, y_true, y_pred):
            return 0.5

        def __str__(self):
            return "own metric"

    assert metrics.get(mine, np.zeros(2), (2, 1)) == ("mine", mine)
    own = Own()
    assert metrics.get(own, np.zeros(2), (2, 1)) == ("own metric", own)


def test_accuracy_for_moments():
    for labels, shape, expected in (
        (np.zeros((2, 3, 1)), (2, 3, 1), metrics.binary_accuracy),
        (np.zeros((2, 1, 3)), (2, 1, 3), metrics.categorical_accuracy),
        (np.zeros((2, 1)), (2, 1, 3), metrics.sparse_categorical_accuracy),
    ):
        assert metrics.get("acc", labels, shape) == ("acc", expected)
