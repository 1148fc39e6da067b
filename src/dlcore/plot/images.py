"""Images in rows: examples, filters, feature maps."""

import math

import numpy as np
from matplotlib.patches import Rectangle

from dlcore.plot import checks, palette, style

#: Between tiles, in units of a tile's width: without and with a title.
_GAP, _GAP_TITLE = 0.12, 0.38


def images(
    x, titles=None, labels=None, predictions=None, columns=None, ax=None
):
    """Draw images as ink on paper (grey) or in colour.

    x: (n, height, width), (n, height, width, 1), (n, height, width, 3), or
        square images as rows (n, height * width).
    titles: a text above each; or
    labels, predictions: class numbers or names. With both, a wrong
        prediction gets a thick dashed frame and a cross, and its title says
        what was predicted and what is true.
    columns: images in a row; 8 or fewer if None.

    Raises ValueError for other shapes and lists of another length.
    """
    x = _as_images(x)
    n = len(x)
    wrong = [False] * n
    if titles is not None:
        titles = checks.names("images", "titles", titles, n)
    elif predictions is not None:
        titles = checks.names("images", "predictions", predictions, n)
        if labels is not None:
            labels = checks.names("images", "labels", labels, n)
            pairs = list(zip(titles, labels, strict=True))
            wrong = [said != true for said, true in pairs]
            titles = [
                f"✗ {said}, is {true}" if said != true else said
                for said, true in pairs
            ]
    elif labels is not None:
        titles = checks.names("images", "labels", labels, n)
    span = min(0, x.min()), max(x.max(), x.min() + 1e-12)
    ax, _ = _tiles(x, titles, columns, "gray_r", span, ax, wrong)
    return ax


def filters(kernel, channel=0, columns=8, ax=None):
    """Draw the filters of a convolution: orange positive, blue negative.

    kernel: (height, width, channels, filters) as ``Conv2D.kernel``.
    channel: the input channel whose weights are shown.
    """
    kernel = checks.numbers("filters", "kernel", kernel)
    if kernel.ndim != 4:
        raise ValueError(
            "filters expects a kernel of shape (height, width, channels, "
            f"filters), received {kernel.shape}"
        )
    if not 0 <= channel < kernel.shape[2]:
        raise ValueError(
            f"filters expects a channel from 0 to {kernel.shape[2] - 1}, "
            f"received {channel}"
        )
    tiles = np.moveaxis(kernel[:, :, channel], -1, 0)
    most = max(np.abs(tiles).max(), 1e-12)
    ax, last = _tiles(
        tiles, None, columns, palette.diverging, (-most, most), ax
    )
    style.colorbar(ax, last, "weight")
    return ax


def feature_maps(y, columns=8, ax=None):
    """Draw the channels that a layer gives for one image, each numbered.

    y: (height, width, channels) or (1, height, width, channels).
    """
    y = checks.numbers("feature_maps", "y", y)
    if y.ndim == 4 and len(y) == 1:
        y = y[0]
    if y.ndim != 3:
        raise ValueError(
            "feature_maps expects one image's channels of shape (height, "
            f"width, channels), received {y.shape}"
        )
    tiles = np.moveaxis(y, -1, 0)
    span = min(0, tiles.min()), max(tiles.max(), tiles.min() + 1e-12)
    titles = [str(k) for k in range(len(tiles))]
    cmap = palette.sequential
    if span[0] < 0:
        most = np.abs(tiles).max()
        cmap, span = palette.diverging, (-most, most)
    ax, last = _tiles(tiles, titles, columns, cmap, span, ax)
    style.colorbar(ax, last, "activation")
    return ax


def _as_images(x):
    """Return (n, height, width) or (n, height, width, 3)."""
    x = checks.numbers("images", "x", x)
    side = math.isqrt(x.shape[-1])
    if x.ndim == 2 and side * side == x.shape[1]:
        x = x.reshape(-1, side, side)
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    if x.ndim != 3 and (x.ndim != 4 or x.shape[3] != 3):
        raise ValueError(
            "images expects x of shape (n, height, width), (n, height, width, "
            f"1 or 3) or (n, side * side), received {x.shape}"
        )
    return x


def _tiles(tiles, titles, columns, cmap, span, ax, wrong=None):
    """Draw all tiles into one axes; return it and the last image."""
    n = len(tiles)
    columns = min(n, 8) if columns is None else columns
    if columns < 1:
        raise ValueError(
            f"images expects at least 1 in columns, received {columns}"
        )
    rows = -(-n // columns)
    tall = tiles.shape[1] / tiles.shape[2]
    gap = _GAP if titles is None else _GAP_TITLE
    width = columns * (1 + _GAP)
    height = rows * (tall + gap)
    ax = style.axes(ax, 6.4, max(1.0, 6.4 * height / width))
    for k, tile in enumerate(tiles):
        left = (k % columns) * (1 + _GAP)
        top = -(k // columns) * (tall + gap)
        last = ax.imshow(
            tile,
            cmap=cmap,
            vmin=span[0],
            vmax=span[1],
            extent=(left, left + 1, top - tall, top),
            interpolation="none",
        )
        bad = wrong is not None and wrong[k]
        _edge(ax, left, top, tall, bad)
        if titles is not None:
            ax.text(
                left + 0.5,
                top + 0.04,
                titles[k],
                ha="center",
                va="bottom",
                fontsize=11,
                color=palette.error if bad else palette.ink,
                fontweight="bold" if bad else "normal",
            )
    ax.set_xlim(-0.05, width - _GAP + 0.05)
    ax.set_ylim(0.05 - height + gap - 0.1, gap if titles else 0.05)
    style.bare(ax)
    return ax, last


def _edge(ax, left, top, tall, bad):
    """Frame a tile: a hair line, or thick dashes for a mistake."""
    ax.add_patch(
        Rectangle(
            (left, top - tall),
            1,
            tall,
            fill=False,
            edgecolor=palette.error if bad else palette.muted,
            linewidth=2.4 if bad else 0.6,
            linestyle=(0, (3, 1.5)) if bad else "-",
            gid="mistake" if bad else None,
            clip_on=False,
        )
    )
