"""Bad input: a clear error each, before anything has changed."""

import copy

import numpy as np
import pytest

from dlcore import (
    Sequential,
    activations,
    callbacks,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    schedules,
    utils,
)
from dlcore.layers import Conv2D, Dense

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
CLASSES = np.array([0, 1, 2, 0, 1, 2])
ONE_HOT = np.eye(3)[CLASSES]
TEXTS = np.array([[0, 1], [2, 3]])


def trained(loss="sparse_categorical_crossentropy", y=CLASSES):
    model = Sequential(
        [Dense(5, "tanh", input_shape=(4,)), Dense(3, "softmax")]
    )
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(X, y, verbose=0)
    return model


def replaced(array, index, value):
    array = np.array(array, float)
    array[index] = value
    return array


# --- data that do not fit: (x, y, error, words) --------------------------

DATA = {
    "rank too low": (X[0], CLASSES, ValueError, ["(batch, ...)", "(4,)"]),
    "rank too high": (
        X[:, None],
        CLASSES,
        ValueError,
        ['Dense "dense" expects (batch, 4)', "received (6, 1, 4)"],
    ),
    "width": (
        X[:, :3],
        CLASSES,
        ValueError,
        ["expects (batch, 4), received (6, 3)"],
    ),
    "a number": (3.0, CLASSES, ValueError, ["(batch, ...)", "()"]),
    "no samples": (X[:0], CLASSES[:0], ValueError, ["at least one sample"]),
    "nan": (
        replaced(X, (2, 1), np.nan),
        CLASSES,
        ValueError,
        ["finite numbers", "nan", "index (2, 1)"],
    ),
    "inf": (replaced(X, (5, 0), np.inf), CLASSES, ValueError, ["(5, 0)"]),
    "too large for float32": (
        replaced(X, (0, 0), 1e300),
        CLASSES,
        ValueError,
        ["finite numbers", "inf"],
    ),
    "text": (X.astype(str), CLASSES, TypeError, ["numbers", "<U"]),
    "objects": (X.astype(object), CLASSES, TypeError, ["numbers", "object"]),
    "complex": (X + 1j, CLASSES, TypeError, ["numbers", "complex"]),
    "fewer labels": (
        X,
        CLASSES[:5],
        ValueError,
        ["as many labels as samples", "6 samples", "(5,)"],
    ),
    "one label": (X, 1, ValueError, ["as many labels", "()"]),
    "no labels": (X, None, TypeError, ["y expects numbers", "object"]),
    "class too large": (
        X,
        CLASSES + 1,
        ValueError,
        ["from 0 to 2", "received 3"],
    ),
    "class below zero": (
        X,
        CLASSES - 1,
        ValueError,
        ["from 0 to 2", "received -1"],
    ),
    "half a class": (X, CLASSES + 0.5, ValueError, ["whole", "0.5"]),
    "class nan": (X, CLASSES * np.nan, ValueError, ["whole", "nan"]),
    "class names": (X, list("abcabc"), TypeError, ["numbers", "<U1"]),
    "one-hot for sparse": (
        X,
        ONE_HOT,
        ValueError,
        ["class numbers of shape (6,)", "categorical_crossentropy"],
    ),
}
ONE_HOT_DATA = {
    "classes": (
        X,
        CLASSES,
        ValueError,
        ["shape (6, 3)", "(6,)", "sparse_categorical_crossentropy"],
    ),
    "too few columns": (X, ONE_HOT[:, :2], ValueError, ["(6, 3)", "(6, 2)"]),
    "not probabilities": (X, ONE_HOT * 2, ValueError, ["sum to 1"]),
    "below zero": (X, 2 * ONE_HOT - 1 / 3, ValueError, ["sum to 1"]),
    "nan": (X, replaced(ONE_HOT, 0, np.nan), ValueError, ["finite numbers"]),
    "objects": (X, ONE_HOT.astype(object), TypeError, ["numbers", "object"]),
}


def state_of(model):
    return copy.deepcopy(
        [
            model.get_weights(),
            model.history.history,
            model.history.epoch,
            model.optimizer.state,
            model.optimizer.iterations,
            model.rng.bit_generator.state,
            [layer.name for layer in model.layers],
        ]
    )


