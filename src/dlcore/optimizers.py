"""Optimizers: how a gradient changes the weights.

All weights of a model are one flat vector, all gradients another, so an
update is a few lines in place. Names and defaults are Keras's.
"""

from dataclasses import KW_ONLY

import numpy as np

from . import checks
from .configured import Configured
from .schedules import Schedule


def _rate(value, who):
    """A number or a schedule."""
    if isinstance(value, Schedule):
        return value
    return checks.not_negative(value, who)


class Optimizer(Configured):
    """update(vector, gradient) changes vector in place, never gradient.

    learning_rate: a number, or a schedule: a function of the number of
    updates made so far. In the order in which they act:

    clipvalue: no gradient is larger than this; clipnorm: nor any weight's
    gradients together (root of the sum of squares); global_clipnorm: nor
    those of all weights. One of them at most; 0 does not clip, as in Keras.
    Pascanu, Mikolov & Bengio 2013.
    weight_decay: w -= rate weight_decay w before each step.
    use_ema: keep an average of the weights over the updates, a = ema_momentum
    a + (1 - ema_momentum) w, which replaces them at the end of fit.

    `iterations` counts updates; `state` holds the flat arrays named `slots`
    that an update remembers.
    """

    learning_rate: _rate = 0.001
    _: KW_ONLY
    weight_decay: checks.optional(checks.not_negative) = None
    clipnorm: checks.optional(checks.not_negative) = None
    clipvalue: checks.optional(checks.not_negative) = None
    global_clipnorm: checks.optional(checks.not_negative) = None
    use_ema: checks.flag = False
    ema_momentum: checks.fraction = 0.99

    #: The slots that `step` takes.
    moments = ()

    def __post_init__(self):
        super().__post_init__()
        clips = self.clipnorm, self.clipvalue, self.global_clipnorm
        if clips.count(None) < 2:
            expected = "one of clipnorm, clipvalue and global_clipnorm"
            raise checks.misfit(self, expected, clips)
        self.iterations, self.state = 0, {}

    @property
    def slots(self):
        """Names of the arrays in `state`."""
        return (*self.moments, *["average"] * self.use_ema)

    def current_learning_rate(self):
        """The rate of the next update, a float."""
        if isinstance(self.learning_rate, Schedule):
            return float(self.learning_rate(self.iterations))
        return self.learning_rate

    def build(self, vector):
        """Create the slots, all zero, for a vector of this size."""
        self.state = {name: np.zeros_like(vector) for name in self.slots}

    def check(self, vector):
        """ValueError if the slots belong to weights of another size."""
        if any(array.shape != vector.shape for array in self.state.values()):
            expected = "weights of the size that it has trained so far"
            raise checks.misfit(self, expected, vector.size)

    def update(self, vector, gradient, parts=(slice(None),)):
        """One step: change vector in place by means of gradient.

        parts: the slices of vector that are one weight each, for clipnorm.
        """
        for array in (vector, gradient):
            checks.check_array(array, self)
        if vector.shape != gradient.shape:
            expected = f"a gradient of shape {vector.shape}"
            raise checks.misfit(self, expected, gradient.shape)
        if not self.iterations:
            self.build(vector)
        self.check(vector)
        rate = self.current_learning_rate()
        self.iterations += 1
        slots = [self.state[name] for name in self.moments]
        arrays = [vector, self._clipped(gradient, parts), *slots]
        # Blocks stay in the cache from one line to the next: for 694,000
        # weights, a step of Adam takes 2.4 ms instead of 3.5.
        for start in range(0, vector.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            w, dw, *state = (array[block] for array in arrays)
            if self.weight_decay:
                w *= 1 - rate * self.weight_decay
            self.step(rate, w, dw, *state)
        if self.use_ema:
            keep = self.ema_momentum if self.iterations > 1 else 0
            self.state["average"] *= keep
            self.state["average"] += (1 - keep) * vector
        if self.iterations % _FLUSH_EVERY == 0:
            for array in slots:
                _flush_denormals(array)

    def step(self, rate, w, dw, *state):
        """The rule itself, on blocks of the arrays."""
        raise NotImplementedError

    def _clipped(self, gradient, parts):
        """The gradient within its bounds: a copy, if there are any."""
        if self.clipvalue:
            return np.clip(gradient, -self.clipvalue, self.clipvalue)
        limit = self.clipnorm or self.global_clipnorm
        if not limit:
            return gradient
        gradient = gradient.copy()
        for part in parts if self.clipnorm else (slice(None),):
            # In float64: squares of large float32 numbers overflow.
            norm = np.linalg.norm(gradient[part].astype(np.float64))
            gradient[part] *= limit / max(norm, limit)
        return gradient

    def finalize(self, vector):
        """The end of a training: the average replaces the weights."""
        if self.use_ema and self.iterations:
            vector[...] = self.state["average"]


class SGD(Optimizer):
    """w -= rate dw; with momentum m = momentum m - rate dw, w += m.

    nesterov looks ahead (Sutskever et al. 2013): w += momentum m - rate dw,
    in the form for the moved weights of Bengio et al. 2013, section 3.5.
    """

    learning_rate: _rate = 0.01
    momentum: checks.fraction = 0.0
    nesterov: checks.flag = False

    moments = property(lambda self: ("m",) if self.momentum else ())

    def step(self, rate, w, dw, m=None):
        change = dw * -rate
        if m is not None:
            m *= self.momentum
            m += change
            change = m * self.momentum + change if self.nesterov else m
        w += change


class Adagrad(Optimizer):
    """v += dw^2; w -= rate dw / sqrt(v + epsilon). Duchi et al. 2011.

    v starts at initial_accumulator_value: no first step is too long.
    """

    initial_accumulator_value: checks.not_negative = 0.1
    epsilon: checks.not_negative = 1e-7

    moments = ("v",)

    def build(self, vector):
        super().build(vector)
        self.state["v"][...] = self.initial_accumulator_value

    def step(self, rate, w, dw, v):
        v += np.square(dw)
        w -= rate * dw / np.sqrt(v + self.epsilon)


class RMSprop(Optimizer):
    """v = rho v + (1 - rho) dw^2; w -= rate dw / sqrt(v + epsilon).

    Hinton 2012, lecture 6e; epsilon inside the root, as in Keras.
    """

    rho: checks.fraction = 0.9
    _: KW_ONLY
    epsilon: checks.not_negative = 1e-7

    moments = ("v",)

    def step(self, rate, w, dw, v):
        v *= self.rho
        v += (1 - self.rho) * np.square(dw)
        w -= rate * dw / np.sqrt(v + self.epsilon)


class Adam(Optimizer):
    """A step along a mean of gradients over a root mean of their squares.

    m += (1 - beta_1) (dw - m);  v += (1 - beta_2) (dw^2 - v)
    w -= rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)

    t counts updates from 1. Kingma & Ba 2015, before section 2.1. The slots
    hold m / (1 - beta_1) and v / (1 - beta_2).
    """

    beta_1: checks.below_one = 0.9
    beta_2: checks.below_one = 0.999
    epsilon: checks.not_negative = 1e-7

    moments = "m", "v"

    def step(self, rate, w, dw, m, v):
        # Not multiplied by 1 - beta, they need two passes less: for 52,000
        # weights 0.13 ms instead of 0.16.
        m *= self.beta_1
        m += dw
        change = np.square(dw)
        v *= self.beta_2
        v += change
        t, scale = self.iterations, (1 - self.beta_2) ** 0.5
        rate *= (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        np.sqrt(v, out=change)
        change += self.epsilon / scale
        np.divide(m, change, out=change)
        change *= rate * (1 - self.beta_1) / scale
        w -= change


class AdamW(Adam):
    """Adam after w -= rate weight_decay w: Loshchilov & Hutter 2019."""

    weight_decay: checks.not_negative = 0.004


_BLOCK = 64 * 1024
_FLUSH_EVERY = 64


def _flush_denormals(array):
    """Set numbers below 1e-30 to 0: arithmetic with denormals is slow.

    The moments of a dead unit shrink for ever, until they are denormal. In
    the first CNN of the book step 3,000 took 2.1 times as long as step 100,
    with this 1.0 times.
    """
    array *= np.abs(array) > 1e-30


_ALL = SGD, Adagrad, RMSprop, Adam, AdamW
#: name -> class, for `rebuilt`.
KINDS = {kind.__name__: kind for kind in _ALL}


def get(optimizer):
    """An optimizer for Keras's name; an object is itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    table = KINDS | {name.lower(): kind for name, kind in KINDS.items()}
    return checks.look_up(optimizer, table, "optimizer")()
