"""The exercises of the book's last chapter."""

import math

import numpy as np

from dlcore.exercises.exercise import Exercise


def sign_test(y_true, a, b):
    """Return how probable so large a lead is if it is only luck.

    y_true, a, b: (n,) the true classes and the answers of two models to the
        same n samples.

    Only samples that exactly one of the models has right can decide. If
    both are equally good, each of these goes to either model like a fair
    coin. Return the probability that m coins divide as unevenly as these
    did, or more so, in favour of either model; 1 if m is 0.
    """
    only_a = int(np.sum((a == y_true) & (b != y_true)))
    only_b = int(np.sum((b == y_true) & (a != y_true)))
    m, fewer = only_a + only_b, min(only_a, only_b)
    one_side = sum(math.comb(m, k) for k in range(fewer + 1)) / 2**m
    return min(1.0, 2 * one_side)


def one_sided(y_true, a, b):
    only_a = int(np.sum((a == y_true) & (b != y_true)))
    only_b = int(np.sum((b == y_true) & (a != y_true)))
    m, fewer = only_a + only_b, min(only_a, only_b)
    return sum(math.comb(m, k) for k in range(fewer + 1)) / 2**m


def all_samples(y_true, a, b):
    right, n = sorted([np.sum(a == y_true), np.sum(b == y_true)]), len(a)
    fewer = int(n - (right[1] - right[0])) // 2
    one_side = sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n
    return min(1.0, 2 * one_side)


def exactly_so(y_true, a, b):
    only_a = int(np.sum((a == y_true) & (b != y_true)))
    only_b = int(np.sum((b == y_true) & (a != y_true)))
    m = only_a + only_b
    return min(1.0, 2 * math.comb(m, min(only_a, only_b)) / 2**m)


def where_they_differ(y_true, a, b):
    differ = int(np.sum(a != b))
    right = int(np.sum((a == y_true) & (a != b)))
    fewer = min(right, differ - right)
    one_side = sum(math.comb(differ, k) for k in range(fewer + 1)) / 2**differ
    return min(1.0, 2 * one_side)


class SignTest(Exercise):
    """Ask whether one model's lead over another is more than luck."""

    solution = sign_test
    hints = (
        "Samples that both have right, or both have wrong, say nothing "
        "about which is better. Count two numbers: only a right, only b "
        "right.",
        "With m coins there are 2**m equally probable outcomes, and "
        "`math.comb(m, k)` of them show k heads.",
        "Add the outcomes with 0, 1, ... up to the smaller of your two "
        "counts, divide by 2**m, double it for the other side, and return "
        "at most 1.",
    )
    misconceptions = (
        (
            "asks for one side only",
            one_sided,
            "You ask how probable a lead of this one model is. We did not "
            "know beforehand which would lead, so the other side counts "
            "too.",
        ),
        (
            "tosses a coin for every sample",
            all_samples,
            "You toss a coin for samples that both have right or both have "
            "wrong. Those cannot tell the models apart.",
        ),
        (
            "counts this very outcome only",
            exactly_so,
            "You take the probability of exactly this division. With many "
            "coins each single one is improbable. Add those that are even "
            "more uneven.",
        ),
        (
            "counts samples that both have wrong",
            where_they_differ,
            "Where the answers differ, both can still be wrong. Such a "
            "sample speaks for neither.",
        ),
    )

    def inputs(self, rng):
        yield np.zeros(12, int), np.repeat([0, 1], [9, 3]), np.repeat(
            [1, 0], [9, 3]
        )
        yield np.array([0, 1, 2]), np.array([0, 1, 1]), np.array([0, 1, 0])
        yield np.zeros(4, int), np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])
        for share in (0.7, 0.8, 0.9):
            y = rng.integers(4, size=60)
            a = np.where(rng.random(60) < share, y, (y + 1) % 4)
            b = np.where(rng.random(60) < 0.6, y, rng.integers(4, size=60))
            yield y, a, b


