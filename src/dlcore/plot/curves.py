"""Curves of a training: what was measured after every epoch."""

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import MaxNLocator

from dlcore.plot import palette, style


def curves(history, metric=None, ax=None):
    """Draw training (solid) and validation (dashed) over the epochs.

    history: what ``fit`` returned (of dlcore or Keras), or its ``.history``
        dict; or a dict ``{"name": history, ...}`` to compare several runs.
    metric: "loss", "accuracy", ...; None draws every metric there is, in
        panels side by side, and returns the array of their axes.
    ax: axes to draw into; then metric defaults to "loss".

    Raises ValueError if there is nothing to draw or no such metric.
    """
    runs = _runs(history)
    if metric is None and ax is None:
        metrics = _metrics(runs)
        if len(metrics) > 1:
            return _panels(history, metrics)
        metric = metrics[0]
    metric = "loss" if metric is None else metric
    found = _metrics(runs)
    if metric not in found:
        raise ValueError(
            f"curves expects metric to be one of {found}, received {metric!r}"
        )
    ax = style.axes(ax)
    for index, (name, values) in enumerate(runs.items()):
        for key in (metric, f"val_{metric}"):
            if key in values:
                _draw(ax, values[key], *_look(name, key, index))
    ax.set_xlabel("epoch")
    ax.set_ylabel(metric.replace("_", " "))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.grid(axis="y")
    if len(ax.lines) > 1:
        ax.legend()
    return ax


def _runs(history):
    """Return {name: {metric: values}}; a single run has the name ""."""
    values = getattr(history, "history", history)
    if not isinstance(values, Mapping) or not values:
        raise ValueError(
            "curves expects a history, its dict, or a dict of histories with "
            f"at least one entry, received {history!r}"
        )
    several = [
        isinstance(getattr(v, "history", v), Mapping) for v in values.values()
    ]
    if all(several):
        return {str(k): _runs(v)[""] for k, v in values.items()}
    if any(several) or not all(np.ndim(v) == 1 for v in values.values()):
        raise ValueError(
            "curves expects a list of numbers for every metric, received "
            f"{dict(values)!r}"
        )
    return {"": values}


def _metrics(runs):
    """Return the metrics of all runs, without val_, in their order."""
    keys = [key.removeprefix("val_") for run in runs.values() for key in run]
    return list(dict.fromkeys(keys))


def _panels(history, metrics):
    """Draw every metric into axes of its own."""
    from matplotlib import pyplot

    width = max(6.4, 3.2 * len(metrics))
    _, axes = pyplot.subplots(1, len(metrics), figsize=(width, 3.2))
    for index, (ax, metric) in enumerate(zip(axes, metrics, strict=True)):
        curves(history, metric, ax=ax)
        if index > 0 and ax.get_legend() is not None:
            ax.get_legend().remove()  # the first panel's holds for all
    return axes


def _look(name, key, index):
    """Return label, colour and line style of one curve.

    A single run takes the colours of data (what it was fitted to) and model;
    of several runs each has its own colour.
    """
    validation = key.startswith("val_")
    part = "validation" if validation else "training"
    label = f"{name}, {part}" if name else part
    position = index if name else int(validation)
    return label, position, "--" if validation else "-"


def _draw(ax, values, label, position, linestyle):
    """Draw one curve; open markers go with dashes."""
    color = palette.classes[position % len(palette.classes)]
    epochs = np.arange(1, len(values) + 1)
    ax.plot(
        epochs,
        values,
        label=label,
        color=color,
        linestyle=linestyle,
        marker=palette.markers[position % len(palette.markers)],
        markerfacecolor="white" if linestyle == "--" else color,
        markevery=max(1, len(values) // 12),
    )
