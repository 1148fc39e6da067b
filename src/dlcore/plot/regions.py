"""Where in the plane a model says which class."""

import inspect

import numpy as np

from dlcore.plot import checks, palette, style
from dlcore.plot.points import class_names, points


def decision_regions(
    model, x, y, labels=None, legend=True, resolution=160, ax=None
):
    """Tint the plane by the model's class, and draw the examples on it.

    model: anything with ``predict``, or a function, from (m, 2) to
        probabilities of one class (m,) or (m, 1), scores of the classes
        (m, classes), or class numbers (integers, (m,)).
    x, y, labels, legend: the examples, as in ``points``.
    resolution: points of the grid along the longer side.

    The surer the model, the stronger the tint; the line is the boundary
    (probability 0.5, or the two highest scores equal).

    Raises ValueError for examples that are no points of the plane and for
    predictions of another shape.
    """
    x = checks.plane("decision_regions", x)
    y = checks.labels("decision_regions", "y", y, len(x))
    a, b = _grid(x, resolution)
    cells = np.stack(np.meshgrid(a, b), axis=-1)
    scores = _scores(model, cells.reshape(-1, 2).astype(np.float32))
    n_classes = max(scores.shape[1], y.max() + 1)
    labels = class_names("decision_regions", labels, n_classes)
    scores = scores.reshape(*cells.shape[:2], -1)

    ax = style.axes(ax, 4.4, 4)
    step = (a[1] - a[0]) / 2
    extent = (a[0] - step, a[-1] + step, b[0] - step, b[-1] + step)
    tinted = ax.imshow(
        _tints(scores), extent=extent, origin="lower", interpolation="none"
    )
    tinted.set_label("regions")
    for k in range(scores.shape[2]):
        margin = scores[..., k] - np.delete(scores, k, axis=2).max(axis=2)
        if margin.min() < 0 < margin.max():
            ax.contour(
                a, b, margin, levels=[0], colors=palette.ink, linewidths=1.2
            )
    points(x, y, labels[: y.max() + 1], legend, ax=ax)
    ax.set_aspect("equal", adjustable="box")
    ax.set_xlim(extent[:2])
    ax.set_ylim(extent[2:])
    return ax


def _grid(x, resolution):
    """Return square cells' centres that cover the points and a margin."""
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.08 * max(high - low) or 1.0
    low, high = low - margin, high + margin
    step = max(high - low) / resolution
    return tuple(
        np.linspace(low[i], high[i], round((high[i] - low[i]) / step) + 1)
        for i in range(2)
    )


def _scores(model, cells):
    """Return one score a class, (m, classes), whatever the model gives."""
    predict = getattr(model, "predict", model)
    if not callable(predict):
        raise TypeError(
            "decision_regions expects a model with predict or a function, "
            f"received {model!r}"
        )
    # Keras would print a progress bar into the chapter.
    quiet = "verbose" in inspect.signature(predict).parameters
    out = np.asarray(predict(cells, verbose=0) if quiet else predict(cells))
    whole = out.ndim == 1 and out.dtype.kind in "biu"
    one = out.size == len(cells)
    if out.ndim not in (1, 2) or len(out) != len(cells) or out.size == 0:
        raise ValueError(
            "decision_regions expects predictions of shape "
            f"({len(cells)},) or ({len(cells)}, classes), received {out.shape}"
        )
    if whole:
        # Full confidence in one class; a single class still needs a rival.
        return np.eye(max(2, int(out.max()) + 1))[out.astype(int)]
    if one:
        p = out.reshape(-1, 1).astype(float)
        return np.concatenate([1 - p, p], axis=1)
    return out.astype(float)


def _tints(scores):
    """Return the image (rows, columns, rgb) of tinted classes."""
    ranked = np.sort(scores, axis=2)
    lead = ranked[..., -1] - ranked[..., -2]
    sure = np.clip(lead / max(lead.max(), 1e-12), 0, 1)
    # Few steps of strength: an image that compresses well.
    share = 0.12 + 0.3 * np.round(sure * 12) / 12
    colors = np.array(
        [palette.tint(c, 1) for c in palette.classes[: scores.shape[2]]]
    )
    chosen = colors[scores.argmax(axis=2)]
    return 1 - share[..., None] * (1 - chosen)
