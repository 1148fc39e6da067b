"""Pictures: colours that can be told apart, the right artists in the axes.

What the pictures look like was judged by eye; these tests hold what a
change could break without anyone looking.
"""

import io
import itertools
import runpy
import sys
import types

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
import pytest
from matplotlib import colors, pyplot
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Circle, Polygon, Rectangle, StepPatch

from dlcore import Sequential, layers, plot
from dlcore.plot import palette

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def house_style():
    with mpl.rc_context():
        plot.setup()
        yield
    pyplot.close("all")


def texts(ax):
    """Every text that is drawn inside the axes."""
    return [text.get_text() for text in ax.texts]


# --- palette ---------------------------------------------------------------

#: What readers with protanopia, deuteranopia and tritanopia see, in linear
#: RGB: Machado, Oliveira & Fernandes 2009, table of severity 1.0.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
#: CSS's hue-rotate(180deg): Filter Effects Module Level 1, section 9.
HUE_ROTATE = np.array(
    [[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]]
)
MEANINGS = [palette.data, palette.model, palette.truth, palette.error]


def linear(rgb):
    rgb = np.asarray(rgb)
    return np.where(
        rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4
    )


def lab(light):
    """CIELAB of a colour in linear sRGB, D65."""
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    t = to_xyz @ np.clip(light, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def in_the_dark(color):
    """What CSS makes of a colour by invert(1) hue-rotate(180deg)."""
    inverted = 1 - np.array(colors.to_rgb(color))
    return tuple(np.clip(HUE_ROTATE @ inverted, 0, 1))


def contrast(a, b):
    """WCAG 2.2's contrast ratio."""
    dark, light = sorted([palette.luminance(a), palette.luminance(b)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("color", "expected"),
    # The values of the WCAG definition: weights of the pure primaries.
    [("#000000", 0), ("#FFFFFF", 1), ("#00FF00", 0.7152), ("#808080", 0.2159)],
)
def test_luminance(color, expected):
    assert palette.luminance(color) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("color", [*MEANINGS, *palette.classes])
def test_lines_stand_out_from_the_page_by_day_and_night(color):
    assert contrast(color, "white") >= 3  # WCAG 2.2, 1.4.11
    assert contrast(in_the_dark(color), "#121212") >= 3


@pytest.mark.parametrize("color", [palette.ink, palette.muted])
def test_text_is_readable_by_day_and_night(color):
    assert contrast(color, "white") >= 4.5  # WCAG 2.2, 1.4.3
    assert contrast(in_the_dark(color), "#121212") >= 4.5


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("view", [colors.to_rgb, in_the_dark])
@pytest.mark.parametrize(
    ("group", "least"), [(MEANINGS, 18), (palette.classes, 10)]
)
def test_colours_differ_for_every_reader(group, least, view, blindness):
    seen = [lab(BLINDNESS[blindness] @ linear(view(color))) for color in group]
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(a - b) >= least


@pytest.mark.parametrize("group", [MEANINGS, palette.classes[:3]])
def test_colours_differ_in_grey(group):
    lightness = [lab(linear(colors.to_rgb(color)))[0] for color in group]
    for a, b in itertools.combinations(lightness, 2):
        assert abs(a - b) >= 10


def test_ten_classes_have_a_colour_and_a_marker_each():
    assert len(set(palette.classes)) == len(set(palette.markers)) == 10


@pytest.mark.parametrize("name", ["sequential", "mistakes"])
def test_more_is_darker(name):
    shades = getattr(palette, name)(np.linspace(0, 1, 64))
    luminance = [palette.luminance(shade) for shade in shades]
    assert (np.diff(luminance) < 0).all()
    assert luminance[0] == pytest.approx(1)


def test_the_sign_survives_grey():
    low, zero, high = (
        palette.luminance(palette.diverging(v)) for v in (0.0, 0.5, 1.0)
    )
    assert zero > 0.99
    assert low < high / 2 < zero / 2


@pytest.mark.parametrize("color", palette.sequential(np.linspace(0, 1, 9)))
def test_text_on_any_shade_is_readable(color):
    assert contrast(palette.text_on(color), color) >= 4.2


def test_tint_mixes_with_white():
    assert palette.tint("#000000", 0.25) == pytest.approx((0.75,) * 3)
    assert palette.tint("#336699", 1) == pytest.approx((0.2, 0.4, 0.6))


# --- style -----------------------------------------------------------------


def svg(draw):
    buffer = io.BytesIO()
    draw().figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def test_the_same_figure_has_the_same_bytes():
    def draw():
        return plot.decision_regions(half, POINTS, CLASSES)

    first = svg(draw)
    assert first == svg(draw)
    assert b"dc:date" not in first


def test_setup_makes_notebooks_draw_undated_svg(monkeypatch):
    calls = []
    inline = types.SimpleNamespace(
        set_matplotlib_formats=lambda *a, **k: calls.append((a, k))
    )
    monkeypatch.setitem(
        sys.modules, "matplotlib_inline.backend_inline", inline
    )
    ipython = types.SimpleNamespace(get_ipython=lambda: None)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    plot.setup()
    assert not calls  # imported, but no notebook runs
    ipython.get_ipython = object
    plot.setup()
    assert calls == [(("svg",), {"metadata": {"Date": None}})]
    monkeypatch.delitem(sys.modules, "IPython")
    plot.setup()
    assert len(calls) == 1


def test_setup_gives_white_figures_without_a_box():
    ax = pyplot.figure().add_subplot()
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)
    assert not ax.spines["top"].get_visible()
    assert ax.spines["left"].get_visible()


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    path = plot.__file__
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'dlcore\[plot\]'"):
        runpy.run_path(path)


# --- curves ----------------------------------------------------------------

HISTORY = {
    "loss": [3.0, 2.0, 1.0],
    "accuracy": [0.5, 0.6, 0.7],
    "val_loss": [3.5, 3.0, 2.5],
    "val_accuracy": [0.4, 0.5, 0.6],
}


def test_curves_draw_every_metric_over_epochs_from_one():
    left, right = plot.curves(types.SimpleNamespace(history=HISTORY))
    assert left.get_ylabel() == "loss" and right.get_ylabel() == "accuracy"
    assert left.get_xlabel() == right.get_xlabel() == "epoch"
    training, validation = left.lines
    np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(training.get_ydata(), [3, 2, 1])
    np.testing.assert_array_equal(validation.get_ydata(), [3.5, 3, 2.5])
    assert training.get_linestyle() == "-"
    assert validation.get_linestyle() == "--"
    assert training.get_marker() != validation.get_marker()
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert names == ["training", "validation"]
    assert right.get_legend() is None


def test_curves_compare_runs_by_name():
    runs = {"a": HISTORY, "b": types.SimpleNamespace(history=HISTORY)}
    ax = plot.curves(runs, "accuracy")
    assert [line.get_label() for line in ax.lines] == [
        "a, training",
        "a, validation",
        "b, training",
        "b, validation",
    ]
    shown = [line.get_color() for line in ax.lines]
    assert shown[0] == shown[1] != shown[2] == shown[3]


def test_curves_draw_into_given_axes_the_loss_by_default():
    ax = pyplot.figure().add_subplot()
    assert plot.curves(HISTORY, ax=ax) is ax
    assert ax.get_ylabel() == "loss"


def test_one_curve_needs_no_legend_and_no_panels():
    ax = plot.curves({"loss": [1, 2]})
    assert ax.get_legend() is None and len(ax.lines) == 1


@pytest.mark.parametrize(
    ("history", "metric", "says"),
    [
        ({}, None, "at least one entry"),
        ([1, 2], None, r"received \[1, 2\]"),
        ({"loss": 3}, None, "a list of numbers for every metric"),
        ({"loss": [1], "b": HISTORY}, None, "a list of numbers"),
        (HISTORY, "mae", r"one of \['loss', 'accuracy'\], received 'mae'"),
    ],
)
def test_curves_refuse(history, metric, says):
    with pytest.raises(ValueError, match=says):
        plot.curves(history, metric)


# --- points and regions ----------------------------------------------------

POINTS = np.array([[-1.0, 0], [-2, 1], [1, 0], [2, 2]])
CLASSES = np.array([0, 0, 1, 1])


def half(x):
    """Class 1 where x1 > 0, as a probability."""
    return 1 / (1 + np.exp(-4 * x[:, 0]))


@pytest.mark.parametrize(
    "y", [CLASSES, CLASSES[:, None], np.eye(2)[CLASSES], list(CLASSES)]
)
def test_points_have_a_colour_and_a_marker_a_class(y):
    ax = plot.points(POINTS, y, labels=["no", "yes"])
    no, yes = (c for c in ax.collections if isinstance(c, PathCollection))
    np.testing.assert_array_equal(no.get_offsets(), POINTS[:2])
    np.testing.assert_array_equal(yes.get_offsets(), POINTS[2:])
    assert colors.to_hex(no.get_facecolor()[0]) == palette.classes[0].lower()
    assert len(no.get_paths()[0]) != len(yes.get_paths()[0])
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["no", "yes"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_points_without_classes_and_without_a_legend():
    assert len(plot.points(POINTS).collections) == 1
    assert plot.points(POINTS, CLASSES, legend=False).get_legend() is None


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_points_of_numbers_are_y_against_x(shape):
    x = POINTS[:, 0].reshape(shape)
    ax = plot.points(x, 2 * x)
    np.testing.assert_array_equal(
        ax.collections[0].get_offsets(),
        np.stack([POINTS[:, 0], 2 * POINTS[:, 0]], axis=1),
    )
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x$", "$y$")


def test_many_points_become_pixels():
    few = plot.points(RNG.random((300, 2))).collections[0]
    many = plot.points(RNG.random((3000, 2))).collections[0]
    assert not few.get_rasterized() and many.get_rasterized()


@pytest.mark.parametrize(
    ("x", "y", "labels", "says"),
    [
        (np.zeros((4, 3)), None, None, r"shape \(n, 2\), received \(4, 3\)"),
        (np.zeros((0, 2)), None, None, r"numbers, received .* \(0, 2\)"),
        (["a"], None, None, "x to hold numbers"),
        ([[0, np.nan]], None, None, "finite numbers"),
        (POINTS, [0, 1], None, r"y of shape \(4,\), received \(2,\)"),
        (POINTS, [0, 1, 0.5, 0], None, "class numbers .* received 0.5"),
        (POINTS, [0, -1, 0, 0], None, "class numbers .* received -1"),
        (POINTS, [0, 1, 2, 10], None, "at most 10 classes, received 11"),
        (POINTS, CLASSES, ["a"], "expects 2 labels, received 1"),
        ([1, 2], [1], None, "as many y as x, received 1 and 2"),
        ([1, 2], None, None, "y to hold numbers"),
    ],
)
def test_points_refuse(x, y, labels, says):
    with pytest.raises(ValueError, match=says):
        plot.points(x, y, labels)


class Model:
    """predict as Keras has it: a progress bar unless verbose is 0."""

    def __init__(self, function):
        self.function = function

    def predict(self, x, batch_size=None, verbose="auto"):
        assert verbose == 0
        assert x.dtype == np.float32
        return self.function(x)


@pytest.mark.parametrize(
    "model",
    [
        half,
        Model(half),
        Model(lambda x: half(x)[:, None]),
        Model(lambda x: np.stack([1 - half(x), half(x)], axis=1)),
        Model(lambda x: (x[:, 0] > 0).astype(int)),
    ],
    ids=["function", "keras", "column", "scores", "classes"],
)
def test_regions_are_split_where_the_model_says(model):
    ax = plot.decision_regions(model, POINTS, CLASSES)
    (image,) = ax.images
    tints = image.get_array()
    rows, columns, _ = tints.shape
    low, high = image.get_extent()[:2]
    x1 = low + (np.arange(columns) + 0.5) * (high - low) / columns
    blue = tints[rows // 2, :, 2] > tints[rows // 2, :, 0]
    sure = np.abs(x1) > 1e-6  # one column of cells lies on the boundary
    np.testing.assert_array_equal(blue[sure], x1[sure] < 0)
    # The boundary is drawn, close to x1 = 0.
    lines = [c for c in ax.collections if not isinstance(c, PathCollection)]
    path = np.concatenate([p.vertices for c in lines for p in c.get_paths()])
    assert np.abs(path[:, 0]).max() < (high - low) / columns
    assert low < POINTS[:, 0].min() and high > POINTS[:, 0].max()


def test_a_surer_model_tints_more():
    ax = plot.decision_regions(half, POINTS, CLASSES)
    tints = ax.images[0].get_array()
    red = tints[tints.shape[0] // 2, : tints.shape[1] // 2, 0]
    assert red[0] < red[-1] - 0.1


def test_three_classes_have_three_tints():
    def three(x):
        return np.stack([x[:, 0], -x[:, 0], 5 * x[:, 1] - 3], axis=1)

    ax = plot.decision_regions(three, POINTS, [0, 1, 2, 2])
    tints = ax.images[0].get_array()
    bottom_left, bottom_right, top = tints[0, 0], tints[0, -1], tints[-1, 80]
    for tint, k in ((bottom_right, 0), (bottom_left, 1), (top, 2)):
        # A tint is the same share of each of the colour's parts.
        share = (1 - tint) / (1 - np.array(colors.to_rgb(palette.classes[k])))
        np.testing.assert_allclose(share, share[0])
        assert 0.1 < share[0] < 0.5


def test_a_model_that_sees_one_class_has_no_boundary():
    ax = plot.decision_regions(
        lambda x: np.zeros(len(x), int), POINTS, CLASSES
    )
    assert len(ax.collections) == 2  # the two classes' points


def test_a_single_point_still_gets_room():
    ax = plot.decision_regions(half, [[0.0, 0.0]], [0])
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]


@pytest.mark.parametrize(
    ("model", "x", "error", "says"),
    [
        (3, POINTS, TypeError, "a model with predict or a function"),
        (half, POINTS[:, :1], ValueError, r"received \(4, 1\)"),
        (lambda x: x[:5], POINTS, ValueError, r"received \(5, 2\)"),
        (lambda x: x[None], POINTS, ValueError, "expects predictions"),
        (lambda x: 0.5, POINTS, ValueError, r"received \(\)"),
    ],
)
def test_regions_refuse(model, x, error, says):
    with pytest.raises(error, match=says):
        plot.decision_regions(model, x, CLASSES)


# --- confusion matrix ------------------------------------------------------


def test_confusion_matrix_counts_rows_of_truth():
    y_true = [0, 0, 0, 1, 1, 2]
    y_pred = [0, 0, 1, 1, 1, 0]
    ax = plot.confusion_matrix(y_true, y_pred, labels=["a", "b", "c"])
    found = {
        (round(t.get_position()[1]), round(t.get_position()[0])): t.get_text()
        for t in ax.texts
    }
    assert found == {
        (0, 0): "2",
        (0, 1): "1",
        (1, 1): "2",
        (2, 0): "1",
    }
    assert ax.get_ylabel() == "true class"
    assert ax.get_xlabel() == "predicted class"
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names == ["a", "b", "c"]
    shades = ax.images[0].get_array()
    # Right answers are blue, wrong ones red, nothing is paper.
    assert shades[0, 0, 2] > shades[0, 0, 0]
    assert shades[0, 1, 0] > shades[0, 1, 2]
    np.testing.assert_allclose(shades[1, 0, :3], 1)
    # Shades follow the share of the row: 1 of 1 is darker than 1 of 3.
    assert palette.luminance(shades[2, 0]) < palette.luminance(shades[0, 1])
    for text in ax.texts:
        x, y = map(round, text.get_position())
        assert contrast(text.get_color(), shades[y, x]) >= 4.2


def test_confusion_matrix_takes_probabilities_one_hot_and_absent_classes():
    probabilities = [[0.1, 0.9, 0], [0.8, 0.2, 0]]
    one_hot = np.eye(3)[[1, 1]]
    ax = plot.confusion_matrix(one_hot, probabilities, labels="abcd")
    assert ax.images[0].get_array().shape[:2] == (4, 4)
    assert texts(ax) == ["1", "1"]
    rotation = [label.get_rotation() for label in ax.get_xticklabels()]
    assert set(rotation) == {0}


def test_long_names_are_turned():
    labels = [f"a long name {k}" for k in range(4)]
    ax = plot.confusion_matrix([0, 3], [0, 3], labels)
    assert {t.get_rotation() for t in ax.get_xticklabels()} == {90}


@pytest.mark.parametrize(
    ("y_true", "y_pred", "labels", "says"),
    [
        ([0, 1], [0], None, r"y_pred of shape \(2,\), received \(1,\)"),
        ([0, 1], [0, 1.5], None, "received 1.5"),
        ([0, 2], [0, 1], ["a", "b"], "expects 3 labels, received 2"),
        ([], [], None, "y_true to hold numbers"),
    ],
)
def test_confusion_matrix_refuses(y_true, y_pred, labels, says):
    with pytest.raises(ValueError, match=says):
        plot.confusion_matrix(y_true, y_pred, labels)


# --- images ----------------------------------------------------------------

DIGITS = RNG.integers(0, 256, (5, 4, 4)).astype(np.uint8)


@pytest.mark.parametrize(
    "x",
    [DIGITS, DIGITS[..., None], DIGITS.reshape(5, 16)],
    ids=["grey", "one channel", "rows"],
)
def test_images_stay_what_they_are(x):
    ax = plot.images(x, columns=2)
    assert len(ax.images) == 5
    for image, expected in zip(ax.images, DIGITS):
        np.testing.assert_array_equal(image.get_array(), expected)
        assert image.get_interpolation() == "none"
        assert image.get_clim() == (0, DIGITS.max())
    lefts = [image.get_extent()[0] for image in ax.images]
    tops = [image.get_extent()[3] for image in ax.images]
    assert lefts[0] == lefts[2] == lefts[4] < lefts[1] == lefts[3]
    assert tops[0] == tops[1] > tops[2] == tops[3] > tops[4]


def test_images_in_colour():
    x = RNG.random((2, 4, 4, 3))
    np.testing.assert_array_equal(plot.images(x).images[1].get_array(), x[1])


def test_a_wrong_prediction_is_marked_by_frame_and_text():
    ax = plot.images(DIGITS[:3], labels=[7, 1, 2], predictions=[7, 4, 2])
    assert texts(ax) == ["7", "✗ 4, is 1", "2"]
    frames = [p for p in ax.patches if isinstance(p, Rectangle)]
    assert [f.get_gid() for f in frames] == [None, "mistake", None]
    assert frames[1].get_linewidth() > 2 * frames[0].get_linewidth()
    assert frames[1].get_linestyle() != frames[0].get_linestyle()
    assert colors.to_hex(frames[1].get_edgecolor()) == palette.error.lower()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"titles": "ab"}, ["a", "b"]),
        ({"labels": [3, 4]}, ["3", "4"]),
        ({"predictions": [3, 4]}, ["3", "4"]),
        ({}, []),
    ],
)
def test_titles_of_images(arguments, expected):
    assert texts(plot.images(DIGITS[:2], **arguments)) == expected


