"""Exercises of the chapter "Generalisation"."""

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def kept_epoch(losses, patience):
    """Return (last, kept): the epoch that training ends in, and the best.

    losses: the validation loss after each epoch, a list of at least one
        number; the first is that of epoch 1. More epochs are not allowed.
    patience: a whole number of at least 1.

    Training ends after so many epochs in a row that were not lower than the
    lowest loss before. The weights of the first epoch with the lowest loss
    so far are kept.
    """
    best, kept = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best:
            best, kept = loss, epoch
        if epoch - kept == patience:
            break
    return epoch, kept


def keep_the_last(losses, patience):
    last, _ = kept_epoch(losses, patience)
    return last, last


def keep_the_best_of_all(losses, patience):
    last, _ = kept_epoch(losses, patience)
    return last, int(np.argmin(losses)) + 1


def stop_at_the_first_rise(losses, patience):
    return kept_epoch(losses, 1)


def count_from_zero(losses, patience):
    last, kept = kept_epoch(losses, patience)
    return last - 1, kept - 1


def keep_the_latest_equal(losses, patience):
    best, kept = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if loss <= best:
            best, kept = loss, epoch
        if epoch - kept == patience:
            break
    return epoch, kept


class KeptEpoch(Exercise):
    """Say when early stopping ends, and which weights it keeps."""

    solution = kept_epoch
    hints = (
        "Remember two things between epochs: the lowest loss so far, and the "
        "epoch that it belongs to.",
        "Nothing else has to be counted: epoch minus kept is the number of "
        "epochs without progress.",
        "Stop when `epoch - kept == patience`, and return both.",
    )
    misconceptions = (
        (
            "keeps the weights of the last epoch",
            keep_the_last,
            "The last epochs are those that brought nothing. Go back to the "
            "best one.",
        ),
        (
            "looks into epochs that were never trained",
            keep_the_best_of_all,
            "A better epoch after the end does not exist: training had "
            "stopped before it.",
        ),
        (
            "has no patience",
            stop_at_the_first_rise,
            "This stops at the first epoch without progress. Validation "
            "losses jump; wait for `patience` of them in a row.",
        ),
        (
            "counts epochs from 0",
            count_from_zero,
            "Both numbers are one too small: the first loss is that of "
            "epoch 1.",
        ),
        (
            "takes an equal loss for progress",
            keep_the_latest_equal,
            "An equal loss is no progress: the first of the equal epochs is "
            "kept.",
        ),
    )

    def inputs(self, rng):
        yield [0.9, 0.5, 0.6, 0.7, 0.8, 0.1], 3
        yield [0.9, 0.5, 0.6, 0.4, 0.45, 0.5, 0.3], 2
        yield [0.5, 0.4, 0.4, 0.4, 0.4], 2
        yield [0.9, 0.8, 0.7], 2
        yield [0.3], 1
        for patience in 1, 2, 4:
            losses = np.linspace(1, 0.5, 15) + rng.normal(0, 0.1, size=15)
            yield losses.round(2).tolist(), patience


def penalised_minimum(a, curvature, decay):
    """Return where the loss with an L2 penalty is lowest.

    The loss along one direction is 1/2 * curvature * (w - a)**2, so it is
    lowest at a. The penalty adds 1/2 * decay * w**2.

    a: an array of any shape; curvature: an array of that shape, positive;
    decay: a number of at least 0. Returns an array of that shape.
    """
    return a * curvature / (curvature + decay)


