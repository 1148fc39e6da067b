"""Sequential: one flat vector, the loop, and what the loop reports."""

import copy
import pickle
import re

import numpy as np
import pytest

from dlcore import Sequential, layers, losses, optimizers
from dlcore.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    LayerNormalization,
    MaxPooling2D,
    Reshape,
)


def every_layer(seed=0, dtype="float32"):
    """A model with every layer there is, for images of 8 x 8 x 1."""
    return Sequential(
        [
            Input((8, 8, 1)),
            Conv2D(4, 3, activation="relu", padding="same"),
            MaxPooling2D(2),
            BatchNormalization(momentum=0.9),
            Conv2D(3, 2, strides=(2, 1), use_bias=False),
            AveragePooling2D((1, 2), padding="same"),
            LayerNormalization(),
            Reshape((4, 3)),
            Dense(5, "leaky_relu"),
            Activation("elu"),
            Dense(5, "silu"),
            Dropout(0.2),
            Reshape((2, 2, 5)),
            MaxPooling2D(2, strides=1, padding="same"),
            GlobalAveragePooling2D(),
            Flatten(),
            Dense(4, "tanh"),
            Dense(4, "sigmoid"),
            Dense(4, "softplus"),
            Dense(3, "softmax"),
        ],
        seed=seed,
        dtype=dtype,
    )


def words(seed=0, dtype="float32"):
    """A model over whole numbers."""
    return Sequential(
        [Embedding(9, 4, input_shape=(6,)), Flatten(), Dense(3, "softmax")],
        seed=seed,
        dtype=dtype,
    )


RNG = np.random.default_rng(5)
IMAGES = RNG.normal(size=(12, 8, 8, 1))
TEXTS = RNG.integers(0, 9, (12, 6))
CLASSES = RNG.integers(0, 3, 12)
BOTH = [(every_layer, IMAGES), (words, TEXTS)]


