"""Exercises of the chapter "The first weights"."""

# ruff: noqa: N803, N806 (weights are W, as in the chapter's formulas)

import numpy as np

from dlcore.exercises.exercise import Exercise, Wrong


def variance_of_sum(n_in, mean_w, var_w, mean_x, var_x):
    """Return the variance of z = w[0] x[0] + ... + w[n_in - 1] x[n_in - 1].

    All the w and x are independent of each other. Each w has the mean
    mean_w and the variance var_w, each x the mean mean_x and the variance
    var_x. The means need not be 0.

    n_in: a whole number of at least 1; the others: numbers, the variances
        not negative.

    Returns a number.
    """
    of_one = (var_w + mean_w**2) * (var_x + mean_x**2) - (mean_w * mean_x) ** 2
    return n_in * of_one


class VarianceOfSum(Exercise):
    """Derive how a weighted sum spreads when the weights have a mean."""

    solution = variance_of_sum
    hints = (
        "Take one product first. The variance of any number q is "
        "E[q²] - (E[q])².",
        "Weight and input are independent, so E[wx] = E[w] E[x] and E[w²x²] = "
        "E[w²] E[x²].",
        "E[w²] is `var_w + mean_w**2`, and likewise for x.",
        "The n_in products are independent of each other here, so their "
        "variances add.",
    )
    misconceptions = (
        (
            "multiplies the variances",
            lambda n, mw, vw, mx, vx: n * vw * vx,
            "The variance of a product is the product of the variances only "
            "if both means are 0.",
        ),
        (
            "takes the formula for weights of mean 0",
            lambda n, mw, vw, mx, vx: n * vw * (vx + mx**2),
            "This is the chapter's formula. It supposes that the weights "
            "have the mean 0; here they need not.",
        ),
        (
            "forgets to subtract the squared mean",
            lambda n, mw, vw, mx, vx: n * (vw + mw**2) * (vx + mx**2),
            "This is the sum of the E[w²x²]. A variance is E[q²] minus the "
            "square of E[q].",
        ),
        (
            "looks at one product only",
            lambda n, mw, vw, mx, vx: variance_of_sum(1, mw, vw, mx, vx),
            "This is the variance of one product. How many of them are "
            "added?",
        ),
        (
            "takes the same product n_in times",
            lambda n, mw, vw, mx, vx: n * variance_of_sum(n, mw, vw, mx, vx),
            "n_in times one and the same number would give the factor "
            "n_in². These are n_in independent numbers.",
        ),
        (
            "gives the standard deviation",
            lambda *given: np.sqrt(variance_of_sum(*given)),
            "This is the standard deviation. The variance is its square.",
        ),
    )

    def inputs(self, rng):
        yield 1, 0.0, 1.0, 0.0, 1.0
        yield 100, 0.5, 0.04, 2.0, 0.25
        yield 4, 0.0, 0.25, 3.0, 0.0
        for n_in in 2, 16, 784:
            mean_w, mean_x = rng.normal(size=2)
            var_w, var_x = rng.uniform(0.1, 2, size=2)
            yield n_in, mean_w, var_w, mean_x, var_x


def count_distinct_units(W, b):
    """Return how many different units a tanh layer has, turned ones as one.

    W: (inputs, units), one unit in each column; b: (units,), at least one
        unit.

    Two units are the same if their weights and their bias agree when they
    are rounded to 6 decimals. They also count as the same if they agree
    after all signs of one of them are turned: tanh(-z) is -tanh(z), and
    the next layer can turn it back.

    Returns a whole number.
    """
    units = np.vstack([W, b]).T.round(6) + 0.0  # + 0.0: no -0.0
    turned = [max(tuple(unit), tuple(0.0 - unit)) for unit in units]
    return len(set(turned))


def count_columns(W, b):
    return np.unique(np.vstack([W, b]).round(6) + 0.0, axis=1).shape[1]


def count_without_biases(W, b):
    return count_distinct_units(W, np.zeros_like(b))


def count_exactly(W, b):
    units = np.vstack([W, b]).T + 0.0
    return len({max(tuple(unit), tuple(0.0 - unit)) for unit in units})


