"""Errors, word for word: who, what was expected, what was received."""

import numpy as np
import pytest

from dlcore import (
    activations,
    checks,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    utils,
)
from dlcore.layers import Dense, Input

X = np.ones((2, 3), np.float32)


def built(layer, shape):
    layer.build(shape, np.random.default_rng(0))
    return layer


def forward(layer, x):
    layer.forward(x)


def backward(layer, x, dy):
    built(layer, x.shape[1:]).forward(x)
    layer.backward(dy)

CHECKS = [
    (lambda: checks.positive_int(2.5, "n"), TypeError,
     "n expects a whole number, received 2.5"),
    (lambda: checks.positive_int(True, "n"), TypeError,
     "n expects a whole number, received True"),
    (lambda: checks.positive_int(np.timedelta64(1), "n"), TypeError,
     "n expects a whole number, received np.timedelta64(1)"),
    (lambda: checks.positive_int(0, "n"), ValueError,
     "n expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: checks.positive_int(2**31, "n"), ValueError,
     "n expects a number above 0, below 2.14748e+09, received 2147483648"),
    (lambda: checks.count(-1, "n"), ValueError,
     "n expects a number above -1, below 2.14748e+09, received -1"),
    (lambda: checks.number("1", "n"), TypeError,
     "n expects a number, received '1'"),
    (lambda: checks.number(True, "n"), TypeError,
     "n expects a number, received True"),
    (lambda: checks.number(np.inf, "n"), ValueError,
     "n expects a number in [-inf, inf), received inf"),
    (lambda: checks.not_negative(-0.5, "n"), ValueError,
     "n expects a number in [0, inf), received -0.5"),
    (lambda: checks.fraction(1.5, "n"), ValueError,
     "n expects a number in [0, 1], received 1.5"),
    (lambda: checks.fraction(np.nan, "n"), ValueError,
     "n expects a number in [0, 1], received nan"),
    (lambda: checks.below_one(1, "n"), ValueError,
     "n expects a number in [0, 1), received 1"),
    (lambda: checks.below_one(-0.25, "n"), ValueError,
     "n expects a number in [0, 1), received -0.25"),
    (lambda: checks.flag(1, "n"), TypeError,
     "n expects True or False, received 1"),
    (lambda: checks.text(3, "n"), TypeError,
     "n expects a string, received 3"),
    (lambda: checks.path(3, "n"), TypeError,
     "n expects a path, received 3"),
    (lambda: checks.function(3, "n"), TypeError,
     "n expects a function, received 3"),
    (lambda: checks.sequence(3, "n"), TypeError,
     "n expects a list, received 3"),
    (lambda: checks.listed("ab", "n"), TypeError,
     "n expects a list, received 'ab'"),
    (lambda: checks.text([0] * 20, "n"), TypeError,
     "n expects a string, received list"),
    (lambda: checks.pair((1, 2, 3), "n"), ValueError,
     "n expects a number or a pair of numbers, received (1, 2, 3)"),
    (lambda: checks.pair("12", "n"), ValueError,
     "n expects a number or a pair of numbers, received '12'"),
    (lambda: checks.pair((1, 0), "n"), ValueError,
     "n expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: checks.pair((1, 2.5), "n"), TypeError,
     "n expects a whole number, received 2.5"),
    (lambda: checks.shape(3, "n"), ValueError,
     "n expects a tuple such as (3,), received 3"),
    (lambda: checks.shape(np.int64(3), "n"), ValueError,
     "n expects a tuple such as (3,), received 3"),
    (lambda: checks.shape("3", "n"), TypeError,
     "n expects a tuple, received '3'"),
    (lambda: checks.shape((2, 0), "n"), ValueError,
     "n expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: checks.shape((2, "3"), "n"), TypeError,
     "n expects a whole number, received '3'"),
    (lambda: checks.optional(checks.flag)(1, "n"), TypeError,
     "n expects True or False, received 1"),
    (lambda: checks.one_of("valid", "same")("vald", "n"), ValueError,
     "unknown n 'vald' (did you mean 'valid'?); known: same, valid"),
    (lambda: checks.look_up("a", {"b": 1, "c": 2}, "letter"), ValueError,
     "unknown letter 'a'; known: b, c"),
    (lambda: checks.as_numbers([[1], [2, 3]], "n"), ValueError,
     "n expects rows of one length, received different ones"),
    (lambda: checks.as_numbers(["a"], "n"), TypeError,
     "n expects numbers, received dtype <U1"),
    (lambda: checks.as_numbers([1j], "n"), TypeError,
     "n expects numbers, received dtype complex128"),
    (lambda: checks.as_float([[1, 2], [3, np.nan]], "n"), ValueError,
     "n expects finite numbers, received nan at index (1, 1) of shape (2, 2)"),
    (lambda: checks.as_float([1e300], "n", np.float32), ValueError,
     "n expects finite numbers, received inf at index (0,) of shape (1,)"),
    (lambda: checks.check_array([1.0], "n"), TypeError,
     "n expects an array of floats, received list"),
    (lambda: checks.check_array(np.arange(2), "n"), TypeError,
     "n expects an array of floats, received int64"),
    (lambda: checks.check_array(np.ones(2), "n", "iu"), TypeError,
     "n expects an array of whole numbers, received float64"),
    (lambda: checks.check_array(np.array(["a"]), "n", "fiu"), TypeError,
     "n expects an array of numbers, received <U1"),
    (lambda: checks.whole_numbers([1, 2.5], "n"), ValueError,
     "n expects whole class numbers, received 2.5"),
    (lambda: checks.whole_numbers([2.0**53], "n"), ValueError,
     "n expects whole class numbers, received 9007199254740992.0"),
    (lambda: checks.whole_numbers([np.nan], "n"), ValueError,
     "n expects whole class numbers, received nan"),
    (lambda: checks.whole_numbers(["a"], "n"), TypeError,
     "n expects numbers, received dtype <U1"),
    (lambda: checks.check_range(np.array([0, 3, -1]), 3, "n"), ValueError,
     "n expects classes from 0 to 2, received 3"),
    (lambda: checks.check_range(np.array([0, -1]), 3, "n"), ValueError,
     "n expects classes from 0 to 2, received -1"),
]

