"""Callbacks against Keras's, on the same sequences of results."""

import inspect

import numpy as np
import pytest

from dlcore import Sequential, callbacks, layers
from dlcore.optimizers import SGD
from dlcore.training import History

DOWN = [5.0, 4.0, 4.0, 3.95, 4.5, 3.0, 3.0, 3.1, 3.2, 3.3, 1.0, 2.0]
UP = [0.1, 0.5, 0.4, 0.52, 0.52, 0.6, 0.55, 0.5, 0.7, 0.2, 0.1, 0.0]
WORSE = [1.0, 2.0, 3.0, 4.0]
BETTER = [4.0, 3.0, 2.0, 1.0]
SEQUENCES = {"down": DOWN, "up": UP, "worse": WORSE, "better": BETTER}


class Model:
    """Just what a callback touches: weights say which epoch they are of."""

    metrics = ()

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.stop_training = False
        self.weights = None
        self.history = History()

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def play(callback, optimizer, monitor, values):
    """Run the callback over the values; what it did, epoch by epoch."""
    model = Model(optimizer)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        model.weights = epoch
        callback.on_epoch_end(epoch, {monitor: value})
        rates.append(optimizer.learning_rate)
        if model.stop_training:
            break
    callback.on_train_end()
    return epoch, model.weights, rates


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("patience", [0, 1, 2, 4])
@pytest.mark.parametrize("min_delta", [0.0, 0.06])
@pytest.mark.parametrize("restore", [False, True])
def test_early_stopping(keras, sequence, mode, patience, min_delta, restore):
    arguments = {
        "monitor": "val_loss",
        "mode": mode,
        "patience": patience,
        "min_delta": min_delta,
        "restore_best_weights": restore,
    }
    values = SEQUENCES[sequence]
    ours = callbacks.EarlyStopping(**arguments)
    theirs = keras.callbacks.EarlyStopping(**arguments)
    received = play(ours, SGD(), "val_loss", values)
    assert received == play(theirs, SGD(), "val_loss", values)
    assert ours.best == theirs.best
    assert ours.best_epoch == theirs.best_epoch


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize(
    "arguments",
    [
        {"patience": 1},
        {"patience": 2, "factor": 0.5},
        {"patience": 3, "min_delta": 0.06},
        {"patience": 1, "mode": "max", "factor": 0.2},
        {"patience": 1, "min_lr": 0.004},
    ],
)
def test_reduce_on_plateau(keras, sequence, arguments):
    arguments = {"monitor": "loss", **arguments}
    values = SEQUENCES[sequence]
    received = play(
        callbacks.ReduceLROnPlateau(**arguments), SGD(0.1), "loss", values
    )
    expected = play(
        keras.callbacks.ReduceLROnPlateau(**arguments),
        SGD(0.1),
        "loss",
        values,
    )
    assert received[:2] == expected[:2]
    assert received[2] == pytest.approx(expected[2], rel=1e-5)


@pytest.mark.parametrize("separator", [",", ";"])
def test_csv(keras, separator, tmp_path):
    """The same file, twice over, but for the digits of the numbers."""
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(6, 2)
    y = x[:, :1] + 1
    files = []
    for library, name in ((callbacks, "ours"), (keras.callbacks, "theirs")):
        if library is callbacks:
            model = Sequential([layers.Dense(1, input_shape=(2,))])
            weights = model.get_weights()
        else:
            model = keras.Sequential([keras.layers.Dense(1)])
            model.build((None, 2))
            model.set_weights(weights)
        model.compile("sgd", "mse", metrics=["mae"])
        path = tmp_path / name
        for append in (False, True):
            logger = library.CSVLogger(str(path), separator, append)
            model.fit(
                x, y, epochs=2, shuffle=False, verbose=0,
                callbacks=[logger], validation_data=(x, y),
            )
        rows = path.read_bytes().decode().split("\r\n")
        files.append([row.split(separator) for row in rows])
    ours, theirs = files
    assert ours[0] == theirs[0] and len(ours) == len(theirs) == 6
    for a, b in zip(ours[1:-1], theirs[1:-1], strict=True):
        assert len(a) == len(b)
        for mine, yours in zip(a, b, strict=True):
            assert float(mine) == pytest.approx(float(yours), rel=1e-5)
    assert ours[-1] == theirs[-1] == [""]


@pytest.mark.parametrize(
    "name",
    ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint", "CSVLogger"],
)
def test_defaults_are_those_of_keras(keras, name):
    ours = inspect.signature(getattr(callbacks, name)).parameters
    theirs = inspect.signature(getattr(keras.callbacks, name)).parameters
    for key, parameter in ours.items():
        assert parameter.default == theirs[key].default, key