class CountDistinctUnits(Exercise):
    """Count the units of a layer that do different work."""

    solution = count_distinct_units
    hints = (
        "A unit is a column of W with its entry of b. `np.vstack([W, b]).T` "
        "has one unit in each row.",
        "Round first. Of a unit and its turned twin choose one by a rule, "
        "for example the larger of the two tuples.",
        "`len(set(...))` counts different tuples. Note that 0.0 and -0.0 "
        "are equal.",
    )
    misconceptions = (
        (
            "counts turned units twice",
            count_columns,
            "A unit whose weights and bias all have the other sign gives "
            "-tanh(z). It does the same work.",
        ),
        (
            "forgets the biases",
            count_without_biases,
            "Two units with the same weights and different biases differ: "
            "their borders are parallel, not equal.",
        ),
        (
            "takes away every sign",
            lambda W, b: count_columns(np.abs(W), np.abs(b)),
            "Turning a unit turns all its signs together. Units with "
            "weights (1, 1) and (1, -1) differ.",
        ),
        (
            "compares down to the last digit",
            count_exactly,
            "These units differ only by rounding. Round to 6 decimals "
            "before you compare.",
        ),
        (
            "counts rows",
            lambda W, b: count_distinct_units(W.T, np.zeros(len(W))),
            "A row of W holds one input's weights to all units. A unit is a "
            "column.",
        ),
        (
            "takes the rank",
            lambda W, b: int(np.linalg.matrix_rank(np.vstack([W, b]))),
            "The rank counts independent directions. Three different units "
            "on two inputs can have rank 2.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[0.5, 0.5], [0.5, 0.5]]), np.zeros(2)
        yield np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([0.5, -0.5])
        yield np.array([[1.0, 1.0], [1.0, -1.0]]), np.zeros(2)
        yield np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.5, -0.5])
        yield np.array([[1.0, 1.0 + 1e-9], [0.0, -1e-9]]), np.zeros(2)
        for inputs, different in (2, 3), (3, 8), (5, 4):
            W = rng.normal(size=(inputs, different))
            b = rng.normal(size=different)
            which = rng.integers(different, size=12)
            signs = rng.choice([-1.0, 1.0], size=12)
            yield W[:, which] * signs, b[which] * signs


def glorot_uniform(shape, rng):
    """Return the first weights of a layer, drawn as Glorot & Bengio do.

    shape: (n_in, n_out), the numbers of inputs and units.
    rng: a numpy.random.Generator, the only source of randomness.

    Returns an array of that shape. Its values are uniform between -a and
    a, with the a that makes their variance 2 / (n_in + n_out).
    """
    n_in, n_out = shape
    limit = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, shape)


def uniform(limit):
    """An initializer that draws between -limit(n_in, n_out) and it."""
    return lambda shape, rng: rng.uniform(-limit(*shape), limit(*shape), shape)


def normal(spread):
    """An initializer with the standard deviation spread(n_in, n_out)."""
    return lambda shape, rng: rng.normal(0, spread(*shape), shape)


def drawn(exercise, answer, shape):
    """What the answer draws, once its shape and its randomness are right."""
    rngs = [np.random.default_rng(seed) for seed in (7, 7, 8)]
    results = [exercise.call(answer, shape, rng) for rng in rngs]
    for W in results:
        if not isinstance(W, np.ndarray) or W.shape != shape:
            received = getattr(W, "shape", type(W).__name__)
            raise Wrong(
                f"For the shape {shape} an array of that shape is expected, "
                f"received {received}."
            )
        if W.dtype.kind != "f" or not np.isfinite(W).all():
            raise Wrong("The weights must be finite decimal numbers.")
    W, again, second = results
    if not np.array_equal(W, again):
        raise exercise.wrong("takes its randomness elsewhere")
    if np.array_equal(W, second):
        raise exercise.wrong("gives the same weights each time")
    return W


def check_spread(exercise, W, right, others):
    """The standard deviation is `right`, or that of a known mistake.

    That of 120,000 draws is right to better than 1 %.
    """
    for name, spread in others.items():
        if abs(W.std() / spread - 1) < 0.02:
            raise exercise.wrong(name)
    if abs(W.std() / right - 1) > 0.02:
        raise Wrong(
            f"For the shape {W.shape} the standard deviation should be "
            f"{right:.4f}; yours is {W.std():.4f}."
        )
    if abs(W.mean()) > 0.02 * right:
        raise Wrong(f"The mean should be 0; yours is {W.mean():.4f}.")


ELSEWHERE = (
    "takes its randomness elsewhere",
    lambda shape, rng: np.random.default_rng().uniform(-1, 1, shape),
    "Two generators in the same state gave different weights: take all "
    "randomness from rng.",
)
SAME = (
    "gives the same weights each time",
    lambda shape, rng: np.random.default_rng(0).uniform(-1, 1, shape),
    "Two generators in different states gave the same weights: draw from "
    "rng.",
)


