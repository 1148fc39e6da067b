"""Exercises of the chapter "What a model tells about its data"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def advantage(members, others):
    """Return the largest TPR - FPR of an attack by a limit on the loss.

    members: (m,) losses of samples that were trained on; others: (k,)
        losses of samples that were not.

    For a limit t the attack says "member" where the loss is at most t. TPR
    is the share of the members that it calls so, FPR the share of the
    others. Try each of the losses as t, and no limit below all of them,
    which gives 0.
    """
    limits = np.concatenate([members, others])
    gains = [np.mean(members <= t) - np.mean(others <= t) for t in limits]
    return max(0.0, *gains)


def best(rule):
    """The largest value of rule(members, others, t) over all limits."""

    def wrong(members, others):
        limits = np.concatenate([members, others])
        return max(0.0, *[rule(members, others, t) for t in limits])

    return wrong


class Advantage(Exercise):
    """Measure what an attack gains over guessing."""

    solution = advantage
    hints = (
        "For one limit t, `np.mean(members <= t)` is the TPR. The FPR is "
        "made in the same way.",
        "Compute the difference for every t in "
        "`np.concatenate([members, others])`.",
        "Return the largest of them, and 0 if all are negative.",
    )
    misconceptions = (
        (
            "counts the caught members only",
            best(lambda a, b, t: np.mean(a <= t)),
            "With a high limit everybody is called a member, and the TPR "
            "is 1. What matters is how many others are not accused.",
        ),
        (
            "says member where the loss is large",
            best(lambda a, b, t: np.mean(a > t) - np.mean(b > t)),
            "The sign is turned round. A network has a *small* loss on what "
            "it was trained on.",
        ),
        (
            "measures the share of right verdicts",
            best(lambda a, b, t: (np.mean(a <= t) + np.mean(b > t)) / 2),
            "That is the mean of TPR and 1 - FPR, which is a half for "
            "guessing. The advantage of guessing is to be 0.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0.1, 0.2, 0.9]), np.array([0.5, 1.0])
        yield np.array([0.3, 0.8, 0.4]), np.array([0.1, 0.6, 0.2, 2.0])
        yield np.array([2.0, 3.0]), np.array([1.0, 0.5])
        yield rng.exponential(1.0, 30), rng.exponential(2.0, 40)


def read_input(dkernel, dbias):
    """Return the one input that made the gradient of a Dense layer.

    dkernel: (inputs, units), the gradient by the weights; dbias: (units,),
        that by the biases. Both are of a single sample. Some units may be
        silent, with 0 in dbias, but not all of them.

    Returns (inputs,).
    """
    unit = np.argmax(np.abs(dbias))
    return dkernel[:, unit] / dbias[unit]


class ReadInput(Exercise):
    """Read an image off a gradient."""

    solution = read_input
    hints = (
        "Column j of dkernel is the input times one number. Which number?",
        "It is `dbias[j]`. Divide, but not by 0.",
        "Take the unit where `np.abs(dbias)` is largest.",
    )
    misconceptions = (
        (
            "does not divide",
            lambda dkernel, dbias: dkernel[:, np.argmax(np.abs(dbias))],
            "This is the input up to a factor, and upside down where the "
            "factor is negative. `dbias` holds the factor.",
        ),
        (
            "takes the first unit",
            lambda dkernel, dbias: dkernel[:, 0] / dbias[0],
            "The first unit may be silent, and then you divide 0 by 0. "
            "Choose a unit whose `dbias` is not 0.",
        ),
        (
            "takes the unit with the largest dbias, sign and all",
            lambda dkernel, dbias: (
                dkernel[:, np.argmax(dbias)] / dbias[np.argmax(dbias)]
            ),
            "If all numbers of dbias are negative or 0, the largest is 0. "
            "Look at their sizes, without the sign.",
        ),
    )

    def inputs(self, rng):
        yield np.outer([1.0, 2.0, 0.5], [0.5, -1.0]), np.array([0.5, -1.0])
        factors = np.array([0.0, -0.3, 0.0])
        yield np.outer([0.2, 0.0, 1.0, 0.7], factors), factors
        factors = np.array([-0.5, 0.0, -0.2])
        yield np.outer([0.2, 0.0, 1.0, 0.7], factors), factors
        factors = rng.normal(size=5)
        yield np.outer(rng.random(6), factors), factors


def randomised_response(yes, p):
    """Return (share, epsilon) of a survey with randomised answers.

    yes: the share of "yes" among the answers. p: the probability, between 0
        and 1, that a person tells the truth. Otherwise the person says
        "yes" or "no" by a fair coin.

    share: the unbiased estimate of the true share of "yes".
    epsilon: the natural logarithm of how much likelier an answer is at most
        if it is true than if it is false.
    """
    share = (yes - (1 - p) / 2) / p
    return share, np.log((1 + p) / (1 - p))


def ratio(p):
    return np.log((1 + p) / (1 - p))


class RandomisedResponse(Exercise):
    """Estimate a share from answers that may be made up."""

    solution = randomised_response
    hints = (
        'Let s be the true share. A "yes" comes from p s honest ones and '
        "from (1 - p) / 2 coins.",
        "Solve yes = p s + (1 - p) / 2 for s.",
        "A true answer is given with p + (1 - p) / 2 = (1 + p) / 2, a false "
        "one with (1 - p) / 2.",
    )
    misconceptions = (
        (
            "takes the answers for the truth",
            lambda yes, p: (yes, ratio(p)),
            'Your share is that of the answers. Coins say "yes" in half '
            "of their cases, whatever the truth is.",
        ),
        (
            "forgets the coins that say yes",
            lambda yes, p: (yes / p, ratio(p)),
            "You divide by p. First take away the (1 - p) / 2 that said "
            '"yes" by the coin.',
        ),
        (
            "forgets that a coin may hit the truth",
            lambda yes, p: (
                (yes - (1 - p) / 2) / p,
                np.log(p / (1 - p)),
            ),
            "Your epsilon compares honest people with coins. But a coin "
            "gives the true answer in half of its cases: compare the "
            "probabilities of the *answers*.",
        ),
    )

    def inputs(self, rng):
        yield 0.5, 0.5
        yield 0.3, 0.5
        yield 0.62, 0.8
        yield float(rng.uniform(0.2, 0.7)), float(rng.uniform(0.1, 0.9))


def clipped_mean(gradients, limit):
    """Return the mean of the gradients, each of which was clipped before.

    gradients: (n, parameters), one row for each sample. limit: a positive
        number. A row that is longer than the limit, by the root of the sum
        of its squares, is shortened to it and keeps its direction. A shorter
        row stays as it is; a row of zeros may occur.

    Returns (parameters,).
    """
    lengths = np.sqrt((gradients**2).sum(axis=1, keepdims=True))
    return (gradients / np.maximum(1, lengths / limit)).mean(axis=0)


def _clip_the_mean(gradients, limit):
    mean = gradients.mean(axis=0)
    return mean / max(1, np.linalg.norm(mean) / limit)


def _stretch(gradients, limit):
    lengths = np.sqrt((gradients**2).sum(axis=1, keepdims=True))
    return (limit * gradients / np.where(lengths > 0, lengths, 1)).mean(axis=0)


class ClippedMean(Exercise):
    """Limit what one sample can do to a step."""

    solution = clipped_mean
    hints = (
        "You need one length for each row: sum the squares along axis 1.",
        "Divide each row by `np.maximum(1, lengths / limit)`. Why is that 1 "
        "for short rows?",
        "With `keepdims=True` the lengths have the shape (n, 1) and divide "
        "the rows. The mean comes last.",
    )
    misconceptions = (
        (
            "clips the mean",
            _clip_the_mean,
            "You clip the mean. Then a single huge gradient can still turn "
            "the whole step. Each *sample* must be clipped before they are "
            "added.",
        ),
        (
            "clips each number",
            lambda gradients, limit: np.clip(gradients, -limit, limit).mean(
                axis=0
            ),
            "You clip each number by itself. The length of a row may still "
            "be the limit times the root of the number of parameters.",
        ),
        (
            "stretches the short ones",
            _stretch,
            "You bring every row to the limit. Rows that are shorter must "
            "stay as they are.",
        ),
    )

    def inputs(self, rng):
        yield np.array([[3.0, 4.0], [0.3, 0.4]]), 1.0
        yield np.array([[0.0, 0.0], [6.0, 8.0], [-3.0, 0.0]]), 2.0
        yield rng.normal(size=(5, 4)), 1.5
        yield rng.normal(size=(4, 3)), 100.0
