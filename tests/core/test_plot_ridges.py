"""Ridges: one histogram a layer, in order, each to its own scale."""

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.patches import StepPatch

from dlcore.plot import palette
from dlcore.plot.ridges import ridges


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def rows(ax):
    return [patch for patch in ax.patches if isinstance(patch, StepPatch)]


def test_each_row_stands_below_the_one_before_and_in_front_of_it():
    ax = ridges([[-0.5, 0.5, 0.5], [[0.5], [0.6]]], bins=2)
    first, second = rows(ax)
    values, edges, baseline = first.get_data()
    # One value left of 0, two right of it; the peak reaches 3 rows up.
    np.testing.assert_allclose(values, [0.5, 2.0])
    np.testing.assert_allclose(edges, [-1, 0, 1])
    assert baseline == -1
    np.testing.assert_allclose(second.get_data().values, [-2.0, 1.0])
    assert second.get_data().baseline == -2
    assert first.get_zorder() < second.get_zorder()
    assert first.get_facecolor() == pytest.approx(palette.sequential(0.45))
    assert second.get_facecolor() == pytest.approx(palette.sequential(0.7))


def test_rows_are_counted_from_one_in_fives():
    figure, ax = pyplot.subplots()
    assert ridges([[0.1]] * 12, height=1.5, ax=ax) is ax
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "5", "10"]
    assert list(ax.get_yticks()) == [-1, -5, -10]
    assert ax.get_ylim() == pytest.approx((-12.3, 0.7))
    assert ax.get_xlim() == (-1, 1)


def test_values_outside_the_span_are_not_drawn():
    (row,) = rows(ridges([[0.5, 7.0, 7.0]], span=(0, 2), bins=2, height=1))
    np.testing.assert_allclose(row.get_data().values, [0.0, -1.0])


@pytest.mark.parametrize(
    "arguments, says",
    [
        (([],), "a list of at least one array, received list"),
        ((np.zeros(3),), "a list of at least one array, received ndarray"),
        (([[0.0], [np.nan]],), "array 2 to hold finite numbers"),
        (([[0.0], [5.0]],), r"values in \(-1, 1\), array 2 has none"),
        (([[0.0]], (1, 1)), r"span \(low, high\), received \(1, 1\)"),
    ],
)
def test_refuses(arguments, says):
    with pytest.raises(ValueError, match=says):
        ridges(*arguments)
