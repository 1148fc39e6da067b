"""Optimizers: rules worked by hand, and what all of them promise."""

import numpy as np
import pytest

from dlcore import optimizers, schedules
from dlcore.optimizers import SGD, Adam, AdamW, RMSprop

ALL = [
    SGD,
    lambda: SGD(0.1, momentum=0.9),
    lambda: SGD(0.1, momentum=0.9, nesterov=True),
    RMSprop,
    Adam,
    AdamW,
]

# (optimizer, gradients, weight after each, from 1)
CASES = [
    # 1 - 0.1 * 2, then - 0.1 * 4
    (SGD(0.1), [2, 4], [0.8, 0.4]),
    # m = -0.2, then 0.5 * -0.2 - 0.4 = -0.5
    (SGD(0.1, momentum=0.5), [2, 4], [0.8, 0.3]),
    # m as above; w += 0.5 m - 0.1 dw: -0.3, then -0.65
    (SGD(0.1, momentum=0.5, nesterov=True), [2, 4], [0.7, 0.05]),
    # v = 0.25 * 4 = 1, root of v + 3 = 2: 0.1 * 2 / 2;
    # v = 0.75 + 0.25 * 21 = 6, root 3: 0.1 * sqrt(21) / 3
    (
        RMSprop(0.1, rho=0.75, epsilon=3),
        [2, 21**0.5],
        [0.9, 0.9 - 0.1 * 21**0.5 / 3],
    ),
    # m = 1, v = 2, both corrected by 1/2 to 2 and 4: 0.1 * 2 / 2; then
    # m = 1.5, v = 3, corrected by 3/4 to 2 and 4
    (Adam(0.1, beta_1=0.5, beta_2=0.5, epsilon=0), [2, 2], [0.9, 0.8]),
    # Keras adds epsilon before it corrects: sqrt(1/2) / (1/2) * m = 1
    # over sqrt(2) + sqrt(2) is half a step
    (Adam(0.1, beta_1=0.5, beta_2=0.5, epsilon=2**0.5), [2], [0.95]),
    # first w is multiplied by 1 - 0.1 * 0.5
    (
        AdamW(0.1, weight_decay=0.5, beta_1=0.5, beta_2=0.5, epsilon=0),
        [2, 2],
        [0.85, 0.85 * 0.95 - 0.1],
    ),
    # the rate of step 0, then of step 1
    (SGD(schedules.ExponentialDecay(0.1, 1, 0.5)), [2, 4], [0.8, 0.6]),
]


@pytest.mark.parametrize(("optimizer", "gradients", "weights"), CASES)
def test_rules(optimizer, gradients, weights):
    vector = np.ones(3, np.float32)
    for step, (gradient, weight) in enumerate(
        zip(gradients, weights, strict=True), 1
    ):
        optimizer.update(vector, np.full(3, gradient, np.float32))
        np.testing.assert_allclose(vector, weight, rtol=3e-6)
        assert optimizer.iterations == step


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_the_first_step_of_adam_is_the_learning_rate(size):
    """Kingma & Ba 2015, section 2.1: whatever the gradient's size."""
    vector = np.zeros(2)
    Adam(0.25).update(vector, np.array([size, -size]))
    np.testing.assert_allclose(vector, [-0.25, 0.25], rtol=0.01)


@pytest.mark.parametrize("make", ALL)
def test_in_place_without_touching_the_gradient(make):
    optimizer, rng = make(), np.random.default_rng(0)
    vector, gradient = rng.normal(size=(2, 100)).astype(np.float32)
    whole, kept = vector, gradient.copy()
    before = vector.copy()
    assert optimizer.update(vector, gradient) is None
    assert vector is whole and (vector != before).all()
    np.testing.assert_array_equal(gradient, kept)
    assert list(optimizer.state) == list(optimizer.slots)
    for slot in optimizer.state.values():
        assert slot.shape == vector.shape and slot.dtype == np.float32


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("size", [32 * 1024, 32 * 1024 + 1, 100_000])
def test_blocks_do_not_show(make, size, monkeypatch):
    rng = np.random.default_rng(0)
    start, *gradients = rng.normal(size=(4, size)).astype(np.float32)
    results = []
    for block in (32 * 1024, 10**9):
        monkeypatch.setattr(optimizers, "_BLOCK", block)
        optimizer, vector = make(), start.copy()
        for gradient in gradients:
            optimizer.update(vector, gradient)
        results.append([vector, *optimizer.state.values()])
    assert optimizer.iterations == 3
    for blocked, whole in zip(*results, strict=True):
        np.testing.assert_array_equal(blocked, whole)


@pytest.mark.parametrize("make", [RMSprop, Adam])
def test_denormals_are_flushed_every_64_steps(make):
    optimizer = make()
    vector = np.zeros(2, np.float32)
    zeros = np.zeros_like(vector)
    optimizer.update(vector, np.ones_like(vector))
    for state in optimizer.state.values():
        state[...] = [1e-32, 1e-25]
    while optimizer.iterations < 63:
        optimizer.update(vector, zeros)
    assert all(state[0] > 0 for state in optimizer.state.values())
    optimizer.update(vector, zeros)
    for state in optimizer.state.values():
        assert state[0] == 0 < state[1]


@pytest.mark.parametrize("make", ALL)
def test_downhill(make):
    """On w^2 / 2, whose gradient is w, every optimizer goes down."""
    optimizer, vector = make(), np.array([1.0, -2.0, 0.5])
    for _ in range(50):
        optimizer.update(vector, vector.copy())
    assert (np.abs(vector) < [1.0, 2.0, 0.5]).all()


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.5, 0.9, True),
        RMSprop(0.5, 0.8, 1e-3),
        Adam(0.5, 0.8, 0.7, 1e-3),
        AdamW(0.5, 0.1, 0.8, 0.7, 1e-3),
        SGD(schedules.CosineDecay(0.5, 10, 0.1, 0.7, 3)),
        Adam(schedules.PiecewiseConstantDecay([2], [0.5, 0.1])),
        Adam(schedules.PolynomialDecay(0.5, 10, 0.1, 2.0)),
        Adam(schedules.ExponentialDecay(0.5, 10, 0.3)),
    ],
)
def test_an_optimizer_can_be_rebuilt_from_its_configuration(optimizer):
    config = optimizer.get_config()
    again = optimizers.from_config(str(optimizer), config)
    assert type(again) is type(optimizer)
    assert again.get_config() == config
    first, second = np.ones(3), np.ones(3)
    for _ in range(5):
        optimizer.update(first, first / 3)
        again.update(second, second / 3)
    np.testing.assert_array_equal(first, second)


def test_get_finds_names_in_any_case_and_leaves_objects_alone():
    optimizer = Adam()
    assert optimizers.get(optimizer) is optimizer
    for name, kind in [
        ("sgd", SGD),
        ("SGD", SGD),
        ("Adam", Adam),
        ("adamw", AdamW),
        ("RMSprop", RMSprop),
    ]:
        assert type(optimizers.get(name)) is kind


def test_current_learning_rate_follows_the_schedule():
    optimizer = SGD(schedules.PiecewiseConstantDecay([0], [0.5, 0.25]))
    rates = []
    for _ in range(3):
        rates.append(optimizer.current_learning_rate())
        optimizer.update(np.ones(1), np.ones(1))
    assert rates == [0.5, 0.25, 0.25]
    assert SGD(0.125).current_learning_rate() == 0.125


def test_base_optimizer_asks_for_a_rule():
    with pytest.raises(NotImplementedError):
        optimizers.Optimizer(0.1).update(np.ones(1), np.ones(1))
