"""Callbacks: what fit calls between epochs, to watch, save or stop.

A training that goes on after a load (fit with initial_epoch) goes on as one
that was never disturbed: those that watch a result learn from the model's
history what they had seen.
"""

import csv
from dataclasses import KW_ONLY

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
    """Remembers the best value so far; what "best" is depends on mode.

    `wait` counts the epochs since then.
    """

    min_delta = 0.0

    def __post_init__(self):
        super().__post_init__()
        if self.mode == "auto":
            small = any(word in self.monitor for word in _BETTER_SMALL)
            self.mode = "min" if small else "max"

    def forget(self):
        self.wait, self.best_epoch = 0, None
        self.best = np.inf if self.mode == "min" else -np.inf

    def watch(self, epoch, value):
        down = self.best - value
        better = (down if self.mode == "min" else -down) > self.min_delta
        if better:  # never for NaN
            self.best, self.best_epoch, self.wait = value, epoch, 0
        else:
            self.wait += 1
        return better


class EarlyStopping(_Best):
    """Stop when the monitored value has not improved for `patience` epochs.

    mode "auto": losses and errors are better small, the rest large.
    restore_best_weights puts the weights of the best epoch back at the end;
    those from before a load are not in the file, and then stay behind: save
    them with ModelCheckpoint(save_best_only=True).
    """

    monitor: checks.text = "val_loss"
    min_delta: checks.not_negative = 0.0
    patience: checks.count = 0
    _: KW_ONLY
    mode: _MODE = "auto"
    restore_best_weights: checks.flag = False

    def on_train_begin(self):
        self.best_weights = self.stopped_epoch = None
        super().on_train_begin()
        if self.best_epoch not in self.model.history.epoch[-1:]:
            self.best_weights = None

    def watch(self, epoch, value):
        better = super().watch(epoch, value)
        if better and self.restore_best_weights:
            self.best_weights = self.model.get_weights()
        return not better and self.wait >= self.patience and epoch > 0

    def act(self, epoch, logs):
        super().act(epoch, logs)
        self.stopped_epoch = epoch

    def on_train_end(self):
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


def _path(value, who):
    """A path, as a string: JSON can hold it."""
    return str(checks.path(value, who))


class ModelCheckpoint(_Best):
    """Save the model after every epoch, or only after the best ones.

    filepath may name the epoch and results: "model_{epoch:02d}.npz", where
    epochs count from 1 as in the progress bar.
    """

    filepath: _path
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
        path = self.filepath.format(epoch=epoch + 1, **logs)
        self.model.save(path)


def _set_rate(callback, rate):
    """Give the optimizer another rate, unless a schedule decides it."""
    optimizer = callback.model.optimizer
    if isinstance(optimizer.learning_rate, Schedule):
        expected = "an optimizer whose learning_rate is a number"
        raise checks.misfit(callback, expected, optimizer.learning_rate)
    optimizer.learning_rate = checks.not_negative(rate, callback)


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch: schedule(epoch, rate)."""

    schedule: checks.function

    def on_epoch_begin(self, epoch):
        rate = self.model.optimizer.current_learning_rate()
        _set_rate(self, self.schedule(epoch, rate))


class ReduceLROnPlateau(_Best):
    """Multiply the learning rate by `factor` after `patience` bad epochs."""

    monitor: checks.text = "val_loss"
    factor: checks.below_one = 0.1
    patience: checks.positive_int = 10
    _: KW_ONLY
    mode: _MODE = "auto"
    min_delta: checks.not_negative = 1e-4
    min_lr: checks.not_negative = 0.0

    again = False  # the file holds the reduced rate

    def watch(self, epoch, value):
        super().watch(epoch, value)
        due = self.wait >= self.patience
        if due:
            self.wait = 0
        return due

    def act(self, epoch, logs):
        rate = self.model.optimizer.current_learning_rate()
        if rate > self.min_lr:
            _set_rate(self, max(rate * self.factor, self.min_lr))


class CSVLogger(Callback):
    """Write a row of results to a CSV file after each epoch.

    append: go on behind what the file holds, as after a load.
    """

    filename: _path
    separator: checks.text = ","
    append: checks.flag = False

    def on_train_begin(self):
        if not self.append:
            open(self.filename, "w").close()

    def on_epoch_end(self, epoch, logs):
        with open(self.filename, "a", newline="") as file:
            rows = csv.writer(file, delimiter=self.separator)
            if file.tell() == 0:
                rows.writerow(["epoch", *sorted(logs)])
            rows.writerow([epoch, *(logs[name] for name in sorted(logs))])


class TerminateOnNaN(Callback):
    """A loss that is no finite number ends the training, not the program.

    The history keeps the epochs before; the weights are those of the step.
    """

    stops_on_nan = True
