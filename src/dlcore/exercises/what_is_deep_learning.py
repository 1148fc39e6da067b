"""Exercises of the chapter "What is deep learning?"."""

from functools import cache

import numpy as np

from dlcore.datasets import mnist_5k
from dlcore.exercises.exercise import Exercise, Wrong, difference


def enclosed(ink):
    """Return how many paper pixels are enclosed by ink.

    ink: (height, width) of bool; True is ink, False is paper.

    A paper pixel is free if one can walk from it to the edge of the image
    over paper, with steps up, down, left and right. The others are
    enclosed. A paper pixel on the edge is always free.

    Returns an int.
    """
    paper = np.pad(~ink, 1, constant_values=True)
    free = np.zeros_like(paper)
    free[0, 0] = True
    while True:
        grown = free.copy()
        grown[1:] |= free[:-1]
        grown[:-1] |= free[1:]
        grown[:, 1:] |= free[:, :-1]
        grown[:, :-1] |= free[:, 1:]
        grown &= paper
        if (grown == free).all():
            return int(paper.sum() - free.sum())
        free = grown


def enclosed_by_walk(ink, starts, steps):
    """Count paper that a walk from the starts does not reach."""
    height, width = ink.shape
    reached = {(i, j) for i, j in starts if not ink[i, j]}
    todo = [*reached]
    while todo:
        i, j = todo.pop()
        for down, right in steps:
            a, b = i + down, j + right
            inside = 0 <= a < height and 0 <= b < width
            if inside and not ink[a, b] and (a, b) not in reached:
                reached.add((a, b))
                todo.append((a, b))
    return int((~ink).sum()) - len(reached)


STRAIGHT = [(1, 0), (-1, 0), (0, 1), (0, -1)]
SLANTING = [(1, 1), (1, -1), (-1, 1), (-1, -1)]


def enclosed_without_diagonals_shut(ink):
    height, width = ink.shape
    edge = [(i, j) for i in range(height) for j in (0, width - 1)]
    edge += [(i, j) for i in (0, height - 1) for j in range(width)]
    return enclosed_by_walk(ink, edge, STRAIGHT + SLANTING)


def enclosed_between_ink(ink):
    """Paper with ink somewhere on all four sides."""
    left = np.logical_or.accumulate(ink, axis=1)
    right = np.logical_or.accumulate(ink[:, ::-1], axis=1)[:, ::-1]
    above = np.logical_or.accumulate(ink, axis=0)
    below = np.logical_or.accumulate(ink[::-1], axis=0)[::-1]
    return int((~ink & left & right & above & below).sum())


RING = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 1, 0, 0, 0, 1, 0],
        [0, 1, 0, 1, 0, 1, 0],
        [0, 1, 0, 0, 0, 1, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ],
    dtype=bool,
)


class Enclosed(Exercise):
    """Measure the holes of a digit: count the paper that ink encloses."""

    solution = enclosed
    hints = (
        "It is easier to find the paper that is *not* enclosed. Where can "
        "you be sure that it begins?",
        "Add one row or column of paper on each side: "
        "`np.pad(~ink, 1, constant_values=True)`. Then all free paper hangs "
        "together, and water that is poured into the corner reaches it.",
        "Let the water grow by one pixel in each direction, keep only what "
        "is paper, and repeat until nothing changes. The answer is all "
        "paper minus the wet paper.",
    )
    misconceptions = (
        (
            "counts all the paper",
            lambda ink: int((~ink).sum()),
            "This counts the paper around the digit as well. Only what "
            "water from the edge cannot reach is enclosed.",
        ),
        (
            "walks through corners",
            enclosed_without_diagonals_shut,
            "Your walk slips through where two ink pixels touch only with "
            "their corners. Steps go up, down, left and right.",
        ),
        (
            "starts from one corner of the image only",
            lambda ink: enclosed_by_walk(ink, [(0, 0)], STRAIGHT),
            "A stroke that reaches the edge parts the free paper in two. "
            "Start from the whole edge, or add a margin of paper first.",
        ),
        (
            "looks along rows and columns only",
            enclosed_between_ink,
            "Ink on the left, right, above and below is not enough: a "
            "spiral has it too, and one can walk out of it round the bend.",
        ),
    )

    def inputs(self, rng):
        yield (RING,)
        gap = RING.copy()
        gap[5, 3] = False
        yield (gap,)
        yield (np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool),)
        yield (np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], bool),)
        spiral = np.ones((7, 7), bool)
        spiral[1, 1:] = spiral[1:6, 1] = spiral[5, 1:6] = False
        spiral[3:6, 5] = spiral[3, 3:6] = False
        yield (spiral,)
        yield (np.zeros((2, 3), bool),)
        for share in 0.3, 0.45, 0.6:
            yield (rng.random((12, 15)) < share,)


