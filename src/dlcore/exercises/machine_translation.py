"""Exercises of the chapter machine_translation."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def bleu_from_counts(matches, totals, length, reference_length):
    """Return BLEU, a number from 0 to 1, of what was counted.

    matches: how many runs of 1, 2, 3, 4 words of the translation stand in
        the reference too, four whole numbers, at least 1 each.
    totals: how many runs of 1, 2, 3, 4 words the translation has.
    length, reference_length: words of the translation and of the reference.
    """
    shares = np.array(matches) / np.array(totals)
    penalty = min(1, np.exp(1 - reference_length / length))
    return penalty * np.prod(shares) ** (1 / 4)


def bleu_of_the_mean(matches, totals, length, reference_length):
    shares = np.array(matches) / np.array(totals)
    return min(1, np.exp(1 - reference_length / length)) * shares.mean()


def bleu_without_penalty(matches, totals, length, reference_length):
    return bleu_from_counts(matches, totals, 1, 1)


def bleu_turned_round(matches, totals, length, reference_length):
    return bleu_from_counts(matches, totals, reference_length, length)


class BleuFromCounts(Exercise):
    """Compute BLEU from the counts that you have made by hand."""

    solution = bleu_from_counts
    hints = (
        "The four shares are `matches` divided by `totals`, place by place.",
        "The geometric mean of four numbers is the fourth root of their "
        "product.",
        "The penalty is `min(1, np.exp(1 - reference_length / length))`.",
    )
    misconceptions = (
        (
            "takes the arithmetic mean",
            bleu_of_the_mean,
            "This is the sum of the four shares, divided by 4. BLEU takes "
            "the fourth root of their product.",
        ),
        (
            "forgets the penalty",
            bleu_without_penalty,
            "A translation that leaves words out gets no penalty here. "
            "Multiply by BP.",
        ),
        (
            "punishes what is too long",
            bleu_turned_round,
            "The two lengths are exchanged: the penalty is for translations "
            "that are shorter than the reference.",
        ),
    )

    def inputs(self, rng):
        yield [5, 3, 2, 1], [6, 5, 4, 3], 6, 7
        yield [7, 6, 5, 4], [7, 6, 5, 4], 7, 7
        yield [6, 5, 4, 3], [9, 8, 7, 6], 9, 7
        for _ in range(3):
            length = int(rng.integers(8, 20))
            totals = [length - k for k in range(4)]
            matches = [int(rng.integers(1, total + 1)) for total in totals]
            yield matches, totals, length, int(rng.integers(6, 24))


def shift_right(y, start, end):
    """Return what the second half of the network reads while it is taught.

    y: (n, T) word numbers; each row is a sentence, the number `end`, then
        zeros.
    start, end: the numbers of the two marks.

    Row by row: start, then the words of the sentence, then zeros. The mark
    `end` is an answer and never an input. Returns (n, T) whole numbers.
    """
    x = np.zeros_like(y)
    x[:, 0] = start
    x[:, 1:] = y[:, :-1]
    x[x == end] = 0
    return x


def shift_left(y, start, end):
    x = np.zeros_like(y)
    x[:, :-1] = y[:, 1:]
    return x


def not_shifted(y, start, end):
    return np.array(y)


def shift_keeping_end(y, start, end):
    x = np.zeros_like(y)
    x[:, 0] = start
    x[:, 1:] = y[:, :-1]
    return x


class ShiftRight(Exercise):
    """Make the input of teacher forcing from the answers."""

    solution = shift_right
    hints = (
        "At the first place nothing has been written yet: there stands "
        "`start`.",
        "At place t stands the answer of place t - 1, so `y[:, :-1]` fills "
        "the places from 1 on.",
        "At last replace the number `end` by 0, on a copy.",
    )
    misconceptions = (
        (
            "shifts to the left",
            shift_left,
            "Each place shows the word that comes after its answer. It must "
            "show the word before it.",
        ),
        (
            "does not shift",
            not_shifted,
            "Input and answer are the same word at each place. The network "
            "would learn to copy, and copying is of no use when it writes.",
        ),
        (
            "keeps the end mark",
            shift_keeping_end,
            "The mark `end` stands among the inputs. It is an answer only: "
            "after it nothing is written.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[5, 6, 7, 3, 0, 0], [8, 3, 0, 0, 0, 0]]), 2, 3
        for start, end in ((2, 3), (1, 2)):
            y = np.zeros((4, 9), int)
            for row, length in zip(y, rng.integers(1, 9, 4), strict=True):
                row[:length] = rng.integers(4, 50, length)
                row[length] = end
            yield y, start, end


def write(next_shares, start, end, longest):
    """Return the words that greedy decoding writes, a list of numbers.

    next_shares: a function. It takes the list of numbers so far, which
        begins with `start`, and returns one probability for each word of
        the vocabulary.
    start, end: the numbers of the two marks; neither stands in the result.
    longest: after so many words it ends, with or without `end`.
    """
    written = [start]
    while len(written) <= longest:
        word = int(np.argmax(next_shares(written)))
        if word == end:
            break
        written.append(word)
    return written[1:]


def write_on(next_shares, start, end, longest):
    written = [start]
    for _ in range(longest):
        written.append(int(np.argmax(next_shares(written))))
    return written[1:]


def write_from_the_start(next_shares, start, end, longest):
    written = []
    for _ in range(longest):
        word = int(np.argmax(next_shares([start])))
        if word == end:
            break
        written.append(word)
    return written


def write_with_marks(next_shares, start, end, longest):
    return [start, *write(next_shares, start, end, longest)]


class Write(Exercise):
    """Write a translation word by word, each time the most probable one."""

    solution = write
    hints = (
        "Begin with `[start]`. Append one word at a time, and give the "
        "whole list to `next_shares` again.",
        "`np.argmax` finds the most probable word. Stop before you append "
        "it if it is `end`.",
        "Cut off the mark at the front: `written[1:]`.",
    )
    misconceptions = (
        (
            "does not stop",
            write_on,
            "The mark `end` was chosen, and the writing went on. Stop there.",
        ),
        (
            "forgets what it has written",
            write_from_the_start,
            "Each word was chosen as if it were the first. Give "
            "`next_shares` all that has been written so far.",
        ),
        (
            "returns the start mark",
            write_with_marks,
            "The mark `start` is no word of the translation. Leave it out.",
        ),
    )

    def inputs(self, rng):
        for words, longest in ((5, 10), (6, 8), (9, 4)):
            order = [*rng.permutation(np.arange(2, 2 + words)), 1]
            yield _Follower([int(word) for word in order]), 0, 1, longest
        yield _Follower([1]), 0, 1, 5
        yield _Follower([3, 3, 2, 1, 4]), 0, 1, 9


class _Follower:
    """Gives most of the probability to the next word of a fixed sentence."""

    def __init__(self, sentence):
        self.sentence = sentence

    def __call__(self, written):
        place = min(len(written), len(self.sentence)) - 1
        shares = np.full(12, 0.04)
        shares[self.sentence[place]] = 0.56
        return shares


def strongest(shares, source_lengths):
    """Return where each written word looks most, (n, T) places from 0.

    shares: (n, T, S), of n sentences: how much each of T written words
        looks at each of S places of the original.
    source_lengths: (n,), how many words each original has. The places
        behind them are padding, and are not to be chosen, whatever stands
        there.
    """
    behind = np.arange(shares.shape[2]) >= np.asarray(source_lengths)[:, None]
    return np.where(behind[:, None], -1, shares).argmax(axis=2)


def strongest_with_padding(shares, source_lengths):
    return shares.argmax(axis=2)


def strongest_of_the_original(shares, source_lengths):
    return shares.argmax(axis=1)


def strongest_one_sentence_length(shares, source_lengths):
    return shares[:, :, : min(source_lengths)].argmax(axis=2)


class Strongest(Exercise):
    """Read from a table of attention which word belongs to which."""

    solution = strongest
    hints = (
        "Without padding it is one `argmax`. Over which axis?",
        "Put -1 where padding is, so that it can never be the largest.",
        "`np.arange(S) >= lengths[:, None]` says where padding is, as "
        "(n, S); `[:, None]` makes room for the written words.",
    )
    misconceptions = (
        (
            "chooses padding",
            strongest_with_padding,
            "Some of these places lie behind the end of the original. Leave "
            "padding out.",
        ),
        (
            "looks from the other side",
            strongest_of_the_original,
            "This says for each word of the original which written word "
            "looks at it most. The question is the other way round: take "
            "the largest share along the last axis.",
        ),
        (
            "cuts all at the shortest",
            strongest_one_sentence_length,
            "All sentences were cut at the shortest one. Each has its own "
            "length.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]] * 2), [3, 2]
        for _ in range(2):
            shares = rng.random((4, 5, 5))
            yield shares, rng.permutation(np.arange(2, 6))
