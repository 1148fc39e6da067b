"""Which class was taken for which."""

import numpy as np

from dlcore.plot import checks, palette, style


def confusion_matrix(y_true, y_pred, labels=None, ax=None):
    """Count every pair of true class (row) and predicted class (column).

    y_true, y_pred: class numbers (n,), (n, 1) or one-hot (n, classes);
        y_pred also probabilities (n, classes), of which the largest counts.
    labels: the classes' names; their numbers if None.

    A cell shows its count (nothing for 0). Its shade is the count's share of
    the row: blue on the diagonal, where the model is right; red off it, by
    its cube root, so that rare mistakes are seen.

    Raises ValueError for lengths that differ and labels that are too few.
    """
    y_true = checks.labels("confusion_matrix", "y_true", y_true)
    y_pred = np.asarray(y_pred)
    if y_pred.ndim == 2 and y_pred.shape[1] > 1:
        y_pred = y_pred.argmax(axis=1)
    y_pred = checks.labels("confusion_matrix", "y_pred", y_pred, len(y_true))
    n = int(max(y_true.max(), y_pred.max())) + 1
    if labels is None:
        labels = range(n)
    elif len(labels) > n:
        n = len(labels)  # classes that happen to be absent
    labels = checks.names("confusion_matrix", "labels", labels, n)

    counts = np.zeros((n, n), dtype=np.int64)
    np.add.at(counts, (y_true, y_pred), 1)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shades = np.where(
        np.eye(n, dtype=bool)[..., None],
        palette.sequential(0.75 * share),
        palette.mistakes(0.75 * np.cbrt(share)),
    )
    ax = style.axes(ax, 5.2, 5)
    ax.imshow(shades, interpolation="none")
    for row, column in np.argwhere(counts):
        ax.text(
            column,
            row,
            str(counts[row, column]),
            ha="center",
            va="center",
            fontsize=11 if n <= 10 else 8,
            fontweight="bold" if row == column else "normal",
            color=palette.text_on(shades[row, column]),
        )
    _frame(ax, labels)
    return ax


def _frame(ax, labels):
    """Name rows and columns and separate the cells by thin lines."""
    n = len(labels)
    # Names that would run into each other are written upwards.
    upright = n * max(map(len, labels)) > 40
    ax.set_xticks(range(n), labels, rotation=90 * upright)
    ax.set_yticks(range(n), labels)
    ax.set_xticks(np.arange(n + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    ax.grid(which="minor", linewidth=0.6)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
