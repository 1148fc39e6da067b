"""Callbacks: what they see, when they stop, what they leave behind."""

import numpy as np
import pytest

from dlcore import (
    Sequential,
    callbacks,
    layers,
    load_model,
    optimizers,
    schedules,
)


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
        ({}, [np.nan, 2, 3], 2, 1),  # never after the first epoch
        ({}, [1, 2, 0], 1, 0),  # but after the second one
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


def test_a_plateau_that_goes_on_is_reduced_after_every_patience():
    script = Script("loss", [3] * 8)
    fit(script, callbacks.ReduceLROnPlateau("loss", 0.5, 2), epochs=8)
    expected = [0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125]
    assert script.rates == pytest.approx(expected)


def test_a_name_that_is_not_in_the_logs_is_told_which_are():
    words = "monitor expects loss, mae \\(val_ needs validation_data\\)"
    with pytest.raises(ValueError, match=words):
        fit(callbacks.EarlyStopping("val_loss"))


@pytest.mark.parametrize(
    "callback",
    [
        callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=1e9),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate),
    ],
)
def test_a_rate_has_one_master(callback):
    m = model()
    m.compile(optimizers.SGD(schedules.ExponentialDecay(0.1, 1, 0.5)), "mse")
    words = (
        f"^{type(callback).__name__}.* expects an optimizer whose "
        "learning_rate is a number, received ExponentialDecay"
    )
    with pytest.raises(ValueError, match=words):
        m.fit(X, Y, epochs=3, verbose=0, callbacks=[callback])


def test_csv(tmp_path):
    path = tmp_path / "log.csv"
    logger = callbacks.CSVLogger(path)
    _, history = fit(logger, epochs=2)
    loss, mae = history.history["loss"], history.history["mae"]
    head = "epoch,loss,mae\r\n"
    rows = [f"{i},{loss[i]},{mae[i]}\r\n" for i in range(2)]
    assert path.read_bytes().decode() == head + "".join(rows)
    fit(logger, epochs=1)  # written anew
    assert path.read_bytes().decode() == head + rows[0]
    fit(callbacks.CSVLogger(path, append=True), epochs=1)
    assert path.read_bytes().decode() == head + rows[0] * 2


def test_csv_with_another_separator_in_a_new_file(tmp_path):
    path = str(tmp_path / "log.csv")
    _, history = fit(
        callbacks.CSVLogger(path, ";", append=True),
        epochs=1,
        validation_data=(X, Y),
    )
    with open(path) as file:
        head, row = file.read().splitlines()
    assert head == "epoch;loss;mae;val_loss;val_mae"
    names = head.split(";")[1:]
    values = [history.history[name][0] for name in names]
    assert row == ";".join(map(str, [0, *values]))


def test_terminate_on_nan_keeps_the_history():
    m = model()
    m.compile(optimizers.SGD(50.0), "mse")
    notes = []

    class Note(callbacks.Callback):
        def on_train_end(self):
            notes.append("end")

    given = [callbacks.TerminateOnNaN(), Note()]
    history = m.fit(X, Y, epochs=99, verbose=0, callbacks=given)
    assert 0 < len(history.epoch) < 99
    assert np.isfinite(history.history["loss"]).all()
    assert notes == ["end"]
    with pytest.raises(FloatingPointError):
        m.fit(X, Y, epochs=99, verbose=0, callbacks=[Note()])


def test_the_average_of_the_weights_is_there_before_the_end():
    seen = []

    class See(callbacks.Callback):
        def on_train_end(self):
            seen.append(self.model.get_weights())

    m = model()
    optimizer = optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    m.compile(optimizer, "mse")
    m.fit(X, Y, epochs=3, verbose=0, callbacks=[See()])
    np.testing.assert_array_equal(m.vector, optimizer.state["average"])
    for a, b in zip(m.get_weights(), seen[0], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: callbacks.StopAtLoss("low"), TypeError, "threshold"),
        (lambda: callbacks.ModelCheckpoint(3), TypeError, "filepath"),
        (lambda: callbacks.CSVLogger(3), TypeError, "filename"),
        (lambda: callbacks.EarlyStopping(patience=-1), ValueError, "patience"),
        (lambda: callbacks.LearningRateScheduler(0.1), TypeError, "schedule"),
    ],
)
def test_wrong_arguments(make, error, words):
    with pytest.raises(error, match=words):
        make()


# --- going on after a load -----------------------------------------------

