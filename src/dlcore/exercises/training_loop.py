"""Exercises of the chapter "The training loop"."""

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def gradient_step(parameters, gradients, learning_rate):
    """Return the parameters after one step of gradient descent.

    parameters: list of arrays, such as [W, b, V, c].
    gradients: list of arrays; gradients[i] is the derivative of the loss
        with respect to parameters[i] and has its shape.
    learning_rate: a positive number.

    Returns a new list of new arrays; the arrays given stay as they are.
    """
    return [
        parameter - learning_rate * gradient
        for parameter, gradient in zip(parameters, gradients, strict=True)
    ]


def step_in_place(parameters, gradients, learning_rate):
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter -= learning_rate * gradient
    return parameters


class GradientStep(Exercise):
    """Take one step of gradient descent on a list of arrays."""

    solution = gradient_step
    hints = (
        "The gradient points to where the loss grows fastest. "
        "We want to go the other way.",
        "For one array the step is `parameter - learning_rate * gradient`.",
        "`zip(parameters, gradients)` gives each array with its gradient. "
        "`a - b` makes a new array, `a -= b` changes the old one.",
    )
    misconceptions = (
        (
            "climbs",
            lambda ps, gs, rate: [p + rate * g for p, g in zip(ps, gs)],
            "This goes uphill: adding the gradient makes the loss larger. "
            "Which sign goes down?",
        ),
        (
            "forgets the learning rate",
            lambda ps, gs, rate: [p - g for p, g in zip(ps, gs)],
            "The direction is right, but the learning rate has no effect. "
            "It scales the gradient.",
        ),
        (
            "returns the step instead of the place",
            lambda ps, gs, rate: [-rate * g for g in gs],
            "This is only the step. Where do the parameters end up "
            "after taking it?",
        ),
        (
            "updates the first array only",
            lambda ps, gs, rate: [ps[0] - rate * gs[0], *ps[1:]],
            "Only the first array moves. Biases and later layers learn too.",
        ),
        (
            "changes the arrays in place",
            step_in_place,
            "gradient_step changes its input in place: the argument "
            "parameters is no longer what it was. Build new arrays.",
        ),
    )

    def inputs(self, rng):
        yield [np.array([1.0])], [np.array([0.5])], 0.1
        yield [np.zeros(3), np.ones(2)], [np.ones(3), np.zeros(2)], 1.0
        for rate in 0.01, 0.5, 2.0:
            shapes = [(2, 8), (8,), (8, 1), (1,)]
            values = [rng.normal(size=shape) for shape in shapes]
            slopes = [rng.normal(size=shape) for shape in shapes]
            yield values, slopes, rate


def mean_squared_error_gradient(y_true, y_pred):
    """Return the derivative of the mean squared error.

    The loss is the mean of (y_pred - y_true)**2 over all N elements, in
    all axes: L = 1/N * sum((y_pred - y_true)**2).

    y_true, y_pred: arrays of the same shape, such as (batch, outputs).

    Returns dL/dy_pred, an array of that shape: its element i says how fast
    L grows when only y_pred's element i grows.
    """
    return 2 * (y_pred - y_true) / y_pred.size


