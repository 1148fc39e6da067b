"""A network as units and connections."""

from itertools import pairwise

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle

from dlcore.plot import checks, models, palette, style

#: Room for two lines below the units, in inches.
_CAPTION = 0.6
#: Layers that connect every unit to itself alone: not drawn.
_UNCONNECTED = (
    "Activation",
    "BatchNormalization",
    "Dropout",
    "Flatten",
    "LayerNormalization",
    "Reshape",
)


def network(
    model, weights=None, labels=None, units=None, max_units=10, ax=None
):
    """Draw the layers' units as circles and the weights as lines.

    model: a built model of Dense layers, or the layers' sizes such as
        (784, 64, 10), the inputs first.
    weights: None draws plain lines; True takes the model's kernels; a list
        of arrays (inputs, units) gives them. Positive weights are orange,
        negative blue and dashed, the larger the thicker.
    labels: a name for each layer; "input", "hidden 1", ..., "output" if None.
    units: what to write into the circles: a list of lists, or None for a
        layer without text.
    max_units: larger layers are drawn as their first and last units with dots
        between; the true number stands below.

    Raises ValueError for layers other than Dense (use ``architecture``), for
    models not built and for weights of another shape.
    """
    sizes, kernels = _sizes(model)
    if weights is not None and weights is not True:
        kernels = [checks.numbers("network", "weights", w) for w in weights]
    if weights is not None:
        _check(kernels, sizes)
    names = ["input", *_hidden(len(sizes) - 2), "output"]
    if labels is not None:
        names = checks.names("network", "labels", labels, len(sizes))
    if units is not None and len(units) != len(sizes):
        raise ValueError(
            f"network expects units for {len(sizes)} layers, "
            f"received {len(units)}"
        )

    shown = [_shown(size, max_units) for size in sizes]
    most = max(2 * heights[0] + 1 for _, heights in shown)
    across = max(1.6, 0.55 * most)  # from layer to layer
    wide = (len(sizes) - 1) * across + 1.4
    # Small networks get a small figure, not large circles.
    inches = min(0.62, 6.4 / wide, 4.4 / most)
    ax = style.axes(ax, wide * inches, most * inches + _CAPTION)
    for k in range(len(sizes) - 1):
        kernel = kernels[k] if weights is not None else None
        _connect(ax, k * across, across, shown[k], shown[k + 1], kernel)
    for k, (rows, heights) in enumerate(shown):
        text = units[k] if units is not None else None
        _units(ax, k * across, rows, heights, _color(k, len(sizes)), text)
        if len(rows) < sizes[k]:
            middle = (heights[len(rows) // 2 - 1], heights[len(rows) // 2])
            for part in (0.36, 0.5, 0.64):
                y = middle[0] + part * (middle[1] - middle[0])
                ax.add_patch(Circle((k * across, y), 0.05, color=palette.ink))
        for row, line in enumerate((names[k], f"{sizes[k]:,}")):
            ax.annotate(
                line,
                (k * across, -0.5 * most),
                xytext=(0, -14 - 18 * row),
                textcoords="offset points",
                ha="center",
            )
    ax.set_xlim(-0.7, wide - 0.7)
    ax.set_ylim(-0.5 * most - _CAPTION / inches, 0.5 * most)
    style.bare(ax)
    return ax


def _sizes(model):
    """Return the number of units of every layer, and the kernels."""
    if not hasattr(model, "layers"):
        sizes = list(model)
        if len(sizes) < 2 or any(int(s) != s or s < 1 for s in sizes):
            raise ValueError(
                "network expects a model or at least two sizes of layers, "
                f"received {model!r}"
            )
        return [int(size) for size in sizes], []
    dense = []
    for layer in models.layers("network", model):
        if models.kind(layer) == "Dense":
            dense.append(layer)
        elif models.kind(layer) not in _UNCONNECTED:
            raise ValueError(
                f"network draws Dense layers, received "
                f"{models.kind(layer)}; architecture draws any"
            )
    if not dense:
        raise ValueError("network expects at least one Dense layer")
    sizes = [models.input_shape(dense[0])[-1]]
    sizes += [models.output_shape(layer)[-1] for layer in dense]
    return sizes, [np.asarray(layer.get_weights()[0]) for layer in dense]


def _check(kernels, sizes):
    """Raise unless there is one kernel between every two layers."""
    expected = list(pairwise(sizes))
    received = [kernel.shape for kernel in kernels]
    if received != expected:
        raise ValueError(
            f"network expects weights of shapes {expected}, "
            f"received {received}"
        )


def _hidden(n):
    """Return the names of n hidden layers."""
    return ["hidden"] if n == 1 else [f"hidden {k + 1}" for k in range(n)]


def _shown(size, max_units):
    """Return which units are drawn, and at what height each."""
    if size <= max_units:
        rows = np.arange(size)
        places = size
        heights = np.arange(size)
    else:
        half = max(1, (max_units - 1) // 2)
        rows = np.r_[0:half, size - half : size]
        places = 2 * half + 1  # the dots take one unit's place
        heights = np.r_[0:half, half + 1 : places]
    return rows, (places - 1) / 2 - heights


def _color(k, n):
    """Inputs have the data's colour, outputs the model's."""
    if k == 0:
        return palette.data
    return palette.model if k == n - 1 else palette.ink


def _connect(ax, left, across, start, end, kernel):
    """Draw the lines between two layers' units that are shown."""
    rows, columns = start[0], end[0]
    lines = [((left, a), (left + across, b)) for a in start[1] for b in end[1]]
    if kernel is None:
        looks = {"colors": palette.muted, "linewidths": 0.7, "alpha": 0.6}
    else:
        part = kernel[np.ix_(rows, columns)].ravel()
        size = np.abs(part) / max(np.abs(part).max(), 1e-12)
        looks = {
            "colors": np.where(part < 0, palette.data, palette.model),
            "linewidths": 0.7 + 2.5 * size,
            "linestyles": ["--" if w < 0 else "-" for w in part],
            "alpha": 0.45 + 0.55 * size,
        }
    ax.add_collection(LineCollection(lines, zorder=1, **looks))


def _units(ax, x, rows, heights, color, text):
    """Draw one layer's circles with what stands in them."""
    for row, y in zip(rows, heights, strict=True):
        ax.add_patch(
            Circle(
                (x, y),
                0.34,
                facecolor=palette.tint(color, 0.16),
                edgecolor=color,
                linewidth=1.6,
                zorder=2,
            )
        )
        if text is not None and row < len(text):
            ax.text(x, y, text[row], ha="center", va="center", fontsize=11)
