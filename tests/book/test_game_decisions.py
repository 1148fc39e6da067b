"""The game of the chapter on decisions: its rules, by hand."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "book" / "applications"


@pytest.fixture(scope="module")
def catch():
    spec = importlib.util.spec_from_file_location(
        "game_decisions_catch", FOLDER / "game_decisions_catch.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("column", "drift", "after"),
    [
        (3, 0, (3, 0)),
        (3, 2, (5, 2)),
        (6, 1, (7, 1)),  # at the wall, not beyond it
        (7, 1, (6, -1)),
        (6, 2, (6, -2)),
        (7, 2, (5, -2)),
        (1, -1, (0, -1)),
        (0, -1, (1, 1)),
        (1, -2, (1, 2)),
        (0, -2, (2, 2)),
    ],
)
def test_the_apple_bounces_off_the_walls(catch, column, drift, after):
    result = catch.fall(np.array([column]), np.array([drift]))
    assert tuple(int(part[0]) for part in result) == after


def test_falling_is_symmetric(catch):
    column, drift = catch.all_starts()[:, :2].T
    new, then = catch.fall(column, drift)
    mirrored, back = catch.fall(7 - column, -drift)
    assert np.array_equal(mirrored, 7 - new)
    assert np.array_equal(back, -then)
    assert new.min() >= 0
    assert new.max() <= 7


def test_there_are_320_different_games(catch):
    starts = catch.all_starts()
    assert starts.shape == (320, 3)
    assert len(np.unique(starts, axis=0)) == 320
    assert starts.min(axis=0).tolist() == [0, -2, 0]
    assert starts.max(axis=0).tolist() == [7, 2, 7]


def test_a_game_by_hand(catch):
    # The apple: columns 1, 3, 5, 7, 5, 3, 1, 1 (bounced). Basket from 3.
    game = catch.Catch(1, np.array([[1, 2, 3]]))
    assert game.screen()[0, 0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert game.screen()[0, 7].tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    assert game.screen().sum() == 2
    columns = []
    for number, action in enumerate([1, 1, 1, 1, 1, 0, 0]):
        reward, over = game.step(np.array([action]))
        columns.append(int(game.column[0]))
        assert over == (number == 6)
        assert reward[0] == (number == 6)
        trail = game.screen()[0] == 0.5
        assert trail.sum() == 1
        assert trail[number].any()
    assert columns == [3, 5, 7, 5, 3, 1, 1]
    assert int(game.basket[0]) == 1
    with pytest.raises(RuntimeError, match="reset"):
        game.step(np.array([1]))
    game.reset()
    assert game.row == 0
    assert game.trail is None


def test_the_basket_stays_on_the_screen(catch):
    game = catch.Catch(2, np.array([[4, 0, 0]]))
    game.begin(np.array([[4, 0, 0], [4, 0, 7]]))
    game.step(np.array([0, 2]))
    assert game.basket.tolist() == [0, 7]


def test_a_basket_beside_the_apple_wins_nothing(catch):
    starts = np.array([[4, 0, 4], [4, 0, 3], [4, 0, 5]])
    won = catch.play(lambda game: np.ones(3, int), starts)
    assert won.tolist() == [True, False, False]


def test_fast_apples_land_sooner(catch):
    game = catch.Catch(1, np.array([[0, 1, 0]]), rows=2)
    for row, column in (2, 2), (4, 4), (6, 6), (7, 7):
        _, over = game.step(np.array([1]))
        assert (game.row, int(game.column[0])) == (row, column)
    assert over


def test_gusts_change_the_drift_by_one(catch):
    start = np.array([[3, 0, 3]])
    for wind, low, high in (0, 0, 0), (1, 1, 1), (0.3, 0.25, 0.35):
        game = catch.Catch(2000, start, seed=1, wind=wind)
        game.step(np.ones(2000, int))
        assert low <= np.abs(game.drift).mean() <= high
    assert set(np.unique(game.drift)) == {-1, 0, 1}


def test_the_seed_decides_the_starts(catch):
    first, same, other = (
        catch.Catch(64, catch.all_starts(), seed).column for seed in (1, 1, 2)
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "change", [{"games": 0}, {"rows": 0}, {"wind": -0.1}, {"wind": 1.1}]
)
def test_bad_arguments_are_refused(catch, change):
    arguments = {"games": 1, "starts": catch.all_starts()} | change
    with pytest.raises(ValueError, match="Catch expects"):
        catch.Catch(**arguments)