@pytest.mark.parametrize(
    ("x", "arguments", "says"),
    [
        (np.zeros((2, 5)), {}, r"received \(2, 5\)"),
        (np.zeros((2, 4, 4, 2)), {}, r"received \(2, 4, 4, 2\)"),
        (DIGITS, {"labels": [1]}, "expects 5 labels, received 1"),
        (DIGITS, {"predictions": [1]}, "expects 5 predictions, received 1"),
        (DIGITS, {"titles": "ab"}, "expects 5 titles, received 2"),
        (
            DIGITS,
            {"predictions": range(5), "labels": [1]},
            "expects 5 labels, received 1",
        ),
        (DIGITS, {"columns": 0}, "at least 1 in columns, received 0"),
        (np.zeros((0, 4, 4)), {}, "x to hold numbers"),
    ],
)
def test_images_refuse(x, arguments, says):
    with pytest.raises(ValueError, match=says):
        plot.images(x, **arguments)


def test_filters_show_one_channel_with_zero_in_the_middle():
    kernel = RNG.standard_normal((3, 3, 2, 5))
    ax = plot.filters(kernel, channel=1)
    assert len(ax.images) == 5
    np.testing.assert_array_equal(ax.images[4].get_array(), kernel[:, :, 1, 4])
    low, high = ax.images[0].get_clim()
    assert low == -high == -np.abs(kernel[:, :, 1]).max()
    assert ax.figure.axes[1].get_ylabel() == "weight"