class PenalisedMinimum(Exercise):
    """Find the lowest point of a loss with a penalty on the weight."""

    solution = penalised_minimum
    hints = (
        "At the lowest point the derivative of the sum is zero. Derive both "
        "terms by w.",
        "The derivative is `curvature * (w - a) + decay * w`. Set it to 0 "
        "and solve for w.",
        "So w times the sum of both strengths is `curvature * a`.",
    )
    misconceptions = (
        (
            "shrinks every weight alike",
            lambda a, curvature, decay: a / (1 + decay),
            "This does not ask how much the loss needs the weight. A large "
            "curvature should protect it.",
        ),
        (
            "subtracts the penalty",
            lambda a, curvature, decay: a - decay / curvature,
            "A penalty with the absolute value would subtract something. "
            "The square multiplies.",
        ),
        (
            "turns the shares round",
            lambda a, curvature, decay: a * decay / (curvature + decay),
            "With no penalty the lowest point is a. Here it would be 0.",
        ),
        (
            "forgets the derivative's 2",
            lambda a, curvature, decay: (
                a * curvature / (curvature + decay / 2)
            ),
            "The square gives a factor 2, which takes the one half away. "
            "That holds for both terms.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0, 1.0]), np.array([1.0, 100.0]), 1.0
        yield np.array([2.0]), np.array([3.0]), 0.0
        for shape in (4,), (2, 3):
            curvature = rng.uniform(0.1, 10, shape)
            yield rng.normal(size=shape), curvature, float(rng.uniform(0, 5))


def dropout(x, dy, mask, rate):
    """Return (y, dx) of a dropout layer while training.

    x: (batch, units), what comes in. dy: the gradient of the loss by y, of
        the same shape. mask: of the same shape, True where a unit is kept.
    rate: the share that is dropped, from 0 to below 1.

    What is kept is scaled so that the mean of y over many masks is x.
    """
    scale = mask / (1 - rate)
    return x * scale, dy * scale


class Dropout(Exercise):
    """Write dropout, forward and backward."""

    solution = dropout
    hints = (
        "A mask of True and False multiplies like 1 and 0.",
        "A unit is kept with the probability `1 - rate`. By what must it be "
        "divided so that the mean stays?",
        "The result y is x times a constant, so dx is dy times the same "
        "constant.",
    )
    misconceptions = (
        (
            "does not scale",
            lambda x, dy, mask, rate: (x * mask, dy * mask),
            "The mean of y is now too small by the factor 1 - rate. When "
            "predicting, the next layer would get more than it knows.",
        ),
        (
            "divides by the share that is dropped",
            lambda x, dy, mask, rate: (
                x * mask / max(rate, 1e-9),
                dy * mask / max(rate, 1e-9),
            ),
            "`rate` is the share that is dropped. Divide by the share that "
            "is kept.",
        ),
        (
            "scales forward only",
            lambda x, dy, mask, rate: (x * mask / (1 - rate), dy * mask),
            "y is right. But the gradient goes through the same factor as "
            "x, so it must be scaled too.",
        ),
        (
            "lets the whole gradient through",
            lambda x, dy, mask, rate: (x * mask / (1 - rate), dy + 0.0),
            "y is right. A dropped unit had no say in y, so no gradient "
            "comes back to it.",
        ),
        (
            "drops what should be kept",
            lambda x, dy, mask, rate: (
                x * ~mask / (1 - rate),
                dy * ~mask / (1 - rate),
            ),
            "The mask is True where a unit is kept.",
        ),
    )

    def inputs(self, rng):
        mask = np.array([[True, False]])
        yield np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), mask, 0.5
        for rate in 0.0, 0.2, 0.8:
            x, dy = rng.normal(size=(2, 4, 6))
            yield x, dy, rng.random((4, 6)) >= rate, rate


def batch_norm(x, gamma, beta, epsilon):
    """Return (y, mean, variance) of batch normalisation while training.

    x: (batch, units). gamma, beta: (units,), scale and shift.
    epsilon: a small positive number, added to the variance.

    Each unit is normalised by its mean and its variance over the batch
    (divided by the batch's size), then scaled and shifted. mean and
    variance: (units,).
    """
    mean, variance = x.mean(axis=0), x.var(axis=0)
    n = (x - mean) / np.sqrt(variance + epsilon)
    return gamma * n + beta, mean, variance


def over_the_units(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=1), x.var(axis=1)
    n = (x - mean[:, None]) / np.sqrt(variance + epsilon)[:, None]
    return gamma * n + beta, mean, variance


def by_the_variance(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=0), x.var(axis=0)
    return gamma * (x - mean) / (variance + epsilon) + beta, mean, variance


def by_one_less(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=0), x.var(axis=0) * len(x) / (len(x) - 1)
    n = (x - mean) / np.sqrt(variance + epsilon)
    return gamma * n + beta, mean, variance


def without_gamma(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=0), x.var(axis=0)
    return (x - mean) / np.sqrt(variance + epsilon), mean, variance


def epsilon_outside(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=0), x.var(axis=0)
    n = (x - mean) / (np.sqrt(variance) + epsilon)
    return gamma * n + beta, mean, variance


class BatchNorm(Exercise):
    """Write the forward pass of batch normalisation."""

    solution = batch_norm
    hints = (
        "The statistics belong to a unit: they run over the batch, which is "
        "`axis=0`.",
        "`x.mean(axis=0)` and `x.var(axis=0)` have one number for each unit, "
        "and subtract from the rows by broadcasting.",
        "Divide by `np.sqrt(variance + epsilon)`, then multiply by gamma "
        "and add beta.",
    )
    misconceptions = (
        (
            "normalises each sample",
            over_the_units,
            "These are the statistics of each row. That is layer "
            "normalisation. Here each unit is compared over the batch.",
        ),
        (
            "divides by the variance",
            by_the_variance,
            "Divide by the standard deviation, the root of the variance. "
            "Otherwise the result has no variance of 1.",
        ),
        (
            "divides by one less than the batch",
            by_one_less,
            "The variance is divided by the size of the batch, not by one "
            "less.",
        ),
        (
            "forgets gamma and beta",
            without_gamma,
            "This normalises, but scale and shift are missing. With them "
            "the layer can undo the normalisation.",
        ),
        (
            "adds epsilon outside the root",
            epsilon_outside,
            "Epsilon is added to the variance, inside the root.",
        ),
    )

    def inputs(self, rng):
        x = np.array([[1.0, 2.0], [3.0, 2.0]])
        yield x, np.array([1.0, 2.0]), np.array([0.0, 1.0]), 1e-3
        for size in 2, 8, 32:
            x = rng.normal(2, 3, (size, 4))
            yield x, rng.normal(size=4), rng.normal(size=4), 1e-2


def with_wrong_labels(labels, share, classes, rng):
    """Return a copy of the labels in which a share of them is wrong.

    labels: (n,) class numbers below classes. share: from 0 to 1; round(share
    * n) labels are changed, no more and no less, chosen at random. Each gets
    one of the other classes, all alike likely. rng: a numpy.random.Generator,
    the only source of randomness.
    """
    wrong = labels.copy()
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    other = rng.integers(1, classes, len(chosen))
    wrong[chosen] = (wrong[chosen] + other) % classes
    return wrong


def labels_drawn_anew(labels, share, classes, rng):
    wrong = labels.copy()
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    wrong[chosen] = rng.integers(0, classes, len(chosen))
    return wrong


def first_labels_wrong(labels, share, classes, rng):
    wrong = labels.copy()
    chosen = np.arange(round(share * len(labels)))
    other = rng.integers(1, classes, len(chosen))
    wrong[chosen] = (wrong[chosen] + other) % classes
    return wrong


def next_label_always(labels, share, classes, rng):
    wrong = labels.copy()
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    wrong[chosen] = (wrong[chosen] + 1) % classes
    return wrong


def labels_beyond(labels, share, classes, rng):
    wrong = labels.copy()
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    wrong[chosen] += rng.integers(1, classes, len(chosen))
    return wrong


class WithWrongLabels(Exercise):
    """Make a share of the labels wrong."""

    solution = with_wrong_labels
    hints = (
        "`rng.permutation(n)[:k]` chooses k places, none of them twice.",
        "A wrong label is the right one plus 1 to classes - 1, counted in a "
        "circle.",
        "`(label + rng.integers(1, classes, k)) % classes` is never the "
        "label itself.",
    )
    misconceptions = (
        (
            "sometimes draws the right label",
            labels_drawn_anew,
            "Fewer labels are wrong than asked for: a label drawn from all "
            "classes can be the right one.",
        ),
        (
            "changes the first labels",
            first_labels_wrong,
            "Always the first labels are wrong. Choose the places at random.",
        ),
        (
            "always takes the next class",
            next_label_always,
            "Every wrong label is the next class. A network could learn "
            "that rule; draw among all others.",
        ),
        (
            "leaves the classes",
            labels_beyond,
            "Some labels are no class any more. Count in a circle, with %.",
        ),
    )

    def check(self, answer):
        rng = np.random.default_rng(1)
        for n, share, classes in (200, 0.5, 10), (400, 0.25, 4), (50, 0.0, 3):
            labels = rng.integers(0, classes, n)
            wrong = self.call(answer, labels, share, classes, rng)
            if getattr(wrong, "shape", None) != (n,):
                raise Wrong(f"Expected an array of {n} labels.")
            if not np.isin(wrong, np.arange(classes)).all():
                raise self.wrong("leaves the classes")
            changed = np.flatnonzero(wrong != labels)
            expected = round(share * n)
            if len(changed) and changed[-1] < expected:
                raise self.wrong("changes the first labels")
            if 0.7 * expected < len(changed) < expected:
                raise self.wrong("sometimes draws the right label")
            if len(changed) != expected:
                raise Wrong(
                    f"{len(changed)} of {n} labels are wrong, expected "
                    f"{expected}."
                )
            steps = (wrong - labels)[changed] % classes
            if len(changed) and len(np.unique(steps)) < classes - 1:
                raise self.wrong("always takes the next class")
            once, twice = (
                answer(labels, share, classes, np.random.default_rng(5))
                for _ in range(2)
            )
            if not np.array_equal(once, twice):
                raise Wrong("Take all randomness from rng.")