def fails(call, error, words, model=None):
    before = state_of(model) if model else None
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    if model:
        np.testing.assert_equal(state_of(model), before)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
@pytest.mark.parametrize(
    ("loss", "labels", "case"),
    [
        ("sparse_categorical_crossentropy", CLASSES, case)
        for case in DATA.values()
    ]
    + [
        ("categorical_crossentropy", ONE_HOT, case)
        for case in ONE_HOT_DATA.values()
    ],
    ids=[*DATA, *(f"one-hot: {name}" for name in ONE_HOT_DATA)],
)
def test_data(method, loss, labels, case):
    x, y, error, words = case
    model = trained(loss, labels)
    fails(lambda: getattr(model, method)(x, y), error, words, model)
    if method == "fit":
        fails(
            lambda: model.fit(X, labels, validation_data=(x, y)),
            error,
            words,
            model,
        )


@pytest.mark.parametrize(
    "name",
    ["rank too low", "width", "no samples", "nan", "text", "objects"],
)
def test_predict(name):
    x, _, error, words = DATA[name]
    model = trained()
    fails(lambda: model.predict(x), error, words, model)


# --- other losses: (outputs, last activation, loss, labels, words) --------


@pytest.mark.parametrize(
    ("units", "loss", "y", "words"),
    [
        (1, "categorical_crossentropy", X[:, :1], ["two outputs or more"]),
        (1, "sparse_categorical_crossentropy", CLASSES, ["binary_cross"]),
        (1, "binary_crossentropy", CLASSES, ["in [0, 1]", "0 to 2"]),
        (1, "binary_crossentropy", CLASSES * np.nan, ["finite numbers"]),
        (1, "binary_crossentropy", -ONE_HOT[:, :1], ["in [0, 1]", "-1"]),
        (1, "mse", ONE_HOT, ["(6, 1)", "(6, 3)"]),
        (3, "mse", CLASSES, ["(6, 3)", "(6,)"]),
        (3, "huber", replaced(ONE_HOT, 1, np.inf), ["finite numbers"]),
    ],
)
def test_labels_of_other_losses(units, loss, y, words):
    model = Sequential([Dense(units, input_shape=(4,))])
    model.compile("sgd", loss)
    fails(lambda: model.fit(X, y), ValueError, words, model)


# --- arguments: (call, error, words) --------------------------------------


def two_layers():
    return Sequential([Dense(5, input_shape=(4,)), Dense(3)])


def other_optimizer():
    model, optimizer = two_layers(), optimizers.Adam()
    model.compile(optimizer, "mse")
    model.fit(X, ONE_HOT, verbose=0)
    return optimizer