@pytest.mark.parametrize("batch", [False, True])
def test_feature_maps_are_numbered_channels(batch):
    y = RNG.random((6, 7, 3))
    ax = plot.feature_maps(y[None] if batch else y)
    np.testing.assert_array_equal(ax.images[2].get_array(), y[..., 2])
    assert texts(ax) == ["0", "1", "2"]
    assert ax.images[0].get_clim() == (0, y.max())
    assert ax.images[0].get_cmap() is palette.sequential


def test_feature_maps_with_negative_values_show_the_sign():
    image = plot.feature_maps(np.array([[[-3.0, 1.0]]])).images[0]
    assert image.get_cmap() is palette.diverging
    assert image.get_clim() == (-3, 3)


@pytest.mark.parametrize(
    ("draw", "x", "arguments", "says"),
    [
        (plot.filters, np.zeros((3, 3)), {}, r"received \(3, 3\)"),
        (
            plot.filters,
            np.zeros((3, 3, 2, 4)),
            {"channel": 2},
            "channel from 0 to 1, received 2",
        ),
        (plot.feature_maps, np.zeros((2, 3, 3, 4)), {}, "one image's"),
        (plot.feature_maps, np.full((2, 2, 1), np.inf), {}, "finite"),
    ],
)
def test_filters_and_feature_maps_refuse(draw, x, arguments, says):
    with pytest.raises(ValueError, match=says):
        draw(x, **arguments)


