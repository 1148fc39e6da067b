"""Exercises of the chapter "Deciding by value"."""

import numpy as np

from dlcore.exercises.exercise import Exercise


def turning_point(small, soon, large, later):
    """The discount factor at which two rewards are worth the same.

    small: reward that comes in step `soon`; large: reward that comes in
        step `later`. 0 < small < large, and 1 <= soon < later. A reward
        in step 1 is not discounted. Returns a number.
    """
    return (small / large) ** (1 / (later - soon))


class TurningPoint(Exercise):
    """Derive at which discount factor a decision turns round."""

    solution = turning_point
    hints = (
        "A reward r in step k is worth $\\gamma^{k-1} r$. Write this for both "
        "rewards, and set the two equal.",
        "$\\gamma^{\\text{soon}-1}\\,\\text{small} = "
        "\\gamma^{\\text{later}-1}\\,\\text{large}$. Divide by "
        "$\\gamma^{\\text{soon}-1}$ and by large.",
        "What is left is $\\gamma^{\\text{later}-\\text{soon}} = "
        "\\text{small}/\\text{large}$. Take the root.",
        "The second square has 1 coin in step 2 and 3 coins in step 4: "
        "$\\gamma = \\sqrt{1/3}$, between the two of the figure.",
    )
    misconceptions = (
        (
            "discounts the large reward alone",
            lambda small, soon, large, later: (
                (small / large) ** (1 / (later - 1))
            ),
            "The small reward is discounted as well, unless it comes in "
            "step 1. Only the difference of the two times counts.",
        ),
        (
            "takes no root",
            lambda small, soon, large, later: small / large,
            "That is right if the large reward comes one step later. With "
            "each further step it is discounted again.",
        ),
        (
            "divides by the steps",
            lambda small, soon, large, later: small / large / (later - soon),
            "Discounts multiply. So there is a root to take, not a quotient.",
        ),
        (
            "takes the quotient upside down",
            lambda small, soon, large, later: (
                (large / small) ** (1 / (later - soon))
            ),
            "This is larger than 1: it would make later rewards worth more.",
        ),
    )

    def inputs(self, rng):
        yield 1.0, 2, 3.0, 4
        yield 1.0, 1, 3.0, 5
        yield 2.0, 3, 8.0, 5
        for _ in range(3):
            small, more = rng.uniform(0.5, 3, size=2)
            soon = int(rng.integers(2, 6))
            later = soon + int(rng.integers(2, 6))
            yield float(small), soon, float(small + more), later


def returns(rewards, gamma):
    """The discounted sum of rewards from each step on.

    rewards: (steps,) numbers; gamma: the discount factor.

    Entry t is rewards[t] + gamma rewards[t + 1] + gamma^2 rewards[t + 2]
    and so on. Returns (steps,).
    """
    result, following = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        following = rewards[t] + gamma * following
        result[t] = following
    return result


def returns_undiscounted(rewards, gamma):
    return np.cumsum(rewards[::-1])[::-1]


def returns_from_the_start(rewards, gamma):
    worth = rewards * gamma ** np.arange(len(rewards))
    return np.cumsum(worth[::-1])[::-1]


def returns_so_far(rewards, gamma):
    result, before = np.zeros(len(rewards)), 0.0
    for t, reward in enumerate(rewards):
        before = result[t] = reward + gamma * before
    return result


def returns_without_the_step(rewards, gamma):
    return np.append(returns(rewards, gamma)[1:], 0) * gamma


class Returns(Exercise):
    """Compute the return that follows each step of a game."""

    solution = returns
    hints = (
        "What is the return of the last step? And of the one before it, if "
        "you know that of the last?",
        "The return of step t is `rewards[t] + gamma * (return of t + 1)`.",
        "Go through `reversed(range(len(rewards)))` and keep the return of "
        "the step behind in a variable that begins with 0.",
    )
    misconceptions = (
        (
            "forgets to discount",
            returns_undiscounted,
            "This adds the rewards as they are. Each step of delay costs a "
            "factor gamma.",
        ),
        (
            "discounts from the start of the game",
            returns_from_the_start,
            "Entry t is seen from step t: its own reward counts in full, "
            "however late in the game it comes.",
        ),
        (
            "looks backwards",
            returns_so_far,
            "This gathers the rewards that came before the step. A decision "
            "can only be judged by those that come after it.",
        ),
        (
            "leaves out the step's own reward",
            returns_without_the_step,
            "The reward of step t itself belongs to entry t.",
        ),
    )

    def inputs(self, rng):
        yield np.array([0.0, 0.0, 1.0]), 0.5
        yield np.array([1.0, 2.0, 4.0, 8.0]), 0.5
        yield np.array([3.0]), 0.9
        for steps in 5, 12:
            yield rng.normal(size=steps), float(rng.uniform(0.3, 0.95))


