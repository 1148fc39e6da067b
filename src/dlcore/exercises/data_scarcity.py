"""Exercises of the chapter "How much data does it need?"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def images_needed(n1, e1, n2, e2, target):
    """Return how many images the law a n^(-b) asks for to reach a target.

    With n1 images the error was e1, with n2 images it was e2; n1 < n2 and
    e1 > e2 > 0. target: the error that is wanted, above 0.

    The law goes through both points exactly. Returns a float.
    """
    b = np.log(e1 / e2) / np.log(n2 / n1)
    return n2 * (e2 / target) ** (1 / b)


def _exponent(n1, e1, n2, e2):
    return np.log(e1 / e2) / np.log(n2 / n1)


class ImagesNeeded(Exercise):
    """Continue a learning curve to the error that is wanted."""

    solution = images_needed
    hints = (
        "Divide the law at n1 by the law at n2: a drops out, and "
        "e1 / e2 = (n2 / n1)^b remains.",
        "Take logarithms: b = log(e1 / e2) / log(n2 / n1).",
        "Divide the law at n2 by the law at the n you look for: "
        "e2 / target = (n / n2)^b. Solve it for n; the power becomes 1 / b.",
    )
    misconceptions = (
        (
            "draws a straight line through the two errors",
            lambda n1, e1, n2, e2, target: (
                n2 + (target - e2) * (n2 - n1) / (e2 - e1)
            ),
            "You continue a straight line in n. By it a few more images "
            "would bring the error to zero, and below. The line is straight "
            "in the logarithms of both.",
        ),
        (
            "takes half the error for twice the images",
            lambda n1, e1, n2, e2, target: n2 * e2 / target,
            "This would be right for b = 1 only, where twice the images "
            "halve the error. Find b from the two points first.",
        ),
        (
            "raises to b instead of 1 / b",
            lambda n1, e1, n2, e2, target: (
                n2 * (e2 / target) ** _exponent(n1, e1, n2, e2)
            ),
            "The power b leads from images to errors. For the way back, "
            "from errors to images, it must be undone: take 1 / b.",
        ),
        (
            "forgets to start from n2",
            lambda n1, e1, n2, e2, target: (
                (e2 / target) ** (1 / _exponent(n1, e1, n2, e2))
            ),
            "This is how many times as many images as n2 are needed. "
            "Multiply it by n2.",
        ),
    )

    def inputs(self, rng):
        yield 100, 0.2, 400, 0.1, 0.05
        yield 100, 0.25, 1000, 0.1, 0.1
        for _ in range(4):
            n = int(rng.integers(20, 500))
            e = float(rng.uniform(0.1, 0.4))
            yield (
                n,
                e,
                n * int(rng.integers(2, 9)),
                e * float(rng.uniform(0.3, 0.8)),
                e * float(rng.uniform(0.01, 0.2)),
            )


def move(image, down, right):
    """Return the image, moved by a part of a pixel, by bilinear weights.

    image: (height, width) numbers. down, right: from 0 to 1, how far the
        ink moves. What comes in from outside is 0; what leaves is lost.

    Each new pixel is the weighted mean of four old ones: itself, its upper
    neighbour (weight `down`), its left one (weight `right`), and the one up
    and left of it. The weights of the two directions multiply.
    """
    padded = np.pad(image, ((1, 0), (1, 0)))
    rows = (1 - down) * padded[1:] + down * padded[:-1]
    return (1 - right) * rows[:, 1:] + right * rows[:, :-1]


def _around(image, down, right):
    rows = (1 - down) * image + down * np.roll(image, 1, axis=0)
    return (1 - right) * rows + right * np.roll(rows, 1, axis=1)


def _rounded(image, down, right):
    return move(image, round(down), round(right))


def _backwards(image, down, right):
    return move(image[::-1, ::-1], down, right)[::-1, ::-1]


class Move(Exercise):
    """Move an image by less than a pixel."""

    solution = move
    hints = (
        "Begin with one row [8, 0, 0] that moves a quarter to the right. "
        "Three quarters of the 8 stay, one quarter goes to the neighbour: "
        "[6, 2, 0].",
        "So a new pixel is (1 - right) times itself plus right times its "
        "left neighbour. A row and a column of zeros in front make a "
        "neighbour for everybody: `np.pad(image, ((1, 0), (1, 0)))`.",
        "Do the rows first: `(1 - down) * padded[1:] + down * padded[:-1]`. "
        "Then the same for the columns of the result.",
    )
    misconceptions = (
        (
            "lets ink come in on the other side",
            _around,
            "Ink that leaves at the right comes in at the left: that is "
            "what `np.roll` does. Outside of the image there is paper, 0.",
        ),
        (
            "moves by whole pixels",
            _rounded,
            "You round to whole pixels. A quarter of a pixel means that a "
            "quarter of the ink goes to the neighbour.",
        ),
        (
            "moves up and left",
            _backwards,
            "The ink moves up and to the left. A new pixel takes from its "
            "upper and its left neighbour.",
        ),
        (
            "mixes up down and right",
            lambda image, down, right: move(image, right, down),
            "Axis 0 counts rows, and rows lie below each other. So `down` "
            "belongs to axis 0.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[8.0, 0.0, 0.0], [0.0, 0.0, 4.0]]), 0.0, 0.25
        yield np.array([[8.0, 0.0], [0.0, 4.0], [0.0, 2.0]]), 0.5, 0.0
        yield np.eye(3), 0.75, 0.5
        for _ in range(3):
            image = rng.random((int(rng.integers(3, 6)), 4))
            yield image, float(rng.random()), float(rng.random())


def sure_ones(probabilities, least):
    """Return (rows, labels): what a network is sure of, for self-training.

    probabilities: (n, classes), each row sums to 1. least: from 0 to 1.

    rows: the numbers of the rows whose largest probability is at least
        `least`, rising. labels: for each of these rows, the class with the
        largest probability. Both are arrays of ints of one length.
    """
    rows = np.flatnonzero(probabilities.max(axis=1) >= least)
    return rows, probabilities[rows].argmax(axis=1)


def _margin(probabilities, least):
    two = np.sort(probabilities, axis=1)[:, -2:]
    rows = np.flatnonzero(two[:, 1] - two[:, 0] >= least)
    return rows, probabilities[rows].argmax(axis=1)


class SureOnes(Exercise):
    """Choose the images whose predicted label may be believed."""

    solution = sure_ones
    hints = (
        "`probabilities.max(axis=1)` says for each row how sure the network "
        "is.",
        "`np.flatnonzero(condition)` gives the numbers of the rows where the "
        "condition holds.",
        "Take `argmax(axis=1)` of those rows only: `probabilities[rows]`.",
    )
    misconceptions = (
        (
            "returns the labels of all rows",
            lambda p, least: (
                np.flatnonzero(p.max(axis=1) >= least),
                p.argmax(axis=1),
            ),
            "There are more labels than rows. Take the labels of the chosen "
            "rows only.",
        ),
        (
            "returns the probabilities",
            lambda p, least: (
                np.flatnonzero(p.max(axis=1) >= least),
                p.max(axis=1)[p.max(axis=1) >= least],
            ),
            "You return how sure the network is, not of what. The label is "
            "the place of the largest probability.",
        ),
        (
            "chooses the doubtful ones",
            lambda p, least: (
                np.flatnonzero(p.max(axis=1) < least),
                p[p.max(axis=1) < least].argmax(axis=1),
            ),
            "These are the images of which the network is not sure. They "
            "are worth asking a person about, and no good as teachers.",
        ),
        (
            "asks for a lead over the second class",
            _margin,
            "You ask by how much the first class leads over the second. "
            "Here the largest probability alone decides.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]), 0.8
        yield np.array([[0.75, 0.25], [0.5, 0.5]]), 0.75
        yield np.array([[0.4, 0.35, 0.25], [0.3, 0.3, 0.4]]), 0.99
        for _ in range(3):
            p = rng.dirichlet([0.4] * 4, 9)
            yield p, float(rng.uniform(0.5, 0.8))


def class_weights(labels, classes):
    """Return a weight for each class, such that all classes count alike.

    labels: (n,) class numbers from 0 to classes - 1; every class occurs.

    The weight of class k is n / (classes * n_k), where n_k is how many
    labels are k. Then the weights of all samples have the mean 1, and each
    class has the same sum. Returns (classes,) floats.
    """
    counts = np.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts)


def _counts(labels, classes):
    return np.bincount(labels, minlength=classes)


class ClassWeights(Exercise):
    """Weights that make up for rare classes."""

    solution = class_weights
    hints = (
        "Take labels 0, 0, 0, 1. The one must weigh three times as much as "
        "a zero.",
        "`np.bincount(labels, minlength=classes)` counts each class.",
        "Divide the number of labels by classes times the counts.",
    )
    misconceptions = (
        (
            "gives the shares",
            lambda labels, classes: _counts(labels, classes) / len(labels),
            "These are the shares of the classes. A frequent class would "
            "count even more. The weight falls with the count.",
        ),
        (
            "forgets the number of classes",
            lambda labels, classes: len(labels) / _counts(labels, classes),
            "All weights are too large by the number of classes. The mean "
            "over the samples is no longer 1, so every step of the training "
            "is longer.",
        ),
        (
            "divides one by the counts",
            lambda labels, classes: 1 / _counts(labels, classes),
            "The proportions are right, but the weights are tiny, and with "
            "them the loss and every gradient.",
        ),
        (
            "sets the most frequent class to 1",
            lambda labels, classes: (
                _counts(labels, classes).max() / _counts(labels, classes)
            ),
            "The proportions are right. But the mean over the samples is "
            "above 1, so the loss cannot be compared with the plain one.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0, 0, 0, 1]), 2
        yield np.array([2, 0, 1, 1, 0, 1]), 3
        for classes in (2, 4, 5):
            more = rng.integers(classes, size=20) // 2
            yield rng.permutation(np.r_[np.arange(classes), more]), classes