NAMES_AND_ARGUMENTS = [
    (lambda: Dense(0), ValueError,
     "Dense units expects a number above 0, below 2.14748e+09, received 0"),
    (lambda: Dense("4"), TypeError,
     "Dense units expects a whole number, received '4'"),
    (lambda: Dense(4, use_bias=1), TypeError,
     "Dense use_bias expects True or False, received 1"),
    (lambda: Dense(4, "rellu"), ValueError,
     "unknown Dense activation 'rellu' (did you mean 'relu'?); known: ..."),
    (lambda: Dense(4, np.tanh), ValueError,
     "Dense activation expects a name or a function of dlcore.activations,"
     " received <ufunc 'tanh'>"),
    (lambda: Dense(4, kernel_initializer="he_norml"), ValueError,
     "unknown Dense kernel_initializer 'he_norml' (did you mean "
     "'he_normal'?); known: ..."),
    (lambda: Dense(4, name=3), TypeError,
     "Dense name expects a string, received 3"),
    (lambda: Dense(4, input_shape=3), ValueError,
     "Dense input_shape expects a tuple such as (3,), received 3"),
    (lambda: layers.Dropout(1.0), ValueError,
     "Dropout rate expects a number in [0, 1), received 1.0"),
    (lambda: losses.Huber(-1), ValueError,
     "Huber delta expects a number in [0, inf), received -1"),
    (lambda: losses.get("mes"), ValueError,
     "unknown loss 'mes' (did you mean 'mse'?); known: ..."),
    (lambda: losses.get(3), ValueError,
     "unknown loss 3; known: ..."),
    (lambda: activations.get("rellu"), ValueError,
     "unknown activation 'rellu' (did you mean 'relu'?); known: ..."),
    (lambda: activations.get(3, "f"), ValueError,
     "unknown f 3; known: ..."),
    (lambda: activations.get(np.tanh), ValueError,
     "activation expects a name or a function of dlcore.activations, "
     "received <ufunc 'tanh'>"),
    (lambda: metrics.get("acuracy", X[:, 0], (2, 1)), ValueError,
     "unknown metric 'acuracy' (did you mean 'accuracy'?); known: ..."),
    (lambda: optimizers.get("adm"), ValueError,
     "unknown optimizer 'adm' (did you mean 'adam'?); known: ..."),
    (lambda: initializers.get("zeroes"), ValueError,
     "unknown initializer 'zeroes' (did you mean 'zeros'?); known: ..."),
    (lambda: initializers.known("zeroes", "n"), ValueError,
     "unknown n 'zeroes' (did you mean 'zeros'?); known: ..."),
]

