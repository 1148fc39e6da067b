"""The exercises of the chapter that treats broken runs."""

from functools import cache

import numpy as np

from dlcore import datasets
from dlcore.exercises.exercise import Exercise
from dlcore.layers import Dense
from dlcore.models import Sequential
from dlcore.optimizers import SGD


def double_softmax(classes):
    """Return (start, floor): two losses of a softmax applied twice.

    classes: how many classes there are, at least 2.

    The network's probabilities p go through softmax once more, and the loss
    is -log of what comes out for the right class.
    start: the loss where all p are equal.
    floor: the loss where p is 1 for the right class and 0 for the others.
    """
    return np.log(classes), np.log(1 + (classes - 1) / np.e)


class DoubleSoftmax(Exercise):
    """Find where a loss starts, and below what a broken one cannot go."""

    solution = double_softmax
    hints = (
        "Equal numbers stay equal: their softmax is 1 / classes, whether it "
        "is taken once or twice.",
        "The perfect answer is a row with one 1. Its softmax is "
        "$e^1 / (e^1 + (k - 1) e^0)$ at the right place.",
        "Take -log of that fraction and divide above and below by $e$.",
    )
    misconceptions = (
        (
            "expects the floor of a sound loss",
            lambda classes: (np.log(classes), 0.0),
            "A sound loss can reach 0. Here a 1 among zeros goes through "
            "softmax once more, and what comes out is less than 1.",
        ),
        (
            "counts the right class among the others",
            lambda classes: (np.log(classes), np.log(1 + classes / np.e)),
            "One class is right, so classes - 1 are not.",
        ),
        (
            "takes a logarithm to base 2",
            lambda classes: (
                np.log2(classes),
                np.log2(1 + (classes - 1) / np.e),
            ),
            "These are bits. The loss of the library is the natural "
            "logarithm, np.log.",
        ),
    )

    def inputs(self, rng):
        for classes in (2, 10, 3, 1000, int(rng.integers(20, 90))):
            yield (classes,)


def leaked(x_train, x_test):
    """Return the places of test samples that are training samples too.

    x_train: (n, ...) and x_test: (m, ...) arrays of the same kind of sample;
        a leak is equal in every number.

    Returns an array of whole numbers, rising, possibly empty.
    """
    seen = {row.tobytes() for row in x_train}
    places = [k for k, row in enumerate(x_test) if row.tobytes() in seen]
    return np.array(places, dtype=int)


def same_place(x_train, x_test):
    n = min(len(x_train), len(x_test))
    same = (x_train[:n] == x_test[:n]).reshape(n, -1).all(axis=1)
    return np.flatnonzero(same)


def same_sum(x_train, x_test):
    seen = set(x_train.reshape(len(x_train), -1).sum(axis=1).tolist())
    sums = x_test.reshape(len(x_test), -1).sum(axis=1).tolist()
    return np.flatnonzero([one in seen for one in sums])


def places_in_training(x_train, x_test):
    return leaked(x_test, x_train)


class Leaked(Exercise):
    """Find the test samples that were trained on."""

    solution = leaked
    hints = (
        "Comparing all pairs works, but a set answers the question 'seen "
        "before?' at once.",
        "An array cannot be put into a set, but its bytes can: "
        "`row.tobytes()`.",
        "Collect the bytes of all training rows in a set. Then go through "
        "the test rows with `enumerate` and keep the places of those in it.",
    )
    misconceptions = (
        (
            "compares equal places only",
            same_place,
            "A leaked sample may stand anywhere in the training set. "
            "Compare each test sample with all of them.",
        ),
        (
            "compares sums",
            same_sum,
            "Different samples can have the same sum. Compare every number.",
        ),
        (
            "returns the places in the training set",
            places_in_training,
            "These are the places in the training set. The places in the "
            "test set are asked for.",
        ),
    )

    def inputs(self, rng):
        x = np.arange(8).reshape(4, 2)
        yield x, np.array([[4, 5], [5, 4], [0, 1]])
        yield x, x + 20
        yield np.array([[1, 2], [3, 4]]), np.array([[9, 9], [2, 1]])
        images = rng.integers(0, 256, (40, 5, 5))
        fresh = rng.integers(0, 256, (12, 5, 5))
        fresh[[2, 3, 9]] = images[[31, 7, 7]]
        yield images, fresh


def update_ratios(before, after):
    """Return how far each array has moved, relative to its size.

    before, after: lists of arrays, the weights before and after one step;
        no array of before is all zero.

    The size of an array is the root of the sum of its squares. Returns a
    list with one float for each array: the size of the change divided by
    the size before.
    """
    return [
        float(np.linalg.norm(b - a) / np.linalg.norm(a))
        for a, b in zip(before, after)
    ]


