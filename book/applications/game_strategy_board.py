"""Tic-tac-toe: rules, perfect play, and search, on tuples of nine numbers.

A board is a tuple of nine numbers, row by row: 1 for our stones, -1 for the
opponent's, 0 for an empty field. It is always *our* turn: after a move the
board is turned round (`play`), so that one function serves both players. The
value of a board is what the player to move gets: 1, 0 or -1.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

LINES = (
    (0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8),
    (0, 4, 8), (2, 4, 6),
)  # fmt: skip
EMPTY = (0,) * 9


def moves(board):
    """The empty fields."""
    return [field for field, stone in enumerate(board) if stone == 0]


def play(board, field):
    """The board after our move, as the opponent sees it.

    ValueError for a field that is taken or does not exist.
    """
    if field not in moves(board):
        raise ValueError(
            f"play expects one of the fields {moves(board)}, received {field}"
        )
    stones = list(board)
    stones[field] = 1
    return tuple(-stone for stone in stones)


def lost(board):
    """True if the opponent, who moved last, has three in a row."""
    return any(all(board[field] == -1 for field in line) for line in LINES)


def over(board):
    """True if the game has ended."""
    return lost(board) or not moves(board)


@functools.cache
def value(board):
    """What perfect play gets for the player to move: 1, 0 or -1."""
    if over(board):
        return -1 if lost(board) else 0
    return max(-value(play(board, field)) for field in moves(board))


@functools.cache
def best_moves(board):
    """All moves that keep the value of the board."""
    return tuple(
        field
        for field in moves(board)
        if -value(play(board, field)) == value(board)
    )


@functools.cache
def positions():
    """All boards that can come up and are not over, in a fixed order."""
    found, waiting = {EMPTY}, [EMPTY]
    while waiting:
        board = waiting.pop()
        for after in (play(board, field) for field in moves(board)):
            if after not in found and not over(after):
                found.add(after)
                waiting.append(after)
    return tuple(sorted(found))


def symmetry_class(board):
    """The smallest of the eight boards that are the same but for a turn."""
    square = np.reshape(board, (3, 3))
    turned = [np.rot90(square, quarters) for quarters in range(4)]
    images = [*turned, *(one.T for one in turned)]
    return min(tuple(image.ravel().tolist()) for image in images)


class Moves(NamedTuple):
    """One move in each of many games."""

    boards: np.ndarray  # (games, 9), before the move
    fields: np.ndarray  # (games,), where the stone was set
    results: np.ndarray  # (games,), what the mover got in the end
    player: int  # 0 moved first, 1 second


def play_many(first, second, games, rng):
    """Many games at once; returns the first player's results, and all moves.

    A player is a function: boards (games, 9) -> probabilities (games, 9), 0
    where a field is taken. results: 1 won, 0 drawn, -1 lost.
    """
    boards, alive = np.zeros((games, 9), int), np.arange(games)
    results, made = np.zeros(games, int), []
    for turn in range(9):
        upto = np.cumsum((first, second)[turn % 2](boards), axis=1)
        drawn = rng.random((len(boards), 1)) * upto[:, -1:]
        fields = (upto <= drawn).sum(axis=1)
        made.append((boards, fields, alive, turn % 2))
        after = boards.copy()
        after[np.arange(len(boards)), fields] = 1
        won = (after[:, LINES] == 1).all(axis=2).any(axis=1)
        results[alive[won]] = 1 - 2 * (turn % 2)
        boards, alive = -after[~won], alive[~won]
        if not len(boards):
            break
    return results, [
        Moves(boards, fields, results[alive] * (1 - 2 * player), player)
        for boards, fields, alive, player in made
    ]


def at_random(boards):
    """The player who takes any free field."""
    return (boards == 0) / (boards == 0).sum(axis=1, keepdims=True)


def perfectly(boards):
    """The player who takes any of the best fields."""
    shares = np.zeros(boards.shape)
    for share, board in zip(shares, boards.tolist()):
        best = best_moves(tuple(board))
        share[list(best)] = 1 / len(best)
    return shares


class Node:
    """A board in the search tree, with what the games through it gave."""

    def __init__(self, board, prior):
        self.board, self.prior = board, prior
        self.visits, self.total = 0, 0.0  # of the player who moved here
        self.children = {}


def search(board, simulations, rng, prior=None, explore=1.5):
    """Monte Carlo tree search; returns how often each field was visited.

    prior: a function board -> nine probabilities, or None for equal ones.
    Each simulation goes down by the largest mean + explore * prior *
    sqrt(visits of the parent) / (1 + visits), adds one board, plays from
    there to the end at random, and tells all boards on the way. Selection
    after Silver et al. 2018; playing out after Coulom 2006.
    """
    root = Node(board, 1.0)
    for _ in range(simulations):
        path = [root]
        while path[-1].children:
            path.append(_most_promising(path[-1], explore))
        leaf = path[-1]
        if not over(leaf.board):
            weights = prior(leaf.board) if prior else np.ones(9)
            share = sum(weights[field] for field in moves(leaf.board))
            leaf.children = {
                field: Node(play(leaf.board, field), weights[field] / share)
                for field in moves(leaf.board)
            }
        result = -_play_out(leaf.board, rng)  # of who moved to the leaf
        for node in reversed(path):
            node.visits += 1
            node.total += result
            result = -result
    visits = np.zeros(9)
    for field, child in root.children.items():
        visits[field] = child.visits
    return visits


def _most_promising(node, explore):
    root = math.sqrt(node.visits)

    def promise(child):
        mean = child.total / child.visits if child.visits else 0.0
        return mean + explore * child.prior * root / (1 + child.visits)

    return max(node.children.values(), key=promise)


def _play_out(board, rng):
    """The result of random play for the player to move."""
    sign = 1
    while not over(board):
        board = play(board, int(rng.choice(moves(board))))
        sign = -sign
    return -sign if lost(board) else 0
