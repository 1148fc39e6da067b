"""Callbacks: what fit calls between epochs, to watch, save or stop.

A training that goes on after a load (fit with initial_epoch) goes on as one
that was never disturbed: those that watch a result learn from the model's
history what they had seen.
"""

import csv
import os
from dataclasses import KW_ONLY
from functools import partial
from pathlib import Path

import numpy as np

from . import checks
from .configured import Configured
from .schedules import Schedule


class Callback(Configured):
    """Base class: override what you need; self.model is the model.

    logs is a dict such as {"loss": 0.3, "val_loss": 0.4}. Setting
    self.model.stop_training = True ends the training after the epoch.
    """

    model = None
    #: True: a loss that is no finite number ends fit, without an error.
    stops_on_nan = False
    #: True: it saves what the others have changed, so it is called last.
    saves = False

    def set_model(self, model):
        self.model = model

    def on_train_begin(self):
        """Before the first epoch."""

    def on_epoch_begin(self, epoch):
        """Before epoch `epoch`, which counts from 0."""

    def on_epoch_end(self, epoch, logs):
        """After it, with the results."""

    def on_train_end(self):
        """After the last epoch, also when it was stopped early."""


class _Monitor(Callback):
    """Base of those that watch one result, logs[monitor].

    `watch` learns from it and returns True if it is time to act.
    """

    #: Whether `act` may be done again, after a load.
    again = True

    def forget(self):
        """The state before the first epoch."""

    def on_train_begin(self):
        self.forget()
        epochs, history = self.model.history.epoch, self.model.history.history
        values, due = history.get(self.monitor, []), False
        for epoch, value in zip(epochs[-len(values) :], values):
            due = self.watch(epoch, value)
        if due and self.again:
            self.act(epoch, {name: row[-1] for name, row in history.items()})

    def on_epoch_end(self, epoch, logs):
        if self.monitor not in logs:
            expected = f"{', '.join(logs)} (val_ needs validation_data)"
            who, received = f"{self} monitor", repr(self.monitor)
            raise checks.misfit(who, expected, received)
        if self.watch(epoch, logs[self.monitor]):
            self.act(epoch, logs)

    def act(self, epoch, logs):
        self.model.stop_training = True


class StopAtLoss(_Monitor):
    """Stop once the monitored loss has come down to a threshold."""

    threshold: checks.number
    monitor: checks.text = "loss"

    def watch(self, epoch, value):
        return value <= self.threshold


#: Words in the names of results that are better small.
_BETTER_SMALL = ("loss", "error", "mse", "mae")
_MODE = checks.one_of("auto", "min", "max")


class _Best(_Monitor):
    """Remembers the best value so far; what "best" is depends on mode."""

    min_delta = 0.0

    def __post_init__(self):
        super().__post_init__()
        if self.mode == "auto":
            small = any(word in self.monitor for word in _BETTER_SMALL)
            self.mode = "min" if small else "max"

    def forget(self):
        self.wait, self.best_epoch = 0, None
        self.best = np.inf if self.mode == "min" else -np.inf

    def beats(self, value, other):
        """True if value is better by over min_delta; False for NaN."""
        gain = other - value if self.mode == "min" else value - other
        return gain > self.min_delta

    def watch(self, epoch, value):
        better = self.beats(value, self.best)
        if better:
            self.best, self.best_epoch = value, epoch
        return better


class EarlyStopping(_Best):
    """Stop when the monitored value has not improved for `patience` epochs.

    mode "auto": losses and errors are better small, the rest large.
    baseline: only what is better than this counts as improvement.
    restore_best_weights puts the weights of the best epoch back at the end;
    those from before a load are not in the file, and then stay behind: save
    them with ModelCheckpoint(save_best_only=True).
    """

    monitor: checks.text = "val_loss"
    min_delta: checks.not_negative = 0.0
    patience: checks.count = 0
    _: KW_ONLY
    mode: _MODE = "auto"
    baseline: checks.optional(checks.number) = None
    restore_best_weights: checks.flag = False
    start_from_epoch: checks.count = 0

    def on_train_begin(self):
        self.best_weights = self.stopped_epoch = None
        super().on_train_begin()
        if self.best_epoch not in self.model.history.epoch[-1:]:
            self.best_weights = None

    def watch(self, epoch, value):
        if epoch < self.start_from_epoch:
            return False
        self.wait += 1
        if super().watch(epoch, value):
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.beats(value, self.baseline):
                self.wait = 0
            return False
        return self.wait >= self.patience and epoch > 0

    def act(self, epoch, logs):
        super().act(epoch, logs)
        self.stopped_epoch = epoch

    def on_train_end(self):
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


