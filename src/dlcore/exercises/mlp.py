"""Exercises of the chapter "A network that reads digits"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def count_parameters(sizes):
    """Return how many weights and biases a network of Dense layers has.

    sizes: the number of inputs, then the units of each layer, such as
        [784, 64, 32, 10]; at least two numbers.

    Every unit has one weight for each input of its layer, and one bias.
    """
    return sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))


class CountParameters(Exercise):
    """Count the parameters of a network from the sizes of its layers."""

    solution = count_parameters
    hints = (
        "Take one layer first: 784 inputs, 64 units. How many lines are "
        "there in the picture between them?",
        "A layer with a inputs and b units has a · b weights and b biases.",
        "`zip(sizes, sizes[1:])` gives the pairs (784, 64), (64, 32), "
        "(32, 10).",
    )
    misconceptions = (
        (
            "forgets the biases",
            lambda sizes: sum(a * b for a, b in zip(sizes, sizes[1:])),
            "These are the weights alone. Each unit has a bias as well.",
        ),
        (
            "gives the inputs a bias",
            lambda sizes: (
                sum(a * b for a, b in zip(sizes, sizes[1:])) + sum(sizes)
            ),
            "The inputs are given, they are not computed: they have no bias.",
        ),
        (
            "gives each connection a bias",
            lambda sizes: 2 * sum(a * b for a, b in zip(sizes, sizes[1:])),
            "This has one bias for each connection. A bias belongs to a unit.",
        ),
        (
            "multiplies all the sizes",
            lambda sizes: int(np.prod(sizes)),
            "Layers follow one another, so their counts are added. Only the "
            "two sizes of one layer are multiplied.",
        ),
    )

    def inputs(self, rng):
        yield ([1, 1],)
        yield ([784, 64, 32, 10],)
        for layers in 2, 3, 6:
            yield (rng.integers(1, 50, size=layers).tolist(),)


def nearest_mean(x_train, y_train, x_test):
    """Return the class whose mean image is nearest, for each test image.

    x_train: (n, pixels) numbers; y_train: (n,) class numbers from 0, every
        class up to the largest occurs; x_test: (m, pixels).

    The mean image of a class is the mean of its training images. Near is
    meant in the sense of the sum of squared differences of the pixels.
    Returns (m,) class numbers.
    """
    means = np.stack(
        [x_train[y_train == k].mean(axis=0) for k in range(y_train.max() + 1)]
    )
    differences = x_test[:, np.newaxis] - means
    return (differences**2).sum(axis=-1).argmin(axis=1)


def nearest_image(x_train, y_train, x_test):
    differences = x_test[:, np.newaxis] - x_train
    return y_train[(differences**2).sum(axis=-1).argmin(axis=1)]


def farthest_mean(x_train, y_train, x_test):
    means = np.stack(
        [x_train[y_train == k].mean(axis=0) for k in range(y_train.max() + 1)]
    )
    differences = x_test[:, np.newaxis] - means
    return (differences**2).sum(axis=-1).argmax(axis=1)


def nearest_mean_signed(x_train, y_train, x_test):
    means = np.stack(
        [x_train[y_train == k].mean(axis=0) for k in range(y_train.max() + 1)]
    )
    differences = x_test[:, np.newaxis] - means
    return np.abs(differences.sum(axis=-1)).argmin(axis=1)


class NearestMean(Exercise):
    """Write the baseline that a network has to beat."""

    solution = nearest_mean
    hints = (
        "First the means: `x_train[y_train == 3]` are the images of class "
        "3. Their mean along axis 0 is one image.",
        "`x_test[:, np.newaxis] - means` holds the difference of each test "
        "image from each mean, with shape (m, classes, pixels).",
        "Square, sum over the last axis, and take `argmin` over the classes.",
    )
    misconceptions = (
        (
            "compares with single images",
            nearest_image,
            "This takes the class of the nearest single image. The exercise "
            "asks for the nearest mean of a class.",
        ),
        (
            "takes the farthest mean",
            farthest_mean,
            "These are the classes that fit worst: a large difference means "
            "far away.",
        ),
        (
            "lets differences cancel",
            nearest_mean_signed,
            "Positive and negative differences cancel in this sum. Square "
            "them before you add.",
        ),
    )

    def inputs(self, rng):
        yield (
            np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.8]]),
            np.array([0, 1, 1]),
            np.array([[0.2, 0.1], [0.9, 0.9]]),
        )
        for classes in 2, 3, 10:
            y = np.concatenate(
                [np.arange(classes), rng.integers(classes, size=20)]
            )
            x = rng.normal(size=(len(y), 6)) + 0.5 * y[:, np.newaxis]
            yield x, y, rng.normal(size=(15, 6)) + 2


def most_confused(matrix):
    """Return (true, predicted): the mistake that is made most often.

    matrix: (classes, classes) counts; row = true class, column = predicted
        class. At least one mistake occurs, and no two mistakes are equally
        frequent at the top.

    Returns a tuple of two ints.
    """
    mistakes = np.array(matrix)
    np.fill_diagonal(mistakes, 0)
    row, column = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return int(row), int(column)


def most_confused_of_all(matrix):
    row, column = np.unravel_index(np.argmax(matrix), np.shape(matrix))
    return int(row), int(column)


def most_confused_pair(matrix):
    mistakes = np.array(matrix) + np.array(matrix).T
    np.fill_diagonal(mistakes, 0)
    row, column = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return int(row), int(column)


class MostConfused(Exercise):
    """Find the most frequent mistake in a confusion matrix."""

    solution = most_confused
    hints = (
        "What stands on the diagonal? These are not mistakes.",
        "Copy the matrix before you set its diagonal to 0, with "
        "`np.fill_diagonal`.",
        "`argmax` counts through the flat matrix; `np.unravel_index(place, "
        "matrix.shape)` gives row and column.",
    )
    misconceptions = (
        (
            "counts right answers as mistakes",
            most_confused_of_all,
            "This is the largest count of all. It stands on the diagonal, "
            "where the prediction is right.",
        ),
        (
            "swaps true and predicted",
            lambda matrix: most_confused(matrix)[::-1],
            "Row and column are swapped: the row is the true class.",
        ),
        (
            "adds both directions",
            most_confused_pair,
            "This adds the two directions. Reading a 4 as a 9 and a 9 as a "
            "4 are two different mistakes.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([[50, 3], [7, 40]]),)
        # Both directions together would point to the pair 0 and 1.
        yield (np.array([[90, 5, 0], [4, 80, 0], [0, 6, 70]]),)
        for classes in 3, 10:
            counts = rng.permutation(classes * classes)
            matrix = counts.reshape(classes, classes)
            yield (matrix + 100 * np.eye(classes, dtype=int),)
