"""The picture of a computation: boxes, arrows, and what they say."""

import matplotlib as mpl

mpl.use("Agg")

import pytest
from matplotlib import colors, pyplot
from matplotlib.patches import FancyBboxPatch

from dlcore import plot
from dlcore.plot import palette
from dlcore.plot.graph import graph

PLACES = {"x1": (0, 0), "x2": (1, 0), "L": (0.5, 1)}
EDGES = [("x1", "L", -2.0), ("x2", "L", 0.25)]
VALUES = {"x1": 1.5, "x2": 3.0, "L": -2.25}
SLOPES = {"x1": -2.0, "x2": 0.25, "L": 1.0}


@pytest.fixture(autouse=True)
def house_style():
    with mpl.rc_context():
        plot.setup()
        yield
    pyplot.close("all")


def test_boxes_show_value_and_derivative():
    ax = graph(PLACES, EDGES, VALUES, SLOPES)
    shown = [t.get_text() for t in ax.texts if t.get_text()]
    assert shown == [
        "−2.000", "0.250",
        "$x_{1}$ = 1.500", "$\\partial$ −2.000",
        "$x_{2}$ = 3.000", "$\\partial$ 0.250",
        "$L$ = −2.250", "$\\partial$ 1.000",
    ]  # fmt: skip
    derivative = next(t for t in ax.texts if "partial" in t.get_text())
    assert derivative.get_color() == palette.error


def test_every_box_lies_within_the_picture():
    ax = graph(PLACES, EDGES, VALUES, SLOPES)
    boxes = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    assert len(boxes) == 3
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    for box in boxes:
        assert left < box.get_x() < box.get_x() + box.get_width() < right
        assert low < box.get_y() < box.get_y() + box.get_height() < high


def test_a_strong_arrow_is_thicker_and_of_another_colour():
    ax = graph(PLACES, EDGES, VALUES, SLOPES, strong=[("x2", "L")])
    arrows = [t.arrow_patch for t in ax.texts if t.get_text() == ""]
    assert [a.get_linewidth() for a in arrows] == [1.3, 3]
    assert arrows[1].get_edgecolor() == colors.to_rgba(palette.model)
    assert arrows[0].get_edgecolor() == colors.to_rgba(palette.muted)


def test_draws_into_the_axes_given():
    ax = pyplot.subplots()[1]
    assert graph(PLACES, EDGES, VALUES, SLOPES, ax=ax) is ax


def test_an_arrow_without_a_box_is_refused():
    expected = "graph expects arrows between x1, x2, L, received x1 to q"
    with pytest.raises(ValueError, match=expected):
        graph(PLACES, [("x1", "q", 1.0)], VALUES, SLOPES)
    with pytest.raises(ValueError, match="received q to x1"):
        graph(PLACES, [("q", "x1", 1.0)], VALUES, SLOPES)


@pytest.mark.parametrize("missing", ["values", "slopes"])
def test_a_name_without_a_number_is_refused(missing):
    numbers = {"values": VALUES, "slopes": SLOPES}
    numbers[missing] = {"x1": 1.0, "L": 1.0}
    with pytest.raises(ValueError, match="a value and a slope for x2"):
        graph(PLACES, EDGES, **numbers)