NOISE = np.random.default_rng(3)
MANY = NOISE.normal(size=(40, 5)).astype(np.float32)
TARGETS = NOISE.normal(size=(40, 1)).astype(np.float32)
FRESH = NOISE.normal(size=(40, 5)).astype(np.float32)


class Kill(callbacks.Callback):
    """Ends the process, so to speak, in an epoch: before or amid saving."""

    def __init__(self, when, saves):
        self.when, self.saves = when, saves

    def on_epoch_end(self, epoch, logs):
        if epoch == self.when:
            raise KeyboardInterrupt


def watchers(folder, kill):
    """Saving stands first: it must come last all the same."""
    return [
        callbacks.ModelCheckpoint(folder / "last.npz"),
        kill,
        callbacks.ModelCheckpoint(
            folder / "best.npz", "val_loss", save_best_only=True
        ),
        callbacks.ReduceLROnPlateau(
            "val_loss", factor=0.7, patience=2, min_delta=0.01
        ),
        callbacks.EarlyStopping("val_loss", patience=6),
        callbacks.StopAtLoss(1e-9),
    ]


def train(folder, when=None, saves=False):
    path = folder / "last.npz"
    if path.exists():
        m = load_model(path)
    else:
        m = Sequential(
            [
                layers.Dense(16, "tanh", input_shape=(5,)),
                layers.Dropout(0.2),
                layers.Dense(1),
            ]
        )
        m.compile(optimizers.Adam(0.02), "mse")
    rates = []

    class Rates(callbacks.Callback):
        def on_epoch_begin(self, epoch):
            rates.append(self.model.optimizer.learning_rate)

    try:
        m.fit(
            MANY, TARGETS, batch_size=8, epochs=40, verbose=0,
            validation_data=(FRESH, TARGETS),
            callbacks=[*watchers(folder, Kill(when, saves)), Rates()],
            initial_epoch=len(m.history.epoch),
        )
    except KeyboardInterrupt:
        if not saves:
            rates.pop()  # of the epoch that was lost
    return m, rates


@pytest.mark.parametrize("saves", [False, True])
def test_all_that_watch_go_on_after_a_load(saves, tmp_path):
    """Killed in one epoch, or in every one: the same bytes.

    saves: killed between two files that are saved, else before both.
    """
    whole = tmp_path / "whole"
    whole.mkdir()
    model, rates = train(whole)
    last = len(model.history.epoch) - 1
    assert 6 < last < 39, "the case must stop early"
    assert len(set(rates)) > 2, "the case must reduce the rate"
    plans = [[epoch] for epoch in range(last + 1)] + [list(range(last + 1))]
    for number, plan in enumerate(plans):
        folder = tmp_path / str(number)
        folder.mkdir()
        parts = []
        for when in [*plan, None]:
            again, some = train(folder, when, saves)
            parts += some
        assert again.history.history == model.history.history
        assert parts == rates
        assert again.vector.tobytes() == model.vector.tobytes()
        for name in ("last.npz", "best.npz"):
            expected = (whole / name).read_bytes()
            assert (folder / name).read_bytes() == expected, (plan, name)


def test_best_weights_after_a_load():
    """Those of the last epoch before it are there; older ones are gone."""
    for values, known in (([3, 2, 1], True), ([3, 1, 2], False)):
        m = model()
        m.fit(X, Y, epochs=3, verbose=0)
        m.history.history["loss"] = values
        stopper = callbacks.EarlyStopping(
            "loss", patience=9, restore_best_weights=True
        )
        stopper.set_model(m)
        stopper.on_train_begin()
        assert (stopper.best, stopper.wait) == (1, 0 if known else 1)
        assert (stopper.best_weights is not None) == known


def test_a_result_that_is_new_begins_with_this_training():
    m = model()
    m.fit(X, Y, epochs=3, verbose=0)
    m.history.history["val_loss"] = [1, 2]  # of epochs 1 and 2
    stopper = callbacks.EarlyStopping(patience=5)
    stopper.set_model(m)
    stopper.on_train_begin()
    assert (stopper.best_epoch, stopper.wait) == (1, 1)
    fresh = callbacks.EarlyStopping("val_mae", patience=5)
    fresh.set_model(m)
    fresh.on_train_begin()
    assert (fresh.best_epoch, fresh.wait) == (None, 0)


def test_callbacks_show_their_arguments():
    assert repr(callbacks.StopAtLoss(0.5)) == "StopAtLoss(threshold=0.5)"
    assert str(callbacks.TerminateOnNaN()) == "TerminateOnNaN"
