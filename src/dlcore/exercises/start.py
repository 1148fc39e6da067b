"""Exercises of the chapter "Run it first"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def accuracy(labels, predicted):
    """Return the share of predictions that are right.

    labels, predicted: (n,) class numbers, n at least 1.

    Returns a number from 0 to 1.
    """
    return float(np.mean(labels == predicted))


class Accuracy(Exercise):
    """Measure how good a list of predictions is."""

    solution = accuracy
    hints = (
        "`labels == predicted` is an array of True and False.",
        "True counts as 1 and False as 0. What is the mean of such an array?",
    )
    misconceptions = (
        (
            "counts the mistakes",
            lambda labels, predicted: float(np.mean(labels != predicted)),
            "This is the share of mistakes, the error rate.",
        ),
        (
            "gives a number of samples",
            lambda labels, predicted: int(np.sum(labels == predicted)),
            "This is how many are right. The share is that number divided by "
            "how many there are.",
        ),
        (
            "gives percent",
            lambda labels, predicted: 100 * accuracy(labels, predicted),
            "This is in percent. The function returns a number from 0 to 1.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1, 2, 3, 4]), np.array([1, 2, 3, 0])
        yield np.array([5]), np.array([5])
        for classes in 2, 3, 10:
            labels = rng.integers(classes, size=50)
            yield labels, rng.integers(classes, size=50)


def one_hot(labels, num_classes):
    """Return a row for each label: zeros, and a one at the label's place.

    labels: (n,) whole numbers from 0 to num_classes - 1, n may be 0.
    num_classes: a whole number.

    Returns (n, num_classes) numbers.
    """
    rows = np.zeros((len(labels), num_classes))
    rows[np.arange(len(labels)), labels] = 1
    return rows


def one_hot_of_those_that_occur(labels, num_classes):
    present = np.unique(labels)
    return (labels[:, np.newaxis] == present).astype(float)


def one_hot_columns(labels, num_classes):
    rows = np.zeros((len(labels), num_classes))
    rows[:, labels] = 1
    return rows


class OneHot(Exercise):
    """Turn class numbers into rows that a network can be compared with."""

    solution = one_hot
    hints = (
        "Begin with zeros: `np.zeros((len(labels), num_classes))`.",
        "Row i needs its one in column `labels[i]`. A loop does it.",
        "Without a loop: `rows[np.arange(len(labels)), labels] = 1` picks "
        "one place in each row.",
    )
    misconceptions = (
        (
            "makes columns for the classes that occur",
            one_hot_of_those_that_occur,
            "There is a column only for classes that occur here. The next "
            "data may hold others: make num_classes columns.",
        ),
        (
            "fills whole columns",
            one_hot_columns,
            "Every row has several ones: `rows[:, labels] = 1` fills whole "
            "columns. Each row needs a place of its own.",
        ),
        (
            "counts classes from 1",
            lambda labels, num_classes: one_hot(
                (labels - 1) % num_classes, num_classes
            ),
            "The ones stand one place too far left: classes count from 0.",
        ),
        (
            "lays the samples side by side",
            lambda labels, num_classes: one_hot(labels, num_classes).T,
            "Rows and columns are swapped: each label gets a row.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0, 2, 1, 2]), 4
        yield np.array([3, 3]), 5
        yield np.zeros(0, int), 3
        for classes in 2, 10:
            yield rng.integers(classes, size=12), classes


def surest_mistake(labels, probabilities):
    """Return the index of the wrong answer with the highest probability.

    labels: (n,) class numbers. probabilities: (n, classes); the answer for
        sample i is the class with the largest probability in row i. At
        least one answer is wrong.

    Returns an int, the number of the sample.
    """
    wrong = probabilities.argmax(axis=1) != labels
    sureness = np.where(wrong, probabilities.max(axis=1), -1)
    return int(sureness.argmax())


def surest_answer(labels, probabilities):
    return int(probabilities.max(axis=1).argmax())


def first_mistake(labels, probabilities):
    return int((probabilities.argmax(axis=1) != labels).argmax())


def least_sure_mistake(labels, probabilities):
    wrong = probabilities.argmax(axis=1) != labels
    return int(np.where(wrong, probabilities.max(axis=1), 2).argmin())


def index_among_mistakes(labels, probabilities):
    wrong = probabilities.argmax(axis=1) != labels
    return int(probabilities[wrong].max(axis=1).argmax())


class SurestMistake(Exercise):
    """Find the mistake of which the network was most sure."""

    solution = surest_mistake
    hints = (
        "`probabilities.argmax(axis=1)` are the answers, and "
        "`probabilities.max(axis=1)` says how sure the network was.",
        "`wrong = answers != labels` marks the mistakes.",
        "Give the right answers a sureness of -1, with `np.where`, and take "
        "`argmax` over all samples.",
    )
    misconceptions = (
        (
            "looks at right answers too",
            surest_answer,
            "This is the surest answer of all. Look at the mistakes only.",
        ),
        (
            "takes the first mistake",
            first_mistake,
            "This is the first mistake. Which one has the highest "
            "probability?",
        ),
        (
            "takes the least sure mistake",
            least_sure_mistake,
            "This is the mistake that the network was least sure of.",
        ),
        (
            "counts among the mistakes",
            index_among_mistakes,
            "This counts through the mistakes only. The function returns the "
            "number of the sample among all.",
        ),
    )

    def inputs(self, rng):
        yield (
            np.array([0, 1, 0, 1, 1]),
            np.array(
                [[0.99, 0.01], [0.6, 0.4], [0.1, 0.9], [0.3, 0.7], [0.8, 0.2]]
            ),
        )
        for classes in 3, 10:
            p = rng.dirichlet(np.ones(classes), size=40)
            yield rng.integers(classes, size=40), p
