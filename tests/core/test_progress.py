"""The progress bar, with a clock that we turn."""

import pytest

from dlcore import progress


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(progress.time, "perf_counter", lambda: Clock.now)
    return Clock


LOGS = {"loss": 0.51234, "accuracy": 1.0}


def test_a_bar(clock, capsys):
    bar = progress.ProgressBar(steps=4, epochs=3, verbose=1)
    bar.start(0)
    clock.now += 0.05
    assert not bar.due()
    clock.now += 0.06
    assert bar.due()
    bar.draw(1, LOGS)
    assert not bar.due()
    clock.now += 1.89
    bar.finish(LOGS)
    assert capsys.readouterr().out == (
        "Epoch 1/3\n"
        f"\r1/4 {'━' * 5}{' ' * 15} 0s 110.0ms/step"
        " - loss: 0.5123 - accuracy: 1.0000"
        f"\r4/4 {'━' * 20} 2s 500.0ms/step"
        " - loss: 0.5123 - accuracy: 1.0000\n"
    )


def test_a_line(clock, capsys):
    bar = progress.ProgressBar(steps=4, epochs=3, verbose=2)
    bar.start(2)
    clock.now += 2
    assert not bar.due()
    bar.finish(LOGS)
    assert capsys.readouterr().out == (
        "Epoch 3/3\n4/4 - 2s 500.0ms/step - loss: 0.5123 - accuracy: 1.0000\n"
    )


def test_silence(clock, capsys):
    bar = progress.ProgressBar(steps=4, epochs=3, verbose=0)
    bar.start(0)
    clock.now += 2
    assert not bar.due()
    bar.finish(LOGS)
    assert capsys.readouterr().out == ""
