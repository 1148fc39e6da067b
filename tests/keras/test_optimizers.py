"""Optimizers and schedules against Keras's: the same gradients, 25 steps."""

import inspect
import itertools

import numpy as np
import pytest

from dlcore import optimizers, schedules

SCHEDULES = {
    "exponential": (
        "ExponentialDecay",
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 4,
            "decay_rate": 0.6,
        },
    ),
    "piecewise": (
        "PiecewiseConstantDecay",
        {"boundaries": [3, 10], "values": [0.1, 0.03, 0.2]},
    ),
    "polynomial": (
        "PolynomialDecay",
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 12,
            "end_learning_rate": 0.01,
            "power": 2.0,
        },
    ),
    "line": (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 30},
    ),
    "cosine": (
        "CosineDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 15, "alpha": 0.2},
    ),
    "warm-up": (
        "CosineDecay",
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 10,
            "warmup_target": 0.2,
            "warmup_steps": 5,
        },
    ),
}

CASES = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.3, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.3, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.02, "rho": 0.5, "epsilon": 1e-3}),
    ("Adam", {}),
    (
        "Adam",
        {
            "learning_rate": 0.05,
            "beta_1": 0.7,
            "beta_2": 0.95,
            "epsilon": 1e-2,
        },
    ),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.05, "weight_decay": 0.2}),
    *(("SGD", {"learning_rate": name}) for name in SCHEDULES),
    ("Adam", {"learning_rate": "warm-up"}),
    ("AdamW", {"learning_rate": "exponential", "weight_decay": 0.5}),
    (
        "SGD",
        {"learning_rate": "piecewise", "momentum": 0.9, "nesterov": True},
    ),
    ("RMSprop", {"learning_rate": "cosine"}),
]


def make(module, schedule_module, name, arguments):
    arguments = dict(arguments)
    rate = arguments.get("learning_rate")
    if rate in SCHEDULES:
        kind, settings = SCHEDULES[rate]
        schedule = getattr(schedule_module, kind)(**settings)
        arguments["learning_rate"] = schedule
    return getattr(module, name)(**arguments)


# One rule of each kind, alone and with everything that all have.
RULES = [
    ("SGD", {"learning_rate": 0.2}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adagrad", {"learning_rate": 0.1}),
    (
        "Adagrad",
        {
            "learning_rate": 0.1,
            "initial_accumulator_value": 0.5,
            "epsilon": 1e-2,
        },
    ),
    ("RMSprop", {"learning_rate": 0.01}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-3}),
    ("Adam", {"learning_rate": 0.05}),
    ("AdamW", {"learning_rate": 0.05}),
]
CLIPS = [
    {},
    {"clipnorm": 2.0},
    {"clipnorm": 0.5},
    {"clipvalue": 0.7},
    {"global_clipnorm": 3.0},
    {"clipnorm": 0.0},
]
DECAYS = [{}, {"weight_decay": 0.1}]
AVERAGES = [
    {},
    {"use_ema": True},
    {"use_ema": True, "ema_momentum": 0.6},
]
CASES += [
    (name, arguments | clip | decay | average)
    for (name, arguments), clip, decay, average in itertools.product(
        RULES, CLIPS, DECAYS, AVERAGES
    )
    # alone, or all together
    if [clip, decay, average].count({}) in (0, 2, 3)
]


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_steps(keras, rng, name, arguments):
    ours = make(optimizers, schedules, name, arguments)
    schedule_module = keras.optimizers.schedules
    theirs = make(keras.optimizers, schedule_module, name, arguments)
    vector = rng.normal(size=50).astype(np.float32)
    parts = [slice(0, 20), slice(20, 45), slice(45, 50)]
    variables = [keras.Variable(vector[part]) for part in parts]

    def assert_equal(step):
        expected = np.concatenate([v.numpy() for v in variables])
        # Keras computes 1 - beta_2^t in float32, which costs digits.
        np.testing.assert_allclose(
            vector, expected, rtol=5e-5, atol=2e-5, err_msg=f"{step=}"
        )

    for step in range(25):
        gradient = rng.normal(size=50).astype(np.float32)
        gradient[:10] = 0  # units that are dead
        gradient[10:20] *= 10
        gradient[20:30] *= 1e-6
        kept = gradient.copy()
        ours.update(vector, gradient, parts)
        theirs.apply([gradient[part] for part in parts], variables)
        np.testing.assert_array_equal(gradient, kept)
        assert_equal(step)
    assert vector.dtype == np.float32
    assert ours.iterations == int(theirs.iterations.numpy()) == 25
    ours.finalize(vector)
    theirs.finalize_variable_values(variables)
    assert_equal("the end")


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(keras, name):
    kind, settings = SCHEDULES[name]
    ours = getattr(schedules, kind)(**settings)
    theirs = getattr(keras.optimizers.schedules, kind)(**settings)
    for step in range(35):
        expected = float(theirs(step))
        assert ours(step) == pytest.approx(expected, rel=1e-5), step


@pytest.mark.parametrize("name", optimizers.KINDS)
def test_optimizers_have_the_arguments_of_keras(keras, name):
    """Same names, same defaults, same order of those that go by place."""
    ours = inspect.signature(getattr(optimizers, name)).parameters
    theirs = inspect.signature(getattr(keras.optimizers, name)).parameters
    for key, parameter in ours.items():
        assert theirs[key].default == parameter.default, key
    by_place = [
        key
        for key, parameter in ours.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert by_place == list(theirs)[: len(by_place)]


@pytest.mark.parametrize("name", schedules.KINDS)
def test_schedules_have_the_arguments_of_keras(keras, name):
    ours = inspect.signature(getattr(schedules, name)).parameters
    kind = getattr(keras.optimizers.schedules, name)
    theirs = dict(inspect.signature(kind).parameters)
    del theirs["name"]
    assert list(ours) == list(theirs)[: len(ours)]
    for key, parameter in ours.items():
        assert theirs[key].default == parameter.default, key
