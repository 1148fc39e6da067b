"""Optimizers and schedules against Keras's: the same gradients, 20 steps."""

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


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_twenty_steps(keras, rng, name, arguments):
    ours = make(optimizers, schedules, name, arguments)
    schedule_module = keras.optimizers.schedules
    theirs = make(keras.optimizers, schedule_module, name, arguments)
    vector = rng.normal(size=50).astype(np.float32)
    variable = keras.Variable(vector)
    for step in range(20):
        gradient = rng.normal(size=50).astype(np.float32)
        gradient[:10] = 0  # units that are dead
        gradient[10:20] *= 10
        gradient[20:30] *= 1e-6
        kept = gradient.copy()
        ours.update(vector, gradient)
        theirs.apply([gradient], [variable])
        np.testing.assert_array_equal(gradient, kept)
        # Keras computes 1 - beta_2^t in float32, which costs digits.
        np.testing.assert_allclose(
            vector, variable.numpy(), rtol=5e-5, atol=2e-5, err_msg=f"{step=}"
        )
    assert vector.dtype == np.float32
    assert ours.iterations == int(theirs.iterations.numpy()) == 20


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(keras, name):
    kind, settings = SCHEDULES[name]
    ours = getattr(schedules, kind)(**settings)
    theirs = getattr(keras.optimizers.schedules, kind)(**settings)
    for step in range(35):
        expected = float(theirs(step))
        assert ours(step) == pytest.approx(expected, rel=1e-5), step


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "AdamW"])
def test_defaults_are_those_of_keras(keras, name):
    ours = getattr(optimizers, name)().get_config()
    theirs = getattr(keras.optimizers, name)().get_config()
    for key, value in ours.items():
        assert theirs[key] == pytest.approx(value), key


@pytest.mark.parametrize(
    "name", ["PolynomialDecay", "CosineDecay", "ExponentialDecay"]
)
def test_schedules_have_keras_defaults(keras, name):
    needed = {"initial_learning_rate": 0.5, "decay_steps": 3}
    if name == "ExponentialDecay":
        needed["decay_rate"] = 0.5
    ours = getattr(schedules, name)(**needed).get_config()
    assert ours.pop("schedule") == name
    theirs = getattr(keras.optimizers.schedules, name)(**needed).get_config()
    assert ours == {key: theirs[key] for key in ours}