class UpdateRatios(Exercise):
    """Measure the length of a step against the weights."""

    solution = update_ratios
    hints = (
        "One loop over both lists: `for a, b in zip(before, after)`.",
        "`np.linalg.norm(a)` is the root of the sum of squares, for a "
        "matrix too.",
        "The change is b - a, not the difference of the two sizes.",
    )
    misconceptions = (
        (
            "compares the sizes",
            lambda before, after: [
                abs(np.linalg.norm(b) - np.linalg.norm(a)) / np.linalg.norm(a)
                for a, b in zip(before, after)
            ],
            "Weights can move far and keep their size, as when they turn. "
            "Take the size of the difference.",
        ),
        (
            "divides number by number",
            lambda before, after: [
                float(np.mean(np.abs((b - a) / (np.abs(a) + 1e-12))))
                for a, b in zip(before, after)
            ],
            "One weight near zero spoils a mean of single ratios. Divide "
            "the size of the whole change by the size of the whole array.",
        ),
        (
            "divides by the size after",
            lambda before, after: [
                float(np.linalg.norm(b - a) / np.linalg.norm(b))
                for a, b in zip(before, after)
            ],
            "The change is compared with what was there before the step.",
        ),
    )

    def inputs(self, rng):
        yield [np.array([3.0, 4.0])], [np.array([4.0, -3.0])]
        yield [np.eye(2)], [np.eye(2)]
        a = [rng.normal(size=(4, 3)), rng.normal(size=3)]
        yield a, [one * 1.5 for one in a]
        yield a, [one + 1e-3 * rng.normal(size=one.shape) for one in a]


DISEASES = {
    "healthy": {},
    "rate too low": {"rate": 1e-6},
    "dead units": {"bias": -9.0},
    "shuffled labels": {"shuffled": True},
    "leak": {"leak": True},
}


@cache
def patient(disease, seed):
    """The five statistics of a small run that has this disease.

    Four clouds of points, a network 2-32-4 with relu and softmax, SGD.
    """
    settings = {"rate": 0.3, "bias": 0.0, "shuffled": False, "leak": False}
    settings |= DISEASES[disease]
    x, y = datasets.blobs(200, classes=4, seed=seed)
    rng = np.random.default_rng(seed)
    if settings["shuffled"]:
        y[:120] = rng.permutation(y[:120])
    fresh, labels = x[120:].copy(), y[120:].copy()
    if settings["leak"]:
        x[:60], y[:60] = fresh[:60], labels[:60]
    x, y = x[:120], y[:120]
    first = Dense(32, activation="relu", input_shape=(2,))
    model = Sequential([first, Dense(4, activation="softmax")], seed=seed)
    first.bias[...] = settings["bias"]
    loss = "sparse_categorical_crossentropy"
    model.compile(SGD(settings["rate"]), loss, metrics=["accuracy"])
    before = model.vector.copy()
    start = model.train_on_batch(x[:32], y[:32])
    ratio = np.linalg.norm(model.vector - before) / np.linalg.norm(before)
    model.fit(x, y, epochs=10, verbose=0)
    return (
        float(start),
        float(ratio),
        float(np.mean(first.forward(x).max(axis=0) == 0)),
        float(model.evaluate(fresh, labels, verbose=0)[1]),
        len(leaked(x, fresh)),
    )


def diagnose(start, ratio, dead, accuracy, duplicates):
    """Return the name of what is wrong with a run on four classes.

    start: the loss of the first batch. ratio: how far the first step moved
        all weights, relative to their size. dead: the share of hidden units
        that are 0 for every training sample. accuracy: on fresh samples,
        after the training. duplicates: how many fresh samples are training
        samples too.

    Returns one of "healthy", "rate too low", "dead units",
    "shuffled labels", "leak". Every patient has at most one disease.
    """
    if duplicates > 0:
        return "leak"
    if dead > 0.9:
        return "dead units"
    if ratio < 1e-4:
        return "rate too low"
    if accuracy < 0.6:
        return "shuffled labels"
    return "healthy"


def rate_first(start, ratio, dead, accuracy, duplicates):
    if ratio < 1e-2:
        return "rate too low"
    return diagnose(start, ratio, dead, accuracy, duplicates)


def any_dead(start, ratio, dead, accuracy, duplicates):
    dead = float(dead > 0)
    return diagnose(start, ratio, dead, accuracy, duplicates)


def accuracy_first(start, ratio, dead, accuracy, duplicates):
    if accuracy > 0.6:
        return "healthy"
    return diagnose(start, ratio, dead, accuracy, duplicates)


class Diagnose(Exercise):
    """Name the disease of patients whom you have not seen."""

    solution = diagnose
    hints = (
        "Cheap and certain first: a duplicate proves a leak.",
        "Two diseases keep weights from moving. The share of dead units "
        "tells them apart, so ask for it before the ratio.",
        "Chance is 0.25 with four classes. A step of a healthy run moves "
        "the weights by more than a ten-thousandth.",
        "What is left and reads fresh samples no better than chance has "
        "learned something else than the truth.",
    )
    misconceptions = (
        (
            "blames the rate for dead units",
            rate_first,
            "A network of dead units hardly moves either. Ask whether the "
            "units are dead before you blame the rate.",
        ),
        (
            "takes one silent unit for the disease",
            any_dead,
            "A healthy relu layer may have some silent units. The disease "
            "is that nearly all of them are.",
        ),
        (
            "trusts a good accuracy",
            accuracy_first,
            "A leak makes the accuracy good. That is what is wrong with it.",
        ),
    )

    def inputs(self, rng):
        for seed in range(4):
            for disease in DISEASES:
                yield patient(disease, seed)
