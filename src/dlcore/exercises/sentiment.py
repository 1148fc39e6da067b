"""Exercises of the chapter on sentiment."""

import numpy as np

from dlcore.exercises.exercise import Exercise

NEGATIONS = ("not", "never", "no", "nothing", "without")


def fourth_answer(good, not_good, bad):
    """Return the p that a bag of words must give to "not bad".

    good, not_good, bad: its answers to the other three sentences, numbers
        between 0 and 1, both excluded.

    The model is p = sigmoid(z), where z is a sum: one weight for each word
    of the sentence, and a bias. Returns a number between 0 and 1.
    """
    z_good, z_not_good, z_bad = (
        np.log(p / (1 - p)) for p in (good, not_good, bad)
    )
    z = z_bad + z_not_good - z_good
    return 1 / (1 + np.exp(-z))


def fourth_turned(good, not_good, bad):
    return fourth_answer(not_good, good, bad)


class FourthAnswer(Exercise):
    """Derive what a bag of words must say to the fourth sentence."""

    solution = fourth_answer
    hints = (
        "The chapter's proof holds for z, not for p. So first turn each p "
        "into its z: `log(p / (1 - p))`.",
        "`z(not bad) - z(bad)` is the weight of *not*, and so is "
        "`z(not good) - z(good)`.",
        "So `z = z(bad) + z(not good) - z(good)`, and p = 1 / (1 + exp(-z)).",
    )
    misconceptions = (
        (
            "adds probabilities",
            lambda good, not_good, bad: bad + not_good - good,
            "This adds and subtracts probabilities. The words add up in z, "
            "before the sigmoid; a sum of p can even leave 0 to 1.",
        ),
        (
            "lets not turn the sign",
            fourth_turned,
            "Here *not* moves *bad* the other way than *good*. That is what "
            "it should do, and what a sum cannot: *not* has one weight.",
        ),
        (
            "forgets the sigmoid at the end",
            lambda good, not_good, bad: (
                np.log(bad / (1 - bad))
                + np.log(not_good / (1 - not_good))
                - np.log(good / (1 - good))
            ),
            "This is z. Turn it back into a probability.",
        ),
    )

    def inputs(self, rng):
        yield 0.8, 0.5, 0.2
        yield 0.5, 0.5, 0.5
        for _ in range(4):
            yield tuple(rng.uniform(0.05, 0.95, size=3).tolist())


def mark_negation(words):
    """Return the words, with NOT_ before those that a negation reaches.

    words: a list of words in lower case; signs are words of their own.

    A negation is one of "not", "never", "no", "nothing", "without", or a
    word that ends in "n't". It reaches all words behind it up to the next
    of the signs . , ; : ! ? and neither the sign nor the negation itself
    is marked. A second negation within the reach stays as it is and does
    not end it. Returns a list of the same length.
    """
    marked, reached = [], False
    for word in words:
        if word in (".", ",", ";", ":", "!", "?"):
            reached = False
        negation = word in NEGATIONS or word.endswith("n't")
        marked.append("NOT_" + word if reached and not negation else word)
        reached = reached or negation
    return marked


def mark_next(words):
    marked = list(words)
    for k, word in enumerate(words[:-1]):
        negation = word in NEGATIONS or word.endswith("n't")
        follows = words[k + 1]
        stays = follows in NEGATIONS or follows.endswith("n't")
        if negation and not stays and follows not in ".,;:!?":
            marked[k + 1] = "NOT_" + follows
    return marked


def mark_to_the_end(words):
    marked, reached = [], False
    for word in words:
        negation = word in NEGATIONS or word.endswith("n't")
        sign = word in (".", ",", ";", ":", "!", "?")
        plain = not reached or negation or sign
        marked.append(word if plain else "NOT_" + word)
        reached = reached or negation
    return marked


def mark_whole_words(words):
    marked, reached = [], False
    for word in words:
        if word in (".", ",", ";", ":", "!", "?"):
            reached = False
        negation = word in NEGATIONS
        marked.append("NOT_" + word if reached and not negation else word)
        reached = reached or negation
    return marked


class MarkNegation(Exercise):
    """Mark the words that a negation reaches."""

    solution = mark_negation
    hints = (
        "Walk through the words and remember in one variable whether a "
        "negation reaches you.",
        "A sign ends the reach before it is looked at. A negation begins "
        "one after it has been looked at.",
        "`word.endswith(\"n't\")` finds *isn't*, *don't* and the others.",
    )
    misconceptions = (
        (
            "marks the next word only",
            mark_next,
            "This marks one word. But *not a very good film* negates *good*, "
            "three words on. Go up to the next sign.",
        ),
        (
            "never stops",
            mark_to_the_end,
            "This marks up to the end. In *not bad, but great* the comma "
            "must save *great*.",
        ),
        (
            "misses the short forms",
            mark_whole_words,
            "*isn't* and *don't* are negations too: words that end in n't.",
        ),
    )

    def inputs(self, rng):
        for text in (
            "this is not a very good film .",
            "not bad , but great",
            "it isn't funny ; it's fun",
            "good",
            "not",
            "there is no plot , no wit , nothing",
            "i don't say it is not good ! never",
        ):
            yield (text.split(),)
        yield ([],)
        some = [
            "not",
            ",",
            "good",
            "bad",
            ".",
            "isn't",
            "film",
            "without",
            "!",
            "the",
        ]
        for _ in range(3):
            yield ([some[k] for k in rng.integers(len(some), size=12)],)