def embedding():
    model = Sequential([layers.Embedding(4, 2, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


def built(layer, shape=(4,)):
    layer.build(shape, np.random.default_rng(0))
    return layer


def shared():
    layer = Dense(3)
    return Sequential([layer, layer])


def borrowed():
    return Sequential([two_layers().layers[0]])


def wrong_initializer():
    built(Dense(3, kernel_initializer=lambda shape, rng: np.zeros(7)))


CALLS = {
    # unknown names, with the nearest one that is known
    "activation": (
        lambda: Dense(3, "rellu"),
        ValueError,
        ["unknown Dense activation 'rellu'", "'relu'", "tanh"],
    ),
    "activation function": (
        lambda: Dense(3, np.sin),
        ValueError,
        ["activation 'sin'"],
    ),
    "activation type": (lambda: activations.get(3), ValueError, ["3"]),
    "loss": (
        lambda: two_layers().compile("sgd", "msee"),
        ValueError,
        ["unknown loss 'msee'", "'mse'"],
    ),
    "no loss": (
        lambda: two_layers().compile("sgd"),
        ValueError,
        ["unknown loss None", "known"],
    ),
    "optimizer": (
        lambda: two_layers().compile("adm", "mse"),
        ValueError,
        ["unknown optimizer 'adm'", "'adam'"],
    ),
    "optimizer type": (
        lambda: two_layers().compile(0.1, "mse"),
        ValueError,
        ["unknown optimizer 0.1"],
    ),
    "metric": (
        lambda: two_layers().compile("sgd", "mse", metrics=["acuracy"]),
        ValueError,
        ["unknown metric 'acuracy'"],
    ),
    "metrics": (
        lambda: two_layers().compile("sgd", "mse", metrics="mae"),
        TypeError,
        ["expects a list"],
    ),
    "metrics function": (
        lambda: two_layers().compile("sgd", "mse", metrics=max),
        TypeError,
        ["expects a list"],
    ),
    "initializer": (
        lambda: built(Dense(3, kernel_initializer="glorot")),
        ValueError,
        ["initializer 'glorot'", "glorot_normal"],
    ),
    "initializer's shape": (
        wrong_initializer,
        ValueError,
        ['"kernel"', "(4, 3)", "(7,)"],
    ),
    "orthogonal": (
        lambda: initializers.orthogonal((3,), None),
        ValueError,
        ["rank 2", "(3,)"],
    ),
    "padding": (
        lambda: Conv2D(3, 3, padding="sane"),
        ValueError,
        ["unknown Conv2D padding 'sane'", "'same'"],
    ),
    "mode": (
        lambda: callbacks.EarlyStopping(mode="low"),
        ValueError,
        ["mode 'low'", "auto, max, min"],
    ),
    "model's dtype": (
        lambda: Sequential(dtype="float16"),
        ValueError,
        ["float32", "float16"],
    ),
    # numbers that make no sense
    "units 0": (lambda: Dense(0), ValueError, ["units", "above 0"]),
    "units -3": (lambda: Dense(-3), ValueError, ["units", "-3"]),
    "units 2.5": (lambda: Dense(2.5), TypeError, ["whole number", "2.5"]),
    "units text": (lambda: Dense("3"), TypeError, ["whole number", "'3'"]),
    "units True": (lambda: Dense(True), TypeError, ["True"]),
    "filters": (lambda: Conv2D(0, 3), ValueError, ["filters"]),
    "kernel_size": (lambda: Conv2D(3, 0), ValueError, ["Conv2D"]),
    "kernel triple": (
        lambda: Conv2D(3, (3, 3, 3)),
        ValueError,
        ["pair", "(3, 3, 3)"],
    ),
    "strides": (
        lambda: layers.MaxPooling2D(2, strides=0),
        ValueError,
        ["strides"],
    ),
    "rate 1": (lambda: layers.Dropout(1), ValueError, ["[0, 1)", "1"]),
    "rate -0.1": (lambda: layers.Dropout(-0.1), ValueError, ["[0, 1)"]),
    "rate nan": (lambda: layers.Dropout(np.nan), ValueError, ["nan"]),
    "rate text": (lambda: layers.Dropout("0.5"), TypeError, ["a number"]),
    "momentum": (
        lambda: layers.BatchNormalization(momentum=1.5),
        ValueError,
        ["momentum", "1.5"],
    ),
    "learning rate": (
        lambda: optimizers.SGD(-0.1),
        ValueError,
        ["learning_rate", "-0.1"],
    ),
    "learning rate text": (
        lambda: optimizers.Adam("0.1"),
        TypeError,
        ["Adam learning_rate", "'0.1'"],
    ),
    "beta": (
        lambda: optimizers.Adam(beta_1=1),
        ValueError,
        ["Adam beta_1", "[0, 1)"],
    ),
    "delta": (lambda: losses.Huber(-1), ValueError, ["Huber delta"]),
    "decay_steps": (
        lambda: schedules.CosineDecay(0.1, 0),
        ValueError,
        ["decay_steps"],
    ),
    "boundaries": (
        lambda: schedules.PiecewiseConstantDecay([1], [0.1]),
        ValueError,
        ["one value more", "[1.0] and [0.1]"],
    ),
    "patience": (
        lambda: callbacks.ReduceLROnPlateau(patience=0),
        ValueError,
        ["patience"],
    ),
    "factor": (
        lambda: callbacks.ReduceLROnPlateau(factor=1),
        ValueError,
        ["factor"],
    ),
    "epochs": (
        lambda: trained().fit(X, CLASSES, epochs=0),
        ValueError,
        ["epochs"],
    ),
    "batch_size": (
        lambda: trained().fit(X, CLASSES, batch_size=0),
        ValueError,
        ["batch_size"],
    ),
    "batch_size of evaluate": (
        lambda: trained().evaluate(X, CLASSES, batch_size=-1),
        ValueError,
        ["batch_size"],
    ),
    "batch_size of predict": (
        lambda: trained().predict(X, batch_size=1.5),
        TypeError,
        ["batch_size", "1.5"],
    ),
    # shapes
    "input_shape a number": (
        lambda: Dense(3, input_shape=4),
        ValueError,
        ["(4,)", "received 4"],
    ),
    "input_shape 0": (
        lambda: Dense(3, input_shape=(0,)),
        ValueError,
        ["input_shape", "above 0"],
    ),
    "dense without inputs": (
        lambda: built(Dense(3), ()),
        ValueError,
        ["(batch, inputs)"],
    ),
    "conv of rank 2": (
        lambda: Sequential([Conv2D(3, 3, input_shape=(28, 28))]),
        ValueError,
        ['Conv2D "conv2d"', "height, width, channels", "28, 28"],
    ),
    "global pooling of rank 1": (
        lambda: built(layers.GlobalAveragePooling2D()),
        ValueError,
        ["height, width, channels"],
    ),
    "image smaller than the kernel": (
        lambda: built(Conv2D(3, 5), (4, 9, 1)),
        ValueError,
        ["at least (5, 5)", "(4, 9)"],
    ),
    "reshape": (
        lambda: built(layers.Reshape((3, 2))),
        ValueError,
        ["4", "(3, 2)"],
    ),
    # embeddings
    "index too large": (
        lambda: embedding().predict(TEXTS + 1),
        ValueError,
        ["from 0 to 3", "1 to 4"],
    ),
    "index below zero": (
        lambda: embedding().predict(TEXTS - 1),
        ValueError,
        ["from 0 to 3", "-1 to 2"],
    ),
    "index of floats": (
        lambda: embedding().predict(TEXTS + 0.5),
        TypeError,
        ["whole numbers", "float64"],
    ),
    # models
    "no layer": (
        lambda: Sequential(["dense"]),
        TypeError,
        ["layers", "'dense'"],
    ),
    "a class": (lambda: Sequential([Dense]), TypeError, ["layers"]),
    "a layer twice": (shared, ValueError, ["in the model already"]),
    "a layer of another model": (
        borrowed,
        ValueError,
        ["belongs to another model"],
    ),
    "an empty model compiled": (
        lambda: Sequential().compile("sgd", "mse"),
        ValueError,
        ["at least one layer"],
    ),
    "an empty model": (
        lambda: Sequential().build((3,)),
        ValueError,
        ["at least one layer"],
    ),
    "validation without labels": (
        lambda: trained().fit(X, CLASSES, validation_data=(X,)),
        ValueError,
        ["validation_data", "pair (x, y)", "1 items"],
    ),
    "one callback": (
        lambda: trained().fit(X, CLASSES, callbacks=callbacks.StopAtLoss(0.1)),
        TypeError,
        ["callbacks expects a list", "StopAtLoss"],
    ),
    "negative initial epoch": (
        lambda: trained().fit(X, CLASSES, initial_epoch=-1),
        ValueError,
        ["initial_epoch", "-1"],
    ),
    "fit before compile": (
        lambda: two_layers().fit(X, CLASSES),
        RuntimeError,
        ["compiled first"],
    ),
    "evaluate before compile": (
        lambda: two_layers().evaluate(X, CLASSES),
        RuntimeError,
        ["compiled first"],
    ),
    "summary before build": (
        lambda: Sequential([Dense(3)]).summary(),
        RuntimeError,
        ["input_shape"],
    ),
    "an optimizer of another model": (
        lambda: two_layers().compile(other_optimizer(), "mse"),
        ValueError,
        ["Adam", "a model of its own"],
    ),
    "a gradient of another size": (
        lambda: optimizers.SGD().update(np.ones(3), np.ones(2)),
        ValueError,
        ["SGD", "(3,)", "(2,)"],
    ),
    # layers by hand
    "forward before build": (
        lambda: Dense(3).forward(X),
        RuntimeError,
        ['Dense "dense"', "built"],
    ),
    "backward before forward": (
        lambda: built(Dense(3)).backward(X[:, :3]),
        RuntimeError,
        ['Dense "dense"', "backward needs forward"],
    ),
    "loss backward before a call": (
        lambda: losses.Huber().backward(),
        RuntimeError,
        ["Huber", "needs a call"],
    ),
    # helpers and metrics
    "to_categorical of text": (
        lambda: utils.to_categorical(["a"]),
        TypeError,
        ["to_categorical", "<U1"],
    ),
    "to_categorical of nothing": (
        lambda: utils.to_categorical([]),
        ValueError,
        ["received none"],
    ),
    "to_categorical out of range": (
        lambda: utils.to_categorical([0, 3], 3),
        ValueError,
        ["from 0 to 2", "received 3"],
    ),
    "confusion of lengths": (
        lambda: metrics.confusion_matrix([0, 1], [0]),
        ValueError,
        ["y_true of shape (1,)", "(2,)"],
    ),
    "confusion of nothing": (
        lambda: metrics.confusion_matrix([], []),
        ValueError,
        ["one sample or more"],
    ),
    "confusion out of range": (
        lambda: metrics.confusion_matrix([0], [2], 2),
        ValueError,
        ["y_pred", "from 0 to 1"],
    ),
    "confusion true out of range": (
        lambda: metrics.confusion_matrix([2], [0], 2),
        ValueError,
        ["y_true", "from 0 to 1"],
    ),
    "metric shapes": (
        lambda: metrics.mean_squared_error([1, 2], [1, 2, 3]),
        ValueError,
        ["mean_squared_error", "(2,)", "(3,)"],
    ),
    "metric of nothing": (
        lambda: metrics.binary_accuracy([], []),
        ValueError,
        ["one sample or more"],
    ),
    "sparse accuracy shapes": (
        lambda: metrics.sparse_categorical_accuracy(ONE_HOT, ONE_HOT),
        ValueError,
        ["(6,)", "(6, 3)"],
    ),
    "sparse accuracy of nothing": (
        lambda: metrics.sparse_categorical_accuracy([], np.ones((0, 3))),
        ValueError,
        ["one sample or more"],
    ),
    "top k": (
        lambda: metrics.sparse_top_k_categorical_accuracy(CLASSES, ONE_HOT, 0),
        ValueError,
        ["k"],
    ),
    "loss of text": (
        lambda: losses.MeanSquaredError()(["a"], [1.0]),
        TypeError,
        ["y_true", "<U1"],
    ),
    "loss of predicted text": (
        lambda: losses.MeanSquaredError()([1.0], ["a"]),
        TypeError,
        ["y_pred", "<U1"],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_call(name):
    fails(*CALLS[name])


LAYERS = [
    (Dense(3), (4,)),
    (layers.Activation("relu"), (4,)),
    (layers.Flatten(), (2, 2)),
    (layers.Reshape((4,)), (2, 2)),
    (layers.Dropout(0.5), (4,)),
    (layers.Input((4,)), (4,)),
    (Conv2D(2, 2), (4, 4, 1)),
    (layers.MaxPooling2D(), (4, 4, 1)),
    (layers.AveragePooling2D(), (4, 4, 1)),
    (layers.GlobalAveragePooling2D(), (4, 4, 1)),
    (layers.BatchNormalization(), (4,)),
    (layers.LayerNormalization(), (4,)),
    (layers.Embedding(3, 2), (2,)),
]


@pytest.mark.parametrize(
    ("layer", "shape"), LAYERS, ids=lambda v: getattr(v, "name", None)
)
def test_every_layer_checks_what_it_gets(layer, shape):
    layer = copy.deepcopy(layer)
    layer.build(shape, np.random.default_rng(0))
    x = np.zeros((2, *shape), int if layer.name == "embedding" else float)
    wrong = np.zeros((2, *shape, 3), x.dtype)
    words = [str(layer), f"expects (batch, {shape[0]}", f"{wrong.shape}"]
    fails(lambda: layer.forward(wrong), ValueError, words)
    point = np.ones((), x.dtype)
    fails(lambda: layer.forward(point), ValueError, [str(layer)])
    if layer.name == "input":
        return
    fails(lambda: layer.backward(x), RuntimeError, ["needs forward first"])
    y = layer.forward(x)
    words = [str(layer), "backward expects", str((2, *y.shape[1:], 3))]
    fails(
        lambda: layer.backward(np.zeros((2, *y.shape[1:], 3))),
        ValueError,
        words,
    )


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([np.ones((4, 5))], ["(4, 5)", "(5,)"]),
        (
            [np.ones(s) for s in ((5, 4), 5, (5, 3), 3)],
            ["received [(5, 4)"],
        ),
        ([np.ones(s) for s in ((4, 5), 5, (5, 3), 4)], ["(4,)]"]),
        ([], ["received []"]),
    ],
)
def test_weights_of_another_shape(weights, words):
    model = trained()
    fails(lambda: model.set_weights(weights), ValueError, words, model)
    layer = model.layers[0]
    fails(lambda: layer.set_weights(weights), ValueError, ["expects"], model)


def test_a_layer_that_does_not_fit_is_not_added():
    model = trained()
    fails(
        lambda: model.add(Conv2D(2, 2)),
        ValueError,
        ["height, width, channels", "3"],
        model,
    )
    model.add(Dense(2))
    assert model.output_shape == (2,)


def test_a_bad_compile_leaves_the_old_one():
    model = trained()
    loss, optimizer = model.loss, model.optimizer
    for names in (
        ("adm", "mse", []),
        ("sgd", "mx", []),
        ("sgd", "mse", ["q"]),
    ):
        fails(
            lambda n=names: model.compile(n[0], n[1], metrics=n[2]),
            ValueError,
            [],
            model,
        )
        assert model.loss is loss and model.optimizer is optimizer


def test_a_model_without_weights_cannot_be_trained():
    model = Sequential([layers.Flatten(input_shape=(3,))])
    model.compile("sgd", "mse")
    fails(
        lambda: model.fit(np.ones((2, 3)), np.ones((2, 3))),
        ValueError,
        ["with weights"],
        model,
    )


def test_an_optimizer_shared_before_training():
    """The second model refuses it, whatever its size, and stays as it was."""
    optimizer = optimizers.Adam()
    two_layers().compile(optimizer, "mse")
    second = two_layers()
    words = ["Adam", "a model of its own"]
    fails(lambda: second.compile(optimizer, "mse"), ValueError, words)
    assert second.optimizer is None


def test_an_optimizer_of_a_model_that_grew():
    model = two_layers()
    model.compile("adam", "mse")
    model.fit(X, ONE_HOT, verbose=0)
    model.add(Dense(3))
    words = ["Adam", "weights of the size"]
    fails(lambda: model.fit(X, ONE_HOT), ValueError, words, model)


def test_a_model_may_be_compiled_again_with_its_own_optimizer():
    model = trained()
    model.compile(model.optimizer, "sparse_categorical_crossentropy")
    model.fit(X, CLASSES, verbose=0)
    assert model.optimizer.iterations == 2


@pytest.mark.parametrize(
    "callback",
    [
        callbacks.EarlyStopping(),
        callbacks.EarlyStopping("acc"),
        callbacks.StopAtLoss(0.1, "val_loss"),
        callbacks.ReduceLROnPlateau(),
        callbacks.ModelCheckpoint("never.npz", save_best_only=True),
    ],
)
def test_a_callback_that_watches_what_is_not_there(callback):
    words = [
        type(callback).__name__,
        repr(callback.monitor),
        "loss, accuracy",
        "validation_data",
    ]
    model = trained()
    fails(
        lambda: model.fit(X, CLASSES, verbose=0, callbacks=[callback]),
        ValueError,
        words,
    )


def test_a_schedule_that_returns_no_rate():
    callback = callbacks.LearningRateScheduler(lambda epoch, rate: None)
    model = trained()
    before = model.get_weights()
    fails(
        lambda: model.fit(X, CLASSES, verbose=0, callbacks=[callback]),
        TypeError,
        ["LearningRateScheduler", "None"],
    )
    for a, b in zip(model.get_weights(), before):
        np.testing.assert_array_equal(a, b)
