"""Errors of training, word for word, as test_messages.py has the others."""

import numpy as np
import pytest

from dlcore import (
    Model,
    Sequential,
    callbacks,
    gradcheck,
    optimizers,
    schedules,
)
from dlcore.layers import Add, Dense, Flatten, Input

X = np.ones((2, 3), np.float32)


def bare():
    return Sequential([Dense(3, "softmax", input_shape=(3,))])


def model(optimizer="sgd"):
    model = bare()
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def two_inputs():
    one, two = Input((3,)), Input((3,))
    model = Model([one, two], Add()([Dense(3)(one), Dense(3)(two)]))
    model.compile("sgd", "mse")
    return model


def without_weights():
    model = Sequential([Flatten(input_shape=(3,))])
    model.compile("sgd", "mse")
    return model


def fit(optimizer="sgd", x=X, y=(0, 1), **how):
    model(optimizer).fit(x, y, **({"verbose": 0} | how))


def with_nan(model):
    model.layers[0].bias[1] = np.nan
    return model


def updated(optimizer):
    optimizer.update(X.copy(), X)
    return optimizer


def forwarded(model):
    model.forward(X)
    return model

MODELS = [
    (lambda: Model(Dense(3), Dense(3)(Input((3,)))), TypeError,
     "Model inputs expects Input layers, received Dense(units=3)"),
    (lambda: Model(Input((3,)), Input((3,))), TypeError,
     "Model outputs expects the call of a layer, received Input(shape=(3,))"),
    (lambda: Model([i := Input((3,)), Input((2,))], Dense(3)(i)), ValueError,
     "Model inputs expects inputs that lead to the outputs, each of them "
     "once, received [Input(shape=(3,)), Input(shape=(2,))]"),
    (lambda: Model(Input((3,)), Dense(3)(Input((3,)))), ValueError,
     'Model inputs expects Input "input" to be one of them, received others'),
    (lambda: Sequential(Dense(3)), TypeError,
     'Sequential "sequential" expects a list of layers, '
     "received Dense(units=3)"),
    (lambda: Sequential([Dense(3)]).summary(), RuntimeError,
     "summary needs an input_shape, or build first"),
    (lambda: Sequential([], 3), TypeError,
     "model name expects a string, received 3"),
    (lambda: Sequential(dtype="float16"), ValueError,
     "unknown dtype 'float16' (did you mean 'float64'?); "
     "known: float32, float64"),
    (lambda: Sequential(seed=-1), ValueError,
     "seed expects a number above -1, below inf, received -1"),
    (lambda: Sequential([3]), TypeError,
     "a model expects layers, received 3"),
    (lambda: Sequential([d := Dense(2), d]), ValueError,
     'Dense "dense" is in the model already'),
    (lambda: Sequential(bare().layers), ValueError,
     'Dense "dense" belongs to another model already'),
    (lambda: Sequential().build((3,)), ValueError,
     "a model expects at least one layer, received 0"),
    (lambda: Sequential([Dense(2)]).build(3), ValueError,
     "input_shape expects a tuple such as (3,), received 3"),
    (lambda: Sequential([Dense(2)]).build((3,), (2,)), ValueError,
     'Sequential "sequential" expects 1 input shapes, received 2'),
    (lambda: bare().build((4,)), ValueError,
     'Sequential "sequential" expects the shapes it was built for, '
     "[(3,)], received [(4,)]"),
]

SCHEDULES = [
    (lambda: schedules.PiecewiseConstantDecay(3, [1]), TypeError,
     "PiecewiseConstantDecay boundaries expects a list of numbers, "
     "received 3"),
    (lambda: schedules.PiecewiseConstantDecay([1], "ab"), TypeError,
     "PiecewiseConstantDecay values expects a list of numbers, received 'ab'"),
    (lambda: schedules.PiecewiseConstantDecay([-1], [1, 2]), ValueError,
     "PiecewiseConstantDecay boundaries expects a number in [0, inf), "
     "received -1"),
    (lambda: schedules.PiecewiseConstantDecay([1], [1]), ValueError,
     "PiecewiseConstantDecay expects boundaries that ascend, and one value"
     " more than those, received [1.0] and [1.0]"),
    (lambda: schedules.PiecewiseConstantDecay([2, 1], [1, 2, 3]), ValueError,
     "PiecewiseConstantDecay expects boundaries that ascend, and one value"
     " more than those, received [2.0, 1.0] and [1.0, 2.0, 3.0]"),
    (lambda: schedules.CosineDecay(1, 0), ValueError,
     "CosineDecay decay_steps expects a number above 0, below 2.14748e+09,"
     " received 0"),
    (lambda: schedules.CosineDecay(1, 3, alpha=-1), ValueError,
     "CosineDecay alpha expects a number in [0, inf), received -1"),
]

