"""Callbacks: what fit calls between epochs, to watch, save or stop."""

import numpy as np

from .utils import number, positive_int


class Callback:
    """Base class: override what you need; self.model is the model.

    logs is a dict such as {"loss": 0.3, "val_loss": 0.4}. Setting
    self.model.stop_training = True ends the training after the epoch.
    """

    model = None

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


class StopAtLoss(Callback):
    """Stop once the monitored loss has come down to a threshold."""

    def __init__(self, threshold, monitor="loss"):
        self.threshold = number(threshold, "StopAtLoss threshold")
        self.monitor = monitor

    def on_epoch_end(self, epoch, logs):
        if _value(self, logs) <= self.threshold:
            self.model.stop_training = True


#: Words in the names of results that are better small.
_BETTER_SMALL = ("loss", "error", "mse", "mae")


class _Best(Callback):
    """Remembers the best value so far; what "best" is depends on mode."""

    def __init__(self, monitor, mode, min_delta=0.0):
        if mode not in ("auto", "min", "max"):
            raise ValueError(
                f'mode expects "auto", "min" or "max", received {mode!r}'
            )
        if mode == "auto":
            small = any(word in monitor for word in _BETTER_SMALL)
            mode = "min" if small else "max"
        self.monitor, self.mode = monitor, mode
        self.min_delta = number(min_delta, "min_delta", 0)

    def on_train_begin(self):
        self.best = np.inf if self.mode == "min" else -np.inf

    def improves(self, logs):
        """True, and the best is updated, if it changed by over min_delta."""
        value = _value(self, logs)
        gain = self.best - value if self.mode == "min" else value - self.best
        better = gain > self.min_delta  # False where value is NaN
        if better:
            self.best = value
        return better


class EarlyStopping(_Best):
    """Stop when the monitored value has not improved for `patience` epochs.

    restore_best_weights puts the weights of the best epoch back at the end.
    mode "auto": losses and errors are better small, the rest large.
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0.0,
        patience=0,
        mode="auto",
        restore_best_weights=False,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self):
        super().on_train_begin()
        self.wait, self.best_epoch, self.best_weights = 0, None, None
        self.stopped_epoch = None

    def on_epoch_end(self, epoch, logs):
        if self.improves(logs):
            self.wait, self.best_epoch = 0, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= max(self.patience, 1):
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self):
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class ModelCheckpoint(_Best):
    """Save the model after every epoch, or only after the best ones.

    filepath may name the epoch and results: "model_{epoch:02d}.npz", where
    epochs count from 1 as in the progress bar.
    """

    def __init__(
        self, filepath, monitor="val_loss", save_best_only=False, mode="auto"
    ):
        super().__init__(monitor, mode)
        self.filepath = filepath
        self.save_best_only = save_best_only

    def on_epoch_end(self, epoch, logs):
        if not self.save_best_only or self.improves(logs):
            path = str(self.filepath).format(epoch=epoch + 1, **logs)
            self.model.save(path)


class LearningRateScheduler(Callback):
    """Set the learning rate before each epoch: schedule(epoch, rate)."""

    def __init__(self, schedule):
        self.schedule = schedule

    def on_epoch_begin(self, epoch):
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, optimizer.current_learning_rate())
        optimizer.learning_rate = number(rate, "LearningRateScheduler", 0)


class ReduceLROnPlateau(_Best):
    """Multiply the learning rate by `factor` after `patience` bad epochs."""

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        mode="auto",
        min_delta=1e-4,
        min_lr=0.0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.factor = number(factor, "factor", 0, 1, open_high=True)
        self.patience = positive_int(patience, "patience")
        self.min_lr = number(min_lr, "min_lr", 0)

    def on_train_begin(self):
        super().on_train_begin()
        self.wait = 0

    def on_epoch_end(self, epoch, logs):
        self.wait = 0 if self.improves(logs) else self.wait + 1
        if self.wait >= self.patience:
            self.wait = 0
            optimizer = self.model.optimizer
            rate = optimizer.current_learning_rate() * self.factor
            optimizer.learning_rate = max(rate, self.min_lr)


def _value(callback, logs):
    """The monitored result; ValueError that lists what there is."""
    if callback.monitor not in logs:
        raise ValueError(
            f"{type(callback).__name__} monitors {callback.monitor!r}; this "
            f"training reports {', '.join(logs)} (val_ needs validation_data)"
        )
    return logs[callback.monitor]