# --- diagrams --------------------------------------------------------------


def small_model():
    return Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(2,)),
            layers.Dropout(0.5),
            layers.Dense(1),
        ]
    )


def circles(ax):
    """The units, without the dots of what is left out."""
    return [
        patch
        for patch in ax.patches
        if isinstance(patch, Circle) and patch.radius > 0.1
    ]


def test_network_draws_units_and_connections():
    ax = plot.network((2, 3, 1))
    assert len(circles(ax)) == 6
    lines = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert [len(c.get_segments()) for c in lines] == [6, 3]
    assert texts(ax) == ["input", "2", "hidden", "3", "output", "1"]


def test_network_of_a_model_shows_sign_and_size_of_its_weights():
    model = small_model()
    model.set_weights(
        [
            np.array([[1.0, -2.0, 0.0], [0.5, 0.0, 0.0]]),
            np.zeros(3),
            np.array([[1.0], [-1.0], [0.0]]),
            np.zeros(1),
        ]
    )
    ax = plot.network(model, weights=True)
    first = ax.collections[0]
    widths = first.get_linewidths()
    assert widths[1] > widths[0] > widths[3] > widths[2]
    shown = [colors.to_hex(c) for c in first.get_colors()]
    assert shown[0] == palette.model.lower()
    assert shown[1] == palette.data.lower()
    dashed = [pattern is not None for _, pattern in first.get_linestyles()]
    assert dashed == [False, True, False, False, False, False]