OPTIMIZERS = [
    (lambda: optimizers.SGD(-1), ValueError,
     "SGD learning_rate expects a number in [0, inf), received -1"),
    (lambda: optimizers.SGD("fast"), TypeError,
     "SGD learning_rate expects a number, received 'fast'"),
    (lambda: optimizers.SGD(momentum=1.5), ValueError,
     "SGD momentum expects a number in [0, 1], received 1.5"),
    (lambda: optimizers.SGD(clipnorm=1, clipvalue=1), ValueError,
     "SGD expects one of clipnorm, clipvalue and global_clipnorm, received"
     " (1.0, 1.0, None)"),
    (lambda: optimizers.SGD(clipnorm=-1), ValueError,
     "SGD clipnorm expects a number in [0, inf), received -1"),
    (lambda: optimizers.Adam(beta_1=1), ValueError,
     "Adam beta_1 expects a number in [0, 1), received 1"),
    (lambda: optimizers.SGD().update(X, X[:1]), ValueError,
     "SGD expects a gradient of shape (2, 3), received (1, 3)"),
    (lambda: updated(optimizers.Adam()).update(X[:1], X[:1]), ValueError,
     "Adam expects weights of the size that it has trained so far, received "
     "3"),
]

CALLBACKS = [
    (lambda: callbacks.EarlyStopping(patience=-1), ValueError,
     "EarlyStopping patience expects a number above -1, below 2.14748e+09,"
     " received -1"),
    (lambda: callbacks.EarlyStopping(mode="best"), ValueError,
     "unknown EarlyStopping mode 'best'; known: auto, max, min"),
    (lambda: fit(callbacks=[callbacks.EarlyStopping()]), ValueError,
     "EarlyStopping monitor expects loss (val_ needs validation_data), "
     "received 'val_loss'"),
    (lambda: fit(callbacks=[callbacks.EarlyStopping("acc", mode="max")]),
     ValueError,
     "EarlyStopping monitor expects loss (val_ needs validation_data), "
     "received 'acc'"),
    (lambda: fit(callbacks=[callbacks.LearningRateScheduler(lambda *_: -1)]),
     ValueError,
     "LearningRateScheduler expects a number in [0, inf), received -1"),
    (lambda: fit(callbacks=[callbacks.LearningRateScheduler(lambda *_: "a")]),
     TypeError,
     "LearningRateScheduler expects a number, received 'a'"),
    (lambda: fit("sgd", callbacks=[callbacks.LearningRateScheduler(3)]),
     TypeError,
     "LearningRateScheduler schedule expects a function, received 3"),
    (lambda: callbacks.ModelCheckpoint(3), TypeError,
     "ModelCheckpoint filepath expects a path, received 3"),
]

