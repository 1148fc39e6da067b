"""Learning-rate schedules: the rate as a function of the updates so far."""

import math

from .utils import look_up, number, positive_int


class Schedule:
    """schedule(step) -> learning rate; step counts updates from 0."""

    def __call__(self, step):
        raise NotImplementedError

    def get_config(self):
        """The class's name and the constructor's arguments."""
        return {"schedule": type(self).__name__, **vars(self)}


class ExponentialDecay(Schedule):
    """initial * decay_rate^(step / decay_steps)."""

    def __init__(self, initial_learning_rate, decay_steps, decay_rate):
        self.initial_learning_rate = number(
            initial_learning_rate, "initial_learning_rate", 0
        )
        self.decay_steps = positive_int(decay_steps, "decay_steps")
        self.decay_rate = number(decay_rate, "decay_rate", 0)

    def __call__(self, step):
        return self.initial_learning_rate * self.decay_rate ** (
            step / self.decay_steps
        )


class PiecewiseConstantDecay(Schedule):
    """values[i] for the first i with step <= boundaries[i], else the last."""

    def __init__(self, boundaries, values):
        if len(values) != len(boundaries) + 1:
            raise ValueError(
                "PiecewiseConstantDecay expects one value more than "
                f"boundaries, received {len(values)} and {len(boundaries)}"
            )
        self.boundaries, self.values = list(boundaries), list(values)

    def __call__(self, step):
        passed = sum(step > boundary for boundary in self.boundaries)
        return self.values[passed]


class PolynomialDecay(Schedule):
    """From initial to end over decay_steps, along (1 - step/steps)^power."""

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
    ):
        self.initial_learning_rate = number(
            initial_learning_rate, "initial_learning_rate", 0
        )
        self.decay_steps = positive_int(decay_steps, "decay_steps")
        self.end_learning_rate = number(
            end_learning_rate, "end_learning_rate", 0
        )
        self.power = number(power, "power", 0)

    def __call__(self, step):
        left = 1 - min(step, self.decay_steps) / self.decay_steps
        span = self.initial_learning_rate - self.end_learning_rate
        return span * left**self.power + self.end_learning_rate


class CosineDecay(Schedule):
    """Half a cosine from the top rate to alpha * top, after a warm-up.

    The warm-up is a line from initial_learning_rate to warmup_target over
    warmup_steps. Without a target, the initial rate is the top and there
    is no warm-up. Loshchilov & Hutter 2017.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = number(
            initial_learning_rate, "initial_learning_rate", 0
        )
        self.decay_steps = positive_int(decay_steps, "decay_steps")
        self.alpha = number(alpha, "alpha", 0)
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

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


_TABLE = {
    cls.__name__: cls
    for cls in (
        ExponentialDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
        CosineDecay,
    )
}


def from_config(config):
    """The schedule that get_config described."""
    config = dict(config)
    return look_up(config.pop("schedule"), _TABLE, "schedule")(**config)
