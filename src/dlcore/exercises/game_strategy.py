"""Exercises of the chapter "A strategy"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def tree_value(tree):
    """Return what perfect play gets for the player who is to move.

    tree: a number, if the game is over: what the player who would be to
    move has got (1, 0 or -1). Otherwise a list of such trees, one for each
    move. After a move it is the other player's turn, and what one player
    gets is what the other one loses.
    """
    if not isinstance(tree, list):
        return tree
    return max(-tree_value(after) for after in tree)


def forgets_the_turn(tree):
    if not isinstance(tree, list):
        return tree
    return max(forgets_the_turn(after) for after in tree)


def always_worst(tree):
    if not isinstance(tree, list):
        return tree
    return min(always_worst(after) for after in tree)


def average(tree):
    if not isinstance(tree, list):
        return tree
    return float(np.mean([-average(after) for after in tree]))


def one_step(tree):
    if not isinstance(tree, list):
        return tree
    return max(0 if isinstance(after, list) else -after for after in tree)


def random_tree(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        return int(rng.integers(-1, 2))
    return [random_tree(rng, depth - 1) for _ in range(rng.integers(1, 4))]


class TreeValue(Exercise):
    """Find the value of a game by looking at all of it."""

    solution = tree_value
    hints = (
        "A number is its own value. A list of one move: what does the "
        "other player get behind it, and what do you?",
        "For each move, minus the value of the tree behind it is what you "
        "get. You choose the move.",
        "The function calls itself: the largest of "
        "`-tree_value(after)` over the moves.",
    )
    misconceptions = (
        (
            "forgets whose turn it is",
            forgets_the_turn,
            "After your move the other player decides, and chooses what is "
            "good for them. What they get, you lose: a minus is missing.",
        ),
        (
            "expects the worst from itself",
            always_worst,
            "You take the smallest value at each turn. Whoever is to move "
            "takes the best that they can get.",
        ),
        (
            "averages over the moves",
            average,
            "This is the value against players who move at random. Perfect "
            "players choose.",
        ),
        (
            "looks one move ahead",
            one_step,
            "Games that go on are worth 0 here, whatever follows. The value "
            "comes from the ends of the tree.",
        ),
    )

    def inputs(self, rng):
        yield (1,)
        yield ([-1, 0],)
        yield ([[1, 1], [0, 1]],)
        yield ([[-1], [0, [1, -1]]],)
        for depth in (2, 3, 4, 4, 5):
            yield (random_tree(rng, depth),)


def policy_gradient(z, action, advantage):
    """Return the gradient of -advantage * log p[action] by z.

    z: (actions,), any numbers; p = softmax(z) are the probabilities with
    which the actions are taken. action: the number of the one that was
    taken. advantage: how much better than expected the game went on, a
    number of either sign. Returns (actions,).
    """
    p = np.exp(z - z.max())
    p /= p.sum()
    p[action] -= 1
    return advantage * p


def softmax(z):
    p = np.exp(z - z.max())
    return p / p.sum()


class PolicyGradient(Exercise):
    """Derive by hand how a policy learns from one action."""

    solution = policy_gradient
    hints = (
        "Write log p[a] = z[a] - log(sum of exp(z)). What is its derivative "
        "by z[a], and by another z[k]?",
        "The derivative of log p[a] by z[k] is 1 - p[a] for k = a, and "
        "-p[k] for all others.",
        "So the gradient is advantage * (p - one-hot of the action).",
    )
    misconceptions = (
        (
            "climbs down instead of up",
            lambda z, action, advantage: -policy_gradient(
                z, action, advantage
            ),
            "The sign is turned round. One step against this gradient "
            "should make a good action more likely.",
        ),
        (
            "ignores the advantage",
            lambda z, action, advantage: policy_gradient(z, action, 1.0),
            "Every action is made more likely here, also those that lost. "
            "The advantage decides how much, and which way.",
        ),
        (
            "forgets the other actions",
            lambda z, action, advantage: np.where(
                np.arange(len(z)) == action,
                advantage * (softmax(z)[action] - 1),
                0.0,
            ),
            "Only the action that was taken has a gradient. If it becomes "
            "more likely, the others become less so: the sum is 1.",
        ),
        (
            "forgets the logarithm",
            lambda z, action, advantage: advantage
            * softmax(z)[action]
            * (softmax(z) - (np.arange(len(z)) == action)),
            "This is the gradient of the probability, not of its logarithm: "
            "one factor p[action] too many.",
        ),
    )

    def inputs(self, rng):
        yield np.zeros(2), 0, 1.0
        yield np.array([1.0, 2.0, 3.0]), 1, -0.5
        yield np.array([800.0, 0.0]), 1, 1.0
        for _ in range(5):
            n = int(rng.integers(2, 7))
            yield (
                rng.normal(size=n),
                int(rng.integers(n)),
                float(rng.normal()),
            )


def most_promising(totals, visits, priors, explore):
    """Return the number of the move that a tree search tries next.

    totals, visits, priors: (moves,). Of each move the sum of the results of
    the games that went through it, how many those were, and the prior
    probability that it is good. A move without visits has the mean 0.

    The move with the largest mean + explore * prior * sqrt(n) / (1 +
    visits), where n is the sum of all visits. Of equal ones the first.
    """
    means = totals / np.maximum(visits, 1)
    width = explore * priors * np.sqrt(visits.sum()) / (1 + visits)
    return int(np.argmax(means + width))


class MostPromising(Exercise):
    """Choose between what was good and what was hardly tried."""

    solution = most_promising
    hints = (
        "Two terms. The mean: totals divided by visits, where a move "
        "without visits has 0.",
        "`np.maximum(visits, 1)` avoids the division by 0. `np.sqrt` of the "
        "sum of the visits is one number for all moves.",
        "`np.argmax` gives the first of the largest.",
    )
    misconceptions = (
        (
            "takes the best mean",
            lambda totals, visits, priors, explore: int(
                np.argmax(totals / np.maximum(visits, 1))
            ),
            "A move that was unlucky once is never tried again. The second "
            "term, which grows for neglected moves, is missing.",
        ),
        (
            "takes sums for means",
            lambda totals, visits, priors, explore: int(
                np.argmax(
                    totals
                    + explore
                    * priors
                    * np.sqrt(visits.sum())
                    / (1 + visits)
                )
            ),
            "You compare sums of results. A move with many visits has a "
            "large sum even if it is poor: divide by its visits.",
        ),
        (
            "ignores the prior",
            lambda totals, visits, priors, explore: most_promising(
                totals, visits, np.ones(len(visits)), explore
            ),
            "All moves are explored alike. The prior says where to look "
            "first.",
        ),
        (
            "takes the most visited",
            lambda totals, visits, priors, explore: int(np.argmax(visits)),
            "That is the move to play at the end of the search. During the "
            "search it would only repeat itself.",
        ),
    )

    def inputs(self, rng):
        yield np.zeros(3), np.zeros(3), np.array([0.2, 0.5, 0.3]), 1.0
        yield (
            np.array([3.0, 0.0]),
            np.array([10.0, 0.0]),
            np.array([0.5, 0.5]),
            1.0,
        )
        for explore in (0.0, 0.5, 1.5, 1.5, 3.0, 3.0):
            n = int(rng.integers(3, 8))
            visits = rng.integers(0, 12, size=n).astype(float)
            totals = np.round(visits * rng.uniform(-1, 1, size=n))
            yield totals, visits, rng.dirichlet(np.ones(n)), explore
