"""What the random tests draw from: all that dlcore offers, and arguments.

The lists come from the packages themselves: a new thing, or a new argument,
for which nothing is drawn here makes a test fail.
"""

import inspect
from dataclasses import fields

import numpy as np
from hypothesis import strategies as st

from dlcore import (
    activations,
    checks,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    schedules,
)


def defined_in(module, kind):
    """What a module defines itself for others, by name."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if kind(thing)
        and not name.startswith("_")
        and thing.__module__ == module.__name__
    }


def kinds_of(module, base):
    """The classes below base that a module defines, by name."""
    classes = defined_in(module, inspect.isclass)
    return {
        name: kind
        for name, kind in classes.items()
        if issubclass(kind, base) and kind is not base
    }


ACTIVATIONS = {
    name: function
    for name, function in defined_in(activations, inspect.isfunction).items()
    if f"{name}_backward" in vars(activations)
}
LAYERS = {
    name: getattr(layers, name) for name in layers.__all__ if name != "Layer"
}
LOSSES = kinds_of(losses, losses.Loss)
OPTIMIZERS = kinds_of(optimizers, optimizers.Optimizer)
SCHEDULES = kinds_of(schedules, schedules.Schedule)
METRICS = defined_in(metrics, inspect.isfunction).keys() - {"get"}
INITIALIZERS = defined_in(initializers, inspect.isfunction).keys() - {
    "fans", "get", "known",
}

seeds = st.integers(0, 2**32 - 1)
small = st.integers(1, 3)
names = st.sampled_from(sorted(ACTIVATIONS))
shares = st.floats(0, 0.75)

# --- arguments: by name where the check does not say enough ---------------

BY_NAME = {
    "shape": st.just((4,)),
    "padding": st.sampled_from(["valid", "same"]),
    "strides": small | st.tuples(small, small),
    "size": small | st.tuples(small, small),
    "input_dim": st.just(7),
    "kernel_initializer": st.sampled_from(
        ["glorot_uniform", "he_normal", "orthogonal", "random_normal"]
    ),
    "recurrent_initializer": st.sampled_from(["orthogonal", "he_uniform"]),
    "embeddings_initializer": st.sampled_from(["random_uniform", "zeros"]),
    "bias_initializer": st.sampled_from(["zeros", "ones", "random_normal"]),
    "epsilon": st.floats(1e-7, 1e-2),
    "delta": st.floats(0.1, 3),
    "target_shape": st.just((-1, 2)),
    "num_heads": st.integers(1, 2),
} | {
    f"{name}.{field}": st.just(default)
    for name in ("SimpleRNN", "LSTM", "GRU")
    for field, default in (
        ("activation", "tanh"), ("recurrent_activation", "sigmoid")
    )
}
BY_CHECK = {
    checks.positive_int: small,
    checks.pair: small | st.tuples(small, small),
    checks.flag: st.booleans(),
    checks.below_one: shares,
    checks.fraction: shares,
    checks.not_negative: st.floats(0, 2),
    activations.get: names,
}
SKIPPED = ("name", "input_shape")


def arguments(kind):
    """Draws a dict of arguments for a Configured class."""
    drawn = {}
    for field in fields(kind):
        if field.name in SKIPPED:
            continue
        own = f"{kind.__name__}.{field.name}"
        for table, key in (
            (BY_NAME, own), (BY_NAME, field.name), (BY_CHECK, field.type),
        ):
            if key in table:
                drawn[field.name] = table[key]
                break
        else:
            raise AssertionError(f"nothing is drawn for {own}")
    return st.fixed_dictionaries(drawn).map(_without_contradiction)


def _without_contradiction(config):
    """Of arguments that exclude each other, only one stays."""
    if config.get("return_sequences"):
        config["return_state"] = False
    clips = "clipnorm", "clipvalue", "global_clipnorm"
    for name in [c for c in clips if config.get(c) is not None][1:]:
        config[name] = None
    return config


# --- layers ---------------------------------------------------------------

side = st.integers(4, 6)
IMAGES = st.tuples(side, side, small)
SEQUENCES = st.tuples(small, small)
ANY = st.one_of(SEQUENCES, IMAGES, st.tuples(small))
EVEN = st.tuples(small, small, st.sampled_from([2, 4]))

#: The shapes of a sample that a layer takes; ANY unless it is listed.
SHAPES = {
    "Input": st.just((4,)),
    "Reshape": EVEN,
    "Embedding": st.tuples(small),
} | dict.fromkeys(
    [name for name in LAYERS if "2D" in name], IMAGES
) | dict.fromkeys(
    [
        "SimpleRNN", "LSTM", "GRU", "Bidirectional", "MultiHeadAttention",
        "PositionalEmbedding",
    ],
    SEQUENCES,
)
MERGES = {"Add", "Concatenate"}
#: Layers that mix the samples of a batch, while training.
MIXING = ("BatchNormalization",)


def recurrent():
    return st.sampled_from(["SimpleRNN", "LSTM", "GRU"]).flatmap(
        lambda name: arguments(LAYERS[name]).map(
            lambda config: LAYERS[name](**config)
        )
    )


BY_NAME["Bidirectional.layer"] = recurrent()


def numbers(shape, seed, dtype=np.float32):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape).astype(dtype)


@st.composite
def input_shapes(draw, name, layer):
    """The shape of a sample; a list of them for several inputs."""
    shape = draw(SHAPES.get(name, ANY))
    if name == "Add":
        return [shape] * draw(st.integers(2, 3))
    if name == "Concatenate":
        count = draw(st.integers(2, 3))
        return [(*shape[:-1], draw(small)) for _ in range(count)]
    if name == "MultiHeadAttention" and draw(st.booleans()):
        value, key = ((draw(small), draw(small)) for _ in range(2))
        return [shape, value, (value[0], key[1])][: draw(st.integers(2, 3))]
    if name in ("SimpleRNN", "LSTM", "GRU") and draw(st.booleans()):
        return [shape, (layer.units * layer.states,)]
    return shape


@st.composite
def built(draw, name, dtype="float32"):
    """(layer, batch of inputs): a list of arrays for a merging layer."""
    kind, seed = LAYERS[name], draw(seeds)
    layer = kind(**draw(arguments(kind)))
    shape = draw(input_shapes(name, layer))
    rng = np.random.default_rng(seed)
    batch = draw(st.integers(1, 4))
    layer.dtype = np.dtype(dtype)
    if isinstance(shape, list):
        x = [numbers((batch, *one), i, dtype) for i, one in enumerate(shape)]
    elif name == "Embedding":
        x = rng.integers(0, layer.input_dim, (batch, *shape))
    else:
        x = numbers((batch, *shape), seed, dtype)
    layer.build(shape, rng)
    return layer, x


# --- optimizers and schedules ---------------------------------------------

RATES = st.floats(1e-5, 0.1)
BY_NAME |= {
    "learning_rate": RATES,
    "initial_learning_rate": RATES,
    "end_learning_rate": RATES,
    "warmup_target": st.none() | RATES,
    "warmup_steps": st.integers(0, 5),
    "boundaries": st.just([2, 5]),
    "values": st.just([0.1, 0.05, 0.01]),
    "momentum": shares,
    "power": st.floats(0.5, 2),
    "weight_decay": st.none() | st.floats(0, 0.1),
    "clipnorm": st.none() | RATES,
    "global_clipnorm": st.none() | RATES,
    "clipvalue": st.none() | RATES,
    "decay_rate": st.floats(0.1, 1),
    "AdamW.weight_decay": st.floats(0, 0.1),
}
