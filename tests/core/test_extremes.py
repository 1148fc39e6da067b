"""The edges of what is allowed: large logits, few samples, odd arrays."""

import numpy as np
import pytest
from drawn import LAYERS, LOSSES

from dlcore import (
    Model,
    Sequential,
    activations,
    layers,
    losses,
    optimizers,
)
from dlcore.configured import described
from dlcore.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    LayerNormalization,
    MaxPooling2D,
)
from dlcore.schedules import ExponentialDecay

RNG = np.random.default_rng(0)
X = RNG.normal(size=(8, 4)).astype(np.float32)
CLASSES = np.array([0, 1, 2, 0, 1, 2, 0, 1])


# --- logits of ±10,000 ----------------------------------------------------

HUGE = np.array([[1e4, -1e4], [-1e4, 1e4], [1e4, 1e4]], np.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(
    ("loss", "y", "expected"),
    [
        # A right one costs nothing, a wrong one the distance, a tie log 2.
        (losses.BinaryCrossentropy(True), [[1, 0], [1, 0], [1, 1]], 1e4 / 3),
        (
            losses.CategoricalCrossentropy(True),
            [[1, 0], [1, 0], [1, 0]],
            (2e4 + np.log(2)) / 3,
        ),
        (
            losses.SparseCategoricalCrossentropy(True),
            [0, 0, 0],
            (2e4 + np.log(2)) / 3,
        ),
    ],
)
def test_losses_of_huge_logits(loss, y, expected, dtype):
    z = HUGE.astype(dtype)
    assert loss(y, z) == pytest.approx(expected, rel=1e-3)
    gradient = loss.backward()
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() <= 1


def test_gradients_of_huge_logits():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    loss([0, 0, 0], HUGE)
    assert np.allclose(loss.backward() * 3, [[0, 0], [-1, 1], [-0.5, 0.5]])
    loss = losses.BinaryCrossentropy(from_logits=True)
    loss([[1, 0], [1, 0], [1, 1]], HUGE)
    assert np.allclose(loss.backward() * 6, [[0, 0], [-1, 1], [0, 0]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linear", [-1e4, 1e4]), ("relu", [0, 1e4]), ("elu", [-1, 1e4]),
        ("leaky_relu", [-2e3, 1e4]), ("sigmoid", [0, 1]), ("tanh", [-1, 1]),
        ("softplus", [0, 1e4]), ("softmax", [0, 1]), ("silu", [0, 1e4]),
        ("gelu", [0, 1e4]),
    ],
)  # fmt: skip
def test_activations_of_huge_logits(name, expected):
    z = np.array([[-1e4, 1e4]], np.float32)
    y = activations.get(name).function(z)
    assert np.allclose(y, [expected], rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "activation", "y"),
    [
        ("sparse_categorical_crossentropy", "softmax", CLASSES),
        ("categorical_crossentropy", "softmax", np.eye(3)[CLASSES]),
        ("binary_crossentropy", "sigmoid", np.eye(3)[CLASSES]),
        ("kl_divergence", "softmax", np.eye(3)[CLASSES]),
    ],
)
def test_a_model_of_huge_logits(loss, activation, y):
    """The last layer starts with outputs of ±10,000, and learns on."""
    model = Sequential([Dense(3, activation, input_shape=(4,))])
    model.compile("adam", loss, metrics=["accuracy"])
    model.set_weights([np.eye(4, 3) * 1e4, np.zeros(3)])
    history = model.fit(X, y, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert np.isfinite(model.evaluate(X, y, verbose=0)).all()
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("p", [0.0, 1.0])
def test_losses_of_certain_probabilities(name, p):
    """p = 0 and 1 are clipped: wrong and sure costs much, but not inf."""
    z = np.array([[p, 1 - p], [1 - p, p]], np.float32)
    y = [1, 0] if name.startswith("Sparse") else [[0, 1], [1, 0]]
    loss = LOSSES[name]()
    assert np.isfinite(loss(y, z))
    assert np.isfinite(loss.backward()).all()


# --- empty batches, one sample, one class, constant features --------------


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_losses_of_nothing(name):
    with pytest.raises(ValueError, match="one sample or more"):
        LOSSES[name]()(np.zeros((0, 3)), np.zeros((0, 3)))


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
def test_models_of_nothing(call):
    model = Sequential([Dense(3, input_shape=(4,))])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="at least one sample"):
        getattr(model, call)(X[:0], X[:0, :3])
    with pytest.raises(ValueError, match="at least one sample"):
        model.predict(X[:0])


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("k", [1, 3])
def test_models_of_one_sample_and_one_class(n, k):
    """BatchNormalization of one sample: its variance is 0."""
    model = Sequential(
        [
            Dense(5, "relu", input_shape=(4,)),
            BatchNormalization(),
            Dense(k, "softmax" if k > 1 else "sigmoid"),
        ]
    )
    loss = "sparse_categorical" if k > 1 else "binary"
    model.compile("adam", f"{loss}_crossentropy", metrics=["accuracy"])
    x, y = X[:n], np.zeros(n, int)
    history = model.fit(x, y, epochs=3, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert model.predict(x).shape == (n, k)
    assert model.evaluate(x, y, verbose=0)[1] in (0, 0.5, 1)


@pytest.mark.parametrize("value", [0.0, 1.0, -7.5, 1e4, 1e-30])
@pytest.mark.parametrize("kind", [BatchNormalization, LayerNormalization])
def test_constant_features(kind, value):
    layer = kind(input_shape=(3,))
    layer.build((3,), RNG)
    x = np.full((4, 3), value, np.float32)
    y = layer.forward(x, training=True)
    assert np.abs(y).max() < 1e-2  # no variance: nothing is left
    dx = layer.backward(np.ones_like(y))
    assert np.isfinite(dx).all()
    assert all(np.isfinite(weight).all() for weight in layer.get_weights())


def test_constant_images():
    model = Sequential(
        [
            Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)),
            MaxPooling2D(), BatchNormalization(), Flatten(),
            Dense(2, "softmax"),
        ]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.ones((4, 6, 6, 1))
    history = model.fit(x, [0, 1, 0, 1], epochs=3, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert np.ptp(model.predict(x), axis=0).max() == 0


# --- labels and inputs in every guise -------------------------------------


def classifier(loss="sparse_categorical_crossentropy"):
    model = Sequential([Dense(3, "softmax", input_shape=(4,))])
    model.compile("sgd", loss, metrics=["accuracy"])
    return model


def outcome(x, y, loss="sparse_categorical_crossentropy"):
    model = classifier(loss)
    history = model.fit(x, y, epochs=2, batch_size=3, verbose=0).history
    return history, model.evaluate(x, y, verbose=0), model.predict(x)


def same(one, other):
    assert one[:2] == other[:2]
    assert one[2].tobytes() == other[2].tobytes()


@pytest.mark.parametrize(
    "y",
    [
        CLASSES.astype(kind)
        for kind in ("f2", "f4", "f8", ">f8", "i1", "u1", "i8", "u8", ">i4")
    ]
    + [CLASSES.tolist(), tuple(CLASSES), CLASSES[:, None], CLASSES * 1.0],
    ids=lambda y: str(getattr(y, "dtype", type(y).__name__)),
)
def test_class_numbers_in_every_type(y):
    same(outcome(X, y), outcome(X, CLASSES))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "i8", "u1", "?"])
