"""Optimizers: rules worked by hand, and what all of them promise."""

import numpy as np
import pytest

from dlcore import optimizers, schedules
from dlcore.configured import described, rebuilt
from dlcore.optimizers import SGD, Adagrad, Adam, AdamW, RMSprop

ALL = [
    SGD,
    lambda: SGD(0.1, momentum=0.9),
    lambda: SGD(0.1, momentum=0.9, nesterov=True),
    Adagrad,
    RMSprop,
    Adam,
    AdamW,
    lambda: SGD(0.1, weight_decay=0.1, clipvalue=0.3),
    lambda: SGD(0.1, clipnorm=0.5, use_ema=True),
    lambda: Adam(0.01, global_clipnorm=0.5, use_ema=True, ema_momentum=0.5),
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
    # v = 5 + 4, root 3; v = 9 + 16, root 5
    (
        Adagrad(0.3, initial_accumulator_value=5, epsilon=0),
        [2, 4],
        [0.8, 0.56],
    ),
    # v = 0 + 5 and epsilon 4 in the root: 3
    (
        Adagrad(0.3, initial_accumulator_value=0, epsilon=4),
        [5**0.5],
        [1 - 0.1 * 5**0.5],
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
    # every optimizer decays: w is multiplied by 1 - 0.1 * 0.5 first
    (SGD(0.1, weight_decay=0.5), [2, 4], [0.75, 0.3125]),
    # gradients of 2 and 4 count as 1.5; the sign stays
    (SGD(0.1, clipvalue=1.5), [2, 4, -4, 1], [0.85, 0.7, 0.85, 0.75]),
    # three times 4: the norm is 4 sqrt(3), clipped to sqrt(3)
    (SGD(0.1, clipnorm=3**0.5), [4, 0.5], [0.9, 0.85]),
    (SGD(0.1, global_clipnorm=3**0.5), [4, 0.5], [0.9, 0.85]),
    # 0 clips nothing, as in Keras
    (SGD(0.1, clipnorm=0), [2], [0.8]),
    (SGD(0.1, clipvalue=0), [2], [0.8]),
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
@pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 150_000])
def test_blocks_do_not_show(make, size, monkeypatch):
    rng = np.random.default_rng(0)
    start, *gradients = rng.normal(size=(4, size)).astype(np.float32)
    results = []
    for block in (optimizers._BLOCK, 10**9):
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
        RMSprop(0.5, 0.8, epsilon=1e-3),
        Adagrad(0.5, 0.2, 1e-3),
        SGD(0.5, clipnorm=0.1, use_ema=True, ema_momentum=0.5),
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
    kinds = optimizers.KINDS | schedules.KINDS
    again = rebuilt(described(optimizer), kinds, "optimizer")
    assert type(again) is type(optimizer)
    assert again.get_config() == config
    first, second = np.ones(3), np.ones(3)
    for _ in range(5):
        optimizer.update(first, first / 3)
        again.update(second, second / 3)
    np.testing.assert_array_equal(first, second)


def test_get_finds_names_in_lower_case_or_not_and_leaves_objects_alone():
    optimizer = Adam()
    assert optimizers.get(optimizer) is optimizer
    for name, kind in [
        ("sgd", SGD),
        ("SGD", SGD),
        ("Adam", Adam),
        ("adamw", AdamW),
        ("RMSprop", RMSprop),
        ("adagrad", Adagrad),
    ]:
        assert type(optimizers.get(name)) is kind


def test_clipnorm_is_of_one_weight_and_global_clipnorm_of_all():
    """[3, 4] has norm 5, [0.5] has 0.5, all of them sqrt(25.25)."""
    gradient = np.array([3, 4, 0.5])
    parts = [slice(0, 2), slice(2, 3)]
    for optimizer, expected in (
        (SGD(1.0, clipnorm=1.0), [0.6, 0.8, 0.5]),
        (SGD(1.0, global_clipnorm=1.0), gradient / 25.25**0.5),
    ):
        vector = np.zeros(3)
        optimizer.update(vector, gradient, parts)
        np.testing.assert_allclose(-vector, expected, rtol=1e-12)
    np.testing.assert_array_equal(gradient, [3, 4, 0.5])


@pytest.mark.parametrize("clip", ["clipnorm", "global_clipnorm"])
def test_large_gradients_are_clipped_not_lost(clip):
    """The square of 1e30 is no float32."""
    vector = np.zeros(2, np.float32)
    gradient = np.full(2, 1e30, np.float32)
    SGD(1.0, **{clip: 2**0.5}).update(vector, gradient)
    np.testing.assert_allclose(vector, [-1, -1], rtol=1e-6)


def test_finalize_puts_the_average_in_place_of_the_weights():
    optimizer = SGD(0.1, use_ema=True, ema_momentum=0.75)
    vector = np.ones(2)
    optimizer.finalize(vector)  # before any step there is none
    np.testing.assert_array_equal(vector, [1, 1])
    for _ in range(2):
        optimizer.update(vector, np.array([1.0, 2.0]))
    np.testing.assert_allclose(vector, [0.8, 0.6])
    optimizer.finalize(vector)
    # 3/4 of the first weights and 1/4 of the second
    np.testing.assert_allclose(vector, [0.875, 0.75])
    plain = SGD(0.1)
    plain.update(vector, np.ones(2))
    plain.finalize(vector)
    np.testing.assert_allclose(vector, [0.775, 0.65])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SGD(clipnorm=1, clipvalue=1), ["one of clipnorm"]),
        (lambda: Adam(clipnorm=1, global_clipnorm=1), ["Adam", "one of"]),
        (lambda: Adam(clipvalue=1, global_clipnorm=0), ["Adam", "one of"]),
        (lambda: SGD(clipnorm=-1), ["SGD clipnorm", "-1"]),
        (lambda: SGD(momentum=1.1), ["SGD momentum", "1.1"]),
        (lambda: RMSprop(rho=-1), ["RMSprop rho"]),
        (lambda: Adagrad(epsilon=-1), ["Adagrad epsilon"]),
        (lambda: Adam(beta_2=1), ["Adam beta_2"]),
        (lambda: AdamW(weight_decay=-1), ["AdamW weight_decay"]),
        (lambda: SGD(use_ema=True, ema_momentum=2), ["SGD ema_momentum"]),
    ],
)
def test_settings_out_of_range(make, words):
    with pytest.raises(ValueError) as error:
        make()
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD([0.1]),
        lambda: SGD(nesterov=1),
        lambda: AdamW(weight_decay=None),
        lambda: Adam(use_ema=None),
        lambda: SGD(0.1, 0.0, False, 0.1),  # what all have goes by name
    ],
)
def test_settings_of_another_type(make):
    with pytest.raises(TypeError):
        make()


def test_the_arrays_are_told_apart_by_name_not_by_order():
    first, second = (Adam(0.1, use_ema=True) for _ in range(2))
    a, b = np.ones(3), np.ones(3)
    for step in range(4):
        if step == 2:
            second.state = dict(reversed(second.state.items()))
        first.update(a, a / 3)
        second.update(b, b / 3)
    np.testing.assert_array_equal(a, b)


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


def test_slots_of_another_size_and_gradients_of_another_shape():
    optimizer = Adam()
    optimizer.update(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="Adam expects weights of the size"):
        optimizer.update(np.ones(2), np.ones(2))
    vector = np.ones(3)
    with pytest.raises(ValueError, match=r"Adam expects .*\(3,\), .*\(2,\)"):
        optimizer.update(vector, np.ones(2))
    assert optimizer.iterations == 1 and (vector == 1).all()
