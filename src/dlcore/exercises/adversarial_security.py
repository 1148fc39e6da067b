"""Exercises of the chapter "A change too small to matter"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def fgsm_step(x, dx, epsilon):
    """Return the attacked images of the fast gradient sign method.

    x: images of any shape, pixels from 0 to 1. dx: of the same shape, the
    slope of the loss by each pixel. epsilon: how far a pixel may move.

    Every pixel moves by epsilon in the direction in which the loss grows
    (not at all where the slope is 0), and stays between 0 and 1.
    """
    return np.clip(x + epsilon * np.sign(dx), 0, 1)


class FgsmStep(Exercise):
    """Attack images by one step."""

    solution = fgsm_step
    hints = (
        "The size of a slope does not matter here, only whether it is "
        "positive or negative.",
        "`np.sign(dx)` is 1, 0 or -1. Times epsilon, it is the change.",
        "Add the change to x, and cut with `np.clip(..., 0, 1)`.",
    )
    misconceptions = (
        (
            "goes down the slope",
            lambda x, dx, epsilon: np.clip(x - epsilon * np.sign(dx), 0, 1),
            "The loss falls here. That is what training does to weights. "
            "An attack climbs.",
        ),
        (
            "uses the slope itself",
            lambda x, dx, epsilon: np.clip(x + epsilon * dx, 0, 1),
            "Pixels with small slopes hardly move here. Each may move by "
            "epsilon, and a small slope uses that up as well as a large "
            "one: take the sign.",
        ),
        (
            "leaves the range of pixels",
            lambda x, dx, epsilon: x + epsilon * np.sign(dx),
            "Some pixels are below 0 or above 1 now. No picture can hold "
            "those: cut them off.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0.5, 0.05, 0.95]), np.array([0.2, -3.0, 4.0]), 0.1
        yield np.array([0.5, 0.0, 1.0]), np.array([0.0, 2.0, -0.5]), 0.2
        for epsilon in (0.05, 0.3, 0.0):
            x = rng.random((3, 4, 4))
            yield x, rng.normal(size=x.shape), epsilon


def to_the_border(x, w, b):
    """Return the point of the border that is nearest to x.

    x, w: (pixels,) numbers, w not all 0; b: a number. The border of the
    linear model is where w . x + b = 0. Near is meant in the sense of the
    root of the sum of squares. The pixels may leave the range 0 to 1.
    """
    return x - (w @ x + b) * w / (w @ w)


class ToTheBorder(Exercise):
    """Find the smallest change that turns a linear model's answer."""

    solution = to_the_border
    hints = (
        "The nearest point lies along the direction in which z = w . x + b "
        "changes fastest. Which direction is that?",
        "Go from x by t w. Then z changes by t (w . w). For which t is it "
        "0?",
        "It is 0 for `t = -(w @ x + b) / (w @ w)`.",
    )
    misconceptions = (
        (
            "divides by the length only",
            lambda x, w, b: x - (w @ x + b) * w / np.linalg.norm(w),
            "z over the length of w is the distance. The direction w has "
            "that length itself, so divide by it once more.",
        ),
        (
            "forgets the bias",
            lambda x, w, b: x - (w @ x) * w / (w @ w),
            "Your point lies where w . x = 0. The border has the bias in "
            "it too.",
        ),
        (
            "walks away from the border",
            lambda x, w, b: x + (w @ x + b) * w / (w @ w),
            "z has doubled instead of vanishing: the sign is wrong.",
        ),
        (
            "moves all pixels alike",
            lambda x, w, b: x - (w @ x + b) * np.sign(w) / np.abs(w).sum(),
            "This is on the border, and each pixel has moved equally far. "
            "It is the answer for the largest change of a pixel. In the "
            "sense of squares a pixel with a larger weight moves more.",
        ),
    )

    def inputs(self, rng):
        yield np.array([3.0, 4.0]), np.array([3.0, 4.0]), 0.0
        yield np.array([1.0, 1.0]), np.array([0.0, 2.0]), 2.0
        for pixels in (3, 6):
            x, w = rng.random(pixels), rng.normal(size=pixels)
            yield x, w, float(rng.normal())