HELPERS = [
    (lambda: utils.to_categorical([]), ValueError,
     "to_categorical expects labels, received none"),
    (lambda: utils.to_categorical([0, 1], 0), ValueError,
     "to_categorical num_classes expects a number above 0, below "
     "2.14748e+09, received 0"),
    (lambda: utils.to_categorical([0, 1], 2.5), TypeError,
     "to_categorical num_classes expects a whole number, received 2.5"),
    (lambda: utils.to_categorical([0, 3], 3), ValueError,
     "to_categorical expects classes from 0 to 2, received 3"),
    (lambda: utils.to_categorical([0.5]), ValueError,
     "to_categorical expects whole class numbers, received 0.5"),
    (lambda: utils.to_categorical(["a"]), TypeError,
     "to_categorical expects numbers, received dtype <U1"),
    (lambda: initializers.orthogonal((3,), None), ValueError,
     "orthogonal expects a shape of rank 2 or more, received (3,)"),
]

LOSSES = [
    (lambda: losses.MeanSquaredError()([[1.0]], [["a"]]), TypeError,
     "MeanSquaredError y_pred expects numbers, received dtype <U1"),
    (lambda: losses.MeanSquaredError()(np.ones((0, 1)), np.ones((0, 1))),
     ValueError,
     "MeanSquaredError y_pred expects one sample or more, received (0, 1)"),
    (lambda: losses.MeanSquaredError()([[1.0, 2.0]], [[1.0]]), ValueError,
     "MeanSquaredError expects y_true of shape (1, 1), like y_pred, "
     "received (1, 2)"),
    (lambda: losses.MeanSquaredError()([[np.inf]], [[1.0]]), ValueError,
     "MeanSquaredError y_true expects finite numbers, received inf at "
     "index (0, 0) of shape (1, 1)"),
    (lambda: losses.MeanSquaredError()([[1.0]], [[np.nan]]), ValueError,
     "MeanSquaredError y_pred expects finite numbers, received nan at "
     "index (0, 0) of shape (1, 1)"),
    (lambda: losses.MeanSquaredError().backward(), RuntimeError,
     "MeanSquaredError: backward needs a call first"),
    (lambda: losses.BinaryCrossentropy()([[-1.0], [0.0]], [[0.5], [0.5]]),
     ValueError,
     "BinaryCrossentropy expects labels in [0, 1], received -1 to 0"),
    (lambda: losses.BinaryCrossentropy()([[0.25], [2.0]], [[0.5], [0.5]]),
     ValueError,
     "BinaryCrossentropy expects labels in [0, 1], received 0.25 to 2"),
    (lambda: losses.CategoricalCrossentropy()([[0.5, 0.75]], [[0.5, 0.5]]),
     ValueError,
     "CategoricalCrossentropy expects rows of y_true to be probabilities "
     "that sum to 1, received [0.5  0.75]"),
    (lambda: losses.CategoricalCrossentropy()([[1.5, -0.5]], [[0.5, 0.5]]),
     ValueError,
     "CategoricalCrossentropy expects rows of y_true to be probabilities "
     "that sum to 1, received [ 1.5 -0.5]"),
    (lambda: losses.CategoricalCrossentropy()([0], [[0.5, 0.5]]), ValueError,
     "CategoricalCrossentropy expects y_true of shape (1, 2), like y_pred, "
     "received (1,); for class numbers: sparse_categorical_crossentropy"),
    (lambda: losses.CategoricalCrossentropy()([[1.0]], [[0.5]]), ValueError,
     "CategoricalCrossentropy expects y_pred (batch, ..., classes) of two "
     "outputs or more, received (1, 1); for one output: "
     "binary_crossentropy"),
    (lambda: losses.KLDivergence()([[0.5, 0.5], [1.5, -0.5]], np.eye(2)),
     ValueError,
     "KLDivergence expects rows of y_true to be probabilities that sum to "
     "1, received [ 1.5 -0.5]"),
    (lambda: losses.KLDivergence()(np.ones((2, 3, 1)), np.ones((2, 3, 1))),
     ValueError,
     "KLDivergence expects y_pred (batch, ..., classes) of two outputs or "
     "more, received (2, 3, 1); for one output: binary_crossentropy"),
    (lambda: losses.KLDivergence()([0.5], [0.5]), ValueError,
     "KLDivergence expects y_pred (batch, ..., classes) of two outputs or "
     "more, received (1,); for one output: binary_crossentropy"),
    (lambda: losses.SparseCategoricalCrossentropy()([0], [[0.5]]), ValueError,
     "SparseCategoricalCrossentropy expects y_pred (batch, ..., classes) "
     "of two outputs or more, received (1, 1); for one output: "
     "binary_crossentropy"),
    (lambda: losses.SparseCategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]]),
     ValueError,
     "SparseCategoricalCrossentropy y_true expects class numbers of shape "
     "(1,), received (1, 2); for one-hot: categorical_crossentropy"),
    (lambda: losses.SparseCategoricalCrossentropy()([0.5], [[0.5, 0.5]]),
     ValueError,
     "SparseCategoricalCrossentropy y_true expects whole class numbers, "
     "received 0.5"),
    (lambda: losses.SparseCategoricalCrossentropy()([2], [[0.5, 0.5]]),
     ValueError,
     "SparseCategoricalCrossentropy y_true expects classes from 0 to 1, "
     "received 2"),
]