def test_one_hot_rows_in_every_type(kind):
    rows, loss = np.eye(3)[CLASSES], "categorical_crossentropy"
    same(outcome(X, rows.astype(kind), loss), outcome(X, rows, loss))


@pytest.mark.parametrize("kind", ["f2", "f8", "i8", "u1", "?"])
def test_yes_and_no_in_every_type(kind):
    results = []
    for y in (CLASSES > 0, (CLASSES > 0).astype(kind)):
        model = Sequential([Dense(1, "sigmoid", input_shape=(4,))])
        model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        results.append(model.fit(X, y, epochs=2, verbose=0).history)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "y",
    [
        list("abcabcab"), CLASSES.astype(str), CLASSES.astype(object),
        CLASSES.astype(complex), [None] * 8, [[0], [1, 2]] * 4,
        CLASSES.astype("M8[D]"), CLASSES.astype("S1"), {0: 1}, None, 3,
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
def test_labels_that_are_no_numbers(y, call):
    model = classifier()
    kept = model.get_weights()
    with pytest.raises((TypeError, ValueError), match="model.* expects"):
        getattr(model, call)(X, y)
    assert all(map(np.array_equal, model.get_weights(), kept))


def guises(x):
    spread = np.zeros((16, 8), x.dtype)[::2, ::2]
    spread[...] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    return {
        "non-contiguous": spread, "read-only": frozen,
        "columns first": np.asfortranarray(x), "backwards": x[::-1][::-1],
        "a list": x.tolist(), "float64": x.astype(np.float64),
        "big-endian": x.astype(">f4"), "broadcast": x + np.zeros((1, 4), "f4"),
    }  # fmt: skip


@pytest.mark.parametrize("guise", sorted(guises(X)))
def test_inputs_in_every_guise(guise):
    x = guises(X)[guise]
    kept = np.array(x)
    frozen = CLASSES.copy()
    frozen.flags.writeable = False
    same(outcome(x, frozen), outcome(X, CLASSES))
    assert np.array_equal(x, kept)


@pytest.mark.parametrize("kind", ["f2", "i8", "u1", "?"])
def test_inputs_of_other_types_are_cast_once(kind):
    x = (X * 3).astype(kind)
    same(outcome(x, CLASSES), outcome(x.astype(np.float32), CLASSES))


@pytest.mark.parametrize("bad", [X.astype(object), X.astype(str), X + 0j])
@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_inputs_that_are_no_numbers(bad, call):
    model = classifier()
    arguments = (bad,) if call == "predict" else (bad, CLASSES)
    with pytest.raises(TypeError, match="input expects numbers, received dt"):
        getattr(model, call)(*arguments)


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_losses_take_every_float(name, kind):
    p = activations.softmax(X[:, :3].astype(np.float64))
    y = CLASSES if name.startswith("Sparse") else np.eye(3)[CLASSES]
    loss = LOSSES[name]()
    expected = loss(y, p)
    assert loss(y.astype(kind), p.astype(kind)) == pytest.approx(
        expected, rel=1e-2
    )
    assert loss.backward().dtype == ("f8" if kind == "f8" else "f4")


# --- what the random tests found ------------------------------------------


def test_empty_batch_by_hand():
    for name in ("Dense", "Flatten", "Conv2D", "MaxPooling2D"):
        arguments = {"Dense": (2,), "Conv2D": (2, 2)}.get(name, ())
        layer = LAYERS[name](*arguments)
        layer.build((4, 4, 2), RNG)
        y = layer.forward(np.zeros((0, 4, 4, 2), np.float32))
        assert y.shape == (0, *layer.output_shape)
        assert layer.backward(y).shape == (0, 4, 4, 2)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
@pytest.mark.parametrize("state", [True, False])
def test_empty_batch_in_time(name, state):
    layer = LAYERS[name](2, return_state=state)
    first = (layer.units * layer.states,)
    layer.build([(4, 3), first], RNG)
    x = [np.zeros((0, *shape), np.float32) for shape in ((4, 3), first)]
    y = layer.forward(x)
    assert y.shape == (0, *layer.output_shape)
    assert [dx.shape for dx in layer.backward(y)] == [a.shape for a in x]
    assert not layer.dkernel.any()


def test_backward_wants_the_batch_of_forward():
    layer = Dense(2)
    layer.build((3,), RNG)
    layer.forward(np.ones((4, 3), np.float32))
    with pytest.raises(ValueError, match=r"expects \(4, 2\), rec.*\(1, 2\)"):
        layer.backward(np.ones((1, 2), np.float32))
    with pytest.raises(TypeError, match="array of floats, received list"):
        layer.backward([[1.0, 1.0]] * 4)


def test_whole_numbers_do_not_pass_for_floats_in_a_layer():
    layer = layers.Dropout(0.3)  # the scale 1 / 0.7 would be cut to 1
    layer.build((3,), RNG)
    with pytest.raises(TypeError, match="array of floats, received int64"):
        layer.forward(np.ones((4, 3), int), training=True)


def test_an_index_out_of_range_in_the_last_batch_changes_nothing():
    model = Sequential([layers.Embedding(5, 2), Flatten(), Dense(1)])
    x = np.array([[1, 2], [3, 4], [0, 5]])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="numbers from 0 to 4, received 0 to"):
        model.fit(x, np.ones(3), batch_size=1, shuffle=False, verbose=0)
    assert not model.built
    model.fit(x - 1 + (x == 0), np.ones(3), verbose=0)