def test_large_layers_are_shortened_and_say_their_size():
    ax = plot.network((784, 64, 10))
    assert len(circles(ax)) == 8 + 8 + 10
    dots = [p for p in ax.patches if isinstance(p, Circle) and p.radius < 0.1]
    assert len(dots) == 6
    assert "784" in texts(ax)
    weights = [RNG.random((784, 64)), RNG.random((64, 10))]
    ax = plot.network((784, 64, 10), weights, max_units=3)
    # Shown are the first and the last unit, with their own weights.
    widths = ax.collections[0].get_linewidths()
    part = weights[0][np.ix_([0, -1], [0, -1])].ravel()
    np.testing.assert_array_equal(np.argsort(widths), np.argsort(part))


def test_names_of_layers_and_units():
    ax = plot.network(
        (2, 1),
        labels=["pixels", "answer"],
        units=[["$x_1$", "$x_2$"], None],
    )
    assert set(texts(ax)) == {"pixels", "answer", "2", "1", "$x_1$", "$x_2$"}
    names = texts(plot.network((1, 2, 2, 1)))
    assert "hidden 1" in names and "hidden 2" in names


@pytest.mark.parametrize(
    ("model", "arguments", "says"),
    [
        ((3,), {}, r"at least two sizes of layers, received \(3,\)"),
        ((3, 0), {}, "sizes of layers"),
        ((3, 1.5), {}, "sizes of layers"),
        ((2, 3), {"weights": [np.zeros((3, 2))]}, r"\[\(2, 3\)\], received"),
        ((2, 3), {"weights": True}, r"received \[\]"),
        ((2, 3), {"labels": ["a"]}, "expects 2 labels, received 1"),
        ((2, 3), {"units": [["a"]]}, "units for 2 layers, received 1"),
        (Sequential([layers.Dense(3)]), {}, '"dense" has no shape yet'),
        (Sequential(), {}, "expects a model with layers"),
        (
            Sequential([layers.Flatten(input_shape=(2, 2))]),
            {},
            "at least one Dense",
        ),
        (
            Sequential([layers.Conv2D(1, 1, input_shape=(2, 2, 1))]),
            {},
            "draws Dense layers, received Conv2D; architecture draws any",
        ),
    ],
)
def test_network_refuses(model, arguments, says):
    with pytest.raises(ValueError, match=says):
        plot.network(model, **arguments)