def arrays_of(value, path, seen):
    """Every array that can be reached from an object, with its path."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, np.ndarray | np.generic):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from arrays_of(item, f"{path}.{key}", seen)
    elif isinstance(value, list | tuple | set):
        for i, item in enumerate(value):
            yield from arrays_of(item, f"{path}[{i}]", seen)
    elif hasattr(value, "__dict__") and type(value).__module__.startswith(
        "dlcore"
    ):
        yield from arrays_of(vars(value), path, seen)


def watched(model, seen):
    """Note the dtype of what goes into and comes out of every layer."""

    def wrap(layer, name):
        method = getattr(layer, name)

        def call(array, *rest):
            result = method(array, *rest)
            seen.append((f"{layer.name}.{name}", array, result))
            return result

        setattr(layer, name, call)

    for layer in model.layers:
        wrap(layer, "forward")
        wrap(layer, "backward")


LOSSES = [
    ("sparse_categorical_crossentropy", CLASSES),
    ("categorical_crossentropy", np.eye(3)[CLASSES]),
    ("binary_crossentropy", np.eye(3)[CLASSES]),
    ("mse", np.eye(3)[CLASSES]),
    ("mae", np.eye(3)[CLASSES]),
    (losses.Huber(0.7), np.eye(3)[CLASSES]),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
@pytest.mark.parametrize(("make", "x"), BOTH)
@pytest.mark.parametrize(("loss", "y"), LOSSES, ids=lambda v: str(v)[:10])
def test_a_training_holds_one_type_of_float(
    make, x, loss, y, optimizer, dtype
):
    """No float64 array in a float32 step, whatever the data came as."""
    model, seen = make(dtype=dtype), []
    model.compile(optimizer, loss)
    watched(model, seen)
    model.fit(x, y, batch_size=5, verbose=0, validation_data=(x, y))
    model.train_on_batch(x, y)
    kinds = {
        path: array.dtype
        for path, array in arrays_of(
            [vars(model), [vars(la) for la in model.layers], seen], "", set()
        )
        if array.dtype.kind == "f"
    }
    assert len(kinds) > 20
    wrong = {path: d for path, d in kinds.items() if d != dtype}
    assert not wrong
    assert model.predict(x).dtype == dtype
    if dtype == "float32":
        assert not isinstance(model.train_on_batch(x, y), np.generic)


def assert_views(model):
    for layer in model.layers:
        for name in layer.trainable_weights:
            assert np.shares_memory(getattr(layer, name), model.vector)
            assert np.shares_memory(getattr(layer, "d" + name), model.gradient)
            assert not np.shares_memory(
                getattr(layer, name), getattr(layer, "d" + name)
            )


def vector_of(model):
    """The trained weights in order, gathered layer by layer."""
    return np.concatenate(
        [
            getattr(layer, name).ravel()
            for layer in model.layers
            for name in layer.trainable_weights
        ]
    )


@pytest.mark.parametrize(("make", "x"), BOTH)
def test_weights_and_gradients_stay_views(make, x, tmp_path):
    model = make()
    model.compile("adam", "sparse_categorical_crossentropy")
    assert_views(model)
    model.fit(x, CLASSES, batch_size=5, verbose=0)
    assert_views(model)
    model.set_weights([w + 1 for w in model.get_weights()])
    assert_views(model)
    np.testing.assert_array_equal(vector_of(model), model.vector)
    model.save(tmp_path / "m.npz")
    from dlcore import load_model

    loaded = load_model(tmp_path / "m.npz")
    assert_views(loaded)
    np.testing.assert_array_equal(loaded.vector, model.vector)
    loaded.fit(x, CLASSES, verbose=0)
    assert_views(loaded)
    loaded.add(Dense(2))
    assert_views(loaded)
    np.testing.assert_array_equal(vector_of(loaded), loaded.vector)
    assert model.gradient.any()


def test_the_same_seed_gives_the_same_bytes():
    runs = []
    for seed in (1, 1, 2, None, None):
        model = every_layer(seed)
        model.compile("adam", "sparse_categorical_crossentropy")
        start = model.vector.copy()
        model.fit(IMAGES, CLASSES, epochs=2, batch_size=5, verbose=0)
        runs.append((start, model.vector, model.history.history["loss"]))
    for a, b in zip(runs[0], runs[1]):
        np.testing.assert_array_equal(a, b)
    for other in (2, 3, 4):
        assert (runs[other][0] != runs[0][0]).any()
    assert (runs[3][0] != runs[4][0]).any()
    assert Sequential().seed == 0


def test_a_layer_more_does_not_change_the_weights_of_the_others():
    def stack(*more):
        return Sequential([Dense(4, input_shape=(3,)), Dense(5), *more])

    plain, larger = stack(), stack(Dense(6), Dropout(0.5), Dense(7))
    for a, b in zip(plain.get_weights(), larger.get_weights()):
        np.testing.assert_array_equal(a, b)
    assert (larger.layers[2].kernel[:4, :5] != plain.layers[1].kernel).all()


def test_add_keeps_the_weights_and_draws_as_the_constructor_does():
    whole = Sequential([Dense(4, input_shape=(3,)), Dense(5), Dense(2)])
    model = Sequential()
    model.add(Dense(4, input_shape=(3,)))
    model.layers[0].kernel[...] = 7
    model.add(Dense(5))
    model.add(Dense(2))
    assert (model.layers[0].kernel == 7).all()
    for a, b in zip(model.get_weights()[2:], whole.get_weights()[2:]):
        np.testing.assert_array_equal(a, b)
    assert model.output_shape == (2,)
    assert [layer.needs_dx for layer in model.layers] == [False, True, True]


def test_add_after_compile_moves_the_fused_activation():
    model = Sequential([Dense(3, "softmax", input_shape=(2,))])
    model.compile("sgd", "categorical_crossentropy")
    model.add(Dense(3, "softmax"))
    x = np.array([[1.0, 2.0]], np.float32)
    first, second = model.layers
    hidden = np.exp(x @ first.kernel)
    hidden /= hidden.sum()
    z = np.exp(hidden @ second.kernel)
    np.testing.assert_allclose(model.predict(x), z / z.sum(), rtol=1e-5)


def test_a_model_learns_its_shape_from_the_data():
    model = Sequential([Dense(3), Dense(2)])
    assert not model.built
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 5)), np.ones((4, 2)), verbose=0)
    assert model.input_shape == (5,) and model.count_params() == 26


def test_numbers_of_the_reference_models():
    mlp = Sequential(
        [Dense(64, "relu", input_shape=(784,)), Dense(32), Dense(10)]
    )
    assert mlp.count_params() == mlp.vector.size == 52_650
    cnn = Sequential(
        [
            Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
            MaxPooling2D((2, 2)),
            Flatten(),
            Dense(128, "relu"),
            Dense(10, "softmax"),
        ]
    )
    assert cnn.count_params() == 693_962


@pytest.mark.parametrize(
    ("last", "loss", "y"),
    [
        (
            lambda: [Dense(3, "softmax")],
            losses.CategoricalCrossentropy(),
            np.eye(3)[CLASSES],
        ),
        (
            lambda: [Dense(3, "softmax")],
            losses.SparseCategoricalCrossentropy(),
            CLASSES,
        ),
        (
            lambda: [Dense(3, "relu"), Activation("softmax")],
            losses.SparseCategoricalCrossentropy(),
            CLASSES,
        ),
        (
            lambda: [Dense(3, "sigmoid")],
            losses.BinaryCrossentropy(),
            np.eye(3)[CLASSES],
        ),
    ],
)
def test_the_fused_path_equals_the_plain_one(last, loss, y):
    """compile joins the last activation with the loss; results agree."""

    def make():
        return Sequential(
            [Dense(4, "tanh", input_shape=(64,)), *last()], dtype="float64"
        )

    x = IMAGES.reshape(12, 64)
    plain, fused = make(), make()
    fused.compile("sgd", loss)
    assert fused.layers[-1].applied.name == "linear"
    value = loss(y, plain.forward(x, training=True))
    plain.backward(loss.backward())
    assert fused.train_on_batch(x, y) == pytest.approx(value)
    np.testing.assert_allclose(
        fused.gradient, plain.gradient, rtol=1e-6, atol=1e-12
    )
    # forward and backward show the whole model, fused or not
    fused.set_weights(plain.get_weights())
    np.testing.assert_allclose(fused.forward(x), plain.forward(x))
    np.testing.assert_allclose(fused.predict(x), plain.forward(x))
    fused.gradient[...] = 0
    loss(y, fused.forward(x, training=True))
    fused.backward(loss.backward())
    np.testing.assert_allclose(fused.gradient, plain.gradient, atol=1e-12)
    fused.compile("sgd", "mse")  # and back again
    assert fused.layers[-1].applied is fused.layers[-1].activation
    np.testing.assert_allclose(fused.forward(x), plain.forward(x))


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("softmax", "mse"),
        ("sigmoid", "categorical_crossentropy"),
        ("softmax", "binary_crossentropy"),
        ("linear", losses.CategoricalCrossentropy(from_logits=True)),
        ("softmax", losses.CategoricalCrossentropy(from_logits=True)),
    ],
)
def test_what_does_not_belong_together_is_not_fused(activation, loss):
    model = Sequential([Dense(3, activation, input_shape=(2,))])
    model.compile("sgd", loss)
    assert model.layers[0].applied is model.layers[0].activation
    assert model.layers[0].applied.name == activation


def linear_model(**settings):
    model = Sequential([Dense(1, input_shape=(1,))], **settings)
    model.set_weights([[[2.0]], [1.0]])
    model.compile(optimizers.SGD(0.1), "mse")
    return model


def test_one_step_by_hand():
    """y = 2 x + 1 at x = 1, 3 is 3, 7; targets 1, 8: errors 2, -1.

    Loss (4 + 1) / 2; slopes mean(2 e x) = 2 - 3 = -1, mean(2 e) = 1.
    """
    model = linear_model()
    x, y = np.array([[1], [3]]), np.array([1, 8])
    assert model.train_on_batch(x, y) == 2.5
    np.testing.assert_allclose(model.gradient, [-1, 1])
    np.testing.assert_allclose(model.vector, [2.1, 0.9])


def test_an_epoch_without_shuffle_is_the_batches_in_order():
    """Two batches of one: 2, 1 -> error 2, slopes 4, 4 -> 1.6, 0.6;

    then y = 1.6 * 3 + 0.6 = 5.4, error -2.6, slopes -15.6, -5.2. The loss
    that is reported is the mean of 4 and 6.76.
    """
    model = linear_model()
    x, y = np.array([[1], [3]]), np.array([1, 8])
    history = model.fit(x, y, batch_size=1, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.vector, [3.16, 1.12], rtol=1e-6)
    assert history.history["loss"] == pytest.approx([5.38], rel=1e-6)


def test_shuffling_sees_every_sample_once_in_new_orders():
    seen = []

    class Noting(layers.Layer):
        def forward(self, x, training=False):
            if training:
                seen.append(x[:, 0].copy())
            return x

        def backward(self, dy):
            return dy

    x = np.arange(10.0)[:, None]
    for shuffle in (True, False):
        seen.clear()
        model = Sequential([Noting(), Dense(1)])
        model.compile(optimizers.SGD(1e-4), "mse")
        model.fit(x, x, epochs=2, batch_size=4, verbose=0, shuffle=shuffle)
        assert [len(batch) for batch in seen] == [4, 4, 2] * 2
        first, second = np.concatenate(seen).reshape(2, 10)
        for epoch in (first, second):
            np.testing.assert_array_equal(np.sort(epoch), np.arange(10))
        assert (first != second).any() == shuffle
        assert (first != np.arange(10)).any() == shuffle


def test_labels_stay_with_their_samples_when_shuffled():
    x = np.random.default_rng(0).normal(size=(50, 1))
    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile(optimizers.SGD(0.1), "mse")
    model.fit(x, 3 * x - 1, epochs=50, batch_size=7, verbose=0)
    np.testing.assert_allclose(model.vector, [3, -1], atol=1e-3)


def test_results_by_epoch():
    model = every_layer()
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(
        IMAGES, CLASSES, epochs=3, validation_data=(IMAGES, CLASSES), verbose=0
    )
    assert list(history.history) == [
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
    ]
    assert history.epoch == [0, 1, 2]
    assert history is model.history
    for values in history.history.values():
        assert len(values) == 3
        assert all(type(value) is float for value in values)
    # what evaluate says now is what the last epoch reported
    loss, accuracy = model.evaluate(IMAGES, CLASSES, verbose=0)
    assert loss == history.history["val_loss"][-1]
    assert accuracy == history.history["val_accuracy"][-1]
    again = model.fit(IMAGES, CLASSES, verbose=0)
    assert again.epoch == [0] and history.epoch == [0, 1, 2]
    more = model.fit(IMAGES, CLASSES, epochs=3, initial_epoch=1, verbose=0)
    assert more.epoch == [0, 1, 2]


def test_evaluate_and_predict_do_not_train_or_drop():
    model = every_layer()
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    before = model.get_weights()
    results = [
        model.evaluate(IMAGES, CLASSES, batch_size=size, verbose=0)
        for size in (1, 5, 32)
    ]
    np.testing.assert_allclose(results, results[:1] * 3, rtol=1e-5)
    whole = model.predict(IMAGES)
    assert whole.shape == (12, 3)
    np.testing.assert_allclose(whole.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(
        model.predict(IMAGES, batch_size=5), whole, rtol=1e-5
    )
    np.testing.assert_allclose(
        model.forward(IMAGES.astype(np.float32)), whole, rtol=1e-5
    )
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)
    as_dict = model.evaluate(IMAGES, CLASSES, verbose=0, return_dict=True)
    assert list(as_dict.values()) == results[-1]


def test_evaluate_without_metrics_is_one_number():
    loss = linear_model().evaluate([[1], [3]], [[1], [8]], verbose=0)
    assert loss == 2.5


def test_evaluate_prints_its_results(capsys):
    linear_model().evaluate([[1], [3]], [[1], [8]])
    assert capsys.readouterr().out == "loss: 2.5000\n"


def test_a_metric_of_ones_own():
    def worst(y_true, y_pred):
        return np.abs(y_true - y_pred).max()

    model = linear_model()
    model.compile("sgd", "mse", metrics=[worst, "mae"])
    results = model.evaluate([[1], [3]], [[1], [8]], verbose=0)
    assert results == [2.5, 2.0, 1.5]
    history = model.fit([[1], [3]], [[1], [8]], verbose=0).history
    assert list(history) == ["loss", "worst", "mae"]


def test_what_fit_prints(capsys):
    x, y = np.ones((5, 1)), np.ones((5, 1))
    linear_model().fit(x, y, epochs=2, batch_size=2, verbose=2)
    line = r"3/3 - \d+s \d+\.\dms/step - loss: \d+\.\d{4}\n"
    out = capsys.readouterr().out
    assert re.fullmatch(f"Epoch 1/2\n{line}Epoch 2/2\n{line}", out)
    linear_model().fit(x, y, batch_size=2, verbose=1)
    bar = r"\r3/3 ━{20} \d+s \d+\.\dms/step - loss: \d+\.\d{4}\n"
    assert re.fullmatch(f"Epoch 1/1\n{bar}", capsys.readouterr().out)
    linear_model().fit(x, y, verbose=0)
    assert capsys.readouterr().out == ""


def test_the_bar_is_drawn_within_an_epoch(capsys, monkeypatch):
    """With a clock that jumps, each step is drawn with the loss so far."""
    from dlcore import progress

    ticks = iter(range(1000))
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(ticks))
    model = linear_model()
    model.fit([[1], [3]], [[1], [8]], batch_size=1, shuffle=False)
    out = capsys.readouterr().out
    losses = re.findall(r"(\d)/2 .*?loss: (\d\.\d{4})", out)
    assert losses[0] == ("1", "4.0000")
    assert losses[-1] == ("2", "5.3800")


def test_summary():
    lines = []
    Sequential(
        [Dense(64, "relu", input_shape=(784,)), Dropout(0.5), Dense(10)]
    ).summary(lines.append)
    assert lines == [
        "Layer (type)       Output shape  Param #",
        "----------------------------------------",
        "dense (Dense)      (None, 64)     50,240",
        "dropout (Dropout)  (None, 64)          0",
        "dense_1 (Dense)    (None, 10)        650",
        "Total params: 50,890",
        "Trainable params: 50,890",
    ]
    lines.clear()
    Sequential([BatchNormalization(input_shape=(3,))]).summary(lines.append)
    assert lines[-2:] == ["Total params: 12", "Trainable params: 6"]


def test_layers_of_one_kind_are_numbered():
    model = Sequential(
        [Dense(1, name="first"), Dense(1), Dense(1), Dense(1, name="first")]
    )
    assert [layer.name for layer in model.layers] == [
        "first",
        "dense",
        "dense_1",
        "first_1",
    ]


def test_input_before_an_embedding_leaves_whole_numbers_alone():
    model = Sequential([Input((6,)), Embedding(9, 4), Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(TEXTS, CLASSES, verbose=0)
    assert model.predict(TEXTS).shape == (12, 1)


def test_batches_of_normalised_layers_need_no_first_dx():
    """Layers before the first weights are skipped on the way back."""
    model = every_layer()
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert [layer.needs_dx for layer in model.layers[:3]] == [
        False,
        False,
        True,
    ]
    x = IMAGES.astype(np.float32)
    y = model.forward(x, training=True)
    assert model.backward(np.ones_like(y)) is None
    plain = Sequential([Flatten(input_shape=(2, 2)), Activation("relu")])
    x = np.array([[[1, -1], [2, -2]]], np.float32)
    assert plain.backward(plain.forward(x)).tolist() == [[[1, 0], [2, 0]]]


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_diverging_training_says_where(epochs):
    """The third step is the first whose input is huge."""
    x = np.ones((5, 1), np.float32)
    x[3:] = 1e30
    model = linear_model()
    with pytest.raises(FloatingPointError) as error:
        model.fit(
            x,
            np.ones(5),
            epochs=epochs,
            batch_size=2,
            shuffle=False,
            verbose=0,
        )
    assert "step 2 of epoch 1" in str(error.value)
    assert "learning rate 0.1" in str(error.value)


def test_a_diverging_training_of_sequences_says_where():
    x = np.ones((6, 3, 1))
    x[4, 1] = 1e30
    model = Sequential([Dense(1, input_shape=(3, 1))])
    model.compile(optimizers.SGD(0.01), "mse")
    with pytest.raises(FloatingPointError, match="step 3 of epoch 1"):
        model.fit(
            x, np.ones((6, 3, 1)), batch_size=2, shuffle=False, verbose=0
        )


def test_outputs_that_turn_into_nan_stop_the_epoch_at_once():
    model = linear_model()
    steps = []
    model.optimizer.step = lambda rate, w, dw: (
        steps.append(1),
        w.fill(np.nan) if len(steps) == 3 else None,
    )
    with pytest.raises(FloatingPointError, match="step 4 of epoch 1"):
        model.fit(
            np.ones((20, 1)), np.ones(20), epochs=1, batch_size=2, verbose=0
        )
    assert len(steps) == 4


def test_a_rate_far_too_high_diverges_with_an_error():
    model = linear_model()
    model.compile(optimizers.SGD(50.0), "mse")
    x = np.linspace(-2, 2, 64)[:, None]
    with pytest.raises(FloatingPointError, match="learning rate is too high"):
        model.fit(x, x, epochs=20, verbose=0)


SOURCE_MLP = """
from dlcore import Sequential
from dlcore.layers import Dense