METRICS = [
    (lambda: metrics.binary_accuracy([0, 1], [0.5]), ValueError,
     "binary_accuracy expects y_true of shape (1,), like y_pred, received "
     "(2,)"),
    (lambda: metrics.binary_accuracy([0, 2], [0.5, 0.5]), ValueError,
     "binary_accuracy expects labels in [0, 1], received 0 to 2"),
    (lambda: metrics.binary_accuracy([0, -1], [0.5, 0.5]), ValueError,
     "binary_accuracy expects labels in [0, 1], received -1 to 0"),
    (lambda: metrics.binary_accuracy([0], [0.5], "a"), TypeError,
     "binary_accuracy threshold expects a number, received 'a'"),
    (lambda: metrics.binary_accuracy([], []), ValueError,
     "binary_accuracy expects one sample or more, received shape (0,)"),
    (lambda: metrics.categorical_accuracy([0], [[0.5, 0.5]]), ValueError,
     "categorical_accuracy expects y_true of shape (1, 2), like y_pred, "
     "received (1,)"),
    (lambda: metrics.sparse_categorical_accuracy([0, 1], [[0.5, 0.5]]),
     ValueError,
     "sparse_categorical_accuracy expects class numbers of shape (1,), "
     "received (2,)"),
    (lambda: metrics.sparse_categorical_accuracy([], np.ones((0, 2))),
     ValueError,
     "sparse_categorical_accuracy expects one sample or more, received "
     "shape (0, 2)"),
    (lambda: metrics.sparse_categorical_accuracy(0, 0.5), ValueError,
     "sparse_categorical_accuracy expects class numbers of shape (), "
     "received ()"),
    (lambda: metrics.sparse_categorical_accuracy([2], [[0.5, 0.5]]),
     ValueError,
     "sparse_categorical_accuracy expects classes from 0 to 1, received 2"),
    (lambda: metrics.sparse_categorical_accuracy([0.5], [[0.5, 0.5]]),
     ValueError,
     "sparse_categorical_accuracy expects whole class numbers, received 0.5"),
    (lambda: metrics.sparse_categorical_accuracy([0], [["a", "b"]]), TypeError,
     "sparse_categorical_accuracy expects numbers, received dtype <U1"),
    (lambda: metrics.top_k_categorical_accuracy([0], [[0.5, 0.5]]), ValueError,
     "top_k_categorical_accuracy expects y_true of shape (1, 2), like "
     "y_pred, received (1,)"),
    (lambda: metrics.sparse_top_k_categorical_accuracy([0, 1], [[0.5, 0.5]]),
     ValueError,
     "sparse_top_k_categorical_accuracy expects class numbers of shape "
     "(1,), received (2,)"),
    (lambda: metrics.sparse_top_k_categorical_accuracy([0], [[0.5, 0.5]], 0),
     ValueError,
     "sparse_top_k_categorical_accuracy k expects a number above 0, below "
     "2.14748e+09, received 0"),
    (lambda: metrics.mean_squared_error([0, 1], [0]), ValueError,
     "mean_squared_error expects y_true of shape (1,), like y_pred, "
     "received (2,)"),
    (lambda: metrics.root_mean_squared_error([0, 1], [0]), ValueError,
     "root_mean_squared_error expects y_true of shape (1,), like y_pred, "
     "received (2,)"),
    (lambda: metrics.mean_absolute_error([0, 1], [0]), ValueError,
     "mean_absolute_error expects y_true of shape (1,), like y_pred, "
     "received (2,)"),
    (lambda: metrics.confusion_matrix([0, 1], [0]), ValueError,
     "confusion_matrix expects y_true of shape (1,), like y_pred, received "
     "(2,)"),
    (lambda: metrics.confusion_matrix([0, 1], [0, 1], 0), ValueError,
     "confusion_matrix num_classes expects a number above 0, below "
     "2.14748e+09, received 0"),
    (lambda: metrics.confusion_matrix([0, 2], [0, 1], 2), ValueError,
     "confusion_matrix y_true expects classes from 0 to 1, received 2"),
    (lambda: metrics.confusion_matrix([0, 1], [0, 2], 2), ValueError,
     "confusion_matrix y_pred expects classes from 0 to 1, received 2"),
    (lambda: metrics.precision([0, 1], [0]), ValueError,
     "precision expects y_true of shape (1,), like y_pred, received (2,)"),
    (lambda: metrics.precision([0], [0], "a"), TypeError,
     "precision threshold expects a number, received 'a'"),
    (lambda: metrics.recall([0, 1], [0]), ValueError,
     "recall expects y_true of shape (1,), like y_pred, received (2,)"),
    (lambda: metrics.recall([0], [0], "a"), TypeError,
     "recall threshold expects a number, received 'a'"),
    (lambda: metrics.auc([0, 1], [0]), ValueError,
     "auc expects y_true of shape (1,), like y_pred, received (2,)"),
    (lambda: metrics.auc([1, 1], [0, 1]), ValueError,
     "auc expects positives and negatives, received one of them only"),
]

