"""Cut one data set into a part to train on and a part held out."""

import math

import numpy as np

from dlcore.datasets import checks


def train_test_split(x, y, test_size=0.2, seed=0, stratify=None):
    """Shuffle and split; ``x_train, x_test, y_train, y_test`` are returned.

    Name, arguments and order of the results are scikit-learn's.

    test_size: a share between 0 and 1 (rounded up to whole examples), or the
        number of test examples.
    stratify: labels (usually ``y``) whose shares both parts shall have; every
        class gets its share rounded down, and the largest remainders take
        what is left, so that the total is exact.

    Raises ValueError for lengths that differ, for a part that would be empty,
    and for stratified classes that would be missing from one of the parts.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(
            "train_test_split expects as many labels as inputs, received "
            f"shapes {x.shape} and {y.shape}"
        )
    n = len(x)
    n_test = _test_count(test_size, n)
    rng = np.random.default_rng(seed)
    if stratify is None:
        order = rng.permutation(n)
        test, train = order[:n_test], order[n_test:]
    else:
        test, train = _stratified(np.asarray(stratify), n, n_test, rng)
    return x[train], x[test], y[train], y[test]


def _test_count(test_size, n):
    """Turn a share or a number into one that leaves neither part empty."""
    if isinstance(test_size, float):
        if not 0 < test_size < 1:
            raise ValueError(
                "test_size expects a share between 0 and 1 or a number of "
                f"examples, received {test_size}"
            )
        n_test = math.ceil(round(test_size * n, 9))
    else:
        n_test = checks.count("test_size", test_size)
    if n_test >= n:
        raise ValueError(
            f"test_size expects to leave something to train on, received "
            f"{n_test} test examples of {n}"
        )
    return n_test


def _stratified(labels, n, n_test, rng):
    """Return shuffled test and train indices with equal shares of classes."""
    if labels.shape != (n,):
        raise ValueError(
            f"stratify expects one label an example, shape ({n},), "
            f"received {labels.shape}"
        )
    classes, sizes = np.unique(labels, return_counts=True)
    exact = sizes * n_test / n
    counts = np.floor(exact).astype(int)
    # A stable sort of the remainders: ties go to the first classes.
    first = np.argsort(counts - exact, kind="stable")
    counts[first[: n_test - counts.sum()]] += 1
    short = classes[(counts == 0) | (counts == sizes)]
    if short.size:
        raise ValueError(
            f"stratify expects every class in both parts; with {n_test} test "
            f"examples of {n}, class {short[0]} would be missing from one"
        )
    test, train = [], []
    for label, n_label in zip(classes, counts, strict=True):
        members = rng.permutation(np.flatnonzero(labels == label))
        test.append(members[:n_label])
        train.append(members[n_label:])
    return (
        rng.permutation(np.concatenate(test)),
        rng.permutation(np.concatenate(train)),
    )
