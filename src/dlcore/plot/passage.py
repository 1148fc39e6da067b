"""One sample on its way through a network: rows of cells, and who speaks."""

from itertools import pairwise

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from dlcore.plot import checks, palette, style

#: Half the height of a row, in the distance of two rows.
_HALF = 0.07


def passage(values, kernels, names, labels=(), most=60, ax=None):
    """Draw the activations of one sample as rows, the input on top.

    values: a list of arrays (units,), the input first, none negative.
    kernels: a list of arrays (inputs, units), one between two rows.
    names: a text for each row.
    labels: a text below each cell of the last row.
    most: between two rows the lines of so many products activation ·
        weight are drawn, those of the largest size: orange if they add to
        the unit below, blue and dashed if they take away.

    Each row is scaled to its own largest value.

    Raises ValueError for negative values and shapes that do not fit.
    """
    values = [checks.numbers("passage", "values", row) for row in values]
    names = checks.names("passage", "names", names, len(values))
    expected = [(a.size, b.size) for a, b in pairwise(values)]
    received = [np.shape(kernel) for kernel in kernels]
    if received != expected:
        raise ValueError(
            f"passage expects kernels of shapes {expected}, "
            f"received {received}"
        )
    if min(row.min() for row in values) < 0:
        raise ValueError("passage expects values that are not negative")
    ax = style.axes(ax, 6.4, 1.5 * len(values))
    for depth, row in enumerate(values):
        edges = np.linspace(0, 1, row.size + 1)
        ax.pcolormesh(
            edges,
            [-depth - _HALF, -depth + _HALF],
            row[None] / max(row.max(), 1e-12),
            cmap=palette.sequential,
            vmin=0,
            vmax=1,
            edgecolors=palette.muted if row.size <= 100 else "none",
            linewidth=0.4,
            rasterized=row.size > 100,  # as vectors they show seams
            zorder=2,
        )
        ax.add_patch(
            Rectangle(
                (0, -depth - _HALF),
                1,
                2 * _HALF,
                fill=False,
                edgecolor=palette.muted,
                linewidth=0.8,
                zorder=3,
            )
        )
        ax.text(0, -depth + 0.1, names[depth], va="bottom", zorder=3).set_bbox(
            {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        )
    for depth, (row, kernel) in enumerate(zip(values, kernels)):
        ax.add_collection(_lines(depth, row[:, None] * kernel, most))
    for place, label in enumerate(labels):
        middle = (place + 0.5) / values[-1].size
        bottom = 1 - len(values) - _HALF - 0.03
        ax.text(middle, bottom, label, ha="center", va="top")
    ax.set_xlim(-0.005, 1.005)
    ax.set_ylim(0.7 - len(values), 0.4)
    ax.set_axis_off()
    return ax


def _lines(depth, products, most):
    """The lines of the products that say most, the strongest darkest."""
    size = np.abs(products)
    order = np.argsort(size, axis=None)[-most:]
    rows, columns = np.unravel_index(order, products.shape)
    starts = (rows + 0.5) / products.shape[0]
    ends = (columns + 0.5) / products.shape[1]
    share = size[rows, columns] / max(size.max(), 1e-12)
    against = products[rows, columns] < 0
    return LineCollection(
        [
            ((a, -depth - _HALF), (b, -depth - 1 + _HALF))
            for a, b in zip(starts, ends)
        ],
        colors=np.where(against, palette.data, palette.model),
        linestyles=["--" if one else "-" for one in against],
        linewidths=0.4 + 1.8 * share,
        alpha=0.25 + 0.7 * share,
        zorder=1,
    )