TRAINING = [
    (lambda: two_inputs().fit(X, X), ValueError,
     'Model "model" expects a list of 2 inputs, received ndarray'),
    (lambda: two_inputs().fit([X], X), ValueError,
     'Model "model" expects a list of 2 inputs, received list'),
    (lambda: two_inputs().fit([X, X[:1]], X), ValueError,
     "the model expects inputs of one length, received [2, 1]"),
    (lambda: without_weights().fit(X, X), ValueError,
     "fit expects a model with weights, received none"),
    (lambda: fit(validation_split=2), ValueError,
     "validation_split expects a number in [0, 1], received 2"),
    (lambda: fit(callbacks=3), TypeError,
     "callbacks expects a list, received 3"),
    (lambda: fit(callbacks=[3]), TypeError,
     "callbacks expects Callback objects, received 3"),
    (lambda: fit(x=X[0]), ValueError,
     "the model expects samples of shape (batch, ...), received shape (3,)"),
    (lambda: fit(x=X[:, :2]), ValueError,
     'Dense "dense" expects (batch, 3), received (2, 2)'),
    (lambda: fit(x=[X]), ValueError,
     'Dense "dense" expects (batch, 3), received (1, 2, 3)'),
    (lambda: fit(x=[X, X]), ValueError,
     'Dense "dense" expects (batch, 3), received (2, 2, 3)'),
    (lambda: fit(x=X.astype(str)), TypeError,
     "the model's input expects numbers, received dtype <U32"),
    (lambda: fit(x=X[:0], y=[]), ValueError,
     "the model expects at least one sample, received 0"),
    (lambda: fit(y=[0]), ValueError,
     "the model expects as many labels as samples, received 2 samples and "
     "labels of shape (1,)"),
    (lambda: fit(y=[0, 3]), ValueError,
     "SparseCategoricalCrossentropy y_true expects classes from 0 to 2, "
     "received 3"),
    (lambda: fit(y=["a", "b"]), TypeError,
     "the model's y expects numbers, received dtype <U1"),
    (lambda: fit(epochs=0), ValueError,
     "epochs expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: fit(batch_size=0), ValueError,
     "batch_size expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: fit(shuffle=1), TypeError,
     "shuffle expects True or False, received 1"),
    (lambda: fit(verbose=3), ValueError,
     "verbose expects 0, 1 or 2, received 3"),
    (lambda: fit(initial_epoch=-1), ValueError,
     "initial_epoch expects a number above -1, below 2.14748e+09, received"
     " -1"),
    (lambda: fit(validation_data=3), TypeError,
     "validation_data expects a pair (x, y), or (x, y, weights), received 3"),
    (lambda: fit(validation_data=(X,)), ValueError,
     "validation_data expects a pair (x, y), or (x, y, weights), received "
     "1 items"),
    (lambda: fit(validation_data=(X, [0])), ValueError,
     "the model expects as many labels as samples, received 2 samples and "
     "labels of shape (1,)"),
    (lambda: fit(validation_split=1), ValueError,
     "validation_split expects a share that leaves samples on both sides "
     "of 2, received 1.0"),
    (lambda: fit(validation_split=0.5, validation_data=(X, [0, 1])),
     ValueError,
     "fit expects validation_split or validation_data, received both"),
    (lambda: fit(sample_weight=[1, 1], class_weight={0: 1}), ValueError,
     "fit expects sample_weight or class_weight, received both"),
    (lambda: fit(sample_weight=[1]), ValueError,
     "sample_weight expects a shape of {(2,)}, received (1,)"),
    (lambda: fit(sample_weight=[1, -1]), ValueError,
     "sample_weight expects numbers from 0 on, received -1.0"),
    (lambda: fit(sample_weight=["a", "b"]), TypeError,
     "sample_weight expects numbers, received dtype <U1"),
    (lambda: fit(class_weight=[1, 1]), TypeError,
     "class_weight expects a dict, received [1, 1]"),
    (lambda: fit(class_weight={3: 1}), ValueError,
     "class_weight expects classes in range(0, 3), received [3]"),
    (lambda: fit(class_weight={0: -1}), ValueError,
     "class_weight 0 expects a number in [0, inf), received -1"),
    (lambda: model().predict(X[:, :2]), ValueError,
     'Dense "dense" expects (batch, 3), received (2, 2)'),
    (lambda: model().predict(X, batch_size=0), ValueError,
     "batch_size expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: model().predict(X * np.nan), ValueError,
     "the model's input expects finite numbers, received nan at index (0, "
     "0) of shape (2, 3)"),
    (lambda: model().evaluate(X, [0]), ValueError,
     "the model expects as many labels as samples, received 2 samples and "
     "labels of shape (1,)"),
    (lambda: model().evaluate(X, [0, 1], batch_size=0), ValueError,
     "batch_size expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: model().evaluate(X, [0, 1], return_dict=1), TypeError,
     "return_dict expects True or False, received 1"),
    (lambda: forwarded(model()).backward(X * np.nan), ValueError,
     'Sequential "sequential" backward expects finite numbers, received '
     "nan at index (0, 0) of shape (2, 3)"),
    (lambda: model().backward(X), RuntimeError,
     'Sequential "sequential": backward needs forward first'),
    (lambda: forwarded(model()).backward(X[:, :2]), ValueError,
     'Sequential "sequential" backward expects (2, 3), received (2, 2)'),
    (lambda: Sequential([Dense(2)]).forward(X), RuntimeError,
     'Sequential "sequential" must be built before it is used'),
    (lambda: Sequential().compile("sgd", "mse"), ValueError,
     "compile expects at least one layer, received 0"),
    (lambda: Sequential([Dense(2)]).fit(X, X), RuntimeError,
     "the model must be compiled first: compile()"),
    (lambda: bare().compile("sgd", None), ValueError,
     "unknown loss None; known: ..."),
    (lambda: bare().compile("sgd", "mse", metrics="mae"), TypeError,
     "metrics expects a list, received 'mae'"),
    (lambda: bare().compile("sgd", "mse", metrics=["ma"]), ValueError,
     "unknown metric 'ma' (did you mean 'mae'?); known: ..."),
    (lambda: bare().compile(model().optimizer, "mse"), ValueError,
     "SGD expects a model of its own, received a second one"),
    (lambda: gradcheck.check_model(model(), X, [0, 1]), ValueError,
     'check_model expects dtype="float64", received "float32"'),
]

FILES = [
    (lambda: model().save(3), TypeError,
     "save expects a path, received 3"),
    (lambda: with_nan(model()).save("model.npz"), ValueError,
     "save expects finite numbers in weight/1, received others"),
    (lambda: model().save("model.h5"), ValueError,
     "save expects a path ending in .npz, received model.h5"),
    (lambda: Sequential([Dense(2)]).save("model.npz"), ValueError,
     "save expects a built model, received one that is not"),
]


@pytest.mark.parametrize(
    "case",
    [
        *MODELS,
        *SCHEDULES,
        *OPTIMIZERS,
        *CALLBACKS,
        *TRAINING,
        *FILES,
    ],
)
def test_the_error_says(case):
    call, error, text = case
    with pytest.raises(error) as caught:
        call()
    if text.endswith(" ..."):  # a list of names that may grow
        assert str(caught.value).startswith(text.removesuffix("..."))
    else:
        assert str(caught.value) == text