def calibration_error(y, p):
    """Return by how much p misses the share of positives, on average.

    y: (n,) zeros and ones; p: (n,) answers from 0 to 1, n at least 1.

    The answers fall into ten bins: [0, 0.1), [0.1, 0.2), ..., [0.9, 1],
    the last with both ends. The gap of a bin is the absolute difference of
    its mean p and its mean y. The result is the mean of the gaps, in which
    each bin counts as often as it holds answers.
    """
    bins = np.minimum((10 * np.asarray(p)).astype(int), 9)
    total = 0.0
    for k in range(10):
        inside = bins == k
        if inside.any():
            total += inside.sum() * abs(y[inside].mean() - p[inside].mean())
    return total / len(y)


def calibration_unweighted(y, p):
    bins = np.minimum((10 * p).astype(int), 9)
    return np.mean(
        [
            abs(y[bins == k].mean() - p[bins == k].mean())
            for k in np.unique(bins)
        ]
    )


class CalibrationError(Exercise):
    """Measure how far a model's answers are from the shares that came."""

    solution = calibration_error
    hints = (
        "`np.minimum((10 * p).astype(int), 9)` is the number of each "
        "answer's bin.",
        "For each bin that holds anything: the difference of two means, "
        "without its sign.",
        "Multiply each gap by how many answers the bin holds, add, and "
        "divide by n.",
    )
    misconceptions = (
        (
            "compares answer by answer",
            lambda y, p: np.mean(np.abs(y - p)),
            "This takes the difference of each answer by itself. An honest "
            "0.8 is off by 0.2 or by 0.8 each time. Take the means in the "
            "bin first.",
        ),
        (
            "makes one bin of all",
            lambda y, p: abs(np.mean(y) - np.mean(p)),
            "This is one bin for all answers. There too much here and too "
            "little there cancel.",
        ),
        (
            "counts all bins alike",
            calibration_unweighted,
            "Here a bin with two answers counts as much as one with two "
            "hundred. Weigh each gap by the number of its answers.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0, 1.0, 1.0, 0.0]), np.array([0.82, 0.84, 0.86, 0.8])
        yield np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.5])
        for size in 1, 30, 200:
            p = rng.uniform(size=size)
            yield (rng.uniform(size=size) < p**2) * 1.0, p


def deciding_word(words, answer):
    """Return the word without which the model's answer changes most.

    words: a list of at least two words. answer: a function that takes a
        list of words and returns p, a number from 0 to 1.

    Leave out each place in turn. The change is the absolute difference to
    the answer for all words. If two places change it equally, the first of
    them decides.
    """
    whole = answer(words)
    changes = [
        abs(answer(words[:k] + words[k + 1 :]) - whole)
        for k in range(len(words))
    ]
    return words[int(np.argmax(changes))]


def deciding_signed(words, answer):
    whole = answer(words)
    changes = [
        whole - answer(words[:k] + words[k + 1 :]) for k in range(len(words))
    ]
    return words[int(np.argmax(changes))]


def deciding_alone(words, answer):
    changes = [abs(answer([word]) - 0.5) for word in words]
    return words[int(np.argmax(changes))]


def deciding_everywhere(words, answer):
    whole = answer(words)
    changes = [
        abs(answer([w for w in words if w != word]) - whole) for word in words
    ]
    return words[int(np.argmax(changes))]


def _adds(words):
    """A bag of words: the verdict is a sum."""
    weights = {"good": 2.0, "bad": -1.5, "not": -0.5, "dull": -2.5}
    z = sum(weights.get(word, 0.0) for word in words)
    return float(1 / (1 + np.exp(-z)))


def _turns(words):
    """A reader: not turns the next word round."""
    weights = {"good": 2.0, "bad": -2.0, "dull": -1.0, "not": 0.1}
    z, sign = 0.0, 1
    for word in words:
        z += sign * weights.get(word, 0.0)
        sign = -1 if word == "not" else 1
    return float(1 / (1 + np.exp(-z)))


class DecidingWord(Exercise):
    """Find the word on which a model's answer hangs."""

    solution = deciding_word
    hints = (
        "`words[:k] + words[k + 1:]` is the list without place k.",
        "Ask for the whole sentence once, then once for each place.",
        "`np.argmax` gives the first place of the largest change.",
    )
    misconceptions = (
        (
            "keeps the sign of the change",
            deciding_signed,
            "This finds the word that raises the answer most. A word that "
            "lowers it may weigh more: take the absolute difference.",
        ),
        (
            "asks for each word alone",
            deciding_alone,
            "This asks what each word says by itself. A *not* alone says "
            "little; it decides by what stands behind it. Leave words out "
            "of the whole.",
        ),
        (
            "takes a word out everywhere",
            deciding_everywhere,
            "This takes out every place where the word stands. Leave out one "
            "place at a time.",
        ),
    )

    def inputs(self, rng):
        yield ["the", "film", "is", "not", "bad"], _turns
        yield ["good", "but", "dull"], _adds
        yield ["good", "dull", "good", "bad", "bad"], _adds
        yield ["bad", "dull", "bad"], _adds
        some = ["the", "film", "is", "good", "bad", "dull", "not", "but"]
        for size in 2, 4, 6, 8:
            words = [some[k] for k in rng.integers(len(some), size=size)]
            yield words, _turns if size % 4 else _adds
