"""Data at the door: what comes out of each reader, exactly."""

import numpy as np
import pytest

from dlcore.data import Data, as_input, as_weights, split_off


def weighted(n=4):
    x = np.arange(2.0 * n).reshape(n, 2)
    return Data([x, -x], np.arange(n), 10.0 + np.arange(n))


def test_rows_are_taken_from_inputs_labels_and_weights_alike():
    part = weighted()[[2, 0]]
    np.testing.assert_array_equal(part.x[0], [[4, 5], [0, 1]])
    np.testing.assert_array_equal(part.x[1], [[-4, -5], [0, -1]])
    np.testing.assert_array_equal(part.y, [2, 0])
    np.testing.assert_array_equal(part.weight, [12, 10])


def test_rows_of_data_without_weights_have_none():
    assert Data([np.ones((3, 1))], np.ones(3))[:2].weight is None


def test_an_input_is_cast_unless_whole_numbers_are_due():
    assert as_input([[1, 2]], "float64").dtype == np.float64
    assert as_input([[1.0, 2.0]], np.float32).dtype == np.float32
    wide = np.ones((1, 2))
    assert as_input(wide, np.float32).dtype == np.float32
    assert as_input([[1, 2]], np.float32, integers=True).dtype.kind == "i"


def test_whole_numbers_may_be_one_a_sample_and_floats_may_not():
    assert as_input([3, 1], np.float32, integers=True).shape == (2,)
    with pytest.raises(ValueError, match=r"\(batch, ...\).*shape \(2,\)"):
        as_input([3.0, 1.0], np.float32)
    with pytest.raises(ValueError, match=r"received shape \(\)"):
        as_input(3, np.float32, integers=True)


def test_an_input_of_strings_is_called_the_models_input():
    with pytest.raises(TypeError, match="the model's input expects numbers"):
        as_input(["a"], np.float32, integers=True)


def test_classes_that_weights_may_name():
    with pytest.raises(ValueError, match=r"range\(0, 2\), received \[2\]"):
        as_weights(None, {2: 1.0}, np.zeros((3, 1)), (1,))
    y = np.array([0, 4])
    np.testing.assert_array_equal(
        as_weights(None, {4: 2.0}, y, (5,)), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"range\(0, 5\), received \[5\]"):
        as_weights(None, {5: 2.0}, y, (9, 5))


def test_class_weights_of_a_column_of_one_label_a_moment():
    # Two moments, one output: the classes are the numbers themselves.
    y = np.array([[[0.0], [1.0]], [[1.0], [1.0]]])
    weight = as_weights(None, {1: 3.0}, y, (2, 1))
    np.testing.assert_array_equal(weight, [[1, 3], [3, 3]])


def test_class_weights_of_one_hot_rows():
    y = np.eye(3)[[[0, 2], [1, 2]]]  # two samples of two moments
    weight = as_weights(None, {2: 5.0}, y, (2, 3))
    np.testing.assert_array_equal(weight, [[1, 5], [1, 5]])
    # A row for each of two samples, of which the middle size is 1.
    weight = as_weights(None, {2: 5.0}, y[:, 1:], (1, 3))
    np.testing.assert_array_equal(weight, [[5], [5]])


def test_sample_weights_are_kept_in_float64():
    weight = as_weights(np.float32([0.5, 2]), None, np.zeros((2, 1)), (1,))
    assert weight.dtype == np.float64


def test_a_share_must_leave_samples_on_both_sides():
    train, validation = split_off(weighted(2), 0.5)
    assert (len(train), len(validation)) == (1, 1)
    for share in (0.0, 0.9):
        with pytest.raises(ValueError, match="both sides of 2"):
            split_off(weighted(2), share)
