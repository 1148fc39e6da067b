"""Losses: values and gradients worked by hand."""

import numpy as np
import pytest

from dlcore import losses

log = np.log

# (loss, y_true, y_pred, value, gradient)
CASES = [
    # errors 1, -2, 0, 4: (1 + 4 + 0 + 16) / 4; 2 e / 4
    (
        losses.MeanSquaredError(),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        5.25,
        [[0.5, -1], [0, 2]],
    ),
    (
        losses.MeanAbsoluteError(),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        1.75,
        [[0.25, -0.25], [0, 0.25]],
    ),
    # delta 1: 1/2, 2 - 1/2, 0, 4 - 1/2, over 4
    (
        losses.Huber(),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        5.5 / 4,
        [[0.25, -0.25], [0, 0.25]],
    ),
    # delta 3: 1/2, 4/2, 0, 3 * 4 - 9/2
    (
        losses.Huber(delta=3),
        [[1, 2], [3, 4]],
        [[2, 0], [3, 8]],
        10 / 4,
        [[0.25, -0.5], [0, 0.75]],
    ),
    # -log(3/4), -log(1 - 1/4): (p - t) / (p (1 - p)) over 2
    (
        losses.BinaryCrossentropy(),
        [[1], [0]],
        [[0.75], [0.25]],
        log(4 / 3),
        [[-2 / 3], [2 / 3]],
    ),
    # the same with z = log 3, where p = 3/4: (p - t) over 2
    (
        losses.BinaryCrossentropy(from_logits=True),
        [[1], [0]],
        [[log(3)], [-log(3)]],
        log(4 / 3),
        [[-0.125], [0.125]],
    ),
    # -log(1/2), -log(1/4): mean 3/2 log 2; -1/p over 2 samples, minus the
    # part that dividing by the sum takes: here 1/2 each
    (
        losses.CategoricalCrossentropy(),
        [[1, 0], [0, 1]],
        [[0.5, 0.5], [0.75, 0.25]],
        1.5 * log(2),
        [[-0.5, 0.5], [0.5, -1.5]],
    ),
    # p - t over 2 samples
    (
        losses.CategoricalCrossentropy(from_logits=True),
        [[1, 0], [0, 1]],
        [[2, 2], [log(3), 0]],
        1.5 * log(2),
        [[-0.25, 0.25], [0.375, -0.375]],
    ),
    (
        losses.SparseCategoricalCrossentropy(),
        [0, 1],
        [[0.5, 0.5], [0.75, 0.25]],
        1.5 * log(2),
        [[-0.5, 0.5], [0.5, -1.5]],
    ),
    (
        losses.SparseCategoricalCrossentropy(from_logits=True),
        [[0], [1]],
        [[2, 2], [log(3), 0]],
        1.5 * log(2),
        [[-0.25, 0.25], [0.375, -0.375]],
    ),
    # one number per sample, and no axis of outputs at all
    (losses.MeanSquaredError(), [1, 2], [[3], [2]], 2, [[2], [0]]),
    (losses.MeanSquaredError(), [1, 2], [3, 2], 2, [2, 0]),
    # three classes, two time steps: mean over all four
    (
        losses.SparseCategoricalCrossentropy(from_logits=True),
        [[0, 1], [2, 0]],
        np.zeros((2, 2, 3)),
        log(3),
        np.array(
            [
                [[-2, 1, 1], [1, -2, 1]],
                [[1, 1, -2], [-2, 1, 1]],
            ]
        )
        / 12,
    ),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "value", "gradient"),
    CASES,
    ids=lambda x: str(x) if isinstance(x, losses.Loss) else "",
)
def test_value_and_gradient(loss, y_true, y_pred, value, gradient, dtype):
    y_pred = np.array(y_pred, dtype)
    received = loss(y_true, y_pred)
    assert type(received) is float
    assert received == pytest.approx(value, rel=1e-6)
    dy = loss.backward()
    assert dy.dtype == dtype
    np.testing.assert_allclose(dy, gradient, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("loss", "y_true"),
    [
        (losses.CategoricalCrossentropy(), [[0, 1]]),
        (losses.SparseCategoricalCrossentropy(), [1]),
        (losses.BinaryCrossentropy(), [[0, 1]]),
    ],
)
def test_a_probability_of_zero_costs_what_the_clip_allows(loss, y_true):
    value = loss(y_true, np.array([[1, 0]], np.float32))
    # -log(1e-7) = 16.118; in float32, 1 - 1e-7 is 1 - 1.19e-7
    assert value == pytest.approx(16.118, abs=0.15)
    assert not loss.backward().any()  # what was cut off has no slope


@pytest.mark.parametrize("z", [-1e4, 1e4])
@pytest.mark.parametrize(
    ("loss", "y_true", "columns"),
    [
        (losses.BinaryCrossentropy(True), [[1.0]], 1),
        (losses.CategoricalCrossentropy(True), [[1.0, 0]], 2),
        (losses.SparseCategoricalCrossentropy(True), [0], 2),
    ],
)
def test_huge_logits(loss, y_true, columns, z):
    y_pred = np.array([[z, 0][:columns]], np.float32)
    assert loss(y_true, y_pred) == pytest.approx(max(-z, 0))
    expected = -1.0 if z < 0 else 0.0
    assert loss.backward()[0, 0] == pytest.approx(expected)


def test_get_finds_keras_names_and_leaves_objects_alone():
    loss = losses.Huber(2)
    assert losses.get(loss) is loss
    for name, kind in [
        ("mse", losses.MeanSquaredError),
        ("mean_squared_error", losses.MeanSquaredError),
        ("mae", losses.MeanAbsoluteError),
        ("mean_absolute_error", losses.MeanAbsoluteError),
        ("huber", losses.Huber),
        ("binary_crossentropy", losses.BinaryCrossentropy),
        ("categorical_crossentropy", losses.CategoricalCrossentropy),
        (
            "sparse_categorical_crossentropy",
            losses.SparseCategoricalCrossentropy,
        ),
    ]:
        assert type(losses.get(name)) is kind
        assert type(losses.get(kind.__name__)) is kind


@pytest.mark.parametrize(
    "loss",
    [
        losses.Huber(0.5),
        losses.BinaryCrossentropy(True),
        losses.MeanSquaredError(),
    ],
)
def test_a_loss_can_be_rebuilt_from_its_configuration(loss):
    loss([[1.0, 0.0]], np.array([[0.3, 0.4]]))
    again = losses.from_config(str(loss), loss.get_config())
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


def test_whole_numbers_as_predictions_become_float32():
    loss = losses.MeanSquaredError()
    assert loss([1, 2], [3, 2]) == 2.0
    assert loss.backward().dtype == np.float32


def test_values_stand_for_samples():
    """The loss of each sample, which the mean is taken over."""
    y_true, y_pred = np.array([[1.0, 2], [3, 4]]), np.array([[2.0, 0], [3, 8]])
    values = losses.MeanSquaredError().value(y_true, y_pred)
    np.testing.assert_allclose(values, [2.5, 8])