def test_architecture_names_shapes_and_counts():
    model = Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    ax = plot.architecture(model)
    assert texts(ax) == [
        *("Input", "28×28×1"),
        *("Conv2D", "3×3, relu", "26×26×32", "320", "weights", "+ BatchNorm"),
        *("MaxPool2D", "2×2", "13×13×32"),
        *("Flatten", "5408"),
        *("Dense", "relu", "128", "692,352", "weights", "+ Dropout"),
        *("Dense", "softmax", "10", "1,290", "weights"),
    ]
    fronts = [p for p in ax.patches if type(p) is Rectangle]
    assert len(fronts) == 6  # six blocks
    assert sum(type(p) is Polygon for p in ax.patches) == 6  # of three boxes
    seen = [colors.to_hex(p.get_edgecolor()) for p in fronts]
    learned, plain = palette.model.lower(), palette.muted.lower()
    assert seen == [
        palette.data.lower(), learned, plain, plain, learned, learned,
    ]  # fmt: skip
    # The image shrinks from 28 to 26 to 13 pixels, and so do the boxes.
    tall = [p.get_height() for p in fronts[:3]]
    np.testing.assert_allclose(np.array(tall) / tall[0], [1, 26 / 28, 13 / 28])


def test_architecture_knows_the_layers_of_keras():
    """Keras keeps shapes in symbolic tensors, with the batch in front."""

    def tensor(*shape):
        return types.SimpleNamespace(shape=(None, *shape))

    class Dense:
        name = "dense"
        input, output = tensor(4), tensor(3)

        def get_weights(self):
            return [np.zeros((4, 3)), np.zeros(3)]

        def get_config(self):
            return {"units": 3, "activation": "linear"}

    class InputLayer:
        pass

    model = types.SimpleNamespace(layers=[InputLayer(), Dense()])
    ax = plot.architecture(model)
    assert texts(ax) == ["Input", "4", "Dense", "3", "15", "weights"]
    assert len(circles(plot.network(model, weights=True))) == 7


