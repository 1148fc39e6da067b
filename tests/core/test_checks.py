"""Checks: what they let through, and in which type it comes back."""

import sys
from pathlib import Path

import numpy as np
import pytest

from dlcore import checks


def same(received, expected):
    assert type(received) is type(expected)
    assert received == expected


def test_numbers_come_back_as_pythons_own():
    same(checks.positive_int(1, "n"), 1)
    same(checks.positive_int(np.int8(3), "n"), 3)
    same(checks.positive_int(2**31 - 1, "n"), 2147483647)
    same(checks.count(0, "n"), 0)
    same(checks.number(2, "n"), 2.0)
    largest = sys.float_info.max
    same(checks.number(largest, "n"), largest)
    same(checks.number(np.float16(0.5), "n"), 0.5)
    same(checks.not_negative(0, "n"), 0.0)
    same(checks.fraction(0, "n"), 0.0)
    same(checks.fraction(1, "n"), 1.0)
    same(checks.below_one(0.0, "n"), 0.0)
    same(checks.below_one(0.75, "n"), 0.75)


def test_other_things_come_back_as_they_are():
    same(checks.flag(np.True_, "n"), True)
    same(checks.flag(False, "n"), False)
    same(checks.text("a", "n"), "a")
    same(checks.path("a/b", "n"), Path("a/b"))
    same(checks.path(Path("a"), "n"), Path("a"))
    same(checks.pair(3, "n"), (3, 3))
    same(checks.pair(np.int64(3), "n"), (3, 3))
    same(checks.pair([2, 5], "n"), (2, 5))
    same(checks.shape([2, np.int32(5)], "n"), (2, 5))
    same(checks.shape((), "n"), ())


def test_lists_come_back_as_new_ones():
    values = [1, 2]
    same(checks.listed(values, "n"), [1, 2])
    assert checks.listed(values, "n") is not values
    same(checks.listed((), "n"), [])
    same(checks.listed(None, "n"), [])
    assert checks.function(len, "n") is len


def test_checks_made_of_others():
    assert checks.optional(checks.flag)(None, "n") is None
    assert checks.optional(checks.flag)(True, "n") is True
    assert checks.one_of("valid", "same")("same", "n") == "same"
    assert checks.look_up("b", {"b": 7}, "letter") == 7


@pytest.mark.parametrize(
    ("array", "wanted", "expected"),
    [
        ([1, 2], None, np.float32),
        (np.float16([1, 2]), None, np.float32),
        (np.float32([1, 2]), None, np.float32),
        (np.float64([1, 2]), None, np.float64),
        (np.array([1, 2], ">f8"), None, np.float32),
        (np.array([1, 2], ">f4"), None, np.float32),
        (np.float64([1, 2]), np.float32, np.float32),
        ([True, True], np.float64, np.float64),
    ],
)
def test_the_type_of_floats(array, wanted, expected):
    result = checks.as_float(array, "n", wanted)
    assert result.dtype == expected
    assert result.dtype.isnative
    np.testing.assert_array_equal(result, np.asarray(array))


def test_floats_are_not_copied_without_need():
    array = np.ones(3)
    assert checks.as_float(array, "n") is array
    assert checks.as_numbers(array, "n") is array


@pytest.mark.parametrize("kind", "fiub")
def test_kinds_of_numbers(kind):
    array = np.zeros(2, {"b": bool}.get(kind, f"{kind}4"))
    assert checks.as_numbers(array, "n").dtype == array.dtype
    assert checks.whole_numbers(array, "n").dtype == np.int64


def test_whole_numbers():
    np.testing.assert_array_equal(
        checks.whole_numbers([-3.0, 2.0**53 - 1], "n"), [-3, 2**53 - 1]
    )
    np.testing.assert_array_equal(
        checks.whole_numbers(np.float16([-2048, 5]), "n"), [-2048, 5]
    )


def test_arrays_and_ranges_that_fit():
    assert checks.check_array(np.ones(2, np.float16), "n") is None
    assert checks.check_array(np.arange(2), "n", "fiu") is None
    assert checks.check_range(np.array([0, 2]), 3, "n") is None
    assert checks.check_range(np.array([], int), 3, "n") is None


@pytest.mark.parametrize("shape", [(4,), (2, 4), (2, 3, 4)])
def test_class_numbers_lack_the_last_axis(shape):
    classes = np.full(shape[:-1], 3)
    for labels in (classes, classes[..., None]):
        np.testing.assert_array_equal(
            checks.class_numbers(labels, shape, "n"), classes
        )
        with pytest.raises(ValueError, match="^n expects classes from 0 to 3"):
            checks.class_numbers(labels + 1, shape, "n")
    with pytest.raises(ValueError) as error:
        checks.class_numbers(np.zeros((5, 6, 7)), shape, "n", "; hint")
    assert str(error.value) == (
        f"n expects class numbers of shape {shape[:-1]}, "
        "received (5, 6, 7); hint"
    )


def test_a_missing_last_axis_of_one_is_added():
    assert checks.same_shape(np.ones(3), (3,), "n").shape == (3,)
    assert checks.same_shape(np.ones(3), (3, 1), "n").shape == (3, 1)
    assert checks.same_shape(np.ones((2, 3)), (2, 3, 1), "n").ndim == 3
    for shape in ((3, 2), (1, 1, 3)):
        with pytest.raises(ValueError, match="^n expects y_true of shape"):
            checks.same_shape(np.ones(shape[:-1]), shape, "n")


def test_shares_keep_their_ends():
    array = np.array([0.0, 0.25, 1.0])
    assert checks.shares(array, "n") is array


def test_what_is_long_is_shown_by_its_type():
    for value, shown in (("a" * 57, repr("a" * 57)), ("a" * 58, "str")):
        with pytest.raises(TypeError) as error:
            checks.flag(value, "n")
        text = f"n expects True or False, received {shown}"
        assert str(error.value) == text