def targets(q, action, reward, over, q_after, gamma):
    """What the network is to answer for each step of a batch.

    q: (n, actions), its answers now; action: (n,) whole numbers;
        reward: (n,); over: (n,) of True or False; q_after: (n, actions),
        the target network's answers for the next screens.

    Row i is q[i], but the entry of action[i] is replaced by the reward
    plus, if the game goes on, gamma times the largest of q_after[i].
    Returns (n, actions).
    """
    y = q.copy()
    future = gamma * q_after.max(axis=1) * ~over
    y[np.arange(len(q)), action] = reward + future
    return y


def _with(q, action, goal):
    y = q.copy()
    y[np.arange(len(q)), action] = goal
    return y


def targets_beyond_the_end(q, action, reward, over, q_after, gamma):
    return _with(q, action, reward + gamma * q_after.max(axis=1))


def targets_of_the_same_action(q, action, reward, over, q_after, gamma):
    future = q_after[np.arange(len(q)), action]
    return _with(q, action, reward + gamma * future * ~over)


def targets_of_the_best_now(q, action, reward, over, q_after, gamma):
    future = gamma * q_after.max(axis=1) * ~over
    return _with(q, q.argmax(axis=1), reward + future)


def targets_for_all(q, action, reward, over, q_after, gamma):
    future = gamma * q_after.max(axis=1) * ~over
    return np.repeat((reward + future)[:, None], q.shape[1], axis=1)


def targets_undiscounted(q, action, reward, over, q_after, gamma):
    return _with(q, action, reward + q_after.max(axis=1) * ~over)


class Targets(Exercise):
    """Write the targets of deep Q-learning."""

    solution = targets
    hints = (
        "Begin with a copy of q. Which entry of each row has to change?",
        "`y[np.arange(len(q)), action]` names one entry in each row.",
        "`q_after.max(axis=1)` is the value of the next screen. Multiply it "
        "by gamma, and by `~over`, which is 0 where the game is over.",
    )
    misconceptions = (
        (
            "goes on after the end",
            targets_beyond_the_end,
            "Where the game is over there is no next decision: the target is "
            "the reward alone.",
        ),
        (
            "repeats the action",
            targets_of_the_same_action,
            "This takes the next value of the same action. Next time one may "
            "choose anew: take the largest.",
        ),
        (
            "changes the best action",
            targets_of_the_best_now,
            "This replaces the entry that looks best now. The reward belongs "
            "to the action that was taken, which may have been a random one.",
        ),
        (
            "replaces the whole row",
            targets_for_all,
            "Only one action was tried. About the others this step says "
            "nothing, so they keep the network's own answer.",
        ),
        (
            "forgets gamma",
            targets_undiscounted,
            "What comes a step later is worth gamma times as much.",
        ),
    )

    def inputs(self, rng):
        yield (
            np.array([[0.1, 0.5, 0.2], [0.3, 0.4, 0.9]]),
            np.array([0, 1]),
            np.array([0.0, 1.0]),
            np.array([False, True]),
            np.array([[0.6, 0.8, 0.7], [0.5, 0.5, 0.2]]),
            0.5,
        )
        for n, actions in (6, 3), (9, 4):
            over = rng.random(n) < 0.4
            over[:2] = True, False
            yield (
                rng.normal(size=(n, actions)),
                rng.integers(actions, size=n),
                rng.normal(size=n),
                over,
                rng.uniform(0.1, 2, size=(n, actions)),
                0.9,
            )


def mirrored(screens, actions):
    """Steps of the game as a mirror shows them, left and right swapped.

    screens: (n, height, width); actions: (n,) of 0 left, 1 stay, 2 right.
    Returns (screens, actions) of the same shapes.
    """
    return screens[:, :, ::-1], 2 - actions


class Mirrored(Exercise):
    """Make a second step of a game from each that was played."""

    solution = mirrored
    hints = (
        "A mirror swaps left and right. Which axis of `screens` is that?",
        "`screens[:, :, ::-1]` turns the columns round.",
        "A step to the left becomes one to the right. Which subtraction makes "
        "2 of 0, 0 of 2, and leaves 1 alone?",
    )
    misconceptions = (
        (
            "keeps the action",
            lambda screens, actions: (screens[:, :, ::-1], actions),
            "The screens are mirrored, the actions are not: now the basket "
            "would run away from where it went.",
        ),
        (
            "turns it upside down",
            lambda screens, actions: (screens[:, ::-1], actions),
            "This swaps top and bottom. In such a game apples would rise.",
        ),
        (
            "turns it upside down, with the action",
            lambda screens, actions: (screens[:, ::-1], 2 - actions),
            "The actions are right. The screens are upside down: columns are "
            "the last axis.",
        ),
        (
            "reverses the order of the steps",
            lambda screens, actions: (screens[::-1], 2 - actions),
            "This turns the order of the steps round, and no screen.",
        ),
    )

    def inputs(self, rng):
        small = np.zeros((2, 3, 3))
        small[0, 0, 0] = small[1, 2, 1] = 1.0
        small[:, 2, 2] = 1.0
        yield small, np.array([0, 2])
        for n in 4, 7:
            yield rng.random((n, 8, 8)), np.append(
                rng.integers(3, size=n - 2), [0, 2]
            )
