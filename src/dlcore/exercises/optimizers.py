"""Exercises of the chapter "Optimizers"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def largest_rate(curvatures):
    """Return the learning rate that gradient descent must stay below.

    curvatures: (p,) positive numbers, the lambdas of the quadratic loss
        L(w) = 1/2 * sum(curvatures * w**2).

    Below the number returned, w comes to 0 from every start. Above it
    there are starts from which w grows without end. Returns a float.
    """
    return 2 / np.max(curvatures)


class LargestRate(Exercise):
    """Find the learning rate at which gradient descent stops converging."""

    solution = largest_rate
    hints = (
        "One step makes `w - rate * curvature * w` of a weight. By which "
        "factor has it been multiplied?",
        "The factor is `1 - rate * curvature`. Its powers go to 0 if it "
        "lies between -1 and 1.",
        "Each direction has a limit of its own, `2 / curvature`. All of "
        "them must be kept, so the smallest one counts.",
    )
    misconceptions = (
        (
            "lets the flattest direction decide",
            lambda curvatures: 2 / np.min(curvatures),
            "This is the limit of the flattest direction. At that rate the "
            "steepest one has long flown apart.",
        ),
        (
            "forbids to overshoot",
            lambda curvatures: 1 / np.max(curvatures),
            "At this rate the steepest direction is at its lowest point in "
            "one step. A step may overshoot and still come closer: how far?",
        ),
        (
            "takes the mean curvature",
            lambda curvatures: 2 / np.mean(curvatures),
            "The directions do not know of each other, so no mean of them "
            "matters. Which one breaks first?",
        ),
        (
            "gives the best rate",
            lambda curvatures: 2 / (np.min(curvatures) + np.max(curvatures)),
            "This is the fastest rate, which lies below the limit.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([1.0, 100.0]),)
        yield (np.array([1.0, 20.0]),)
        yield (np.array([4.0, 4.0]),)
        for size in 1, 3, 10:
            yield (rng.uniform(0.1, 30, size),)


def momentum_step(beta, n):
    """Return how long the n-th step with momentum is on a steady slope.

    The gradient is 1 at every step and the learning rate is 1. m starts at
    0; a step is m = beta * m - 1, then w = w + m. The length is |m|.

    beta: a number from 0 to below 1; n: the step, a whole number from 1.
    """
    return (1 - beta**n) / (1 - beta)


class MomentumStep(Exercise):
    """Find the length of the n-th step with momentum on a steady slope."""

    solution = momentum_step
    hints = (
        "Write down the first three lengths: 1, then 1 + beta, then "
        "1 + beta + beta**2.",
        "Call the sum S. Then beta * S has the same terms but for the first "
        "and the last. Subtract.",
        "S - beta * S = 1 - beta**n. Divide by 1 - beta.",
    )
    misconceptions = (
        (
            "gives the length after many steps",
            lambda beta, n: 1 / (1 - beta),
            "This is what the steps grow towards. The n-th one is shorter, "
            "the first has the length 1.",
        ),
        (
            "counts one step too many",
            lambda beta, n: (1 - beta ** (n + 1)) / (1 - beta),
            "This is the next step. The n-th one sums n terms, from "
            "beta**0 to beta**(n - 1).",
        ),
        (
            "takes a mean instead of a sum",
            lambda beta, n: 1 - beta**n,
            "Adam's m is a mean and stays below 1. Momentum adds the whole "
            "gradient each time.",
        ),
        (
            "gives the distance, not the step",
            lambda beta, n: sum(
                (1 - beta**k) / (1 - beta) for k in range(1, n + 1)
            ),
            "This is how far w has come in all n steps together. One step "
            "is asked for.",
        ),
    )

    def inputs(self, rng):
        yield 0.5, 1
        yield 0.5, 3
        yield 0.9, 10
        yield 0.0, 4
        yield 0.99, 500
        for n in 2, 7, 40:
            yield float(rng.uniform(0.1, 0.95)), n


def adam_first_change(gradient, learning_rate, epsilon):
    """Return what Adam adds to the weights in its first step.

    gradient: an array of any shape. learning_rate, epsilon: positive.

    m and v start at 0, and both are corrected for their start as in the
    chapter. Returns an array of the gradient's shape; it does not depend on
    beta1 and beta2.
    """
    return -learning_rate * gradient / (np.abs(gradient) + epsilon)


class AdamFirstChange(Exercise):
    """Derive the first step of Adam."""

    solution = adam_first_change
    hints = (
        "For t = 1, m is `(1 - beta1) * gradient`. What is left of it after "
        "the division by `1 - beta1**t`?",
        "The corrected m is the gradient and the corrected v is its square.",
        "The root of a square is the absolute value. So the step is minus "
        "the rate times `gradient / (abs(gradient) + epsilon)`.",
    )
    misconceptions = (
        (
            "is proportional to the gradient",
            lambda g, rate, epsilon: -rate * g,
            "This is gradient descent. Adam divides by the root of v, which "
            "is as large as the gradient.",
        ),
        (
            "forgets the correction",
            lambda g, rate, epsilon: (
                -rate * 0.1 * g / (np.sqrt(0.001) * np.abs(g) + epsilon)
            ),
            "This is about three times too long: m and v were not divided "
            "by 1 - beta1 and 1 - beta2.",
        ),
        (
            "climbs",
            lambda g, rate, epsilon: rate * g / (np.abs(g) + epsilon),
            "The length is right, but this goes uphill.",
        ),
        (
            "forgets the sign",
            lambda g, rate, epsilon: -rate * np.abs(g) / (np.abs(g) + epsilon),
            "The root of v has no sign, but m has one: weights go down "
            "where the gradient is positive, and up where it is negative.",
        ),
        (
            "divides by zero where the gradient is zero",
            lambda g, rate, epsilon: -rate * g / np.abs(g),
            "Without epsilon a gradient of 0 gives 0 / 0. Such a weight "
            "should stay where it is.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0, -1.0]), 0.1, 1e-7
        yield np.array([1e-6, 0.0, 1e6]), 0.001, 1e-7
        yield rng.normal(size=(2, 3)), 0.5, 1e-3
        yield rng.normal(size=5) * 1e-3, 0.01, 1e-2


def cosine_rate(step, peak, warmup, total):
    """Return the learning rate of a step: a line up, half a cosine down.

    step: how many updates were made before, from 0. peak: the largest rate.
    warmup: the steps of the line, less than total, may be 0. total: all
    steps, those of the warm-up included.

    The line starts at 0 for step 0 and is at peak for step == warmup. From
    there half a cosine falls to 0 at step == total, and it stays 0.
    """
    if step < warmup:
        return peak * step / warmup
    part = min((step - warmup) / (total - warmup), 1)
    return peak * 0.5 * (1 + np.cos(np.pi * part))


def cosine_that_rises_again(step, peak, warmup, total):
    if step < warmup:
        return peak * step / warmup
    part = (step - warmup) / (total - warmup)
    return peak * 0.5 * (1 + np.cos(np.pi * part))


def cosine_from_step_zero(step, peak, warmup, total):
    if step < warmup:
        return peak * step / warmup
    return peak * 0.5 * (1 + np.cos(np.pi * min(step / total, 1)))


def cosine_after_the_total(step, peak, warmup, total):
    return cosine_rate(step, peak, warmup, total + warmup)


def quarter_of_a_cosine(step, peak, warmup, total):
    if step < warmup:
        return peak * step / warmup
    part = min((step - warmup) / (total - warmup), 1)
    return peak * np.cos(np.pi / 2 * part)


class CosineRate(Exercise):
    """Write the cosine schedule with a warm-up."""

    solution = cosine_rate
    hints = (
        "Two cases: before and after `warmup`. In the first one the rate is "
        "`peak * step / warmup`.",
        "In the second, let `part` run from 0 to 1 while the step goes from "
        "`warmup` to `total`. `min(part, 1)` holds it there.",
        "`0.5 * (1 + np.cos(np.pi * part))` falls from 1 to 0.",
    )
    misconceptions = (
        (
            "rises again after the end",
            cosine_that_rises_again,
            "After `total` the cosine goes up again. Hold the part at 1.",
        ),
        (
            "jumps after the warm-up",
            cosine_from_step_zero,
            "The cosine must start where the warm-up ends: count its steps "
            "from `warmup`.",
        ),
        (
            "ends too late",
            cosine_after_the_total,
            "`total` includes the warm-up, so the cosine has `total - "
            "warmup` steps.",
        ),
        (
            "takes a quarter of the cosine",
            quarter_of_a_cosine,
            "This falls from 1 to 0 too, but ends steeply. Half a cosine is "
            "flat at both ends.",
        ),
        (
            "has no warm-up",
            lambda step, peak, warmup, total: cosine_rate(
                max(step - warmup, 0), peak, 0, total - warmup
            ),
            "The first steps have the full rate already. Let it grow from 0.",
        ),
    )

    def inputs(self, rng):
        for step in 0, 5, 10, 55, 100, 150:
            yield step, 0.1, 10, 100
        yield 0, 1.0, 0, 8
        yield 3, 2.0, 0, 8
        for step in rng.integers(0, 60, 6):
            yield int(step), float(rng.uniform(0.01, 1)), 7, 50
