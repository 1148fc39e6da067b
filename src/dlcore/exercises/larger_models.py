"""Exercises of the chapter "Larger models"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def sample(logits, temperature, u):
    """Return the number of the character that u picks.

    logits: (characters,), any numbers. temperature: above 0.
    u: a random number, 0 <= u < 1.

    The probabilities are softmax(logits / temperature). Lay them end to
    end, from the first to the last, on the line from 0 to 1: u falls into
    one of them.
    """
    z = (logits - logits.max()) / temperature
    p = np.exp(z) / np.exp(z).sum()
    return int((p.cumsum() <= u).sum().clip(0, len(p) - 1))


def picked(probabilities):
    """u picks from these probabilities."""

    def wrong(logits, temperature, u):
        p = probabilities(logits, temperature)
        return int((p.cumsum() <= u).sum().clip(0, len(p) - 1))

    return wrong


def softmax(z):
    p = np.exp(z - z.max())
    return p / p.sum()


class Sample(Exercise):
    """Draw the next character."""

    solution = sample
    hints = (
        "Divide the logits by the temperature first. Then the softmax as "
        "ever: subtract the largest, raise e to them, divide by the sum.",
        "`p.cumsum()` holds the right ends of the pieces on the line. Which "
        "piece holds u?",
        "Count the right ends that are not larger than u: "
        "`(p.cumsum() <= u).sum()`. Rounding may leave the last end just "
        "below 1, so go no further than the last number.",
    )
    misconceptions = (
        (
            "multiplies by the temperature",
            picked(lambda z, heat: softmax(z * heat)),
            "You multiply by it. A high temperature makes the probabilities "
            "more equal, so the logits must become smaller.",
        ),
        (
            "forgets the temperature, or divides too late",
            picked(lambda z, heat: softmax(z)),
            "The temperature changes nothing in your function. If you divide "
            "the probabilities by it and make their sum 1 again, the two "
            "cancel. Divide the logits, before the softmax.",
        ),
        (
            "takes the likeliest",
            lambda logits, temperature, u: int(logits.argmax()),
            "You always take the likeliest character. u is to decide: each "
            "character as often as its probability says.",
        ),
    )

    def inputs(self, rng):
        yield np.array([2.0, 1.0, 0.0]), 1.0, 0.7
        yield np.array([2.0, 1.0, 0.0]), 0.5, 0.7
        yield np.array([2.0, 1.0, 0.0]), 4.0, 0.7
        yield np.array([0.0, 900.0, 901.0]), 1.0, 0.2
        yield np.array([1.0, 1.0]), 2.0, 0.0
        for temperature in (0.4, 1.0, 2.5):
            for u in rng.random(4):
                yield rng.normal(0, 2, size=6), temperature, float(u)


def fit_power_law(sizes, losses):
    """Return (a, b) of the power law L = a N^-b that fits best.

    sizes, losses: (models,), all above 0; the N and the L of each model.
    Best means: the sum of the squared differences between log L and its
    line over log N is the smallest.
    """
    slope, start = np.polyfit(np.log(sizes), np.log(losses), 1)
    return float(np.exp(start)), float(-slope)


def line(x, y):
    slope, start = np.polyfit(x, y, 1)
    return float(start), float(-slope)


def wrong_sign(sizes, losses):
    a, b = fit_power_law(sizes, losses)
    return a, -b


class FitPowerLaw(Exercise):
    """Fit a power law."""

    solution = fit_power_law
    hints = (
        "Take the logarithm of both sides: log L = log a - b log N.",
        "That is a straight line over log N. `np.polyfit(x, y, 1)` returns "
        "its slope and where it starts.",
        "The slope is -b, and the start is log a, not a.",
    )
    misconceptions = (
        (
            "returns the slope as it is",
            wrong_sign,
            "Your b has the wrong sign. The formula has a minus in front of "
            "b, and the slope of the line is -b.",
        ),
        (
            "returns log a",
            lambda sizes, losses: line(np.log(sizes), np.log(losses)),
            "Where the line starts is log a. Raise e to it.",
        ),
        (
            "takes one logarithm only",
            lambda sizes, losses: line(np.log(sizes), losses),
            "You took the logarithm of the sizes alone. Such a line goes "
            "below zero one day. A power law is straight if both sides are "
            "logarithms.",
        ),
        (
            "takes no logarithm",
            line,
            "You fitted a straight line to the numbers themselves. Take the "
            "logarithm of both sides first.",
        ),
    )

    def inputs(self, rng):
        yield np.array([10.0, 100.0, 1000.0]), np.array([4.0, 2.0, 1.0])
        sizes = 4.0 ** np.arange(2, 7)
        yield sizes, 5 * sizes**-0.25
        yield sizes, np.full(5, 3.0)
        for _ in range(3):
            yield sizes, 4 * sizes**-0.1 * rng.uniform(0.9, 1.1, size=5)


def block_parameters(d, heads):
    """Return how many numbers a transformer block of width d learns.

    d: the width. heads: how many heads; each has the width d / heads, and
    heads divides d.

    Attention has four matrices with biases (Q, K, V, output), for all heads
    together. Then two Dense layers, to 4 d units and back to d, with
    biases, and two layer normalisations with a scale and a shift for each
    of the d numbers.
    """
    attention = 4 * (d * d + d)
    dense = (d * 4 * d + 4 * d) + (4 * d * d + d)
    return attention + dense + 2 * 2 * d


class BlockParameters(Exercise):
    """Count a block."""

    solution = block_parameters
    hints = (
        "One head maps d numbers to d / heads numbers. How many numbers are "
        "the queries of all heads together?",
        "So each of the four matrices of attention is d by d, with d "
        "biases, whatever the number of heads.",
        "The two Dense layers are d by 4 d with 4 d biases, and 4 d by d "
        "with d biases. Each normalisation has 2 d. Add everything.",
    )
    misconceptions = (
        (
            "gives each head the whole width",
            lambda d, heads: (
                block_parameters(d, 1) + (heads - 1) * (4 * d * d + 3 * d)
            ),
            "You gave each head matrices of the whole width. A head has the "
            "width d / heads, so more heads cost nothing.",
        ),
        (
            "forgets the biases",
            lambda d, heads: 12 * d * d + 4 * d,
            "The matrices are right. Each has biases, too, one for each "
            "number that it makes.",
        ),
        (
            "forgets the normalisations",
            lambda d, heads: 12 * d * d + 9 * d,
            "Attention and the Dense layers are right. The two "
            "normalisations learn something too.",
        ),
        (
            "forgets the matrix after the heads",
            lambda d, heads: block_parameters(d, heads) - d * d - d,
            "You counted three matrices for attention. A fourth one, with "
            "biases, mixes what the heads have found.",
        ),
    )

    def inputs(self, rng):
        yield 8, 1
        yield 16, 2
        yield 32, 4
        yield 64, 8
        yield 64, 2
        yield 12, 3


def growth_needed(b, share):
    """Return by how much N must be multiplied, so that L falls by a share.

    b: the exponent of L = a N^-b, above 0. share: 0 < share < 1; a share of
    0.1 means that the new loss is nine tenths of the old one.
    """
    return (1 - share) ** (-1 / b)


class GrowthNeeded(Exercise):
    """Read what a power law costs."""

    solution = growth_needed
    hints = (
        "Write the law twice: L = a N^-b, and (1 - share) L = a (g N)^-b. "
        "g is wanted.",
        "Divide the second by the first: 1 - share = g^-b. Neither a nor N "
        "is left.",
        "Raise both sides to the power -1 / b.",
    )
    misconceptions = (
        (
            "divides by b",
            lambda b, share: share / b,
            "You read the law as a straight line. Divide the two equations: "
            "what is left is a power of the factor.",
        ),
        (
            "takes the exponent itself",
            lambda b, share: (1 - share) ** -b,
            "You raise to the power -b. That is the way from N to L; the way "
            "back needs -1 / b.",
        ),
        (
            "gives the shrinking factor",
            lambda b, share: (1 - share) ** (1 / b),
            "Your factor is below 1. To lower the loss N must grow: mind the "
            "sign of the exponent.",
        ),
        (
            "uses the share itself",
            lambda b, share: share ** (-1 / b),
            "You used the share by which the loss falls. What is left of the "
            "loss is 1 - share.",
        ),
    )

    def inputs(self, rng):
        yield 0.5, 0.5
        yield 1.0, 0.25
        yield 0.076, 0.1
        for _ in range(4):
            yield float(rng.uniform(0.05, 1)), float(rng.uniform(0.05, 0.4))
