"""Optimizers: how a gradient changes the weights.

All weights of a model are one flat vector, all gradients another, so an
update is a few lines in place. Names and defaults are Keras's.
"""

import inspect

import numpy as np

from . import schedules
from .utils import look_up, number


class Optimizer:
    """update(vector, gradient) changes vector in place, never gradient.

    learning_rate: a number, or a schedule: a function of the number of
    updates made so far. `slots` names the flat arrays that an update
    remembers; `iterations` counts updates.
    """

    slots = ()

    def __init__(self, learning_rate):
        if not isinstance(learning_rate, schedules.Schedule):
            learning_rate = number(learning_rate, f"{self} learning_rate", 0)
        self.learning_rate = learning_rate
        self.iterations = 0
        self.state = {}

    def current_learning_rate(self):
        """The rate of the next update, a float."""
        if isinstance(self.learning_rate, schedules.Schedule):
            return float(self.learning_rate(self.iterations))
        return self.learning_rate

    def build(self, vector):
        """Create the slots, all zero, for a vector of this size."""
        self.state = {name: np.zeros_like(vector) for name in self.slots}

    def check(self, vector):
        """ValueError if the slots belong to weights of another size."""
        if any(array.shape != vector.shape for array in self.state.values()):
            raise ValueError(
                f"{self} has already trained weights of another size; "
                "each model expects an optimizer of its own"
            )

    def update(self, vector, gradient):
        """One step: change vector in place by means of gradient."""
        if vector.shape != gradient.shape:
            raise ValueError(
                f"{self} expects a gradient of shape {vector.shape}, "
                f"received {gradient.shape}"
            )
        if not self.iterations:
            self.build(vector)
        self.check(vector)
        rate = self.current_learning_rate()
        self.iterations += 1
        arrays = [vector, gradient, *self.state.values()]
        # Blocks of 128 KB stay in the cache from one line to the next.
        for start in range(0, vector.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            self.step(rate, *(array[block] for array in arrays))
        if self.iterations % _FLUSH_EVERY == 0:
            for array in self.state.values():
                _flush_denormals(array)

    def step(self, rate, w, dw, *state):
        """The rule itself, on blocks of the arrays."""
        raise NotImplementedError

    def get_config(self):
        """The constructor's arguments."""
        names = list(inspect.signature(type(self).__init__).parameters)[1:]
        config = {name: getattr(self, name) for name in names}
        if isinstance(self.learning_rate, schedules.Schedule):
            config["learning_rate"] = self.learning_rate.get_config()
        return config

    def __str__(self):
        return type(self).__name__


class SGD(Optimizer):
    """w -= rate dw; with momentum m = momentum m - rate dw, w += m.

    nesterov looks ahead: w += momentum m - rate dw. Sutskever et al. 2013.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False):
        super().__init__(learning_rate)
        self.momentum = number(momentum, "SGD momentum", 0, 1)
        self.nesterov = nesterov
        self.slots = ("m",) if momentum else ()

    def step(self, rate, w, dw, m=None):
        change = dw * rate
        if m is None:
            w -= change
            return
        m *= self.momentum
        m -= change
        if self.nesterov:
            w += m * self.momentum
            w -= change
        else:
            w += m


class RMSprop(Optimizer):
    """v = rho v + (1 - rho) dw^2; w -= rate dw / sqrt(v + epsilon).

    Hinton 2012, lecture 6e; epsilon inside the root, as in Keras.
    """

    slots = ("v",)

    def __init__(self, learning_rate=0.001, rho=0.9, epsilon=1e-7):
        super().__init__(learning_rate)
        self.rho = number(rho, "RMSprop rho", 0, 1)
        self.epsilon = number(epsilon, "RMSprop epsilon", 0)

    def step(self, rate, w, dw, v):
        v *= self.rho
        v += (1 - self.rho) * np.square(dw)
        w -= rate * dw / np.sqrt(v + self.epsilon)


class Adam(Optimizer):
    """A step along a mean of gradients over a root mean of their squares.

    m += (1 - beta_1) (dw - m);  v += (1 - beta_2) (dw^2 - v)
    w -= rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)

    t counts updates from 1. Kingma & Ba 2015, end of section 2.
    """

    slots = ("m", "v")

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
    ):
        super().__init__(learning_rate)
        self.beta_1 = number(beta_1, f"{self} beta_1", 0, 1, open_high=True)
        self.beta_2 = number(beta_2, f"{self} beta_2", 0, 1, open_high=True)
        self.epsilon = number(epsilon, f"{self} epsilon", 0)

    def step(self, rate, w, dw, m, v):
        t = self.iterations
        rate *= (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        change = np.subtract(dw, m)
        change *= 1 - self.beta_1
        m += change
        np.multiply(dw, dw, out=change)
        change -= v
        change *= 1 - self.beta_2
        v += change
        np.sqrt(v, out=change)
        change += self.epsilon
        np.divide(m, change, out=change)
        change *= rate
        w -= change


class AdamW(Adam):
    """Adam after w -= rate weight_decay w: Loshchilov & Hutter 2019."""

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
    ):
        super().__init__(learning_rate, beta_1, beta_2, epsilon)
        self.weight_decay = number(weight_decay, "AdamW weight_decay", 0)

    def step(self, rate, w, dw, m, v):
        w *= 1 - rate * self.weight_decay
        super().step(rate, w, dw, m, v)


_BLOCK = 32 * 1024
_FLUSH_EVERY = 64


def _flush_denormals(array):
    """Set numbers below 1e-30 to 0: arithmetic with denormals is slow.

    The moments of a dead unit shrink for ever, until they are denormal.
    `make bench` shows what a late step costs beside an early one.
    """
    array *= np.abs(array) > 1e-30


_TABLE = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}


def get(optimizer):
    """An optimizer for Keras's name; an object is itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, str):
        optimizer = optimizer.lower()
    return look_up(optimizer, _TABLE, "optimizer")()


def from_config(name, config):
    """The optimizer of this class name, with get_config's arguments."""
    config = dict(config)
    if isinstance(config["learning_rate"], dict):
        rate = schedules.from_config(config["learning_rate"])
        config["learning_rate"] = rate
    return look_up(name.lower(), _TABLE, "optimizer")(**config)