def enough_samples(percent, points):
    """Return how many test samples make the standard error small enough.

    percent: a whole number from 1 to 99, the accuracy that we expect.
    points: a whole number, the largest standard error that we accept, in
        percentage points.

    Return the fewest n for which the root of p (1 - p) / n is at most that,
    with p the accuracy as a share.
    """
    return -(-percent * (100 - percent) // points**2)


class EnoughSamples(Exercise):
    """Derive how large a test set must be."""

    solution = enough_samples
    hints = (
        "Set the root of p (1 - p) / n equal to e and solve for n.",
        "That gives n = p (1 - p) / e². Written with percent and points, "
        "above and below the line stands 100² more: "
        "percent (100 - percent) / points².",
        "Round up, since fewer would not do. For whole numbers "
        "`-(-a // b)` is a / b rounded up, without any rounding error.",
    )
    misconceptions = (
        (
            "forgets the square",
            lambda percent, points: -(-percent * (100 - percent)
                                      // (100 * points)),
            "To halve the error takes four times as many samples. Your "
            "answer grows with 1 / points; the square is missing.",
        ),
        (
            "rounds down",
            lambda percent, points: percent * (100 - percent) // points**2,
            "With this many samples the error is still a little too large. "
            "Round up.",
        ),
        (
            "takes the worst case always",
            lambda percent, points: -(-2500 // points**2),
            "That is right for an accuracy of one half. The closer it is to "
            "0 or to 1, the less it varies.",
        ),
        (
            "takes the share of mistakes for its variance",
            lambda percent, points: -(-100 * (100 - percent) // points**2),
            "You used 1 - p alone. One answer, 1 for right and 0 for wrong, "
            "has the variance p (1 - p).",
        ),
    )

    def inputs(self, rng):
        yield 50, 1
        yield 94, 1
        yield 90, 3
        yield 94, 2
        for _ in range(6):
            yield int(rng.integers(1, 100)), int(rng.integers(1, 6))


def disguised(x_train, x_test, least):
    """Return the places of test samples that are training samples in disguise.

    x_train: (n, d), x_test: (m, d). A disguise is another brightness and
        another contrast: x becomes a x + c, with a > 0, and a little noise.
    least: a test row is a leak if, with the mean of each row taken away,
        its cosine with at least one training row is this or more.

    No row is constant. Returns whole numbers, rising, possibly empty.
    """
    return np.flatnonzero(cosines(x_train, x_test).max(axis=1) >= least)


def cosines(x_train, x_test, centred=True):
    rows = []
    for x in (x_train, x_test):
        x = x - x.mean(axis=1, keepdims=True) if centred else x
        rows.append(x / np.linalg.norm(x, axis=1, keepdims=True))
    return rows[1] @ rows[0].T


def without_lengths(x_train, x_test, least):
    a = x_train - x_train.mean(axis=1, keepdims=True)
    b = x_test - x_test.mean(axis=1, keepdims=True)
    return np.flatnonzero((b @ a.T).max(axis=1) >= least)


class Disguised(Exercise):
    """Find the leak that a comparison number by number misses."""

    solution = disguised
    hints = (
        "Taking the mean of a row away undoes c. Dividing the row by its "
        "length undoes a. Then equal pictures are equal rows.",
        "For rows of length 1 the cosine is the dot product, so all pairs "
        "are one matrix product: (m, d) times (d, n).",
        "`.max(axis=1)` is the best match of each test row, and "
        "`np.flatnonzero` turns a condition into places.",
    )
    misconceptions = (
        (
            "looks for equal numbers",
            lambda x_train, x_test, least: np.flatnonzero(
                [(x_train == row).all(axis=1).any() for row in x_test]
            ),
            "You compare number by number. A copy that was made a little "
            "brighter goes through.",
        ),
        (
            "leaves the mean in",
            lambda x_train, x_test, least: np.flatnonzero(
                cosines(x_train, x_test, False).max(axis=1) >= least
            ),
            "You did not take the mean of each row away. Then two bright "
            "pictures have a large cosine whatever they show.",
        ),
        (
            "forgets the lengths",
            without_lengths,
            "A dot product grows with the contrast. Divide each row by its "
            "length first.",
        ),
        (
            "returns the places in the training set",
            lambda x_train, x_test, least: disguised(x_test, x_train, least),
            "These are the places in the training set. The places in the "
            "test set are asked for.",
        ),
    )

    def inputs(self, rng):
        x = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1], [1, 0, 0, 0]])
        yield x, np.array([[5.0, 5, 9, 9], [0, 0, 0, 1], [0, 1, 0, 1]]), 0.99
        yield x, 1 - x[:2], 0.99
        images, fresh = rng.random((30, 40)), rng.random((12, 40))
        noise = rng.normal(0, 0.01, (3, 40))
        fresh[[2, 3, 9]] = 0.5 * images[[21, 7, 7]] + 0.4 + noise
        yield images, fresh, 0.9
        yield images * 9, fresh, 0.9


def diagnosis(loss, val_loss):
    """Return what the two curves of a training say, in one word.

    loss, val_loss: lists of equal length, 2 or more, one number an epoch.
    The first of these that is true:

    "diverged": a loss is not finite, or the last one is above the first;
    "stuck": the last loss is above 0.99 times the first;
    "overfitted": the last val_loss is above 1.1 times the lowest one;
    "unfinished": the lowest val_loss is the last one;
    "done": none of these.
    """
    if not np.isfinite(loss).all() or loss[-1] > loss[0]:
        return "diverged"
    if loss[-1] > 0.99 * loss[0]:
        return "stuck"
    if val_loss[-1] > 1.1 * min(val_loss):
        return "overfitted"
    if np.argmin(val_loss) == len(val_loss) - 1:
        return "unfinished"
    return "done"


def from_the_gap(loss, val_loss):
    word = diagnosis(loss, val_loss)
    if word in ("diverged", "stuck"):
        return word
    if val_loss[-1] > 1.1 * loss[-1]:
        return "overfitted"
    lowest = np.argmin(val_loss) == len(val_loss) - 1
    return "unfinished" if lowest else "done"


def validation_only(loss, val_loss):
    return diagnosis(val_loss, val_loss)


def last_step_only(loss, val_loss):
    word = diagnosis(loss, val_loss)
    if word in ("diverged", "stuck"):
        return word
    if val_loss[-1] > val_loss[-2]:
        return "overfitted"
    return "unfinished"


class Diagnosis(Exercise):
    """Read two curves and say what is wrong with the training."""

    solution = diagnosis
    hints = (
        "Write the questions as `if ...: return ...`, in the order of the "
        "list. Then each may rely on the answers before it.",
        "`np.isfinite(loss).all()` is False as soon as one number is "
        "infinite or NaN.",
        "The epoch of the lowest val_loss is `np.argmin(val_loss)`; the "
        "last epoch is `len(val_loss) - 1`.",
    )
    misconceptions = (
        (
            "calls every gap overfitting",
            from_the_gap,
            "You compare val_loss with loss. Nearly every healthy run has "
            "that gap. What tells is whether val_loss has risen from its "
            "own lowest point.",
        ),
        (
            "looks at the validation alone",
            validation_only,
            "You take val_loss for both curves. A run that learns its own "
            "samples and nothing else would be called stuck or diverged.",
        ),
        (
            "trusts the last step",
            last_step_only,
            "One step up is noise, and one step down too. Compare the last "
            "val_loss with the lowest of all.",
        ),
    )

    def inputs(self, rng):
        yield [2.3, 1.0, 0.5], [2.2, 1.1, 0.8]
        yield [2.3, 0.9, 0.1, 0.01], [2.2, 1.0, 1.4, 2.5]
        yield [2.3, 0.9, 0.6, 0.5], [2.2, 1.0, 0.98, 1.0]
        yield [2.303, 2.302, 2.303], [2.303, 2.304, 2.303]
        yield [2.3, 5.0, 40.0], [2.4, 6.0, 50.0]
        yield [2.3, float("nan"), float("nan")], [2.4, 6.0, float("nan")]
        for _ in range(12):
            loss = np.exp(-rng.random() * np.arange(8)) + rng.random(8) / 50
            rise = rng.choice([0, 0, 0.2]) * np.arange(8)
            val_loss = loss + 0.1 + rise + rng.random(8) / 20
            yield loss.tolist(), val_loss.tolist()
