"""Pictures of data and models; the only place that imports matplotlib.

Call ``setup()`` once, at the top of a chapter. Every function draws into the
axes it is given, or into a new figure, returns the axes and never shows them:
end a cell with ``plt.show()``. Colours have meanings, see ``palette``.
"""

try:
    import matplotlib as _  # noqa: F401
except ImportError as error:
    raise ImportError(
        "dlcore.plot expects matplotlib; "
        "install it with: pip install 'dlcore[plot]'"
    ) from error

from dlcore.plot import palette
from dlcore.plot.architecture import architecture
from dlcore.plot.confusion import confusion_matrix
from dlcore.plot.curves import curves
from dlcore.plot.histogram import histogram
from dlcore.plot.images import feature_maps, filters, images
from dlcore.plot.network import network
from dlcore.plot.points import points
from dlcore.plot.regions import decision_regions
from dlcore.plot.speed import speed_ratios
from dlcore.plot.style import setup
from dlcore.plot.surface import surface

__all__ = [
    "architecture",
    "confusion_matrix",
    "curves",
    "decision_regions",
    "feature_maps",
    "filters",
    "histogram",
    "images",
    "network",
    "palette",
    "points",
    "setup",
    "speed_ratios",
    "surface",
]
