"""Training and differentiating in both libraries, numbers side by side."""

from typing import NamedTuple

import numpy as np

from .. import losses, optimizers
from ..checks import positive_int
from ..schedules import Schedule
from .backend import keras, tf
from .convert import to_keras


class Steps(NamedTuple):
    """What step_by_step returns: one entry a step in each list."""

    dlcore: list  # losses before the updates, floats
    keras: list
    difference: list  # largest |weight - weight| after the updates, floats


def keras_optimizer(optimizer):
    """Keras's optimizer with the same settings, schedule included.

    optimizer: a dlcore optimizer or its name.
    """
    optimizer = optimizers.get(optimizer)
    config = optimizer.get_config()
    if isinstance(optimizer.learning_rate, Schedule):
        kind, settings = config["learning_rate"]
        schedule = getattr(keras.optimizers.schedules, kind)(**settings)
        config["learning_rate"] = schedule
    return getattr(keras.optimizers, type(optimizer).__name__)(**config)


def keras_loss(loss):
    """Keras's loss with the same settings.

    loss: a dlcore loss or its name.
    """
    loss = losses.get(loss)
    return getattr(keras.losses, type(loss).__name__)(**loss.get_config())


def step_by_step(model, x, y, steps=10, batch_size=32, shuffle=False, seed=0):
    """Train the model and its Keras twin from equal weights on equal batches.

    model: a compiled dlcore Sequential without training behind it; it is
        trained by this.
    x, y: the data; batches are taken in order, over and over, or with
        ``shuffle`` in an order drawn anew from ``seed`` for every pass.

    Returns Steps(dlcore=losses, keras=losses, difference=largest difference
    of any weight after each step).

    Raises ValueError for a model that is not compiled, that has taken steps
    before (the optimizers would remember different things), or that draws
    random numbers (Dropout): its twin cannot draw the same.
    """
    steps = positive_int(steps, "steps")
    batch_size = positive_int(batch_size, "batch_size")
    x, y = np.asarray(x), np.asarray(y)
    if getattr(model, "loss", None) is None:
        raise ValueError("step_by_step expects a compiled dlcore model")
    if model.optimizer.iterations:
        raise ValueError(
            "step_by_step expects a model that has not been trained, received "
            f"one after {model.optimizer.iterations} updates"
        )
    for layer in model.layers:
        if getattr(layer, "rate", 0):
            raise ValueError(
                "step_by_step expects no random layers, "
                f"received {type(layer).__name__} with rate {layer.rate}"
            )
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(
            "step_by_step expects as many labels as inputs, at least one, "
            f"received {len(x)} inputs and {len(y)} labels"
        )
    if not model.built:
        model.build(x.shape[1:])
    twin = to_keras(model)
    twin.compile(keras_optimizer(model.optimizer), keras_loss(model.loss))
    result = Steps([], [], [])
    for batch in _batches(len(x), steps, batch_size, shuffle, seed):
        result.dlcore.append(model.train_on_batch(x[batch], y[batch]))
        result.keras.append(float(twin.train_on_batch(x[batch], y[batch])))
        result.difference.append(_largest_difference(model, twin))
    return result


def _batches(n, steps, batch_size, shuffle, seed):
    """Yield the indices of each batch; the last of a pass may be smaller."""
    rng = np.random.default_rng(seed)
    done = 0
    while done < steps:
        order = rng.permutation(n) if shuffle else np.arange(n)
        for start in range(0, n, batch_size)[: steps - done]:
            yield order[start : start + batch_size]
            done += 1


def _largest_difference(model, twin):
    """The largest difference between two weights at the same place."""
    pairs = zip(model.get_weights(), twin.get_weights())
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def gradients(model, loss, x, y, training=False):
    """The gradients of a Keras model's loss by automatic differentiation.

    model: a Keras model. loss: a Keras loss or its name, a dlcore loss, or
        any function of (y_true, y_pred). training: as in ``model(x)``.

    Returns a list of arrays in the order of ``model.trainable_weights``.
    """
    if isinstance(loss, losses.Loss):
        loss = keras_loss(loss)
    elif isinstance(loss, str):
        loss = keras.losses.get(loss)
    with tf.GradientTape() as tape:
        y_pred = model(tf.convert_to_tensor(x), training=training)
        # A Keras function (not object) gives one value a sample.
        value = tf.reduce_mean(loss(tf.convert_to_tensor(y), y_pred))
    found = tape.gradient(value, [w.value for w in model.trainable_weights])
    return [tf.convert_to_tensor(gradient).numpy() for gradient in found]