def _path(value, who, ending=""):
    """A path with this ending, as a string."""
    if not isinstance(value, (str, Path)) or not str(value).endswith(ending):
        raise checks.misfit(who, f"a path ending in {ending!r}", repr(value))
    return str(value)


class ModelCheckpoint(_Best):
    """Save the model after every epoch, or only after the best ones.

    filepath may name the epoch and results: "model_{epoch:02d}.npz", where
    epochs count from 1 as in the progress bar. A folder is made if needed.
    """

    filepath: partial(_path, ending=".npz")
    monitor: checks.text = "val_loss"
    _: KW_ONLY
    save_best_only: checks.flag = False
    mode: _MODE = "auto"

    saves = True

    def on_epoch_end(self, epoch, logs):
        if self.save_best_only:
            super().on_epoch_end(epoch, logs)
        else:
            self.act(epoch, logs)

    def act(self, epoch, logs):
        try:
            path = Path(self.filepath.format(epoch=epoch + 1, **logs))
        except LookupError:
            expected = f"a filepath with names of epoch, {', '.join(logs)}"
            raise checks.misfit(self, expected, self.filepath) from None
        path.parent.mkdir(parents=True, exist_ok=True)
        self.model.save(path)


def _function(value, who):
    if not callable(value):
        raise checks.misfit(who, "a function", repr(value), TypeError)
    return value


def _set_rate(callback, rate):
    """Give the optimizer another rate, unless a schedule decides it."""
    optimizer = callback.model.optimizer
    if isinstance(optimizer.learning_rate, Schedule):
        expected = "an optimizer whose learning_rate is a number"
        raise checks.misfit(callback, expected, optimizer.learning_rate)
    optimizer.learning_rate = checks.not_negative(rate, callback)


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch: schedule(epoch, rate)."""

    schedule: _function

    def on_epoch_begin(self, epoch):
        rate = self.model.optimizer.current_learning_rate()
        _set_rate(self, self.schedule(epoch, rate))


class ReduceLROnPlateau(_Best):
    """Multiply the learning rate by `factor` after `patience` bad epochs.

    cooldown: epochs after that in which none counts as bad.
    """

    monitor: checks.text = "val_loss"
    factor: checks.below_one = 0.1
    patience: checks.positive_int = 10
    _: KW_ONLY
    mode: _MODE = "auto"
    min_delta: checks.not_negative = 1e-4
    cooldown: checks.count = 0
    min_lr: checks.not_negative = 0.0

    again = False  # the file holds the reduced rate

    def forget(self):
        super().forget()
        self.resting = 0

    def watch(self, epoch, value):
        if self.resting:
            self.resting, self.wait = self.resting - 1, 0
        if super().watch(epoch, value):
            self.wait = 0
        elif not self.resting:
            self.wait += 1
        due = self.wait >= self.patience
        if due:
            self.resting, self.wait = self.cooldown, 0
        return due

    def act(self, epoch, logs):
        rate = self.model.optimizer.current_learning_rate()
        if rate > self.min_lr:
            _set_rate(self, max(rate * self.factor, self.min_lr))


class CSVLogger(Callback):
    """Write a row of results to a CSV file after each epoch.

    append: go on behind what the file holds, as after a load. The columns
    are those of the first epoch, by name; validation that is missing is NA.
    """

    filename: _path
    separator: checks.text = ","
    append: checks.flag = False

    def on_train_begin(self):
        if not self.append:
            open(self.filename, "w").close()
        self.names = None

    def on_epoch_end(self, epoch, logs):
        with open(self.filename, "a", newline="") as file:
            rows = csv.writer(file, delimiter=self.separator)
            if self.names is None:
                self.names = sorted(logs)
                if not any(name.startswith("val_") for name in logs):
                    self.names += [f"val_{name}" for name in self.names]
                if not os.path.getsize(self.filename):
                    rows.writerow(["epoch", *self.names])
            rows.writerow([epoch, *(logs.get(n, "NA") for n in self.names)])


class TerminateOnNaN(Callback):
    """A loss that is no finite number ends the training, not the program.

    The history keeps the epochs before; the weights are those of the step.
    """

    stops_on_nan = True
