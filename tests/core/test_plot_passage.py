"""A sample's passage: the rows, and the lines of the largest products."""

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
import pytest
from matplotlib import colors, pyplot
from matplotlib.collections import LineCollection, QuadMesh

from dlcore.plot import palette
from dlcore.plot.passage import passage

X = np.array([2.0, 0.0, 1.0])
W = np.array([[1.0, -2.0], [9.0, 9.0], [0.5, 0.1]])
H = np.array([2.5, 0.0])


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def only(ax, kind):
    return [part for part in ax.collections if isinstance(part, kind)]


def test_each_row_is_scaled_to_its_own_largest_value():
    ax = passage([X, H], [W], ["in", "out"], labels=["a", "b"])
    top, bottom = only(ax, QuadMesh)
    np.testing.assert_allclose(top.get_array().ravel(), [1, 0, 0.5])
    np.testing.assert_allclose(bottom.get_array().ravel(), [1, 0])
    assert [t.get_text() for t in ax.texts] == ["in", "out", "a", "b"]
    assert [t.get_position()[0] for t in ax.texts] == [0, 0, 0.25, 0.75]
    assert top.get_linewidth()[0] == 0.4
    frames = [patch.get_bbox().bounds for patch in ax.patches]
    assert frames[1] == pytest.approx((0, -1.07, 1, 0.14))
    assert not top.get_rasterized()


def test_the_largest_products_are_drawn_with_their_sign():
    # The products are 2, -4; 0, 0; 0.5, 0.1.
    ax = passage([X, H], [W], ["in", "out"], most=2)
    (lines,) = only(ax, LineCollection)
    first, last = lines.get_segments()
    np.testing.assert_allclose(first, [(1 / 6, -0.07), (0.25, -0.93)])
    np.testing.assert_allclose(last, [(1 / 6, -0.07), (0.75, -0.93)])
    assert lines.get_linewidths() == pytest.approx([1.3, 2.2])
    shown = [colors.to_rgb(c) for c in lines.get_colors()]
    assert shown == [colors.to_rgb(palette.model), colors.to_rgb(palette.data)]
    assert lines.get_alpha() == pytest.approx([0.6, 0.95])
    solid, dashed = lines.get_linestyles()
    assert solid[1] is None and dashed[1] is not None


def test_a_silent_row_and_a_long_one_can_be_drawn():
    figure, ax = pyplot.subplots()
    long = np.ones(101)
    assert passage([long, [0.0]], [np.zeros((101, 1))], "ab", ax=ax) is ax
    assert only(ax, QuadMesh)[0].get_rasterized()
    assert len(only(ax, LineCollection)[0].get_segments()) == 60


@pytest.mark.parametrize(
    "values, kernels, says",
    [
        ([X, H], [W.T], r"shapes \[\(3, 2\)\], received \[\(2, 3\)\]"),
        ([X, H], [], r"received \[\]"),
        ([-X, H], [W], "not negative"),
        ([X, [np.nan, 0]], [W], "finite numbers"),
    ],
)
def test_refuses(values, kernels, says):
    with pytest.raises(ValueError, match=says):
        passage(values, kernels, ["in", "out"])