def test_a_metric_refuses_labels_before_the_training():
    model = Sequential([Dense(1, input_shape=(4,))])
    model.compile("sgd", "mse", metrics=["auc"])
    kept = model.get_weights()
    with pytest.raises(ValueError, match="auc expects"):
        model.fit(X, X[:, 0], verbose=0)
    with pytest.raises(ValueError, match="auc expects"):
        model.fit(
            X, CLASSES > 0, validation_data=(X, np.ones(8)), verbose=0
        )
    assert all(map(np.array_equal, model.get_weights(), kept))


def test_failed_data_leave_a_model_without_shape():
    model = Sequential([Dense(3, "relu"), Dense(2)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="y_true of shape"):
        model.fit(X, X, verbose=0)
    assert not model.built
    assert model.get_weights() == []
    model.fit(X[:, :3], X[:, :2], verbose=0)
    assert model.input_shape == (3,)


def test_a_layer_refused_does_not_shift_the_next_ones_weights():
    one, other = (Sequential([Dense(3, input_shape=(4,))]) for _ in range(2))
    with pytest.raises(ValueError, match="height"):
        one.add(Conv2D(2, 3))
    for model in (one, other):
        model.add(Dense(2))
    assert one.vector.tobytes() == other.vector.tobytes()


def test_a_built_model_keeps_its_shape():
    model = Sequential([Dense(3, input_shape=(4,)), Dense(2)])
    kept = model.vector.copy()
    with pytest.raises(ValueError, match=r"was built for, \[\(4,\)\]"):
        model.build((5,))
    with pytest.raises(ValueError, match="expects 1 input shapes, received 2"):
        model.build((4,), (4,))
    assert np.array_equal(model.vector, kept)


def test_weights_are_checked_before_the_first_is_written():
    model = Sequential([Dense(3, input_shape=(4,))])
    kept = model.get_weights()
    for bad in (
        [np.ones((4, 3)), ["a", "b", "c"]],
        [np.ones((4, 3)), [1, 2, np.inf]],
        [np.ones((4, 3)), [1, 2, 1e300]],
    ):
        with pytest.raises((TypeError, ValueError), match="weights expects"):
            model.set_weights(bad)
        with pytest.raises((TypeError, ValueError), match="weights expects"):
            model.layers[0].set_weights(bad)
    assert all(map(np.array_equal, model.get_weights(), kept))


def test_class_weights_of_class_numbers_in_time():
    """Labels (samples, time) are no one-hot rows: each moment has a class."""
    x, y = X[:, :, None], np.tile([0, 1, 1, 0], (8, 1))
    results = []
    for weights in (
        {"class_weight": {0: 0.0, 1: 2.0}},
        {"sample_weight": np.tile([0.0, 2.0, 2.0, 0.0], (8, 1))},
    ):
        model = Sequential([Dense(2, "softmax", input_shape=(4, 1))])
        model.compile("sgd", "sparse_categorical_crossentropy")
        results.append(model.fit(x, y, verbose=0, **weights).history)
    assert results[0] == results[1]


def test_a_seed_of_numpy_can_be_saved(tmp_path):
    model = Sequential([Dense(2, input_shape=(3,))], seed=np.int64(7))
    model.save(tmp_path / "model.npz")
    assert model.seed == 7


def test_numbers_are_finite_and_fit_into_floats():
    for rate in (np.inf, 10**400, np.nan):
        with pytest.raises(ValueError, match="learning_rate expects"):
            optimizers.SGD(rate)
    for rate in (True, np.True_, b"1", np.timedelta64(1, "s"), 1j):
        with pytest.raises(TypeError, match="learning_rate expects"):
            optimizers.SGD(rate)
    _, config = described(optimizers.SGD(np.float16(0.5)))
    assert repr(config["learning_rate"]) == "0.5"


def test_a_thousand_layers_in_a_row():
    inputs = x = layers.Input((1,))
    for _ in range(1200):  # deeper than Python's stack
        x = layers.Activation("linear")(x)
    model = Model(inputs, Dense(1)(x))
    assert len(model.layers) == 1201


def test_inputs_that_lead_nowhere():
    a, b = layers.Input((2,)), layers.Input((2,))
    for inputs in ([a, b], [a, a]):
        with pytest.raises(ValueError, match="inputs that lead to the outp"):
            Model(inputs, Dense(1)(a))


def test_an_input_in_the_middle_states_the_shape():
    model = Sequential([Dense(4, input_shape=(3,)), layers.Input((4,))])
    with pytest.raises(ValueError, match=r"expects the shape \(7,\), rec"):
        model.add(layers.Input((7,)))


def test_a_rate_that_grows_out_of_floats():
    schedule = ExponentialDecay(0.1, 1, 2.0)
    assert schedule(10) == pytest.approx(102.4)
    assert schedule(10_000) == np.inf


def test_weights_too_large_for_the_loss():
    model = Sequential([Dense(2, input_shape=(4,))])
    model.compile("sgd", "mse")
    with pytest.raises(FloatingPointError, match="weights, or those of"):
        model.evaluate(X, X[:, :2], sample_weight=np.full(8, 1e300))


def test_concatenate_wants_an_axis():
    with pytest.raises(ValueError, match=r"differ in the last.*\(\)"):
        layers.Concatenate().build([(), ()], RNG)
