"""Exercises of the chapter "Activation functions"."""

from math import erf

import numpy as np

from dlcore.exercises.exercise import Exercise


def sigmoid_slope(y):
    """Return the slope of the sigmoid where its output is y.

    y: an array of outputs, y = 1 / (1 + exp(-z)), each between 0 and 1.
        The z that made them is not known any more.

    Returns dy/dz, an array of the shape of y.
    """
    return y * (1 - y)


class SigmoidSlope(Exercise):
    """Derive the slope of the sigmoid from its output."""

    solution = sigmoid_slope
    hints = (
        "Write $y = (1 + e^{-z})^{-1}$ and use the chain rule: "
        "$dy/dz = (1 + e^{-z})^{-2} e^{-z}$.",
        "One factor $(1 + e^{-z})^{-1}$ is $y$. What is left is "
        "$e^{-z} / (1 + e^{-z})$. Add and subtract 1 in its numerator.",
        "What is left is $1 - y$.",
    )
    misconceptions = (
        (
            "applies the sigmoid once more",
            lambda y: np.exp(-y) / (1 + np.exp(-y)) ** 2,
            "This is the slope at z = y: it takes the output for an input. "
            "The sigmoid has been applied already.",
        ),
        (
            "gives the slope of tanh",
            lambda y: 1 - y * y,
            "1 - y^2 belongs to tanh. Its outputs run from -1 to 1, those "
            "of the sigmoid from 0 to 1.",
        ),
        (
            "has the wrong sign",
            lambda y: y * (y - 1),
            "The sigmoid never falls, so its slope is never negative. "
            "Where did a minus get lost? The inner function is -z.",
        ),
        (
            "forgets one factor",
            lambda y: 1 - y,
            "This is only the factor that is left after y has been taken "
            "out. At y = 0 the slope must be 0 as well.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([0.5]),)
        yield (np.array([0.0, 0.01, 0.99, 1.0]),)
        yield (rng.uniform(size=(3, 4)),)


def log_sum_exp(z):
    """Return log(sum(exp(z))) over the last axis, for z of any size.

    z: (n, classes) finite numbers, such as a thousand or minus a thousand.

    Returns (n,) numbers; nothing overflows and nothing becomes log(0).
    """
    largest = z.max(axis=-1, keepdims=True)
    total = np.exp(z - largest).sum(axis=-1)
    return np.log(total) + largest[:, 0]


class LogSumExp(Exercise):
    """Take the logarithm of a sum of exponentials without overflow."""

    solution = log_sum_exp
    hints = (
        "With $m$ the largest of the $z_k$, $e^{z_k} = e^m e^{z_k - m}$. "
        "Take $e^m$ out of the sum.",
        "The logarithm of a product is a sum: "
        "$m + \\log \\sum_k e^{z_k - m}$. No exponent is positive now, and "
        "one of them is 0.",
        "`z.max(axis=-1, keepdims=True)` has the shape (n, 1), which can be "
        "subtracted from z. Add it back with the shape (n,).",
    )
    misconceptions = (
        (
            "computes it as it is written",
            lambda z: np.log(np.exp(z).sum(axis=-1)),
            "This is the formula as it is written. exp(1000) is infinite, "
            "and exp(-1000) is 0, whose logarithm is minus infinity. Take "
            "the largest z out first.",
        ),
        (
            "does not add the largest back",
            lambda z: np.log(
                np.exp(z - z.max(axis=-1, keepdims=True)).sum(axis=-1)
            ),
            "Nothing overflows, but the largest z is missing: what was "
            "taken out of the sum must be added again.",
        ),
        (
            "takes the largest instead of the sum",
            lambda z: z.max(axis=-1),
            "This is only the largest z. It comes close where one z towers "
            "over the others; for two equal ones log(2) is missing.",
        ),
        (
            "sums over the samples",
            lambda z: np.log(np.exp(z - z.max(axis=0)).sum(axis=0))
            + z.max(axis=0),
            "The sum runs over the classes of one sample, which stand in a "
            "row: the last axis.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([[0.0, 0.0]]),)
        yield (np.array([[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -999.0]]),)
        yield (rng.normal(size=(5, 3)),)
        yield (rng.normal(scale=500, size=(4, 10)),)


def dead_units(outputs):
    """Return how many units of a relu layer are dead for these samples.

    outputs: (n, units) numbers, one row for each sample; none of them is
        negative.

    A unit is dead if it gives 0 for every sample. Returns an int.
    """
    return int((outputs == 0).all(axis=0).sum())


class DeadUnits(Exercise):
    """Count the units of a layer that answer to nothing."""

    solution = dead_units
    hints = (
        "One column of outputs is one unit, one row is one sample.",
        "`outputs == 0` says for each sample and unit whether the unit is "
        "silent. `all` over one axis says whether it always is.",
        "`(outputs == 0).all(axis=0)` has one truth value for each unit. "
        "Count the true ones with `sum`.",
    )
    misconceptions = (
        (
            "counts silences",
            lambda h: int((h == 0).sum()),
            "This counts every silence of every unit. A unit that is silent "
            "for some samples is no failure: that is how relu works.",
        ),
        (
            "asks for one silent sample",
            lambda h: int((h == 0).any(axis=0).sum()),
            "This counts units that are silent for at least one sample. A "
            "dead unit is silent for all of them.",
        ),
        (
            "counts samples",
            lambda h: int((h == 0).all(axis=1).sum()),
            "This counts the samples for which no unit answers. Units are "
            "columns.",
        ),
        (
            "looks at the mean of the layer",
            lambda h: int(h.shape[1] * (h.mean() == 0)),
            "This asks whether the whole layer is silent. Ask each unit.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]),)
        yield (np.zeros((3, 4)),)
        yield (np.ones((4, 2)),)
        for units in 5, 40:
            bias = rng.normal(0, 3, size=units)
            yield (np.maximum(rng.normal(size=(30, units)) + bias, 0),)


def gelu_slope(z):
    """Return the slope of gelu, y = z Phi(z), at z.

    z: (n,) numbers. Phi(z) = (1 + erf(z / sqrt(2))) / 2 is the share of a
        standard normal distribution that lies below z; math.erf has erf
        for one number.

    Returns dy/dz, (n,) numbers.
    """
    share = (1 + np.array([erf(value / 2**0.5) for value in z])) / 2
    bell = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return share + z * bell


def _phi(z):
    return (1 + np.array([erf(value / 2**0.5) for value in z])) / 2


class GeluSlope(Exercise):
    """Derive the slope of gelu."""

    solution = gelu_slope
    hints = (
        "`gelu` is a product of $z$ and $\\Phi(z)$: use the product rule.",
        "The derivative of a share below z is the density at z: "
        "$\\Phi'(z) = e^{-z^2/2} / \\sqrt{2 \\pi}$.",
        "$\\Phi(z) + z\\, \\Phi'(z)$. For the first term, "
        "`np.array([erf(v / 2**0.5) for v in z])`, after "
        "`from math import erf`.",
    )
    misconceptions = (
        (
            "forgets that the share changes too",
            _phi,
            "This is one half of the product rule. When z grows, the share "
            "Phi(z) grows with it.",
        ),
        (
            "forgets the other half",
            lambda z: z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
            "This is the term z Phi'(z) alone. At z = 0 gelu has the slope "
            "one half, not 0.",
        ),
        (
            "leaves the bell unscaled",
            lambda z: _phi(z) + z * np.exp(-(z**2) / 2),
            "The bell exp(-z^2/2) has the area sqrt(2 pi). A density has "
            "the area 1.",
        ),
        (
            "gives the slope of silu",
            lambda z: (1 + np.exp(-z) * (1 + z)) / (1 + np.exp(-z)) ** 2,
            "This is silu's slope: z times a sigmoid. gelu's share is that "
            "of the normal distribution.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([0.0]),)
        yield (np.array([-3.0, -1.0, 1.0, 3.0]),)
        yield (rng.normal(0, 2, size=20),)
