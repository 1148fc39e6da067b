"""Exercises of the chapter speech_recognition."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def heard_as(frequency, rate):
    """Return the frequency as which a tone comes out of a recording.

    frequency: of the tone, in hertz, 0 or more. rate: samples a second, more
        than 0. Nothing filters the tone before it is sampled.

    Returns the one frequency from 0 to rate / 2 whose cosine has the same
    samples.
    """
    rest = frequency % rate
    return min(rest, rate - rest)


class HeardAs(Exercise):
    """Derive where a tone above half the sampling rate goes."""

    solution = heard_as
    hints = (
        "Sample number n is taken at the time n / rate. Adding 2 pi n to the "
        "angle of a cosine changes nothing. So which frequencies have the "
        "same samples as f?",
        "The tones f, f + rate, f + 2 rate and so on look the same. So "
        "`frequency % rate` may stand for f. It lies between 0 and rate.",
        "Since cos(-x) = cos(x), the rest r and rate - r look the same too. "
        "One of them is at most half the rate.",
    )
    misconceptions = (
        (
            "leaves what is above half the rate",
            lambda frequency, rate: frequency % rate,
            "Right for the lower half. A rest above half the rate has a twin "
            "below it, because a cosine is even.",
        ),
        (
            "cuts off at half the rate",
            lambda frequency, rate: min(frequency, rate / 2),
            "A tone above half the rate does not stop there. It is folded "
            "back: just above, it comes out just below.",
        ),
        (
            "folds only once",
            lambda frequency, rate: min(frequency, abs(rate - frequency)),
            "Right up to one and a half times the rate. Beyond, whole "
            "multiples of the rate have to be taken away first.",
        ),
        (
            "folds at half the rate by the remainder",
            lambda frequency, rate: frequency % (rate / 2),
            "This starts again at 0 above half the rate. The frequency turns "
            "round there and comes back down.",
        ),
    )

    def inputs(self, rng):
        yield 1000.0, 8000.0
        yield 5000.0, 8000.0
        yield 4000.0, 8000.0
        yield 13000.0, 8000.0
        for _ in range(8):
            yield (
                float(rng.uniform(0, 50000)),
                float(rng.integers(2, 40) * 500),
            )


def noise_ratio(clean, recorded):
    """Return the signal-to-noise ratio of a recording, in decibels.

    clean: (samples,) what was meant. recorded: (samples,) clean and noise,
        added; the two differ.

    Power is the mean of the squared samples. Returns ten times the logarithm
    to base 10 of the power of the clean sound over that of the noise.
    """
    noise = recorded - clean
    return 10 * np.log10(np.mean(clean**2) / np.mean(noise**2))


class NoiseRatio(Exercise):
    """Measure how loud the noise in a recording is."""

    solution = noise_ratio
    hints = (
        "You have the sum and one of its parts. What is the other part?",
        "The power of x is `np.mean(x**2)`. No root is taken.",
        "`10 * np.log10(power of clean / power of noise)`.",
    )
    misconceptions = (
        (
            "compares with the recording",
            lambda clean, recorded: (
                10 * np.log10(np.mean(clean**2) / np.mean(recorded**2))
            ),
            "The recording holds the word itself. Subtract it first, so that "
            "only the noise is left below the line.",
        ),
        (
            "takes 20 for powers",
            lambda clean, recorded: 2 * noise_ratio(clean, recorded),
            "20 belongs to a ratio of amplitudes. For powers, which are "
            "squares already, it is 10.",
        ),
        (
            "turns the ratio round",
            lambda clean, recorded: -noise_ratio(clean, recorded),
            "The sign is wrong: signal above, noise below. A loud word in "
            "little noise has a positive number.",
        ),
        (
            "takes the natural logarithm",
            lambda clean, recorded: noise_ratio(clean, recorded) * np.log(10),
            "`np.log` is the natural logarithm. Decibels are counted to base "
            "10.",
        ),
    )

    def inputs(self, rng):
        yield np.array([1.0, -1.0]), np.array([1.5, -1.5])
        for size in 0.1, 1.0, 5.0:
            clean = rng.normal(size=200)
            yield clean, clean + size * rng.normal(size=200)


def word_error_rate(said, heard):
    """Return the word error rate.

    said: list of the words that were said, one at least. heard: list of the
        words that were recognised; it may have another length, or be empty.

    The fewest words to insert, delete or replace to make one list from the
    other, divided by the number of words that were said.
    """
    distance = np.zeros((len(said) + 1, len(heard) + 1))
    distance[:, 0] = range(len(said) + 1)
    distance[0] = range(len(heard) + 1)
    for i, word in enumerate(said):
        for j, other in enumerate(heard):
            distance[i + 1, j + 1] = min(
                distance[i, j + 1] + 1,
                distance[i + 1, j] + 1,
                distance[i, j] + (word != other),
            )
    return distance[-1, -1] / len(said)


def _by_place(said, heard):
    pairs = zip(said, heard, strict=False)
    wrong = sum(a != b for a, b in pairs)
    return (wrong + abs(len(said) - len(heard))) / len(said)


def _by_bag(said, heard):
    return sum(word not in heard for word in said) / len(said)


class WordErrorRate(Exercise):
    """Count the mistakes in a recognised sentence."""

    solution = word_error_rate
    hints = (
        "Fill a table like that of the time warping: row i and column j hold "
        "the fewest changes between the first i words and the first j.",
        "The first row and the first column are 0, 1, 2, ...: against "
        "nothing, each word is one change.",
        "A cell is the smallest of: above + 1, left + 1, and diagonal + 1 if "
        "the two words differ, else the diagonal as it is. The last cell over "
        "`len(said)` is the rate.",
    )
    misconceptions = (
        (
            "compares place by place",
            _by_place,
            "One missing word at the beginning moves all others by one place. "
            "That is one mistake, not a sentence of them.",
        ),
        (
            "divides by the words heard",
            lambda said, heard: (
                word_error_rate(said, heard) * len(said) / max(1, len(heard))
            ),
            "Divide by the number of words that were said. Otherwise a "
            "machine that babbles much looks good.",
        ),
        (
            "asks only whether a word occurs",
            _by_bag,
            "This sees neither the order nor words too many. Which fewest "
            "changes make one list from the other?",
        ),
        (
            "counts the changes alone",
            lambda said, heard: word_error_rate(said, heard) * len(said),
            "These are the changes. The rate is their number over the number "
            "of words that were said.",
        ),
    )

    def inputs(self, rng):
        yield ["am", "so"], ["am", "so"]
        yield ["am", "so", "ai"], ["so", "ai"]
        yield ["am", "so"], ["so", "am", "so", "ma"]
        yield ["am", "so", "ai"], []
        words = ["ai", "ma", "so"]
        for _ in range(6):
            n, m = rng.integers(2, 7, size=2)
            yield (
                [words[k] for k in rng.integers(3, size=n)],
                [words[k] for k in rng.integers(3, size=m)],
            )


def surest_shift(predictions):
    """Return the shift at which a network is surest of what it hears.

    predictions: (shifts, words, classes) probabilities; predictions[k] is
        what the network says of the words, moved by k bands.

    Sure is meant as the mean, over the words, of the largest probability.
    Returns k, an int. The right answers are not needed.
    """
    return int(predictions.max(axis=2).mean(axis=1).argmax())


class SurestShift(Exercise):
    """Fit a network to a voice without a single label."""

    solution = surest_shift
    hints = (
        "For one word, how sure is the network? Which axis holds the classes?",
        "`predictions.max(axis=2)` is one number for each shift and word.",
        "Take its mean over the words, then `argmax` over the shifts, and "
        "`int`.",
    )
    misconceptions = (
        (
            "follows the one surest word",
            lambda predictions: int(predictions.max(axis=(1, 2)).argmax()),
            "One word can be sure by luck. Take the mean over the words "
            "before you choose.",
        ),
        (
            "takes the mean over the classes",
            lambda predictions: int(
                predictions.mean(axis=2).mean(axis=1).argmax()
            ),
            "Ten probabilities have the sum 1, so their mean is always the "
            "same. The largest one tells how sure the network is.",
        ),
        (
            "takes the least sure",
            lambda predictions: int(
                predictions.max(axis=2).mean(axis=1).argmin()
            ),
            "This is the shift at which the network is least sure.",
        ),
    )

    def inputs(self, rng):
        yield (
            np.array(
                [
                    [[0.5, 0.5], [0.99, 0.01]],
                    [[0.2, 0.8], [0.9, 0.1]],
                    [[0.5, 0.5], [0.45, 0.55]],
                ]
            ),
        )
        for _ in range(6):
            scores = rng.normal(size=(5, 8, 10)) * rng.uniform(1, 3, (5, 1, 1))
            powers = np.exp(scores)
            yield (powers / powers.sum(axis=2, keepdims=True),)