class MeanSquaredErrorGradient(Exercise):
    """Derive the gradient of the mean squared error by hand."""

    solution = mean_squared_error_gradient
    hints = (
        "Take one element first. What is the derivative of $(p - t)^2$ "
        "with respect to $p$?",
        "By the chain rule it is $2 (p - t)$. The other elements of "
        "`y_pred` do not occur in this term.",
        "The loss has a factor $1/N$ in front of the sum, and so has its "
        "derivative. `y_pred.size` is $N$.",
    )
    misconceptions = (
        (
            "has the wrong sign",
            lambda t, p: 2 * (t - p) / p.size,
            "The sign is wrong: where y_pred is too large, the loss grows "
            "with it, so the gradient is positive there.",
        ),
        (
            "lacks the factor 2",
            lambda t, p: (p - t) / p.size,
            "This is half of the gradient. What happens to the exponent of "
            "a square when you derive it?",
        ),
        (
            "lacks the division by N",
            lambda t, p: 2 * (p - t),
            "This is the gradient of the sum of the squares. The loss is "
            "their mean.",
        ),
        (
            "divides by the rows only",
            lambda t, p: 2 * (p - t) / len(p),
            "This divides by the number of rows. The mean runs over all "
            "elements, outputs included.",
        ),
        (
            "returns the loss",
            lambda t, p: np.mean((p - t) ** 2),
            "This is the loss itself, one number. Its gradient has one "
            "number for each element of y_pred.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0]), np.array([3.0])
        yield np.ones((2, 2)), np.ones((2, 2))
        for shape in (5,), (4, 1), (4, 3), (2, 3, 2):
            yield rng.normal(size=shape), rng.normal(size=shape)


def stopping_epoch(losses, threshold, patience):
    """Return (epoch, rule): when training stops, and which rule stops it.

    losses: the loss after each epoch, a list of at least one number. The
        first is that of epoch 1; the budget is len(losses) epochs.
    threshold: a number.
    patience: a whole number of at least 1.

    After each epoch these rules are asked, in this order:
    "threshold": the loss is at most the threshold.
    "patience": for this many epochs in a row the loss was not lower than
        the lowest one before.
    "budget": this was the last epoch.
    """
    best, waited = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if loss <= threshold:
            return epoch, "threshold"
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            return epoch, "patience"
    return len(losses), "budget"


def stop_against_the_previous_loss(losses, threshold, patience):
    previous, waited = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if loss <= threshold:
            return epoch, "threshold"
        waited = 0 if loss < previous else waited + 1
        previous = loss
        if waited == patience:
            return epoch, "patience"
    return len(losses), "budget"


def stop_without_starting_over(losses, threshold, patience):
    best, waited = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if loss <= threshold:
            return epoch, "threshold"
        waited += loss >= best
        best = min(best, loss)
        if waited == patience:
            return epoch, "patience"
    return len(losses), "budget"


def stop_after_equal_losses_too_late(losses, threshold, patience):
    best, waited = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if loss <= threshold:
            return epoch, "threshold"
        waited = 0 if loss <= best else waited + 1
        best = min(best, loss)
        if waited == patience:
            return epoch, "patience"
    return len(losses), "budget"


def stop_counting_from_zero(losses, threshold, patience):
    epoch, rule = stopping_epoch(losses, threshold, patience)
    return epoch - 1, rule


class StoppingEpoch(Exercise):
    """Say in which epoch training stops, and which rule stops it."""

    solution = stopping_epoch
    hints = (
        "Walk through the losses with `enumerate(losses, start=1)` and "
        "return at the first rule that fires.",
        "Two variables are enough between epochs: the lowest loss so far, "
        "and how many epochs in a row did not get below it.",
        "A new lowest loss sets the count back to 0; any other epoch adds "
        "1. If the loop ends without a return, the budget is used up.",
    )
    misconceptions = (
        (
            "counts epochs from 0",
            stop_counting_from_zero,
            "The rule is right but the epoch is one too small: the first "
            "loss belongs to epoch 1.",
        ),
        (
            "compares with the previous loss",
            stop_against_the_previous_loss,
            "This compares with the loss just before. A loss that jumps up "
            "and creeps down again looks like progress that way; compare "
            "with the lowest loss so far.",
        ),
        (
            "never starts the count over",
            stop_without_starting_over,
            "The bad epochs must come in a row: a new lowest loss sets "
            "their count back to 0.",
        ),
        (
            "takes an equal loss for progress",
            stop_after_equal_losses_too_late,
            "A loss equal to the lowest one is no progress: the count goes "
            "on.",
        ),
        (
            "waits one epoch too long",
            lambda losses, threshold, patience: stopping_epoch(
                losses, threshold, patience + 1
            ),
            "With patience p, training stops in the p-th epoch in a row "
            "without progress, not in the one after it.",
        ),
        (
            "stops only below the threshold",
            lambda losses, threshold, patience: stopping_epoch(
                losses, np.nextafter(threshold, -np.inf), patience
            ),
            "A loss equal to the threshold is at most the threshold: "
            "training stops.",
        ),
    )

    def inputs(self, rng):
        yield [0.9, 0.5, 0.2, 0.1], 0.25, 3
        yield [0.9, 0.5, 0.25, 0.1], 0.25, 3
        yield [0.9, 0.5, 0.6, 0.7, 0.1], 0.25, 2
        yield [0.9, 0.5, 0.7, 0.6, 0.58, 0.55], 0.25, 3
        yield [0.9, 0.95, 0.8, 0.85, 0.7, 0.75], 0.25, 2
        yield [0.5, 0.5, 0.5, 0.5], 0.25, 2
        yield [0.9, 0.8, 0.7], 0.25, 1
        yield [0.1], 0.25, 1
        for patience in 1, 2, 3, 5:
            losses = np.linspace(1, 0.4, 20) + rng.normal(0, 0.05, size=20)
            yield losses.round(2).tolist(), 0.45, patience


def minibatches(n, batch_size, rng):
    """Yield the indices of one epoch's mini-batches.

    n: how many samples there are, at least 1.
    batch_size: how many of them a batch holds, at least 1.
    rng: a numpy.random.Generator, the only source of randomness: the same
        generator state gives the same batches, the next call others.

    Yields arrays of integers below n. Together they hold each sample once,
    in random order. All have batch_size entries; only the last one has
    fewer where batch_size does not divide n.
    """
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


def batches_in_order(n, batch_size, rng):
    return np.split(np.arange(n), range(batch_size, n, batch_size))


def batches_without_the_last(n, batch_size, rng):
    order = rng.permutation(n)
    return [
        order[i * batch_size : (i + 1) * batch_size]
        for i in range(n // batch_size)
    ]


def batches_drawn_again(n, batch_size, rng):
    sizes = [len(batch) for batch in batches_in_order(n, batch_size, rng)]
    return [rng.integers(n, size=size) for size in sizes]


def batches_of_neighbours(n, batch_size, rng):
    batches = batches_in_order(n, batch_size, rng)
    return [batches[i] for i in rng.permutation(len(batches))]


def batches_not_from_rng(n, batch_size, rng):
    return minibatches(n, batch_size, np.random.default_rng())


class Minibatches(Exercise):
    """Cut one epoch into shuffled mini-batches."""

    solution = minibatches
    hints = (
        "Shuffle first, cut afterwards. `rng.permutation(n)` is the numbers "
        "0 to n - 1 in random order.",
        "`range(0, n, batch_size)` gives the start of each batch.",
        "`order[start : start + batch_size]` may reach beyond the end: "
        "NumPy then gives what is left, which is the smaller last batch.",
    )
    misconceptions = (
        (
            "keeps the samples in order",
            batches_in_order,
            "The samples come in their stored order. Data sets are often "
            "sorted by class; shuffle before you cut.",
        ),
        (
            "drops the last batch",
            batches_without_the_last,
            "Some samples are never seen: keep the smaller batch at the "
            "end too.",
        ),
        (
            "draws with replacement",
            batches_drawn_again,
            "Some samples come twice in an epoch and others never. Draw "
            "without replacement.",
        ),
        (
            "shuffles the batches, not the samples",
            batches_of_neighbours,
            "The batches change places, but neighbours stay together in "
            "them. Shuffle the samples.",
        ),
        (
            "takes its randomness elsewhere",
            batches_not_from_rng,
            "Two generators in the same state gave different batches: take "
            "all randomness from rng.",
        ),
        (
            "returns the same order each time",
            lambda n, batch_size, rng: minibatches(
                n, batch_size, np.random.default_rng(0)
            ),
            "A second epoch with the same rng has the same order. Let rng "
            "move on instead of making a new generator.",
        ),
    )

    def check(self, answer):
        for n, size in (12, 4), (10, 4), (101, 10), (50, 8), (3, 5), (1, 1):
            rng = np.random.default_rng(n)
            first, second = (self.epoch(answer, n, size, rng) for _ in "12")
            again = self.epoch(answer, n, size, np.random.default_rng(n))
            if n > 9:
                self.check_order(first, second, again, size)

    def epoch(self, answer, n, size, rng):
        """The indices of one epoch, once its batches are the right ones."""
        batches = self.call(answer, n, size, rng)
        what = f"for n = {n} and batch_size = {size}"
        if not isinstance(batches, list | tuple) or not all(
            isinstance(batch, np.ndarray)
            and batch.ndim == 1
            and np.issubdtype(batch.dtype, np.integer)
            for batch in batches
        ):
            raise Wrong(
                "Expected batches that are arrays of integers with one axis, "
                f"received something else {what}."
            )
        order = np.concatenate([np.zeros(0, int), *batches])
        if len(np.unique(order)) < len(order):
            raise self.wrong("draws with replacement")
        if set(order) < set(range(n)):
            raise self.wrong("drops the last batch")
        if set(order) != set(range(n)):
            raise Wrong(f"Indices must be 0 to n - 1; not so {what}.")
        sizes = [len(batch) for batch in batches]
        expected = [len(part) for part in batches_in_order(n, size, rng)]
        if sizes != expected:
            raise Wrong(
                f"The batches have the sizes {sizes} {what}, "
                f"expected {expected}."
            )
        return order

    def check_order(self, first, second, again, size):
        """Shuffled, anew in each epoch, and the same from the same state."""
        n = len(first)
        if np.array_equal(first, np.arange(n)):
            raise self.wrong("keeps the samples in order")
        together = np.diff(first) == 1
        if together.mean() > 1 - 2 / size:
            raise self.wrong("shuffles the batches, not the samples")
        if not np.array_equal(first, again):
            raise self.wrong("takes its randomness elsewhere")
        if np.array_equal(first, second):
            raise self.wrong("returns the same order each time")
