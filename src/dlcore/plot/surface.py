"""A loss over two weights as a map, and the ways that lead down."""

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import LogLocator, MaxNLocator

from dlcore.plot import checks, palette, style


def surface(
    f,
    a=(-2, 2),
    b=(-2, 2),
    path=None,
    log=False,
    labels=("$w_1$", "$w_2$"),
    value="loss",
    resolution=60,
    ax=None,
):
    """Draw ``f(a, b)`` as contours with optional paths of a descent.

    f: a function of two numbers that returns a number.
    a, b: the ranges (low, high) of its arguments.
    path: points (steps, 2), or a dict ``{"name": points}`` of several; a ring
        marks the start and a star the end.
    log: levels by powers of ten (f must be positive).
    labels, value: names of the two arguments and of the value.

    Raises ValueError for empty ranges, values that are not finite (with log:
    not positive) and paths of another shape.
    """
    grid = []
    for name, ends in (("a", a), ("b", b)):
        low, high = checks.numbers("surface", name, ends)
        if not low < high:
            raise ValueError(
                f"surface expects {name} as (low, high), received {ends}"
            )
        grid.append(np.linspace(low, high, resolution))
    z = np.vectorize(f, otypes=[float])(*np.meshgrid(*grid))
    z = checks.numbers("surface", "f(a, b)", z)
    if log and z.min() <= 0:
        raise ValueError(
            "surface expects positive values for log=True, received "
            f"{z.min():.4g}"
        )
    paths = path if isinstance(path, Mapping) else {"": path}

    ax = style.axes(ax, 5.2, 4)
    locator = LogLocator(subs=(1, 2, 5)) if log else MaxNLocator(14)
    shades = ax.contourf(
        *grid, z, cmap=_MAP, norm="log" if log else None, locator=locator
    )
    # Filled contours show seams as vectors; the lines stay sharp.
    shades.set_rasterized(True)
    ax.contour(
        *grid, z, levels=shades.levels, colors=palette.data,
        linewidths=0.6, alpha=0.6,
    )  # fmt: skip
    style.colorbar(ax, shades, value)
    for index, (name, steps) in enumerate(paths.items()):
        if steps is not None:
            _path(ax, steps, name, index, len(paths))
    if len(paths) > 1:
        ax.legend(frameon=True, framealpha=0.9, edgecolor="white")
    ax.set_xlim(a)
    ax.set_ylim(b)
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    return ax


def _path(ax, steps, name, index, several):
    """Draw the steps of one descent, its start and its end."""
    steps = checks.plane("surface", steps)
    # One path has the model's colour; several have one each.
    color = palette.model if several == 1 else _PATH_COLORS[index % 4]
    # A white rim keeps paths apart where they cross.
    ax.plot(*steps.T, color="white", linewidth=3.6)
    ax.plot(
        *steps.T,
        color=color,
        linestyle=palette.linestyles[index % 4],
        marker="." if len(steps) <= 60 else None,
        markersize=6,
        linewidth=1.8,
        label=name or None,
    )
    rim = {"markeredgecolor": "white", "markeredgewidth": 0.8, "zorder": 4}
    ax.plot(*steps[0], "o", color=color, markersize=8, **rim)
    ax.plot(*steps[-1], "*", color=color, markersize=15, **rim)


#: The lighter half of the blues, so that paths stand out.
_MAP = LinearSegmentedColormap.from_list(
    "dlcore_surface", palette.sequential(np.linspace(0, 0.5, 32))
)
#: Colours that stand out from the blue map.
_PATH_COLORS = (
    palette.model,
    palette.error,
    palette.truth,
    palette.classes[3],
)