LAYERS = [
    (lambda: forward(Dense(2), X), RuntimeError,
     'Dense "dense" must be built before it is used'),
    (lambda: built(Dense(2), 3), ValueError,
     "Dense input_shape expects a tuple such as (3,), received 3"),
    (lambda: built(Dense(2), (2, 0)), ValueError,
     "Dense input_shape expects a number above 0, below 2.14748e+09, "
     "received 0"),
    (lambda: built(Dense(2), [(2,), (3,)]), ValueError,
     'Dense "dense" expects one input, received 2 inputs'),
    (lambda: built(Dense(2), ()), ValueError,
     'Dense "dense" expects (batch, inputs), received (batch,)'),
    (lambda: Dense(2).build((3,), "rng"), TypeError,
     "Dense \"dense\" rng expects a np.random.Generator, received 'rng'"),
    (lambda: forward(built(Dense(2), (4,)), X), ValueError,
     'Dense "dense" expects (batch, 4), received (2, 3)'),
    (lambda: forward(built(Dense(2), (3,)), X.astype(int)), TypeError,
     'Dense "dense" expects an array of floats, received int64'),
    (lambda: forward(built(Dense(2), (3,)), X.tolist()), TypeError,
     'Dense "dense" expects an array of floats, received list'),
    (lambda: built(Dense(2), (3,)).backward(X), RuntimeError,
     'Dense "dense": backward needs forward first'),
    (lambda: backward(Dense(2), X, X), ValueError,
     'Dense "dense" backward expects (2, 2), received (2, 3)'),
    (lambda: backward(Dense(2), X, [1.0]), TypeError,
     'Dense "dense" backward expects an array of floats, received list'),
    (lambda: Dense(2)(3), TypeError,
     'Dense "dense" call expects an Input or another layer\'s call, received '
     "3"),
    (lambda: Dense(2)(), ValueError,
     'Dense "dense" expects one input, received 0 inputs'),
    (lambda: Dense(2)([Input((3,)), Input((3,))]), ValueError,
     'Dense "dense" expects one input, received 2 inputs'),
    (lambda: built(Dense(2, kernel_initializer=lambda *_: X), (3,)),
     ValueError,
     'Dense "dense" weight "kernel" expects an initializer that returns '
     'shape (3, 2), received (2, 3)'),
    (lambda: built(Dense(2), (3,)).set_weights([X]), ValueError,
     'Dense "dense" expects weights of shapes [(3, 2), (2,)], received '
     '[(2, 3)]'),
    (lambda: built(Dense(2), (3,)).set_weights(3), TypeError,
     'Dense "dense" expects a list of weights, received 3'),
    (lambda: built(Dense(2), (3,)).set_weights([np.ones((3, 2)), [np.nan, 1]]),
     ValueError,
     'Dense "dense" weights expects finite numbers, received nan at index '
     '(0,) of shape (2,)'),
    (lambda: built(Dense(2), (3,)).set_weights([np.ones((3, 2)), [1e300, 1]]),
     ValueError,
     'Dense "dense" weights expects finite numbers, received inf at index '
     '(0,) of shape (2,)'),
    (lambda: built(layers.Reshape((2, 2)), (3,)), ValueError,
     'Reshape "reshape" expects a target_shape of 3 elements for (3,), '
     "received (2, 2)"),
    (lambda: layers.Reshape((-1, 0)), ValueError,
     "Reshape target_shape expects a number above 0, below 2.14748e+09, "
     "received 0"),
    (lambda: layers.Reshape((-1, -1)), ValueError,
     "Reshape target_shape expects a number above 0, below 2.14748e+09, "
     "received -1"),
    (lambda: layers.Reshape("a"), TypeError,
     "Reshape target_shape expects a tuple, received 'a'"),
    (lambda: forward(built(layers.Embedding(3, 2), (2,)), np.array([[0, 3]])),
     ValueError,
     'Embedding "embedding" expects numbers from 0 to 2, received 0 to 3'),
    (lambda: forward(built(layers.Embedding(3, 2), (2,)), np.array([[-1, 0]])),
     ValueError,
     'Embedding "embedding" expects numbers from 0 to 2, received -1 to 0'),
    (lambda: forward(built(layers.Embedding(3, 2), (2,)), np.ones((1, 2))),
     TypeError,
     'Embedding "embedding" expects an array of whole numbers, received '
     'float64'),
    (lambda: built(layers.Add(), [(3,), (0,)]), ValueError,
     "Add input_shape expects a number above 0, below 2.14748e+09, "
     "received 0"),
    (lambda: forward(built(layers.Add(), [(3,), (3,)]), []), ValueError,
     'Add "add" expects (batch, 3) and (batch, 3), received '),
    (lambda: built(layers.Add(), (3,)), ValueError,
     'Add "add" expects several inputs of one shape, received (3,)'),
    (lambda: built(layers.Add(), [(3,), (4,)]), ValueError,
     'Add "add" expects several inputs of one shape, received [(3,), (4,)]'),
    (lambda: built(layers.Concatenate(), [(3, 2), (4, 2)]), ValueError,
     'Concatenate "concatenate" expects several inputs that differ in the '
     'last size only, received [(3, 2), (4, 2)]'),
    (lambda: forward(built(layers.Add(), [(3,), (3,)]), [X, X[:1]]),
     ValueError,
     'Add "add" expects (batch, 3) and (batch, 3), received (2, 3) and (1,'
     ' 3)'),
    (lambda: forward(built(layers.Add(), [(3,), (3,)]), X), ValueError,
     'Add "add" expects (batch, 3) and (batch, 3), received (2, 3)'),
    (lambda: built(layers.Conv2D(2, 3), (3, 3)), ValueError,
     'Conv2D "conv2d" expects (batch, height, width, channels), received '
     '(batch, 3, 3)'),
    (lambda: built(layers.Conv2D(2, 3), (2, 5, 1)), ValueError,
     'Conv2D "conv2d" expects an image of at least (3, 3), received (2, 5)'),
    (lambda: built(layers.Conv2D(2, 3), (5, 2, 1)), ValueError,
     'Conv2D "conv2d" expects an image of at least (3, 3), received (5, 2)'),
    (lambda: layers.Conv2D(2, 3, padding="full"), ValueError,
     "unknown Conv2D padding 'full'; known: same, valid"),
    (lambda: built(layers.MaxPooling2D(2), (1, 1, 1)), ValueError,
     'MaxPooling2D "max_pooling2d" expects an image of at least (2, 2), '
     'received (1, 1)'),
    (lambda: built(layers.GlobalAveragePooling2D(), (3, 3)), ValueError,
     'GlobalAveragePooling2D "global_average_pooling2d" expects (batch, '
     'height, width, channels), received (batch, 3, 3)'),
    (lambda: built(layers.UpSampling2D(2), (3, 3)), ValueError,
     'UpSampling2D "up_sampling2d" expects (batch, height, width, '
     'channels), received (batch, 3, 3)'),
    (lambda: built(layers.LSTM(2), (3,)), ValueError,
     'LSTM "lstm" expects (batch, time, features), or that and (batch, 4),'
     ' received (3,)'),
    (lambda: built(layers.MultiHeadAttention(2, 3), [(3, 2), (4,)]),
     ValueError,
     'MultiHeadAttention "multi_head_attention" expects query (batch, T, '
     "d), value and key (batch, S, d'), received ((3, 2), (4,), (4,))"),
    (lambda: built(layers.PositionalEmbedding(), (3,)), ValueError,
     'PositionalEmbedding "positional_embedding" expects (batch, time, '
     'features), received (batch, 3)'),
    (lambda: built(layers.Bidirectional(layers.LSTM(2)), (3,)), ValueError,
     'LSTM "lstm" expects (batch, time, features), or that and (batch, 4),'
     ' received (3,)'),
    (lambda: layers.Bidirectional(3), TypeError,
     "Bidirectional layer expects a recurrent layer, received 3"),
]


@pytest.mark.parametrize(
    "case",
    [
        *CHECKS,
        *NAMES_AND_ARGUMENTS,
        *HELPERS,
        *LOSSES,
        *METRICS,
        *LAYERS,
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