def test_architecture_of_sequences():
    model = Sequential(
        [
            layers.Embedding(50, 8, input_shape=(20,)),
            layers.Dense(4),
        ]
    )
    found = texts(plot.architecture(model))
    assert found == [
        *("Input", "20"),
        *("Embedding", "20×8", "400", "weights"),
        *("Dense", "20×4", "36", "weights"),
    ]


def test_architecture_refuses_what_is_not_built():
    with pytest.raises(ValueError, match="architecture expects a built"):
        plot.architecture(Sequential([layers.Dense(3)]))


# --- surface and histogram -------------------------------------------------


def bowl(a, b):
    return a * a + 4 * b * b + 0.1


def test_surface_draws_the_path_from_start_to_end():
    path = [(1.5, 1.0), (0.5, 0.2), (0.1, 0.0)]
    ax = plot.surface(bowl, (-2, 2), (-1.5, 1.5), path, labels=("u", "v"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("u", "v")
    assert ax.figure.axes[1].get_ylabel() == "loss"
    assert ax.get_xlim() == (-2, 2) and ax.get_ylim() == (-1.5, 1.5)
    _, steps, start, end = ax.lines
    np.testing.assert_array_equal(steps.get_xydata(), path)
    assert start.get_marker() == "o" and end.get_marker() == "*"
    np.testing.assert_array_equal(start.get_xydata(), path[:1])
    np.testing.assert_array_equal(end.get_xydata(), path[-1:])
    assert ax.get_legend() is None


def test_several_paths_have_names_colours_and_styles():
    paths = {"slow": [(1, 1), (0, 0)], "fast": [(1, 1), (-1, 0)]}
    ax = plot.surface(bowl, path=paths)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["slow", "fast"]
    named = [line for line in ax.lines if line.get_label() in paths]
    assert len({line.get_color() for line in named}) == 2
    assert len({line.get_linestyle() for line in named}) == 2


def test_surface_levels_by_powers_of_ten():
    ax = plot.surface(lambda a, b: 10 ** (2 * a), (-1, 1), log=True)
    (bar,) = ax.figure.axes[1:]
    assert bar.get_yscale() == "log"
    assert not ax.lines


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"a": (1, 1)}, r"a as \(low, high\), received \(1, 1\)"),
        ({"b": (0, np.inf)}, "finite"),
        ({"path": [1, 2]}, r"shape \(n, 2\), received \(2,\)"),
        ({"f": lambda a, b: np.nan}, r"f\(a, b\) to hold finite"),
        ({"f": lambda a, b: a, "log": True}, "positive .* received -2"),
    ],
)
def test_surface_refuses(arguments, says):
    with pytest.raises(ValueError, match=says):
        plot.surface(**({"f": bowl} | arguments))


def test_histograms_count_every_layer_in_one_scale():
    values = {"first": [[0, 0, 0, 1]], "last": np.array([4.0, 4.0, 5.0, 9.0])}
    ax = plot.histogram(values, bins=3, value="weight", span=(0, 6))
    first, last = (p for p in ax.patches if isinstance(p, StepPatch))
    heights, edges, base = first.get_data()
    np.testing.assert_allclose(edges, [0, 2, 4, 6])
    np.testing.assert_allclose((heights - base) / 0.85, [1, 0, 0])
    heights, _, base_last = last.get_data()
    # 9 lies outside and is counted in the last bin.
    np.testing.assert_allclose((heights - base_last) / 0.85, [0, 0, 1])
    assert base > base_last  # the first layer is on top
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["first", "last"]
    assert ax.get_xlabel() == "weight"
    assert texts(ax) == ["σ 0.43", "σ 2.1"]


def test_histogram_finds_its_span_even_for_one_value():
    ax = plot.histogram({"dead": np.zeros(8)})
    assert ax.get_xlim() == (-0.5, 0.5)
    ax = plot.histogram({"a": [-3, 1], "b": [0, 7]})
    assert ax.get_xlim() == (-3, 7)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "at least one layer"),
        ([1, 2], r"received \[1, 2\]"),
        ({"a": []}, "a to hold numbers"),
        ({"a": [np.nan]}, "a to hold finite"),
    ],
)
def test_histogram_refuses(values, says):
    with pytest.raises(ValueError, match=says):
        plot.histogram(values)


# --- speed -----------------------------------------------------------------

SPEED = {
    "cases": [
        {
            "name": "fit",
            "must": 4,
            "aim": 7,
            "ratios": {"Keras": [5, 6, 9], "JAX": [2, 1, 3]},
        },
        {"name": "load", "must": 15, "aim": 30, "ratios": {"Keras": [9, 8]}},
        {"name": "JAX alone", "must": 2, "aim": 3, "ratios": {"JAX": [3]}},
        {"name": "late", "must": 2, "aim": 1, "ratios": {"dlcore": [1]}},
    ]
}