@cache
def threes_and_eights():
    """The images of both digits and who is an 8, to train and to test."""
    parts = []
    for images, labels in mnist_5k():
        chosen = np.isin(labels, (3, 8))
        parts.append((images[chosen], labels[chosen] == 8))
    return parts


def three_or_eight(images):
    """Return one number for each image, larger for an 8 than for a 3.

    images: (n, 28, 28) numbers from 0 (paper) to 255 (ink), all of them
        a 3 or an 8.

    With the best threshold on the training images, at least 80 % of the
    test images must come to lie on the right side.

    Returns (n,) numbers.
    """
    # An 8 is closed at the lower left, a 3 is open there.
    rows = images[:, 15:20].astype(float)
    return rows[:, :, :13].sum(axis=(1, 2)) - rows[:, :, 15:].sum(axis=(1, 2))


def right_side(score, eight, threshold):
    """The share of images that a threshold puts on the right side."""
    return np.mean((score > threshold) == eight)


class ThreeOrEight(Exercise):
    """Think of one number that tells a 3 from an 8."""

    solution = three_or_eight
    hints = (
        "Draw a 3. What do you have to add to make it an 8?",
        "The two loops must be closed on the left. How much ink is there in "
        "the left half, at the height of the lower loop?",
        "`images[:, 15:20, :13].sum(axis=(1, 2))` is that ink. Thick strokes "
        "have more of it everywhere, so subtract the ink of the same rows on "
        "the right. Make floats of the pixels first: bytes have no negative "
        "numbers.",
    )
    misconceptions = (
        (
            "weighs the whole ink",
            lambda images: images.sum(axis=(1, 2)) / 255,
            "Some people write with a thick pen, both the 3 and the 8. Look "
            "at a place where only one of them has ink.",
        ),
        (
            "has larger numbers for a 3",
            lambda images: -three_or_eight(images),
            "Your number tells them apart, but it is larger for a 3. Turn "
            "its sign.",
        ),
        (
            "gives one number for all images",
            lambda images: float(three_or_eight(images).mean()),
            "Expected one number for each image, an array of shape (n,). "
            "Sum over the rows and columns, `axis=(1, 2)`, not over the "
            "images.",
        ),
        (
            "compares the upper half with the lower",
            lambda images: (
                images[:, :14].sum(axis=(1, 2)) / 255
                - images[:, 14:].sum(axis=(1, 2)) / 255
            ),
            "A 3 and an 8 both have an upper and a lower part of about the "
            "same size. They differ between left and right.",
        ),
    )

    def check(self, answer):
        scores = [self.score(answer, x) for x, _ in threes_and_eights()]
        reached = self.reached(scores)
        if reached >= 0.8:
            return
        if self.reached([-score for score in scores]) >= 0.8:
            raise self.wrong("has larger numbers for a 3")
        images = threes_and_eights()[1][0]
        for _, wrong, message in self.misconceptions:
            if difference(wrong(images), scores[1]) is None:
                raise Wrong(message)
        raise Wrong(
            f"The best threshold puts {100 * reached:.0f} % of the test "
            "images on the right side, expected at least 80 %."
        )

    def reached(self, scores):
        """The share of test images on the right side, by the best threshold
        of the training images.
        """
        (_, train), (_, test) = threes_and_eights()
        best = max(
            np.unique(scores[0]),
            key=lambda threshold: right_side(scores[0], train, threshold),
        )
        return right_side(scores[1], test, best)

    def score(self, answer, images):
        """The answer's numbers, once they are as many as the images."""
        score = self.call(answer, images)
        if np.ndim(score) == 0:
            raise self.wrong("gives one number for all images")
        score = np.asarray(score)
        if score.shape != (len(images),) or score.dtype.kind not in "biuf":
            raise Wrong(
                f"Expected {len(images)} numbers for {len(images)} images, "
                f"received {score.dtype} of shape {score.shape}."
            )
        return score.astype(float)


def best_threshold(mean_1, mean_2, spread, n_1, n_2):
    """Return the threshold with the fewest expected mistakes.

    mean_1, mean_2: the means of the two classes, mean_1 < mean_2.
    spread: the standard deviation in both classes, positive.
    n_1, n_2: how many samples of each class there are, positive.

    The values of both classes follow normal distributions. Below the
    threshold the answer is class 1, above it class 2.

    Returns a number.
    """
    middle = (mean_1 + mean_2) / 2
    return middle + spread**2 / (mean_2 - mean_1) * np.log(n_1 / n_2)