def project(x, start, epsilon):
    """Return the allowed images that are nearest to x.

    x: images that may have moved too far. start: of the same shape, the
    images before the attack, pixels from 0 to 1. epsilon: how far a pixel
    may move from its start.

    Allowed are pixels that differ from those of start by at most epsilon
    and lie between 0 and 1.
    """
    return np.clip(np.clip(x, start - epsilon, start + epsilon), 0, 1)


def _scaled(x, start, epsilon):
    """Shrink the whole change until its largest part fits."""
    change = x - start
    most = np.abs(change).max()
    if most > epsilon:
        change = change * epsilon / most
    return np.clip(start + change, 0, 1)


class Project(Exercise):
    """Bring an attack back to what is allowed."""

    solution = project
    hints = (
        "Each pixel can be treated alone. What is the lowest value that it "
        "may have?",
        "The lowest is start - epsilon, or 0 if that is more. `np.clip` "
        "takes arrays as bounds.",
        "Clip twice: to start - epsilon and start + epsilon, then to 0 "
        "and 1.",
    )
    misconceptions = (
        (
            "forgets the range of pixels",
            lambda x, start, epsilon: np.clip(
                x, start - epsilon, start + epsilon
            ),
            "Pixels near 0 or 1 leave the range here.",
        ),
        (
            "forgets the start",
            lambda x, start, epsilon: np.clip(x, 0, 1),
            "These are pictures, but they may be far away from those "
            "that were to be attacked.",
        ),
        (
            "cuts the pixels instead of the change",
            lambda x, start, epsilon: np.clip(x, -epsilon, epsilon),
            "The bound holds for how far a pixel has moved from its start, "
            "not for its value.",
        ),
        (
            "shrinks the whole change",
            _scaled,
            "One pixel that went too far shortens all others here. The "
            "nearest allowed image cuts that pixel alone.",
        ),
    )

    def inputs(self, rng):
        start = np.array([0.5, 0.05, 0.95])
        yield np.array([0.9, -0.4, 1.5]), start, 0.1
        yield np.array([0.52, 0.2, 0.9]), start, 0.1
        for epsilon in (0.05, 0.3):
            start = rng.random((2, 3, 3))
            yield start + rng.normal(0, 0.3, start.shape), start, epsilon


def obedience(labels, predictions, target):
    """Return the share of marked images that obey the backdoor.

    labels: (n,) the true classes; predictions: (n,) what the model says
    about these images when each carries the mark; target: the class that
    the mark stands for.

    An image that truly shows the target cannot tell whether the mark works
    and is left out. At least one image shows something else.
    """
    others = labels != target
    return np.mean(predictions[others] == target)


class Obedience(Exercise):
    """Measure a backdoor without flattering it."""

    solution = obedience
    hints = (
        "If every image showed a 7 and the target were 7, what would a "
        "model without any backdoor score?",
        "`labels != target` picks the images that count.",
        "Of those, take the mean of `predictions == target`.",
    )
    misconceptions = (
        (
            "counts images of the target class too",
            lambda labels, predictions, target: np.mean(
                predictions == target
            ),
            "Images that show the target anyway count as obedient here. A "
            "model without a backdoor would get one in ten for nothing.",
        ),
        (
            "counts every mistake",
            lambda labels, predictions, target: np.mean(
                predictions[labels != target] != labels[labels != target]
            ),
            "A marked 3 that is taken for an 8 is a mistake. It did not "
            "obey: count the answers that are the target.",
        ),
        (
            "divides by all images",
            lambda labels, predictions, target: np.mean(
                (predictions == target) & (labels != target)
            ),
            "You leave out the target's own images above the line, and "
            "still divide by all of them.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0, 1, 1, 2]), np.array([1, 1, 1, 0]), 1
        yield np.array([7, 3, 7, 4]), np.array([7, 7, 1, 4]), 7
        for target in (0, 2):
            labels = rng.integers(3, size=30)
            wrong = rng.integers(3, size=30)
            obeys = rng.random(30) < 0.6
            yield labels, np.where(obeys, target, wrong), target