def speed(**case):
    """The table with other entries in its first case."""
    return {"cases": [SPEED["cases"][0] | case]}


def test_speed_shows_median_spread_must_and_aim_of_every_case():
    ax = plot.speed_ratios(SPEED)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["fit", "load", "JAX alone"]
    bars = [(b.get_x(), b.get_x() + b.get_width()) for b in ax.patches]
    assert bars == [(4, 7), (15, 30), (2, 3)]
    keras, jax = ax.containers[-2:]
    np.testing.assert_array_equal(keras[0].get_xdata(), [6, 8.5])
    np.testing.assert_array_equal(jax[0].get_xdata(), [2, 3])
    np.testing.assert_array_equal(np.round(jax[0].get_ydata()), [0, 2])
    spread = [s[:, 0].tolist() for s in keras[2][0].get_segments()]
    assert spread == [[5, 9], [8, 9]]
    assert keras[0].get_marker() != jax[0].get_marker()
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["must to aim", "Keras", "JAX"]
    assert ax.get_xscale() == "log"
    top, bottom = ax.transData.transform([(1, 0), (1, 2)])[:, 1]
    assert top > bottom  # the first case is on top


def test_speed_marks_a_miss_by_a_cross_and_by_colour():
    ax = plot.speed_ratios(SPEED)
    assert texts(ax) == ["6", "✗ 8.5"]
    seen = [colors.to_hex(text.get_color()) for text in ax.texts]
    assert seen == [palette.ink.lower(), palette.error.lower()]


def test_speed_beside_one_library_stands_in_the_middle_of_the_row():
    ax = plot.speed_ratios(SPEED, ["JAX"])
    (jax,) = ax.containers[-1:]
    np.testing.assert_array_equal(jax[0].get_ydata(), [0, 2])
    assert texts(ax) == []  # must and aim are about the first, Keras


@pytest.mark.parametrize(
    ("table", "against", "says"),
    [
        ([], None, r"a table of `make bench`.*received \[\]"),
        ({}, None, r"a table of `make bench`.*received \{\}"),
        ({"cases": SPEED["cases"][3:]}, None, "with another library"),
        (SPEED, ["Torch"], r"some of \['Keras', 'JAX'\], received \['Tor"),
        (SPEED, [], r"received \[\]"),
        (speed(ratios={"JAX": []}), None, "JAX's ratios in 'fit' to hold"),
        (speed(ratios={"JAX": [2, 0]}), None, "'fit' to be positive, rec.* 0"),
    ],
)
def test_speed_refuses(table, against, says):
    with pytest.raises(ValueError, match=says):
        plot.speed_ratios(table, against)


# --- all together ----------------------------------------------------------

DRAWINGS = {
    "architecture": lambda ax: plot.architecture(small_model(), ax=ax),
    "confusion_matrix": lambda ax: plot.confusion_matrix([0], [0], ax=ax),
    "curves": lambda ax: plot.curves(HISTORY, "loss", ax=ax),
    "decision_regions": lambda ax: plot.decision_regions(
        half, POINTS, CLASSES, ax=ax
    ),
    "feature_maps": lambda ax: plot.feature_maps(np.ones((2, 2, 3)), ax=ax),
    "filters": lambda ax: plot.filters(np.ones((2, 2, 1, 3)), ax=ax),
    "histogram": lambda ax: plot.histogram({"a": [1, 2]}, ax=ax),
    "images": lambda ax: plot.images(DIGITS, ax=ax),
    "network": lambda ax: plot.network((2, 3), ax=ax),
    "points": lambda ax: plot.points(POINTS, CLASSES, ax=ax),
    "speed_ratios": lambda ax: plot.speed_ratios(SPEED, ax=ax),
    "surface": lambda ax: plot.surface(bowl, ax=ax),
}


def test_every_function_is_in_the_table():
    assert set(DRAWINGS) == set(plot.__all__) - {"palette", "setup"}


@pytest.mark.parametrize("name", DRAWINGS)
def test_axes_given_are_axes_returned_and_nothing_is_shown(name, monkeypatch):
    monkeypatch.setattr(pyplot, "show", lambda: pytest.fail("shown"))
    ax = pyplot.figure().add_subplot()
    assert DRAWINGS[name](ax) is ax
    assert len(pyplot.get_fignums()) == 1
    fresh = DRAWINGS[name](None)
    assert fresh is not ax and len(pyplot.get_fignums()) == 2


@pytest.mark.parametrize("name", DRAWINGS)
def test_figures_are_small_files_with_all_glyphs(name):
    # A missing glyph would be a warning, and so an error here.
    assert len(svg(lambda: DRAWINGS[name](None))) < 150_000
