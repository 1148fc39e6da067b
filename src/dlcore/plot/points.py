"""Examples as points: classes in the plane, or y against x."""

import numpy as np

from dlcore.plot import checks, palette, style

#: Above this many points an SVG would grow too large: draw them as pixels.
_RASTER_ABOVE = 400


def points(x, y=None, labels=None, legend=True, ax=None):
    """Draw examples with a colour and a marker a class.

    x: (n, 2), with y: class numbers (n,), (n, 1) or one-hot (n, classes), or
        None for points without a class;
        or (n,) or (n, 1), with y: (n,) or (n, 1), numbers to predict.
    labels: the classes' names; "class 0", "class 1", ... if None.

    Raises ValueError for other shapes and for NaN or infinity.
    """
    x = checks.numbers("points", "x", x)
    if x.ndim == 1 or (x.ndim == 2 and x.shape[1] == 1):
        return _regression(x.ravel(), y, style.axes(ax))
    x = checks.plane("points", x)
    if y is None:
        ax = style.axes(ax, 4.4, 4)
        _scatter(ax, x[:, 0], x[:, 1], 0)
    else:
        y = checks.labels("points", "y", y, len(x))
        labels = class_names("points", labels, y.max() + 1)
        ax = style.axes(ax, 4.4, 4)
        for k in np.unique(y):
            _scatter(ax, *x[y == k].T, k, labels[k])
        if legend:
            _legend(ax)
    ax.set_xlabel("$x_1$")
    ax.set_ylabel("$x_2$")
    ax.set_aspect("equal", adjustable="datalim")
    return ax


def _legend(ax):
    """Name the classes outside the axes, where no point is hidden."""
    few = len(ax.get_legend_handles_labels()[1]) <= 3
    ax.legend(
        loc="lower left" if few else "center left",
        bbox_to_anchor=(0, 1) if few else (1, 0.5),
        ncols=3 if few else 1,
        borderpad=0,
        handletextpad=0.2,
        columnspacing=1,
    )


def class_names(function, labels, n):
    """Return the names of ``n`` classes; classes beyond the palette raise."""
    if n > len(palette.classes):
        raise ValueError(
            f"{function} expects at most {len(palette.classes)} classes, "
            f"received {n}"
        )
    if labels is None:
        return [f"class {k}" for k in range(n)]
    return checks.names(function, "labels", labels, n)


def _regression(x, y, ax):
    """Draw numbers y against numbers x."""
    y = checks.numbers("points", "y", [] if y is None else y)
    if y.size != x.size:
        raise ValueError(
            "points expects as many y as x, received "
            f"{y.size} and {x.size} numbers"
        )
    _scatter(ax, x, y.ravel(), 0, "data")
    ax.set_xlabel("$x$")
    ax.set_ylabel("$y$")
    return ax


def _scatter(ax, a, b, k, label=None):
    """Draw the points of class ``k``; a white rim keeps them apart."""
    ax.scatter(
        a,
        b,
        s=70 if palette.markers[k] in "PX*" else 36,
        color=palette.classes[k],
        marker=palette.markers[k],
        edgecolors="white",
        linewidths=0.6,
        label=label,
        zorder=3,
        rasterized=len(a) > _RASTER_ABOVE,
    )
