"""The game of the chapter on decisions: catch the apple, many games at once.

The screen is a square of SIZE x SIZE pixels. An apple falls one row a step.
It drifts sideways by up to two columns a step and bounces off the walls. The
basket stands in the lowest row and moves by one column. The game is won if
the apple lands in it. All games of a `Catch` run in step, as arrays.
"""

import numpy as np

SIZE = 8
#: The fastest sideways drift, in columns a step.
DRIFT = 2


def fall(column, drift):
    """The apple's next column and drift: arrays of whole numbers.

    Beyond a wall it comes back by as much, and drifts the other way.
    """
    column, last = column + drift, SIZE - 1
    outside = (column < 0) | (column > last)
    column = np.where(column > last, 2 * last - column, np.abs(column))
    return column, np.where(outside, -drift, drift)


def all_starts():
    """Every way a game can begin: (320, 3), column, drift and basket."""
    starts = np.indices((SIZE, 2 * DRIFT + 1, SIZE)).reshape(3, -1).T
    return starts - (0, DRIFT, 0)


class Catch:
    """Games that run side by side; row, column, drift, basket tell all.

    games: how many. starts: (any, 3), column, drift and basket; each game
    draws one of these rows. seed: decides the draws, and the gusts.
    wind: the chance, in each step, of a gust that changes the drift by one.
    rows: how many rows the apple falls in a step.
    """

    def __init__(self, games, starts, seed=0, wind=0.0, rows=1):
        if games < 1 or rows < 1 or not 0 <= wind <= 1:
            raise ValueError(
                "Catch expects games and rows of at least 1 and wind in "
                f"[0, 1], received {games}, {rows} and {wind}"
            )
        self.games, self.starts = games, starts
        self.wind, self.rows = wind, rows
        self.rng = np.random.default_rng(seed)
        self.reset()

    def reset(self):
        """Begin new games, each with a start that is drawn."""
        self.begin(self.rng.choice(self.starts, size=self.games))

    def begin(self, starts):
        """Begin one game for each row of starts, in their order."""
        self.row, self.games = 0, len(starts)
        self.column, self.drift, self.basket = starts.T
        self.trail = None  # row and columns of the apples one step ago

    def screen(self):
        """The pixels: (games, SIZE, SIZE), float32.

        Apple and basket are 1. Where the apple was one step ago there is a
        trail of 0.5, which shows how it moves.
        """
        pixels = np.zeros((self.games, SIZE, SIZE), np.float32)
        each = np.arange(self.games)
        if self.trail is not None:
            pixels[each, *self.trail] = 0.5
        pixels[each, self.row, self.column] = 1
        pixels[each, -1, self.basket] = 1
        return pixels

    def step(self, action):
        """Move all baskets, then all apples; returns (reward, over).

        action: (games,) of 0 left, 1 stay, 2 right. reward: (games,), 1 for
        an apple that has landed in its basket, else 0. over: whether the
        apples have landed. Raises RuntimeError after that.
        """
        last = SIZE - 1
        if self.row == last:
            raise RuntimeError("the games are over: reset() starts new ones")
        self.basket = np.clip(self.basket + action - 1, 0, last)
        self.trail = self.row, self.column
        gust = self.rng.choice([-1, 1], size=self.games)
        gust *= self.rng.random(self.games) < self.wind
        self.drift = np.clip(self.drift + gust, -DRIFT, DRIFT)
        for _ in range(min(self.rows, last - self.row)):
            self.column, self.drift = fall(self.column, self.drift)
            self.row += 1
        over = self.row == last
        won = over & (self.column == self.basket)
        return won.astype(np.float32), over


def play(policy, starts, **changes):
    """Which games a policy wins, one for each start: True or False.

    policy: takes a Catch, returns an action for each of its games.
    """
    game, over = Catch(len(starts), starts, **changes), False
    game.begin(starts)
    while not over:
        reward, over = game.step(policy(game))
    return reward == 1
