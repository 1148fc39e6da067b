"""Odd answers to the exercises on speed: what their readers are told."""

import tracemalloc

import numpy as np
import pytest

import dlcore.exercises as exercises
from dlcore.exercises.speed import momentum_in_place


def wrong_sign(w, dw, m, room, rate, beta):
    m *= beta
    np.multiply(dw, rate, out=room)
    m += room
    w += m
    return w


def forgets_w(w, dw, m, room, rate, beta):
    m *= beta
    np.multiply(dw, rate, out=room)
    m -= room
    return w


def returns_m(*arguments):
    momentum_in_place(*arguments)
    return arguments[2]


def returns_nothing(*arguments):
    momentum_in_place(*arguments)


def crashes(*arguments):
    raise TypeError("no such thing")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (wrong_sign, "After the call m["),
        (forgets_w, "After the call w["),
        (returns_m, "w is right, but the result["),
        (returns_nothing, "w is right, but the result is a NoneType"),
        (crashes, "momentum_in_place raises TypeError: no such thing"),
        (3, "Expected the function momentum_in_place itself"),
    ],
)
def test_an_odd_update_is_told_what_is_wrong(answer, message, capsys):
    exercises.check("speed.momentum_in_place", answer)
    told = " ".join(capsys.readouterr().out.split())
    assert f"not quite. {message}" in told


def test_memory_is_traced_as_before(capsys):
    """The check counts bytes; whoever traces already goes on tracing."""
    exercises.check("speed.momentum_in_place", momentum_in_place)
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        exercises.check("speed.momentum_in_place", momentum_in_place)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    assert capsys.readouterr().out.count("right.") == 2
