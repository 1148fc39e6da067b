"""Helpers: labels, names and numbers."""

import numpy as np
import pytest

from dlcore import checks, utils


def test_to_categorical():
    expected = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    for labels in ([1, 2, 0], [1.0, 2.0, 0.0], np.array([1, 2, 0], "uint8")):
        rows = utils.to_categorical(labels)
        assert rows.dtype == np.float32
        np.testing.assert_array_equal(rows, expected)
    assert utils.to_categorical([0], 4).shape == (1, 4)
    assert utils.to_categorical([[0, 1]]).shape == (1, 2, 2)
    np.testing.assert_array_equal(
        utils.to_categorical([True, False]), [[0, 1], [1, 0]]
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dense", "dense"),
        ("Conv2D", "conv2d"),
        ("MaxPooling2D", "max_pooling2d"),
        ("GlobalAveragePooling2D", "global_average_pooling2d"),
        ("BatchNormalization", "batch_normalization"),
        ("SimpleRNN", "simple_rnn"),
        ("LSTM", "lstm"),
        ("KLDivergence", "kl_divergence"),
        ("Conv2DTranspose", "conv2d_transpose"),
    ],
)
def test_snake_case_names_as_keras_does(name, expected):
    assert utils.snake_case(name) == expected


def test_look_up_names_the_nearest():
    table = {"relu": 1, "tanh": 2}
    assert checks.look_up("relu", table, "activation") == 1
    with pytest.raises(ValueError) as error:
        checks.look_up("rellu", table, "activation")
    assert str(error.value) == (
        "unknown activation 'rellu' (did you mean 'relu'?); known: relu, tanh"
    )
    with pytest.raises(ValueError, match=r"unknown loss 7; known: relu"):
        checks.look_up(7, table, "loss")


@pytest.mark.parametrize("value", [1, np.int64(1), 7])
def test_positive_int(value):
    assert checks.positive_int(value, "units") == value
    assert type(checks.positive_int(value, "units")) is int


def test_count_begins_at_zero():
    assert [checks.count(value, "n") for value in (0, np.int64(3))] == [0, 3]
    with pytest.raises(ValueError, match="n expects a number above -1"):
        checks.count(-1, "n")
    with pytest.raises(ValueError, match="n expects a number above 0"):
        checks.positive_int(0, "n")
    for value in (False, 1.0, "1"):
        with pytest.raises(TypeError, match="n expects a whole number"):
            checks.count(value, "n")


def test_number_keeps_its_ends():
    for value in (0, 1, 0.5, np.float32(0.5)):
        assert type(checks.number(value, "rate", 0, 1)) is float
    assert checks.number(0, "rate", 0, 1, open_high=True) == 0
    for value in (-1e-9, 1 + 1e-9, np.nan):
        with pytest.raises(ValueError, match=r"rate .* in \[0, 1\]"):
            checks.number(value, "rate", 0, 1)
    with pytest.raises(ValueError, match=r"rate .* in \[0, 1\), received 1"):
        checks.number(1, "rate", 0, 1, open_high=True)


def test_pair():
    assert checks.pair(3, "window") == (3, 3)
    assert checks.pair([2, 5], "window") == (2, 5)
