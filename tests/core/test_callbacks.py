"""Callbacks: what they see, when they stop, what they leave behind."""

import numpy as np
import pytest

from dlcore import Sequential, callbacks, layers, load_model, optimizers


def model():
    model = Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile(optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


X = np.array([[0, 1], [1, 0], [1, 1], [2, 1]], np.float32)
Y = np.array([[1], [2], [3], [5]], np.float32)


class Script(callbacks.Callback):
    """Replaces results by given ones, and notes the learning rates."""

    def __init__(self, name, values):
        self.name, self.values, self.rates = name, values, []

    def on_epoch_begin(self, epoch):
        self.rates.append(self.model.optimizer.learning_rate)

    def on_epoch_end(self, epoch, logs):
        logs[self.name] = self.values[epoch]


def fit(*given, epochs=6, **settings):
    m = model()
    settings = {"epochs": epochs, "verbose": 0, **settings}
    return m, m.fit(X, Y, callbacks=list(given), **settings)


def test_order_of_the_calls():
    calls = []

    class Noting(callbacks.Callback):
        def on_train_begin(self):
            calls.append("train")

        def on_epoch_begin(self, epoch):
            calls.append(epoch)

        def on_epoch_end(self, epoch, logs):
            calls.append(sorted(logs))

        def on_train_end(self):
            calls.append("end")

    m, _ = fit(Noting(), epochs=2, validation_data=(X, Y))
    names = ["loss", "mae", "val_loss", "val_mae"]
    assert calls == ["train", 0, names, 1, names, "end"]
    base = callbacks.Callback()
    fit(base, epochs=1)  # every method has a default that does nothing
    assert base.model is not m


def test_stop_at_loss_stops_at_the_threshold_not_before():
    script = Script("loss", [3.0, 2.0, 1.0, 0.5])
    _, history = fit(script, callbacks.StopAtLoss(1.0), epochs=4)
    assert history.epoch == [0, 1, 2]
    script = Script("mae", [3.0, 0.5, 0.4])
    _, history = fit(script, callbacks.StopAtLoss(1.0, "mae"), epochs=3)
    assert history.epoch == [0, 1]


@pytest.mark.parametrize(
    ("settings", "values", "last", "best"),
    [
        ({}, [3, 2, 2, 1], 2, 1),
        ({"patience": 2}, [3, 2, 2, 1, 1, 1], 5, 3),
        ({"patience": 2, "min_delta": 1}, [3, 2, 2, 1.5], 2, 0),
        ({"patience": 2, "min_delta": 0.9}, [3, 2, 1, 1, 1], 4, 2),
        ({"mode": "max"}, [1, 2, 3, 2], 3, 2),
        ({"patience": 2}, [np.nan, 2, 3, 3, 3], 3, 1),
    ],
)
def test_early_stopping(settings, values, last, best):
    stopper = callbacks.EarlyStopping("loss", **settings)
    _, history = fit(Script("loss", values), stopper)
    assert history.epoch[-1] == last == stopper.stopped_epoch
    assert stopper.best_epoch == best
    assert stopper.best == values[best]


def test_early_stopping_restores_the_best_weights():
    kept = []

    class Keep(callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            kept.append(self.model.get_weights())

    values = [3, 1, 2, 2, 2]
    for restore, epoch in [(True, 1), (False, 3)]:
        kept.clear()
        stopper = callbacks.EarlyStopping(
            "loss", patience=2, restore_best_weights=restore
        )
        m, history = fit(Keep(), Script("loss", values), stopper)
        assert history.epoch == [0, 1, 2, 3]
        for mine, expected in zip(m.get_weights(), kept[epoch]):
            np.testing.assert_array_equal(mine, expected)


@pytest.mark.parametrize(
    ("monitor", "mode"),
    [
        ("loss", "min"),
        ("val_loss", "min"),
        ("mean_squared_error", "min"),
        ("val_mse", "min"),
        ("mae", "min"),
        ("accuracy", "max"),
        ("val_recall", "max"),
    ],
)
def test_auto_mode(monitor, mode):
    assert callbacks.EarlyStopping(monitor).mode == mode


def test_a_second_training_starts_afresh():
    stopper = callbacks.EarlyStopping("loss")
    for _ in range(2):
        _, history = fit(Script("loss", [3, 2, 2]), stopper)
        assert history.epoch == [0, 1, 2]


def test_checkpoint_of_every_epoch(tmp_path):
    path = tmp_path / "m_{epoch:02d}_{loss:.1f}.npz"
    m, _ = fit(
        Script("loss", [3, 2.25, 4]),
        callbacks.ModelCheckpoint(path),
        epochs=3,
    )
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["m_01_3.0.npz", "m_02_2.2.npz", "m_03_4.0.npz"]
    last = load_model(tmp_path / names[-1])
    np.testing.assert_array_equal(last.vector, m.vector)
    first = load_model(tmp_path / names[0])
    assert (first.vector != m.vector).any()
    assert first.history.epoch == [0]


def test_checkpoint_of_the_best_only(tmp_path):
    fit(
        Script("acc", [0.3, 0.5, 0.4, 0.5, 0.6]),
        callbacks.ModelCheckpoint(
            tmp_path / "{epoch}.npz", "acc", save_best_only=True
        ),
        epochs=5,
    )
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["1.npz", "2.npz", "5.npz"]


def test_learning_rate_scheduler():
    seen = []

    def schedule(epoch, rate):
        seen.append((epoch, rate))
        return rate / 2

    script = Script("loss", [1, 1, 1])
    m, _ = fit(callbacks.LearningRateScheduler(schedule), script, epochs=3)
    assert seen == [(0, 0.1), (1, 0.05), (2, 0.025)]
    assert script.rates == [0.05, 0.025, 0.0125]
    assert m.optimizer.learning_rate == 0.0125


def test_reduce_on_plateau():
    script = Script("loss", [3, 3, 3, 2, 2, 2, 2, 2])
    fit(
        script,
        callbacks.ReduceLROnPlateau(
            "loss", factor=0.5, patience=2, min_lr=0.04
        ),
        epochs=8,
    )
    expected = [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.04, 0.04]
    assert script.rates == pytest.approx(expected)
