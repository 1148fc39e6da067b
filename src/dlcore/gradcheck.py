"""Gradient checks: the derivative by backward against the one by measuring.

Along a small step h, L(x + h) - L(x - h) over 2h is the slope, up to an
error of the order of h squared. All checks run in float64.
"""

import copy

import numpy as np

from .checks import misfit, positive_int

#: A step for float64: smaller loses digits to rounding, larger to curvature.
STEP = 1e-5


def numerical_gradient(f, x, step=STEP):
    """dL/dx one coordinate at a time: slow, and easy to understand.

    f: takes an array of x's shape, returns a number. x is not changed.
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        x[index] = value + step
        above = f(x)
        x[index] = value - step
        below = f(x)
        x[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def relative_difference(a, b):
    """|a - b| / max(|a|, |b|), with norms; 0 if both are 0."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    largest = max(np.linalg.norm(a), np.linalg.norm(b))
    return float(np.linalg.norm(a - b) / largest) if largest else 0.0


def check_layer(layer, x, seed=0, directions=5, training=True):
    """Largest relative difference over random directions of x and weights.

    A copy of the layer is rebuilt in float64 for x: (batch, *input_shape).
    L is the sum of the outputs times fixed random numbers: with ones, a
    backward that forgets dy would pass. Below 1e-6 is right; near 1 is
    wrong. Weights that start as constants are shaken, to lie anywhere.
    """
    rng = np.random.default_rng(seed)
    layer = copy.deepcopy(layer)
    x = np.asarray(x)
    layer.dtype, layer.needs_dx = np.dtype("float64"), True
    layer.build(x.shape[1:], np.random.default_rng(seed))
    arrays = [getattr(layer, name) for name in layer.trainable_weights]
    for weight in arrays:
        weight += 0.1 * rng.normal(size=weight.shape)
    if x.dtype.kind == "f":
        x = x.astype(np.float64)
        arrays.append(x)

    def run():
        layer.rng = np.random.default_rng(seed)  # the same dropout each time
        return layer.forward(x, training)

    r = rng.normal(size=run().shape)
    dx = layer.backward(r)
    gradients = [getattr(layer, "d" + n) for n in layer.trainable_weights]
    pairs = zip(arrays, [*gradients, dx])
    return _check(pairs, lambda: (run() * r).sum(), rng, directions)


def check_model(model, x, y, seed=0, directions=5):
    """The same for a compiled float64 model and its loss, all weights."""
    if model.dtype != np.float64:
        raise misfit("check_model", 'dtype="float64"', f'"{model.dtype}"')
    data = model._data(x, y)
    generators = [layer.rng.bit_generator for layer in model.layers]
    states = [generator.state for generator in generators]

    def run():
        for generator, state in zip(generators, states):
            generator.state = state
        return model._forward(data.x, training=True)

    weights = model.get_weights()  # moving averages, too
    model._backward(model._loss.gradient(data.y, run()))
    difference = _check(
        [(model.vector, model.gradient.copy())],
        lambda: model._loss.value(data.y, run()).mean(),
        np.random.default_rng(seed), directions,
    )
    model.set_weights(weights)
    return difference


def _check(pairs, loss, rng, directions):
    """Compare slopes along random directions, array by array."""
    differences = [0.0]
    for array, gradient in pairs:
        kept = array.copy()
        for _ in range(positive_int(directions, "directions")):
            direction = rng.normal(size=array.shape)
            direction /= np.linalg.norm(direction)
            array[...] = kept + STEP * direction
            above = loss()
            array[...] = kept - STEP * direction
            slope = (above - loss()) / (2 * STEP)
            array[...] = kept
            expected = (gradient * direction).sum()
            differences.append(relative_difference(slope, expected))
    return max(differences)
