"""Schedules: rates worked by hand."""

import pytest

from dlcore import schedules
from dlcore.configured import described, rebuilt

CASES = [
    (
        schedules.ExponentialDecay(1.0, 2, 0.25),
        {0: 1, 1: 0.5, 2: 0.25, 4: 0.0625},
    ),
    (
        schedules.PiecewiseConstantDecay([2, 4], [1.0, 0.5, 0.1]),
        {0: 1, 2: 1, 3: 0.5, 4: 0.5, 5: 0.1, 99: 0.1},
    ),
    (
        schedules.PolynomialDecay(1.0, 4, 0.2),
        {0: 1, 1: 0.8, 2: 0.6, 4: 0.2, 9: 0.2},
    ),
    (
        schedules.PolynomialDecay(1.0, 4, 0.0, power=2),
        {1: 0.5625, 2: 0.25, 3: 0.0625},
    ),
    # cos(pi / 3) = 1/2: (1 + 1/2) / 2 = 3/4
    (
        schedules.CosineDecay(8.0, 3),
        {0: 8, 1: 6, 2: 2, 3: 0, 7: 0},
    ),
    # from alpha = 1/4: 8 (3/4 * 3/4 + 1/4)
    (schedules.CosineDecay(8.0, 3, alpha=0.25), {0: 8, 1: 6.5, 3: 2, 7: 2}),
    (
        schedules.CosineDecay(2.0, 3, warmup_target=8.0, warmup_steps=3),
        {0: 2, 1: 4, 2: 6, 3: 8, 4: 6, 6: 0},
    ),
]


@pytest.mark.parametrize(("schedule", "rates"), CASES)
def test_rates(schedule, rates):
    for step, rate in rates.items():
        assert schedule(step) == pytest.approx(rate, abs=1e-12), step


@pytest.mark.parametrize("schedule", [case[0] for case in CASES])
def test_a_schedule_can_be_rebuilt_from_its_configuration(schedule):
    again = rebuilt(described(schedule), schedules.KINDS, "schedule")
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()
    assert [again(step) for step in range(9)] == [
        schedule(step) for step in range(9)
    ]


def test_base_schedule_asks_for_a_rule():
    with pytest.raises(NotImplementedError):
        schedules.Schedule()(0)


@pytest.mark.parametrize(
    ("make", "error", "word"),
    [
        (lambda: schedules.CosineDecay(-1, 3), ValueError, "initial"),
        (lambda: schedules.CosineDecay(1, 2.5), TypeError, "decay_steps"),
        (
            lambda: schedules.CosineDecay(1, 3, warmup_steps=-1),
            ValueError,
            "warmup_steps",
        ),
        (
            lambda: schedules.CosineDecay(1, 3, warmup_target="2"),
            TypeError,
            "warmup_target",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay(3, [1, 2]),
            TypeError,
            "boundaries expects a list",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([1], [0.1, "b"]),
            TypeError,
            "values",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([5, 3], [1, 2, 3]),
            ValueError,
            "ascend",
        ),
    ],
)
def test_wrong_arguments(make, error, word):
    with pytest.raises(error, match=word):
        make()
