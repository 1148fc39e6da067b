"""How values spread through many layers: overlapping histograms."""

import numpy as np

from dlcore.plot import checks, palette, style


def ridges(arrays, span=(-1, 1), bins=80, height=3.0, ax=None):
    """Draw one histogram an array, the first on top, each before the last.

    arrays: a list of arrays of any shape, one for each layer.
    span: (low, high) of the axis; values outside are not drawn.
    bins: number of bins.
    height: how many rows the peak of a histogram reaches up.

    Each histogram is scaled to its own peak. The first row is light and the
    last dark. Rows are counted from 1 at the left.

    Raises ValueError for an empty list, an empty span, and for an array
    that holds no finite numbers or none inside the span.
    """
    if not isinstance(arrays, list | tuple) or not arrays:
        raise ValueError(
            "ridges expects a list of at least one array, "
            f"received {type(arrays).__name__} {arrays!r}"
        )
    if not span[0] < span[1]:
        raise ValueError(f"ridges expects span (low, high), received {span}")
    edges = np.linspace(*span, bins + 1)
    rows = []
    for number, array in enumerate(arrays, 1):
        array = checks.numbers("ridges", f"array {number}", array)
        counts, _ = np.histogram(array, edges)
        if not counts.any():
            raise ValueError(
                f"ridges expects values in {span}, array {number} has none"
            )
        rows.append(counts / counts.max())
    count = len(rows)
    ax = style.axes(ax, 3.2, 1 + 0.15 * count)
    for number, row in enumerate(rows, 1):
        ax.stairs(
            height * row - number,
            edges,
            baseline=-number,
            fill=True,
            facecolor=palette.sequential(0.2 + 0.5 * number / count),
            edgecolor="white",
            linewidth=0.7,
            zorder=number,
        )
    marks = [1, *range(5, count + 1, 5)]
    ax.set_yticks([-mark for mark in marks], marks)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(span)
    ax.set_ylim(-count - 0.3, height - 0.8)
    return ax
