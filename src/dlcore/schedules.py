"""Learning-rate schedules: the rate as a function of the updates so far."""

import math

import numpy as np

from . import checks
from .configured import Configured


class Schedule(Configured):
    """schedule(step) -> learning rate; step counts updates from 0."""

    def __call__(self, step):
        raise NotImplementedError


class ExponentialDecay(Schedule):
    """initial * decay_rate^(step / decay_steps)."""

    initial_learning_rate: checks.not_negative
    decay_steps: checks.positive_int
    decay_rate: checks.not_negative

    def __call__(self, step):
        power = step / self.decay_steps
        with np.errstate(over="ignore"):  # inf, and the training says so
            change = np.float64(self.decay_rate) ** power
            return float(self.initial_learning_rate * change)


def _numbers(value, who):
    """A list of numbers."""
    values = checks.sequence(value, who, "a list of numbers")
    return [checks.number(one, who, 0) for one in values]


class PiecewiseConstantDecay(Schedule):
    """values[i] for the first i with step <= boundaries[i], else the last."""

    boundaries: _numbers
    values: _numbers

    def __post_init__(self):
        super().__post_init__()
        more = len(self.values) - len(self.boundaries)
        if more != 1 or self.boundaries != sorted(self.boundaries):
            expected = "boundaries that ascend, and one value more than those"
            received = f"{self.boundaries} and {self.values}"
            raise checks.misfit(self, expected, received)

    def __call__(self, step):
        passed = sum(step > boundary for boundary in self.boundaries)
        return self.values[passed]


class PolynomialDecay(Schedule):
    """From initial to end over decay_steps, along (1 - step/steps)^power."""

    initial_learning_rate: checks.not_negative
    decay_steps: checks.positive_int
    end_learning_rate: checks.not_negative = 0.0001
    power: checks.not_negative = 1.0

    def __call__(self, step):
        left = 1 - min(step / self.decay_steps, 1)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * left**self.power + self.end_learning_rate


class CosineDecay(Schedule):
    """Half a cosine from the top rate to alpha * top, after a warm-up.

    The warm-up is a line from initial_learning_rate to warmup_target over
    warmup_steps. Without a target, the initial rate is the top and there
    is no warm-up. Loshchilov & Hutter 2017.
    """

    initial_learning_rate: checks.not_negative
    decay_steps: checks.positive_int
    alpha: checks.not_negative = 0.0
    warmup_target: checks.optional(checks.not_negative) = None
    warmup_steps: checks.count = 0

    def __call__(self, step):
        top = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                part = step / self.warmup_steps
                return top + (self.warmup_target - top) * part
            top, step = self.warmup_target, step - self.warmup_steps
        part = min(step, self.decay_steps) / self.decay_steps
        height = 0.5 * (1 + math.cos(math.pi * part))
        return top * ((1 - self.alpha) * height + self.alpha)


#: name -> class, for `rebuilt`.
KINDS = {kind.__name__: kind for kind in Schedule.__subclasses__()}