# 创建神经网络模型
model = Sequential([
    Dense(64, activation='relu', input_shape=(input_dim,)),
    Dense(32, activation='relu'),
    Dense(output_dim, activation='softmax')
])

# 编译模型
model.compile(optimizer='adam', loss='categorical_crossentropy', \
metrics=['accuracy'])

# 训练模型
model.fit(X_train, y_train, epochs=10, batch_size=32)

# 评估模型
loss, accuracy = model.evaluate(X_test, y_test)
print(f"Loss: {loss}, Accuracy: {accuracy}")
"""

SOURCE_CNN = """
from dlcore import Sequential
from dlcore.layers import Dense, Flatten, Conv2D, MaxPooling2D

# 构建神经网络
model = Sequential([
    Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)),
    MaxPooling2D((2, 2)),
    Flatten(),
    Dense(128, activation='relu'),
    Dense(10, activation='softmax')
])

# 编译模型
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', \
metrics=['accuracy'])

# 训练模型
model.fit(train_images, train_labels, epochs=5, validation_data=(test_images, \
test_labels))

# 评估模型
test_loss, test_acc = model.evaluate(test_images, test_labels)
print('Test accuracy:', test_acc)
"""


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
}


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_learns_as_the_original_does(make):
    """Its weights are views into a vector of its own."""
    model = every_layer()
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).normal(size=(24, 8, 8, 1))
    y = np.arange(24) % 3
    model.fit(x, y, epochs=1, verbose=0)
    twin = make(model)
    np.testing.assert_array_equal(twin.gradient, model.gradient)
    before = model.get_weights()
    twin.fit(x, y, epochs=2, initial_epoch=1, verbose=0)
    for weight, old in zip(model.get_weights(), before):
        np.testing.assert_array_equal(weight, old)
    model.fit(x, y, epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_array_equal(twin.vector, model.vector)
    for weight, other in zip(twin.get_weights(), model.get_weights()):
        np.testing.assert_array_equal(weight, other)
    changed = [np.any(w != old) for w, old in zip(before, twin.get_weights())]
    assert all(changed)


def test_a_shallow_copy_leaves_the_original_whole():
    model = every_layer()
    vector = model.vector
    assert copy.copy(model).vector is model.vector is vector
    for layer in model.layers:
        for name in layer.trainable_weights:
            assert np.shares_memory(getattr(layer, name), vector)


def test_a_model_without_shape_can_be_copied():
    model = copy.deepcopy(Sequential([Dense(2)]))
    assert model.predict(np.ones((1, 3))).shape == (1, 2)


@pytest.fixture(scope="module")
def digits():
    from dlcore.datasets import mnist_5k

    (x, y), (x_test, y_test) = mnist_5k()
    return x[:320] / 255, y[:320], x_test[:100] / 255, y_test[:100]


def test_the_first_program_of_the_source(digits, capsys):
    x, y, x_test, y_test = digits
    names = {
        "input_dim": 784,
        "output_dim": 10,
        "X_train": x.reshape(-1, 784),
        "y_train": np.eye(10)[y],
        "X_test": x_test.reshape(-1, 784),
        "y_test": np.eye(10)[y_test],
    }
    exec(SOURCE_MLP, names)
    assert names["accuracy"] > 0.6
    history = names["model"].history.history
    assert len(history["loss"]) == len(history["accuracy"]) == 10
    assert capsys.readouterr().out.endswith(
        f"Loss: {names['loss']}, Accuracy: {names['accuracy']}\n"
    )


def test_the_second_program_of_the_source(digits):
    x, y, x_test, y_test = digits
    names = {
        "train_images": x.reshape(-1, 28, 28, 1),
        "train_labels": y,
        "test_images": x_test.reshape(-1, 28, 28, 1),
        "test_labels": y_test,
    }
    exec(SOURCE_CNN, names)
    assert names["test_acc"] > 0.6
    history = names["model"].history.history
    assert history["val_accuracy"][-1] == names["test_acc"]
    assert len(history["val_loss"]) == 5
