"""A computation as boxes and arrows, with what goes forward and back."""

from matplotlib.patches import FancyBboxPatch

from dlcore.plot import palette, style

_WIDE, _HIGH = 1.5, 0.62  # inches of a box
_COLUMN, _ROW = 3.0, 1.3  # inches from box to box
_LABEL = 0.3  # where on its arrow a local slope stands: nearer to its start


def graph(places, edges, values, slopes, strong=(), ax=None):
    """Draw a computation from top to bottom.

    places: {name: (column, row)}, row 0 on top.
    edges: (start, end, local slope) for each arrow, names as in places.
    values, slopes: {name: number}; a box shows its value, and below it, in
        the colour of errors, the derivative of the last value by this one.
    strong: (start, end) of the arrows to draw thick.

    Returns the axes. Raises ValueError for an arrow between names that have
    no place, and for a name without value or slope.
    """
    for start, end, _ in edges:
        if start not in places or end not in places:
            raise ValueError(
                f"graph expects arrows between {', '.join(places)}, "
                f"received {start} to {end}"
            )
    for name in places:
        if name not in values or name not in slopes:
            raise ValueError(
                f"graph expects a value and a slope for {name}, received "
                f"values of {', '.join(values)}; slopes of {', '.join(slopes)}"
            )
    columns, rows = zip(*places.values())
    wide = max(columns) * _COLUMN + _WIDE + 0.8
    high = max(rows) * _ROW + _HIGH + 0.2
    ax = style.axes(ax, wide, high)
    at = {k: (c * _COLUMN, -r * _ROW) for k, (c, r) in places.items()}
    for start, end, slope in edges:
        _arrow(ax, at[start], at[end], slope, (start, end) in strong)
    for name, place in at.items():
        _box(ax, place, name, values[name], slopes[name])
    left = min(columns) * _COLUMN
    ax.set_xlim(left - _WIDE / 2 - 0.4, left - _WIDE / 2 - 0.4 + wide)
    ax.set_ylim(_HIGH / 2 + 0.1 - high, _HIGH / 2 + 0.1)
    style.bare(ax)
    return ax


def _arrow(ax, start, end, slope, strong):
    """An arrow from box to box with its local slope on it."""
    top, bottom = start[1] - _HIGH / 2, end[1] + _HIGH / 2
    ax.annotate(
        "",
        xy=(end[0], bottom),
        xytext=(start[0], top),
        arrowprops={
            "arrowstyle": "-|>",
            "color": palette.model if strong else palette.muted,
            "linewidth": 3 if strong else 1.3,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
    ax.text(
        start[0] + _LABEL * (end[0] - start[0]),
        top + _LABEL * (bottom - top),
        _number(slope),
        ha="center",
        va="center",
        fontsize=13,
        color=palette.ink,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def _box(ax, place, name, value, slope):
    """A box with its name and value, and its derivative below."""
    x, y = place
    ax.add_patch(
        FancyBboxPatch(
            (x - _WIDE / 2, y - _HIGH / 2),
            _WIDE,
            _HIGH,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=palette.tint(palette.data, 0.12),
            edgecolor=palette.data,
            linewidth=1.4,
            zorder=2,
        )
    )
    letter = f"${name[0]}_{{{name[1:]}}}$" if name[1:] else f"${name}$"
    for text, height, color in (
        (f"{letter} = {_number(value)}", 0.15, palette.ink),
        (f"$\\partial$ {_number(slope)}", -0.15, palette.error),
    ):
        ax.text(
            x,
            y + height,
            text,
            ha="center",
            va="center",
            fontsize=14,
            color=color,
        )


def _number(value):
    """Three decimals, with a true minus sign."""
    return f"{value:.3f}".replace("-", "\N{MINUS SIGN}")
