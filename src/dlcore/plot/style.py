"""The house style of all figures, and the axes they are drawn in."""

import sys

import matplotlib as mpl
from cycler import cycler

from dlcore.plot import palette

#: Sizes are in points at 6.4 inches: readable when a phone shows it at half.
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": palette.ink,
    "axes.grid": False,
    "axes.labelcolor": palette.ink,
    "axes.labelsize": 13,
    "axes.prop_cycle": cycler(color=palette.classes),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 13,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.figsize": (6.4, 3.6),
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "grid.color": palette.muted,
    "grid.alpha": 0.25,
    "image.cmap": "gray_r",
    "legend.fontsize": 12,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "lines.markersize": 6,
    "savefig.dpi": 200,
    "savefig.facecolor": "white",
    # A fixed salt names the parts of an SVG alike in every run.
    "svg.hashsalt": "dlcore",
    "text.color": palette.ink,
    "xtick.color": palette.ink,
    "xtick.labelsize": 12,
    "ytick.color": palette.ink,
    "ytick.labelsize": 12,
}


def setup():
    """Switch the house style on; in a notebook figures become SVG.

    Figures carry no date, so that executing a notebook again gives the same
    bytes. Call it once, before the first figure; works outside IPython too.
    """
    mpl.rcParams.update(STYLE)
    # Without IPython imported there can be no notebook to set up.
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})


def axes(ax=None, width=6.4, height=3.6):
    """Return ``ax``, or the axes of a new figure of this size in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(width, height))[1]


def colorbar(ax, artist, label):
    """Add a thin colour scale with its label beside ``ax``."""
    bar = ax.figure.colorbar(artist, ax=ax, label=label, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    # As vectors its steps would show as stripes and weigh more.
    bar.solids.set_rasterized(True)
    return bar


def bare(ax):
    """Hide axes that carry no scale: diagrams and rows of images."""
    ax.set_axis_off()
    ax.set_aspect("equal")
