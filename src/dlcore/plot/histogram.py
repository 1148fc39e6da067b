"""How values spread, layer by layer: one histogram above the other."""

from collections.abc import Mapping

import numpy as np

from dlcore.plot import checks, palette, style


def histogram(values, bins=60, value="activation", span=None, ax=None):
    """Draw one histogram a layer in a common scale, the first on top.

    values: a dict ``{"layer": array, ...}``; arrays of any shape.
    bins: number of bins.
    value: what the numbers are, for the axis.
    span: (low, high) of the axis; that of all values if None. Values outside
        are counted in the outermost bins.

    Each histogram is scaled to its own peak; the number at the right is the
    standard deviation of its values.

    Raises ValueError if a layer holds no finite numbers.
    """
    if not isinstance(values, Mapping) or not values:
        raise ValueError(
            'histogram expects a dict {"layer": array, ...} with at least one '
            f"layer, received {values!r}"
        )
    arrays = {
        str(name): checks.numbers("histogram", name, array).ravel()
        for name, array in values.items()
    }
    if span is None:
        span = (
            min(array.min() for array in arrays.values()),
            max(array.max() for array in arrays.values()),
        )
    if span[0] >= span[1]:
        span = (span[0] - 0.5, span[0] + 0.5)
    edges = np.linspace(*span, bins + 1)
    ax = style.axes(ax, 6.4, max(2.4, 1 + 0.45 * len(arrays)))
    for row, array in enumerate(arrays.values()):
        counts, _ = np.histogram(np.clip(array, *span), edges)
        base = len(arrays) - 1 - row
        ax.stairs(
            base + 0.85 * counts / counts.max(),
            edges,
            baseline=base,
            fill=True,
            facecolor=palette.tint(palette.data, 0.45),
            edgecolor=palette.data,
            linewidth=0.8,
        )
        ax.annotate(
            f"σ {array.std():#.2g}",
            (1.01, base + 0.25),
            xycoords=("axes fraction", "data"),
            fontsize=10,
            color=palette.muted,
            annotation_clip=False,
        )
    ax.set_yticks(np.arange(len(arrays))[::-1] + 0.25, list(arrays))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(span)
    ax.set_ylim(-0.05, len(arrays))
    ax.set_xlabel(value)
    ax.set_ylabel("layer")
    return ax
