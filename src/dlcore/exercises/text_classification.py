"""Exercises of the chapter "Where does a sentence come from?"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def trust(total, size, alpha):
    """Return the share of the counted part in a smoothed probability.

    (count + alpha) / (total + alpha * size)
        = trust * count / total + (1 - trust) / size

    total: words of the source, counted with repetition, at least 1.
    size: words of the vocabulary, at least 1. alpha: a number, at least 0.
    Returns a float from 0 to 1, the same for every count.
    """
    return total / (total + alpha * size)


class Trust(Exercise):
    """Find how much a smoothed probability trusts the count."""

    solution = trust
    hints = (
        "Split the fraction: count / (total + alpha * size) is one part, "
        "alpha / (total + alpha * size) the other.",
        "The first part shall be trust * count / total. So what must trust "
        "be? The count cancels.",
        "Check the second part: 1 - trust is alpha * size over the same "
        "sum, and divided by size that is alpha over the sum.",
    )
    misconceptions = (
        (
            "adds alpha only once",
            lambda total, size, alpha: total / (total + alpha),
            "Every word of the vocabulary is seen alpha times more, so the "
            "sum grows by alpha * size.",
        ),
        (
            "gives the other share",
            lambda total, size, alpha: (
                alpha * size / (total + alpha * size)
            ),
            "This is the share of the uniform part. With alpha = 0 nothing "
            "is smoothed, and the count must be trusted fully.",
        ),
        (
            "compares the total with the size alone",
            lambda total, size, alpha: total / (total + size),
            "This is right for alpha = 1 only.",
        ),
    )

    def inputs(self, rng):
        yield 4, 4, 1.0
        yield 10, 5, 0.0
        for _ in range(4):
            total, size = rng.integers(1, 5000, size=2).tolist()
            yield total, size, float(rng.uniform(0.1, 3))


def tf_idf(counts):
    """Return the counts, each times log(n / sentences with that word).

    counts: (n, words) whole numbers from 0, n at least 1.

    A word that occurs in no sentence keeps its zeros. Returns floats of
    the shape of counts. The logarithm is the natural one.
    """
    holding = (counts > 0).sum(axis=0)
    return counts * np.log(len(counts) / np.maximum(holding, 1))


def by_occurrences(counts):
    return counts * np.log(len(counts) / np.maximum(counts.sum(axis=0), 1))


def without_log(counts):
    return counts * (len(counts) / np.maximum((counts > 0).sum(axis=0), 1))


def presence(counts):
    holding = (counts > 0).sum(axis=0)
    return (counts > 0) * np.log(len(counts) / np.maximum(holding, 1))


def never_zero(counts):
    holding = (counts > 0).sum(axis=0)
    return counts * np.log((len(counts) + 1) / (holding + 1))


class TfIdf(Exercise):
    """Weigh the counts by how rare their words are."""

    solution = tf_idf
    hints = (
        "`counts > 0` says which sentence holds which word. How many "
        "sentences hold each word?",
        "A column of zeros would divide by 0. `np.maximum(holding, 1)` "
        "avoids that, and the zeros stay zeros.",
        "`counts * np.log(len(counts) / ...)` multiplies every row by the "
        "same weights.",
    )
    misconceptions = (
        (
            "counts occurrences, not sentences",
            by_occurrences,
            "A word that stands twice in one sentence is still in one "
            "sentence. Count the sentences that hold it.",
        ),
        (
            "forgets the logarithm",
            without_log,
            "The ratio goes through a logarithm. Then a word that is in "
            "every sentence weighs log(1) = 0.",
        ),
        (
            "forgets how often the word occurs",
            presence,
            "This is 0 or the weight. The count of the sentence is a factor "
            "too: that is the term frequency.",
        ),
        (
            "smooths the ratio",
            never_zero,
            "Some libraries add 1 above and below. The formula here does "
            "not.",
        ),
    )

    def inputs(self, rng):
        yield (np.array([[1, 1, 0], [1, 0, 2]]),)
        yield (np.array([[3, 0]]),)
        # The last word occurs nowhere.
        yield (np.array([[1, 2, 0], [0, 1, 0], [4, 1, 0]]),)
        for n in 4, 9:
            yield (rng.poisson(0.8, size=(n, 6)),)


def mean_recall(y_true, y_pred):
    """Return the mean over the classes of the share that was found.

    y_true, y_pred: (n,) class numbers, n at least 1.

    The recall of a class is the share of its samples that are predicted as
    this class. The mean is over the classes that occur in y_true; a class
    that is only predicted has no recall. Returns a float from 0 to 1.
    """
    recalls = [np.mean(y_pred[y_true == k] == k) for k in np.unique(y_true)]
    return float(np.mean(recalls))


def accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def mean_precision(y_true, y_pred):
    shares = [np.mean(y_true[y_pred == k] == k) for k in np.unique(y_pred)]
    return float(np.mean(shares))


def over_all_numbers(y_true, y_pred):
    classes = 1 + max(y_true.max(), y_pred.max())
    total = sum(
        np.mean(y_pred[y_true == k] == k) for k in np.unique(y_true)
    )
    return float(total / classes)


class MeanRecall(Exercise):
    """Measure a classifier so that every class counts alike."""

    solution = mean_recall
    hints = (
        "Take one class first. `y_true == 2` picks its samples. Which share "
        "of their predictions is 2?",
        "`np.unique(y_true)` lists the classes that occur.",
        "One share for each class, then the plain mean of the shares.",
    )
    misconceptions = (
        (
            "is the accuracy",
            accuracy,
            "This is the accuracy: a large class counts more. First a share "
            "for each class, then the mean.",
        ),
        (
            "asks the predictions",
            mean_precision,
            "This is the share of each *predicted* class that is right, the "
            "precision. Recall starts from the true class.",
        ),
        (
            "divides by classes that do not occur",
            over_all_numbers,
            "A class that does not occur in y_true has no recall, so it must "
            "not be counted in the mean either.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])
        yield np.array([0, 0, 2, 2]), np.array([0, 1, 2, 0])
        yield np.array([3]), np.array([3])
        for classes in 2, 4, 5:
            shares = rng.dirichlet(np.ones(classes))
            y_true = rng.choice(classes, size=40, p=shares)
            lost = rng.random(40) < 0.4
            y_pred = np.where(lost, rng.integers(classes, size=40), y_true)
            yield y_true, y_pred


def deciding_word(row, predict):
    """Return the place of the word whose loss hurts the answer most.

    row: (length,) word numbers; 0 is padding, at the end. At least one
        word is not 0.
    predict: a function from (n, length) word numbers to (n, classes)
        probabilities.

    The answer is the most probable class of the whole row. Each word in
    turn is replaced by 1, the unknown word, the others staying. Padding is
    not replaced. Returns the place at which the probability of the answer
    becomes smallest, as an int; the first one if several are equal.
    """
    answer = predict(row[np.newaxis])[0].argmax()
    length = int((row > 0).sum())
    without = np.tile(row, (length, 1))
    np.fill_diagonal(without, 1)
    return int(predict(without)[:, answer].argmin())


def strongest_alone(row, predict):
    answer = predict(row[np.newaxis])[0].argmax()
    length = int((row > 0).sum())
    alone = np.zeros((length, len(row)), row.dtype)
    alone[:, 0] = row[:length]
    return int(predict(alone)[:, answer].argmax())


def least_missed(row, predict):
    answer = predict(row[np.newaxis])[0].argmax()
    length = int((row > 0).sum())
    without = np.tile(row, (length, 1))
    np.fill_diagonal(without, 1)
    return int(predict(without)[:, answer].argmax())


def unsure_of_anything(row, predict):
    length = int((row > 0).sum())
    without = np.tile(row, (length, 1))
    np.fill_diagonal(without, 1)
    return int(predict(without).max(axis=1).argmin())


def replaces_padding(row, predict):
    answer = predict(row[np.newaxis])[0].argmax()
    without = np.tile(row, (len(row), 1))
    np.fill_diagonal(without, 1)
    return int(predict(without)[:, answer].argmin())


def one_after_the_other(row, predict):
    answer = predict(row[np.newaxis])[0].argmax()
    length = int((row > 0).sum())
    without = np.tile(row, (length, 1))
    without[np.tri(length, len(row), dtype=bool)] = 1
    return int(predict(without)[:, answer].argmin())


class _Reader:
    """A small model, to which later words count more, as to an LSTM."""

    def __init__(self, scores):
        self.scores = scores

    def __call__(self, rows):
        weight = np.arange(1, rows.shape[1] + 1)
        z = (self.scores[rows] * weight[:, np.newaxis]).sum(axis=1)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)


class DecidingWord(Exercise):
    """Find the word without which a model is least sure of its answer."""

    solution = deciding_word
    hints = (
        "A model answers many rows at once. Make one row for each word, in "
        "which this word is 1.",
        "`np.tile(row, (length, 1))` repeats the row, and "
        "`np.fill_diagonal(rows, 1)` replaces word number i in row i.",
        "Which class is the answer must be asked of the whole row, before. "
        "Then look at that column alone, and take `argmin`.",
    )
    misconceptions = (
        (
            "takes the word that is missed least",
            least_missed,
            "Without this word the model is surest. The deciding one is "
            "where the probability falls lowest.",
        ),
        (
            "looks at any class",
            unsure_of_anything,
            "If the word is gone, another class may win with a high "
            "probability. Follow the class that the whole row was given.",
        ),
        (
            "replaces the padding too",
            replaces_padding,
            "An unknown word in place of padding makes the sentence longer. "
            "Replace words only.",
        ),
        (
            "does not put the words back",
            one_after_the_other,
            "The words before are gone as well. Each row must lack one word "
            "only.",
        ),
        (
            "asks for each word alone",
            strongest_alone,
            "This asks what the word says by itself. The question is what "
            "the sentence loses without it.",
        ),
    )

    def inputs(self, rng):
        # The unknown word speaks against the first class.
        scores = np.array(
            [[0.0, 0.0], [-0.2, 0.1], [0.1, 0.0], [0.4, 0.1], [0.0, 0.1]]
        )
        yield np.array([2, 3, 4, 2, 0, 0]), _Reader(scores)
        yield np.array([3]), _Reader(scores)
        for words in 4, 6, 8:
            table = 0.1 * rng.normal(size=(20, 3))
            table[0] = 0
            for _ in range(4):
                row = np.zeros(10, np.int64)
                row[:words] = rng.choice(
                    np.arange(2, 20), size=words, replace=False
                )
                yield row, _Reader(table)