class GlorotUniform(Exercise):
    """Write Keras's default initializer for Dense layers."""

    solution = glorot_uniform
    hints = (
        "Uniform between -a and a has the variance a²/3. Which a gives "
        "2 / (n_in + n_out)?",
        "Solved for a: a² = 3 · 2 / (n_in + n_out), so a is the square root "
        "of 6 / (n_in + n_out).",
        "`rng.uniform(low, high, shape)` draws the whole array.",
    )
    misconceptions = (
        (
            "takes the standard deviation for the bound",
            uniform(lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
            "The bound here is the standard deviation that was asked for. "
            "Uniform values reach further out: by the factor √3.",
        ),
        (
            "takes the variance for the bound",
            uniform(lambda n_in, n_out: 2 / (n_in + n_out)),
            "The bound here is the variance itself. A bound has the unit of "
            "a weight, a variance that of its square.",
        ),
        (
            "looks at the inputs only",
            uniform(lambda n_in, n_out: np.sqrt(6 / n_in)),
            "This spread depends on n_in alone: it is He's. Glorot's takes "
            "the inputs and the outputs.",
        ),
        (
            "draws positive weights only",
            lambda shape, rng: np.abs(glorot_uniform(shape, rng)),
            "These weights are all positive, so their mean is not 0, and "
            "the sums grow with n_in, not with its root. Draw between -a "
            "and a.",
        ),
        (
            "draws normal values",
            normal(lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
            "The spread is right, but some values lie beyond the bound a: "
            "these are not uniform.",
        ),
        ELSEWHERE,
        SAME,
    )

    def check(self, answer):
        for shape in (1, 1), (3, 2), (600, 200), (200, 600):
            W = drawn(self, answer, shape)
            if W.size < 1000:
                continue
            n_in, n_out = shape
            right = np.sqrt(2 / (n_in + n_out))
            if W.min() >= 0:
                raise self.wrong("draws positive weights only")
            mistakes = {
                "takes the standard deviation for the bound": right / 3**0.5,
                "takes the variance for the bound": right**2 / 3**0.5,
                "looks at the inputs only": np.sqrt(2 / n_in),
            }
            check_spread(self, W, right, mistakes)
            if np.abs(W).max() > 1.001 * right * 3**0.5:
                raise self.wrong("draws normal values")


def he_normal(shape, rng):
    """Return the first weights of a relu layer, drawn as He et al. do.

    shape: (n_in, n_out), the numbers of inputs and units.
    rng: a numpy.random.Generator, the only source of randomness.

    Returns an array of that shape. Its values are normal with the mean 0
    and the variance 2 / n_in, and need not be cut off.
    """
    return rng.normal(0, np.sqrt(2 / shape[0]), shape)


class HeNormal(Exercise):
    """Write the initializer for relu layers."""

    solution = he_normal
    hints = (
        "`rng.normal(mean, spread, shape)` wants the standard deviation, "
        "not the variance.",
        "The standard deviation is the square root of 2 / n_in, and n_in is "
        "`shape[0]`.",
    )
    misconceptions = (
        (
            "passes the variance",
            normal(lambda n_in, n_out: 2 / n_in),
            "2 / n_in is the variance. rng.normal expects the standard "
            "deviation, its root.",
        ),
        (
            "looks at the outputs",
            normal(lambda n_in, n_out: np.sqrt(2 / n_out)),
            "This spread depends on n_out. A unit adds over its inputs: "
            "shape is (n_in, n_out).",
        ),
        (
            "forgets that relu cuts half away",
            normal(lambda n_in, n_out: np.sqrt(1 / n_in)),
            "The variance 1 / n_in is right without an activation. relu "
            "halves the mean square, which the 2 makes good.",
        ),
        (
            "takes Glorot's variance",
            normal(lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
            "This is Glorot's compromise, 2 / (n_in + n_out). He's is "
            "2 / n_in.",
        ),
        (
            "draws uniform values",
            uniform(lambda n_in, n_out: np.sqrt(6 / n_in)),
            "The spread is right, but no value lies beyond √3 of it: these "
            "are uniform, not normal.",
        ),
        ELSEWHERE,
        SAME,
    )

    def check(self, answer):
        for shape in (1, 1), (3, 2), (600, 200), (200, 600):
            W = drawn(self, answer, shape)
            if W.size < 1000:
                continue
            n_in, n_out = shape
            right = np.sqrt(2 / n_in)
            mistakes = {
                "passes the variance": right**2,
                "looks at the outputs": np.sqrt(2 / n_out),
                "forgets that relu cuts half away": np.sqrt(1 / n_in),
                "takes Glorot's variance": np.sqrt(2 / (n_in + n_out)),
            }
            check_spread(self, W, right, mistakes)
            if np.abs(W).max() < right * 1.8:
                raise self.wrong("draws uniform values")
