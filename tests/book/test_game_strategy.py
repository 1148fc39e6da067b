"""The rules of the game, perfect play, and search, against known facts."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(
    0, str(Path(__file__).resolve().parents[2] / "book" / "applications")
)

import game_strategy_board as game  # noqa: E402

#: Ours at the top left and middle, theirs below: we win at field 2.
WIN = (1, 1, 0, -1, -1, 0, 0, 0, 0)


def test_a_move_turns_the_board_round():
    after = game.play(game.EMPTY, 4)
    assert after == (0, 0, 0, 0, -1, 0, 0, 0, 0)
    assert game.moves(after) == [0, 1, 2, 3, 5, 6, 7, 8]
    for field in (4, 9, -1):
        with pytest.raises(ValueError, match=rf"received {field}"):
            game.play(after, field)


@pytest.mark.parametrize("line", game.LINES)
def test_three_in_a_row_end_the_game(line):
    board = tuple(-1 if field in line else 0 for field in range(9))
    assert game.lost(board)
    assert game.over(board)
    assert not game.lost(tuple(-stone for stone in board))


def test_perfect_play():
    assert game.value(game.EMPTY) == 0  # known since long: a draw
    assert game.value(WIN) == 1
    assert game.best_moves(WIN) == (2,)
    assert game.best_moves(game.EMPTY) == tuple(range(9))
    # The reply to a corner is the middle, and nothing else.
    assert game.best_moves(game.play(game.EMPTY, 0)) == (4,)


def test_counts_of_positions():
    # 5,478 boards can come up, of which 958 end the game: both are known.
    boards = game.positions()
    assert len(boards) == len(set(boards)) == 5478 - 958
    assert len({game.symmetry_class(board) for board in boards}) == 627
    ends = {
        game.play(board, field)
        for board in boards
        for field in game.moves(board)
    } - set(boards)
    assert len(ends) == 958
    assert all(game.over(board) for board in ends)


def test_many_games_follow_the_rules():
    rng = np.random.default_rng(0)
    results, made = game.play_many(game.at_random, game.at_random, 500, rng)
    assert set(results.tolist()) == {-1, 0, 1}
    assert 0.5 < (results == 1).mean() < 0.7  # who begins has the advantage
    for turn, moves in enumerate(made):
        assert moves.player == turn % 2
        boards = moves.boards
        assert ((boards != 0).sum(axis=1) == turn).all()
        assert (boards[np.arange(len(boards)), moves.fields] == 0).all()
        for board in boards[:20].tolist():
            assert not game.over(tuple(board))
    first, second = made[0].results, made[1].results
    assert (first == results).all()
    assert (second == -results).all()


def test_perfect_players_draw_and_never_lose():
    rng = np.random.default_rng(1)
    both = game.play_many(game.perfectly, game.perfectly, 200, rng)[0]
    assert (both == 0).all()
    first = game.play_many(game.perfectly, game.at_random, 200, rng)[0]
    second = game.play_many(game.at_random, game.perfectly, 200, rng)[0]
    assert first.min() >= 0 and first.mean() > 0.8
    assert second.max() <= 0


def test_search_sees_a_win_and_a_threat():
    rng = np.random.default_rng(2)
    visits = game.search(WIN, 100, rng)
    assert visits.argmax() == 2
    assert visits.sum() == 99  # the first simulation opens the root itself
    threat = (-1, -1, 0, 1, 0, 0, 0, 0, 0)
    assert game.search(threat, 300, rng).argmax() == 2


def test_search_looks_where_the_prior_points():
    rng = np.random.default_rng(3)
    prior = np.full(9, 0.001)
    prior[7] = 1
    visits = game.search(game.EMPTY, 20, rng, prior=lambda board: prior)
    assert visits.argmax() == 7


def test_search_leaves_taken_fields_alone():
    rng = np.random.default_rng(4)
    assert game.search(WIN, 50, rng)[[0, 1, 3, 4]].sum() == 0