class BestThreshold(Exercise):
    """Derive the threshold between two bell curves by hand."""

    solution = best_threshold
    hints = (
        "Move the threshold up by a little. Some samples of class 1 are now "
        "right that were wrong, and some of class 2 are wrong that were "
        "right. At the best place the two are equally many.",
        "So $n_1 e^{-(t-\\mu_1)^2/2\\sigma^2} = "
        "n_2 e^{-(t-\\mu_2)^2/2\\sigma^2}$. Take the logarithm of both "
        "sides. The $t^2$ cancels.",
        "What remains is linear: $\\ln\\frac{n_1}{n_2} = "
        "\\frac{(t-\\mu_1)^2 - (t-\\mu_2)^2}{2\\sigma^2} = "
        "\\frac{(\\mu_2-\\mu_1)(2t-\\mu_1-\\mu_2)}{2\\sigma^2}$. "
        "Solve for $t$.",
    )
    misconceptions = (
        (
            "always takes the middle",
            lambda m1, m2, spread, n1, n2: (m1 + m2) / 2,
            "The middle is right for classes of equal size. If one class is "
            "rare, the threshold moves towards it, since there is less to "
            "lose there.",
        ),
        (
            "moves towards the larger class",
            lambda m1, m2, spread, n1, n2: best_threshold(
                m1, m2, spread, n2, n1
            ),
            "The size of the step is right, its sign is not. With many "
            "samples of class 1, where should the threshold go so that few "
            "of them lie above it?",
        ),
        (
            "weighs the means by the counts",
            lambda m1, m2, spread, n1, n2: (n1 * m1 + n2 * m2) / (n1 + n2),
            "This is the mean of all samples. It lies nearer to the larger "
            "class, and cuts into it.",
        ),
        (
            "uses the spread without the square",
            lambda m1, m2, spread, n1, n2: (
                (m1 + m2) / 2 + spread / (m2 - m1) * np.log(n1 / n2)
            ),
            "The spread enters as its square: $\\sigma^2$ stands in the "
            "exponent. Compare the units: the threshold has those of the "
            "means.",
        ),
        (
            "loses the distance of the means",
            lambda m1, m2, spread, n1, n2: (
                (m1 + m2) / 2 + spread**2 * np.log(n1 / n2)
            ),
            "The step is divided by the distance of the means: the further "
            "they are apart, the less the counts matter.",
        ),
    )

    def inputs(self, rng):
        yield 0.0, 2.0, 1.0, 100, 100
        yield 0.0, 3.0, 2.0, 300, 100
        yield 4.0, 13.0, 3.0, 10, 500
        for _ in range(4):
            mean = rng.normal()
            counts = rng.integers(10, 1000, size=2).tolist()
            yield mean, mean + 0.5 + rng.random(), 0.5 + rng.random(), *counts


def standardise(train, test):
    """Return (train, test) with features of mean 0 and spread 1.

    train: (n, d) numbers, d features in each row; no column is constant.
    test: (m, d) numbers.

    Both are shifted and divided by the same numbers: the mean and the
    standard deviation (np.std) of each column of train.

    Returns a tuple of two new arrays of the same shapes.
    """
    mean, spread = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / spread, (test - mean) / spread


def standardise_alone(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


class Standardise(Exercise):
    """Bring all features to mean 0 and spread 1."""

    solution = standardise
    hints = (
        "`axis=0` runs down a column: `train.mean(axis=0)` has one number "
        "for each feature.",
        "The test images must be measured with the same ruler. Use the mean "
        "and the spread of `train` for both.",
    )
    misconceptions = (
        (
            "measures the test set with its own ruler",
            lambda train, test: (
                standardise_alone(train),
                standardise_alone(test),
            ),
            "The test set is standardised by its own mean and spread. Then "
            "the same image has other features in other company. Use those "
            "of the training set.",
        ),
        (
            "takes one mean for all features",
            lambda train, test: (
                (train - train.mean()) / train.std(),
                (test - train.mean()) / train.std(),
            ),
            "This is one mean and one spread for the whole table. Each "
            "feature, that is each column, has its own.",
        ),
        (
            "divides by the variance",
            lambda train, test: (
                (train - train.mean(axis=0)) / train.var(axis=0),
                (test - train.mean(axis=0)) / train.var(axis=0),
            ),
            "This divides by the variance, the square of the spread. Then "
            "the spread of the result is not 1.",
        ),
        (
            "only shifts",
            lambda train, test: (
                train - train.mean(axis=0),
                test - train.mean(axis=0),
            ),
            "The means are 0 now, but the spreads are what they were. "
            "Divide as well.",
        ),
    )

    def inputs(self, rng):
        yield (
            np.array([[0.0, 10.0], [4.0, 30.0]]),
            np.array([[2.0, 40.0], [6.0, 20.0]]),
        )
        for n, m, d in (5, 4, 1), (20, 7, 3), (50, 10, 6):
            scale = np.arange(1, d + 1) ** 2
            yield (
                rng.normal(2, scale, size=(n, d)),
                rng.normal(1, scale, size=(m, d)),
            )
